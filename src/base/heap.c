/* heap: see heap.h. Without an allocator of the caller's, calloc gives pages that the machine zeroes when they are
 * first touched: a batch's columns cost what is filled of them. */
#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

struct head {
  _Alignas(HEAP_HEAD) size_t size; /* with the head */
};
_Static_assert(sizeof(struct head) == HEAP_HEAD, "the head keeps what follows aligned");

static bool is_own(const struct heap *heap) {
  return heap && heap->allocate;
}

/* Bytes that the limit allows, heads included, once `freed` are given back. */
static size_t allowed(const struct heap *heap, size_t freed) {
  return heap && heap->limit ? heap->limit - MIN(heap->used - freed, heap->limit) : SIZE_MAX / 2;
}

size_t heap_room(const struct heap *heap) {
  size_t bytes = allowed(heap, 0);
  return bytes - MIN(bytes, sizeof(struct head));
}

static void *refuse(struct heap *heap, size_t size, bool limit) {
  if (heap && !heap->refused) {
    heap->refused = MAX(size, (size_t)1);
    heap->limit_refused = limit;
  }
  return NULL;
}

static void *given(struct heap *heap, struct head *head, size_t total, size_t freed) {
  head->size = total;
  if (heap) {
    heap->used += total - freed;
    heap->peak = MAX(heap->peak, heap->used);
  }
  return head + 1;
}

void *heap_alloc(struct heap *heap, size_t size) {
  if (size > heap_room(heap) || allowed(heap, 0) < sizeof(struct head))
    return refuse(heap, size, true);
  size_t total = size + sizeof(struct head);
  struct head *head = is_own(heap) ? heap->allocate(heap->context, total) : calloc(1, total);
  if (!head)
    return refuse(heap, size, false);
  if (is_own(heap))
    memset(head, 0, total);
  return given(heap, head, total, 0);
}

void *heap_alloc_array(struct heap *heap, size_t count, size_t size) {
  size_t total;
  return heap_alloc(heap, __builtin_mul_overflow(count, size, &total) ? SIZE_MAX : total);
}

/* The caller's allocator can't resize: new, copy, old back. For a moment both are held. */
static struct head *move(struct heap *heap, struct head *old, size_t total) {
  struct head *head = heap->allocate(heap->context, total);
  if (head)
    heap->peak = MAX(heap->peak, heap->used + total);
  if (head && old) {
    memcpy(head, old, MIN(old->size, total));
    heap->release(heap->context, old, old->size);
  }
  return head;
}

void *heap_resize(struct heap *heap, void *old, size_t count, size_t size) {
  struct head *head = old ? (struct head *)old - 1 : NULL;
  size_t freed = head ? head->size : 0, room = allowed(heap, is_own(heap) ? 0 : freed), total;
  if (__builtin_mul_overflow(count, size, &total) || room < sizeof *head || total > room - sizeof *head)
    return refuse(heap, total, true);
  total += sizeof *head;
  head = is_own(heap) ? move(heap, head, total) : realloc(head, total);
  return head ? given(heap, head, total, freed) : refuse(heap, total, false);
}

void heap_free(struct heap *heap, void *memory) {
  if (!memory)
    return;
  struct head *head = (struct head *)memory - 1;
  if (heap)
    heap->used -= head->size;
  if (is_own(heap))
    heap->release(heap->context, head, head->size);
  else
    free(head);
}

enum status heap_error(const struct heap *heap, struct error *error) {
  if (heap && heap->limit_refused)
    return error_set(error, STATUS_LIMIT,
                     "the memory limit of %zu bytes is too small (%zu more were needed); raise it or ask for fewer "
                     "messages",
                     heap->limit, heap->refused);
  return error_set(error, STATUS_LIMIT, "the machine has no memory left (%zu more bytes were needed)",
                   heap ? heap->refused : 0);
}
