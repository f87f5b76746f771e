/* gps_disagree: two GPS receivers with a fix are at different places. Means of each step (a second or longer) are
 * compared; over 50 m for 5 s counts, which is where ArduPilot refuses to arm ("GPS positions differ"). 10 points. */
#include "quality/lane.h"
#include "quality/quality.h"

#include "flight/geo.h"
#include "vocabulary/rows.h"

#define LIMIT_M 50.0
#define LASTING_S 5.0

/* Degrees from the first place seen, so that a float is fine enough. */
struct receivers {
  struct lane lat[2], lon[2];
  double lat_deg, lon_deg;
  bool any;
};

static void receivers_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct receivers *receivers = state;
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type");
  const struct column *lat = rows_column(rows, "lat_deg"), *lon = rows_column(rows, "lon_deg");
  for (uint32_t i = 0; lat && lon && i < rows->count; i++) {
    double sensor = instance ? rows_number(instance, i) : 0;
    double lat_deg = rows_number(lat, i), lon_deg = rows_number(lon, i);
    bool fixed = rows_number(fix, i) >= 3 && isfinite(lat_deg) && isfinite(lon_deg) && (lat_deg != 0 || lon_deg != 0);
    if (!(sensor == 0 || sensor == 1) || !fixed)
      continue;
    if (!receivers->any) {
      receivers->any = true;
      receivers->lat_deg = lat_deg;
      receivers->lon_deg = lon_deg;
    }
    uint32_t cell = lane_cell(log, rows->log_us[i]);
    lane_add(&receivers->lat[(int)sensor], cell, lat_deg - receivers->lat_deg);
    lane_add(&receivers->lon[(int)sensor], cell, lon_deg - receivers->lon_deg);
  }
}

/* NAN: not both were seen. */
static double distance_m(const struct receivers *receivers, uint32_t cell) {
  if (!receivers->lat[0].cells[cell].count || !receivers->lat[1].cells[cell].count)
    return NAN;
  return geo_distance_m(receivers->lat_deg + lane_mean(&receivers->lat[0], cell),
                        receivers->lon_deg + lane_mean(&receivers->lon[0], cell),
                        receivers->lat_deg + lane_mean(&receivers->lat[1], cell),
                        receivers->lon_deg + lane_mean(&receivers->lon[1], cell));
}

static uint32_t receivers_check(void *state, const struct decode *decode, const struct log_summary *log,
                                struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct receivers *receivers = state;
  double step_s = (double)lane_step_us(log) * 1e-6;
  struct lane_run run = {0};
  for (uint32_t i = 0; i < log->flight_count; i++) {
    uint32_t end, cell = lane_air(log, &log->flights[i], &end);
    for (run.present = 0; cell < end; cell++)
      lane_run_add(&run, cell, distance_m(receivers, cell), LIMIT_M);
  }
  if (!room || !run.count || run.count * step_s < LASTING_S)
    return 0;
  *findings = quality_say(10, lane_time_us(log, run.from), lane_time_us(log, run.from + run.count), run.worst, LIMIT_M,
                          "GPS 1 and 2 are up to %.0f m apart for %.0f s in flight: one of them is wrong", run.worst,
                          run.count * step_s);
  return 1;
}

const struct rule rule_gps_disagree = {
    .name = "gps_disagree",
    .about = "two GPS receivers are at different places",
    .points = "10",
    .limit = "50 m between means of a second, both with a 3D fix; more for 5 s counts",
    .reason = "ArduPilot refuses to arm beyond 50 m",
    .tables = (const char *const[]){"gps", NULL},
    .state_size = sizeof(struct receivers),
    .rows = receivers_rows,
    .check = receivers_check};
