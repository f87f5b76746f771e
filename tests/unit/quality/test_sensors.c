/* Rules on sensors: disagreement, units, numbers, rates; found and not found. */
#include "rule_maker.h"

extern const struct rule rule_imu_disagree, rule_gps_disagree, rule_altitude_disagree, rule_unit_mistake,
    rule_not_a_number, rule_rate_drop, rule_low_rate, rule_frozen_sensor;

static uint32_t two_imus(double offset_m_s2, double offset_deg_s, double from_s, double rate_hz,
                         struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_imu_disagree);
  struct rows_maker *rows = rows_begin("imu", maker_feed, rule);
  for (double t = 0; t < 120; t += 1 / rate_hz)
    for (int sensor = 0; sensor < 2; sensor++) {
      bool off = sensor == 1 && t >= from_s && t < from_s + 30;
      rows_row(rows, t);
      rows_set(rows, "instance", sensor);
      rows_set(rows, "accel_x_m_s2", 0.3 * sin(40 * t) + (off ? offset_m_s2 : 0));
      rows_set(rows, "accel_y_m_s2", 0.1);
      rows_set(rows, "accel_z_m_s2", -9.81);
      rows_set(rows, "gyro_x_deg_s", 20 * sin(t) + (off ? offset_deg_s : 0));
      rows_set(rows, "gyro_y_deg_s", 0);
      rows_set(rows, "gyro_z_deg_s", 0);
    }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_imu_disagree(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, two_imus(0, 0, 50, 25, &first));
  assert_int_equal(0, two_imus(1.2, 8, 50, 25, &first));
  assert_int_equal(1, two_imus(3, 0, 50, 25, &first));
  assert_float_equal(3, first.value, 0.1);
  assert_float_equal(50, first.from_s, 1.1);
  assert_float_equal(80, first.to_s, 1.1);
  assert_non_null(strstr(first.text, "accelerometers 1 and 2"));
  assert_int_equal(1, two_imus(0, 15, 50, 25, &first));
  assert_non_null(strstr(first.text, "gyroscopes"));
  assert_int_equal(0, two_imus(3, 15, 50, 4, &first));   /* too few samples for a mean */
  assert_int_equal(0, two_imus(3, 15, 105, 25, &first)); /* five seconds in the air, then the ground */
}

static uint32_t two_receivers(double apart_deg, bool fixed, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_gps_disagree);
  struct rows_maker *rows = rows_begin("gps", maker_feed, rule);
  for (double t = 0; t < 120; t += 0.5)
    for (int sensor = 0; sensor < 2; sensor++) {
      rows_row(rows, t);
      rows_set(rows, "instance", sensor);
      rows_set(rows, "fix_type", sensor && !fixed ? 1 : 3);
      rows_set(rows, "lat_deg", 47 + t * 1e-5 + (sensor && t > 60 ? apart_deg : 0));
      rows_set(rows, "lon_deg", 8);
    }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_gps_disagree(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, two_receivers(0.0002, true, &first)); /* 22 m */
  assert_int_equal(1, two_receivers(0.001, true, &first));
  assert_float_equal(111, first.value, 2);
  assert_float_equal(61, first.from_s, 1.1);
  assert_int_equal(0, two_receivers(0.001, false, &first)); /* without a fix it claims nothing */
}

static uint32_t heights(const struct rule *kind, double gps_factor, double gps_drift_m_s,
                        struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(kind);
  struct rows_maker *gps = rows_begin("gps", maker_feed, rule), *baro = rows_begin("baro", maker_feed, rule);
  for (double t = 0; t < 120; t += 0.5) {
    double height = t < 10 || t > 110 ? 0 : fmin(60, fmin(t - 10, 110 - t) * 3);
    rows_row(gps, t);
    rows_set(gps, "fix_type", 3);
    rows_set(gps, "lat_deg", 47 + fmax(0, t - 10) * 9e-5);
    rows_set(gps, "lon_deg", 8);
    rows_set(gps, "ground_speed_m_s", t < 10 ? 0 : 10);
    rows_set(gps, "alt_msl_m", gps_factor * (400 + height) + fmax(0, t - 30) * gps_drift_m_s);
    rows_row(baro, t);
    rows_set(baro, "alt_m", height);
    rows_set(baro, "pressure_pa", 96600 - 12 * height);
  }
  rows_end(gps);
  rows_end(baro);
  return rule_end(rule, first);
}

