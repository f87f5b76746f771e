/* Each output form, character by character. */
#include "warehouse/format.h"

#include "base/file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static enum status into_buffer(void *context, const void *data, size_t size, struct error *error) {
  (void)error;
  buffer_add(context, data, size);
  return STATUS_OK;
}

static const struct field fields[] = {
    {"name", "", 1, COLUMN_TEXT, 1, false}, {"n", "", 1, COLUMN_I32, 1, false},   {"x", "", 1, COLUMN_F64, 1, false},
    {"at", "", 1, COLUMN_TIME, 1, false},   {"ok", "", 1, COLUMN_BOOL, 1, false}, {"big", "", 1, COLUMN_U64, 1, false},
};
static struct text names[3] = {{"a,\"b\"\n", 6}, {"Grüße", 7}, {"", 0}};
static int32_t numbers[3] = {7, -1234, 0};
static double reals[3] = {0.1, 1e300, 0};
static int64_t times[3] = {1773483302000000, 0, 0};
static uint8_t bools[3] = {1, 0, 0};
static uint64_t bigs[3] = {UINT64_MAX, 2, 0};
static const uint64_t all_but_last = 0x3;
static const struct column columns[] = {
    {&fields[0], names, NULL},          {&fields[1], numbers, NULL},        {&fields[2], reals, &all_but_last},
    {&fields[3], times, &all_but_last}, {&fields[4], bools, &all_but_last}, {&fields[5], bigs, &all_but_last},
};

static void write_as(const char *format, struct result_output output, uint32_t repeat, struct buffer *out) {
  struct error error;
  struct result_writer *writer;
  uint64_t rows;
  output.write = into_buffer;
  output.context = out;
  assert_int_equal(result_writer_open(format, &output, &writer, &error), STATUS_OK);
  const struct result_sink *sink = result_writer_sink(writer);
  assert_int_equal(sink->begin(sink->context, fields, ARRAY_COUNT(fields), &error), STATUS_OK);
  for (uint32_t i = 0; i < repeat; i++)
    assert_int_equal(sink->rows(sink->context, columns, 3, &error), STATUS_OK);
  assert_int_equal(result_writer_finish(writer, &rows, &error), STATUS_OK);
  assert_int_equal(rows, 3 * repeat);
  result_writer_free(writer);
}

static void expect(const char *format, struct result_output output, uint32_t repeat, const char *text) {
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  write_as(format, output, repeat, &out);
  assert_string_equal(buffer_text(&out), text);
}

static void test_csv(void **state) {
  (void)state;
  expect("csv", (struct result_output){0}, 1,
         "name,n,x,at,ok,big\n"
         "\"a,\"\"b\"\"\n\",7,0.1,2026-03-14T10:15:02Z,true,18446744073709551615\n"
         "Grüße,-1234,1e+300,1970-01-01T00:00:00Z,false,2\n"
         "\"\",0,,,,\n");
}

static void test_json(void **state) {
  (void)state;
  expect("jsonl", (struct result_output){0}, 1,
         "{\"name\":\"a,\\\"b\\\"\\n\",\"n\":7,\"x\":0.1,\"at\":\"2026-03-14T10:15:02Z\",\"ok\":true,"
         "\"big\":18446744073709551615}\n"
         "{\"name\":\"Grüße\",\"n\":-1234,\"x\":1e+300,\"at\":\"1970-01-01T00:00:00Z\",\"ok\":false,\"big\":2}\n"
         "{\"name\":\"\",\"n\":0,\"x\":null,\"at\":null,\"ok\":null,\"big\":null}\n");
  expect("json", (struct result_output){0}, 0, "[]\n");
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  write_as("json", (struct result_output){0}, 2, &out);
  assert_memory_equal(buffer_text(&out), "[\n{\"name\"", 9);
  assert_non_null(strstr(buffer_text(&out), "},\n{"));
  assert_string_equal(buffer_text(&out) + out.size - 4, "}\n]\n");
}

static void test_table(void **state) {
  (void)state;
  expect("table", (struct result_output){0}, 1,
         "name        n       x  at                    ok                      big\n"
         "──────  ─────  ──────  ────────────────────  ─────  ────────────────────\n"
         "a,\"b\"       7     0.1  2026-03-14T10:15:02Z  true   18446744073709551615\n"
         "Grüße   -1234  1e+300  1970-01-01T00:00:00Z  false                     2\n"
         "            0                                                           \n"
         "3 rows\n");
}

