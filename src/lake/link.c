/* link: several logs of one flight get one flight id, and photos find their flight.
 *
 * Two spans of one vehicle are one flight when at least half of the shorter overlaps (flight_same). Logs whose clock is
 * only the file's own time are not linked: their times are guesses. A photo belongs to the one flight that was under
 * way at its UTC time and flew within a few hundred metres of its place. Where a camera's zone is unknown, the whole
 * hours around the sun's time are tried; only if that leaves one flight is the photo linked, and the zone noted as
 * inferred. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SEARCH_US (INT64_C(24) * 3600 * US_PER_S) /* no flight lasts longer */
#define PHOTO_MARGIN_US (60 * US_PER_S)
#define PHOTO_MARGIN_DEG 0.005 /* about 500 m */
#define HOUR_US (INT64_C(3600) * US_PER_S)
#define ZONE_SLACK_H 2 /* civil time is at most so far from the sun's, nearly everywhere */
#define ZONES_US (15 * HOUR_US)

struct span {
  int64_t start_us, end_us;
  char id[FLIGHT_ID_MAX];
};
struct spans {
  struct span *items;
  uint32_t count, capacity;
};

static void add_span(struct spans *spans, int64_t start_us, int64_t end_us, const char *id) {
  if (spans->count == spans->capacity) {
    spans->capacity = MAX(spans->capacity * 2, 32u);
    spans->items = memory_resize(spans->items, spans->capacity, sizeof *spans->items);
  }
  struct span *span = &spans->items[spans->count++];
  *span = (struct span){start_us, end_us, ""};
  snprintf(span->id, sizeof span->id, "%s", id);
}

static enum status collect_span(void *context, const char *id, const char *text, struct error *error) {
  (void)error;
  json_t *flight = json_loads(text, 0, NULL);
  int64_t start_us, end_us;
  if (clock_parse(text_of(json_field(flight, "start")), &start_us) &&
      clock_parse(text_of(json_field(flight, "end")), &end_us) &&
      strcmp(json_field(flight, "clock_source"), "file") != 0)
    add_span(context, start_us, end_us, id);
  json_decref(flight);
  return STATUS_OK;
}

/* The vehicle's flights in the catalogue that start within a day of [start, end]. */
static enum status spans_near(struct lake *lake, const char *vehicle, int64_t start_us, int64_t end_us,
                              struct spans *spans, struct error *error) {
  char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
  struct catalog_filter filters[] = {{"vehicle", FILTER_EQUAL, vehicle},
                                     {"start", FILTER_AT_LEAST, clock_format(from, start_us - SEARCH_US)},
                                     {"start", FILTER_BELOW, clock_format(to, end_us + SEARCH_US)}};
  struct catalog_query query = {.collection = "flights", .filters = filters, .filter_count = 3, .order_by = "start"};
  return catalog_find(lake->catalog, &query, collect_span, spans, error);
}

static const struct span *same_flight(const struct spans *spans, int64_t start_us, int64_t end_us) {
  for (uint32_t i = 0; i < spans->count; i++)
    if (flight_same(spans->items[i].start_us, spans->items[i].end_us, start_us, end_us))
      return &spans->items[i];
  return NULL;
}

static enum status link_job(struct lake *lake, struct log_job *job, struct spans *spans, uint64_t *new_flights,
                            struct error *error) {
  struct log_summary *summary = &job->log.summary;
  bool timed = summary->clock.source && strcmp(summary->clock.source, "file") != 0 &&
               strcmp(summary->clock.source, "camera") != 0 && strcmp(summary->clock.source, "local") != 0 &&
               strcmp(summary->clock.source, "none") != 0;
  if (timed && summary->flight_count)
    TRY(spans_near(lake, job->vehicle, job->start_us, job->end_us, spans, error));
  uint32_t known = spans->count; /* flights of one log are never one flight */
  for (uint32_t i = 0; i < summary->flight_count; i++) {
    struct flight *flight = &summary->flights[i];
    int64_t start_us = clock_fit_utc(&summary->clock, flight->start_us);
    int64_t end_us = clock_fit_utc(&summary->clock, flight->end_us);
    struct spans before = {spans->items, known, known};
    const struct span *same = timed ? same_flight(&before, start_us, end_us) : NULL;
    if (same) {
      memcpy(flight->id, same->id, sizeof flight->id);
      continue;
    }
    flight_make_id(flight, job->vehicle, &summary->clock);
    ++*new_flights;
    if (timed)
      add_span(spans, start_us, end_us, flight->id);
  }
  return STATUS_OK;
}

/* jobs: sorted by vehicle. The spans of one vehicle are kept while its logs follow one another. */
enum status link_flights(struct lake *lake, struct log_job **jobs, uint32_t job_count, uint64_t *new_flights,
                         struct error *error) {
  struct spans spans = {0};
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < job_count && status == STATUS_OK; i++) {
    if (i && strcmp(jobs[i]->vehicle, jobs[i - 1]->vehicle) != 0)
      spans.count = 0;
    status = link_job(lake, jobs[i], &spans, new_flights, error);
  }
  free(spans.items);
  return status;
}

struct photo {
  int64_t time_us; /* UTC; where the zone is unknown: the camera's clock */
  bool zone_unknown;
  int zone_h; /* inferred */
  double lat, lon;
  uint32_t matches;
  char flight[FLIGHT_ID_MAX], vehicle[72];
};

