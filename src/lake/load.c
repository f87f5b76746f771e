/* load: the second pass over one log: all its messages → rows of the lake's tables, on UTC and with their flight, into
 * a commit; on the way the quality rules and the health indicators see the same rows. */
#include "lake/lake_private.h"

#include <math.h>

#define COLUMNS_MAX 96
#define FLIGHT_WORDS_MAX ((size_t)32 << 10) /* the first ones of a flight */

struct loader {
  struct log_job *job;
  struct commit *commit;
  struct quality *quality;
  struct health **health; /* one a flight */
  struct buffer *words;   /* one a flight */
  struct arena *scratch;
  char date[16];
  uint32_t flight; /* the last row's flight: the next is most likely in the same */
};

/* Index of the flight that holds this instant; flight_count where none does. */
static uint32_t flight_at(struct loader *loader, int64_t log_us) {
  const struct log_summary *summary = &loader->job->log.summary;
  uint32_t hint = loader->flight;
  if (hint < summary->flight_count && log_us >= summary->flights[hint].start_us &&
      log_us <= summary->flights[hint].end_us)
    return hint;
  for (uint32_t i = 0; i < summary->flight_count; i++)
    if (log_us >= summary->flights[i].start_us && log_us <= summary->flights[i].end_us)
      return loader->flight = i;
  return summary->flight_count;
}

struct keys {
  struct text *flight_id, *log_id, *vehicle;
  int64_t *time;
  double *t_s;
  uint64_t *flight_valid, *time_valid;
  bool all_flight, all_time;
};

static void set_bit(uint64_t *bits, uint32_t row, bool value) {
  if (value)
    bits[row / 64] |= UINT64_C(1) << (row % 64);
}

/* The log's clock at which t_s is 0. */
static int64_t zero_of(const struct flight *flight) {
  if (flight->lead_us)
    return flight->start_us - flight->lead_us;
  return flight->takeoff_us != TIME_NONE ? flight->takeoff_us : flight->start_us;
}

static bool make_keys(struct loader *loader, const struct rows *rows, struct keys *keys) {
  struct arena *scratch = loader->scratch;
  uint32_t count = rows->count, words = (count + 63) / 64;
  *keys = (struct keys){
      .flight_id = arena_alloc_array(scratch, count, sizeof(struct text)),
      .log_id = arena_alloc_array(scratch, count, sizeof(struct text)),
      .vehicle = arena_alloc_array(scratch, count, sizeof(struct text)),
      .time = arena_alloc_array(scratch, count, sizeof(int64_t)),
      .t_s = arena_alloc_array(scratch, count, sizeof(double)),
      .flight_valid = arena_alloc_array(scratch, words, sizeof(uint64_t)),
      .time_valid = arena_alloc_array(scratch, words, sizeof(uint64_t)),
      .all_flight = true,
      .all_time = true,
  };
  const struct log_summary *summary = &loader->job->log.summary;
  struct text log_id = text_of(loader->job->sha256), vehicle = text_of(loader->job->vehicle);
  for (uint32_t row = 0; row < count; row++) {
    int64_t log_us = rows->log_us[row];
    uint32_t index = log_us == TIME_NONE ? summary->flight_count : flight_at(loader, log_us);
    const struct flight *flight = index < summary->flight_count ? &summary->flights[index] : NULL;
    int64_t zero_us = flight ? zero_of(flight) : summary->start_us;
    keys->log_id[row] = log_id;
    keys->vehicle[row] = vehicle;
    keys->flight_id[row] = flight ? text_of(flight->id) : TEXT("");
    keys->time[row] = clock_fit_utc(&summary->clock, log_us);
    keys->t_s[row] = log_us == TIME_NONE ? NAN : (double)(log_us - zero_us) * 1e-6;
    set_bit(keys->flight_valid, row, flight != NULL);
    set_bit(keys->time_valid, row, log_us != TIME_NONE);
    keys->all_flight &= flight != NULL;
    keys->all_time &= log_us != TIME_NONE;
  }
  return true;
}

