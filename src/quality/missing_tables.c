/* missing_tables: a flight without attitude, position or battery records tells little. 15, 10 and 5 points. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

struct missing {
  uint64_t attitude, position, battery;
};

static void missing_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct missing *missing = state;
  if (rows_are_of(rows, "attitude"))
    missing->attitude += rows_column(rows, "roll_deg") ? rows->count : 0;
  else if (rows_are_of(rows, "position"))
    missing->position += rows_column(rows, "lat_deg") ? rows->count : 0;
  else
    missing->battery += rows_column(rows, "voltage_v") ? rows->count : 0;
}

static uint32_t missing_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct missing *missing = state;
  if (!room || !log->flight_count || (missing->attitude && missing->position && missing->battery))
    return 0;
  double severity = 15 * !missing->attitude + 10 * !missing->position + 5 * !missing->battery;
  *findings = (struct quality_finding){.severity = severity, .from_s = NAN, .to_s = NAN, .value = NAN, .limit = NAN};
  snprintf(findings->text, sizeof findings->text, "the flight has no records of:%s%s%s; check LOG_BITMASK",
           missing->attitude ? "" : " attitude", missing->position ? "" : " position",
           missing->battery ? "" : " battery");
  return 1;
}

const struct rule rule_missing_tables = {.name = "missing_tables",
                                         .about = "a flight lacks basic records",
                                         .points = "15 for attitude, 10 for position, 5 for battery",
                                         .limit = "a flight has records of each",
                                         .reason = "what every evaluation rests on",
                                         .tables = (const char *const[]){"attitude", "position", "battery", NULL},
                                         .state_size = sizeof(struct missing),
                                         .rows = missing_rows,
                                         .check = missing_check};