static void test_altitude_disagree(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, heights(&rule_altitude_disagree, 1, 0, &first));
  assert_int_equal(0, heights(&rule_altitude_disagree, 1, 0.2, &first)); /* 16 m at the end */
  assert_int_equal(1, heights(&rule_altitude_disagree, 1, 1, &first));
  assert_true(first.value > 60 && first.value < 85);
  assert_non_null(strstr(first.text, "barometer and GPS differ"));
}

struct table_case {
  const char *table, *column;
  double value;
};

static uint32_t one_column(const struct table_case *test, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_unit_mistake);
  struct rows_maker *rows = rows_begin(test->table, maker_feed, rule);
  for (double t = 0; t < 120; t += 0.5) {
    rows_row(rows, t);
    rows_set(rows, test->column, test->value);
    if (strcmp(test->table, "imu") == 0) {
      rows_set(rows, "accel_y_m_s2", 0);
      rows_set(rows, "accel_z_m_s2", 0);
    }
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static uint32_t speeds(double factor, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_unit_mistake);
  struct rows_maker *rows = rows_begin("gps", maker_feed, rule);
  for (double t = 0; t < 120; t += 0.2) {
    rows_row(rows, t);
    rows_set(rows, "fix_type", 3);
    rows_set(rows, "lat_deg", 47 + t * 9e-5); /* 10 m/s */
    rows_set(rows, "lon_deg", 8);
    rows_set(rows, "ground_speed_m_s", 10.007 * factor);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_unit_mistake(void **state) {
  (void)state;
  static const struct table_case wrong[] = {
      {"gps", "lat_deg", 470000000},       {"position", "lon_deg", 85000000}, {"battery", "voltage_v", 16100},
      {"battery", "current_a", 18500},     {"baro", "pressure_pa", 966},      {"baro", "pressure_pa", 96.6},
      {"baro", "temperature_degc", 295.5}, {"imu", "accel_x_m_s2", 1},        {"imu", "accel_x_m_s2", 998},
      {"battery", "voltage_v", 0.0161},
  };
  static const struct table_case right[] = {
      {"gps", "lat_deg", -47},       {"position", "lon_deg", 178},   {"battery", "voltage_v", 3.7},
      {"battery", "voltage_v", 100}, {"battery", "current_a", 0.01}, {"baro", "pressure_pa", 96600},
      {"baro", "pressure_pa", 0},    {"imu", "accel_x_m_s2", -9.7},  {"baro", "temperature_degc", 80},
  };
  struct quality_finding first;
  for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
    assert_int_equal(1, one_column(&wrong[i], &first));
    assert_non_null(strstr(first.text, wrong[i].column));
  }
  for (size_t i = 0; i < ARRAY_COUNT(right); i++)
    assert_int_equal(0, one_column(&right[i], &first));
}

static void test_unit_ratios(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, heights(&rule_unit_mistake, 1, 0, &first));
  assert_int_equal(1, heights(&rule_unit_mistake, 100, 0, &first));
  assert_non_null(strstr(first.text, "it is in cm"));
  assert_int_equal(1, heights(&rule_unit_mistake, 3.2808, 0, &first));
  assert_non_null(strstr(first.text, "it is in ft"));
  assert_int_equal(0, speeds(1, &first));
  assert_int_equal(0, speeds(1.3, &first)); /* wrong, but no unit's factor */
  assert_int_equal(1, speeds(3.6, &first));
  assert_non_null(strstr(first.text, "it is in km/h"));
  assert_int_equal(1, speeds(100, &first));
  assert_non_null(strstr(first.text, "it is in cm/s"));
}

