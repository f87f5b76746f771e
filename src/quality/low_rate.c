/* low_rate: a message is logged too rarely in flight for the health indicators that read it. They set means of half a
 * second side by side (health/grid.h), so attitude, motors and vibration need 2 values a second; the battery's
 * resistance needs its voltage and current once a second, GPS likewise. 2 points a message, at most 6; flights of 30 s
 * and more. A message that is not logged at all is missing_tables'. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define LEAST_AIR_S 30.0
#define LEAST_RECORDS 5u

static const struct need {
  const char *table, *column, *what;
  double rate_hz;
} needs[] = {
    {"attitude", "roll_deg", "attitude tracking", 1.9},
    {"motor", "motor", "motor balance", 1.9},
    {"vibration", "vibe_x_m_s2", "vibration", 0.9},
    {"battery", "voltage_v", "the battery's resistance", 0.9},
    {"gps", "lat_deg", "GPS quality", 0.9},
};

struct records {
  uint64_t counts[ARRAY_COUNT(needs)];
};

static void records_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct records *records = state;
  const struct column *instance = rows_column(rows, "instance"), *motor = rows_column(rows, "motor");
  for (size_t i = 0; i < ARRAY_COUNT(needs); i++) {
    const struct column *column = rows_are_of(rows, needs[i].table) ? rows_column(rows, needs[i].column) : NULL;
    for (uint32_t row = 0; column && row < rows->count; row++)
      if (!(rows_number(instance, row) > 0) && !(rows_number(motor, row) > 1) && quality_in_air(log, rows->log_us[row]))
        records->counts[i]++;
  }
}

static uint32_t records_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct records *records = state;
  double air_s = quality_air_s(log);
  uint32_t added = 0;
  for (size_t i = 0; i < ARRAY_COUNT(needs) && air_s >= LEAST_AIR_S && added < MIN(room, 3u); i++) {
    double rate_hz = (double)records->counts[i] / air_s;
    if (records->counts[i] >= LEAST_RECORDS && rate_hz < needs[i].rate_hz)
      findings[added++] = quality_say(2, TIME_NONE, TIME_NONE, rate_hz, needs[i].rate_hz,
                                      "%s is logged %.1f times a second in flight: too rarely to judge %s",
                                      needs[i].table, rate_hz, needs[i].what);
  }
  return added;
}

const struct rule rule_low_rate = {
    .name = "low_rate",
    .about = "a message is logged too rarely for the indicators that read it",
    .points = "2 a message, at most 6",
    .limit = "in flights of 30 s: attitude and motors 1.9 a second; vibration, battery and GPS 0.9 a second",
    .reason = "the indicators compare means of half a second",
    .tables = (const char *const[]){"attitude", "motor", "vibration", "battery", "gps", NULL},
    .state_size = sizeof(struct records),
    .rows = records_rows,
    .check = records_check};
