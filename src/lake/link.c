/* link: several logs of one flight get one flight id.
 *
 * Two spans of one vehicle are one flight when at least half of the shorter overlaps (flight_same). Logs whose clock is
 * only the file's own time are not linked: their times are guesses. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include <stdio.h>
#include <stdlib.h>

#define SEARCH_US (INT64_C(24) * 3600 * US_PER_S) /* no flight lasts longer */

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
