/* health: runs all indicators over one flight, and lets all judge a vehicle's flights. Which indicators exist is the
 * list of src/health/meson.build. */
#include "health/health.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define INDICATOR(name) extern const struct indicator indicator_##name;
#include "indicator_list.h"
#undef INDICATOR

const struct indicator *const indicator_list[] = {
#define INDICATOR(name) &indicator_##name,
#include "indicator_list.h"
#undef INDICATOR
    NULL,
};

#define INDICATORS (ARRAY_COUNT(indicator_list) - 1)

struct health {
  double start_s; /* log clock */
  void *states[INDICATORS];
};

void feature_add(struct feature_list *list, const char *name, int32_t instance, double value, double weight) {
  if (!isfinite(value) || list->count == ARRAY_COUNT(list->items))
    return;
  struct feature *feature = &list->items[list->count++];
  snprintf(feature->name, sizeof feature->name, "%s", name);
  feature->instance = instance;
  feature->value = value;
  feature->weight = weight;
}

const char *severity_name(enum severity severity) {
  static const char *const names[] = {"info", "warning", "critical"};
  return names[severity];
}

static bool indicator_reads(const struct indicator *indicator, const char *table) {
  for (const char *const *name = indicator->tables; *name; name++)
    if (strcmp(*name, table) == 0)
      return true;
  return false;
}

struct health *health_new(const struct flight *flight, const struct log_summary *log) {
  struct health *health = memory_new(sizeof *health);
  health->start_s = (double)flight->start_us * 1e-6;
  for (size_t i = 0; i < INDICATORS; i++) {
    health->states[i] = memory_new(MAX(indicator_list[i]->state_size, (size_t)1));
    if (indicator_list[i]->begin)
      indicator_list[i]->begin(health->states[i], flight, log);
  }
  return health;
}

void health_free(struct health *health) {
  if (!health)
    return;
  for (size_t i = 0; i < INDICATORS; i++)
    free(health->states[i]);
  free(health);
}

static uint64_t wanted_tables[2];
static pthread_once_t wanted_once = PTHREAD_ONCE_INIT;

static void choose_tables(void) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t t = 0; t < count; t++)
    for (size_t i = 0; i < INDICATORS; i++)
      if (indicator_reads(indicator_list[i], tables[t].name))
        wanted_tables[t / 64] |= UINT64_C(1) << (t % 64);
}

bool health_wants(const struct table *table) {
  pthread_once(&wanted_once, choose_tables);
  return wanted_tables[table->index / 64] >> (table->index % 64) & 1;
}

void health_rows(struct health *health, const struct rows *rows) {
  for (size_t i = 0; i < INDICATORS; i++)
    if (indicator_list[i]->rows && indicator_reads(indicator_list[i], rows->table->name))
      indicator_list[i]->rows(health->states[i], rows);
}

void health_end(struct health *health, struct feature_list *ret_features) {
  ret_features->count = 0;
  feature_add(ret_features, "flight_start_s", 0, health->start_s, 1);
  for (size_t i = 0; i < INDICATORS; i++)
    if (indicator_list[i]->end)
      indicator_list[i]->end(health->states[i], ret_features);
}

static int compare_findings(const void *a, const void *b) {
  const struct finding *x = a, *y = b;
  if (x->severity != y->severity)
    return (int)y->severity - (int)x->severity;
  return (x->confidence < y->confidence) - (x->confidence > y->confidence);
}

uint32_t health_judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  uint32_t count = 0;
  for (size_t i = 0; i < INDICATORS && flights; i++)
    if (indicator_list[i]->judge)
      count += indicator_list[i]->judge(history, flights, findings + count, room - count);
  qsort(findings, count, sizeof *findings, compare_findings);
  return count;
}
