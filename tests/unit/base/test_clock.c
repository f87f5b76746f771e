/* Clock: calendar, text forms, GPS time with leap seconds and week roll-over. */
#include "unit.h"

#include "base/clock.h"

static int64_t parsed(const char *text) {
  int64_t time_us;
  assert_true(clock_parse(text_of(text), &time_us));
  return time_us;
}

static void texts_go_there_and_back(void **state) {
  (void)state;
  char out[CLOCK_TEXT_SIZE];
  static const char *const texts[] = {"1970-01-01T00:00:00Z", "2026-11-23T10:57:16.123456Z", "2000-02-29T23:59:59.500Z",
                                      "1969-12-31T23:59:59Z", "2100-03-01T00:00:00Z"};
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    assert_string_equal(clock_format(out, parsed(texts[i])), texts[i]);
  assert_string_equal(clock_format(out, TIME_NONE), "");
}

static void zones_are_applied(void **state) {
  (void)state;
  assert_true(parsed("2026-03-01T12:00:00+02:00") == parsed("2026-03-01T10:00:00Z"));
  assert_true(parsed("2026-03-01 12:00") == parsed("2026-03-01T12:00:00Z"));
  assert_true(parsed("2026-03-01T00:00:00-0530") == parsed("2026-03-01T05:30:00Z"));
}

static void nonsense_is_refused(void **state) {
  (void)state;
  int64_t time_us;
  static const char *const texts[] = {"",           "yesterday",        "2026-13-01",           "2026-00-01",
                                      "2026-01-32", "2026-01-01T25:00", "2026-01-01T10:00:00x", "26-01-01"};
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    assert_false(clock_parse(text_of(texts[i]), &time_us));
}

static void gps_time_becomes_utc(void **state) {
  (void)state;
  /* GPS week 2086 began on 2019-12-29; GPS was 18 s ahead of UTC. */
  assert_true(clock_from_gps(2086, 0) == parsed("2019-12-28T23:59:42Z"));
  /* 2014: 16 s */
  assert_true(clock_from_gps(1814, 0) == parsed("2014-10-11T23:59:44Z"));
  /* a receiver whose week counter rolled over */
  assert_true(clock_from_gps(2086 - 1024, 0) == clock_from_gps(2086, 0));
  assert_true(clock_from_gps(0, 5) == TIME_NONE);
  assert_true(clock_from_gps(2086, 604800001) == TIME_NONE);
  assert_true(clock_from_gps(5000, 0) == TIME_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(texts_go_there_and_back), cmocka_unit_test(zones_are_applied),
                                     cmocka_unit_test(nonsense_is_refused), cmocka_unit_test(gps_time_becomes_utc)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
