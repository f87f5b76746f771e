/* Text: numbers read strictly, names made safe, UTF-8. */
#include "unit.h"

#include "base/text.h"

static void numbers_are_strict(void **state) {
  (void)state;
  int64_t whole;
  double real;
  assert_true(text_to_i64(TEXT("-9223372036854775808"), &whole));
  assert_true(whole == INT64_MIN);
  assert_false(text_to_i64(TEXT("9223372036854775808"), &whole));
  assert_false(text_to_i64(TEXT("12x"), &whole));
  assert_false(text_to_i64(TEXT(""), &whole));
  assert_false(text_to_i64(TEXT("-"), &whole));
  assert_true(text_to_double(TEXT("1e-3"), &real) && real == 1e-3);
  assert_false(text_to_double(TEXT("1.5 "), &real));
  assert_false(text_to_double(TEXT(" 1.5"), &real));
}

static void names_are_made_safe(void **state) {
  (void)state;
  struct arena *arena = arena_new(0);
  assert_string_equal(text_safe_name(arena, TEXT("../../etc/passwd"), 100), "passwd");
  assert_string_equal(text_safe_name(arena, TEXT(".."), 100), "unnamed");
  assert_string_equal(text_safe_name(arena, TEXT("a b\nc.bin"), 100), "a_b_c.bin");
  assert_string_equal(text_safe_name(arena, TEXT("größe.bin"), 100), "größe.bin");
  assert_string_equal(text_safe_name(arena,
                                     TEXT("gr\xf6\xdf"
                                          "e.bin"),
                                     100),
                      "größe.bin");
  assert_string_equal(text_safe_name(arena, TEXT("0123456789.bin"), 8), "0123.bin");
  assert_string_equal(text_safe_name(arena, TEXT("ööööö.bin"), 9), "öö.bin");
  assert_string_equal(text_safe_part(arena, TEXT(".hidden/x")), "_.hidden_x");
  assert_string_equal(text_safe_part(arena, TEXT("")), "_");
  arena_free(arena);
}

static void utf8_is_checked(void **state) {
  (void)state;
  assert_true(text_is_utf8(TEXT("aé€😀")));
  assert_false(text_is_utf8(TEXT("\xc0\x80")));         /* overlong */
  assert_false(text_is_utf8(TEXT("\xed\xa0\x80")));     /* surrogate */
  assert_false(text_is_utf8(TEXT("\xf4\x90\x80\x80"))); /* past U+10FFFF */
  assert_false(text_is_utf8(TEXT("\xe2\x82")));         /* cut */
}

static void parts_are_cut(void **state) {
  (void)state;
  struct text rest = TEXT("a,,b");
  assert_true(text_is(text_cut(&rest, ','), "a"));
  assert_true(text_is(text_cut(&rest, ','), ""));
  assert_true(text_is(text_cut(&rest, ','), "b"));
  assert_null(rest.data);
}

static void sizes_read_well(void **state) {
  (void)state;
  char out[16], long_out[24];
  assert_string_equal(text_size(out, 999), "999 bytes");
  assert_string_equal(text_size(out, 1000), "1.0 kB");
  assert_string_equal(text_size(out, 999999), "1.0 MB");
  assert_string_equal(text_size(out, 1400000000), "1.4 GB");
  assert_string_equal(text_duration(long_out, 59.99), "1 min 00 s");
  assert_string_equal(text_duration(long_out, 3599.7), "1 h 00 min");
  assert_string_equal(text_duration(long_out, -1), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_strict), cmocka_unit_test(names_are_made_safe),
                                     cmocka_unit_test(utf8_is_checked), cmocka_unit_test(parts_are_cut),
                                     cmocka_unit_test(sizes_read_well)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
