/* ended_in_air: the log stops while the vehicle flies: power was lost (brown-out, crash) or the log was cut. */
#include "quality/quality.h"

#include <math.h>
#include <stdio.h>

static uint32_t ended_in_air_check(void *state, const struct decode *decode, const struct log_summary *log,
                                   struct quality_finding *findings, uint32_t room) {
  (void)state, (void)decode;
  if (!log->flight_count || !room || !log->flights[log->flight_count - 1].ends_in_air)
    return 0;
  double end_s = (double)log->flights[log->flight_count - 1].end_us * 1e-6;
  *findings = (struct quality_finding){.severity = 15, .from_s = end_s, .to_s = end_s, .value = NAN, .limit = NAN};
  snprintf(findings->text, sizeof findings->text,
           "the log ends in the air: power was lost in flight, or the log was cut");
  return 1;
}

const struct rule rule_ended_in_air = {.name = "ended_in_air",
                                       .about = "the log stops in flight",
                                       .points = "15",
                                       .limit = "the log ends after the landing",
                                       .reason = "the autopilot logs until it is disarmed",
                                       .check = ended_in_air_check};
