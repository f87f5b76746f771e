/* part: see part.h. */
#include "lake/part.h"

#include "base/clock.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PARTS_MAX 32u

/* What a log tells of a flight; the rest of the document is of the flight as a whole. */
static const char *const told_names[] = {
    "primary_log",   "priority",     "vehicle_class", "firmware",       "start",       "end",         "takeoff",
    "landing",       "clock_source", "clock_error_s", "armed_s",        "airborne_s",  "distance_m",  "max_height_m",
    "max_speed_m_s", "home_lat_deg", "home_lon_deg",  "home_alt_msl_m", "min_lat_deg", "max_lat_deg", "min_lon_deg",
    "max_lon_deg",   "quality",      "starts_in_air", "ends_in_air",    "note",        "track"};

struct parts {
  const json_t *items[PARTS_MAX]; /* by start */
  uint32_t count;
};

bool part_is_known(const json_t *document, const char *log) {
  return json_object_get(json_object_get(document, "parts"), log) != NULL;
}

static json_t *own_part(const json_t *document) {
  json_t *part = json_object();
  for (size_t i = 0; i < ARRAY_COUNT(told_names); i++)
    if (json_object_get(document, told_names[i]))
      json_object_set(part, told_names[i], json_object_get(document, told_names[i]));
  return part;
}

static int compare_start(const void *a, const void *b) {
  return strcmp(json_field(*(const json_t *const *)a, "start"), json_field(*(const json_t *const *)b, "start"));
}

static struct parts sorted_parts(const json_t *all) {
  struct parts parts = {0};
  const char *log;
  json_t *part;
  json_object_foreach((json_t *)(uintptr_t)all, log, part) {
    if (parts.count < PARTS_MAX)
      parts.items[parts.count++] = part;
  }
  qsort(parts.items, parts.count, sizeof parts.items[0], compare_start);
  return parts;
}

static double number_of(const json_t *part, const char *name) {
  const json_t *value = json_object_get(part, name);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static int64_t time_of(const json_t *part, const char *name) {
  int64_t time_us;
  return clock_parse(text_of(json_field(part, name)), &time_us) ? time_us : TIME_NONE;
}

static double add(double a, double b) {
  return isnan(a) ? b : isnan(b) ? a : a + b;
}

static void fold(json_t *document, const struct parts *parts, const char *name, double (*join)(double, double)) {
  double value = NAN;
  for (uint32_t i = 0; i < parts->count; i++)
    value = join(value, number_of(parts->items[i], name));
  if (isfinite(value))
    json_object_set_new(document, name, json_real(value));
  else
    json_object_del(document, name);
}

/* Seconds between the logs. */
static double gaps_of(const struct parts *parts) {
  double gap_s = 0;
  for (uint32_t i = 1; i < parts->count; i++) {
    int64_t end_us = time_of(parts->items[i - 1], "end"), start_us = time_of(parts->items[i], "start");
    if (end_us != TIME_NONE && start_us != TIME_NONE)
      gap_s += fmax((double)(start_us - end_us) * 1e-6, 0);
  }
  return gap_s;
}

static json_t *joined_track(const struct parts *parts) {
  json_t *track = json_array();
  int64_t first_us = time_of(parts->items[0], "start");
  for (uint32_t i = 0; i < parts->count; i++) {
    const json_t *points = json_object_get(parts->items[i], "track");
    double offset_s = (double)(time_of(parts->items[i], "start") - first_us) * 1e-6;
    for (size_t k = 0; k < json_array_size(points); k++) {
      json_t *point = json_deep_copy(json_array_get(points, k));
      json_array_set_new(
          point, 3,
          json_real(round((json_number_value(json_array_get(json_array_get(points, k), 3)) + offset_s) * 100) / 100));
      json_array_append_new(track, point);
    }
  }
  return track;
}

static const json_t *longest(const struct parts *parts) {
  const json_t *best = parts->items[0];
  for (uint32_t i = 1; i < parts->count; i++)
    if (number_of(parts->items[i], "airborne_s") > number_of(best, "airborne_s"))
      best = parts->items[i];
  return best;
}

static void take(json_t *document, const json_t *part, const char *name) {
  if (json_object_get(part, name))
    json_object_set(document, name, json_object_get(part, name));
}

static void note_gap(json_t *document, const struct parts *parts, double gap_s) {
  char note[400];
  const char *first = json_field(parts->items[0], "note");
  snprintf(note, sizeof note,
           "%.200s%sthe vehicle restarted in the air: %u logs tell the flight, %.1f s are in none of them", first,
           first[0] ? "; " : "", parts->count, gap_s);
  json_object_set_new(document, "note", json_string(note));
}

static void compose(json_t *document, const struct parts *parts) {
  static const char *const of_first[] = {"start",        "clock_source", "clock_error_s",  "starts_in_air",
                                         "home_lat_deg", "home_lon_deg", "home_alt_msl_m", "takeoff"};
  static const char *const of_last[] = {"end", "ends_in_air", "landing"};
  static const char *const of_longest[] = {"primary_log", "priority", "vehicle_class", "firmware"};
  static const char *const sums[] = {"armed_s", "distance_m", "airborne_s"};
  static const char *const most[] = {"max_height_m", "max_speed_m_s", "max_lat_deg", "max_lon_deg"};
  static const char *const least[] = {"min_lat_deg", "min_lon_deg", "quality"};
  double gap_s = gaps_of(parts);
  for (size_t i = 0; i < ARRAY_COUNT(of_first); i++)
    take(document, parts->items[0], of_first[i]);
  for (size_t i = 0; i < ARRAY_COUNT(of_last); i++)
    take(document, parts->items[parts->count - 1], of_last[i]);
  for (size_t i = 0; i < ARRAY_COUNT(of_longest); i++)
    take(document, longest(parts), of_longest[i]);
  for (size_t i = 0; i < ARRAY_COUNT(sums); i++)
    fold(document, parts, sums[i], add);
  for (size_t i = 0; i < ARRAY_COUNT(most); i++)
    fold(document, parts, most[i], fmax);
  for (size_t i = 0; i < ARRAY_COUNT(least); i++)
    fold(document, parts, least[i], fmin);
  json_object_set_new(document, "airborne_s", json_real(add(number_of(document, "airborne_s"), gap_s)));
  json_object_set_new(document, "track", joined_track(parts));
  note_gap(document, parts, gap_s);
}

void part_add(json_t *document, const char *log, const json_t *told) {
  json_t *all = json_object_get(document, "parts");
  if (!all) {
    all = json_object();
    const char *primary = json_field(document, "primary_log");
    if (primary[0])
      json_object_set_new(all, primary, own_part(document));
    json_object_set_new(document, "parts", all);
  }
  json_t *part = json_deep_copy(told);
  json_object_set_new(all, log, part);
  struct parts parts = sorted_parts(all);
  compose(document, &parts);
}

void part_remove(json_t *document, const char *log) {
  json_t *all = json_object_get(document, "parts");
  if (!all || json_object_del(all, log) != 0 || json_object_size(all) == 0)
    return;
  struct parts parts = sorted_parts(all);
  if (parts.count > 1) {
    compose(document, &parts);
    return;
  }
  for (size_t i = 0; i < ARRAY_COUNT(told_names); i++)
    json_object_del(document, told_names[i]);
  json_object_update(document, (json_t *)(uintptr_t)parts.items[0]);
  json_object_del(document, "parts");
}
