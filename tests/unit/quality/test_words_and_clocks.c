/* Rules on the estimator's words and flags, the radio control, the logger, clocks and dates: found and not found. */
#include "rule_maker.h"

#include "base/clock.h"

extern const struct rule rule_estimator_unconverged, rule_estimator_reset, rule_no_rc, rule_logger_dropouts,
    rule_no_flight, rule_clock_drift, rule_doubtful_date, rule_missing_tables;

static uint32_t flags(int64_t bits, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_estimator_unconverged);
  struct rows_maker *estimator = rows_begin("estimator", maker_feed, rule), *gps = rows_begin("gps", maker_feed, rule);
  for (double t = 0; t < 120; t += 1) {
    rows_row(estimator, t);
    rows_set(estimator, "solution_flags", (double)bits);
    rows_row(gps, t);
    rows_set(gps, "fix_type", 3);
  }
  rows_end(estimator);
  rows_end(gps);
  return rule_end(rule, first);
}

static void test_estimator_unconverged(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, flags(0x1f, &first));
  assert_int_equal(1, flags(0x5, &first));
  assert_non_null(strstr(first.text, "although GPS had a fix"));
  assert_int_equal(1, flags(0, &first));
  assert_non_null(strstr(first.text, "never had an attitude"));
}

static uint32_t words(const char *text, double at_s, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_estimator_reset);
  struct rows_maker *rows = rows_begin("message", maker_feed, rule);
  rows_row(rows, at_s);
  rows_set_text(rows, "text", text);
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_estimator_reset(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(1, words("EKF3 IMU0 forced reset", 60, &first));
  assert_non_null(strstr(first.text, "forced reset"));
  assert_float_equal(60, first.from_s, 0.01);
  assert_int_equal(1, words("EKF3 IMU1 stopped aiding", 60, &first));
  assert_int_equal(0, words("EKF3 IMU0 MAG0 in-flight yaw alignment complete", 60, &first));
  assert_int_equal(0, words("EKF3 IMU0 forced reset", 5, &first)); /* on the ground */
}

static struct message *add_message(struct rule_maker *rule, const char *name, uint64_t count) {
  static struct message message;
  static struct message *list[] = {&message};
  message = (struct message){.name = name, .count = count, .first_us = 20 * US_PER_S, .last_us = 30 * US_PER_S};
  rule->decode.report.messages = list;
  rule->decode.report.message_count = 1;
  return &message;
}

static uint32_t sticks(double pulse_us, uint64_t records, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_no_rc);
  struct rows_maker *rows = rows_begin("rc", maker_feed, rule);
  add_message(rule, "RCIN", records);
  for (double t = 0; t < 120; t += 1) {
    rows_row(rows, t);
    rows_set(rows, "channel", 1);
    rows_set(rows, "pulse_us", pulse_us);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_no_rc(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, sticks(1500, 120, &first));
  assert_int_equal(1, sticks(NAN, 120, &first));
  assert_int_equal(1, sticks(0, 120, &first));
  assert_int_equal(0, sticks(NAN, 0, &first)); /* not logged: nothing claimed */
}

static uint32_t dropped(double most, uint64_t records, const char *mark, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_logger_dropouts);
  struct rows_maker *rows = rows_begin("scheduler", maker_feed, rule);
  rule->decode.report.records = records;
  if (mark)
    add_message(rule, mark, 3);
  rows_row(rows, 50);
  rows_set(rows, "log_dropped_count", most);
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_logger_dropouts(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, dropped(1, 10000, NULL, &first));
  assert_int_equal(0, dropped(50, 1000000, NULL, &first));
  assert_int_equal(1, dropped(500, 10000, NULL, &first));
  assert_non_null(strstr(first.text, "500 records (5.0 %)"));
  assert_int_equal(1, dropped(0, 10000, "dropout", &first));
  assert_float_equal(20, first.from_s, 0.01);
}

static uint32_t flights(uint32_t count, double air_s, const char *source, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_no_flight);
  struct rows_maker *rows = rows_begin("attitude", maker_feed, rule);
  rule->log.flight_count = count;
  rule->flight.landing_us = rule->flight.takeoff_us + (int64_t)(air_s * 1e6);
  rule->decoder.source = source;
  for (double t = 0; t < 120; t += 0.5) {
    rows_row(rows, t);
    rows_set(rows, "roll_deg", 1);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_no_flight(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, flights(1, 100, "carrier", &first));
  assert_int_equal(1, flights(0, 100, "carrier", &first));
  assert_non_null(strstr(first.text, "holds no flight"));
  assert_int_equal(1, flights(1, 4, "carrier", &first));
  assert_non_null(strstr(first.text, "4.0 s"));
  assert_int_equal(0, flights(0, 100, "payload", &first)); /* a camera's */
}

