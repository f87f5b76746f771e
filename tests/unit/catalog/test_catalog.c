/* The catalogue's contract, run over every member that can be opened here. */
#include "unit.h"

#include "catalog/catalog.h"

#include <unistd.h>

struct fixture {
  char *folder;
  char path[PATH_LIMIT];
  struct catalog *catalog;
};

static int set_up(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  fixture->folder = new_folder();
  assert_ok(path_join(fixture->path, fixture->folder, "catalog.sqlite", &error));
  assert_ok(catalog_open(fixture->path, &fixture->catalog, &error));
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  catalog_close(fixture->catalog);
  assert_ok(tree_remove(fixture->folder, &error));
  free(fixture->folder);
  free(fixture);
  return 0;
}

static void documents_come_back(void **state) {
  struct fixture *fixture = *state;
  struct arena *arena = arena_new(0);
  const char *json;
  assert_ok(catalog_put(fixture->catalog, "logs", "a", "{\"n\":1}", &error));
  assert_ok(catalog_put(fixture->catalog, "logs", "a", "{\"n\":2}", &error));
  assert_ok(catalog_get(fixture->catalog, arena, "logs", "a", &json, &error));
  assert_string_equal(json, "{\"n\":2}");
  assert_status(STATUS_NOT_FOUND, catalog_get(fixture->catalog, arena, "logs", "b", &json, &error));
  assert_ok(catalog_remove(fixture->catalog, "logs", "a", &error));
  assert_ok(catalog_remove(fixture->catalog, "logs", "a", &error));
  assert_status(STATUS_NOT_FOUND, catalog_get(fixture->catalog, arena, "logs", "a", &json, &error));
  assert_int_not_equal(STATUS_OK, catalog_put(fixture->catalog, "logs", "bad", "{not json", &error));
  assert_status(STATUS_BUG, catalog_put(fixture->catalog, "logs; DROP TABLE logs", "a", "{}", &error));
  arena_free(arena);
}

static enum status join_id(void *context, const char *id, const char *json, struct error *reason) {
  (void)json, (void)reason;
  strcat(context, id);
  return STATUS_OK;
}

static void expect_found(struct fixture *fixture, const struct catalog_query *query, const char *ids) {
  char found[100] = "";
  assert_ok(catalog_find(fixture->catalog, query, join_id, found, &error));
  assert_string_equal(found, ids);
}

static void filters_find(void **state) {
  struct fixture *fixture = *state;
  assert_ok(catalog_put(fixture->catalog, "flights", "c",
                        "{\"vehicle\":\"x\",\"start\":\"2026-03-01\",\"n\":5,\"tags\":{\"site\":\"North\"}}", &error));
  assert_ok(catalog_put(fixture->catalog, "flights", "a",
                        "{\"vehicle\":\"x\",\"start\":\"2026-03-03\",\"n\":40,\"ok\":false}", &error));
  assert_ok(
      catalog_put(fixture->catalog, "flights", "b", "{\"vehicle\":\"y\",\"start\":\"2026-03-02\",\"n\":40}", &error));
  struct catalog_filter filter = {"vehicle", FILTER_EQUAL, "x"};
  struct catalog_query query = {.collection = "flights", .filters = &filter, .filter_count = 1, .order_by = "start"};
  expect_found(fixture, &query, "ca");
  query.descending = true;
  expect_found(fixture, &query, "ac");
  query.limit = 1;
  query.offset = 1;
  expect_found(fixture, &query, "c");
  query = (struct catalog_query){.collection = "flights", .filters = &filter, .filter_count = 1};
  filter = (struct catalog_filter){"n", FILTER_EQUAL, "40"};
  expect_found(fixture, &query, "ab");
  filter = (struct catalog_filter){"n", FILTER_BELOW, "40"};
  expect_found(fixture, &query, "c");
  filter = (struct catalog_filter){"start", FILTER_AT_LEAST, "2026-03-02"};
  expect_found(fixture, &query, "ab");
  filter = (struct catalog_filter){"tags.site", FILTER_CONTAINS, "nor"};
  expect_found(fixture, &query, "c");
  filter = (struct catalog_filter){"ok", FILTER_EQUAL, "0"};
  expect_found(fixture, &query, "a");
  filter = (struct catalog_filter){"x'y", FILTER_EQUAL, "1"};
  assert_status(STATUS_SETTINGS, catalog_find(fixture->catalog, &query, join_id, NULL, &error));
  uint64_t count;
  filter = (struct catalog_filter){"vehicle", FILTER_EQUAL, "x' OR '1'='1"};
  assert_ok(catalog_count(fixture->catalog, &query, &count, &error));
  assert_int_equal(count, 0);
}

