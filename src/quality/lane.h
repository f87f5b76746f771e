/* lane: a value averaged over steps of time, so that values of several messages, which come one message after another,
 * can be set side by side. Bounded: a log has at most LANE_CELLS steps, of a second or longer. */
#ifndef UAVLAKE_LANE_H
#define UAVLAKE_LANE_H

#include "flight/flight.h"

#include <math.h>

#define LANE_CELLS 2048u

struct lane {
  struct {
    float sum;
    uint32_t count;
  } cells[LANE_CELLS];
};

/* Length of a step in this log. */
static inline int64_t lane_step_us(const struct log_summary *log) {
  int64_t span_us = log->start_us == TIME_NONE || log->end_us < log->start_us ? 0 : log->end_us - log->start_us;
  return MAX(US_PER_S, span_us / (LANE_CELLS - 1) + 1);
}

/* LANE_CELLS: not within the log. */
static inline uint32_t lane_cell(const struct log_summary *log, int64_t log_us) {
  if (log_us == TIME_NONE || log->start_us == TIME_NONE || log_us < log->start_us)
    return LANE_CELLS;
  return (uint32_t)MIN((log_us - log->start_us) / lane_step_us(log), LANE_CELLS);
}

static inline int64_t lane_time_us(const struct log_summary *log, uint32_t cell) {
  return log->start_us + (int64_t)cell * lane_step_us(log);
}

/* Cells that lie wholly in the air of a flight: first … end - 1. */
static inline uint32_t lane_air(const struct log_summary *log, const struct flight *flight, uint32_t *ret_end) {
  *ret_end = 0;
  if (flight->takeoff_us == TIME_NONE)
    return 0;
  *ret_end = MIN(lane_cell(log, flight->landing_us), LANE_CELLS - 1);
  return lane_cell(log, flight->takeoff_us) + 1;
}

static inline void lane_add(struct lane *lane, uint32_t cell, double value) {
  if (cell >= LANE_CELLS || !isfinite(value))
    return;
  lane->cells[cell].sum += (float)value;
  lane->cells[cell].count++;
}

/* NAN: nothing came then. */
static inline double lane_mean(const struct lane *lane, uint32_t cell) {
  return lane->cells[cell].count ? (double)lane->cells[cell].sum / lane->cells[cell].count : NAN;
}

/* The longest run of cells that are beyond a limit. */
struct lane_run {
  uint32_t from, count;           /* the longest */
  double worst, limit;            /* the farthest beyond, and what was allowed there */
  uint32_t present_from, present; /* the run being followed */
  double present_worst, present_limit;
};

/* Cells are given in order; a NAN value leaves the run as it is. */
static inline void lane_run_add(struct lane_run *run, uint32_t cell, double value, double limit) {
  if (isnan(value))
    return;
  if (!(fabs(value) > limit)) {
    run->present = 0;
    return;
  }
  if (!run->present++) {
    run->present_from = cell;
    run->present_worst = 0;
  }
  if (fabs(value) > run->present_worst) {
    run->present_worst = fabs(value);
    run->present_limit = limit;
  }
  if (run->present >= run->count) {
    run->from = run->present_from;
    run->count = run->present;
    run->worst = run->present_worst;
    run->limit = run->present_limit;
  }
}

#endif
