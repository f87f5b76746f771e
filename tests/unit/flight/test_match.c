/* Tracks on a wrong clock against tracks on a right one: zones, drift, the date line, near a pole, another vehicle. */
#include "unit.h"

#include "flight/match.h"

#include <math.h>

#define FIXES 60

/* A lap of `radius_m` in five minutes around a place, seen from `from_s` on. */
static struct track lap(struct track_fix *fixes, double lat, double lon, double radius_m, double from_s,
                        int64_t clock_us) {
  for (int i = 0; i < FIXES; i++) {
    double t_s = from_s + i * 4, angle = t_s / 300 * 2 * M_PI;
    double north_m = radius_m * sin(angle), east_m = radius_m * cos(angle);
    double degrees = lon + east_m / 111195 / cos(lat * M_PI / 180);
    fixes[i] = (struct track_fix){clock_us + (int64_t)(t_s * 1e6), lat + north_m / 111195,
                                  degrees > 180 ? degrees - 360 : degrees};
  }
  return (struct track){fixes, FIXES};
}

static void check_found(double lat, double lon) {
  struct track_fix known[FIXES], other[FIXES];
  struct track_match match;
  int64_t zone_us = -7 * ZONE_STEP_US, drift_us = -(int64_t)(42.5 * US_PER_S);
  struct track flight = lap(known, lat, lon, 400, 0, 1000000 * US_PER_S);
  struct track film = lap(other, lat, lon, 400, 20, 1000000 * US_PER_S - zone_us - drift_us);
  assert_true(track_match(&flight, &film, zone_us, 300 * US_PER_S, &match));
  assert_true(llabs(match.shift_us - zone_us - drift_us) < US_PER_S);
  assert_float_equal(match.residual_s, -42.5, 1);
  assert_true(match.distance_m < 10 && match.share > 0.99 && match.coverage > 0.8);
}

static void test_zone_and_drift(void **state) {
  (void)state;
  check_found(47, 8);
}

static void test_date_line(void **state) {
  (void)state;
  check_found(-17, 179.9995);
}

static void test_near_a_pole(void **state) {
  (void)state;
  check_found(89.0, 120);
}

static void test_another_vehicle(void **state) {
  (void)state;
  struct track_fix known[FIXES], other[FIXES];
  struct track_match match;
  struct track flight = lap(known, 47, 8, 400, 0, 0);
  struct track elsewhere = lap(other, 47.01, 8, 400, 0, 0), wider = lap(other, 47, 8, 900, 0, 0);
  assert_false(track_match(&flight, &elsewhere, 0, 300 * US_PER_S, &match));
  assert_false(track_match(&flight, &wider, 0, 300 * US_PER_S, &match));
}

static void test_nearer_scores_higher(void **state) {
  (void)state;
  struct track_match near = {.share = 1, .coverage = 1, .distance_m = 3}, far = near, late = near;
  far.distance_m = 35;
  late.residual_s = -240;
  assert_true(track_match_score(&near) > track_match_score(&far));
  assert_true(track_match_score(&near) > track_match_score(&late));
}

static void test_nothing_to_match(void **state) {
  (void)state;
  struct track_fix known[FIXES];
  struct track_match match;
  struct track flight = lap(known, 47, 8, 400, 0, 0), none = {known, 0};
  assert_false(track_match(&flight, &none, 0, US_PER_S, &match));
  assert_false(track_match(&none, &flight, 0, US_PER_S, &match));
  assert_true(isnan(track_distance_m(&flight, -1, 47, 8, NULL)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_zone_and_drift),       cmocka_unit_test(test_date_line),
      cmocka_unit_test(test_near_a_pole),          cmocka_unit_test(test_another_vehicle),
      cmocka_unit_test(test_nearer_scores_higher), cmocka_unit_test(test_nothing_to_match),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
