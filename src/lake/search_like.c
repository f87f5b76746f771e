/* search_like: flights like a given one.
 *
 * Compared are the features that both flights have, and a few figures of the flight. A difference is divided by the
 * spread of that feature over flights of the same class (half the range of the middle half, over a sample), cut at
 * CUT spreads, and averaged; several sensors of one feature count as one. Flights that share less than half of the
 * given one's features are left out. */
#include "lake/lake_private.h"
#include "lake/search_private.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SAMPLE_MAX 512u
#define SAMPLE_LEAST 4u
#define CUT 5.0f
#define LEAST_FEATURES 5u
#define REASONS 3u

struct comparison {
  const struct search_names *names;
  const char *flight;
  char class[32];
  float *wanted, *scale, *weight; /* a name each */
  float total_weight;
  float *samples; /* SAMPLE_MAX rows of names->count */
  uint32_t sample_count, seen;
  struct nearest {
    char flight[FLIGHT_ID_MAX];
    float distance;
    float *numbers;
  } * nearest; /* sorted; room for limit + 1 */
  uint32_t count, limit;
};

/* Instants are no traits; figures of the document that are. */
static bool is_trait(const char *name) {
  static const char *const figures[] = {"airborne_s", "distance_m", "max_height_m", "max_speed_m_s"};
  static const char *const instants[] = {"_at_s[", "_from_s[", "_to_s[", "flight_start_s["};
  for (size_t i = 0; i < ARRAY_COUNT(figures); i++)
    if (strcmp(name, figures[i]) == 0)
      return true;
  for (size_t i = 0; i < ARRAY_COUNT(instants); i++)
    if (strstr(name, instants[i]))
      return false;
  return strchr(name, '[') != NULL;
}

static bool is_same_base(const char *a, const char *b) {
  size_t size = strcspn(a, "[");
  return strcspn(b, "[") == size && strncmp(a, b, size) == 0;
}

static bool has_class(const struct comparison *comparison, const struct search_record *record) {
  const char *class = search_record_text(record, "vehicle_class");
  return strcmp(class ? class : "", comparison->class) == 0;
}

/* The given flight's own figures. */
static enum status read_wanted(struct lake *lake, struct comparison *comparison, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  scoped(memory) float *scratch = memory_new(SEARCH_RECORD_MAX);
  struct search_record record;
  const char *document;
  if (catalog_get(lake->catalog, arena, "search", comparison->flight, &document, error) != STATUS_OK ||
      !search_record_read(document, (uint8_t *)scratch, &record))
    return error_set(error, STATUS_NOT_FOUND, "there is no flight '%s'; 'uavlake flights' lists them",
                     comparison->flight);
  const char *class = search_record_text(&record, "vehicle_class");
  snprintf(comparison->class, sizeof comparison->class, "%s", class ? class : "");
  for (uint32_t i = 0; i < comparison->names->count; i++)
    comparison->wanted[i] = is_trait(comparison->names->names[i]) ? search_record_number(&record, i) : NAN;
  return STATUS_OK;
}

/* Every stride-th flight; when the sample is full, every second one goes and the stride doubles. */
static enum status sample(void *context, const char *flight, const struct search_record *record, struct error *error) {
  struct comparison *comparison = context;
  (void)flight, (void)error;
  uint32_t names = comparison->names->count, stride = 1;
  while (comparison->seen / stride >= SAMPLE_MAX)
    stride *= 2;
  if (!has_class(comparison, record) || comparison->seen++ % stride)
    return STATUS_OK;
  if (comparison->sample_count == SAMPLE_MAX) {
    for (uint32_t i = 0; i < SAMPLE_MAX / 2; i++)
      memcpy(comparison->samples + (size_t)i * names, comparison->samples + (size_t)2 * i * names,
             names * sizeof(float));
    comparison->sample_count = SAMPLE_MAX / 2;
  }
  float *row = comparison->samples + (size_t)comparison->sample_count++ * names;
  for (uint32_t i = 0; i < names; i++)
    row[i] = search_record_number(record, i);
  return STATUS_OK;
}

