/* document: what the catalogue says about a log, a flight, a vehicle. Fields are flat, snake_case, SI; times are ISO
 * 8601 UTC.
 *
 * A flight's document may be told by several logs (the vehicle's own, the ground station's): the log with the highest
 * priority describes it, all are listed. */
#include "lake/document.h"
#include "lake/part.h"

#include "base/file.h"
#include "lake/lake_private.h"
#include "lake/metadata.h"
#include "lake/search.h"

#include <jansson.h>
#include <math.h>

#define DOCUMENT_MAX ((size_t)8 << 20)
#define SKETCH_FIXES 12u
#define SCORES 20u /* flights that a vehicle's score rests on */

const char *json_field(const json_t *document, const char *name) {
  const char *value = json_string_value(json_object_get(document, name));
  return value ? value : "";
}

json_t *document_load(struct catalog *catalog, const char *collection, const char *id) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *text;
  if (catalog_get(catalog, arena, collection, id, &text, NULL) != STATUS_OK)
    return NULL;
  return json_loads(text, 0, NULL);
}

enum status document_store(struct catalog *catalog, const char *collection, const char *id, const json_t *document,
                           struct error *error) {
  char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
  if (!text)
    return error_set(error, STATUS_BUG, "the document %s of %s could not be written as JSON", id, collection);
  enum status status = catalog_put(catalog, collection, id, text, error);
  free(text);
  return status;
}

static void add_if(struct json_writer *json, const char *name, const char *value) {
  if (value && value[0])
    json_c_string(json, name, value);
}

static double seconds(int64_t time_us) {
  return time_us == TIME_NONE ? NAN : (double)time_us * 1e-6;
}

static void add_damage(struct json_writer *json, const struct log_job *job) {
  json_i64(json, "damage_bytes", (int64_t)job->log.report.damaged_bytes);
  json_i64(json, "damage_places", (int64_t)job->log.report.damaged_places);
  json_bool(json, "truncated", job->log.report.truncated);
  json_array_begin(json, "damage");
  for (uint32_t i = 0; i < job->log.damage_count; i++) {
    json_object_begin(json, NULL);
    json_i64(json, "offset", (int64_t)job->log.damage[i].offset);
    json_i64(json, "bytes", (int64_t)job->log.damage[i].bytes);
    json_c_string(json, "reason", job->log.damage[i].reason);
    json_double(json, "from_s", seconds(job->log.damage[i].from_us));
    json_double(json, "to_s", seconds(job->log.damage[i].to_us));
    json_object_end(json);
  }
  json_array_end(json);
}

static void add_quality(struct json_writer *json, const struct log_job *job) {
  json_double(json, "quality", job->quality_score);
  json_array_begin(json, "quality_findings");
  for (uint32_t i = 0; i < job->quality_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "rule", job->quality[i].rule);
    json_double(json, "severity", job->quality[i].severity);
    json_double(json, "from_s", job->quality[i].from_s);
    json_double(json, "to_s", job->quality[i].to_s);
    json_double(json, "value", job->quality[i].value);
    json_double(json, "limit", job->quality[i].limit);
    json_c_string(json, "text", job->quality[i].text);
    json_object_end(json);
  }
  json_array_end(json);
}

static void add_facts(struct json_writer *json, const struct log_job *job) {
  static const char *const facts[] = {"camera",       "serial",         "app",   "created", "time_basis",
                                      "vehicle_name", "vehicle_serial", "device"};
  static const char *const numbers[] = {"lat", "lon", "alt"};
  for (size_t i = 0; i < ARRAY_COUNT(facts); i++)
    add_if(json, facts[i], inspection_fact(&job->log, facts[i]));
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
    double value;
    if (inspection_fact(&job->log, numbers[i]) &&
        text_to_double(text_of(inspection_fact(&job->log, numbers[i])), &value))
      json_double(json, numbers[i], value);
  }
}

