/* evaluation: see evaluation.h. */
#include "lake/evaluation.h"

#include "base/clock.h"
#include "health/health.h"
#include "lake/document.h"

#include <math.h>
#include <stdlib.h>

#define WARNINGS_MAX 64u
#define MISSES_MAX 1000u

/* A finding of severity warning or critical. */
struct warning {
  char kind[24];
  double confidence, from_s;
  bool critical, repeated_kind; /* repeated_kind: another warning of this flight has the same kind */
};
struct warnings {
  struct warning items[WARNINGS_MAX];
  uint32_t count;
};

struct scoring {
  struct lake *lake;
  struct arena *arena;
  struct evaluation *result;
  uint32_t rows_max;
};

static enum status add_logs(struct lake *lake, struct arena *arena, const struct labels *labels, struct error *error) {
  const char **paths = arena_alloc_array(arena, MAX(labels->count, 1u), sizeof *paths);
  uint32_t count = 0;
  for (uint32_t i = 0; i < labels->count; i++)
    if (labels->items[i].path)
      paths[count++] = labels->items[i].path;
  struct add_options options = {0};
  struct add_callbacks callbacks = {0};
  struct add_result result;
  if (!count)
    return error_set(error, STATUS_NOT_FOUND,
                     "none of the labelled flights has a log in this folder; the ids must end their paths (uav09_f01: "
                     "uav09/f01.bin)");
  return lake_add(lake, paths, count, &options, &callbacks, &result, error);
}

static enum status take_warning(void *context, const char *id, const char *json, struct error *error) {
  (void)id, (void)error;
  struct warnings *warnings = context;
  json_t *finding = json_loads(json, 0, NULL);
  if (strcmp(json_field(finding, "severity"), "info") != 0 && warnings->count < WARNINGS_MAX) {
    struct warning *warning = &warnings->items[warnings->count];
    const json_t *from_s = json_object_get(finding, "from_s");
    snprintf(warning->kind, sizeof warning->kind, "%s", json_field(finding, "kind"));
    warning->confidence = json_number_value(json_object_get(finding, "confidence"));
    warning->from_s = json_is_number(from_s) ? json_number_value(from_s) : NAN;
    warning->critical = strcmp(json_field(finding, "severity"), "critical") == 0;
    warning->repeated_kind = false;
    for (uint32_t i = 0; i < warnings->count; i++)
      warning->repeated_kind |= strcmp(warnings->items[i].kind, warning->kind) == 0;
    warnings->count++;
  }
  json_decref(finding);
  return STATUS_OK;
}

/* The flights that the label's log tells of; NULL: the log is not in the lake, or tells of none. */
static json_t *flights_of(struct lake *lake, const struct label *label) {
  json_t *file = document_load(lake_catalog(lake), "files", label->path);
  json_t *log = file ? document_load(lake_catalog(lake), "logs", json_field(file, "log")) : NULL;
  json_t *flights = json_incref(json_object_get(log, "flights"));
  json_decref(file);
  json_decref(log);
  if (json_array_size(flights))
    return flights;
  json_decref(flights);
  return NULL;
}

static enum status load_warnings(struct lake *lake, const json_t *flights, struct warnings *warnings,
                                 struct error *error) {
  for (size_t i = 0; i < json_array_size(flights); i++) {
    struct catalog_filter filter = {"flight", FILTER_EQUAL, json_string_value(json_array_get(flights, i))};
    struct catalog_query query = {.collection = "findings", .filters = &filter, .filter_count = 1};
    TRY(catalog_find(lake_catalog(lake), &query, take_warning, warnings, error));
  }
  return STATUS_OK;
}

static struct evaluation_row *row_of(struct evaluation_row *rows, uint32_t *count, const char *name) {
  for (uint32_t i = 0; i < *count; i++)
    if (strcmp(rows[i].name, name) == 0)
      return &rows[i];
  rows[*count] = (struct evaluation_row){.name = name};
  return &rows[(*count)++];
}

static const char *kept_kind(const char *kind, struct arena *arena) {
  return arena_copy_text(arena, kind);
}

/* Counts each kind that the flight was warned of once, for the kind and for the vehicle. */
static void count_pairs(struct scoring *scoring, const struct label *label, const struct warnings *warnings) {
  struct evaluation *result = scoring->result;
  struct evaluation_row *vehicle = row_of(result->vehicles, &result->vehicle_count, label->vehicle);
  for (uint32_t i = 0; i < warnings->count; i++) {
    const struct warning *warning = &warnings->items[i];
    if (warning->repeated_kind)
      continue;
    struct evaluation_row *kind = row_of(result->kinds, &result->kind_count, kept_kind(warning->kind, scoring->arena));
    bool right = strcmp(warning->kind, label->kind) == 0, faulty = label->kind[0] != 0;
    kind->right += right;
    vehicle->right += right;
    kind->beside += faulty && !right;
    vehicle->beside += faulty && !right;
    kind->wrong += !faulty;
    vehicle->wrong += !faulty;
    result->false_warnings += !faulty;
  }
}

