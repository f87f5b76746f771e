/* clock_drift: the log's clock and GPS time run apart, or GPS time steps.
 *
 * Drift: the median of the slopes between means half the log apart (Theil–Sen) of UTC by GPS − log clock. An
 * autopilot's quartz is good to 50 ppm, also when hot; over 200 ppm (0.7 s an hour) its oscillator, or the time stamps,
 * are wrong. Judged where both are known for 5 minutes. 10 points. Step: two neighbouring means differ by over 0.5 s
 * but less than half a day (that is doubtful_date's): the receiver learnt of leap seconds, or took another second for
 * the right one. 5 points. */
#include "quality/gps_clock.h"
#include "quality/quality.h"

#include "flight/series.h"

#define DRIFT_PPM 200.0
#define DRIFT_MOST_PPM 20000.0 /* more is no drift, but a step of days */
#define SPAN_S 300.0
#define STEP_S 0.5
#define HALF_DAY_S 43200.0

static void drift_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  gps_clock_rows(state, log, rows);
}

/* NAN: too short to say. */
static double find_drift(const struct gps_clock *clock, double step_s) {
  double values[LANE_CELLS], times[LANE_CELLS], slopes[LANE_CELLS];
  uint32_t count = 0, slope_count = 0;
  for (uint32_t cell = 0; cell < LANE_CELLS; cell++)
    if (clock->ahead_s.cells[cell].count) {
      values[count] = lane_mean(&clock->ahead_s, cell);
      times[count++] = cell * step_s;
    }
  if (count < 20 || times[count - 1] - times[0] < SPAN_S)
    return NAN;
  for (uint32_t i = 0, half = count / 2; i + half < count; i++)
    slopes[slope_count++] = (values[i + half] - values[i]) / (times[i + half] - times[i]);
  return median_of(slopes, slope_count);
}

/* The largest step; *ret_cell is the cell after it. */
static double find_step(const struct gps_clock *clock, uint32_t *ret_cell) {
  double worst = 0, last = NAN, before = NAN;
  for (uint32_t cell = 0; cell < LANE_CELLS; cell++) {
    double value = lane_mean(&clock->ahead_s, cell);
    if (isnan(value))
      continue;
    double step = value - last;
    bool lasting = !isnan(before); /* the first mean may hold both sides of a step */
    if (lasting && fabs(step) > fabs(worst) && fabs(step) < HALF_DAY_S) {
      worst = step;
      *ret_cell = cell;
    }
    before = last;
    last = value;
  }
  return worst;
}

static uint32_t drift_check(void *state, const struct decode *decode, const struct log_summary *log,
                            struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct gps_clock *clock = state;
  double step_s = (double)lane_step_us(log) * 1e-6, drift_ppm = find_drift(clock, step_s) * 1e6;
  uint32_t cell = 0;
  double jump_s = find_step(clock, &cell);
  int64_t at_us = lane_time_us(log, cell);
  if (!room)
    return 0;
  if (fabs(jump_s) > STEP_S) /* a slope across a step says nothing */
    *findings = quality_say(5, at_us, at_us, jump_s, STEP_S,
                            "GPS time steps by %.1f s against the log's clock at second %.0f", jump_s,
                            (double)at_us * 1e-6);
  else if (fabs(drift_ppm) > DRIFT_PPM && fabs(drift_ppm) < DRIFT_MOST_PPM)
    *findings = quality_say(10, TIME_NONE, TIME_NONE, drift_ppm, DRIFT_PPM,
                            "the log's clock drifts by %.0f ppm against GPS (%.1f s an hour)", drift_ppm,
                            drift_ppm * 3600e-6);
  else
    return 0;
  return 1;
}

const struct rule rule_clock_drift = {
    .name = "clock_drift",
    .about = "the log's clock and GPS time run apart, or GPS time steps",
    .points = "10 for drift, 5 for a step",
    .limit = "200 ppm over 5 minutes and more; 0.5 s between neighbouring means of a second",
    .reason = "quartz oscillators of autopilots are good to 50 ppm",
    .tables = (const char *const[]){"gps", NULL},
    .state_size = sizeof(struct gps_clock),
    .rows = drift_rows,
    .check = drift_check};