static void transactions_are_whole(void **state) {
  struct fixture *fixture = *state;
  struct arena *arena = arena_new(0);
  const char *json;
  assert_ok(catalog_begin(fixture->catalog, &error));
  assert_ok(catalog_put(fixture->catalog, "logs", "t", "{}", &error));
  catalog_rollback(fixture->catalog);
  assert_status(STATUS_NOT_FOUND, catalog_get(fixture->catalog, arena, "logs", "t", &json, &error));
  assert_ok(catalog_begin(fixture->catalog, &error));
  assert_ok(catalog_put(fixture->catalog, "logs", "t", "{}", &error));
  assert_ok(catalog_commit(fixture->catalog, &error));
  struct catalog *second; /* another process sees it */
  assert_ok(catalog_open(fixture->path, &second, &error));
  assert_ok(catalog_get(second, arena, "logs", "t", &json, &error));
  catalog_close(second);
  arena_free(arena);
}

static void damage_is_named(void **state) {
  struct fixture *fixture = *state;
  struct catalog *damaged;
  char path[PATH_LIMIT];
  assert_ok(path_join(path, fixture->folder, "damaged.sqlite", &error));
  assert_ok(file_write(path, bytes_of("this is no database, it is a text of some length", 48), &error));
  assert_status(STATUS_BAD_DATA, catalog_open(path, &damaged, &error));
  assert_non_null(strstr(error.text, "damaged"));
}

static enum status join_text(void *context, const char *id, const char *subject, struct error *reason) {
  (void)reason;
  strcat(strcat(strcat(context, id), ":"), subject);
  strcat(context, " ");
  return STATUS_OK;
}

static void expect_words(struct fixture *fixture, const char *words, const char *found) {
  char all[200] = "";
  assert_ok(catalog_text_find(fixture->catalog, words, join_text, all, &error));
  assert_string_equal(all, found);
}

static void texts_are_found(void **state) {
  struct fixture *fixture = *state;
  struct arena *arena = arena_new(0);
  const char *text;
  assert_ok(catalog_put(fixture->catalog, "flights", "f1", "{}", &error)); /* which makes its document in search */
  assert_ok(catalog_text_put(fixture->catalog, "t1", "f1", "battery failsafe", &error));
  assert_ok(catalog_text_put(fixture->catalog, "t2", "gone", "battery low", &error));
  expect_words(fixture, "battery", "t1:f1 ");
  expect_words(fixture, "FAILSAFE bat", "t1:f1 ");
  expect_words(fixture, "battery low", "");
  expect_words(fixture, "\" OR * NEAR( -", "");
  expect_words(fixture, "", "");
  assert_ok(catalog_text_get(fixture->catalog, arena, "t1", &text, &error));
  assert_string_equal(text, "battery failsafe");
  assert_ok(catalog_text_put(fixture->catalog, "t1", "f1", "", &error));
  expect_words(fixture, "battery", "");
  assert_status(STATUS_NOT_FOUND, catalog_text_get(fixture->catalog, arena, "t1", &text, &error));
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(documents_come_back, set_up, tear_down),
                                     cmocka_unit_test_setup_teardown(filters_find, set_up, tear_down),
                                     cmocka_unit_test_setup_teardown(texts_are_found, set_up, tear_down),
                                     cmocka_unit_test_setup_teardown(transactions_are_whole, set_up, tear_down),
                                     cmocka_unit_test_setup_teardown(damage_is_named, set_up, tear_down)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