static int compare_floats(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void set_scale(struct comparison *comparison, uint32_t name, float *values) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < comparison->sample_count; i++) {
    float value = comparison->samples[(size_t)i * comparison->names->count + name];
    if (!isnan(value))
      values[count++] = value;
  }
  comparison->scale[name] = NAN;
  if (count < SAMPLE_LEAST)
    return;
  qsort(values, count, sizeof *values, compare_floats);
  float spread = (values[count * 3 / 4] - values[count / 4]) / 2;
  comparison->scale[name] = spread > 0 ? spread : NAN;
}

static void set_scales(struct comparison *comparison) {
  scoped(memory) float *values = memory_new(SAMPLE_MAX * sizeof *values);
  const struct search_names *names = comparison->names;
  for (uint32_t i = 0; i < names->count; i++)
    if (!isnan(comparison->wanted[i]))
      set_scale(comparison, i, values);
  for (uint32_t i = 0; i < names->count; i++) {
    uint32_t kin = 0;
    for (uint32_t k = 0; k < names->count; k++)
      kin += !isnan(comparison->wanted[k]) && !isnan(comparison->scale[k]) &&
             is_same_base(names->names[i], names->names[k]);
    bool counts = !isnan(comparison->wanted[i]) && !isnan(comparison->scale[i]);
    comparison->weight[i] = counts ? 1 / (float)kin : 0;
    comparison->total_weight += comparison->weight[i];
  }
}

static float difference(const struct comparison *comparison, uint32_t name, float value) {
  return fminf(fabsf(value - comparison->wanted[name]) / comparison->scale[name], CUT);
}

/* INFINITY: too little in common. */
static float distance_of(const struct comparison *comparison, const struct search_record *record) {
  float sum = 0, weight = 0;
  for (uint32_t i = 0; i < comparison->names->count; i++) {
    float value = comparison->weight[i] > 0 ? search_record_number(record, i) : NAN;
    if (isnan(value))
      continue;
    sum += comparison->weight[i] * difference(comparison, i, value);
    weight += comparison->weight[i];
  }
  return weight * 2 < comparison->total_weight ? INFINITY : sum / weight;
}

static void insert(struct comparison *comparison, const char *flight, float distance,
                   const struct search_record *record) {
  struct nearest *nearest = comparison->nearest;
  uint32_t at = comparison->count;
  bool full = comparison->count == comparison->limit;
  while (at > 0 && nearest[at - 1].distance > distance)
    at--;
  if (at == comparison->limit)
    return;
  struct nearest moved = nearest[full ? comparison->limit - 1 : comparison->count]; /* its room is used again */
  comparison->count += !full;
  memmove(nearest + at + 1, nearest + at, (comparison->count - 1 - at) * sizeof *nearest);
  nearest[at] = moved;
  snprintf(nearest[at].flight, sizeof nearest[at].flight, "%s", flight);
  nearest[at].distance = distance;
  for (uint32_t i = 0; i < comparison->names->count; i++)
    nearest[at].numbers[i] = search_record_number(record, i);
}

static enum status compare_flight(void *context, const char *flight, const struct search_record *record,
                                  struct error *error) {
  struct comparison *comparison = context;
  (void)error;
  if (strcmp(flight, comparison->flight) == 0 || !has_class(comparison, record))
    return STATUS_OK;
  float distance = distance_of(comparison, record);
  if (isfinite(distance))
    insert(comparison, flight, distance, record);
  return STATUS_OK;
}