static void add_summary(struct json_writer *json, const struct log_job *job) {
  const struct log_summary *summary = &job->log.summary;
  json_c_string(json, "clock_source", summary->clock.source ? summary->clock.source : "none");
  json_double(json, "clock_error_s", summary->clock.error_s);
  add_if(json, "vehicle_class", summary->vehicle_class);
  add_if(json, "vehicle_type", summary->vehicle_type);
  add_if(json, "vehicle_uid", summary->vehicle_uid);
  if (summary->system_id >= 0)
    json_i64(json, "system_id", summary->system_id);
  add_if(json, "autopilot", summary->autopilot);
  add_if(json, "firmware", summary->firmware);
  add_if(json, "firmware_hash", summary->firmware_hash);
  add_if(json, "board", summary->board);
  add_if(json, "parameter_digest", summary->parameter_digest);
  json_i64(json, "parameters", summary->parameter_count);
  add_if(json, "doubt", summary->note);
  json_array_begin(json, "flights");
  for (uint32_t i = 0; i < summary->flight_count; i++)
    json_c_string(json, NULL, summary->flights[i].id);
  json_array_end(json);
}

/* What people said of the log. */
static void add_typed(struct json_writer *json, const struct log_job *job) {
  static const char *const names[] = {"operator", "payload", "note", "tags", "history"};
  json_t *typed = job->typed ? json_loads(job->typed, 0, NULL) : NULL;
  for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
    const json_t *value = json_object_get(typed, names[i]);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text)
      json_raw(json, names[i], text);
    else if (strcmp(names[i], "tags") == 0)
      json_raw(json, names[i], "{}");
    free(text);
  }
  json_decref(typed);
}

/* A log that lay in an archive. */
static void add_inside(struct json_writer *json, const struct log_job *job) {
  if (!job->inside)
    return;
  json_c_string(json, "archive", job->archive);
  json_c_string(json, "inside", job->inside);
  json_i64(json, "archive_depth", job->depth);
}

/* A clock that does not know UTC: the log's flight is found by its track later (relate.c), which is kept for that. */
static bool is_clock_doubtful(const struct log_job *job) {
  const char *source = job->log.summary.clock.source;
  return !source || strcmp(source, "local") == 0 || strcmp(source, "camera") == 0 || strcmp(source, "file") == 0 ||
         strcmp(source, "none") == 0;
}

/* A few places of the log, for the rules that compare logs: [seconds from start, latitude, longitude]. */
static void add_sketch(struct json_writer *json, const struct log_job *job) {
  const struct track *track = &job->log.summary.track;
  uint32_t count = MIN(track->count, SKETCH_FIXES);
  json_array_begin(json, "sketch");
  for (uint32_t i = 0; i < count; i++) {
    const struct track_fix *fix = &track->fixes[(uint64_t)i * (track->count - 1) / MAX(count - 1, 1u)];
    int64_t utc_us = clock_fit_utc(&job->log.summary.clock, fix->time_us);
    json_array_begin(json, NULL);
    json_double(json, NULL, round((double)(utc_us - job->start_us) * 1e-4) * 1e-2);
    json_double(json, NULL, round(fix->lat_deg * 1e6) * 1e-6);
    json_double(json, NULL, round(fix->lon_deg * 1e6) * 1e-6);
    json_array_end(json);
  }
  json_array_end(json);
}

static void add_clock_track(struct json_writer *json, const struct log_job *job) {
  const struct track *track = &job->log.summary.track;
  const struct clock_fit *clock = &job->log.summary.clock;
  json_array_begin(json, "clock_track");
  for (uint32_t i = 0; i < track->count; i++) {
    json_array_begin(json, NULL);
    json_double(json, NULL, (double)(clock_fit_utc(clock, track->fixes[i].time_us) - job->start_us) * 1e-6);
    json_double(json, NULL, track->fixes[i].lat_deg);
    json_double(json, NULL, track->fixes[i].lon_deg);
    json_array_end(json);
  }
  json_array_end(json);
}

