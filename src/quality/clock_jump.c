/* clock_jump: the log's clock steps back by over a second (another boot in the same file, or a ground station whose
 * clock was set), or forward by over five minutes. 10 points each, at most 30. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

#define BACK_US US_PER_S
#define FORWARD_US (300 * US_PER_S)

struct clock_jump {
  int64_t last_us, at_us, step_us;
  uint32_t jumps;
  bool any;
};

static void clock_jump_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct clock_jump *jump = state;
  if (!rows_column(rows, "roll_deg")) /* several messages feed the table; one of them alone is in the order of time */
    return;
  for (uint32_t i = 0; i < rows->count; i++) {
    int64_t now_us = rows->log_us[i];
    if (now_us == TIME_NONE)
      continue;
    int64_t step_us = jump->any ? now_us - jump->last_us : 0;
    if ((step_us < -BACK_US || step_us > FORWARD_US) && jump->jumps++ == 0) {
      jump->at_us = jump->last_us;
      jump->step_us = step_us;
    }
    jump->last_us = now_us;
    jump->any = true;
  }
}

static uint32_t clock_jump_check(void *state, const struct decode *decode, const struct log_summary *log,
                                 struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct clock_jump *jump = state;
  if (!room || !jump->jumps)
    return 0;
  *findings = (struct quality_finding){.severity = fmin(30, 10.0 * jump->jumps),
                                       .from_s = (double)jump->at_us * 1e-6,
                                       .to_s = NAN,
                                       .value = (double)jump->step_us * 1e-6,
                                       .limit = jump->step_us < 0 ? -1 : 300};
  snprintf(findings->text, sizeof findings->text, "the clock jumps %u times, first by %.1f s", jump->jumps,
           (double)jump->step_us * 1e-6);
  return 1;
}

const struct rule rule_clock_jump = {
    .name = "clock_jump",
    .about = "the log's clock steps",
    .points = "10 a step, at most 30",
    .limit = "steps of -1 s to 300 s between attitude records",
    .reason = "attitude is logged many times a second; a step back is another boot or a clock that was set",
    .tables = (const char *const[]){"attitude", NULL},
    .state_size = sizeof(struct clock_jump),
    .rows = clock_jump_rows,
    .check = clock_jump_check};