static enum status write_rows(struct loader *loader, const struct rows *rows, const struct keys *keys,
                              struct error *error) {
  struct column columns[COLUMNS_MAX];
  if (rows->table->column_count + KEY_COUNT > COLUMNS_MAX)
    return error_set(error, STATUS_BUG, "table %s has more than %d columns", rows->table->name,
                     COLUMNS_MAX - KEY_COUNT);
  const uint64_t *time_valid = keys->all_time ? NULL : keys->time_valid;
  columns[KEY_FLIGHT_ID] = (struct column){&schema_keys[KEY_FLIGHT_ID], keys->flight_id,
                                           keys->all_flight ? NULL : keys->flight_valid};
  columns[KEY_LOG_ID] = (struct column){&schema_keys[KEY_LOG_ID], keys->log_id, NULL};
  columns[KEY_VEHICLE] = (struct column){&schema_keys[KEY_VEHICLE], keys->vehicle, NULL};
  columns[KEY_TIME] = (struct column){&schema_keys[KEY_TIME], keys->time, time_valid};
  columns[KEY_T_S] = (struct column){&schema_keys[KEY_T_S], keys->t_s, time_valid};
  for (uint16_t i = 0; i < rows->table->column_count; i++)
    columns[KEY_COUNT + i] = rows->columns[i];
  loader->job->rows += rows->count;
  return commit_rows(loader->commit, rows->table, loader->job->vehicle, loader->date, columns, rows->count, error);
}

/* Rows from … to - 1 as rows of their own; validity bits are moved to start at bit 0. */
static struct rows cut_rows(struct arena *scratch, const struct rows *rows, uint32_t from, uint32_t to) {
  struct column *columns = arena_alloc_array(scratch, rows->table->column_count, sizeof *columns);
  for (uint16_t i = 0; i < rows->table->column_count; i++) {
    columns[i] = rows->columns[i];
    if (!columns[i].values)
      continue;
    columns[i].values = (uint8_t *)columns[i].values + from * column_width(columns[i].field);
    if (!rows->columns[i].valid)
      continue;
    uint64_t *bits = arena_alloc_array(scratch, (to - from + 63) / 64, sizeof *bits);
    for (uint32_t row = from; row < to; row++)
      set_bit(bits, row - from, column_is_valid(&rows->columns[i], row));
    columns[i].valid = bits;
  }
  return (struct rows){rows->table, to - from, rows->log_us + from, columns};
}

/* Hands each stretch of rows to the indicators of the flight that it lies in. */
static void feed_health(struct loader *loader, const struct rows *rows) {
  uint32_t flights = loader->job->log.summary.flight_count;
  for (uint32_t from = 0, to; from < rows->count; from = to) {
    uint32_t index = rows->log_us[from] == TIME_NONE ? flights : flight_at(loader, rows->log_us[from]);
    for (to = from + 1; to < rows->count; to++) {
      uint32_t next = rows->log_us[to] == TIME_NONE ? flights : flight_at(loader, rows->log_us[to]);
      if (next != index)
        break;
    }
    if (index == flights)
      continue;
    struct rows part = from == 0 && to == rows->count ? *rows : cut_rows(loader->scratch, rows, from, to);
    health_rows(loader->health[index], &part);
  }
}

/* Keeps every stride-th point; when the preview is full, every second point goes and the stride doubles. */
static void add_track_point(struct flight_result *result, struct preview_point point) {
  if (result->track_seen++ % MAX(result->track_stride, 1u))
    return;
  if (result->track_count == TRACK_POINTS_MAX) {
    for (uint32_t i = 0; i < TRACK_POINTS_MAX / 2; i++)
      result->track[i] = result->track[2 * i];
    result->track_count = TRACK_POINTS_MAX / 2;
    result->track_stride = MAX(result->track_stride, 1u) * 2;
  }
  result->track[result->track_count++] = point;
}

static void feed_track(struct loader *loader, const struct rows *rows) {
  int lat = schema_column(rows->table, "lat_deg"), lon = schema_column(rows->table, "lon_deg");
  int alt = schema_column(rows->table, "alt_rel_m");
  if (lat < 0 || lon < 0 || alt < 0 || !rows->columns[lat].values || !rows->columns[lon].values)
    return;
  const struct flight *flights = loader->job->log.summary.flights;
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t index = rows->log_us[row] == TIME_NONE ? UINT32_MAX : flight_at(loader, rows->log_us[row]);
    if (index >= loader->job->log.summary.flight_count)
      continue;
    double lat_deg = column_double(&rows->columns[lat], row), lon_deg = column_double(&rows->columns[lon], row);
    double alt_m = rows->columns[alt].values ? column_double(&rows->columns[alt], row) : NAN;
    if (isfinite(lat_deg) && isfinite(lon_deg) && (lat_deg != 0 || lon_deg != 0))
      add_track_point(&loader->job->results[index],
                      (struct preview_point){lat_deg, lon_deg, (float)(isnan(alt_m) ? 0 : alt_m),
                                             (double)(rows->log_us[row] - flights[index].start_us) * 1e-6});
  }
}

