/* relate_read: documents of the catalogue → members and references of relate.c. */
#include "lake/relate.h"

#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
  struct arena *arena;
  void *items;
  uint32_t count;
};

static void *next_item(struct reading *reading, size_t size) {
  if ((reading->count & (reading->count - 1)) == 0)
    reading->items = memory_resize(reading->items, MAX(reading->count * 2, 1u), size);
  void *item = (char *)reading->items + reading->count++ * size;
  memset(item, 0, size);
  return item;
}

/* `time`, `lat`, `lon`: where they stand in an item of the list. */
static struct track read_track(struct arena *arena, const json_t *list, int64_t zero_us, size_t time, size_t place) {
  size_t count = json_array_size(list);
  struct track_fix *fixes = arena_alloc_array(arena, MAX(count, (size_t)1), sizeof *fixes);
  uint32_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    const json_t *item = json_array_get(list, i), *seconds = json_array_get(item, time);
    double lat = json_number_value(json_array_get(item, place)),
           lon = json_number_value(json_array_get(item, place + 1));
    if (!json_is_number(seconds) || fabs(json_number_value(seconds)) > 1e7)
      continue;
    int64_t time_us = zero_us + (int64_t)llround(json_number_value(seconds) * 1e6);
    if (kept == 0 || time_us > fixes[kept - 1].time_us)
      fixes[kept++] = (struct track_fix){time_us, lat, lon};
  }
  return (struct track){fixes, kept};
}

static struct track track_of_log(struct arena *arena, const json_t *log, int64_t start_us) {
  if (json_array_size(json_object_get(log, "clock_track")))
    return read_track(arena, json_object_get(log, "clock_track"), start_us, 0, 1);
  const json_t *lat = json_object_get(log, "lat"), *lon = json_object_get(log, "lon");
  struct track_fix *fix = arena_alloc(arena, sizeof *fix);
  if (!json_is_number(lat) || !json_is_number(lon))
    return (struct track){0};
  *fix = (struct track_fix){start_us, json_number_value(lat), json_number_value(lon)};
  return (struct track){fix, 1};
}

/* Those with one clock: the same camera or the same folder on one day. */
static const char *group_of(struct arena *arena, const json_t *log, int64_t start_us, bool trusted) {
  char day[16];
  const char *path = json_field(log, "path"), *device = json_field(log, "serial");
  bool camera = strcmp(json_field(log, "source"), "payload") == 0;
  clock_format_date(day, start_us);
  if (!device[0])
    device = json_field(log, "camera");
  int folder = (int)(path_name(path) - path);
  return arena_format(arena, "%s|%s|%.*s|%s|%d", camera ? "camera" : json_field(log, "kind"), device, folder, path, day,
                      trusted);
}

static bool is_clock_known(const char *source) {
  return strcmp(source, "gps") == 0 || strcmp(source, "system_time") == 0 || strcmp(source, "receiver") == 0;
}

void relate_member_of(struct arena *arena, const json_t *log, struct member *ret_member) {
  int64_t start_us = 0, end_us;
  const char *basis = json_field(log, "time_basis"), *vehicle = json_field(log, "vehicle");
  (void)clock_parse(text_of(json_field(log, "start")), &start_us);
  if (!clock_parse(text_of(json_field(log, "end")), &end_us) || end_us < start_us)
    end_us = start_us;
  bool trusted = strcmp(basis, "gps") == 0 || is_clock_known(json_field(log, "clock_source"));
  *ret_member = (struct member){.id = arena_copy_text(arena, json_field(log, "id")),
                                .group = group_of(arena, log, start_us, trusted),
                                .vehicle = strcmp(vehicle, "unknown") == 0 ? "" : arena_copy_text(arena, vehicle),
                                .companion = arena_copy_text(arena, json_field(log, "companion")),
                                .start_us = start_us,
                                .end_us = end_us,
                                .trusted = trusted,
                                .zoned = basis[0] && !strstr(basis, "zone unknown"),
                                .track = track_of_log(arena, log, start_us)};
}

