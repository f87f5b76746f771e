/* text_value: numbers, times and units in words.
 *
 * Numbers: up to 19 digits are one integer and a power of ten, both exact in the 64 bits of an x87 register, so one
 * division there is rounded rightly but for results that lie within the last bit of half-way between two doubles; those
 * and longer numbers are left to strtod. Where there is no such register, up to 2^53 and 10^22 are divided as doubles
 * (W. D. Clinger, How to Read Floating Point Numbers Accurately, 1990). */
#include "decode/text_value.h"

#include <float.h>
#include <math.h>
#include <strings.h>

static bool is_digit(char c) {
  return (unsigned)(c - '0') < 10;
}

/* ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool number_by_library(struct text text, char point, double *ret_value) {
  char copy[64];
  if (text.size == 0 || text.size >= sizeof copy)
    return false;
  for (size_t i = 0; i < text.size; i++)
    copy[i] = text.data[i] == point ? '.' : text.data[i];
  return text_to_double(text_from(copy, text.size), ret_value);
}

/* digits × 10^exponent; false where it must be left to the library. */
static bool scale_exactly(uint64_t digits, int exponent, double *ret_value) {
#if LDBL_MANT_DIG == 64
  static const long double powers[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
                                       1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
                                       1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
  static const double doubles[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  if (exponent <= 0 && exponent >= -15 && digits < (UINT64_C(1) << 53)) {
    *ret_value = (double)digits / doubles[-exponent];
    return true;
  }
  if (exponent < -27 || exponent > 27)
    return false;
  long double value = (long double)digits;
  value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
  uint64_t mantissa;
  memcpy(&mantissa, &value, sizeof mantissa);
  unsigned low = (unsigned)(mantissa & 0x7FF);
  if (low >= 0x3FF && low <= 0x401)
    return false;
  *ret_value = (double)value;
  return true;
#else
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (digits >= (UINT64_C(1) << 53) || exponent < -22 || exponent > 22)
    return false;
  *ret_value = exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
  return true;
#endif
}

static bool read_exponent(struct text text, size_t *at, int *ret_exponent) {
  size_t i = *at + 1;
  bool negative = i < text.size && text.data[i] == '-';
  i += negative || (i < text.size && text.data[i] == '+');
  size_t first = i;
  int value = 0;
  for (; i < text.size && is_digit(text.data[i]); i++)
    value = MIN(value * 10 + (text.data[i] - '0'), 9999);
  *at = i;
  *ret_exponent = negative ? -value : value;
  return i > first;
}

bool text_value_number(struct text text, char point, double *ret_value) {
  while (text.size && text.data[0] == ' ')
    text.data++, text.size--;
  while (text.size && text.data[text.size - 1] == ' ')
    text.size--;
  size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+');
  bool negative = i && text.data[0] == '-';
  uint64_t digits = 0;
  size_t begin = i, first, count;
  int exponent = 0;
  for (; i < text.size && is_digit(text.data[i]); i++)
    digits = digits * 10 + (uint64_t)(text.data[i] - '0');
  count = i - begin;
  if (i < text.size && text.data[i] == point) {
    first = ++i;
    for (; i < text.size && is_digit(text.data[i]); i++)
      digits = digits * 10 + (uint64_t)(text.data[i] - '0');
    exponent = -(int)(i - first);
    count += i - first;
  }
  if (count == 0)
    return false;
  int power = 0;
  if (i < text.size && (text.data[i] == 'e' || text.data[i] == 'E') && !read_exponent(text, &i, &power))
    return false;
  if (i < text.size)
    return false;
  double value;
  if (count > 19 || !scale_exactly(digits, exponent + power, &value))
    return number_by_library(text_from(text.data + (text.data[0] == '+'), text.size - (text.data[0] == '+')), point,
                             ret_value);
  *ret_value = negative ? -value : value;
  return true;
}

bool text_value_integer(struct text text, int64_t *ret_value) {
  return text_to_i64(text_trim(text), ret_value);
}

bool text_value_is_none(struct text text) {
  static const char *const words[] = {"NA", "N/A", "null", "none", "nan", "-", "--", "--.--", "-.-", "No Data", "?"};
  text = text_trim(text);
  if (text.size == 0)
    return true;
  for (size_t i = 0; i < ARRAY_COUNT(words); i++)
    if (text.size == strlen(words[i]) && strncasecmp(text.data, words[i], text.size) == 0)
      return true;
  return false;
}

/* ── times ────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct cursor {
  const char *at, *end;
};

static bool take(struct cursor *c, char wanted) {
  bool there = c->at < c->end && *c->at == wanted;
  c->at += there;
  return there;
}

static bool take_digits(struct cursor *c, size_t least, size_t most, int *ret_value) {
  size_t count = 0;
  int value = 0;
  while (c->at < c->end && count < most && is_digit(*c->at)) {
    value = value * 10 + (*c->at++ - '0');
    count++;
  }
  *ret_value = value;
  return count >= least;
}

static void take_blanks(struct cursor *c) {
  while (take(c, ' '))
    ;
}

static bool valid_date(int year, int month, int day) {
  static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return year >= 1970 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* Year first, or the year last with day and month in an order that may have to be known. */
static bool take_date(struct cursor *c, enum date_order order, struct text_time *time, int date[3]) {
  int first, second, third;
  const char *begin = c->at;
  if (!take_digits(c, 1, 4, &first))
    return false;
  bool year_first = c->at - begin == 4;
  char mark = c->at < c->end ? *c->at : 0;
  if ((!year_first && c->at - begin > 2) || !mark || !strchr("-/.:", mark) || (mark == ':' && !year_first))
    return false;
  c->at++;
  if (!take_digits(c, 1, 2, &second) || !take(c, mark))
    return false;
  if (year_first) {
    if (!take_digits(c, 1, 2, &third))
      return false;
    date[0] = first, date[1] = second, date[2] = third;
    return valid_date(first, second, third);
  }
  if (!take_digits(c, 4, 4, &third))
    return false;
  time->told = mark == '.' || first > 12 ? DATE_DAY_FIRST : second > 12 ? DATE_MONTH_FIRST : DATE_UNKNOWN;
  time->ambiguous = time->told == DATE_UNKNOWN && order == DATE_UNKNOWN;
  bool month_first = time->told == DATE_UNKNOWN ? order == DATE_MONTH_FIRST : time->told == DATE_MONTH_FIRST;
  date[0] = third, date[1] = month_first ? first : second, date[2] = month_first ? second : first;
  return valid_date(date[0], date[1], date[2]);
}

static bool take_word(struct cursor *c, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(c->end - c->at) < size || strncasecmp(c->at, word, size) != 0)
    return false;
  c->at += size;
  return true;
}

static bool take_clock(struct cursor *c, int64_t *ret_us) {
  int hour, minute, second = 0;
  int64_t fraction_us = 0, unit_us = 100000;
  if (!take_digits(c, 1, 2, &hour) || !take(c, ':') || !take_digits(c, 2, 2, &minute))
    return false;
  if (take(c, ':') && !take_digits(c, 2, 2, &second))
    return false;
  if (take(c, '.') || take(c, ','))
    for (; c->at < c->end && is_digit(*c->at); c->at++, unit_us /= 10)
      fraction_us += (*c->at - '0') * unit_us;
  take_blanks(c);
  bool am = take_word(c, "AM"), pm = !am && take_word(c, "PM");
  if (hour > 24 || minute > 59 || second > 60 || ((am || pm) && (hour < 1 || hour > 12)))
    return false;
  if (am || pm)
    hour = hour % 12 + (pm ? 12 : 0);
  *ret_us = ((hour * INT64_C(60) + minute) * 60 + second) * US_PER_S + fraction_us;
  return true;
}

static bool take_zone(struct cursor *c, struct text_time *time) {
  take_blanks(c);
  if (take_word(c, "UTC") || take_word(c, "GMT") || take_word(c, "Z")) {
    time->zoned = true;
    return true;
  }
  bool minus = take(c, '-');
  int hours, minutes = 0;
  if (!minus && !take(c, '+'))
    return true;
  if (!take_digits(c, 2, 2, &hours))
    return false;
  bool colon = take(c, ':');
  if (!take_digits(c, colon ? 2 : 0, 2, &minutes) || hours > 15 || minutes > 59)
    return false;
  int64_t offset_us = (hours * INT64_C(60) + minutes) * 60 * US_PER_S;
  time->us -= minus ? -offset_us : offset_us;
  time->zoned = true;
  return true;
}

bool text_value_time(struct text text, enum date_order order, struct text_time *ret_time) {
  text = text_trim(text);
  if (text.size < 4 || text.size > 48 || !is_digit(text.data[0]))
    return false;
  struct cursor c = {text.data, text.data + text.size};
  struct text_time time = {0};
  int date[3];
  int64_t clock_us = 0;
  struct cursor start = c;
  time.has_date = take_date(&c, order, &time, date);
  if (time.has_date) {
    if (take(&c, 'T') || take(&c, ' ')) {
      take_blanks(&c);
      time.has_time = take_clock(&c, &clock_us);
      if (!time.has_time)
        return false;
    }
  } else {
    c = start;
    time.told = DATE_UNKNOWN;
    time.ambiguous = false;
    time.has_time = take_clock(&c, &clock_us);
  }
  if (!time.has_date && !time.has_time)
    return false;
  if (time.has_date)
    time.us = clock_from_civil(date[0], date[1], date[2], 0, 0, 0);
  time.us += clock_us;
  if ((time.has_time && !take_zone(&c, &time)) || c.at != c.end)
    return false;
  *ret_time = time;
  return true;
}

/* ── units ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct text_unit units[] = {
    {"m", "m", "m", 1, 0},
    {"meter", "m", "m", 1, 0},
    {"meters", "m", "m", 1, 0},
    {"metres", "m", "m", 1, 0},
    {"ft", "ft", "m", 0.3048, 0},
    {"feet", "ft", "m", 0.3048, 0},
    {"foot", "ft", "m", 0.3048, 0},
    {"km", "km", "m", 1000, 0},
    {"cm", "cm", "m", 0.01, 0},
    {"mm", "mm", "m", 0.001, 0},
    {"mi", "mi", "m", 1609.344, 0},
    {"miles", "mi", "m", 1609.344, 0},
    {"m/s", "m/s", "m/s", 1, 0},
    {"mps", "m/s", "m/s", 1, 0},
    {"meters per second", "m/s", "m/s", 1, 0},
    {"km/h", "km/h", "m/s", 1 / 3.6, 0},
    {"kmh", "km/h", "m/s", 1 / 3.6, 0},
    {"kph", "km/h", "m/s", 1 / 3.6, 0},
    {"mph", "mph", "m/s", 0.44704, 0},
    {"mi/h", "mph", "m/s", 0.44704, 0},
    {"kts", "kt", "m/s", 1852 / 3600.0, 0},
    {"kt", "kt", "m/s", 1852 / 3600.0, 0},
    {"knots", "kt", "m/s", 1852 / 3600.0, 0},
    {"ft/s", "ft/s", "m/s", 0.3048, 0},
    {"f/s", "ft/s", "m/s", 0.3048, 0},
    {"cm/s", "cm/s", "m/s", 0.01, 0},
    {"m/s2", "m/s2", "m/s2", 1, 0},
    {"m/s^2", "m/s2", "m/s2", 1, 0},
    {"g", "g", "m/s2", 9.80665, 0},
    {"deg", "deg", "deg", 1, 0},
    {"degree", "deg", "deg", 1, 0},
    {"degrees", "deg", "deg", 1, 0},
    {"\xC2\xB0", "deg", "deg", 1, 0},
    {"\xB0", "deg", "deg", 1, 0},
    {"@", "deg", "deg", 1, 0}, /* the degree sign in the radios' character set */
    {"rad", "rad", "deg", 57.29577951308232, 0},
    {"radians", "rad", "deg", 57.29577951308232, 0},
    {"deg/s", "deg/s", "deg/s", 1, 0},
    {"rad/s", "rad/s", "deg/s", 57.29577951308232, 0},
    {"s", "s", "s", 1, 0},
    {"sec", "s", "s", 1, 0},
    {"secs", "s", "s", 1, 0},
    {"second", "s", "s", 1, 0},
    {"seconds", "s", "s", 1, 0},
    {"ms", "ms", "s", 0.001, 0},
    {"millisecond", "ms", "s", 0.001, 0},
    {"milliseconds", "ms", "s", 0.001, 0},
    {"us", "us", "s", 1e-6, 0},
    {"\xC2\xB5s", "us", "s", 1e-6, 0},
    {"microseconds", "us", "s", 1e-6, 0},
    {"ns", "ns", "s", 1e-9, 0},
    {"min", "min", "s", 60, 0},
    {"minutes", "min", "s", 60, 0},
    {"h", "h", "s", 3600, 0},
    {"hours", "h", "s", 3600, 0},
    {"v", "V", "V", 1, 0},
    {"volt", "V", "V", 1, 0},
    {"volts", "V", "V", 1, 0},
    {"mv", "mV", "V", 0.001, 0},
    {"a", "A", "A", 1, 0},
    {"amp", "A", "A", 1, 0},
    {"amps", "A", "A", 1, 0},
    {"ma", "mA", "A", 0.001, 0},
    {"mah", "mAh", "Ah", 0.001, 0},
    {"ah", "Ah", "Ah", 1, 0},
    {"wh", "Wh", "Wh", 1, 0},
    {"mwh", "mWh", "Wh", 0.001, 0},
    {"w", "W", "W", 1, 0},
    {"mw", "mW", "W", 0.001, 0},
    {"ohm", "ohm", "ohm", 1, 0},
    {"mohm", "mohm", "ohm", 0.001, 0},
    {"c", "degC", "degC", 1, 0},
    {"celsius", "degC", "degC", 1, 0},
    {"degc", "degC", "degC", 1, 0},
    {"\xC2\xB0"
     "c",
     "degC", "degC", 1, 0},
    {"@c", "degC", "degC", 1, 0},
    {"f", "degF", "degC", 1 / 1.8, -32 / 1.8},
    {"fahrenheit", "degF", "degC", 1 / 1.8, -32 / 1.8},
    {"degf", "degF", "degC", 1 / 1.8, -32 / 1.8},
    {"\xC2\xB0"
     "f",
     "degF", "degC", 1 / 1.8, -32 / 1.8},
    {"@f", "degF", "degC", 1 / 1.8, -32 / 1.8},
    {"k", "K", "K", 1, 0},
    {"pa", "Pa", "Pa", 1, 0},
    {"hpa", "hPa", "Pa", 100, 0},
    {"mbar", "hPa", "Pa", 100, 0},
    {"kpa", "kPa", "Pa", 1000, 0},
    {"inhg", "inHg", "Pa", 3386.389, 0},
    {"%", "%", "1", 0.01, 0},
    {"percent", "%", "1", 0.01, 0},
    {"db", "dB", "dB", 1, 0},
    {"dbm", "dBm", "dBm", 1, 0},
    {"hz", "Hz", "Hz", 1, 0},
    {"khz", "kHz", "Hz", 1000, 0},
    {"mhz", "MHz", "Hz", 1e6, 0},
    {"rpm", "1/min", "1/min", 1, 0},
    {"ut", "uT", "uT", 1, 0},
    {"gauss", "G", "uT", 100, 0},
    {"lux", "lx", "lx", 1, 0},
    {"lx", "lx", "lx", 1, 0},
    {"kg", "kg", "kg", 1, 0},
    {"lbs", "lb", "kg", 0.45359237, 0},
    {"n", "N", "N", 1, 0},
};

const struct text_unit *text_unit_find(struct text word) {
  word = text_trim(word);
  for (size_t i = 0; i < ARRAY_COUNT(units); i++)
    if (word.size == strlen(units[i].word) && strncasecmp(word.data, units[i].word, word.size) == 0)
      return &units[i];
  return NULL;
}

const struct text_unit *text_unit_of_header(struct text header, struct text *ret_name) {
  header = text_trim(header);
  *ret_name = header;
  if (header.size < 4)
    return NULL;
  char close = header.data[header.size - 1], open = close == ')' ? '(' : close == ']' ? '[' : 0;
  if (!open)
    return NULL;
  for (size_t i = header.size - 2; i > 0; i--)
    if (header.data[i] == open) {
      const struct text_unit *unit = text_unit_find(text_from(header.data + i + 1, header.size - i - 2));
      if (unit)
        *ret_name = text_trim(text_from(header.data, i));
      return unit;
    }
  return NULL;
}
