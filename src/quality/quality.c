/* quality: runs the rules over one log: feeds them rows, asks each at the end, makes the score: 100 less the
 * severities, not below 0. */
#include "quality/quality.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RULE(name) extern const struct rule rule_##name;
#include "rule_list.h"
#undef RULE

const struct rule *const rule_list[] = {
#define RULE(name) &rule_##name,
#include "rule_list.h"
#undef RULE
    NULL,
};

#define RULES_MAX (ARRAY_COUNT(rule_list))

struct quality {
  const struct log_summary *log;
  void *states[RULES_MAX];
};

struct quality *quality_new(const struct log_summary *log) {
  struct quality *quality = memory_new(sizeof *quality);
  quality->log = log;
  for (size_t i = 0; rule_list[i]; i++)
    quality->states[i] = memory_new(rule_list[i]->state_size);
  return quality;
}

void quality_free(struct quality *quality) {
  if (!quality)
    return;
  for (size_t i = 0; rule_list[i]; i++)
    free(quality->states[i]);
  free(quality);
}

static bool reads(const struct rule *rule, const struct table *table) {
  for (const char *const *name = rule->tables; name && *name; name++)
    if (strcmp(*name, table->name) == 0)
      return true;
  return false;
}

bool quality_wants(const struct table *table) {
  for (size_t i = 0; rule_list[i]; i++)
    if (reads(rule_list[i], table))
      return true;
  return false;
}

void quality_rows(struct quality *quality, const struct rows *rows) {
  for (size_t i = 0; rule_list[i]; i++)
    if (reads(rule_list[i], rows->table))
      rule_list[i]->rows(quality->states[i], quality->log, rows);
}

struct quality_finding quality_say(double severity, int64_t from_us, int64_t to_us, double value, double limit,
                                   const char *format, ...) {
  struct quality_finding finding = {.severity = severity,
                                    .from_s = from_us == TIME_NONE ? NAN : (double)from_us * 1e-6,
                                    .to_s = to_us == TIME_NONE ? NAN : (double)to_us * 1e-6,
                                    .value = value,
                                    .limit = limit};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(finding.text, sizeof finding.text, format, arguments);
  va_end(arguments);
  return finding;
}

bool quality_in_air(const struct log_summary *log, int64_t log_us) {
  for (uint32_t i = 0; i < log->flight_count && log_us != TIME_NONE; i++) {
    const struct flight *flight = &log->flights[i];
    if (flight->takeoff_us != TIME_NONE && log_us >= flight->takeoff_us && log_us <= flight->landing_us)
      return true;
  }
  return false;
}

double quality_air_s(const struct log_summary *log) {
  double air_s = 0;
  for (uint32_t i = 0; i < log->flight_count; i++)
    if (log->flights[i].takeoff_us != TIME_NONE)
      air_s += (double)(log->flights[i].landing_us - log->flights[i].takeoff_us) * 1e-6;
  return air_s;
}

static int compare_severity(const void *a, const void *b) {
  const struct quality_finding *x = a, *y = b;
  return (x->severity < y->severity) - (x->severity > y->severity);
}

uint32_t quality_end(struct quality *quality, const struct decode *decode, const struct log_summary *log,
                     struct quality_finding *findings, uint32_t room, double *ret_score) {
  uint32_t count = 0;
  double score = 100;
  for (size_t i = 0; rule_list[i]; i++) {
    if (!rule_list[i]->check)
      continue;
    uint32_t added = rule_list[i]->check(quality->states[i], decode, log, findings + count, room - count);
    for (uint32_t k = 0; k < added; k++) {
      findings[count + k].rule = rule_list[i]->name;
      score -= findings[count + k].severity;
    }
    count += added;
  }
  qsort(findings, count, sizeof *findings, compare_severity);
  *ret_score = score < 0 ? 0 : score;
  return count;
}
