/* What can be said of a file without a reader: it appears whole or not at all, limits hold. Values are compared with
 * two other readers in tests/differential/parquet.py. */
#include "base/clock.h"
#include "base/file.h"
#include "table/parquet_chunk.h"
#include "table/table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char path[PATH_LIMIT];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/uavlake-test-XXXXXX");
  return mkdtemp(folder) && path_join(path, folder, "t.parquet", NULL) == STATUS_OK ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return tree_remove(folder, NULL) == STATUS_OK ? 0 : -1;
}

static const struct field number = {"number", "", 1, COLUMN_I32, 1, false};
static const struct field text = {"text", "", 1, COLUMN_TEXT, 1, false};

static void test_file_is_whole(void **state) {
  (void)state;
  struct error error;
  struct parquet_writer *writer;
  int32_t values[3] = {1, 2, 3};
  struct column column = {&number, values, NULL};
  uint64_t bytes = 0, rows = 0;
  assert_int_equal(parquet_create(path, &number, 1, NULL, NULL, 0, &writer, &error), STATUS_OK);
  assert_int_equal(parquet_rows(writer, &column, 3, &error), STATUS_OK);
  assert_false(file_exists(path));
  assert_int_equal(parquet_finish(writer, &bytes, &rows, &error), STATUS_OK);
  parquet_free(writer);
  assert_int_equal(rows, 3);
  scoped(arena) struct arena *arena = arena_new(0);
  struct bytes content;
  assert_int_equal(file_read(arena, path, 1 << 20, &content, &error), STATUS_OK);
  assert_int_equal(content.size, bytes);
  assert_memory_equal(content.data, "PAR1", 4);
  assert_memory_equal(content.data + bytes - 4, "PAR1", 4);
  assert_true(load_u32(content.data + bytes - 8) < bytes - 12);
}

static void test_unfinished_is_removed(void **state) {
  (void)state;
  struct error error;
  struct parquet_writer *writer;
  assert_int_equal(parquet_create(path, &number, 1, NULL, NULL, 0, &writer, &error), STATUS_OK);
  parquet_free(writer);
  assert_int_equal(rmdir(folder), 0); /* nothing is left in it */
  assert_int_equal(folder_create(folder, &error), STATUS_OK);
}

static void test_failures_name_the_file(void **state) {
  (void)state;
  struct error error;
  struct parquet_writer *writer = NULL;
  assert_int_equal(parquet_create("/nowhere/at/all.parquet", &number, 1, NULL, NULL, 0, &writer, &error),
                   STATUS_NOT_FOUND);
  assert_non_null(strstr(error.text, "/nowhere/at/"));
  assert_null(writer);
  assert_int_equal(parquet_create(path, &number, 0, NULL, NULL, 0, &writer, &error), STATUS_SETTINGS);
}

static void test_text_limit(void **state) {
  (void)state;
  struct error error;
  struct parquet_writer *writer;
  char *large = calloc(1, PARQUET_TEXT_MAX + 1);
  struct text values[1] = {{large, PARQUET_TEXT_MAX + 1}};
  struct column column = {&text, values, NULL};
  assert_int_equal(parquet_create(path, &text, 1, NULL, NULL, 0, &writer, &error), STATUS_OK);
  assert_int_equal(parquet_rows(writer, &column, 1, &error), STATUS_LIMIT);
  assert_int_equal(parquet_finish(writer, NULL, NULL, &error), STATUS_BUG);
  parquet_free(writer);
  free(large);
  assert_false(file_exists(path));
}

static void test_conversions(void **state) {
  (void)state;
  struct error error;
  struct chunk chunk;
  chunk_init(&chunk, &number);
  double values[5] = {1.4, -2.6, NAN, 1e12, 7};
  struct field source = {"number", "", 1, COLUMN_F64, 1, false};
  uint64_t valid[1] = {0x0F};
  struct column column = {&source, values, valid};
  assert_int_equal(chunk_add(&chunk, &column, 0, 5, &error), STATUS_OK);
  assert_int_equal(chunk.rows, 5);
  assert_int_equal(chunk.values, 2); /* NaN, out of range and null are null */
  assert_int_equal(((int32_t *)chunk.data)[0], 1);
  assert_int_equal(((int32_t *)chunk.data)[1], -3);
  assert_int_equal(chunk.valid[0], 0x03);
  chunk_free(&chunk);
}

static void test_unknown_time_is_null(void **state) {
  (void)state;
  struct error error;
  struct chunk chunk;
  struct field field = {"time", "", 1, COLUMN_TIME, 1, false};
  int64_t values[3] = {5, TIME_NONE, 6};
  struct column column = {&field, values, NULL};
  chunk_init(&chunk, &field);
  assert_int_equal(chunk_add(&chunk, &column, 0, 3, &error), STATUS_OK);
  assert_int_equal(chunk.values, 2);
  assert_int_equal(((int64_t *)chunk.data)[1], 6);
  chunk_free(&chunk);
}

/* Validity starts anywhere in the source and goes anywhere in the chunk. */
static void test_validity_offsets(void **state) {
  (void)state;
  struct error error;
  struct chunk chunk;
  int32_t values[300];
  uint64_t valid[5] = {0x123456789ABCDEF0, UINT64_MAX, 0, 0xF0F0F0F0F0F0F0F0, 7};
  struct column column = {&number, values, valid};
  for (int32_t i = 0; i < 300; i++)
    values[i] = i;
  for (uint32_t step = 1; step < 130; step += 9) {
    chunk_init(&chunk, &number);
    for (uint32_t first = 0; first < 300; first += step)
      assert_int_equal(chunk_add(&chunk, &column, first, MIN(step, 300 - first), &error), STATUS_OK);
    uint32_t at = 0;
    for (uint32_t row = 0; row < 300; row++) {
      assert_int_equal(chunk.valid[row / 64] >> row % 64 & 1, valid[row / 64] >> row % 64 & 1);
      if (valid[row / 64] >> row % 64 & 1)
        assert_int_equal(((int32_t *)chunk.data)[at++], row);
    }
    assert_int_equal(at, chunk.values);
    chunk_free(&chunk);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_file_is_whole, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(test_unfinished_is_removed, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(test_failures_name_the_file, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(test_text_limit, make_folder, remove_folder),
      cmocka_unit_test(test_conversions),
      cmocka_unit_test(test_unknown_time_is_null),
      cmocka_unit_test(test_validity_offsets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
