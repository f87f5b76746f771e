/* started_in_air: the log begins while the vehicle flies: its first part is missing, or the autopilot restarted in
 * flight. */
#include "quality/quality.h"

#include <math.h>
#include <stdio.h>

static uint32_t started_in_air_check(void *state, const struct decode *decode, const struct log_summary *log,
                                     struct quality_finding *findings, uint32_t room) {
  (void)state, (void)decode;
  if (!log->flight_count || !room || !log->flights[0].starts_in_air)
    return 0;
  double start_s = (double)log->flights[0].start_us * 1e-6;
  *findings = (struct quality_finding){.severity = 10, .from_s = start_s, .to_s = start_s, .value = NAN, .limit = NAN};
  snprintf(findings->text, sizeof findings->text,
           "the log begins in the air: its start is missing, or the autopilot restarted in flight");
  return 1;
}

const struct rule rule_started_in_air = {.name = "started_in_air",
                                         .about = "the log begins in flight",
                                         .points = "10",
                                         .limit = "the log begins before the take-off",
                                         .reason = "the autopilot logs from arming on",
                                         .check = started_in_air_check};