enum status document_put_log(struct lake *lake, const struct log_job *job, const char *state, struct error *error) {
  scoped(buffer) struct buffer text = buffer_with_max(DOCUMENT_MAX);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "id", job->sha256);
  json_c_string(&json, "name", job->name);
  json_c_string(&json, "path", job->path);
  add_inside(&json, job);
  json_i64(&json, "bytes", (int64_t)job->bytes);
  json_c_string(&json, "kind", job->log.decoder->name);
  json_c_string(&json, "source", job->source);
  json_c_string(&json, "vehicle", job->vehicle);
  json_c_string(&json, "state", state);
  json_c_string(&json, "reason", job->text);
  json_c_string(&json, "key", job->key);
  json_time(&json, "added", job->added_us);
  json_time(&json, "start", job->start_us);
  json_time(&json, "end", job->end_us);
  json_time(&json, "date", job->date_us);
  json_c_string(&json, "date_source", job->date_from_file ? "file" : "log");
  json_i64(&json, "records", (int64_t)job->log.report.records);
  json_i64(&json, "bad_records", (int64_t)job->log.report.bad_records);
  json_i64(&json, "rows", (int64_t)job->rows);
  json_i64(&json, "decoder_version", DECODER_VERSION);
  bool is_media = job->log.decoder->vocabulary && strcmp(job->log.decoder->vocabulary, "media") == 0;
  const char *kind = job->log.decoder->name;
  if (is_media && (strcmp(kind, "mp4") == 0 || strcmp(kind, "dji_srt") == 0))
    json_bool(&json, "alone", true);
  bool unlinked = job->log.decoder->vocabulary && (is_media || is_clock_doubtful(job)) && job->start_us != TIME_NONE;
  if (unlinked || is_media)
    json_bool(&json, "linked", false);
  if (unlinked && job->log.summary.track.count)
    add_clock_track(&json, job);
  else if (job->log.summary.track.count && job->start_us != TIME_NONE)
    add_sketch(&json, job);
  if (job->outcome != JOB_KEPT_RAW && job->outcome != JOB_QUARANTINED) {
    add_damage(&json, job);
    add_quality(&json, job);
    add_facts(&json, job);
    if (job->log.decoder->vocabulary)
      add_summary(&json, job);
  }
  add_typed(&json, job);
  json_object_end(&json);
  if (text.failed)
    return error_set(error, STATUS_LIMIT, "the document of %s is too large", job->path);
  return catalog_put(lake->catalog, "logs", job->sha256, buffer_text(&text), error);
}

enum status document_take_sidecar(struct lake *lake, const struct log_job *job, struct error *error) {
  json_t *document = document_load(lake->catalog, "logs", job->sha256);
  json_t *sidecar = json_loads(job->sidecar, 0, NULL);
  enum status status = STATUS_OK;
  if (document && metadata_apply(document, sidecar, "sidecar")) {
    status = document_store(lake->catalog, "logs", job->sha256, document, error);
    if (status == STATUS_OK)
      status = search_mark_log(lake, document, error);
  }
  json_decref(document);
  json_decref(sidecar);
  return status;
}

enum status document_put_file(struct lake *lake, const struct log_job *job, struct error *error) {
  if (!job->stamp[0])
    return STATUS_OK;
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "log", job->sha256);
  json_c_string(&json, "stamp", job->stamp);
  json_object_end(&json);
  return catalog_put(lake->catalog, "files", job->path, buffer_text(&text), error);
}

static void set_number(json_t *document, const char *name, double value) {
  if (isfinite(value))
    json_object_set_new(document, name, json_real(value));
  else
    json_object_del(document, name);
}

static void set_time(json_t *document, const char *name, int64_t time_us) {
  char text[CLOCK_TEXT_SIZE];
  if (time_us == TIME_NONE)
    json_object_set_new(document, name, json_null());
  else
    json_object_set_new(document, name, json_string(clock_format(text, time_us)));
}

