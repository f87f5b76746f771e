/* gap: silence in attitude, the message that every autopilot logs steadily. A gap is a silence in flight over 1 s and
 * over ten usual intervals. 5 points, plus 1 a second, at most 25. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

struct gap {
  int64_t last_us, worst_from_us, worst_to_us;
  int64_t sum_us; /* of all intervals below a second */
  uint64_t intervals, gaps;
  bool any;
};

#define LEAST_GAP_US US_PER_S

static void gap_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct gap *gap = state;
  if (!rows_column(rows, "roll_deg")) /* several messages feed the table; one of them alone is in the order of time */
    return;
  for (uint32_t i = 0; i < rows->count; i++) {
    int64_t now_us = rows->log_us[i];
    if (now_us == TIME_NONE)
      continue;
    int64_t interval_us = gap->any ? now_us - gap->last_us : 0;
    if (interval_us > 0 && interval_us <= LEAST_GAP_US) {
      gap->sum_us += interval_us;
      gap->intervals++;
    } else if (interval_us > LEAST_GAP_US) {
      gap->gaps++;
      if (interval_us > gap->worst_to_us - gap->worst_from_us) {
        gap->worst_from_us = gap->last_us;
        gap->worst_to_us = now_us;
      }
    }
    if (!gap->any || now_us > gap->last_us)
      gap->last_us = now_us;
    gap->any = true;
  }
}

static bool in_flight(const struct log_summary *log, int64_t from_us, int64_t to_us) {
  for (uint32_t i = 0; i < log->flight_count; i++)
    if (log->flights[i].start_us <= from_us && to_us <= log->flights[i].end_us)
      return true;
  return false;
}

static uint32_t gap_check(void *state, const struct decode *decode, const struct log_summary *log,
                          struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct gap *gap = state;
  int64_t length_us = gap->worst_to_us - gap->worst_from_us;
  double usual_us = gap->intervals ? (double)gap->sum_us / (double)gap->intervals : 0;
  if (!room || !gap->gaps || (double)length_us < 10 * usual_us || !in_flight(log, gap->worst_from_us, gap->worst_to_us))
    return 0;
  *findings = (struct quality_finding){.severity = fmin(25, 5 + (double)length_us * 1e-6),
                                       .from_s = (double)gap->worst_from_us * 1e-6,
                                       .to_s = (double)gap->worst_to_us * 1e-6,
                                       .value = (double)length_us * 1e-6,
                                       .limit = fmax(1, usual_us * 10e-6)};
  snprintf(findings->text, sizeof findings->text, "%llu gaps in flight, the longest of %.1f s",
           (unsigned long long)gap->gaps, (double)length_us * 1e-6);
  return 1;
}

const struct rule rule_gap = {.name = "gap",
                              .about = "silence in the attitude records",
                              .points = "5, plus 1 a second, at most 25",
                              .limit = "in flight 1 s and ten usual intervals without attitude",
                              .reason = "every autopilot logs attitude steadily",
                              .tables = (const char *const[]){"attitude", NULL},
                              .state_size = sizeof(struct gap),
                              .rows = gap_rows,
                              .check = gap_check};
