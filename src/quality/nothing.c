/* nothing: the do-nothing member of the quality rules, and the template for a new one.
 *
 * A rule says at its head what it decides and where its limits come from. `rows` sees the rows of its tables on the
 * log's clock; `check` is asked once, at the end, and adds findings: how many points they cost, when, and one plain
 * sentence. */
#include "quality/quality.h"

static uint32_t nothing_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)state, (void)decode, (void)log, (void)findings, (void)room;
  return 0;
}

const struct rule rule_nothing = {.name = "nothing",
                                  .about = "finds nothing: the template for a rule",
                                  .points = "0",
                                  .limit = "none",
                                  .reason = "it is a template",
                                  .check = nothing_check};