static void add_track(json_t *document, const struct flight_result *result) {
  json_t *track = json_array();
  for (uint32_t i = 0; i < result->track_count; i++)
    json_array_append_new(track, json_pack("[f,f,f,f]", result->track[i].lat, result->track[i].lon,
                                           (double)result->track[i].alt, round(result->track[i].t_s * 100) / 100));
  json_object_set_new(document, "track", track);
}

/* The part of a flight's document that the describing log tells. */
static void describe_flight(json_t *document, const struct log_job *job, uint32_t index) {
  const struct flight *flight = &job->log.summary.flights[index];
  const struct clock_fit *clock = &job->log.summary.clock;
  json_object_set_new(document, "primary_log", json_string(job->sha256));
  json_object_set_new(document, "priority", json_integer(job->priority));
  json_object_set_new(document, "vehicle_class", json_string(job->log.summary.vehicle_class));
  json_object_set_new(document, "firmware", json_string(job->log.summary.firmware));
  set_time(document, "start", clock_fit_utc(clock, flight->start_us));
  set_time(document, "end", clock_fit_utc(clock, flight->end_us));
  set_time(document, "takeoff", clock_fit_utc(clock, flight->takeoff_us));
  set_time(document, "landing", clock_fit_utc(clock, flight->landing_us));
  json_object_set_new(document, "clock_source", json_string(clock->source ? clock->source : "none"));
  set_number(document, "clock_error_s", clock->error_s);
  set_number(document, "armed_s", flight->armed_s);
  set_number(document, "airborne_s", flight->airborne_s);
  set_number(document, "distance_m", flight->distance_m);
  set_number(document, "max_height_m", flight->max_height_m);
  set_number(document, "max_speed_m_s", flight->max_speed_m_s);
  set_number(document, "home_lat_deg", flight->home_lat_deg);
  set_number(document, "home_lon_deg", flight->home_lon_deg);
  set_number(document, "home_alt_msl_m", flight->home_alt_msl_m);
  set_number(document, "min_lat_deg", flight->min_lat_deg);
  set_number(document, "max_lat_deg", flight->max_lat_deg);
  set_number(document, "min_lon_deg", flight->min_lon_deg);
  set_number(document, "max_lon_deg", flight->max_lon_deg);
  set_number(document, "quality", job->quality_score);
  json_object_set_new(document, "starts_in_air", json_boolean(flight->starts_in_air));
  json_object_set_new(document, "ends_in_air", json_boolean(flight->ends_in_air));
  json_object_set_new(document, "note", json_string(job->log.summary.note));
  add_track(document, &job->results[index]);
}

static void list_once(json_t *document, const char *name, const char *value) {
  json_t *list = json_object_get(document, name);
  if (!json_is_array(list)) {
    list = json_array();
    json_object_set_new(document, name, list);
  }
  for (size_t i = 0; i < json_array_size(list); i++)
    if (strcmp(json_string_value(json_array_get(list, i)) ? json_string_value(json_array_get(list, i)) : "", value) ==
        0)
      return;
  json_array_append_new(list, json_string(value));
}

void document_list_once(json_t *document, const char *name, const char *value) {
  list_once(document, name, value);
}

static enum status put_features(struct lake *lake, const struct log_job *job, uint32_t index, struct error *error) {
  const struct flight *flight = &job->log.summary.flights[index];
  const struct feature_list *features = &job->results[index].features;
  scoped(buffer) struct buffer text = buffer_with_max(DOCUMENT_MAX);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "vehicle", job->vehicle);
  json_c_string(&json, "log", job->sha256);
  json_time(&json, "start", clock_fit_utc(&job->log.summary.clock, flight->start_us));
  json_array_begin(&json, "features");
  for (uint32_t i = 0; i < features->count; i++) {
    json_array_begin(&json, NULL);
    json_c_string(&json, NULL, features->items[i].name);
    json_i64(&json, NULL, features->items[i].instance);
    json_double(&json, NULL, features->items[i].value);
    json_double(&json, NULL, features->items[i].weight);
    json_array_end(&json);
  }
  json_array_end(&json);
  json_object_end(&json);
  return catalog_put(lake->catalog, "features", flight->id, buffer_text(&text), error);
}

