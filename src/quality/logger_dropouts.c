/* logger_dropouts: the logger itself says that it lost records, because the card was too slow: ArduPilot counts refused
 * writes (DSF.Dp, PM.LogDrop), PX4 writes a dropout record into the ULog. Over one in a thousand of the log's records,
 * and at least 20, or one dropout of a ULog: 5 points, plus the share in percent, at most 20. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define SHARE 0.001
#define LEAST_RECORDS 20.0

struct dropouts {
  double most;
};

static void dropouts_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct dropouts *dropouts = state;
  const struct column *count = rows_column(rows, "log_dropped_count");
  for (uint32_t i = 0; count && i < rows->count; i++)
    if (isfinite(rows_number(count, i)))
      dropouts->most = fmax(dropouts->most, rows_number(count, i));
}

static const struct message *find_dropouts(const struct decode_report *report) {
  for (uint32_t i = 0; i < report->message_count; i++)
    if (strcmp(report->messages[i]->name, "dropout") == 0 && report->messages[i]->count)
      return report->messages[i];
  return NULL;
}

static uint32_t dropouts_check(void *state, const struct decode *decode, const struct log_summary *log,
                               struct quality_finding *findings, uint32_t room) {
  (void)log;
  const struct dropouts *dropouts = state;
  const struct decode_report *report = decode_get_report(decode);
  const struct message *marks = find_dropouts(report);
  double share = report->records ? dropouts->most / (double)report->records : 0;
  if (!room)
    return 0;
  if (marks)
    *findings = quality_say(fmin(20, 5 + (double)marks->count), marks->first_us, marks->last_us, (double)marks->count,
                            0, "the logger marks %llu dropouts: the card was too slow, or it was full",
                            (unsigned long long)marks->count);
  else if (dropouts->most >= LEAST_RECORDS && share > SHARE)
    *findings = quality_say(fmin(20, 5 + 100 * share), TIME_NONE, TIME_NONE, dropouts->most,
                            SHARE * (double)report->records,
                            "the logger refused %.0f records (%.1f %%): the card was too slow, or it was full",
                            dropouts->most, share * 100);
  else
    return 0;
  return 1;
}

const struct rule rule_logger_dropouts = {.name = "logger_dropouts",
                                          .about = "the logger says that it lost records",
                                          .points = "5, plus the share in percent (ULog: plus 1 a dropout), at most 20",
                                          .limit = "one record in a thousand, and 20; no dropout in a ULog",
                                          .reason = "ArduPilot DSF.Dp and PM.LogDrop, the ULog format's dropout record",
                                          .tables = (const char *const[]){"scheduler", NULL},
                                          .state_size = sizeof(struct dropouts),
                                          .rows = dropouts_rows,
                                          .check = dropouts_check};
