/* relate_store: what relate.c (or a person, correct.c) found goes into the documents.
 *
 * The log's document gets linked, flight, vehicle and `link` (method, confidence, shift_s, …), or `link_doubt`. The
 * flight's document lists the log (photos and films under `photos`) and its link. Flights that the log told of itself,
 * on its doubtful clock, end. The rows of the log are there already and Parquet files do not change: a document
 * "link:<log>" in the collection settings says what SQL shows for them (warehouse/view.c). */
#include "lake/relate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_media(const json_t *log) {
  return strcmp(json_field(log, "source"), "payload") == 0;
}

static double hundredths(double value) {
  return round(value * 100) / 100;
}

static json_t *link_of(const struct relation *relation) {
  json_t *link = json_pack("{s:s,s:s,s:f,s:f}", "flight", relation->flight->id, "method", relation->method,
                           "confidence", hundredths(relation->confidence), "shift_s",
                           hundredths((double)relation->shift_us * 1e-6));
  if (isfinite(relation->distance_m))
    json_object_set_new(link, "distance_m", json_real(hundredths(relation->distance_m)));
  return link;
}

/* A flight that the log alone told of. */
static enum status end_flight(struct lake *lake, const char *flight_id, const char *log_id, struct error *error) {
  json_t *flight = document_load(lake->catalog, "flights", flight_id);
  bool alone = flight && json_array_size(json_object_get(flight, "logs")) == 1 &&
               strcmp(json_field(flight, "primary_log"), log_id) == 0;
  json_decref(flight);
  if (!alone)
    return STATUS_OK;
  TRY(assess_forget(lake, flight_id, error));
  TRY(catalog_remove(lake->catalog, "features", flight_id, error));
  return catalog_remove(lake->catalog, "flights", flight_id, error);
}

static enum status end_own_flights(struct lake *lake, const json_t *log, const char *kept, struct error *error) {
  const json_t *own = json_object_get(log, "flights");
  for (size_t i = 0; i < json_array_size(own); i++) {
    const char *id = json_string_value(json_array_get(own, i));
    if (id && strcmp(id, kept) != 0)
      TRY(end_flight(lake, id, json_field(log, "id"), error));
  }
  return STATUS_OK;
}

/* What SQL shows for the log's rows: of the flight, from its start to its end, on UTC. */
static enum status put_view(struct lake *lake, const json_t *log, const struct relation *relation,
                            struct error *error) {
  char id[SHA256_TEXT + 8], start[CLOCK_TEXT_SIZE], end[CLOCK_TEXT_SIZE], zero[CLOCK_TEXT_SIZE];
  snprintf(id, sizeof id, "link:%.64s", json_field(log, "id"));
  const struct reference *flight = relation->flight;
  json_t *view = json_pack("{s:s,s:s,s:s,s:s,s:I,s:s,s:s,s:s}", "kind", "link", "log", json_field(log, "id"), "flight",
                           flight->id, "vehicle", flight->vehicle, "shift_us", (json_int_t)relation->shift_us, "start",
                           clock_format(start, flight->start_us), "end", clock_format(end, flight->end_us), "zero",
                           clock_format(zero, flight->zero_us));
  json_object_set_new(view, "apart", json_false());
  enum status status = document_store(lake->catalog, "settings", id, view, error);
  json_decref(view);
  return status;
}

static enum status list_in_flight(struct lake *lake, const json_t *log, const struct relation *relation,
                                  struct error *error) {
  const char *id = json_field(log, "id");
  json_t *flight = document_load(lake->catalog, "flights", relation->flight->id);
  if (!flight)
    return error_set(error, STATUS_NOT_FOUND, "there is no flight %s in the catalogue", relation->flight->id);
  document_list_once(flight, is_media(log) ? "photos" : "logs", id);
  json_t *links = json_object_get(flight, "links");
  if (!json_is_object(links)) {
    links = json_object();
    json_object_set_new(flight, "links", links);
  }
  json_t *link = link_of(relation);
  json_object_del(link, "flight");
  json_object_set_new(links, id, link);
  enum status status = document_store(lake->catalog, "flights", relation->flight->id, flight, error);
  json_decref(flight);
  return status;
}

static void shift_time(json_t *log, const char *name, int64_t shift_us) {
  int64_t time_us;
  char text[CLOCK_TEXT_SIZE];
  if (clock_parse(text_of(json_field(log, name)), &time_us))
    json_object_set_new(log, name, json_string(clock_format(text, time_us + shift_us)));
}

/* Start and end of the log are on UTC from now on; what its own clock said is kept. */
static void settle_clock(json_t *log, const struct relation *relation) {
  if (!json_object_get(log, "clock_start"))
    json_object_set(log, "clock_start", json_object_get(log, "start"));
  shift_time(log, "start", relation->shift_us);
  shift_time(log, "end", relation->shift_us);
  int64_t zone_us = -llround((double)relation->shift_us / (double)ZONE_STEP_US) * ZONE_STEP_US;
  if (!relation->member->trusted)
    json_object_set_new(log, "zone_inferred_h", json_real((double)zone_us / 3.6e9));
}

static enum status store_link(struct lake *lake, json_t *log, const struct relation *relation, struct error *error) {
  TRY(end_own_flights(lake, log, relation->flight->id, error));
  TRY(put_view(lake, log, relation, error));
  TRY(list_in_flight(lake, log, relation, error));
  json_object_set_new(log, "linked", json_true());
  json_object_set_new(log, "flight", json_string(relation->flight->id));
  json_object_set_new(log, "vehicle", json_string(relation->flight->vehicle));
  json_object_set_new(log, "link", link_of(relation));
  json_object_del(log, "link_doubt");
  if (!is_media(log))
    json_object_set_new(log, "flights", json_pack("[s]", relation->flight->id));
  settle_clock(log, relation);
  return document_store(lake->catalog, "logs", json_field(log, "id"), log, error);
}

enum status relate_store(struct lake *lake, const struct relation *relation, struct error *error) {
  json_t *log = document_load(lake->catalog, "logs", relation->member->id);
  if (!log)
    return STATUS_OK;
  enum status status = STATUS_OK;
  if (relation->flight) {
    status = store_link(lake, log, relation, error);
  } else if (strcmp(json_field(log, "link_doubt"), relation->doubt) != 0) {
    json_object_set_new(log, "link_doubt", json_string(relation->doubt));
    status = document_store(lake->catalog, "logs", relation->member->id, log, error);
  }
  json_decref(log);
  return status;
}
