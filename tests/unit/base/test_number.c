/* Numbers as text: they read back as the same bits, and no shorter text would. */
#include "unit.h"

#include "base/number.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDS 100000

static uint64_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  uint64_t x = *state ^ *state >> 33;
  return x * UINT64_C(0xff51afd7ed558ccd) ^ x >> 29;
}

static const char *text_double(char out[NUMBER_TEXT_MAX + 1], double value) {
  size_t size = number_put_double(out, value);
  assert_in_range(size, 1, NUMBER_TEXT_MAX);
  out[size] = 0;
  return out;
}

static const char *text_float(char out[NUMBER_TEXT_MAX + 1], float value) {
  size_t size = number_put_float(out, value);
  assert_in_range(size, 1, NUMBER_TEXT_MAX);
  out[size] = 0;
  return out;
}

static size_t count_digits(const char *text) {
  size_t count = 0, zeros = 0;
  bool begun = false;
  for (; *text && *text != 'e'; text++) {
    if (*text < '0' || *text > '9')
      continue;
    begun |= *text != '0';
    zeros = *text == '0' ? zeros + 1 : 0;
    count += begun;
  }
  return count - (count ? MIN(zeros, count) : 0);
}

/* The fewest digits that printf can do it with. */
static size_t fewest_digits(double value, bool is_float) {
  char text[64];
  for (int digits = 1; digits < 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
      return count_digits(text);
  }
  return 17;
}

static void check_double(double value) {
  char text[NUMBER_TEXT_MAX + 1];
  uint64_t before, after;
  double read = strtod(text_double(text, value), NULL);
  memcpy(&before, &value, sizeof before);
  memcpy(&after, &read, sizeof after);
  if (isnan(value))
    assert_string_equal(text, "NaN");
  else if (before != after)
    fail_msg("%s is not %a", text, value);
}

static void check_float(float value) {
  char text[NUMBER_TEXT_MAX + 1];
  uint32_t before, after;
  float read = strtof(text_float(text, value), NULL);
  memcpy(&before, &value, sizeof before);
  memcpy(&after, &read, sizeof after);
  if (isnan(value))
    assert_string_equal(text, "NaN");
  else if (before != after)
    fail_msg("%s is not %a", text, (double)value);
}

static void random_bits_read_back(void **state) {
  (void)state;
  uint64_t random = 1;
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t bits = next_random(&random);
    double real;
    float small;
    memcpy(&real, &bits, sizeof real);
    memcpy(&small, &bits, sizeof small);
    check_double(real);
    check_float(small);
  }
}

/* What sensors say: exponents around 0, few digits, neighbours of short decimals, powers of two. */
static void likely_values_are_shortest(void **state) {
  (void)state;
  uint64_t random = 2;
  char text[NUMBER_TEXT_MAX + 1];
  for (int i = 0; i < ROUNDS / 3; i++) {
    uint64_t bits = next_random(&random);
    double value = ldexp((double)(bits >> 11), (int)(bits % 75) - 98);
    if (bits & 1024)
      value = (double)(int64_t)(bits % 2000000) / 1e4 + (bits & 2048 ? 1e-13 : 0);
    float small = (float)value;
    check_double(value);
    check_float(small);
    text_double(text, value);
    if (count_digits(text) > fewest_digits(value, false))
      fail_msg("%s is longer than needed", text);
    text_float(text, small);
    if (count_digits(text) > fewest_digits((double)small, true))
      fail_msg("%s is longer than needed", text);
  }
  for (int exponent = -1074; exponent < 1024; exponent++)
    for (int step = -1; step <= 1; step++) {
      double value = ldexp(1, exponent);
      value = step ? nextafter(value, step * INFINITY) : value;
      check_double(value);
      check_double(-value);
      check_float((float)value);
    }
}

static void forms(void **state) {
  (void)state;
  char text[NUMBER_TEXT_MAX + 1];
  assert_string_equal(text_double(text, 0), "0");
  assert_string_equal(text_double(text, -0.0), "-0.0");
  assert_string_equal(text_double(text, 90), "90");
  assert_string_equal(text_double(text, 0.1), "0.1");
  assert_string_equal(text_double(text, 0.1 + 0.2), "0.30000000000000004");
  assert_string_equal(text_double(text, -35.363261), "-35.363261");
  assert_string_equal(text_double(text, 0.0001), "0.0001");
  assert_string_equal(text_double(text, 0.00001), "1e-05");
  assert_string_equal(text_double(text, 1.25e-7), "1.25e-07");
  assert_string_equal(text_double(text, 1e300), "1e+300");
  assert_string_equal(text_double(text, 5e-324), "5e-324");
  assert_string_equal(text_double(text, INFINITY), "inf");
  assert_string_equal(text_double(text, -INFINITY), "-inf");
  assert_string_equal(text_double(text, NAN), "NaN");
  assert_string_equal(text_double(text, 9007199254740991.0), "9007199254740991");
  assert_string_equal(text_float(text, 0.1F), "0.1");
  assert_string_equal(text_float(text, 3.1415927F), "3.1415927");
  assert_string_equal(text_float(text, 1.5e-6F), "1.5e-06");
  assert_string_equal(text_float(text, 16777216.0F), "16777216");
  assert_string_equal(text_float(text, 123456.7F), "123456.7");
}

static void whole_numbers(void **state) {
  (void)state;
  uint64_t random = 3;
  char text[NUMBER_TEXT_MAX + 1], expected[40];
  for (int i = 0; i < 20000; i++) {
    uint64_t value = next_random(&random) >> (i % 64);
    text[number_put_u64(text, value)] = 0;
    snprintf(expected, sizeof expected, "%llu", (unsigned long long)value);
    assert_string_equal(text, expected);
    text[number_put_i64(text, (int64_t)value)] = 0;
    snprintf(expected, sizeof expected, "%lld", (long long)value);
    assert_string_equal(text, expected);
  }
  text[number_put_i64(text, INT64_MIN)] = 0;
  assert_string_equal(text, "-9223372036854775808");
  text[number_put_u64(text, UINT64_MAX)] = 0;
  assert_string_equal(text, "18446744073709551615");
  text[number_put_u64(text, 0)] = 0;
  assert_string_equal(text, "0");
}

static const char *text_decimal(char out[NUMBER_TEXT_MAX + 1], int64_t value, unsigned decimals) {
  out[number_put_decimal(out, value, decimals)] = 0;
  return out;
}

static void decimals(void **state) {
  (void)state;
  char text[NUMBER_TEXT_MAX + 1];
  assert_string_equal(text_decimal(text, 353632610, 7), "35.363261");
  assert_string_equal(text_decimal(text, -5, 2), "-0.05");
  assert_string_equal(text_decimal(text, 0, 7), "0");
  assert_string_equal(text_decimal(text, -100, 2), "-1");
  assert_string_equal(text_decimal(text, 12, 0), "12");
  assert_string_equal(text_decimal(text, INT64_MIN, 18), "-9.223372036854775808");
  assert_string_equal(text_decimal(text, 7, 18), "0.000000000000000007");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_bits_read_back),
      cmocka_unit_test(likely_values_are_shortest),
      cmocka_unit_test(forms),
      cmocka_unit_test(whole_numbers),
      cmocka_unit_test(decimals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
