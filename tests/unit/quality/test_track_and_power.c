/* Rules on the track, the attitude's time and the battery: found and not found. */
#include "rule_maker.h"

extern const struct rule rule_position_jump, rule_battery_monitor, rule_repeated_records;

static uint32_t fly(double jump_at_s, double jump_deg, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_position_jump);
  struct rows_maker *rows = rows_begin("position", maker_feed, rule);
  for (double t = 0; t < 120; t += 0.5) {
    rows_row(rows, t);
    rows_set(rows, "lat_deg", 47 + t * 1e-4 + (t >= jump_at_s ? jump_deg : 0)); /* 11 m/s */
    rows_set(rows, "lon_deg", 8);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_position_jump(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(1, fly(60, 0.001, &first)); /* 111 m */
  assert_float_equal(59.5, first.from_s, 0.01);
  assert_float_equal(117, first.value, 2);
  assert_float_equal(55, first.limit, 0.01);
  assert_non_null(strstr(first.text, "1 time in flight"));
  assert_int_equal(0, fly(1000, 0.001, &first));
  assert_int_equal(0, fly(60, 0.0003, &first)); /* 33 m: less than glitch and speed allow */
  assert_int_equal(0, fly(5, 0.1, &first));     /* on the ground: the first fix replaced a guess */
}

static uint32_t power(double volts, double sag, double amps, double ripple, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_battery_monitor);
  struct rows_maker *rows = rows_begin("battery", maker_feed, rule);
  for (double t = 0; t < 120; t += 1) {
    rows_row(rows, t);
    rows_set(rows, "voltage_v", volts - sag * t);
    rows_set(rows, "current_a", amps + ripple * sin(t));
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_battery_monitor(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, power(16, 0.01, 20, 2, &first));
  assert_int_equal(0, power(16, 0.01, NAN, 0, &first)); /* no current logged at all: nothing claimed */
  assert_int_equal(1, power(16, 0.01, 0, 0.01, &first));
  assert_non_null(strstr(first.text, "no current"));
  assert_int_equal(1, power(16, 0.01, -20, 2, &first));
  assert_non_null(strstr(first.text, "offset"));
  assert_int_equal(1, power(16, 0.01, 20, 0, &first));
  assert_non_null(strstr(first.text, "stuck"));
  assert_int_equal(1, power(0.5, 0.001, 20, 2, &first));
  assert_non_null(strstr(first.text, "at most 0.49 V"));
  assert_int_equal(2, power(12.6, 0, 0, 0, &first));
}

static uint32_t attitude(uint32_t repeat_every, uint32_t back_every, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_repeated_records);
  struct rows_maker *rows = rows_begin("attitude", maker_feed, rule);
  for (uint32_t i = 0; i < 1000; i++) {
    uint32_t copies = repeat_every && i % repeat_every == 0 ? 2 : 1;
    for (uint32_t copy = 0; copy < copies; copy++) {
      rows_row(rows, i * 0.1 - (back_every && i % back_every == 1 ? 0.15 : 0));
      rows_set(rows, "roll_deg", 3 * sin(i));
      rows_set(rows, "pitch_deg", 2 * sin(i));
      rows_set(rows, "yaw_deg", 90);
    }
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_repeated_records(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, attitude(0, 0, &first));
  assert_int_equal(0, attitude(200, 0, &first)); /* five of a thousand */
  assert_int_equal(1, attitude(1, 0, &first));
  assert_float_equal(0.5, first.value, 0.001);
  assert_non_null(strstr(first.text, "1000 attitude records stand twice"));
  assert_int_equal(1, attitude(0, 10, &first));
  assert_non_null(strstr(first.text, "100 step back"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_position_jump),
      cmocka_unit_test(test_battery_monitor),
      cmocka_unit_test(test_repeated_records),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
