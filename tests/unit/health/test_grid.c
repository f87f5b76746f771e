/* The common time bins: where values land, what is in the air, and that a long flight stays within the bins. */
#include "unit.h"

#include "health/grid.h"

static struct flight flight_of(double start_s, double takeoff_s, double landing_s, double end_s) {
  return (struct flight){.start_us = (int64_t)(start_s * 1e6),
                         .end_us = (int64_t)(end_s * 1e6),
                         .takeoff_us = isnan(takeoff_s) ? TIME_NONE : (int64_t)(takeoff_s * 1e6),
                         .landing_us = isnan(landing_s) ? TIME_NONE : (int64_t)(landing_s * 1e6)};
}

static void test_bins(void **state) {
  (void)state;
  struct flight flight = flight_of(10, 15, 55, 60);
  struct grid grid;
  grid_begin(&grid, &flight);
  assert_int_equal(grid_bin(&grid, 10000000), 0);
  assert_int_equal(grid_bin(&grid, 10500000), 1);
  assert_int_equal(grid_bin(&grid, 9999999), GRID_BINS);
  assert_int_equal(grid_bin(&grid, 70000000), GRID_BINS);
  assert_int_equal(grid_bin(&grid, TIME_NONE), GRID_BINS);
  assert_int_equal(grid.first_airborne, 16); /* 18 s */
  assert_int_equal(grid.end_airborne, 84);   /* 52 s */
  assert_float_equal(grid_time_s(&grid, 2), 11.25, 1e-9);
}

static void test_long_flight_fits(void **state) {
  (void)state;
  struct flight flight = flight_of(0, 10, 86390, 86400);
  struct grid grid;
  grid_begin(&grid, &flight);
  assert_true(grid.bins <= GRID_BINS);
  assert_true(grid_bin(&grid, flight.end_us) < GRID_BINS);
}

static void test_never_airborne(void **state) {
  (void)state;
  struct grid grid;
  struct flight drive = flight_of(0, NAN, NAN, 100);
  grid_begin(&grid, &drive);
  assert_int_equal(grid.first_airborne, 0);
  assert_true(grid.end_airborne >= 200);
  struct flight hop = flight_of(0, 5, 8, 10); /* too short for "well in the air" */
  grid_begin(&grid, &hop);
  assert_int_equal(grid.first_airborne, grid.end_airborne);
}

static void test_channel(void **state) {
  (void)state;
  static struct channel channel;
  struct flight flight = flight_of(0, 0, 100, 100);
  struct grid grid;
  grid_begin(&grid, &flight);
  channel_add(&channel, 20, 1);
  channel_add(&channel, 20, 3);
  channel_add(&channel, 20, NAN);
  channel_add(&channel, 21, INFINITY);
  channel_add(&channel, 0, 100); /* before "well in the air" */
  channel_add(&channel, GRID_BINS, 7);
  assert_float_equal(channel_mean(&channel, 20), 2, 1e-6);
  assert_true(isnan(channel_mean(&channel, 21)));
  double values[GRID_BINS];
  uint16_t bins[GRID_BINS];
  assert_int_equal(channel_collect(&grid, &channel, values, bins), 1);
  assert_int_equal(bins[0], 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bins),
      cmocka_unit_test(test_long_flight_fits),
      cmocka_unit_test(test_never_airborne),
      cmocka_unit_test(test_channel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
