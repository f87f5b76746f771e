/* Rules that compare two logs of a vehicle: found and not found. */
#include "../unit.h"

#include "base/clock.h"
#include "quality/quality.h"

extern const struct rule rule_duplicated_flight, rule_self_overlap, rule_vehicle_mismatch;

#define FIXES 10u

/* A log of 100 s that flies north at 10 m/s, begins at start_s and is north_deg off. */
struct made {
  struct quality_log log;
  struct track_fix fixes[FIXES];
};

static void make(struct made *made, const char *id, double start_s, double north_deg) {
  *made = (struct made){.log = {.id = id,
                                .name = "a.bin",
                                .kind = "dataflash",
                                .source = "carrier",
                                .vehicle_uid = "0123",
                                .vehicle_class = "copter",
                                .autopilot = "ArduPilot",
                                .added_us = id[0],
                                .start_us = (int64_t)(start_s * 1e6),
                                .end_us = (int64_t)((start_s + 100) * 1e6)}};
  for (uint32_t i = 0; i < FIXES; i++) {
    double t = 100.0 * i / (FIXES - 1);
    made->fixes[i] = (struct track_fix){made->log.start_us + (int64_t)(t * 1e6), 47 + (start_s + t) * 9e-5 + north_deg,
                                        8};
  }
  made->log.track = (struct track){made->fixes, FIXES};
}

static void test_duplicated_flight(void **state) {
  (void)state;
  struct made a, b;
  struct quality_finding finding;
  make(&a, "a1111111", 0, 0);
  make(&b, "b2222222", 2, 0);
  assert_true(rule_duplicated_flight.compare(&b.log, &a.log, &finding));
  assert_non_null(strstr(finding.text, "a.bin (a1111111) holds the same flight"));
  assert_false(rule_duplicated_flight.compare(&a.log, &b.log, &finding)); /* the first to come is the original */
  b.log.kind = "mavlink";
  assert_false(rule_duplicated_flight.compare(&b.log, &a.log, &finding));
  make(&b, "b2222222", 40, 0); /* the next part of a log */
  assert_false(rule_duplicated_flight.compare(&b.log, &a.log, &finding));
  make(&b, "b2222222", 0, 0.1);
  assert_false(rule_duplicated_flight.compare(&b.log, &a.log, &finding));
  make(&b, "b2222222", 0, 0);
  b.log.track.count = 0;
  assert_false(rule_duplicated_flight.compare(&b.log, &a.log, &finding));
}

static void test_self_overlap(void **state) {
  (void)state;
  struct made a, b;
  struct quality_finding finding;
  make(&a, "a1111111", 0, 0);
  make(&b, "b2222222", 50, 0.1);
  assert_true(rule_self_overlap.compare(&a.log, &b.log, &finding));
  assert_true(finding.value > 9000 && finding.value < 12000);
  assert_true(rule_self_overlap.compare(&b.log, &a.log, &finding));
  make(&b, "b2222222", 50, 0.002); /* 220 m */
  assert_false(rule_self_overlap.compare(&a.log, &b.log, &finding));
  make(&b, "b2222222", 200, 0.1); /* later */
  assert_false(rule_self_overlap.compare(&a.log, &b.log, &finding));
  make(&b, "b2222222", 50, 0.1);
  b.log.track.count = 0;
  assert_false(rule_self_overlap.compare(&a.log, &b.log, &finding));
}

static void test_vehicle_mismatch(void **state) {
  (void)state;
  struct made a, b;
  struct quality_finding finding;
  make(&a, "a1111111", 0, 0);
  make(&b, "b2222222", 1000, 0);
  assert_false(rule_vehicle_mismatch.compare(&b.log, &a.log, &finding));
  b.log.vehicle_uid = "";
  assert_false(rule_vehicle_mismatch.compare(&b.log, &a.log, &finding)); /* not known is not another */
  b.log.vehicle_uid = "4567";
  assert_true(rule_vehicle_mismatch.compare(&b.log, &a.log, &finding));
  assert_non_null(strstr(finding.text, "the board's id is 4567, and was 0123 in a.bin"));
  make(&b, "b2222222", 1000, 0);
  b.log.vehicle_class = "plane";
  assert_true(rule_vehicle_mismatch.compare(&b.log, &a.log, &finding));
  make(&b, "b2222222", 1000, 0);
  b.log.autopilot = "PX4";
  assert_true(rule_vehicle_mismatch.compare(&b.log, &a.log, &finding));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_duplicated_flight),
      cmocka_unit_test(test_self_overlap),
      cmocka_unit_test(test_vehicle_mismatch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
