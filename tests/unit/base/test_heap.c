/* The counted heap: limit, peak, the caller's allocator, arenas and inputs in it. */
#include "base/arena.h"
#include "base/heap.h"
#include "base/input.h"
#include "unit.h"

struct ledger {
  size_t held, calls, fail_at; /* fail_at: this call gets NULL; 0: none */
};

static void *ledger_allocate(void *context, size_t size) {
  struct ledger *ledger = context;
  if (++ledger->calls == ledger->fail_at)
    return NULL;
  ledger->held += size;
  void *memory = malloc(size);
  memset(memory, 0xA5, size);
  return memory;
}

static void ledger_release(void *context, void *memory, size_t size) {
  ((struct ledger *)context)->held -= size;
  free(memory);
}

static struct heap heap_with(struct ledger *ledger, size_t limit) {
  return (struct heap){.allocate = ledger_allocate, .release = ledger_release, .context = ledger, .limit = limit};
}

static void test_limit(void **state) {
  (void)state;
  struct heap heap = {.limit = 1000};
  uint8_t *one = heap_alloc(&heap, 600);
  assert_non_null(one);
  assert_int_equal(heap.used, 600 + HEAP_HEAD);
  assert_int_equal(heap_room(&heap), 1000 - 600 - 2 * HEAP_HEAD);
  assert_null(heap_alloc(&heap, heap_room(&heap) + 1));
  assert_int_equal(heap.refused, 1000 - 600 - 2 * HEAP_HEAD + 1);
  uint8_t *two = heap_alloc(&heap, heap_room(&heap));
  assert_non_null(two);
  assert_int_equal(heap.used, 1000);
  assert_int_equal(heap_room(&heap), 0);
  assert_null(heap_alloc(&heap, 0)); /* not even a head */
  assert_null(heap_resize(&heap, one, 601, 1));
  one = heap_resize(&heap, one, 500, 1);
  assert_non_null(one);
  heap_free(&heap, one);
  heap_free(&heap, two);
  heap_free(&heap, NULL);
  assert_int_equal(heap.used, 0);
  assert_int_equal(heap.peak, 1000);
  assert_int_equal(heap_error(&heap, &error), STATUS_LIMIT);
  assert_non_null(strstr(error.text, "1000 bytes"));
}

static void test_overflow(void **state) {
  (void)state;
  struct heap heap = {0};
  assert_null(heap_alloc_array(&heap, SIZE_MAX / 2, 3));
  assert_null(heap_alloc(&heap, SIZE_MAX));
  assert_null(heap_resize(&heap, NULL, SIZE_MAX / 8, 16));
  assert_int_equal(heap.used, 0);
}

static void test_own_allocator(void **state) {
  (void)state;
  struct ledger ledger = {0};
  struct heap heap = heap_with(&ledger, 0);
  uint8_t *memory = heap_alloc(&heap, 10);
  for (int i = 0; i < 10; i++)
    assert_int_equal(memory[i], 0);
  memcpy(memory, "0123456789", 10);
  memory = heap_resize(&heap, memory, 5000, 1);
  assert_memory_equal(memory, "0123456789", 10);
  assert_int_equal((uintptr_t)memory % HEAP_HEAD, 0);
  assert_int_equal(ledger.held, heap.used);
  ledger.fail_at = ledger.calls + 1;
  assert_null(heap_resize(&heap, memory, 6000, 1));
  assert_memory_equal(memory, "0123456789", 10);
  heap_error(&heap, &error);
  assert_non_null(strstr(error.text, "no memory left"));
  heap_free(&heap, memory);
  assert_int_equal(ledger.held, 0);
}

/* While an allocator without resize moves a piece, old and new are held. */
static void test_move(void **state) {
  (void)state;
  struct ledger ledger = {0};
  struct heap heap = heap_with(&ledger, 1000);
  uint8_t *memory = heap_alloc(&heap, 400);
  assert_null(heap_resize(&heap, memory, 600, 1));
  memory = heap_resize(&heap, memory, 500, 1);
  assert_non_null(memory);
  assert_int_equal(heap.peak, 900 + 2 * HEAP_HEAD);
  assert_int_equal(heap.used, 500 + HEAP_HEAD);
  heap_free(&heap, memory);
  assert_int_equal(ledger.held, 0);
}

static void test_arena(void **state) {
  (void)state;
  struct ledger ledger = {0};
  struct heap heap = heap_with(&ledger, 100000);
  struct arena *arena = arena_new_in(&heap, 0);
  size_t pieces = 0;
  for (uint8_t *piece; (piece = arena_alloc(arena, 100)); pieces++)
    for (int i = 0; i < 100; i++)
      assert_int_equal(piece[i], 0);
  assert_true(pieces > 800); /* close to the limit, blocks are no larger than is left */
  assert_true(heap.refused && heap.used <= 100000);
  assert_null(arena_alloc(arena, SIZE_MAX - 1));
  arena_free(arena);
  assert_int_equal(ledger.held, 0);
  heap.limit = 8;
  assert_null(arena_new_in(&heap, 0));
}

static void test_input(void **state) {
  (void)state;
  struct heap heap = {.limit = 4096};
  struct input *input = NULL;
  struct input_source source = {.kind = INPUT_PATH, .path = "/dev/zero"};
  assert_int_equal(input_open(&source, &heap, &input, &error), STATUS_OK);
  struct bytes view;
  assert_int_equal(input_view(input, 1, &view, &error), STATUS_LIMIT);
  input_close(input);
  assert_int_equal(heap.used, 0);
  heap.limit = 8;
  assert_int_equal(input_open(&source, &heap, &input, &error), STATUS_LIMIT);
}

static int64_t read_too_much(void *context, uint64_t offset, void *data, size_t size) {
  (void)context, (void)offset, (void)data;
  return (int64_t)size + 1;
}

static void test_lying_reader(void **state) {
  (void)state;
  struct input *input = input_open_callback(read_too_much, NULL, INPUT_SIZE_UNKNOWN);
  struct bytes view;
  assert_int_equal(input_view(input, 1, &view, &error), STATUS_IO);
  assert_non_null(strstr(error.text, "asked for"));
  input_close(input);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_limit),        cmocka_unit_test(test_overflow), cmocka_unit_test(test_own_allocator),
      cmocka_unit_test(test_move),         cmocka_unit_test(test_arena),    cmocka_unit_test(test_input),
      cmocka_unit_test(test_lying_reader),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
