/* The mapping files: every line parses (a mistake ends the program), and they say what they must. */
#include "made_batch.h"

#include "vocabulary/rules.h"

static void check_set(const char *format, size_t at_least) {
  const struct rule_set *set = rules_find(format);
  assert_non_null(set);
  assert_true(set->count >= at_least);
  for (size_t i = 0; i < set->count; i++) {
    assert_true(set->rules[i].priority >= 1);
    assert_true(set->rules[i].scale != 0);
    assert_true(set->rules[i].column < set->rules[i].table->column_count);
    assert_true(i == 0 || strcmp(set->rules[i - 1].message, set->rules[i].message) <= 0);
  }
}

static void test_sets(void **state) {
  (void)state;
  check_set("ardupilot_bin", 900);
  check_set("mavlink", 380);
  check_set("px4", 350);
  assert_null(rules_find("no_such_format"));
}

static void test_search_finds_each_message_whole(void **state) {
  (void)state;
  const struct rule_set *set = rules_find("ardupilot_bin");
  size_t sum = 0, count;
  for (size_t i = 0; i < set->count; i += count) {
    const struct rule *rules = rules_of_message(set, set->rules[i].message, &count);
    assert_ptr_equal(rules, &set->rules[i]);
    assert_true(count > 0);
    sum += count;
  }
  assert_int_equal(sum, set->count);
  rules_of_message(set, "NOPE", &count);
  assert_int_equal(count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sets),
                                     cmocka_unit_test(test_search_finds_each_message_whole)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
