/* The robust statistics: known answers, and outliers that must not move them. */
#include "unit.h"

#include "health/fit.h"

static void test_quantile(void **state) {
  (void)state;
  double values[] = {5, 1, 4, 2, 3};
  assert_float_equal(fit_quantile(values, 5, 0.5), 3, 1e-12);
  assert_float_equal(fit_quantile(values, 5, 0), 1, 1e-12);
  assert_float_equal(fit_quantile(values, 5, 1), 5, 1e-12);
  assert_float_equal(fit_quantile(values, 5, 0.125), 1.5, 1e-12);
  assert_true(isnan(fit_quantile(values, 0, 0.5)));
}

static void test_spread(void **state) {
  (void)state;
  double values[] = {1, 2, 3, 4, 1000};
  assert_float_equal(fit_spread(values, 5), 1.4826, 1e-9);
}

static void test_linear_ignores_outliers(void **state) {
  (void)state;
  double x[200 * 2], y[200], coefficients[FIT_TERMS_MAX], errors[FIT_TERMS_MAX];
  for (int i = 0; i < 200; i++) {
    x[2 * i] = 1;
    x[2 * i + 1] = i * 0.1;
    y[i] = 3 - 0.5 * i * 0.1 + 0.01 * sin(i * 12.9898);
  }
  for (int i = 0; i < 200; i += 20)
    y[i] += 50;
  assert_true(fit_linear(x, y, 200, 2, coefficients, errors));
  assert_float_equal(coefficients[0], 3, 0.02);
  assert_float_equal(coefficients[1], -0.5, 0.005);
  assert_true(errors[1] > 0 && errors[1] < 0.01);
}

static void test_linear_refuses_what_it_cannot_tell(void **state) {
  (void)state;
  double x[20 * 2], y[20], coefficients[FIT_TERMS_MAX] = {7};
  for (int i = 0; i < 20; i++) {
    x[2 * i] = 1;
    x[2 * i + 1] = 4; /* constant: not to be told from the first term */
    y[i] = i;
  }
  assert_false(fit_linear(x, y, 20, 2, coefficients, NULL));
  assert_float_equal(coefficients[0], 7, 0);
  assert_false(fit_linear(x, y, 2, 2, coefficients, NULL));
}

static void test_slope_and_correlation(void **state) {
  (void)state;
  double x[] = {0, 1, 2, 3, 4, 5}, y[] = {1, 3, 5, 7, 9, 11}, flat[] = {2, 2, 2, 2, 2, 2};
  assert_float_equal(fit_slope(x, y, 6), 2, 1e-9);
  assert_float_equal(fit_correlation(x, y, 6), 1, 1e-9);
  assert_true(isnan(fit_correlation(x, flat, 6)));
}

static void test_step(void **state) {
  (void)state;
  double values[100];
  uint32_t at = 0;
  for (int i = 0; i < 100; i++)
    values[i] = (i < 60 ? 1.0 : 1.5) + 0.05 * sin(i * 7.0);
  assert_float_equal(fit_step(values, 100, 10, &at), 0.5, 0.03);
  assert_int_equal(at, 60);
  assert_true(isnan(fit_step(values, 15, 10, &at)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_quantile),
      cmocka_unit_test(test_spread),
      cmocka_unit_test(test_linear_ignores_outliers),
      cmocka_unit_test(test_linear_refuses_what_it_cannot_tell),
      cmocka_unit_test(test_slope_and_correlation),
      cmocka_unit_test(test_step),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
