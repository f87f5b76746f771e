/* number: see number.h.
 *
 * Shortest decimals. A binary float m·2^q stands for all reals nearer to it than to its neighbours: (m−½)·2^q …
 * (m+½)·2^q, ends included where m is even (readers round half to even); below a power of two the neighbour is only
 * half as far. Wanted is the decimal with the fewest digits in there. Let 10^−k be the coarsest grid that surely has a
 * point inside: the interval is then 1 to 10 grid steps long, so the next coarser grid (multiples of ten) has at most
 * one point inside. If it has one, that is the answer, less its trailing zeros; if not, the grid point nearest to the
 * value is (R. Giulietti's observation, "The Schubfach way to render doubles", 2020).
 *
 * Here all of this is done in exact integers instead of with a table of rounded powers of ten: m·10^k·2^q = m·5^k
 * shifted by q+k bits. With 5^k in 64 bits (k ≤ 27) and m in 53, four times the product fits 128 bits. That covers
 * floats from about 1e-20 and doubles from about 1e-11 up to 2^53, which is what sensors say; whole numbers below 2^53
 * are printed as such; everything else goes the slow way through the C library. */
#include "base/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIVES_MAX 27
#define WHOLE_MAX 9007199254740992.0 /* 2^53 */

typedef unsigned __int128 u128;

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

static const uint64_t tens[] = {
    1ull,
    10ull,
    100ull,
    1000ull,
    10000ull,
    100000ull,
    1000000ull,
    10000000ull,
    100000000ull,
    1000000000ull,
    10000000000ull,
    100000000000ull,
    1000000000000ull,
    10000000000000ull,
    100000000000000ull,
    1000000000000000ull,
    10000000000000000ull,
    100000000000000000ull,
    1000000000000000000ull,
    10000000000000000000ull,
};

static const uint64_t fives[FIVES_MAX + 1] = {
    1ull,
    5ull,
    25ull,
    125ull,
    625ull,
    3125ull,
    15625ull,
    78125ull,
    390625ull,
    1953125ull,
    9765625ull,
    48828125ull,
    244140625ull,
    1220703125ull,
    6103515625ull,
    30517578125ull,
    152587890625ull,
    762939453125ull,
    3814697265625ull,
    19073486328125ull,
    95367431640625ull,
    476837158203125ull,
    2384185791015625ull,
    11920928955078125ull,
    59604644775390625ull,
    298023223876953125ull,
    1490116119384765625ull,
    7450580596923828125ull,
};

static unsigned count_digits(uint64_t value) {
  unsigned guess = (unsigned)((64 - __builtin_clzll(value | 1)) * 1233) >> 12; /* ⌊bits·log10(2)⌋ */
  return guess + (value >= tens[guess]) + (value == 0);
}

/* `count` digits of value, leading zeros included. */
static void put_digits(char *out, uint64_t value, unsigned count) {
  for (; count >= 2; count -= 2, value /= 100)
    memcpy(out + count - 2, pairs + 2 * (value % 100), 2);
  if (count)
    out[0] = (char)('0' + value % 10);
}

size_t number_put_u64(char *out, uint64_t value) {
  unsigned count = count_digits(value);
  put_digits(out, value, count);
  return count;
}

static size_t put_sign(char *out, bool negative) {
  *out = '-';
  return negative;
}

