/* quality: runs the rules over one log: feeds them rows, asks each at the end, makes the score: 100 less the
 * severities, not below 0. */
#include "quality/quality.h"

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
  void *states[RULES_MAX];
};

struct quality *quality_new(void) {
  struct quality *quality = memory_new(sizeof *quality);
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
      rule_list[i]->rows(quality->states[i], rows);
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
