/* audit_quality: do the logs get worse? Mean score a month of flight, and the vehicles whose trend falls most. */
#include "lake/audit_private.h"

#include <math.h>
#include <stdlib.h>

#define MONTHS_MAX 240u
#define VEHICLES_LISTED 50u
#define SCORES_MAX 20u

struct month {
  char name[8]; /* "2026-03" */
  uint64_t logs, below_70;
  double sum, worst;
};

struct vehicle {
  const char *id;
  double score, trend; /* trend: NAN not known */
  double scores[SCORES_MAX];
  uint32_t score_count;
};

struct state {
  struct month months[MONTHS_MAX];
  uint32_t month_count;
  struct vehicle vehicles[VEHICLES_LISTED + 1]; /* the lowest trend first; one place more to sort in */
  uint32_t vehicle_count;
  uint64_t logs;
  double sum;
};

static void *begin(struct audit *audit) {
  return arena_alloc(audit->arena, sizeof(struct state));
}

static void take_log(struct audit *audit, void *opaque, const char *id, const json_t *log) {
  struct state *state = opaque;
  const json_t *score = json_object_get(log, "quality");
  const char *time = audit_text(log, "start")[0] ? audit_text(log, "start") : audit_text(log, "date");
  (void)audit, (void)id;
  if (!json_is_number(score) || strlen(time) < 7)
    return;
  uint32_t i = 0;
  while (i < state->month_count && strncmp(state->months[i].name, time, 7) != 0)
    i++;
  if (i == MONTHS_MAX)
    return;
  struct month *month = &state->months[i];
  if (i == state->month_count) {
    state->month_count++;
    snprintf(month->name, sizeof month->name, "%.7s", time);
    month->worst = 100;
  }
  month->logs++;
  month->sum += json_number_value(score);
  month->worst = fmin(month->worst, json_number_value(score));
  month->below_70 += json_number_value(score) < 70;
  state->logs++;
  state->sum += json_number_value(score);
}

static double trend_order(const struct vehicle *vehicle) {
  return isnan(vehicle->trend) ? 1000 : vehicle->trend;
}

static int compare_vehicles(const void *a, const void *b) {
  const struct vehicle *x = a, *y = b;
  if (trend_order(x) != trend_order(y))
    return trend_order(x) < trend_order(y) ? -1 : 1;
  return strcmp(x->id, y->id);
}

static void take_vehicle(struct audit *audit, void *opaque, const char *id, const json_t *document) {
  struct state *state = opaque;
  const json_t *trend = json_object_get(document, "quality_trend"), *last = json_object_get(document, "quality_last");
  if (!json_is_number(json_object_get(document, "quality")))
    return;
  struct vehicle *vehicle = &state->vehicles[state->vehicle_count];
  *vehicle = (struct vehicle){.id = arena_copy_text(audit->arena, id)};
  vehicle->score = json_number_value(json_object_get(document, "quality"));
  vehicle->trend = json_is_number(trend) ? json_number_value(trend) : NAN;
  for (size_t i = 0; i < json_array_size(last) && vehicle->score_count < SCORES_MAX; i++)
    vehicle->scores[vehicle->score_count++] = json_number_value(json_array_get(last, i));
  qsort(state->vehicles, state->vehicle_count + 1, sizeof *vehicle, compare_vehicles);
  state->vehicle_count = MIN(state->vehicle_count + 1, VEHICLES_LISTED);
}

static int compare_months(const void *a, const void *b) {
  return strcmp(((const struct month *)a)->name, ((const struct month *)b)->name);
}

static double tenth(double value) {
  return round(value * 10) / 10;
}

static void put_vehicle(struct json_writer *json, const struct vehicle *vehicle) {
  json_object_begin(json, NULL);
  json_c_string(json, "vehicle", vehicle->id);
  json_double(json, "score", vehicle->score);
  json_double(json, "trend", vehicle->trend);
  json_array_begin(json, "scores");
  for (uint32_t i = 0; i < vehicle->score_count; i++)
    json_double(json, NULL, vehicle->scores[i]);
  json_array_end(json);
  json_object_end(json);
}

static void put(struct audit *audit, void *opaque, struct json_writer *json) {
  struct state *state = opaque;
  (void)audit;
  qsort(state->months, state->month_count, sizeof state->months[0], compare_months);
  json_i64(json, "logs", (int64_t)state->logs);
  json_double(json, "score", state->logs ? tenth(state->sum / (double)state->logs) : NAN);
  json_array_begin(json, "months");
  for (uint32_t i = 0; i < state->month_count; i++) {
    const struct month *month = &state->months[i];
    json_object_begin(json, NULL);
    json_c_string(json, "month", month->name);
    json_i64(json, "logs", (int64_t)month->logs);
    json_double(json, "score", tenth(month->sum / (double)month->logs));
    json_double(json, "worst", month->worst);
    json_i64(json, "below_70", (int64_t)month->below_70);
    json_object_end(json);
  }
  json_array_end(json);
  json_array_begin(json, "vehicles");
  for (uint32_t i = 0; i < state->vehicle_count; i++)
    put_vehicle(json, &state->vehicles[i]);
  json_array_end(json);
}

const struct audit_check audit_check_quality = {
    .name = "quality", .begin = begin, .log = take_log, .vehicle = take_vehicle, .put = put};
