/* out_of_range: values that no flight can have: a wrong unit, an uninitialised channel or damage that looked like data.
 * More than one in a thousand values of a column: 5 points a column, at most 20. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

static const struct range {
  const char *table, *column;
  double least, most;
} ranges[] = {
    {"attitude", "roll_deg", -181, 181},     {"attitude", "pitch_deg", -181, 181},
    {"battery", "voltage_v", -0.5, 120},     {"battery", "current_a", -500, 1000},
    {"baro", "pressure_pa", 1000, 115000},   {"imu", "accel_z_m_s2", -400, 400},
    {"imu", "gyro_x_deg_s", -4100, 4100},    {"gps", "lat_deg", -90, 90},
    {"gps", "lon_deg", -180, 180},           {"velocity", "ground_speed_m_s", 0, 300},
    {"position", "alt_rel_m", -1000, 20000},
};

struct range_count {
  uint64_t values, outside;
  double example;
};

static void out_of_range_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct range_count *counts = state;
  for (size_t i = 0; i < ARRAY_COUNT(ranges); i++) {
    const struct column *column = rows_are_of(rows, ranges[i].table) ? rows_column(rows, ranges[i].column) : NULL;
    for (uint32_t row = 0; column && row < rows->count; row++) {
      double value = column_double(column, row);
      if (isnan(value))
        continue;
      counts[i].values++;
      if (value < ranges[i].least || value > ranges[i].most) {
        counts[i].outside++;
        counts[i].example = value;
      }
    }
  }
}

static uint32_t out_of_range_check(void *state, const struct decode *decode, const struct log_summary *log,
                                   struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct range_count *counts = state;
  uint32_t added = 0;
  for (size_t i = 0; i < ARRAY_COUNT(ranges) && added < MIN(room, 4u); i++) {
    if (counts[i].outside * 1000 <= counts[i].values)
      continue;
    findings[added] = (struct quality_finding){.severity = 5,
                                               .from_s = NAN,
                                               .to_s = NAN,
                                               .value = (double)counts[i].outside / (double)counts[i].values,
                                               .limit = 0.001};
    snprintf(findings[added].text, sizeof findings[added].text,
             "%s.%s is out of range in %.1f %% of its values, for instance %g", ranges[i].table, ranges[i].column,
             100.0 * (double)counts[i].outside / (double)counts[i].values, counts[i].example);
    added++;
  }
  return added;
}

const struct rule rule_out_of_range = {
    .name = "out_of_range",
    .about = "values that no flight can have",
    .points = "5 a column, at most 20",
    .limit = "one value in a thousand outside of what a flight can have",
    .reason = "physics, and the ranges of sensors",
    .tables = (const char *const[]){"attitude", "battery", "baro", "imu", "gps", "velocity", "position", NULL},
    .state_size = sizeof(struct range_count[ARRAY_COUNT(ranges)]),
    .rows = out_of_range_rows,
    .check = out_of_range_check};
