/* judgement: what the indicators share when they judge: the vehicle's own normal, and filling in a finding.
 *
 * The normal rests on the earlier half of the flights before the judged one, at least 3 and at most 10 of them: a part
 * that wears slowly must not drag its own yardstick along. Its sigma is 1.4826 × MAD, never below a floor that the
 * indicator gives from what is known of healthy scatter, because three flights say little about scatter. */
#ifndef UAVLAKE_JUDGEMENT_H
#define UAVLAKE_JUDGEMENT_H

#include "health/health.h"

#define BASELINE_LEAST 3u
#define BASELINE_MOST 10u

struct baseline {
  double median, sigma; /* NAN: not enough flights */
  uint32_t flights;
};

/* NAN: the flight does not have it. */
double feature_get(const struct feature_list *list, const char *name, int32_t instance);
double feature_weight(const struct feature_list *list, const char *name, int32_t instance); /* 0: it does not have it */
/* Log clock, in s, → seconds since the flight began. */
double flight_second(const struct feature_list *list, double log_s);
/* floor: least sigma; relative_floor: the same as a share of the median. */
struct baseline baseline_of(const struct feature_list *const *history, uint32_t flights, const char *name,
                            int32_t instance, double floor, double relative_floor);
/* How many sigmas the value lies above its normal; NAN where there is no normal. */
double baseline_distance(const struct baseline *baseline, double value);
/* 0.5 at the limit, towards 1 beyond. */
double confidence_of(double value, double limit);

/* Findings being written. */
struct verdicts {
  struct finding *items;
  uint32_t count, room;
};
/* A new finding with kind, severity, component, feature and value set and the rest unknown; NULL where there is no
 * room. */
struct finding *verdict_add(struct verdicts *verdicts, const char *kind, enum severity severity, const char *component,
                            const char *feature, double value);
/* from_s and to_s out of the features "<prefix>_from_s" and "<prefix>_to_s" of the flight. */
void finding_set_span(struct finding *finding, const struct feature_list *list, const char *prefix, int32_t instance);

/* How long a value stays beyond a limit. Fed in order of time. */
struct episode {
  bool open;
  int64_t from_us, last_us;
  double longest_s, total_s, longest_from_s, longest_to_s;
};
/* A silence of over 5 s closes what is open. */
void episode_add(struct episode *episode, int64_t log_us, bool beyond);
/* Features <prefix>_s (longest), <prefix>_from_s and <prefix>_to_s. Left out where nothing was beyond, but for the
 * first. */
void episode_say(const struct episode *episode, struct feature_list *features, const char *prefix, int32_t instance,
                 double weight);

#endif