/* What was said of a log holds for its flights, unless something else was said of these. */
static void inherit_metadata(json_t *document, const struct log_job *job) {
  static const char *const names[] = {"operator", "payload"};
  json_t *typed = job->typed ? json_loads(job->typed, 0, NULL) : NULL;
  json_t *tags = json_object_get(typed, "tags");
  for (size_t i = 0; i < ARRAY_COUNT(names); i++)
    if (json_object_get(typed, names[i]) && !json_object_get(document, names[i]))
      json_object_set(document, names[i], json_object_get(typed, names[i]));
  if (json_object_size(tags) && !json_object_get(document, "tags"))
    json_object_set_new(document, "tags", json_object());
  if (json_object_size(tags))
    json_object_update_missing(json_object_get(document, "tags"), tags);
  json_decref(typed);
}

/* The texts of a flight in one log, for the search. */
static enum status put_words(struct lake *lake, const struct log_job *job, uint32_t index, struct error *error) {
  char id[FLIGHT_ID_MAX + SHA256_TEXT + 1];
  const struct flight *flight = &job->log.summary.flights[index];
  snprintf(id, sizeof id, "%s %s", flight->id, job->sha256);
  const char *words = job->results[index].words;
  return catalog_text_put(lake->catalog, id, flight->id, words ? words : "", error);
}

/* How the log was found to tell of this flight; nothing of the one that named it. */
static void note_link(json_t *document, const struct log_job *job, const struct flight *flight) {
  json_t *links = json_object_get(document, "links");
  if (flight->link_confidence == 0)
    return;
  if (!links) {
    links = json_object();
    json_object_set_new(document, "links", links);
  }
  json_object_set_new(links, job->sha256,
                      json_pack("{s:s,s:f}", "method", flight->is_part ? "restart" : "time", "confidence",
                                round(flight->link_confidence * 100) / 100));
}

/* Whether the log is now the flight's primary one. */
static bool describe_part(json_t *document, const struct log_job *job, uint32_t index) {
  json_t *told = json_object();
  describe_flight(told, job, index);
  part_add(document, job->sha256, told);
  json_decref(told);
  return strcmp(json_field(document, "primary_log"), job->sha256) == 0;
}

static enum status put_flight(struct lake *lake, const struct log_job *job, uint32_t index, struct error *error) {
  const struct flight *flight = &job->log.summary.flights[index];
  json_t *document = document_load(lake->catalog, "flights", flight->id);
  bool describes = !document || json_integer_value(json_object_get(document, "priority")) <= job->priority;
  if (!document)
    document = json_pack("{s:s,s:s,s:i}", "id", flight->id, "vehicle", job->vehicle, "findings", 0);
  list_once(document, "logs", job->sha256);
  if (flight->is_part || part_is_known(document, job->sha256))
    describes = describe_part(document, job, index);
  else if (json_object_get(document, "parts"))
    describes = false; /* another telling of the same flight, of which the parts know more */
  else if (describes)
    describe_flight(document, job, index);
  note_link(document, job, flight);
  inherit_metadata(document, job);
  enum status status = document_store(lake->catalog, "flights", flight->id, document, error);
  json_decref(document);
  if (status == STATUS_OK && describes)
    status = put_features(lake, job, index, error);
  return status == STATUS_OK ? put_words(lake, job, index, error) : status;
}

enum status document_put_flights(struct lake *lake, const struct log_job *job, struct error *error) {
  for (uint32_t i = 0; i < job->log.summary.flight_count; i++)
    TRY(put_flight(lake, job, i, error));
  return STATUS_OK;
}

