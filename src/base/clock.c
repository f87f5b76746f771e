/* clock: calendar arithmetic by day counts of the proleptic Gregorian calendar. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t from_timespec(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t clock_now_us(void) {
  return from_timespec(CLOCK_REALTIME);
}
double clock_monotonic_s(void) {
  return (double)from_timespec(CLOCK_MONOTONIC) * 1e-6;
}
double clock_cpu_s(void) {
  return (double)from_timespec(CLOCK_PROCESS_CPUTIME_ID) * 1e-6;
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted_month = (5 * day_of_year + 2) / 153;
  *ret_day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  *ret_month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

int64_t clock_from_civil(int year, int month, int day, int hour, int minute, double second) {
  return days_from_civil(year, month, day) * US_PER_DAY + ((int64_t)hour * 3600 + (int64_t)minute * 60) * US_PER_S +
         (int64_t)(second * 1e6 + (second < 0 ? -0.5 : 0.5));
}

static int64_t floor_divide(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

const char *clock_format(char out[CLOCK_TEXT_SIZE], int64_t time_us) {
  out[0] = 0;
  if (time_us == TIME_NONE)
    return out;
  int64_t days = floor_divide(time_us, US_PER_DAY);
  int64_t rest = time_us % US_PER_DAY + (time_us % US_PER_DAY < 0 ? US_PER_DAY : 0);
  int year, month, day;
  civil_from_days(days, &year, &month, &day);
  int seconds = (int)(rest / US_PER_S), fraction = (int)(rest % US_PER_S);
  int used = snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, seconds / 3600,
                      seconds / 60 % 60, seconds % 60);
  if (used < 0 || used > 24)
    return out;
  if (fraction % 1000)
    snprintf(out + used, CLOCK_TEXT_SIZE - (size_t)used, ".%06dZ", fraction);
  else if (fraction)
    snprintf(out + used, CLOCK_TEXT_SIZE - (size_t)used, ".%03dZ", fraction / 1000);
  else
    snprintf(out + used, CLOCK_TEXT_SIZE - (size_t)used, "Z");
  return out;
}

const char *clock_format_date(char out[16], int64_t time_us) {
  if (time_us == TIME_NONE) {
    snprintf(out, 16, "unknown");
    return out;
  }
  int year, month, day;
  civil_from_days(floor_divide(time_us, US_PER_DAY), &year, &month, &day);
  snprintf(out, 16, "%04d-%02d-%02d", year % 10000, month, day);
  return out;
}

/* Exactly `count` digits. */
static bool take_digits(struct text *text, int count, int *ret_value) {
  if (text->size < (size_t)count)
    return false;
  int value = 0;
  for (int i = 0; i < count; i++) {
    char c = text->data[i];
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + (c - '0');
  }
  text->data += count;
  text->size -= (size_t)count;
  *ret_value = value;
  return true;
}

static bool take_char(struct text *text, const char *any) {
  if (!text->size || !strchr(any, text->data[0]) || !text->data[0])
    return false;
  text->data++;
  text->size--;
  return true;
}

static bool take_fraction(struct text *text, double *ret_fraction) {
  *ret_fraction = 0;
  if (!take_char(text, ".,"))
    return true;
  double place = 0.1;
  if (!text->size || text->data[0] < '0' || text->data[0] > '9')
    return false;
  while (text->size && text->data[0] >= '0' && text->data[0] <= '9') {
    *ret_fraction += place * (text->data[0] - '0');
    place /= 10;
    text->data++;
    text->size--;
  }
  return true;
}

static bool take_zone(struct text *text, int *ret_minutes) {
  *ret_minutes = 0;
  if (!text->size || take_char(text, "Zz"))
    return text->size == 0;
  int sign = text->data[0] == '-' ? -1 : 1, hours, minutes = 0;
  if (!take_char(text, "+-") || !take_digits(text, 2, &hours))
    return false;
  if (text->size && ((void)take_char(text, ":"), !take_digits(text, 2, &minutes)))
    return false;
  *ret_minutes = sign * (hours * 60 + minutes);
  return text->size == 0;
}

bool clock_parse(struct text text, int64_t *ret_time_us) {
  int year, month, day, hour = 0, minute = 0, second = 0, zone = 0;
  double fraction = 0;
  text = text_trim(text);
  if (!take_digits(&text, 4, &year) || !take_char(&text, "-/:.") || !take_digits(&text, 2, &month) ||
      !take_char(&text, "-/:.") || !take_digits(&text, 2, &day))
    return false;
  if (text.size) {
    if (!take_char(&text, "Tt ") || !take_digits(&text, 2, &hour) || !take_char(&text, ":") ||
        !take_digits(&text, 2, &minute))
      return false;
    if (take_char(&text, ":") && (!take_digits(&text, 2, &second) || !take_fraction(&text, &fraction)))
      return false;
    if (!take_zone(&text, &zone))
      return false;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60)
    return false;
  *ret_time_us = clock_from_civil(year, month, day, hour, minute - zone, second + fraction);
  return true;
}

/* IERS Bulletin C: day (UTC) from which GPS − UTC has the value. */
static const struct {
  int16_t year, month;
  int16_t seconds;
} leap_table[] = {
    {1981, 7, 1},  {1982, 7, 2},  {1983, 7, 3},  {1985, 7, 4},  {1988, 1, 5},  {1990, 1, 6},
    {1991, 1, 7},  {1992, 7, 8},  {1993, 7, 9},  {1994, 7, 10}, {1996, 1, 11}, {1997, 7, 12},
    {1999, 1, 13}, {2006, 1, 14}, {2009, 1, 15}, {2012, 7, 16}, {2015, 7, 17}, {2017, 1, 18},
};

int clock_leap_seconds(int64_t utc_us) {
  int seconds = 0;
  for (size_t i = 0; i < ARRAY_COUNT(leap_table); i++)
    if (utc_us >= clock_from_civil(leap_table[i].year, leap_table[i].month, 1, 0, 0, 0))
      seconds = leap_table[i].seconds;
  return seconds;
}

int64_t clock_from_gps(int32_t week, int64_t tow_ms) {
  const int64_t week_us = 7 * US_PER_DAY, epoch_us = INT64_C(315964800) * US_PER_S;
  if (week <= 0 || tow_ms < 0 || tow_ms > 604800000)
    return TIME_NONE;
  while (week < 1400)
    week += 1024;
  if (week > 2700)
    return TIME_NONE;
  int64_t gps_us = epoch_us + week * week_us + tow_ms * 1000;
  return gps_us - clock_leap_seconds(gps_us) * US_PER_S;
}
