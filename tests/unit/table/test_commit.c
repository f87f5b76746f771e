/* A commit's files: where they stand, when they are seen, and that a crash leaves nothing that cleaning doesn't remove.
 */
#include "base/file.h"
#include "table/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static char root[64];
static struct catalog *catalog;

static int make_lake(void **state) {
  (void)state;
  struct error error;
  char path[PATH_LIMIT];
  strcpy(root, "/tmp/uavlake-test-XXXXXX");
  return mkdtemp(root) && path_join(path, root, "catalog.sqlite", &error) == STATUS_OK &&
                 catalog_open(path, &catalog, &error) == STATUS_OK
             ? 0
             : -1;
}

static int remove_lake(void **state) {
  (void)state;
  catalog_close(catalog);
  return tree_remove(root, NULL) == STATUS_OK ? 0 : -1;
}

static const struct field own[] = {{"roll_deg", "deg", 1, COLUMN_F32, 1, false}};
static const struct table attitude = {
    .name = "attitude", .columns = own, .column_count = 1, .index = 3, .has_time = true};

static void add(struct commit *commit, const char *vehicle, const char *date, const char *log) {
  struct error error;
  struct text flight[2] = {TEXT("f1"), TEXT("f1")}, logs[2] = {text_of(log), text_of(log)};
  struct text vehicles[2] = {text_of(vehicle), text_of(vehicle)};
  int64_t time[2] = {1000, 2000};
  double t_s[2] = {0, 0.001};
  float roll[2] = {1, 2};
  struct column columns[KEY_COUNT + 1] = {
      {&schema_keys[KEY_FLIGHT_ID], flight, NULL}, {&schema_keys[KEY_LOG_ID], logs, NULL},
      {&schema_keys[KEY_VEHICLE], vehicles, NULL}, {&schema_keys[KEY_TIME], time, NULL},
      {&schema_keys[KEY_T_S], t_s, NULL},          {&own[0], roll, NULL},
  };
  assert_int_equal(commit_rows(commit, &attitude, vehicle, date, columns, 2, &error), STATUS_OK);
}

static enum status count_file(void *context, const char *path, uint64_t bytes, struct error *error) {
  (void)path, (void)bytes, (void)error;
  ++*(int *)context;
  return STATUS_OK;
}

static int files_on_disk(void) {
  char folder[PATH_LIMIT];
  struct error error;
  int count = 0;
  struct walk_callbacks callbacks = {.file = count_file, .context = &count};
  assert_int_equal(path_join(folder, root, "tables", &error), STATUS_OK);
  if (access(folder, F_OK) == 0)
    assert_int_equal(folder_walk(folder, &callbacks, &error), STATUS_OK);
  return count;
}

static void test_register(void **state) {
  (void)state;
  struct error error;
  struct commit *commit;
  char id[64], key[256];
  assert_int_equal(commit_begin(root, &commit, &error), STATUS_OK);
  add(commit, "uav 1", "2026-01-02", "log_a");
  add(commit, "uav 1", "2026-01-02", "log_b");
  add(commit, "uav 1", "../../etc", "log_c"); /* not a date: unknown */
  assert_int_equal(commit_finish(commit, &error), STATUS_OK);
  assert_int_equal(files_on_disk(), 2);
  const char *logs[] = {"log_a", "log_b", "log_c"};
  assert_int_equal(commit_register(commit, catalog, logs, 3, &error), STATUS_OK);
  snprintf(id, sizeof id, "%s", commit_id(commit));
  commit_free(commit);
  assert_int_equal(files_on_disk(), 2);

  scoped(arena) struct arena *arena = arena_new(0);
  const char *text;
  snprintf(key, sizeof key, "tables/attitude/uav=uav_1/date=2026-01-02/%s.parquet", id);
  assert_int_equal(catalog_get(catalog, arena, "table_files", key, &text, &error), STATUS_OK);
  json_t *document = json_loads(text, 0, NULL);
  assert_non_null(document);
  assert_string_equal(json_string_value(json_object_get(document, "vehicle")), "uav 1");
  assert_string_equal(json_string_value(json_object_get(document, "commit")), id);
  assert_int_equal(json_integer_value(json_object_get(document, "rows")), 4);
  assert_int_equal(json_array_size(json_object_get(document, "logs")), 2); /* those in this file only */
  json_decref(document);
  snprintf(key, sizeof key, "tables/attitude/uav=uav_1/date=unknown/%s.parquet", id);
  assert_int_equal(catalog_get(catalog, arena, "table_files", key, &text, &error), STATUS_OK);
}

