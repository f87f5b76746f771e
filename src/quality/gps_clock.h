/* gps_clock: what GPS said the time was, against the log's clock, in even steps of time; for the rules on clocks. */
#ifndef UAVLAKE_GPS_CLOCK_H
#define UAVLAKE_GPS_CLOCK_H

#include "quality/lane.h"

#include "vocabulary/rows.h"

/* Seconds of (UTC by GPS − log clock), less its first value, which is kept apart: a float is then fine enough. */
struct gps_clock {
  struct lane ahead_s;
  int64_t first_us;
  bool any;
};

/* Takes rows of the table gps: those of the first receiver, with a fix. */
static inline void gps_clock_rows(struct gps_clock *clock, const struct log_summary *log, const struct rows *rows) {
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type");
  const struct column *week = rows_column(rows, "gps_week"), *tow = rows_column(rows, "gps_tow_ms");
  const struct column *utc = rows_column(rows, "utc_us");
  for (uint32_t i = 0; ((week && tow) || utc) && i < rows->count; i++) {
    int64_t utc_us = TIME_NONE;
    if (rows_number(instance, i) > 0 || !(rows_number(fix, i) >= 3) || rows->log_us[i] == TIME_NONE)
      continue;
    if (rows_number(week, i) > 0 && rows_number(tow, i) >= 0)
      utc_us = clock_from_gps((int32_t)rows_number(week, i), (int64_t)rows_number(tow, i));
    else if (rows_number(utc, i) > 0)
      utc_us = (int64_t)rows_number(utc, i);
    if (utc_us == TIME_NONE)
      continue;
    int64_t ahead_us = utc_us - rows->log_us[i];
    clock->first_us = clock->any ? clock->first_us : ahead_us;
    clock->any = true;
    lane_add(&clock->ahead_s, lane_cell(log, rows->log_us[i]), (double)(ahead_us - clock->first_us) * 1e-6);
  }
}

#endif
