/* judgement: see judgement.h. */
#include "health/judgement.h"

#include "health/fit.h"

#include <math.h>
#include <stdio.h>

double feature_get(const struct feature_list *list, const char *name, int32_t instance) {
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i].instance == instance && strcmp(list->items[i].name, name) == 0)
      return list->items[i].value;
  return NAN;
}

double feature_weight(const struct feature_list *list, const char *name, int32_t instance) {
  for (uint32_t i = 0; i < list->count; i++)
    if (list->items[i].instance == instance && strcmp(list->items[i].name, name) == 0)
      return list->items[i].weight;
  return 0;
}

double flight_second(const struct feature_list *list, double log_s) {
  double start_s = feature_get(list, "flight_start_s", 0);
  return isnan(start_s) ? log_s : log_s - start_s;
}

struct baseline baseline_of(const struct feature_list *const *history, uint32_t flights, const char *name,
                            int32_t instance, double floor, double relative_floor) {
  struct baseline baseline = {NAN, NAN, 0};
  uint32_t known = 0;
  for (uint32_t i = 0; i + 1 < flights; i++)
    known += isfinite(feature_get(history[i], name, instance));
  uint32_t wanted = MIN(MAX((known + 1) / 2, BASELINE_LEAST), BASELINE_MOST);
  if (known < BASELINE_LEAST)
    return baseline;
  double values[BASELINE_MOST];
  for (uint32_t i = 0; i + 1 < flights && baseline.flights < wanted; i++) {
    double value = feature_get(history[i], name, instance);
    if (isfinite(value))
      values[baseline.flights++] = value;
  }
  baseline.median = fit_quantile(values, baseline.flights, 0.5);
  baseline.sigma = fmax(fit_spread(values, baseline.flights), fmax(floor, relative_floor * fabs(baseline.median)));
  return baseline;
}

double baseline_distance(const struct baseline *baseline, double value) {
  return (value - baseline->median) / baseline->sigma;
}

double confidence_of(double value, double limit) {
  double ratio = fabs(value) / fmax(fabs(limit), 1e-12);
  return isfinite(ratio) ? fmin(0.99, ratio / (ratio + 1)) : 0.5;
}

struct finding *verdict_add(struct verdicts *verdicts, const char *kind, enum severity severity, const char *component,
                            const char *feature, double value) {
  if (verdicts->count >= verdicts->room)
    return NULL;
  struct finding *finding = &verdicts->items[verdicts->count++];
  *finding = (struct finding){.kind = kind,
                              .severity = severity,
                              .confidence = 0.5,
                              .from_s = NAN,
                              .to_s = NAN,
                              .value = value,
                              .baseline = NAN,
                              .limit = NAN};
  snprintf(finding->component, sizeof finding->component, "%s", component);
  snprintf(finding->feature, sizeof finding->feature, "%s", feature);
  return finding;
}

void finding_set_span(struct finding *finding, const struct feature_list *list, const char *prefix, int32_t instance) {
  char name[sizeof list->items->name];
  snprintf(name, sizeof name, "%s_from_s", prefix);
  finding->from_s = feature_get(list, name, instance);
  snprintf(name, sizeof name, "%s_to_s", prefix);
  finding->to_s = feature_get(list, name, instance);
}

#define SILENCE_US (5 * US_PER_S)

void episode_add(struct episode *episode, int64_t log_us, bool beyond) {
  if (log_us == TIME_NONE)
    return;
  bool silent = episode->open && (log_us - episode->last_us > SILENCE_US || log_us < episode->last_us);
  if (silent)
    episode->open = false;
  if (episode->open) { /* the state of the sample before holds until this one */
    episode->total_s += (double)(log_us - episode->last_us) * 1e-6;
    double length_s = (double)(log_us - episode->from_us) * 1e-6;
    if (length_s > episode->longest_s) {
      episode->longest_s = length_s;
      episode->longest_from_s = (double)episode->from_us * 1e-6;
      episode->longest_to_s = (double)log_us * 1e-6;
    }
  }
  if (beyond && !episode->open)
    episode->from_us = log_us;
  episode->open = beyond;
  episode->last_us = log_us;
}

void episode_say(const struct episode *episode, struct feature_list *features, const char *prefix, int32_t instance,
                 double weight) {
  char name[sizeof features->items->name];
  snprintf(name, sizeof name, "%s_s", prefix);
  feature_add(features, name, instance, episode->longest_s, weight);
  if (!(episode->longest_s > 0))
    return;
  snprintf(name, sizeof name, "%s_from_s", prefix);
  feature_add(features, name, instance, episode->longest_from_s, weight);
  snprintf(name, sizeof name, "%s_to_s", prefix);
  feature_add(features, name, instance, episode->longest_to_s, weight);
}
