/* estimator_unconverged: the filter that makes attitude and position never said in the air that it knew them, so the
 * logged ones are guesses. Its solution flags have the same low bits in ArduPilot (XKF4.SS), PX4 (estimator_status) and
 * MAVLink (EKF_STATUS_REPORT): 1 attitude, 2 horizontal speed, 4 vertical speed, 8 and 16 horizontal position. Never
 * attitude: 20 points. Never horizontal speed or position although GPS had a 3D fix in half of its samples in the air:
 * 10 points. At least 20 samples in the air. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define ATTITUDE 1
#define HORIZONTAL (2 | 8 | 16)
#define LEAST_SAMPLES 20u

struct solution {
  uint64_t samples, attitude, horizontal, gps, fixed;
};

static void solution_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct solution *solution = state;
  const struct column *flags = rows_column(rows, "solution_flags"), *fix = rows_column(rows, "fix_type");
  const struct column *instance = rows_column(rows, "instance");
  for (uint32_t i = 0; (flags || fix) && i < rows->count; i++) {
    double bits = rows_number(flags, i);
    if (!quality_in_air(log, rows->log_us[i]))
      continue;
    if (isfinite(bits) && bits >= 0 && bits < 4294967296.0) { /* any of several filters will do */
      solution->samples++;
      solution->attitude += ((uint32_t)bits & ATTITUDE) != 0;
      solution->horizontal += ((uint32_t)bits & HORIZONTAL) != 0;
    } else if (fix && !(rows_number(instance, i) > 0)) {
      solution->gps++;
      solution->fixed += rows_number(fix, i) >= 3;
    }
  }
}

static uint32_t solution_check(void *state, const struct decode *decode, const struct log_summary *log,
                               struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct solution *solution = state;
  if (!room || solution->samples < LEAST_SAMPLES)
    return 0;
  unsigned long long samples = solution->samples;
  if (!solution->attitude)
    *findings = quality_say(20, TIME_NONE, TIME_NONE, 0, 1,
                            "the estimator never had an attitude in flight (%llu samples): it did not converge",
                            samples);
  else if (!solution->horizontal && solution->fixed * 2 > solution->gps && solution->gps >= LEAST_SAMPLES)
    *findings = quality_say(10, TIME_NONE, TIME_NONE, 0, 1,
                            "the estimator never had a horizontal speed or position in flight (%llu samples), although "
                            "GPS had a fix",
                            samples);
  else
    return 0;
  return 1;
}

const struct rule rule_estimator_unconverged = {
    .name = "estimator_unconverged",
    .about = "the estimator never knew attitude or position in flight",
    .points = "20 for attitude, 10 for speed and position",
    .limit = "in 20 samples in the air one with the flag for attitude and, where GPS has a fix, one for horizontal "
             "speed or position",
    .reason = "solution flags of ArduPilot's XKF4.SS, PX4's estimator_status, MAVLink's EKF_STATUS_REPORT",
    .tables = (const char *const[]){"estimator", "gps", NULL},
    .state_size = sizeof(struct solution),
    .rows = solution_rows,
    .check = solution_check};
