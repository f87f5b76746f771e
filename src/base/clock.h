/* clock: UTC in µs since 1970, its text forms, and GPS time.
 *
 * All times in uavlake are int64 µs; TIME_NONE means "not known". Leap seconds: GPS − UTC from the IERS table. */
#ifndef UAVLAKE_CLOCK_H
#define UAVLAKE_CLOCK_H

#include "base/text.h"

#define TIME_NONE INT64_MIN
#define US_PER_S INT64_C(1000000)
#define US_PER_DAY (INT64_C(86400) * US_PER_S)

int64_t clock_now_us(void);     /* UTC */
double clock_monotonic_s(void); /* for durations */
double clock_cpu_s(void);       /* CPU seconds of this process, all threads */

#define CLOCK_TEXT_SIZE 32
/* "2026-11-23T10:57:16.123456Z" (fraction left out where it is zero); "" for TIME_NONE. */
const char *clock_format(char out[CLOCK_TEXT_SIZE], int64_t time_us);
/* "2026-11-23"; "unknown" for TIME_NONE. */
const char *clock_format_date(char out[16], int64_t time_us);
/* ISO 8601: date, or date and time with 'T' or blank, fraction, and 'Z' or ±hh:mm (without: UTC). */
bool clock_parse(struct text text, int64_t *ret_time_us);
/* Civil UTC fields to µs. Month 1..12. */
int64_t clock_from_civil(int year, int month, int day, int hour, int minute, double second);

/* GPS week (full count) and ms of week → UTC µs, with the leap seconds of that date. Weeks below 1400 get 1024 added
 * until they pass (week number roll-over); TIME_NONE where no such week lies in 1400…2700 or tow_ms is over a week. */
int64_t clock_from_gps(int32_t week, int64_t tow_ms);
/* GPS − UTC in seconds at a UTC instant (0 in 1980, 18 since 2017). */
int clock_leap_seconds(int64_t utc_us);

#endif
