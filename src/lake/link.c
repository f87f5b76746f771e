/* link: several logs of one flight get one flight id.
 *
 * Two spans of one vehicle are one flight when at least half of the shorter overlaps (flight_same), or when one breaks
 * off in the air and the other goes on there (flight_continues): a brown-out or a watchdog's reboot. Logs whose clock
 * is only the file's own time are not linked: their times are guesses.
 *
 * Where both were in quite other places at the same time, two vehicles go by one name (MAVLink's factory id 1): they
 * stay two flights, with different names, and both notes say so. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ELSEWHERE_M 500.0 /* and what a thinned track may be off */
#define RESTART_PLACED 0.95
#define RESTART_UNPLACED 0.7
#define SEARCH_US (INT64_C(24) * 3600 * US_PER_S) /* no flight lasts longer */

struct span {
  struct flight_end start, end;
  int64_t takeoff_us;    /* UTC; TIME_NONE */
  struct track track;    /* UTC; in the arena of the spans */
  struct flight *flight; /* of a log of this add; NULL: in the catalogue */
  char id[FLIGHT_ID_MAX];
};
struct spans {
  struct arena *arena;
  struct span *items;
  uint32_t count, capacity;
};

static struct span *add_span(struct spans *spans) {
  if (spans->count == spans->capacity) {
    spans->capacity = MAX(spans->capacity * 2, 32u);
    spans->items = memory_resize(spans->items, spans->capacity, sizeof *spans->items);
  }
  return &spans->items[spans->count++];
}

static struct flight_end end_of_document(const json_t *flight, size_t point, int64_t utc_us, const char *in_air) {
  const json_t *place = json_array_get(json_object_get(flight, "track"), point);
  bool known = json_array_size(place) >= 2;
  return (struct flight_end){utc_us, known ? json_number_value(json_array_get(place, 0)) : NAN,
                             known ? json_number_value(json_array_get(place, 1)) : NAN,
                             json_is_true(json_object_get(flight, in_air))};
}

static struct track track_of_document(struct arena *arena, const json_t *flight, int64_t start_us) {
  const json_t *points = json_object_get(flight, "track");
  uint32_t count = (uint32_t)json_array_size(points);
  struct track_fix *fixes = arena_alloc_array(arena, MAX(count, 1u), sizeof *fixes);
  for (uint32_t i = 0; i < count; i++) {
    const json_t *point = json_array_get(points, i);
    fixes[i] = (struct track_fix){start_us + llround(1e6 * json_number_value(json_array_get(point, 3))),
                                  json_number_value(json_array_get(point, 0)),
                                  json_number_value(json_array_get(point, 1))};
  }
  return (struct track){fixes, count};
}

