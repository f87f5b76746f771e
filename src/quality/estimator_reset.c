/* estimator_reset: the filter that makes attitude and position started anew, or lost its position, in the air: values
 * before and after do not belong together. Told by the autopilot's own words: ArduPilot "EKF3 IMU0 forced reset",
 * "emergency yaw reset", "stopped aiding"; PX4 "primary EKF changed … (filter fault)", and its event. The yaw alignment
 * soon after take-off (event ekf_yaw_reset) is normal and not counted. 10 points, plus 2 for each, at most 20. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

struct resets {
  uint32_t count;
  int64_t first_us, last_us;
  char words[80]; /* of the first */
};

static bool tells_reset(struct text text) {
  static const char *const words[] = {"forced reset", "emergency yaw reset", "stopped aiding", "filter fault"};
  for (size_t i = 0; i < ARRAY_COUNT(words); i++)
    if (text.data && memmem(text.data, text.size, words[i], strlen(words[i])))
      return true;
  return false;
}

static void resets_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct resets *resets = state;
  const struct column *text = rows_column(rows, "text");
  for (uint32_t i = 0; text && i < rows->count; i++) {
    struct text words = column_text(text, i);
    if (!tells_reset(words) || !quality_in_air(log, rows->log_us[i]))
      continue;
    if (!resets->count++) {
      resets->first_us = rows->log_us[i];
      snprintf(resets->words, sizeof resets->words, "%.*s", (int)MIN(words.size, sizeof resets->words - 1), words.data);
    }
    resets->last_us = rows->log_us[i];
  }
}

static uint32_t resets_check(void *state, const struct decode *decode, const struct log_summary *log,
                             struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct resets *resets = state;
  if (!room || !resets->count)
    return 0;
  *findings = quality_say(fmin(20, 10 + 2.0 * resets->count), resets->first_us, resets->last_us, resets->count, 0,
                          "the estimator was reset or lost its position %u time%s in flight, first at second %.1f: %s",
                          resets->count, resets->count == 1 ? "" : "s", (double)resets->first_us * 1e-6, resets->words);
  return 1;
}

const struct rule rule_estimator_reset = {
    .name = "estimator_reset",
    .about = "the estimator started anew in flight",
    .points = "10, plus 2 a reset, at most 20",
    .limit = "no message of a forced reset, an emergency yaw reset, stopped aiding or a filter fault in the air",
    .reason = "the autopilot's own words (ArduPilot's estimators, PX4's ekf2)",
    .tables = (const char *const[]){"message", NULL},
    .state_size = sizeof(struct resets),
    .rows = resets_rows,
    .check = resets_check};