static enum status read_member(void *context, const char *id, const char *text, struct error *error) {
  (void)error, (void)id;
  struct reading *reading = context;
  json_t *log = json_loads(text, 0, NULL);
  int64_t start_us;
  if (clock_parse(text_of(json_field(log, "start")), &start_us) && !json_object_get(log, "corrected"))
    relate_member_of(reading->arena, log, next_item(reading, sizeof(struct member)));
  json_decref(log);
  return STATUS_OK;
}

static int compare_members(const void *a, const void *b) {
  const struct member *x = a, *y = b;
  int order = strcmp(x->group, y->group);
  if (!order)
    order = (x->start_us > y->start_us) - (x->start_us < y->start_us);
  return order ? order : strcmp(x->id, y->id);
}

/* Moves what was read into the arena. */
static void *keep(struct reading *reading, size_t size) {
  void *kept = arena_alloc_array(reading->arena, MAX(reading->count, 1u), size);
  if (reading->count)
    memcpy(kept, reading->items, reading->count * size);
  free(reading->items);
  return kept;
}

enum status relate_read_members(struct lake *lake, struct arena *arena, struct members *ret_members,
                                struct error *error) {
  struct reading reading = {.arena = arena};
  struct catalog_filter filter = {"linked", FILTER_EQUAL, "0"};
  struct catalog_query query = {.collection = "logs", .filters = &filter, .filter_count = 1};
  enum status status = catalog_find(lake->catalog, &query, read_member, &reading, error);
  ret_members->count = reading.count;
  ret_members->items = keep(&reading, sizeof *ret_members->items);
  if (reading.count)
    qsort(ret_members->items, reading.count, sizeof *ret_members->items, compare_members);
  return status;
}

static bool reference_of(struct arena *arena, const json_t *flight, struct reference *ret_flight) {
  int64_t start_us, end_us, takeoff_us;
  if (!clock_parse(text_of(json_field(flight, "start")), &start_us) ||
      !clock_parse(text_of(json_field(flight, "end")), &end_us))
    return false;
  bool flew = clock_parse(text_of(json_field(flight, "takeoff")), &takeoff_us);
  *ret_flight = (struct reference){.id = arena_copy_text(arena, json_field(flight, "id")),
                                   .vehicle = arena_copy_text(arena, json_field(flight, "vehicle")),
                                   .start_us = start_us,
                                   .end_us = end_us,
                                   .zero_us = flew ? takeoff_us : start_us,
                                   .track = read_track(arena, json_object_get(flight, "track"), start_us, 3, 0)};
  return true;
}

enum status relate_read_flight(struct lake *lake, struct arena *arena, const char *id, struct reference *ret_flight,
                               struct error *error) {
  json_t *flight = document_load(lake->catalog, "flights", id);
  bool read = flight && reference_of(arena, flight, ret_flight);
  json_decref(flight);
  return read ? STATUS_OK : error_set(error, STATUS_NOT_FOUND, "there is no flight '%s' with known times", id);
}

static enum status read_flight(void *context, const char *id, const char *text, struct error *error) {
  (void)error, (void)id;
  struct reading *reading = context;
  json_t *flight = json_loads(text, 0, NULL);
  struct reference reference;
  if (is_clock_known(json_field(flight, "clock_source")) && reference_of(reading->arena, flight, &reference))
    *(struct reference *)next_item(reading, sizeof reference) = reference;
  json_decref(flight);
  return STATUS_OK;
}

enum status relate_read_flights(struct lake *lake, struct arena *arena, int64_t from_us, int64_t to_us,
                                struct references *ret_flights, struct error *error) {
  char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
  struct reading reading = {.arena = arena};
  struct catalog_filter filters[] = {{"start", FILTER_AT_LEAST, clock_format(from, from_us)},
                                     {"start", FILTER_BELOW, clock_format(to, to_us)}};
  struct catalog_query query = {
      .collection = "flights", .filters = filters, .filter_count = 2, .order_by = "start", .limit = RELATE_FLIGHTS_MAX};
  enum status status = catalog_find(lake->catalog, &query, read_flight, &reading, error);
  ret_flights->count = reading.count;
  ret_flights->items = keep(&reading, sizeof *ret_flights->items);
  return status;
}
