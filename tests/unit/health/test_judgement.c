/* The vehicle's own normal: from which flights it comes, and how narrow it may be; how long a value was beyond. */
#include "unit.h"

#include "health/judgement.h"

#define FLIGHTS 12u

static struct feature_list lists[FLIGHTS];
static const struct feature_list *history[FLIGHTS];

static void fill(const double *values, uint32_t count) {
  memset(lists, 0, sizeof lists);
  for (uint32_t i = 0; i < count; i++) {
    feature_add(&lists[i], "other", 1, 99, 1);
    feature_add(&lists[i], "value", 1, values[i], 1);
    history[i] = &lists[i];
  }
}

static void test_needs_three_flights(void **state) {
  (void)state;
  fill((double[]){1, 1, 5}, 3);
  assert_true(isnan(baseline_of(history, 3, "value", 1, 0.1, 0).median));
  fill((double[]){1, NAN, 1, 5}, 4); /* a value that is none is not kept */
  assert_true(isnan(baseline_of(history, 4, "value", 1, 0.1, 0).median));
}

static void test_slow_wear_does_not_drag_the_normal(void **state) {
  (void)state;
  fill((double[]){1, 1.1, 0.9, 1.5, 2, 3, 4}, 7);
  struct baseline baseline = baseline_of(history, 7, "value", 1, 0.1, 0);
  assert_int_equal(baseline.flights, 3);
  assert_float_equal(baseline.median, 1, 1e-9);
  assert_float_equal(baseline.sigma, 0.14826, 1e-6);
  assert_float_equal(baseline_distance(&baseline, 4), 3 / 0.14826, 1e-3);
}

static void test_floor(void **state) {
  (void)state;
  fill((double[]){2, 2, 2, 9}, 4);
  assert_float_equal(baseline_of(history, 4, "value", 1, 0.05, 0).sigma, 0.05, 1e-12);
  assert_float_equal(baseline_of(history, 4, "value", 1, 0.05, 0.1).sigma, 0.2, 1e-12);
  assert_true(isnan(baseline_of(history, 4, "value", 2, 0.05, 0).median));
}

static void test_episode(void **state) {
  (void)state;
  struct episode episode = {0};
  const bool beyond[] = {false, true, true, true, false, false, true, false};
  for (int i = 0; i < 8; i++)
    episode_add(&episode, i * US_PER_S, beyond[i]);
  assert_float_equal(episode.longest_s, 3, 1e-9);
  assert_float_equal(episode.total_s, 4, 1e-9);
  assert_float_equal(episode.longest_from_s, 1, 1e-9);
  episode_add(&episode, 10 * US_PER_S, true);
  episode_add(&episode, 100 * US_PER_S, true); /* nothing is known of the silence between */
  assert_float_equal(episode.longest_s, 3, 1e-9);
}

static void test_room(void **state) {
  (void)state;
  struct finding findings[1];
  struct verdicts verdicts = {findings, 0, 1};
  assert_non_null(verdict_add(&verdicts, "gps", SEVERITY_WARNING, "gps 1", "value", 1));
  assert_null(verdict_add(&verdicts, "gps", SEVERITY_WARNING, "gps 1", "value", 1));
  assert_int_equal(verdicts.count, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_needs_three_flights),
      cmocka_unit_test(test_slow_wear_does_not_drag_the_normal),
      cmocka_unit_test(test_floor),
      cmocka_unit_test(test_episode),
      cmocka_unit_test(test_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
