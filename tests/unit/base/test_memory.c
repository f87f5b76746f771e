/* Memory: arenas with limits, buffers with a maximum, readers that can't pass their end, JSON, errors. */
#include "unit.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/json.h"

static void arena_keeps_its_limit(void **state) {
  (void)state;
  struct arena *arena = arena_new(1000);
  assert_non_null(arena_alloc(arena, 900));
  assert_null(arena_alloc(arena, 200));
  assert_null(arena_alloc_array(arena, SIZE_MAX / 2, 4));
  assert_non_null(arena_alloc(arena, 50));
  arena_reset(arena);
  uint8_t *again = arena_alloc(arena, 800);
  assert_non_null(again);
  for (size_t i = 0; i < 800; i++)
    assert_int_equal(again[i], 0);
  arena_free(arena);
}

static void buffer_keeps_its_maximum(void **state) {
  (void)state;
  struct buffer buffer = buffer_with_max(10);
  buffer_add_text(&buffer, "0123456789");
  assert_false(buffer.failed);
  buffer_add_byte(&buffer, 'x');
  assert_true(buffer.failed);
  assert_string_equal(buffer_text(&buffer), "0123456789");
  buffer_free(&buffer);
}

static void reader_stops_at_its_end(void **state) {
  (void)state;
  struct reader reader = reader_of(bytes_of("\x01\x02\x03", 3));
  assert_int_equal(read_u16(&reader), 0x0201);
  assert_int_equal(read_u16(&reader), 0);
  assert_true(reader.overrun);
  assert_int_equal(read_u8(&reader), 0);
}

static void json_is_escaped(void **state) {
  (void)state;
  struct buffer buffer = buffer_with_max(1000);
  struct json_writer json = json_writer_of(&buffer);
  json_object_begin(&json, NULL);
  json_c_string(&json, "a\"b", "line\nend\x01\xff");
  json_array_begin(&json, "list");
  json_double(&json, NULL, 0.1);
  json_double(&json, NULL, NAN);
  json_float(&json, NULL, 12.34f);
  json_array_end(&json);
  json_object_end(&json);
  assert_string_equal(buffer_text(&buffer), "{\"a\\\"b\":\"line\\nend\\u0001ÿ\",\"list\":[0.1,null,12.34]}");
  buffer_free(&buffer);
}

static void errors_are_printable(void **state) {
  (void)state;
  char hostile[ERROR_TEXT_MAX * 2];
  memset(hostile, 'a', sizeof hostile);
  hostile[sizeof hostile - 1] = 0;
  hostile[1] = '\033';
  assert_int_equal(error_set(&error, STATUS_IO, "%s", hostile), STATUS_IO);
  assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
  assert_int_equal(error.text[1], '?');
  assert_int_equal(error_prefix(&error, "x"), STATUS_IO);
  assert_memory_equal(error.text, "x: a?", 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(arena_keeps_its_limit),
                                     cmocka_unit_test(buffer_keeps_its_maximum),
                                     cmocka_unit_test(reader_stops_at_its_end), cmocka_unit_test(json_is_escaped),
                                     cmocka_unit_test(errors_are_printable)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