size_t number_put_i64(char *out, int64_t value) {
  size_t sign = put_sign(out, value < 0);
  return sign + number_put_u64(out + sign, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* digits·10^−decimals without exponent; digits has no trailing zero. decimals may be 0. */
static size_t put_point(char *out, uint64_t digits, unsigned decimals) {
  if (decimals == 0)
    return number_put_u64(out, digits);
  uint64_t whole = 0, part = digits;
  if (decimals < sizeof tens / sizeof tens[0]) {
    whole = digits / tens[decimals];
    part = digits % tens[decimals];
  }
  size_t size = number_put_u64(out, whole);
  out[size++] = '.';
  put_digits(out + size, part, decimals);
  return size + decimals;
}

size_t number_put_decimal(char *out, int64_t value, unsigned decimals) {
  size_t sign = put_sign(out, value < 0);
  uint64_t digits = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  if (digits == 0)
    return number_put_u64(out, 0);
  while (decimals && digits % 10 == 0) {
    digits /= 10;
    decimals--;
  }
  return sign + put_point(out + sign, digits, decimals);
}

struct decimal {
  uint64_t digits; /* the value is digits·10^−decimals */
  unsigned decimals;
};

/* ⌊log10(2^q)⌋, or of ¾·2^q; exact for all exponents of a double. */
static int log10_of(int q, bool three_quarters) {
  return (q * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

/* m·2^q, m > 0; `uneven`: the neighbour below is half as far. False where 128 bits are not enough. */
static bool find_shortest(uint64_t m, int q, bool uneven, struct decimal *ret_decimal) {
  int k = -log10_of(q, uneven);
  if (k < 1 || k > FIVES_MAX)
    return false;
  int shift = 2 - q - k; /* bits behind the point, of values times four */
  if (shift < 3 || shift > 120)
    return false;
  u128 five = fives[k];
  u128 value = five * (4 * m), low = value - (uneven ? five : 2 * five), high = value + 2 * five;
  if (m & 1) { /* ends don't count */
    low++;
    high--;
  }
  uint64_t below = (uint64_t)(value >> shift);
  uint64_t ten = below - below % 10;
  bool ten_below = (u128)ten << shift >= low, ten_above = (u128)(ten + 10) << shift <= high;
  if (ten_below || ten_above) {
    *ret_decimal = (struct decimal){ten / 10 + (ten_below ? 0 : 1), (unsigned)k - 1};
    return true;
  }
  u128 rest = value - ((u128)below << shift), half = (u128)1 << (shift - 1);
  bool below_fits = (u128)below << shift >= low, above_fits = (u128)(below + 1) << shift <= high;
  bool up = rest > half || (rest == half && below & 1);
  if (!below_fits || !above_fits)
    up = above_fits;
  *ret_decimal = (struct decimal){below + up, (unsigned)k};
  return below_fits || above_fits;
}

/* d.ddde-XX, as printf's %g writes it; the value is below 1. */
static size_t put_exponent(char *out, struct decimal decimal) {
  unsigned count = count_digits(decimal.digits), exponent = decimal.decimals - (count - 1);
  put_digits(out + 1, decimal.digits, count);
  out[0] = out[1];
  out[1] = '.';
  size_t size = count > 1 ? count + 1 : 1;
  memcpy(out + size, "e-", 2);
  put_digits(out + size + 2, exponent, 2);
  return size + 4;
}

static size_t put_shortest(char *out, struct decimal decimal, bool small) {
  while (decimal.decimals && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    decimal.decimals--;
  }
  return small ? put_exponent(out, decimal) : put_point(out, decimal.digits, decimal.decimals);
}

static size_t put_odd(char *out, double value, bool is_float) {
  const char *word = isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  if (isnan(value) || isinf(value)) {
    memcpy(out, word, strlen(word));
    return strlen(word);
  }
  int size = 0;
  char text[NUMBER_TEXT_MAX + 1];
  bool subnormal = is_float ? fabs(value) < 0x1p-126 : fabs(value) < 0x1p-1022; /* have fewer digits */
  for (int digits = subnormal ? 1 : is_float ? 6 : 15; digits <= 17; digits++) {
    size = snprintf(text, sizeof text, "%.*g", digits, value);
    if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
      break;
  }
  memcpy(out, text, (size_t)size);
  return (size_t)size;
}

/* Whole numbers below 2^53, and both zeros. */
static size_t put_whole(char *out, double value) {
  if (value == 0 && signbit(value)) {
    memcpy(out, "-0.0", 4);
    return 4;
  }
  return number_put_i64(out, (int64_t)value);
}

size_t number_put_double(char *out, double value) {
  if (value > -WHOLE_MAX && value < WHOLE_MAX && value == (double)(int64_t)value)
    return put_whole(out, value);
  uint64_t bits;
  struct decimal decimal;
  memcpy(&bits, &value, sizeof bits);
  uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  int exponent = (int)(bits >> 52 & 0x7FF);
  if (exponent == 0 || !(fabs(value) < WHOLE_MAX) ||
      !find_shortest(fraction | UINT64_C(1) << 52, exponent - 1075, fraction == 0, &decimal))
    return put_odd(out, value, false);
  size_t sign = put_sign(out, value < 0);
  return sign + put_shortest(out + sign, decimal, fabs(value) < 1e-4);
}

size_t number_put_float(char *out, float value) {
  if (value > -16777216.0F && value < 16777216.0F && value == (float)(int32_t)value)
    return put_whole(out, (double)value);
  uint32_t bits;
  struct decimal decimal;
  memcpy(&bits, &value, sizeof bits);
  uint32_t fraction = bits & ((UINT32_C(1) << 23) - 1);
  int exponent = (int)(bits >> 23 & 0xFF);
  if (exponent == 0 || !(fabsf(value) < 16777216.0F) ||
      !find_shortest(fraction | UINT32_C(1) << 23, exponent - 150, fraction == 0, &decimal))
    return put_odd(out, (double)value, true);
  size_t sign = put_sign(out, value < 0);
  return sign + put_shortest(out + sign, decimal, fabsf(value) < 1e-4F);
}