enum status document_read_job(struct log_job *job, const char *text, struct error *error) {
  json_t *document = json_loads(text, 0, NULL);
  if (!document)
    return error_set(error, STATUS_BAD_DATA, "a log's document in the catalogue is no JSON");
  job->path = arena_copy_text(job->arena, json_field(document, "path"));
  job->name = path_name(job->path);
  job->source = arena_copy_text(job->arena, json_field(document, "source"));
  job->vehicle = arena_copy_text(job->arena, json_field(document, "vehicle"));
  job->bytes = (uint64_t)json_integer_value(json_object_get(document, "bytes"));
  snprintf(job->key, sizeof job->key, "%s", json_field(document, "key"));
  snprintf(job->sha256, sizeof job->sha256, "%s", json_field(document, "id"));
  if (!clock_parse(text_of(json_field(document, "date")), &job->date_us))
    job->date_us = TIME_NONE;
  job->date_from_file = strcmp(json_field(document, "date_source"), "file") == 0;
  if (!clock_parse(text_of(json_field(document, "added")), &job->added_us))
    job->added_us = clock_now_us();
  if (json_field(document, "inside")[0]) {
    job->inside = arena_copy_text(job->arena, json_field(document, "inside"));
    snprintf(job->archive, sizeof job->archive, "%s", json_field(document, "archive"));
    job->depth = (uint32_t)json_integer_value(json_object_get(document, "archive_depth"));
  }
  job->resumed = true;
  job->typed = arena_copy_text(job->arena, text);
  json_decref(document);
  return STATUS_OK;
}

/* Sums over a vehicle's flights. */
struct vehicle_sums {
  char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE], class[24], firmware[64], primary_log[SHA256_TEXT];
  double airborne_s, distance_m;
  int64_t flights, findings;
  double scores[SCORES]; /* of the last flights, a ring */
  uint64_t score_count;
};

/* A vehicle's score is the mean of its last SCORES flights' scores; the trend is the mean of their later half less that
 * of the earlier half: below 0 its logs get worse. */
static double mean_score(const struct vehicle_sums *sums, uint32_t from, uint32_t end) {
  uint64_t first = sums->score_count - MIN(sums->score_count, SCORES);
  double sum = 0;
  for (uint32_t i = from; i < end; i++)
    sum += sums->scores[(first + i) % SCORES];
  return from < end ? sum / (end - from) : NAN;
}

static void set_score(json_t *document, const struct vehicle_sums *sums) {
  uint32_t count = (uint32_t)MIN(sums->score_count, SCORES), half = count / 2;
  double mean = mean_score(sums, 0, count);
  double trend = half ? mean_score(sums, count - half, count) - mean_score(sums, 0, half) : NAN;
  json_t *list = json_array();
  for (uint32_t i = 0; i < count; i++)
    json_array_append_new(list, json_real(round(mean_score(sums, i, i + 1) * 10) / 10));
  json_object_set_new(document, "quality", isnan(mean) ? json_null() : json_real(round(mean * 10) / 10));
  json_object_set_new(document, "quality_trend", isnan(trend) ? json_null() : json_real(round(trend * 10) / 10));
  json_object_set_new(document, "quality_last", list);
}

static int severity_rank(const char *name) {
  return strcmp(name, "critical") == 0 ? 3 : strcmp(name, "warning") == 0 ? 2 : strcmp(name, "info") == 0 ? 1 : 0;
}

static enum status sum_flight(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct vehicle_sums *sums = context;
  json_t *flight = json_loads(text, 0, NULL);
  if (!sums->flights++)
    snprintf(sums->first, sizeof sums->first, "%s", json_field(flight, "start"));
  snprintf(sums->last, sizeof sums->last, "%s", json_field(flight, "start"));
  snprintf(sums->class, sizeof sums->class, "%s", json_field(flight, "vehicle_class"));
  snprintf(sums->firmware, sizeof sums->firmware, "%s", json_field(flight, "firmware"));
  snprintf(sums->primary_log, sizeof sums->primary_log, "%s", json_field(flight, "primary_log"));
  sums->airborne_s += json_number_value(json_object_get(flight, "airborne_s"));
  sums->distance_m += json_number_value(json_object_get(flight, "distance_m"));
  if (json_is_number(json_object_get(flight, "quality")))
    sums->scores[sums->score_count++ % SCORES] = json_number_value(json_object_get(flight, "quality"));
  sums->findings += json_integer_value(json_object_get(flight, "findings"));
  json_decref(flight);
  return STATUS_OK;
}