static uint32_t broken(double share, double from_s, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_not_a_number);
  struct rows_maker *rows = rows_begin("attitude", maker_feed, rule);
  for (int i = 0; i < 1200; i++) {
    bool bad = i * 0.1 > from_s && (i % 100) < 100 * share;
    rows_row(rows, i * 0.1);
    rows_set(rows, "roll_deg", bad ? NAN : 1);
    rows_set(rows, "pitch_deg", bad && share < 1 && i % 2 ? INFINITY : 1);
    rows_set(rows, "yaw_deg", 90);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_not_a_number(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, broken(0, 0, &first));
  assert_int_equal(0, broken(1, 111, &first)); /* on the ground */
  assert_int_equal(0, broken(1, -1, &first));  /* never a number: not logged */
  assert_int_equal(1, broken(0.2, 50, &first));
  assert_non_null(strstr(first.text, "attitude.roll_deg"));
  assert_float_equal(50, first.from_s, 10.2);
}

static uint32_t rates(double slow_from_s, double slow_to_s, uint32_t keep, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_rate_drop);
  struct rows_maker *rows = rows_begin("imu", maker_feed, rule);
  for (uint32_t i = 0; i < 120 * 25; i++) {
    double t = i / 25.0;
    if (t >= slow_from_s && t < slow_to_s && i % keep)
      continue;
    rows_row(rows, t);
    rows_set(rows, "accel_x_m_s2", 0.1);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_rate_drop(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, rates(0, 0, 1, &first));
  assert_int_equal(1, rates(50, 60, 5, &first));
  assert_float_equal(5, first.value, 0.6);
  assert_float_equal(12.5, first.limit, 0.6);
  assert_float_equal(50, first.from_s, 1.1);
  assert_non_null(strstr(first.text, "imu records fall from 25.0"));
  assert_int_equal(0, rates(50, 52, 5, &first));   /* two seconds */
  assert_int_equal(0, rates(0, 40, 5, &first));    /* it was raised later, nothing fell */
  assert_int_equal(0, rates(112, 120, 5, &first)); /* on the ground */
}

static uint32_t slow(const char *table, const char *column, double rate_hz, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_low_rate);
  struct rows_maker *rows = rows_begin(table, maker_feed, rule);
  for (double t = 0; t < 120; t += 1 / rate_hz) {
    rows_row(rows, t);
    rows_set(rows, column, 1);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_low_rate(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, slow("attitude", "roll_deg", 10, &first));
  assert_int_equal(0, slow("gps", "lat_deg", 1, &first));
  assert_int_equal(1, slow("attitude", "roll_deg", 1, &first));
  assert_non_null(strstr(first.text, "attitude is logged 1.0 times"));
  assert_int_equal(1, slow("battery", "voltage_v", 0.2, &first));
}

static uint32_t stands_still(double value, struct quality_finding *first) {
  struct rule_maker *rule = rule_begin(&rule_frozen_sensor);
  struct rows_maker *rows = rows_begin("imu", maker_feed, rule);
  for (double t = 0; t < 120; t += 0.1) {
    rows_row(rows, t);
    rows_set(rows, "instance", 2);
    rows_set(rows, "accel_x_m_s2", isnan(value) ? sin(t) : value);
  }
  rows_end(rows);
  return rule_end(rule, first);
}

static void test_frozen_sensor(void **state) {
  (void)state;
  struct quality_finding first;
  assert_int_equal(0, stands_still(NAN, &first));
  assert_int_equal(1, stands_still(0.25, &first));
  assert_int_equal(0, stands_still(0, &first)); /* not fitted */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_imu_disagree),      cmocka_unit_test(test_gps_disagree),
      cmocka_unit_test(test_altitude_disagree), cmocka_unit_test(test_unit_mistake),
      cmocka_unit_test(test_unit_ratios),       cmocka_unit_test(test_not_a_number),
      cmocka_unit_test(test_rate_drop),         cmocka_unit_test(test_low_rate),
      cmocka_unit_test(test_frozen_sensor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
