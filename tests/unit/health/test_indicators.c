/* The indicators on hand-made rows of one flight: known resistance, known motor share, and no rows at all. */
#include "unit.h"

#include "../rows_maker.h"
#include "health/health.h"
#include "health/judgement.h"

#define START_S 100.0
#define END_S 220.0

static const struct flight flight = {
    .start_us = 100000000, .end_us = 220000000, .takeoff_us = 105000000, .landing_us = 215000000};
static struct log_summary summary = {.vehicle_class = "copter"};

static void feed(void *context, const struct rows *rows) {
  health_rows(context, rows);
}

static bool is_flying(double t) {
  return t > 105 && t < 215;
}

static double current_of(double t) {
  return is_flying(t) ? 20 + 5 * sin(t * 1.3) : 1;
}

static void feed_battery(struct health *health, double resistance_ohm) {
  struct rows_maker *maker = rows_begin("battery", feed, health);
  double used_ah = 0;
  for (double t = START_S; t < END_S; t += 0.1) {
    used_ah += current_of(t) * 0.1 / 3600;
    rows_row(maker, t);
    rows_set(maker, "instance", 0);
    rows_set(maker, "voltage_v", 16.6 - 2 * used_ah - current_of(t) * resistance_ohm);
    rows_set(maker, "current_a", current_of(t));
    rows_set(maker, "charge_used_ah", used_ah);
  }
  rows_end(maker);
}

static void feed_motors(struct health *health, double extra) {
  struct rows_maker *maker = rows_begin("motor", feed, health);
  for (int motor = 1; motor <= 4; motor++)
    for (double t = START_S; t < END_S; t += 0.1) {
      rows_row(maker, t);
      rows_set(maker, "motor", motor);
      rows_set(maker, "command_ratio", is_flying(t) ? 0.4 * (motor == 3 ? 1 + extra : 1) + 0.01 * sin(t * 3) : 0);
    }
  rows_end(maker);
}

static void test_battery_resistance(void **state) {
  (void)state;
  struct health *health = health_new(&flight, &summary);
  struct feature_list *features = calloc(1, sizeof *features);
  feed_battery(health, 0.025);
  health_end(health, features);
  health_free(health);
  assert_float_equal(feature_get(features, "battery_resistance_ohm", 0), 0.025, 0.0005);
  assert_float_equal(feature_get(features, "battery_cells", 0), 4, 0);
  assert_true(feature_get(features, "battery_used_ah", 0) > 0.5);
  free(features);
}

static void test_motor_share(void **state) {
  (void)state;
  struct health *health = health_new(&flight, &summary);
  struct feature_list *features = calloc(1, sizeof *features);
  feed_motors(health, 0.12);
  health_end(health, features);
  health_free(health);
  assert_float_equal(feature_get(features, "motor_share_ratio", 3), 1.12 / 1.03, 0.002);
  assert_float_equal(feature_get(features, "motor_share_ratio", 1), 1 / 1.03, 0.002);
  assert_float_equal(feature_get(features, "motor_spread_ratio", 0), 0.048, 0.002);
  free(features);
}

static void test_history_is_judged(void **state) {
  (void)state;
  struct feature_list *lists = calloc(5, sizeof *lists);
  const struct feature_list *history[5];
  for (int i = 0; i < 5; i++) {
    struct health *health = health_new(&flight, &summary);
    feed_battery(health, i == 4 ? 0.06 : 0.02 + 0.0005 * i);
    health_end(health, &lists[i]);
    health_free(health);
    history[i] = &lists[i];
  }
  struct finding findings[8];
  assert_int_equal(health_judge(history, 4, findings, 8), 0);
  assert_int_equal(health_judge(history, 5, findings, 8), 1);
  assert_string_equal(findings[0].kind, "battery");
  assert_string_equal(findings[0].component, "battery 1");
  assert_true(findings[0].severity == SEVERITY_CRITICAL);
  assert_float_equal(findings[0].baseline, 0.0205, 0.001);
  assert_int_equal(health_judge(history, 5, findings, 0), 0);
  free(lists);
}

static void test_nothing_to_say_without_rows(void **state) {
  (void)state;
  struct health *health = health_new(&flight, &summary);
  struct feature_list *features = calloc(1, sizeof *features);
  const struct feature_list *history[] = {features};
  struct finding findings[8];
  health_end(health, features);
  health_free(health);
  assert_int_equal(features->count, 1); /* when the flight began */
  assert_float_equal(feature_get(features, "flight_start_s", 0), 100, 1e-9);
  assert_int_equal(health_judge(history, 1, findings, 8), 0);
  free(features);
}

static void test_descriptors(void **state) {
  (void)state;
  for (size_t i = 0; indicator_list[i]; i++) {
    assert_true(indicator_list[i]->about[0] != 0);
    for (const char *const *name = indicator_list[i]->tables; *name; name++) {
      assert_non_null(schema_find(*name));
      assert_true(health_wants(schema_find(*name)));
    }
  }
  assert_false(health_wants(schema_find("message")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_battery_resistance), cmocka_unit_test(test_motor_share),
      cmocka_unit_test(test_history_is_judged),  cmocka_unit_test(test_nothing_to_say_without_rows),
      cmocka_unit_test(test_descriptors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