/* UTC by GPS = 2026-03-01 12:00 + t × rate, and from step_at_s on step_s more. */
static uint32_t clocks(const struct rule *kind, double rate, double step_at_s, double step_s,
                       struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(kind);
  struct rows_maker *rows = rows_begin("gps", maker_feed, rule);
  int64_t noon_us = clock_from_civil(2026, 3, 1, 12, 0, 0);
  rule->log.end_us = 1200 * US_PER_S;
  rule->log.clock = (struct clock_fit){.offset_us = noon_us, .source = "gps"};
  for (double t = 0; t < 1200; t += 0.5) {
    rows_row(rows, t);
    rows_set(rows, "fix_type", 3);
    rows_set(rows, "utc_us", (double)noon_us + (t * rate + (t >= step_at_s ? step_s : 0)) * 1e6);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_clock_drift(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, clocks(&rule_clock_drift, 1, 0, 0, &first));
  assert_int_equal(0, clocks(&rule_clock_drift, 1 + 100e-6, 0, 0, &first));
  assert_int_equal(1, clocks(&rule_clock_drift, 1 - 400e-6, 0, 0, &first));
  assert_float_equal(-400, first.value, 20);
  assert_int_equal(1, clocks(&rule_clock_drift, 1, 900, 18, &first));
  assert_non_null(strstr(first.text, "steps by 18.0 s"));
  assert_float_equal(900, first.from_s, 1.5);
  assert_int_equal(0, clocks(&rule_clock_drift, 1, 900, 86400, &first));
}

static uint32_t date(int year, const char *source, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_doubtful_date);
  rule->log.clock = (struct clock_fit){.offset_us = clock_from_civil(year, 3, 1, 12, 0, 0), .source = source};
  return rule_end(rule, first);
}

static void test_doubtful_date(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, clocks(&rule_doubtful_date, 1, 0, 0, &first));
  assert_int_equal(0, clocks(&rule_doubtful_date, 1, 900, 18, &first));
  assert_int_equal(1, clocks(&rule_doubtful_date, 1, 900, -86400, &first));
  assert_non_null(strstr(first.text, "-1 day "));
  assert_int_equal(1, clocks(&rule_doubtful_date, 1, 900, 1024 * 7 * 86400.0, &first));
  assert_float_equal(7168, first.value, 0.1);
  assert_int_equal(1, date(2006, "gps", &first));
  assert_non_null(strstr(first.text, "2006-03-01"));
  assert_int_equal(1, date(2150, "gps", &first));
  assert_int_equal(0, date(2006, "file", &first));
}

static uint32_t tables(const char *left_out, const char *kind, const char *class, struct quality_finding *first) {
  static const char *const names[][2] = {{"attitude", "roll_deg"},  {"position", "lat_deg"}, {"battery", "voltage_v"},
                                         {"gps", "lat_deg"},        {"imu", "accel_x_m_s2"}, {"baro", "pressure_pa"},
                                         {"motor", "command_ratio"}};
  struct rule_maker *rule = rule_begin(&rule_missing_tables);
  rule->decoder.name = kind;
  snprintf(rule->log.vehicle_class, sizeof rule->log.vehicle_class, "%s", class);
  for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
    if (strcmp(names[i][0], left_out) == 0)
      continue;
    struct rows_maker *rows = rows_begin(names[i][0], maker_feed, rule);
    rows_row(rows, 50);
    rows_set(rows, names[i][1], 1);
    rows_end(rows);
  }
  return rule_end(rule, first);
}

static void test_missing_tables(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, tables("", "dataflash", "copter", &first));
  assert_int_equal(1, tables("attitude", "mavlink", "copter", &first));
  assert_int_equal(1, tables("motor", "dataflash", "copter", &first));
  assert_string_equal("the flight has no records of: motor outputs; check LOG_BITMASK", first.text);
  assert_int_equal(1, tables("imu", "ulog", "copter", &first));
  assert_non_null(strstr(first.text, "SDLOG_PROFILE"));
  assert_int_equal(0, tables("motor", "dataflash", "plane", &first));
  assert_int_equal(0, tables("imu", "mavlink", "copter", &first)); /* telemetry sends what is asked for */
  assert_int_equal(0, tables("gps", "dataflash", "sub", &first));  /* none under water */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_estimator_unconverged),
      cmocka_unit_test(test_estimator_reset),
      cmocka_unit_test(test_no_rc),
      cmocka_unit_test(test_logger_dropouts),
      cmocka_unit_test(test_no_flight),
      cmocka_unit_test(test_clock_drift),
      cmocka_unit_test(test_doubtful_date),
      cmocka_unit_test(test_missing_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
