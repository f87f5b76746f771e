/* repeated_records: attitude records that stand twice, or that step back in time by up to a second (clock_jump tells of
 * larger steps). Repeats come from a link recorded twice or from a file put together from overlapping parts; rates and
 * sums over such a log are too high. Over 1 % of the records and 20 of them: 5 points, plus a tenth of the share in
 * percent, at most 15. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define LEAST_RECORDS 20u
#define SHARE 0.01

struct repeats {
  int64_t last_us, first_repeat_us;
  double roll_deg, pitch_deg, yaw_deg;
  uint64_t records, repeated, backwards;
};

static void repeats_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct repeats *repeats = state;
  const struct column *roll = rows_column(rows, "roll_deg"), *pitch = rows_column(rows, "pitch_deg");
  const struct column *yaw = rows_column(rows, "yaw_deg");
  for (uint32_t i = 0; roll && pitch && i < rows->count; i++) {
    int64_t now_us = rows->log_us[i];
    double roll_deg = rows_number(roll, i), pitch_deg = rows_number(pitch, i), yaw_deg = rows_number(yaw, i);
    if (now_us == TIME_NONE)
      continue;
    int64_t step_us = repeats->records++ ? now_us - repeats->last_us : 1;
    bool same = step_us == 0 && roll_deg == repeats->roll_deg && pitch_deg == repeats->pitch_deg &&
                yaw_deg == repeats->yaw_deg;
    bool back = step_us < 0 && step_us > -US_PER_S;
    if ((same || back) && repeats->repeated + repeats->backwards == 0)
      repeats->first_repeat_us = now_us;
    repeats->repeated += same;
    repeats->backwards += back;
    repeats->last_us = now_us;
    repeats->roll_deg = roll_deg;
    repeats->pitch_deg = pitch_deg;
    repeats->yaw_deg = yaw_deg;
  }
}

static uint32_t repeats_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct repeats *repeats = state;
  uint64_t odd = repeats->repeated + repeats->backwards;
  double share = repeats->records ? (double)odd / (double)repeats->records : 0;
  if (!room || odd < LEAST_RECORDS || share <= SHARE)
    return 0;
  *findings = quality_say(fmin(15, 5 + 10 * share), repeats->first_repeat_us, TIME_NONE, share, SHARE,
                          "%llu attitude records stand twice and %llu step back in time: %.1f %% of all, from second "
                          "%.1f on",
                          (unsigned long long)repeats->repeated, (unsigned long long)repeats->backwards, share * 100,
                          (double)repeats->first_repeat_us * 1e-6);
  return 1;
}

const struct rule rule_repeated_records = {.name = "repeated_records",
                                           .about = "records stand twice or step back in time",
                                           .points = "5, plus a tenth of the share in percent, at most 15",
                                           .limit = "1 % of the attitude records, and at least 20",
                                           .reason = "autopilots write each record once, in the order of time",
                                           .tables = (const char *const[]){"attitude", NULL},
                                           .state_size = sizeof(struct repeats),
                                           .rows = repeats_rows,
                                           .check = repeats_check};