/* The most alike (sign 1) or the most different (-1) feature that was not told yet; names->count: none. */
static uint32_t extreme(const struct comparison *comparison, const float *numbers, int sign, const bool *told) {
  uint32_t best = comparison->names->count;
  float best_difference = 0;
  for (uint32_t i = 0; i < comparison->names->count; i++) {
    if (!(comparison->weight[i] > 0) || isnan(numbers[i]) || told[i])
      continue;
    float value = difference(comparison, i, numbers[i]);
    if (best == comparison->names->count || (float)sign * value < (float)sign * best_difference) {
      best = i;
      best_difference = value;
    }
  }
  return best;
}

static void tell(const struct comparison *comparison, uint32_t name, bool *told) {
  for (uint32_t i = 0; i < comparison->names->count; i++)
    told[i] |= is_same_base(comparison->names->names[i], comparison->names->names[name]);
}

static const char *reasons(const struct comparison *comparison, struct arena *arena, const struct nearest *nearest) {
  bool *told = arena_alloc_array(arena, comparison->names->count, sizeof *told);
  const char *text = "alike in ";
  for (uint32_t i = 0; i < REASONS; i++) {
    uint32_t name = extreme(comparison, nearest->numbers, 1, told);
    if (name == comparison->names->count)
      break;
    const char *full = comparison->names->names[name];
    text = arena_format(arena, "%s%s%.*s", text, i ? ", " : "", (int)strcspn(full, "["), full);
    tell(comparison, name, told);
  }
  memset(told, 0, comparison->names->count * sizeof *told);
  uint32_t name = extreme(comparison, nearest->numbers, -1, told);
  if (name == comparison->names->count)
    return text;
  const char *full = comparison->names->names[name];
  return arena_format(arena, "%s; differs most in %.*s (%.3g, here %.3g)", text, (int)strcspn(full, "["), full,
                      (double)nearest->numbers[name], (double)comparison->wanted[name]);
}

static void make_room(struct comparison *comparison, struct arena *arena) {
  uint32_t names = comparison->names->count;
  comparison->wanted = arena_alloc_array(arena, names + 1u, sizeof(float));
  comparison->scale = arena_alloc_array(arena, names + 1u, sizeof(float));
  comparison->weight = arena_alloc_array(arena, names + 1u, sizeof(float));
  comparison->nearest = arena_alloc_array(arena, comparison->limit + 1u, sizeof *comparison->nearest);
  for (uint32_t i = 0; i <= comparison->limit; i++)
    comparison->nearest[i].numbers = arena_alloc_array(arena, names + 1u, sizeof(float));
}

static enum status compare_all(struct lake *lake, struct comparison *comparison, struct error *error) {
  TRY(read_wanted(lake, comparison, error));
  comparison->samples = memory_new(((size_t)SAMPLE_MAX * comparison->names->count + 1) * sizeof(float));
  TRY(search_walk(lake, sample, comparison, error));
  set_scales(comparison);
  if (comparison->total_weight < (float)LEAST_FEATURES)
    return error_set(error, STATUS_NOT_FOUND,
                     "the flight %s can't be compared: it has %.0f features that vary among flights of its class, and "
                     "%u are needed",
                     comparison->flight, (double)comparison->total_weight, LEAST_FEATURES);
  return search_walk(lake, compare_flight, comparison, error);
}

enum status search_like(struct lake *lake, struct arena *arena, const char *flight, uint32_t limit,
                        struct search_hits *ret_hits, struct error *error) {
  struct search_names *names = arena_alloc(arena, sizeof *names);
  *ret_hits = (struct search_hits){.arena = arena};
  struct comparison comparison = {.names = names, .flight = flight, .limit = MAX(limit, 1u)};
  TRY(search_refresh(lake, error));
  TRY(search_names_load(lake->catalog, arena, names, error));
  make_room(&comparison, arena);
  enum status status = compare_all(lake, &comparison, error);
  free(comparison.samples);
  for (uint32_t i = 0; i < comparison.count && status == STATUS_OK; i++)
    search_add_hit(ret_hits, comparison.nearest[i].flight, reasons(&comparison, arena, &comparison.nearest[i]),
                   (double)comparison.nearest[i].distance);
  return status;
}
