/* The dice: the same for a seed, fair enough, and other for another seed. */
#include "unit.h"

#include "simulate/random.h"

#include <math.h>

static void first_numbers_are_those_of_the_algorithm(void **state) {
  (void)state;
  /* splitmix64 of 0 seeds the state; then xoshiro256**'s first result is rotl(s1 × 5, 7) × 9 */
  struct random random = random_new(0);
  assert_true(random.state[0] == UINT64_C(0xe220a8397b1dcdaf));
  assert_true(random.state[1] == UINT64_C(0x6e789e6aa1b965f4));
  uint64_t five = random.state[1] * 5;
  assert_true(random_next(&random) == ((five << 7) | (five >> 57)) * 9);
}

static void normal_has_mean_0_and_deviation_1(void **state) {
  (void)state;
  struct random random = random_new(42);
  double sum = 0, squares = 0;
  const int count = 200000;
  for (int i = 0; i < count; i++) {
    double value = random_normal(&random);
    assert_true(fabs(value) < 3.5);
    sum += value;
    squares += value * value;
  }
  assert_true(fabs(sum / count) < 0.01);
  assert_true(fabs(squares / count - 1) < 0.01);
}

static void wander_keeps_its_deviation(void **state) {
  (void)state;
  struct random random = random_new(7);
  double value = 0, squares = 0;
  const int count = 400000;
  for (int i = 0; i < count; i++) {
    random_wander(&random, &value, 2, 1, 0.02);
    squares += value * value;
  }
  assert_true(fabs(sqrt(squares / count) - 2) < 0.2);
}

static void seeds_differ(void **state) {
  (void)state;
  struct random a = random_new(random_mix(1, 2, 3)), b = random_new(random_mix(1, 3, 2)),
                c = random_new(random_mix(1, 2, 3));
  uint64_t first = random_next(&a);
  assert_true(first != random_next(&b));
  assert_true(first == random_next(&c));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_numbers_are_those_of_the_algorithm),
      cmocka_unit_test(normal_has_mean_0_and_deviation_1),
      cmocka_unit_test(wander_keeps_its_deviation),
      cmocka_unit_test(seeds_differ),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
