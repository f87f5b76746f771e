/* quality: may this log be trusted? One rule a file ending in `const struct rule rule_<name>`; names in
 * src/quality/meson.build.
 *
 * Most rules are asked once a log, when both passes are done; those that need samples are fed rows on the way. Some
 * compare a log with others of the same vehicle, when the vehicle's flights are assessed (lake/compare.c). */
#ifndef UAVLAKE_QUALITY_H
#define UAVLAKE_QUALITY_H

#include "flight/flight.h"

struct quality_finding {
  const char *rule;
  double severity;     /* points taken from the score of 100 */
  double from_s, to_s; /* log clock; NAN: the whole log */
  double value, limit; /* what was measured and what was allowed, in the unit of the text; NAN: it is no number */
  char text[300];
};

/* What the catalogue knows of a log, for rules that compare two of one vehicle. Texts are "" where not known. */
struct quality_log {
  const char *id, *name, *kind, *source;
  const char *vehicle_uid, *vehicle_class, *autopilot;
  int64_t added_us;         /* when it came in */
  int64_t start_us, end_us; /* UTC, by a clock that knows it */
  struct track track;       /* UTC, thinned; may be empty */
};
enum quality_pairs {
  PAIRS_OVERLAPPING, /* logs whose times overlap */
  PAIRS_PREVIOUS,    /* the log of the same kind before it */
};

struct rule {
  const char *name;
  const char *about;
  const char *points;        /* what it costs */
  const char *limit;         /* what is allowed */
  const char *reason;        /* where the limit comes from */
  const char *const *tables; /* fed with rows of these; NULL: none */
  size_t state_size;
  /* NULL where tables is NULL. */
  void (*rows)(void *state, const struct log_summary *log, const struct rows *rows);
  /* Adds at most `room` findings, returns how many. NULL in rules that compare. */
  uint32_t (*check)(void *state, const struct decode *decode, const struct log_summary *log,
                    struct quality_finding *findings, uint32_t room);
  /* Says of a log what the other one shows; false: nothing. Asked for the pairs that `pairs` names. */
  bool (*compare)(const struct quality_log *log, const struct quality_log *other, struct quality_finding *ret_finding);
  enum quality_pairs pairs;
};
extern const struct rule *const rule_list[]; /* NULL at the end */

/* One finding in words; from_us, to_us: TIME_NONE for the whole log; value and limit as above. */
__attribute__((format(printf, 6, 7))) struct quality_finding
quality_say(double severity, int64_t from_us, int64_t to_us, double value, double limit, const char *format, ...);
/* Does this instant lie between a take-off and the landing after it? */
bool quality_in_air(const struct log_summary *log, int64_t log_us);
/* Seconds in the air, of all flights of the log. */
double quality_air_s(const struct log_summary *log);

struct quality;
/* The log outlives it. */
struct quality *quality_new(const struct log_summary *log);
void quality_free(struct quality *quality);
bool quality_wants(const struct table *table);
void quality_rows(struct quality *quality, const struct rows *rows);
/* Findings, worst first, and the score 0..100. */
uint32_t quality_end(struct quality *quality, const struct decode *decode, const struct log_summary *log,
                     struct quality_finding *findings, uint32_t room, double *ret_score);

#endif
