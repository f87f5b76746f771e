/* Names of numbers. */
#include "made_batch.h"

static void test_names(void **state) {
  (void)state;
  assert_string_equal(enum_name("copter_mode", 0), "STABILIZE");
  assert_string_equal(enum_name("copter_mode", 5), "LOITER");
  assert_string_equal(enum_name("plane_mode", 10), "AUTO");
  assert_string_equal(enum_name("ardupilot_event", 10), "ARMED");
  assert_string_equal(enum_name("ardupilot_error_subsystem", 16), "EKFCHECK");
}

static void test_unknown_is_null(void **state) {
  (void)state;
  assert_null(enum_name("copter_mode", 100000));
  assert_null(enum_name("copter_mode", INT64_MIN));
  assert_null(enum_name("no_such_set", 0));
  assert_null(enum_name("", 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_unknown_is_null)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
