/* Findings over the flights of one vehicle: what stays open, what repeats, what closes. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include "unit.h"

#define FLIGHTS 5u
static const char *const days[FLIGHTS] = {"2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z",
                                          "2026-03-04T10:00:00Z", "2026-03-05T10:00:00Z"};

struct fixture {
  char *folder;
  struct lake lake;
  struct flight_history history;
};

static int set_up(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  char path[300];
  f->folder = new_folder();
  snprintf(path, sizeof path, "%s/catalog.db", f->folder);
  assert_ok(catalog_open(path, &f->lake.catalog, &error));
  f->history.count = FLIGHTS;
  f->history.lists = calloc(FLIGHTS, sizeof *f->history.lists);
  f->history.flights = calloc(FLIGHTS, sizeof *f->history.flights);
  f->history.starts = calloc(FLIGHTS, sizeof *f->history.starts);
  for (uint32_t i = 0; i < FLIGHTS; i++) {
    f->history.lists[i] = calloc(1, sizeof **f->history.lists);
    feature_add(f->history.lists[i], "flight_start_s", 0, 1, 1);
    snprintf(f->history.flights[i], sizeof f->history.flights[i], "flight%u", i);
    snprintf(f->history.starts[i], sizeof f->history.starts[i], "%s", days[i]);
  }
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *f = *state;
  for (uint32_t i = 0; i < FLIGHTS; i++)
    free(f->history.lists[i]);
  free(f->history.lists);
  free(f->history.flights);
  free(f->history.starts);
  catalog_close(f->lake.catalog);
  assert_ok(tree_remove(f->folder, &error));
  free(f->folder);
  free(f);
  return 0;
}

static void measure(struct fixture *f, uint32_t flight, const char *feature, double value) {
  feature_add(f->history.lists[flight], feature, 1, value, 1);
}

static void find(struct fixture *f, uint32_t flight, const char *component, const char *feature) {
  char id[128], json[512];
  snprintf(id, sizeof id, "flight%u-%s-%s", flight, component, feature);
  snprintf(
      json, sizeof json,
      "{\"id\":\"%s\",\"vehicle\":\"v\",\"flight\":\"flight%u\",\"time\":\"%s\",\"kind\":\"k\",\"component\":\"%s\","
      "\"severity\":\"warning\",\"feature\":\"%s\",\"state\":\"open\"}",
      id, flight, days[flight], component, feature);
  assert_ok(catalog_put(f->lake.catalog, "findings", id, json, &error));
}

static void check(struct fixture *f, uint32_t flight, const char *component, const char *feature, const char *state,
                  int seen, const char *closed_by) {
  char id[128];
  snprintf(id, sizeof id, "flight%u-%s-%s", flight, component, feature);
  json_t *document = document_load(f->lake.catalog, "findings", id);
  assert_non_null(document);
  assert_string_equal(json_field(document, "state"), state);
  assert_int_equal(json_integer_value(json_object_get(document, "seen")), seen);
  assert_string_equal(json_field(document, "closed_by"), closed_by);
  json_decref(document);
}

static void settle(struct fixture *f) {
  assert_ok(condition_settle(&f->lake, "v", &f->history, &error));
}

static void one_row_of_findings_has_one_open(void **state) {
  struct fixture *f = *state;
  for (uint32_t i = 1; i < FLIGHTS; i++) {
    measure(f, i, "vibration_m_s2", 20);
    find(f, i, "IMU 1", "vibration_m_s2");
  }
  settle(f);
  for (uint32_t i = 1; i + 1 < FLIGHTS; i++)
    check(f, i, "IMU 1", "vibration_m_s2", "repeated", (int)i, "");
  check(f, 4, "IMU 1", "vibration_m_s2", "open", 4, "");
  settle(f); /* again: the same */
  check(f, 4, "IMU 1", "vibration_m_s2", "open", 4, "");
}

static void a_flight_that_finds_nothing_closes(void **state) {
  struct fixture *f = *state;
  for (uint32_t i = 0; i < FLIGHTS; i++)
    measure(f, i, "motor_share_ratio", 1);
  find(f, 0, "motor 4", "motor_share_ratio");
  find(f, 1, "motor 4", "motor_share_ratio");
  find(f, 3, "motor 4", "motor_share_ratio");
  settle(f);
  check(f, 0, "motor 4", "motor_share_ratio", "repeated", 1, "");
  check(f, 1, "motor 4", "motor_share_ratio", "closed", 2, "flight2");
  check(f, 3, "motor 4", "motor_share_ratio", "closed", 1, "flight4");
}

static void a_flight_that_did_not_measure_closes_nothing(void **state) {
  struct fixture *f = *state;
  find(f, 1, "battery 1", "battery_resistance_ohm");
  measure(f, 2, "battery_resistance_ohm", NAN);
  settle(f);
  check(f, 1, "battery 1", "battery_resistance_ohm", "open", 1, "");
  measure(f, 4, "battery_resistance_ohm", 0.02);
  settle(f);
  check(f, 1, "battery 1", "battery_resistance_ohm", "closed", 1, "flight4");
}

static void parts_are_told_apart(void **state) {
  struct fixture *f = *state;
  measure(f, 3, "motor_share_ratio", 1);
  measure(f, 4, "motor_share_ratio", 1);
  find(f, 3, "motor 1", "motor_share_ratio");
  find(f, 4, "motor 2", "motor_share_ratio");
  settle(f);
  check(f, 3, "motor 1", "motor_share_ratio", "closed", 1, "flight4");
  check(f, 4, "motor 2", "motor_share_ratio", "open", 1, "");
}

static void what_did_not_happen_again_is_closed(void **state) {
  struct fixture *f = *state;
  find(f, 2, "battery 1", "failsafe_battery_count");
  settle(f);
  check(f, 2, "battery 1", "failsafe_battery_count", "closed", 1, "flight3");
}

static void a_row_from_before_the_history_goes_on(void **state) {
  struct fixture *f = *state;
  assert_ok(
      catalog_put(f->lake.catalog, "findings", "old",
                  "{\"id\":\"old\",\"vehicle\":\"v\",\"flight\":\"x\",\"time\":\"2026-01-01T00:00:00Z\",\"kind\":\"k\","
                  "\"component\":\"IMU 1\",\"feature\":\"vibration_m_s2\",\"state\":\"open\",\"since\":"
                  "\"2025-12-01T00:00:00Z\",\"seen\":7}",
                  &error));
  find(f, 0, "IMU 1", "vibration_m_s2");
  settle(f);
  check(f, 0, "IMU 1", "vibration_m_s2", "open", 8, "");
  json_t *old = document_load(f->lake.catalog, "findings", "old");
  assert_string_equal(json_field(old, "state"), "repeated");
  json_decref(old);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_row_of_findings_has_one_open, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_flight_that_finds_nothing_closes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_flight_that_did_not_measure_closes_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(parts_are_told_apart, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_did_not_happen_again_is_closed, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_row_from_before_the_history_goes_on, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