static void test_table_limits(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  write_as("table", (struct result_output){.row_limit = 2}, 4, &out);
  assert_non_null(strstr(buffer_text(&out), "2 of 12 rows shown\n"));
  buffer_clear(&out);
  write_as("table", (struct result_output){.width = 60}, 1, &out);
  struct text rest = text_of(buffer_text(&out)), line;
  assert_int_not_equal(text_find(rest, "…"), -1);
  while ((line = text_cut(&rest, '\n')).data) {
    size_t cells = 0;
    for (size_t i = 0; i < line.size; i++)
      cells += ((uint8_t)line.data[i] & 0xC0) != 0x80;
    assert_true(cells <= 60);
  }
  buffer_clear(&out);
  write_as("table", (struct result_output){.width = 20}, 1, &out);
  assert_memory_equal(buffer_text(&out), "── row 1\nname  a,", strlen("── row 1\nname  a,"));
}

static void test_terminal_is_safe(void **state) {
  (void)state;
  struct error error;
  struct text evil[1] = {{"\x1b[2J\x07\xc2\x9b!", 8}};
  struct column column = {&fields[0], evil, NULL};
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  struct result_output output = {.write = into_buffer, .context = &out};
  scoped(result_writer) struct result_writer *writer = NULL;
  assert_int_equal(result_writer_open("table", &output, &writer, &error), STATUS_OK);
  const struct result_sink *sink = result_writer_sink(writer);
  assert_int_equal(sink->begin(sink->context, fields, 1, &error), STATUS_OK);
  assert_int_equal(sink->rows(sink->context, &column, 1, &error), STATUS_OK);
  assert_int_equal(result_writer_finish(writer, NULL, &error), STATUS_OK);
  assert_null(memchr(out.data, 0x1b, out.size));
  assert_non_null(strstr(buffer_text(&out), "?[2J"
                                            "??"
                                            "?!"));
}

static void test_special_numbers(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  double values[] = {NAN, INFINITY, -INFINITY, 3};
  struct column column = {&fields[2], values, NULL};
  for (uint32_t row = 0; row < 4; row++)
    format_cell(&out, &column, row);
  assert_string_equal(buffer_text(&out), "NaNinf-inf3");
  buffer_clear(&out);
  struct field array = {"a", "", 0.5, COLUMN_I16, 3, true};
  int16_t cells[] = {2, 4, -6};
  column = (struct column){&array, cells, NULL};
  format_cell(&out, &column, 0);
  assert_string_equal(buffer_text(&out), "[1,2,-3]");
  buffer_clear(&out);
  struct field bytes = {"b", "", 1, COLUMN_BYTES, 1, false};
  struct text raw[] = {{"\x00\xff", 2}};
  column = (struct column){&bytes, raw, NULL};
  format_cell(&out, &column, 0);
  assert_string_equal(buffer_text(&out), "00ff");
}

static void test_parquet(void **state) {
  (void)state;
  char folder[] = "/tmp/uavlake-test-XXXXXX", path[PATH_LIMIT];
  struct error error;
  struct field twice[2] = {fields[1], fields[1]};
  struct column same[2] = {columns[1], columns[1]};
  assert_non_null(mkdtemp(folder));
  assert_int_equal(path_join(path, folder, "r.parquet", &error), STATUS_OK);
  struct result_output output = {.path = path};
  struct result_writer *writer;
  assert_int_equal(result_writer_open("parquet", &output, &writer, &error), STATUS_OK);
  const struct result_sink *sink = result_writer_sink(writer);
  assert_int_equal(sink->begin(sink->context, twice, 2, &error), STATUS_OK);
  assert_int_equal(sink->rows(sink->context, same, 3, &error), STATUS_OK);
  assert_int_equal(result_writer_finish(writer, NULL, &error), STATUS_OK);
  result_writer_free(writer);
  scoped(arena) struct arena *arena = arena_new(0);
  struct bytes content;
  assert_int_equal(file_read(arena, path, 1 << 20, &content, &error), STATUS_OK);
  assert_memory_equal(content.data, "PAR1", 4);
  assert_non_null(memmem(content.data, content.size, "n_2", 3));
  assert_int_equal(tree_remove(folder, &error), STATUS_OK);
}

static void test_wrong_use(void **state) {
  (void)state;
  struct error error;
  struct result_writer *writer;
  struct result_output output = result_output_file(stdout);
  assert_int_equal(result_writer_open("xlsx", &output, &writer, &error), STATUS_SETTINGS);
  assert_non_null(strstr(error.text, "table, csv, json, jsonl, parquet"));
  assert_int_equal(result_writer_open("parquet", &output, &writer, &error), STATUS_SETTINGS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_csv),
      cmocka_unit_test(test_json),
      cmocka_unit_test(test_table),
      cmocka_unit_test(test_table_limits),
      cmocka_unit_test(test_terminal_is_safe),
      cmocka_unit_test(test_special_numbers),
      cmocka_unit_test(test_parquet),
      cmocka_unit_test(test_wrong_use),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
