/* quality: may this log be trusted? One rule a file ending in `const struct rule rule_<name>`; names in
 * src/quality/meson.build.
 *
 * Rules are asked once a log, when both passes are done; those that need samples are fed rows on the way. */
#ifndef UAVLAKE_QUALITY_H
#define UAVLAKE_QUALITY_H

#include "flight/flight.h"

struct quality_finding {
  const char *rule;
  double severity;     /* points taken from the score of 100 */
  double from_s, to_s; /* log clock; NAN: the whole log */
  char text[300];
};

struct rule {
  const char *name;
  const char *about;
  const char *const *tables; /* fed with rows of these; NULL: none */
  size_t state_size;
  void (*rows)(void *state, const struct rows *rows); /* NULL where tables is NULL */
  /* Adds at most `room` findings, returns how many. */
  uint32_t (*check)(void *state, const struct decode *decode, const struct log_summary *log,
                    struct quality_finding *findings, uint32_t room);
};
extern const struct rule *const rule_list[]; /* NULL at the end */

struct quality;
struct quality *quality_new(void);
void quality_free(struct quality *quality);
bool quality_wants(const struct table *table);
void quality_rows(struct quality *quality, const struct rows *rows);
/* Findings, worst first, and the score 0..100. */
uint32_t quality_end(struct quality *quality, const struct decode *decode, const struct log_summary *log,
                     struct quality_finding *findings, uint32_t room, double *ret_score);

#endif
