/* arena: a chain of blocks, each twice the one before up to 1 MiB; big requests get a block of their own. */
#include "base/arena.h"

#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK (4u << 10)
#define LARGEST_BLOCK (1u << 20)
#define ALIGNMENT 16u

struct block {
  struct block *next; /* older block */
  size_t size;        /* usable bytes */
  size_t used;
  _Alignas(ALIGNMENT) uint8_t data[];
};

struct arena {
  struct block *top;
  struct heap *heap; /* NULL: malloc */
  size_t limit;
  size_t used;
  /* What happens where memory is out; NULL: the request gives NULL. A pointer, so that a program that only has arenas
   * in heaps (libuavlog) holds no way to its end. */
  void (*end)(size_t size);
};

static _Noreturn void out_of_memory(size_t size) {
  fprintf(stderr, "uavlake: out of memory (%zu more bytes were needed)\n", size);
  abort();
}

void *memory_new(size_t size) {
  void *memory = calloc(1, size ? size : 1);
  if (!memory)
    out_of_memory(size);
  return memory;
}

void *memory_resize(void *old, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total))
    out_of_memory(SIZE_MAX);
  void *memory = realloc(old, total ? total : 1);
  if (!memory)
    out_of_memory(total);
  return memory;
}

char *memory_copy_text(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(memory_new(size), text, size);
}

char *memory_copy_part(const char *text, size_t size) {
  char *copy = memory_new(size + 1);
  return size ? memcpy(copy, text, size) : copy;
}

struct arena *arena_new(size_t limit) {
  struct arena *arena = heap_alloc(NULL, sizeof *arena);
  if (!arena)
    out_of_memory(sizeof *arena);
  arena->limit = limit;
  arena->end = limit ? NULL : out_of_memory;
  return arena;
}

struct arena *arena_new_in(struct heap *heap, size_t limit) {
  struct arena *arena = heap_alloc(heap, sizeof *arena);
  if (arena) {
    arena->heap = heap;
    arena->limit = limit;
  }
  return arena;
}

void arena_free(struct arena *arena) {
  if (!arena)
    return;
  for (struct block *block = arena->top, *next; block; block = next) {
    next = block->next;
    heap_free(arena->heap, block);
  }
  heap_free(arena->heap, arena);
}

static void *refuse(const struct arena *arena, size_t size) {
  if (arena->end)
    arena->end(size);
  return NULL;
}

static struct block *add_block(struct arena *arena, size_t need) {
  size_t size = arena->top ? MIN(arena->top->size * 2, (size_t)LARGEST_BLOCK) : FIRST_BLOCK;
  size_t room = heap_room(arena->heap);
  size = MAX(MIN(size, room - MIN(room, sizeof(struct block))), need); /* near the limit: no more than is needed */
  struct block *block = heap_resize(arena->heap, NULL, 1, sizeof *block + size);
  if (!block)
    return refuse(arena, size);
  block->size = size;
  block->used = 0;
  block->next = arena->top;
  arena->top = block;
  return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
  if (size > SIZE_MAX / 2)
    return refuse(arena, size);
  size_t rounded = (MAX(size, (size_t)1) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (arena->limit && rounded > arena->limit - MIN(arena->used, arena->limit))
    return NULL;
  struct block *block = arena->top;
  if (!block || block->size - block->used < rounded)
    block = add_block(arena, rounded);
  if (!block)
    return NULL;
  void *memory = block->data + block->used;
  block->used += rounded;
  arena->used += rounded;
  return memset(memory, 0, rounded);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total))
    total = SIZE_MAX;
  return arena_alloc(arena, total);
}

char *arena_copy(struct arena *arena, const void *data, size_t size) {
  char *copy = arena_alloc(arena, size + 1);
  if (copy && size)
    memcpy(copy, data, size);
  return copy;
}

char *arena_copy_text(struct arena *arena, const char *text) {
  return arena_copy(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int size = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *text = size < 0 ? NULL : arena_alloc(arena, (size_t)size + 1);
  if (text)
    vsnprintf(text, (size_t)size + 1, format, again);
  va_end(again);
  return text;
}

size_t arena_used(const struct arena *arena) {
  return arena->used;
}

void arena_reset(struct arena *arena) {
  while (arena->top && arena->top->next) {
    struct block *older = arena->top->next;
    heap_free(arena->heap, arena->top);
    arena->top = older;
  }
  if (arena->top)
    arena->top->used = 0;
  arena->used = 0;
}