static void test_abandoned_leaves_nothing(void **state) {
  (void)state;
  struct error error;
  struct commit *commit;
  assert_int_equal(commit_begin(root, &commit, &error), STATUS_OK);
  add(commit, "a", "2026-01-02", "log");
  add(commit, "b", "2026-01-02", "log");
  assert_int_equal(commit_finish(commit, &error), STATUS_OK);
  assert_int_equal(files_on_disk(), 2);
  commit_free(commit);
  assert_int_equal(files_on_disk(), 0);
}

static void test_clean(void **state) {
  (void)state;
  struct error error;
  struct commit *commit;
  uint64_t removed = 99;
  char path[PATH_LIMIT];
  assert_int_equal(table_clean(root, catalog, &removed, &error), STATUS_OK); /* no folder yet */
  assert_int_equal(removed, 0);
  assert_int_equal(commit_begin(root, &commit, &error), STATUS_OK);
  add(commit, "a", "2026-01-02", "log");
  assert_int_equal(commit_finish(commit, &error), STATUS_OK);
  assert_int_equal(commit_register(commit, catalog, NULL, 0, &error), STATUS_OK);
  commit_free(commit);
  /* As a crash would leave them: a file that nobody names, and one half written. */
  const char *left[] = {"tables/attitude/uav=a/date=2026-01-02/c1.parquet",
                        "tables/gps/uav=z/date=unknown/.tmp-c2.parquet"};
  assert_int_equal(path_join(path, root, "tables/gps/uav=z/date=unknown", &error), STATUS_OK);
  assert_int_equal(folder_create(path, &error), STATUS_OK);
  for (size_t i = 0; i < ARRAY_COUNT(left); i++) {
    assert_int_equal(path_join(path, root, left[i], &error), STATUS_OK);
    assert_int_equal(file_write(path, bytes_of("PAR1", 4), &error), STATUS_OK);
  }
  assert_int_equal(files_on_disk(), 3);
  assert_int_equal(table_clean(root, catalog, &removed, &error), STATUS_OK);
  assert_int_equal(removed, 2);
  assert_int_equal(files_on_disk(), 1);
  assert_int_equal(path_join(path, root, "tables/gps", &error), STATUS_OK);
  assert_int_not_equal(access(path, F_OK), 0); /* empty folders go too */
}

static void test_field_ids_are_unique(void **state) {
  (void)state;
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t t = 0; t < count; t++) {
    int32_t ids[512];
    uint16_t n = 0;
    for (uint16_t k = 0; tables[t].has_time && k < KEY_COUNT; k++)
      ids[n++] = table_field_id(schema_keys[k].name);
    for (uint16_t c = 0; c < tables[t].column_count; c++)
      ids[n++] = table_field_id(tables[t].columns[c].name);
    for (uint16_t a = 0; a < n; a++)
      for (uint16_t b = 0; b < a; b++)
        assert_int_not_equal(ids[a], ids[b]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_register, make_lake, remove_lake),
      cmocka_unit_test_setup_teardown(test_abandoned_leaves_nothing, make_lake, remove_lake),
      cmocka_unit_test_setup_teardown(test_clean, make_lake, remove_lake),
      cmocka_unit_test(test_field_ids_are_unique),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