static void count_confidence(struct evaluation *result, const struct label *label, const struct warnings *warnings) {
  for (uint32_t i = 0; i < warnings->count; i++)
    for (uint32_t b = 0; b < EVALUATION_BINS; b++) {
      struct evaluation_bin *bin = &result->bins[b];
      double confidence = warnings->items[i].confidence;
      if (confidence < bin->from || confidence >= bin->to)
        continue;
      bin->said = (bin->said * bin->count + confidence) / (bin->count + 1);
      bin->count++;
      bin->right += strcmp(warnings->items[i].kind, label->kind) == 0;
    }
}

/* The right warning that tells when the fault struck: the earliest. NULL: no warning is right. */
static const struct warning *right_warning(const struct label *label, const struct warnings *warnings) {
  const struct warning *best = NULL;
  for (uint32_t i = 0; i < warnings->count; i++) {
    const struct warning *warning = &warnings->items[i];
    if (strcmp(warning->kind, label->kind) != 0)
      continue;
    if (!best || isnan(best->from_s) || warning->from_s < best->from_s)
      best = warning;
  }
  return best;
}

/* Is the strongest warning (severity, then confidence) of the right kind? */
static bool is_first(const struct label *label, const struct warnings *warnings) {
  const struct warning *best = NULL;
  for (uint32_t i = 0; i < warnings->count; i++) {
    const struct warning *warning = &warnings->items[i];
    if (!best || warning->critical > best->critical ||
        (warning->critical == best->critical && warning->confidence > best->confidence))
      best = warning;
  }
  return best && strcmp(best->kind, label->kind) == 0;
}

static void add_miss(struct scoring *scoring, const struct label *label, const struct warnings *warnings) {
  struct evaluation *result = scoring->result;
  const char *said = "";
  if (result->miss_count == MISSES_MAX)
    return;
  for (uint32_t i = 0; i < warnings->count; i++)
    if (!warnings->items[i].repeated_kind)
      said = arena_format(scoring->arena, "%s%s%s", said, said[0] ? ", " : "", warnings->items[i].kind);
  result->misses[result->miss_count++] = (struct evaluation_miss){label, said};
}

static void score_label(struct scoring *scoring, const struct label *label, const struct warnings *warnings) {
  struct evaluation *result = scoring->result;
  const struct warning *right = label->kind[0] ? right_warning(label, warnings) : NULL;
  struct evaluation_row *vehicle = row_of(result->vehicles, &result->vehicle_count, label->vehicle);
  result->flights++;
  vehicle->flights++;
  if (label->kind[0]) {
    struct evaluation_row *kind = row_of(result->kinds, &result->kind_count, label->kind);
    kind->flights++;
    kind->alerts += label->expected == EXPECT_ALERT;
    kind->found += label->expected == EXPECT_ALERT && right;
    vehicle->alerts += label->expected == EXPECT_ALERT;
    vehicle->found += label->expected == EXPECT_ALERT && right;
  } else {
    result->healthy++;
    vehicle->healthy++;
    result->false_flights += warnings->count > 0;
    vehicle->false_flights += warnings->count > 0;
  }
  if (label->expected == EXPECT_ALERT) {
    result->alerts++;
    result->found += right != NULL;
    result->first += is_first(label, warnings);
  }
  if (isfinite(label->onset_s) && right) {
    result->onset_asked++;
    if (isfinite(right->from_s))
      result->onset_errors_s[result->onset_count++] = fabs(right->from_s - label->onset_s);
  }
  if ((label->expected == EXPECT_ALERT && !right) || (!label->kind[0] && warnings->count))
    add_miss(scoring, label, warnings);
  count_pairs(scoring, label, warnings);
  count_confidence(result, label, warnings);
}

/* Stages are those of one vehicle's flights with one growing fault, in order of time. */
static void score_series(struct evaluation *result, const struct label *label, const struct warnings *warnings) {
  struct evaluation_series *series = NULL;
  if (!label->progressive || isnan(label->stage))
    return;
  for (uint32_t i = 0; i < result->series_count && !series; i++)
    if (strcmp(result->series[i].vehicle, label->vehicle) == 0 && strcmp(result->series[i].fault, label->fault) == 0)
      series = &result->series[i];
  if (!series) {
    series = &result->series[result->series_count++];
    *series = (struct evaluation_series){label->vehicle, label->fault, NAN, NAN, 0};
  }
  if (isnan(series->warned_stage) && right_warning(label, warnings))
    series->warned_stage = label->stage;
  series->last_stage = label->stage;
  series->flights++;
}