static bool is_within(int64_t us, int64_t start_us, int64_t end_us) {
  return us >= start_us - PHOTO_MARGIN_US && us <= end_us + PHOTO_MARGIN_US;
}

/* Was the flight under way? A clock of unknown zone is tried with the whole hours that are in use at that longitude. */
static bool match_time(struct photo *photo, int64_t start_us, int64_t end_us) {
  if (!photo->zone_unknown)
    return is_within(photo->time_us, start_us, end_us);
  int sun_h = (int)lround(photo->lon / 15);
  for (int zone_h = sun_h - ZONE_SLACK_H; zone_h <= sun_h + ZONE_SLACK_H; zone_h++) {
    if (!is_within(photo->time_us - zone_h * HOUR_US, start_us, end_us))
      continue;
    photo->zone_h = zone_h;
    return true;
  }
  return false;
}

static enum status match_photo(void *context, const char *id, const char *text, struct error *error) {
  (void)error;
  struct photo *photo = context;
  json_t *flight = json_loads(text, 0, NULL);
  int64_t start_us, end_us;
  json_t *south = json_object_get(flight, "min_lat_deg"), *west = json_object_get(flight, "min_lon_deg");
  json_t *north = json_object_get(flight, "max_lat_deg"), *east = json_object_get(flight, "max_lon_deg");
  bool timed = clock_parse(text_of(json_field(flight, "start")), &start_us) &&
               clock_parse(text_of(json_field(flight, "end")), &end_us) && match_time(photo, start_us, end_us);
  double margin_lon = PHOTO_MARGIN_DEG / MAX(cos(photo->lat * M_PI / 180), 0.01);
  bool placed = json_is_number(south) && photo->lat > json_number_value(south) - PHOTO_MARGIN_DEG &&
                photo->lat < json_number_value(north) + PHOTO_MARGIN_DEG &&
                photo->lon > json_number_value(west) - margin_lon && photo->lon < json_number_value(east) + margin_lon;
  if (timed && placed && photo->matches++ == 0) {
    snprintf(photo->flight, sizeof photo->flight, "%s", id);
    snprintf(photo->vehicle, sizeof photo->vehicle, "%s", json_field(flight, "vehicle"));
  }
  json_decref(flight);
  return STATUS_OK;
}

static enum status store_link(struct lake *lake, json_t *log, const struct photo *photo, struct error *error) {
  json_t *flight = document_load(lake->catalog, "flights", photo->flight);
  json_object_set_new(log, "linked", json_true());
  json_object_set_new(log, "flight", json_string(photo->flight));
  json_object_set_new(log, "vehicle", json_string(photo->vehicle));
  if (photo->zone_unknown)
    json_object_set_new(log, "zone_inferred_h", json_integer(photo->zone_h));
  document_list_once(flight, "photos", json_field(log, "id"));
  enum status status = document_store(lake->catalog, "flights", photo->flight, flight, error);
  if (status == STATUS_OK)
    status = document_store(lake->catalog, "logs", json_field(log, "id"), log, error);
  json_decref(flight);
  return status;
}

static enum status link_photo(struct lake *lake, json_t *log, uint64_t *ret_linked, struct error *error) {
  struct photo photo = {.lat = json_number_value(json_object_get(log, "lat")),
                        .lon = json_number_value(json_object_get(log, "lon"))};
  char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
  if (!json_object_get(log, "lat") || !clock_parse(text_of(json_field(log, "start")), &photo.time_us))
    return STATUS_OK;
  photo.zone_unknown = strstr(json_field(log, "time_basis"), "zone unknown") != NULL;
  int64_t slack_us = photo.zone_unknown ? ZONES_US : 0;
  const char *first = clock_format(from, photo.time_us - SEARCH_US - slack_us);
  const char *last = clock_format(to, photo.time_us + 2 * PHOTO_MARGIN_US + slack_us);
  struct catalog_filter filters[] = {{"start", FILTER_AT_LEAST, first}, {"start", FILTER_BELOW, last}};
  struct catalog_query query = {.collection = "flights", .filters = filters, .filter_count = 2};
  TRY(catalog_find(lake->catalog, &query, match_photo, &photo, error));
  if (photo.matches != 1)
    return STATUS_OK;
  ++*ret_linked;
  return store_link(lake, log, &photo, error);
}

struct photo_list {
  json_t **logs;
  uint32_t count;
};

static enum status collect_photo(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct photo_list *list = context;
  if ((list->count & (list->count - 1)) == 0)
    list->logs = memory_resize(list->logs, MAX(list->count * 2, 1u), sizeof *list->logs);
  list->logs[list->count++] = json_loads(text, 0, NULL);
  return STATUS_OK;
}

enum status link_photos(struct lake *lake, uint64_t *ret_linked, struct error *error) {
  struct photo_list list = {0};
  struct catalog_filter filter = {"linked", FILTER_EQUAL, "0"};
  struct catalog_query query = {.collection = "logs", .filters = &filter, .filter_count = 1};
  enum status status = catalog_find(lake->catalog, &query, collect_photo, &list, error);
  if (status == STATUS_OK && list.count)
    status = catalog_begin(lake->catalog, error);
  bool begun = status == STATUS_OK && list.count;
  for (uint32_t i = 0; i < list.count; i++) {
    if (status == STATUS_OK)
      status = link_photo(lake, list.logs[i], ret_linked, error);
    json_decref(list.logs[i]);
  }
  free(list.logs);
  if (begun && status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  if (begun)
    catalog_rollback(lake->catalog);
  return status;
}