/* What is open of a vehicle. */
struct open_findings {
  int64_t count;
  char worst[16]; /* "" none */
};

static enum status sum_finding(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct open_findings *open = context;
  json_t *finding = json_loads(text, 0, NULL);
  open->count++;
  if (severity_rank(json_field(finding, "severity")) > severity_rank(open->worst))
    snprintf(open->worst, sizeof open->worst, "%s", json_field(finding, "severity"));
  json_decref(finding);
  return STATUS_OK;
}

static enum status sum_open_findings(struct lake *lake, const char *vehicle, struct open_findings *open,
                                     struct error *error) {
  struct catalog_filter filters[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"state", FILTER_EQUAL, "open"}};
  struct catalog_query query = {.collection = "findings", .filters = filters, .filter_count = 2};
  return catalog_find(lake->catalog, &query, sum_finding, open, error);
}

enum status document_put_vehicle(struct lake *lake, const char *vehicle, struct error *error) {
  struct vehicle_sums sums = {0};
  struct catalog_filter filter = {"vehicle", FILTER_EQUAL, vehicle};
  struct catalog_query query = {.collection = "flights", .filters = &filter, .filter_count = 1, .order_by = "start"};
  struct open_findings open = {0};
  TRY(catalog_find(lake->catalog, &query, sum_flight, &sums, error));
  TRY(sum_open_findings(lake, vehicle, &open, error));
  json_t *document = document_load(lake->catalog, "vehicles", vehicle);
  if (!document)
    document = json_pack("{s:s,s:s}", "id", vehicle, "name", vehicle);
  json_t *log = document_load(lake->catalog, "logs", sums.primary_log);
  static const char *const copied[] = {"system_id", "vehicle_uid", "board", "vehicle_type", "autopilot"};
  for (size_t i = 0; i < ARRAY_COUNT(copied); i++)
    if (json_object_get(log, copied[i]))
      json_object_set(document, copied[i], json_object_get(log, copied[i]));
  json_decref(log);
  json_object_set_new(document, "class", json_string(sums.class));
  json_object_set_new(document, "firmware", json_string(sums.firmware));
  json_object_set_new(document, "first_flight", sums.flights ? json_string(sums.first) : json_null());
  json_object_set_new(document, "last_flight", sums.flights ? json_string(sums.last) : json_null());
  json_object_set_new(document, "flights", json_integer(sums.flights));
  json_object_set_new(document, "airborne_s", json_real(sums.airborne_s));
  json_object_set_new(document, "distance_m", json_real(sums.distance_m));
  json_object_set_new(document, "findings", json_integer(sums.findings));
  set_score(document, &sums);
  json_object_set_new(document, "open_findings", json_integer(open.count));
  json_object_set_new(document, "state", json_string(!sums.flights ? "unknown" : open.worst[0] ? open.worst : "good"));
  enum status status = document_store(lake->catalog, "vehicles", vehicle, document, error);
  json_decref(document);
  return status;
}

enum status document_set_log_state(struct lake *lake, const char *log_id, const char *state, struct error *error) {
  json_t *document = document_load(lake->catalog, "logs", log_id);
  if (!document)
    return error_set(error, STATUS_NOT_FOUND, "there is no log %s in the catalogue", log_id);
  json_object_set_new(document, "state", json_string(state));
  enum status status = document_store(lake->catalog, "logs", log_id, document, error);
  json_decref(document);
  return status;
}