/* Against what the flight's own feature says. */
static void score_resistance(struct scoring *scoring, const struct label *label, const json_t *flights) {
  const char *id = json_string_value(json_array_get(flights, 0));
  json_t *document = isfinite(label->resistance_ohm) && id ? document_load(lake_catalog(scoring->lake), "features", id)
                                                           : NULL;
  const json_t *features = json_object_get(document, "features");
  for (size_t i = 0; i < json_array_size(features); i++) {
    const json_t *feature = json_array_get(features, i);
    const char *name = json_string_value(json_array_get(feature, 0));
    if (!name || strcmp(name, "battery_resistance_ohm") != 0 || json_integer_value(json_array_get(feature, 1)) != 0)
      continue;
    double value = json_number_value(json_array_get(feature, 2));
    scoring->result->resistance_errors[scoring->result->resistance_count++] = fabs(value / label->resistance_ohm - 1);
    break;
  }
  json_decref(document);
}

static enum status score(struct scoring *scoring, const struct label *label, struct error *error) {
  struct warnings warnings = {.count = 0};
  if (!label->path) {
    scoring->result->without_log++;
    return STATUS_OK;
  }
  json_t *flights = flights_of(scoring->lake, label);
  scoring->result->without_flight += flights == NULL;
  enum status status = load_warnings(scoring->lake, flights, &warnings, error);
  if (status == STATUS_OK) {
    score_label(scoring, label, &warnings);
    score_series(scoring->result, label, &warnings);
    score_resistance(scoring, label, flights);
  }
  json_decref(flights);
  return status;
}

static int compare_rows(const void *a, const void *b) {
  return strcmp(((const struct evaluation_row *)a)->name, ((const struct evaluation_row *)b)->name);
}

static int compare_numbers(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void prepare(struct scoring *scoring, const struct labels *labels) {
  static const double edges[EVALUATION_BINS + 1] = {0, 0.5, 0.7, 0.8, 0.9, 1.01};
  struct evaluation *result = scoring->result;
  uint32_t most = labels->count + 64; /* rows can't outnumber labels and kinds */
  result->labels = labels->count;
  result->kinds = arena_alloc_array(scoring->arena, most, sizeof *result->kinds);
  result->vehicles = arena_alloc_array(scoring->arena, most, sizeof *result->vehicles);
  result->series = arena_alloc_array(scoring->arena, most, sizeof *result->series);
  result->misses = arena_alloc_array(scoring->arena, MISSES_MAX, sizeof *result->misses);
  result->resistance_errors = arena_alloc_array(scoring->arena, most, sizeof(double));
  result->onset_errors_s = arena_alloc_array(scoring->arena, most, sizeof(double));
  for (uint32_t i = 0; i < EVALUATION_BINS; i++)
    result->bins[i] = (struct evaluation_bin){edges[i], edges[i + 1], 0, 0, 0};
}

enum status evaluation_run(struct lake *lake, struct arena *arena, const struct labels *labels,
                           struct evaluation *ret_evaluation, struct error *error) {
  struct evaluation result = {0};
  struct scoring scoring = {lake, arena, &result, 0};
  double start_s = clock_monotonic_s();
  TRY(add_logs(lake, arena, labels, error));
  result.seconds = clock_monotonic_s() - start_s;
  prepare(&scoring, labels);
  for (uint32_t i = 0; i < labels->count; i++)
    TRY(score(&scoring, &labels->items[i], error));
  qsort(result.kinds, result.kind_count, sizeof *result.kinds, compare_rows);
  qsort(result.vehicles, result.vehicle_count, sizeof *result.vehicles, compare_rows);
  qsort(result.resistance_errors, result.resistance_count, sizeof(double), compare_numbers);
  qsort(result.onset_errors_s, result.onset_count, sizeof(double), compare_numbers);
  *ret_evaluation = result;
  return STATUS_OK;
}

double evaluation_quantile(const double *sorted, uint32_t count, double q) {
  if (count == 0)
    return NAN;
  double place = q * (count - 1);
  uint32_t low = (uint32_t)place;
  return low + 1 >= count ? sorted[count - 1] : sorted[low] + (place - low) * (sorted[low + 1] - sorted[low]);
}
