/* Labelled flights: which kind a fault's name asks for, columns in any order, logs found by id or path. */
#include "lake/evaluation.h"

#include "unit.h"

static void kinds_follow_from_words(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"battery_resistance_growth", "battery"},
      {"low_battery_failsafe", "low_battery"},
      {"motor_degradation", "propulsion"},
      {"engine_power_loss", "propulsion"},
      {"propeller_damage", "propulsion"},
      {"vibration_onset", "vibration"},
      {"airspeed_sensor_failure", "airspeed"},
      {"gps_jamming", "gps"},
      {"altitude_over_120m", "altitude"},
      {"compass_motor_interference", "compass"},
      {"rc_failsafe", "rc_link"},
      {"none", ""},
      {"", ""},
      {"wolf", "?"},
  };
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
    assert_string_equal(label_kind(rows[i][0]), rows[i][1]);
}

static void put(const char *folder, const char *name, const char *content) {
  char path[PATH_LIMIT];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_ok(file_write(path, bytes_of(content, strlen(content)), &error));
}

static void logs_are_found(void **state) {
  (void)state;
  char *folder = new_folder(), path[PATH_LIMIT];
  scoped(arena) struct arena *arena = arena_new(0);
  struct labels labels;
  snprintf(path, sizeof path, "%s/uav1", folder);
  assert_ok(folder_create(path, &error));
  put(folder, "uav1/f1.bin", "x");
  put(folder, "uav1/f1.tlog", "x");
  put(folder, "uav1/f1.labels.json", "{}");
  put(folder, "uav1/xf2.tlog", "x");
  put(folder, "labels.csv",
      "fault_type,start_utc,id,truth,onset_log_s,fault_class,expected,degradation_stage\n"
      "vibration_onset,2026-02-02,uav1_f1,\"{\"\"batt_r_ohm\"\": 0.5, \"\"x\"\": [1]}\",71.5,acute,alert,\n"
      "none,2026-01-02,uav1_f2,,,healthy,no_alert,\n"
      "motor_degradation,2026-03-02,uav1_xf2,,0,progressive,optional,0.2\n");
  snprintf(path, sizeof path, "%s/labels.csv", folder);
  assert_ok(labels_read(arena, path, folder, NULL, &labels, &error));
  assert_int_equal(labels.count, 3);
  assert_string_equal(labels.items[0].id, "uav1_f2"); /* in order of time */
  assert_null(labels.items[0].path);                  /* xf2 is another */
  assert_int_equal(labels.items[0].expected, EXPECT_NOTHING);
  assert_string_equal(path_name(labels.items[1].path), "f1.bin");
  assert_true(labels.items[1].onset_s == 71.5 && labels.items[1].resistance_ohm == 0.5);
  assert_true(isnan(labels.items[1].stage) && !labels.items[1].progressive);
  assert_string_equal(path_name(labels.items[2].path), "xf2.tlog");
  assert_true(isnan(labels.items[2].onset_s) && labels.items[2].stage == 0.2 && labels.items[2].progressive);
  assert_int_equal(labels.items[2].expected, EXPECT_OPTIONAL);
  assert_ok(labels_read(arena, path, folder, "tlog", &labels, &error));
  assert_string_equal(path_name(labels.items[1].path), "f1.tlog");
  assert_ok(tree_remove(folder, &error));
  free(folder);
}

static void tables_without_labels_are_refused(void **state) {
  (void)state;
  char *folder = new_folder(), path[PATH_LIMIT];
  scoped(arena) struct arena *arena = arena_new(0);
  struct labels labels;
  snprintf(path, sizeof path, "%s/t", folder);
  static const char *const contents[] = {"", "a,b\n1,2\n", "{", "{\"vehicles\":3}", "id\n\"", "\0"};
  for (size_t i = 0; i < ARRAY_COUNT(contents); i++) {
    put(folder, "t", contents[i]);
    assert_status(STATUS_BAD_DATA, labels_read(arena, path, folder, NULL, &labels, &error));
  }
  assert_ok(tree_remove(folder, &error));
  free(folder);
}

static void quantiles_of_sorted_values(void **state) {
  (void)state;
  static const double values[] = {1, 2, 3, 10};
  assert_true(evaluation_quantile(values, 4, 0.5) == 2.5);
  assert_true(evaluation_quantile(values, 4, 1) == 10);
  assert_true(isnan(evaluation_quantile(values, 0, 0.5)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds_follow_from_words),
      cmocka_unit_test(logs_are_found),
      cmocka_unit_test(tables_without_labels_are_refused),
      cmocka_unit_test(quantiles_of_sorted_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
