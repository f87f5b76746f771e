/* Which words a statement has, and what an EXPLAIN would run. */
#include "warehouse/statement.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_words(void **state) {
  (void)state;
  struct text rest = TEXT("SELECT a.Roll_deg FROM \"Attitude\" -- gps\nWHERE x='it''s'");
  const char *const expected[] = {"select", "a", "roll_deg", "from", "attitude", "gps", "where", "x", "it", "s"};
  char word[10];
  for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
    assert_true(statement_next_word(&rest, word, sizeof word));
    assert_string_equal(word, expected[i]);
  }
  assert_false(statement_next_word(&rest, word, sizeof word));
  rest = TEXT("averyverylongname b");
  assert_true(statement_next_word(&rest, word, 5)); /* cut, not passed */
  assert_string_equal(word, "aver");
  assert_true(statement_next_word(&rest, word, 5));
  assert_string_equal(word, "b");
}

static void expect_explained(const char *sql, const char *inner) {
  struct text got = statement_explained(text_of(sql));
  if (!inner) {
    assert_null(got.data);
    return;
  }
  assert_true(text_is(got, inner));
}

static void test_explained(void **state) {
  (void)state;
  expect_explained("SELECT 1", NULL);
  expect_explained("explained", NULL);
  expect_explained("EXPLAIN SELECT 1", "SELECT 1");
  expect_explained(" /* a */ explain -- b\n ANALYZE delete from x", "delete from x");
  expect_explained("EXPLAIN (FORMAT json, x ')') DELETE FROM x", "DELETE FROM x");
  expect_explained("EXPLAIN ANALYZE (ANALYZE) COPY x TO 'y'", "COPY x TO 'y'");
  expect_explained("EXPLAIN (SELECT 1)", "(SELECT 1)");
  expect_explained("EXPLAIN /* never closed", "");
}

static void test_body(void **state) {
  (void)state;
  assert_true(text_is(statement_body(TEXT("  a ; ;\n")), "a"));
  assert_true(
      text_is(statement_body(TEXT("SELECT ';', \";\" /* ; */ -- ;\n; -- b")), "SELECT ';', \";\" /* ; */ -- ;"));
  assert_true(text_is(statement_body(TEXT(";")), ""));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_explained),
                                     cmocka_unit_test(test_body)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
