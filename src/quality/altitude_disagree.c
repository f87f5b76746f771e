/* altitude_disagree: barometer and GPS tell different heights. Both count from the ground, which is their mean from the
 * flight's start until take-off. Allowed: 20 m (vertical error of GPS at an HDop of 2; the pressure of the air changes
 * by 8 m an hour in a front, and the wind of flight presses on the sensor) plus 15 % of the height (a barometer assumes
 * a standard day: 30 degrees of temperature off are 10 %). More than that for 10 s counts. 10 points. */
#include "quality/lane.h"
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define BASE_M 20.0
#define SHARE 0.15
#define LASTING_S 10.0
#define GROUND_CELLS 2u /* least cells on the ground with both */

struct heights {
  struct lane gps, baro;
};

static void heights_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct heights *heights = state;
  bool gps = rows_are_of(rows, "gps");
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type");
  const struct column *height = rows_column(rows, gps ? "alt_msl_m" : "alt_m");
  for (uint32_t i = 0; height && i < rows->count; i++)
    if (!(rows_number(instance, i) > 0) && (!gps || rows_number(fix, i) >= 3))
      lane_add(gps ? &heights->gps : &heights->baro, lane_cell(log, rows->log_us[i]), rows_number(height, i));
}

/* What the two differ by on the ground before a flight; NAN where they were not both seen there. */
static double ground_difference(const struct heights *heights, const struct log_summary *log,
                                const struct flight *flight, double *ret_baro_m) {
  double sum = 0, baro = 0;
  uint32_t count = 0, end = lane_cell(log, flight->takeoff_us);
  for (uint32_t cell = lane_cell(log, flight->start_us); cell < MIN(end, LANE_CELLS); cell++) {
    double difference = lane_mean(&heights->gps, cell) - lane_mean(&heights->baro, cell);
    if (isnan(difference))
      continue;
    sum += difference;
    baro += lane_mean(&heights->baro, cell);
    count++;
  }
  *ret_baro_m = baro / count;
  return count >= GROUND_CELLS ? sum / count : NAN;
}

static void follow_flight(const struct heights *heights, const struct log_summary *log, const struct flight *flight,
                          struct lane_run *run) {
  double baro_m, ground_m = ground_difference(heights, log, flight, &baro_m);
  uint32_t end, cell = lane_air(log, flight, &end);
  for (run->present = 0; cell < end && !isnan(ground_m); cell++) {
    double height_m = lane_mean(&heights->baro, cell), gps_m = lane_mean(&heights->gps, cell);
    lane_run_add(run, cell, gps_m - height_m - ground_m, BASE_M + SHARE * fabs(height_m - baro_m));
  }
}

static uint32_t heights_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)decode;
  struct lane_run run = {0};
  double step_s = (double)lane_step_us(log) * 1e-6;
  for (uint32_t i = 0; i < log->flight_count; i++)
    if (log->flights[i].takeoff_us != TIME_NONE)
      follow_flight(state, log, &log->flights[i], &run);
  if (!room || !run.count || run.count * step_s < LASTING_S)
    return 0;
  *findings = quality_say(10, lane_time_us(log, run.from), lane_time_us(log, run.from + run.count), run.worst,
                          run.limit,
                          "barometer and GPS differ by up to %.0f m in height for %.0f s in flight, %.0f m are usual",
                          run.worst, run.count * step_s, run.limit);
  return 1;
}

const struct rule rule_altitude_disagree = {
    .name = "altitude_disagree",
    .about = "barometer and GPS tell different heights",
    .points = "10",
    .limit = "20 m plus 15 % of the height over the ground, counted from before take-off; more for 10 s counts",
    .reason = "vertical error of GPS, weather, and a standard atmosphere on a day that is 30 degrees off",
    .tables = (const char *const[]){"gps", "baro", NULL},
    .state_size = sizeof(struct heights),
    .rows = heights_rows,
    .check = heights_check};
