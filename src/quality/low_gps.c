/* low_gps: too few satellites or a poor geometry for the position to be believed: under 6 satellites or HDop over 2.5
 * (ArduPilot's arming limits) in over a tenth of the log's samples with a fix. 5 points, plus a fifth of the share in
 * percent, at most 20. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

struct low_gps {
  uint64_t samples, poor;
};

static void low_gps_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct low_gps *gps = state;
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type");
  const struct column *satellites = rows_column(rows, "satellites"), *hdop = rows_column(rows, "hdop");
  for (uint32_t i = 0; fix && i < rows->count; i++) {
    if (rows_number(instance, i) > 0 || !(rows_number(fix, i) >= 2))
      continue;
    gps->samples++;
    gps->poor += rows_number(satellites, i) < 6 || rows_number(hdop, i) > 2.5;
  }
}

static uint32_t low_gps_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct low_gps *gps = state;
  double share = gps->samples ? (double)gps->poor / (double)gps->samples : 0;
  if (!room || gps->samples < 20 || share < 0.1)
    return 0;
  *findings = (struct quality_finding){
      .severity = fmin(20, 5 + share * 20), .from_s = NAN, .to_s = NAN, .value = share, .limit = 0.1};
  snprintf(findings->text, sizeof findings->text,
           "GPS is poor (under 6 satellites or HDop over 2.5) in %.0f %% of the samples", share * 100);
  return 1;
}

const struct rule rule_low_gps = {.name = "low_gps",
                                  .about = "poor satellite reception",
                                  .points = "5, plus a fifth of the share in percent, at most 20",
                                  .limit = "6 satellites and HDop 2.5 in nine of ten samples with a fix",
                                  .reason = "arming limits of ArduPilot",
                                  .tables = (const char *const[]){"gps", NULL},
                                  .state_size = sizeof(struct low_gps),
                                  .rows = low_gps_rows,
                                  .check = low_gps_check};