/* The texts of messages and events, with their times, for the search. */
static void feed_words(struct loader *loader, const struct rows *rows) {
  bool is_message = strcmp(rows->table->name, "message") == 0;
  int first = schema_column(rows->table, is_message ? "text" : "kind"), second = schema_column(rows->table, "detail");
  const struct flight *flights = loader->job->log.summary.flights;
  if (first < 0 || !rows->columns[first].values)
    return;
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t index = rows->log_us[row] == TIME_NONE ? UINT32_MAX : flight_at(loader, rows->log_us[row]);
    if (index >= loader->job->log.summary.flight_count || !column_is_valid(&rows->columns[first], row))
      continue;
    struct buffer *words = &loader->words[index];
    int64_t zero_us = zero_of(&flights[index]);
    struct text text = column_text(&rows->columns[first], row);
    buffer_format(words, "%.1f s: %.*s", (double)(rows->log_us[row] - zero_us) * 1e-6, (int)MIN(text.size, (size_t)500),
                  text.data);
    if (second >= 0 && rows->columns[second].values && column_is_valid(&rows->columns[second], row)) {
      text = column_text(&rows->columns[second], row);
      buffer_format(words, ": %.*s", (int)MIN(text.size, (size_t)500), text.data);
    }
    buffer_add_byte(words, '\n');
  }
}

static enum status load_rows(void *context, const struct rows *rows, struct error *error) {
  struct loader *loader = context;
  if (!rows->table->has_time || rows->count == 0)
    return STATUS_OK;
  arena_reset(loader->scratch);
  struct keys keys;
  make_keys(loader, rows, &keys);
  TRY(write_rows(loader, rows, &keys, error));
  if (strcmp(rows->table->name, "position") == 0)
    feed_track(loader, rows);
  if (strcmp(rows->table->name, "message") == 0 || strcmp(rows->table->name, "event") == 0)
    feed_words(loader, rows);
  if (quality_wants(rows->table))
    quality_rows(loader->quality, rows);
  if (loader->job->log.summary.flight_count && health_wants(rows->table))
    feed_health(loader, rows);
  return STATUS_OK;
}

static enum status read_all(struct loader *loader, struct decode *decode, struct map *map, struct error *error) {
  const struct batch *batch;
  for (;;) {
    TRY(decode_next(decode, &batch, error));
    if (!batch)
      return map_end(map, load_rows, loader, error);
    TRY(map_batch(map, batch, load_rows, loader, error));
  }
}

static enum status run(struct lake *lake, struct loader *loader, struct error *error) {
  struct log_job *job = loader->job;
  scoped(input) struct input *input = NULL;
  scoped(map) struct map *map = NULL;
  scoped(decode) struct decode *decode = NULL;
  struct map_facts facts = inspection_map_facts(&job->log);
  TRY(lake->store->driver->get(lake->store, job->key, &input, error));
  TRY(map_new(job->log.decoder->vocabulary, &facts, NULL, &map, error));
  TRY(decode_open(input, job->log.decoder,
                  &(struct decode_options){.wanted = map_wants, .context = map, .dialect = job->dialect}, &decode,
                  error));
  TRY(read_all(loader, decode, map, error));
  job->quality_count = quality_end(loader->quality, decode, &job->log.summary, job->quality, QUALITY_FINDINGS_MAX,
                                   &job->quality_score);
  return STATUS_OK;
}

enum status job_load(struct lake *lake, struct log_job *job, struct commit *commit, struct error *error) {
  job->quality_score = NAN;
  if (!job->log.decoder->vocabulary)
    return STATUS_OK;
  uint32_t flights = job->log.summary.flight_count;
  struct loader loader = {
      .job = job, .commit = commit, .quality = quality_new(&job->log.summary), .scratch = arena_new(0)};
  loader.health = arena_alloc_array(job->arena, MAX(flights, 1u), sizeof *loader.health);
  loader.words = arena_alloc_array(job->arena, MAX(flights, 1u), sizeof *loader.words);
  clock_format_date(loader.date, job->date_us);
  for (uint32_t i = 0; i < flights; i++)
    loader.health[i] = health_new(&job->log.summary.flights[i], &job->log.summary);
  job->results = arena_alloc_array(job->arena, MAX(flights, 1u), sizeof *job->results);
  for (uint32_t i = 0; i < flights; i++)
    loader.words[i] = buffer_with_max(FLIGHT_WORDS_MAX);
  enum status status = run(lake, &loader, error);
  for (uint32_t i = 0; i < flights; i++) {
    if (status == STATUS_OK)
      health_end(loader.health[i], &job->results[i].features);
    health_free(loader.health[i]);
    job->results[i].words = arena_copy_text(job->arena, buffer_text(&loader.words[i]));
    buffer_free(&loader.words[i]);
  }
  quality_free(loader.quality);
  arena_free(loader.scratch);
  return status;
}
