/* no_gps_time: nothing in the log knows UTC, so its date is a guess from the file. 10 points. */
#include "quality/quality.h"

#include <math.h>
#include <stdio.h>

static uint32_t no_gps_time_check(void *state, const struct decode *decode, const struct log_summary *log,
                                  struct quality_finding *findings, uint32_t room) {
  (void)state, (void)decode;
  if (!room || isfinite(log->clock.error_s))
    return 0;
  *findings = (struct quality_finding){.severity = 10, .from_s = NAN, .to_s = NAN, .value = NAN, .limit = NAN};
  bool camera = strcmp(log->clock.source, "camera") == 0, file = strcmp(log->clock.source, "file") == 0;
  snprintf(findings->text, sizeof findings->text, "the log has no GPS time: its date comes from the %s",
           camera ? "camera's clock, whose zone is unknown"
           : file ? "file"
                  : "start of the clock");
  return 1;
}

const struct rule rule_no_gps_time = {.name = "no_gps_time",
                                      .about = "no UTC in the log",
                                      .points = "10",
                                      .limit = "UTC from GPS, the autopilot or a ground station",
                                      .reason = "a guessed date puts the flight in the wrong place",
                                      .check = no_gps_time_check};