static enum status collect_span(void *context, const char *id, const char *text, struct error *error) {
  (void)error;
  json_t *flight = json_loads(text, 0, NULL);
  int64_t start_us, end_us;
  if (clock_parse(text_of(json_field(flight, "start")), &start_us) &&
      clock_parse(text_of(json_field(flight, "end")), &end_us) &&
      strcmp(json_field(flight, "clock_source"), "file") != 0) {
    struct spans *spans = context;
    struct span *span = add_span(spans);
    span->flight = NULL;
    span->track = track_of_document(spans->arena, flight, start_us);
    size_t points = json_array_size(json_object_get(flight, "track"));
    span->start = end_of_document(flight, 0, start_us, "starts_in_air");
    span->end = end_of_document(flight, points ? points - 1 : 0, end_us, "ends_in_air");
    if (!clock_parse(text_of(json_field(flight, "takeoff")), &span->takeoff_us))
      span->takeoff_us = TIME_NONE;
    snprintf(span->id, sizeof span->id, "%s", id);
  }
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

/* The place that the log has next to this instant of its clock. */
static struct flight_end end_of_flight(const struct log_summary *summary, int64_t log_us, bool in_air) {
  struct flight_end end = {clock_fit_utc(&summary->clock, log_us), NAN, NAN, in_air};
  int64_t nearest_us = 10 * US_PER_S;
  for (uint32_t i = 0; i < summary->track.count; i++) {
    int64_t away_us = llabs(summary->track.fixes[i].time_us - log_us);
    if (away_us >= nearest_us)
      continue;
    nearest_us = away_us;
    end.lat_deg = summary->track.fixes[i].lat_deg;
    end.lon_deg = summary->track.fixes[i].lon_deg;
  }
  return end;
}

static struct track track_of_log(struct arena *arena, const struct log_summary *summary) {
  struct track_fix *fixes = arena_alloc_array(arena, MAX(summary->track.count, 1u), sizeof *fixes);
  for (uint32_t i = 0; i < summary->track.count; i++) {
    fixes[i] = summary->track.fixes[i];
    fixes[i].time_us = clock_fit_utc(&summary->clock, fixes[i].time_us);
  }
  return (struct track){fixes, summary->track.count};
}

static struct span span_of(const struct log_summary *summary, const struct flight *flight) {
  return (struct span){.start = end_of_flight(summary, flight->start_us, flight->starts_in_air),
                       .end = end_of_flight(summary, flight->end_us, flight->ends_in_air),
                       .takeoff_us = clock_fit_utc(&summary->clock, flight->takeoff_us)};
}

/* Over the instants that both tell of: how many, and at how many they were in one place or in quite other ones. */
struct agreement {
  uint32_t told, near, away;
};

static struct agreement compare_places(const struct span *a, const struct span *b) {
  struct agreement agreement = {0};
  for (uint32_t i = 0; i < b->track.count; i++) {
    const struct track_fix *fix = &b->track.fixes[i];
    if (fix->time_us < MAX(a->start.utc_us, b->start.utc_us) || fix->time_us > MIN(a->end.utc_us, b->end.utc_us))
      continue;
    double slack_m, distance_m = track_distance_m(&a->track, fix->time_us, fix->lat_deg, fix->lon_deg, &slack_m);
    if (isnan(distance_m))
      continue;
    agreement.told++;
    agreement.near += distance_m <= slack_m;
    agreement.away += distance_m > ELSEWHERE_M + slack_m;
  }
  return agreement;
}

static bool was_elsewhere(const struct span *a, const struct span *b) {
  struct agreement agreement = compare_places(a, b);
  return agreement.away * 2 > agreement.told;
}

/* Half by the time that both share, half by their places while they do; where one knows no places, time alone is worth
 * four fifths. */
static double confidence_of(const struct span *a, const struct span *b) {
  int64_t both_us = MIN(a->end.utc_us, b->end.utc_us) - MAX(a->start.utc_us, b->start.utc_us);
  int64_t shorter_us = MIN(a->end.utc_us - a->start.utc_us, b->end.utc_us - b->start.utc_us);
  double shared = shorter_us > 0 ? fmin((double)both_us / (double)shorter_us, 1) : 1;
  struct agreement agreement = compare_places(a, b);
  double placed = (double)agreement.near / (double)MAX(agreement.told, 1u);
  return agreement.told ? fmin(0.99, 0.5 * shared + 0.5 * placed) : 0.8 * shared;
}

/* known: how many of the spans may be one flight with this one. */
static struct span *same_flight(struct spans *spans, uint32_t known, const struct span *span, bool *ret_elsewhere) {
  for (uint32_t i = 0; i < known; i++) {
    struct span *other = &spans->items[i];
    if (!flight_same(other->start.utc_us, other->end.utc_us, span->start.utc_us, span->end.utc_us))
      continue;
    if (!was_elsewhere(other, span))
      return other;
    *ret_elsewhere = true;
  }
  return NULL;
}

static struct span *other_part(struct spans *spans, uint32_t known, const struct span *span) {
  for (uint32_t i = 0; i < known; i++)
    if (flight_continues(&spans->items[i].end, &span->start) || flight_continues(&span->end, &spans->items[i].start))
      return &spans->items[i];
  return NULL;
}

/* The flight's span grows by this log's. */
static void join_part(struct span *whole, const struct span *part, struct flight *flight) {
  flight->is_part = true;
  if (whole->flight)
    whole->flight->is_part = true;
  if (part->start.utc_us > whole->start.utc_us) {
    int64_t zero_us = whole->takeoff_us != TIME_NONE ? whole->takeoff_us : whole->start.utc_us;
    flight->lead_us = part->start.utc_us - zero_us;
    whole->end = part->end;
  } else {
    if (whole->flight)
      whole->flight->lead_us = whole->start.utc_us -
                               (part->takeoff_us != TIME_NONE ? part->takeoff_us : part->start.utc_us);
    whole->start = part->start;
    whole->takeoff_us = part->takeoff_us;
  }
}

static void note_elsewhere(struct log_job *job) {
  struct log_summary *summary = &job->log.summary;
  size_t used = strlen(summary->note);
  snprintf(summary->note + used, sizeof summary->note - used,
           "%s%s flew elsewhere at the same time: two vehicles go by this name", used ? "; " : "", job->vehicle);
}

/* Of two flights that began in one second the later one that came gets "-2". */
static void make_unique(struct flight *flight, const struct spans *spans, bool elsewhere) {
  char id[FLIGHT_ID_MAX];
  memcpy(id, flight->id, sizeof id);
  for (uint32_t number = 2, i = 0; elsewhere && i < spans->count; i++)
    if (strcmp(spans->items[i].id, flight->id) == 0) {
      snprintf(flight->id, sizeof flight->id, "%.80s-%u", id, number++);
      i = UINT32_MAX; /* from the start again */
    }
}

static void link_flight(struct log_job *job, struct flight *flight, struct spans *spans, uint32_t known, bool timed,
                        uint64_t *new_flights) {
  struct span span = span_of(&job->log.summary, flight);
  span.track = track_of_log(spans->arena, &job->log.summary);
  bool elsewhere = false;
  struct span *same = timed ? same_flight(spans, known, &span, &elsewhere) : NULL;
  struct span *part = timed && !same ? other_part(spans, known, &span) : NULL;
  if (part)
    join_part(part, &span, flight);
  if (same)
    flight->link_confidence = confidence_of(same, &span);
  else if (part)
    flight->link_confidence = isnan(span.start.lat_deg) ? RESTART_UNPLACED : RESTART_PLACED;
  if (same || part) {
    memcpy(flight->id, same ? same->id : part->id, sizeof flight->id);
    return;
  }
  flight_make_id(flight, job->vehicle, &job->log.summary.clock);
  if (elsewhere && !same)
    note_elsewhere(job);
  make_unique(flight, spans, elsewhere);
  ++*new_flights;
  if (!timed)
    return;
  memcpy(span.id, flight->id, sizeof span.id);
  span.flight = flight;
  *add_span(spans) = span;
}

static bool knows_utc(const char *source) {
  return source && strcmp(source, "file") != 0 && strcmp(source, "camera") != 0 && strcmp(source, "local") != 0 &&
         strcmp(source, "none") != 0;
}

static enum status link_job(struct lake *lake, struct log_job *job, struct spans *spans, uint64_t *new_flights,
                            struct error *error) {
  struct log_summary *summary = &job->log.summary;
  bool timed = knows_utc(summary->clock.source);
  if (timed && summary->flight_count)
    TRY(spans_near(lake, job->vehicle, job->start_us, job->end_us, spans, error));
  uint32_t known = spans->count; /* flights of one log are never one flight */
  for (uint32_t i = 0; i < summary->flight_count; i++)
    link_flight(job, &summary->flights[i], spans, known, timed, new_flights);
  return STATUS_OK;
}

/* jobs: sorted by vehicle. The spans of one vehicle are kept while its logs follow one another. */
enum status link_flights(struct lake *lake, struct log_job **jobs, uint32_t job_count, uint64_t *new_flights,
                         struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct spans spans = {.arena = arena};
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < job_count && status == STATUS_OK; i++) {
    if (i && strcmp(jobs[i]->vehicle, jobs[i - 1]->vehicle) != 0)
      spans.count = 0;
    status = link_job(lake, jobs[i], &spans, new_flights, error);
  }
  free(spans.items);
  return status;
}
