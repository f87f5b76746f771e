/* summary: the first pass's collector. Rows of a few tables go into bounded series; at the end the clock is fitted,
 * flights are found and the vehicle is named. */
#include "decode/decoder.h"
#include "flight/clock_fit.h"
#include "flight/identity.h"
#include "flight/phases.h"
#include "vocabulary/rows.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define EARLIEST_US (INT64_C(946684800) * US_PER_S) /* 2000 */
#define TRACK_FIXES_MAX 256u
#define LATEST_US (INT64_C(4102444800) * US_PER_S) /* 2100 */

struct summary {
  int64_t file_time_us;
  struct series gps_clock, system_clock; /* a: UTC − log clock, µs */
  struct series gps_place, gps_speed;    /* used where the estimator logged none */
  struct series baro_height, msl_height;
  struct motion motion;
  struct parameters parameters;
  double home_alt_m;
};

/* ---- which tables ---- */

static uint64_t wanted_tables[2];
static pthread_once_t wanted_once = PTHREAD_ONCE_INIT;

static void choose_tables(void) {
  static const char *const names[] = {"gps", "event", "position", "velocity", "parameter", "baro"};
  for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
    const struct table *table = schema_find(names[i]);
    if (table)
      wanted_tables[table->index / 64] |= UINT64_C(1) << (table->index % 64);
  }
}

const uint64_t *summary_tables(void) {
  pthread_once(&wanted_once, choose_tables);
  return wanted_tables;
}

struct summary *summary_new(int64_t file_time_us) {
  struct summary *summary = memory_new(sizeof *summary);
  summary->file_time_us = file_time_us;
  summary->home_alt_m = NAN;
  return summary;
}

void summary_free(struct summary *summary) {
  if (!summary)
    return;
  struct series *all[] = {&summary->gps_clock,      &summary->system_clock, &summary->gps_place,
                          &summary->gps_speed,      &summary->baro_height,  &summary->msl_height,
                          &summary->motion.height,  &summary->motion.speed, &summary->motion.place,
                          &summary->motion.throttle};
  for (size_t i = 0; i < ARRAY_COUNT(all); i++)
    series_free(all[i]);
  parameters_free(&summary->parameters);
  free(summary);
}

/* ---- rows ---- */

static bool is_place(double lat, double lon) {
  return isfinite(lat) && isfinite(lon) && fabs(lat) <= 90 && fabs(lon) <= 180 &&
         (fabs(lat) > 1e-6 || fabs(lon) > 1e-6);
}

static void take_gps(struct summary *summary, const struct rows *rows) {
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type"),
                      *week = rows_column(rows, "gps_week");
  const struct column *tow = rows_column(rows, "gps_tow_ms"), *utc = rows_column(rows, "utc_us"),
                      *speed = rows_column(rows, "ground_speed_m_s");
  const struct column *lat = rows_column(rows, "lat_deg"), *lon = rows_column(rows, "lon_deg");
  for (uint32_t i = 0; i < rows->count; i++) {
    int64_t log_us = rows->log_us[i];
    if (log_us == TIME_NONE || rows_number(instance, i) > 0)
      continue;
    bool fixed = !(rows_number(fix, i) < 3);
    int64_t utc_us = week && tow && fix && fixed
                         ? clock_from_gps((int32_t)rows_number(week, i), (int64_t)rows_number(tow, i))
                         : TIME_NONE;
    if (utc_us > EARLIEST_US && utc_us < LATEST_US)
      series_add(&summary->gps_clock, log_us, (double)(utc_us - log_us), 0);
    utc_us = utc && column_is_valid(utc, i) ? column_i64(utc, i) : TIME_NONE;
    bool from_fix = rows_number(fix, i) >= 3; /* a receiver's own word, not that of a clock it once set */
    if (utc_us > EARLIEST_US && utc_us < LATEST_US)
      series_add(from_fix ? &summary->gps_clock : &summary->system_clock, log_us, (double)(utc_us - log_us), 0);
    if (fixed && is_place(rows_number(lat, i), rows_number(lon, i)))
      series_add(&summary->gps_place, log_us, rows_number(lat, i), rows_number(lon, i));
    if (fixed && rows_number(speed, i) >= 0)
      series_add(&summary->gps_speed, log_us, rows_number(speed, i), 0);
  }
}

static void take_position(struct summary *summary, const struct rows *rows) {
  const struct column *lat = rows_column(rows, "lat_deg"), *lon = rows_column(rows, "lon_deg");
  const struct column *height = rows_column(rows, "alt_rel_m"), *msl = rows_column(rows, "alt_msl_m");
  for (uint32_t i = 0; i < rows->count; i++) {
    if (rows->log_us[i] == TIME_NONE)
      continue;
    if (is_place(rows_number(lat, i), rows_number(lon, i)))
      series_add(&summary->motion.place, rows->log_us[i], rows_number(lat, i), rows_number(lon, i));
    if (fabs(rows_number(height, i)) < 50000)
      series_add(&summary->motion.height, rows->log_us[i], rows_number(height, i), 0);
    if (fabs(rows_number(msl, i)) < 50000)
      series_add(&summary->msl_height, rows->log_us[i], rows_number(msl, i), 0);
  }
}

static void take_velocity(struct summary *summary, const struct rows *rows) {
  const struct column *speed = rows_column(rows, "ground_speed_m_s"), *north = rows_column(rows, "vel_north_m_s"),
                      *east = rows_column(rows, "vel_east_m_s");
  for (uint32_t i = 0; i < rows->count; i++) {
    double value = rows_number(speed, i);
    if (isnan(value) && north && east)
      value = hypot(rows_number(north, i), rows_number(east, i));
    if (value >= 0 && rows->log_us[i] != TIME_NONE)
      series_add(&summary->motion.speed, rows->log_us[i], value, 0);
  }
}

static void take_baro(struct summary *summary, const struct rows *rows) {
  const struct column *height = rows_column(rows, "alt_m"), *instance = rows_column(rows, "instance");
  for (uint32_t i = 0; height && i < rows->count; i++)
    if (rows->log_us[i] != TIME_NONE && !(rows_number(instance, i) > 0) && fabs(rows_number(height, i)) < 50000)
      series_add(&summary->baro_height, rows->log_us[i], rows_number(height, i), 0);
}

static void take_event(struct summary *summary, const struct rows *rows) {
  const struct column *kind = rows_column(rows, "kind");
  struct motion *motion = &summary->motion;
  for (uint32_t i = 0; kind && i < rows->count; i++) {
    struct text text = column_text(kind, i);
    bool armed = text_is(text, "armed"), disarmed = text_is(text, "disarmed");
    if ((armed || disarmed) && rows->log_us[i] != TIME_NONE && motion->arm_event_count < ARM_EVENTS_MAX)
      motion->arm_events[motion->arm_event_count++] = (struct arm_event){rows->log_us[i], armed};
    bool airborne = text_is(text, "airborne"), landed = text_is(text, "landed");
    if ((airborne || landed) && rows->log_us[i] != TIME_NONE && motion->air_event_count < AIR_EVENTS_MAX)
      motion->air_events[motion->air_event_count++] = (struct air_event){rows->log_us[i], airborne};
  }
}

static void take_parameter(struct summary *summary, const struct rows *rows) {
  const struct column *name = rows_column(rows, "name"), *value = rows_column(rows, "value");
  for (uint32_t i = 0; name && value && i < rows->count; i++)
    if (column_is_valid(value, i))
      parameters_set(&summary->parameters, column_text(name, i), column_double(value, i));
}

enum status summary_rows(void *context, const struct rows *rows, struct error *error) {
  (void)error;
  static const struct {
    const char *table;
    void (*take)(struct summary *summary, const struct rows *rows);
  } takers[] = {{"gps", take_gps},     {"position", take_position}, {"velocity", take_velocity},
                {"event", take_event}, {"baro", take_baro},         {"parameter", take_parameter}};
  for (size_t i = 0; i < ARRAY_COUNT(takers); i++)
    if (strcmp(rows->table->name, takers[i].table) == 0)
      takers[i].take(context, rows);
  return STATUS_OK;
}

/* ---- the end ---- */

static void note(struct log_summary *log, const char *text) {
  size_t used = strlen(log->note);
  snprintf(log->note + used, sizeof log->note - used, "%s%s", used ? "; " : "", text);
}

/* A camera's, radio's or computer's own clock: what it says is when the log began, in a zone that it may not name. */
static bool fit_camera_clock(const struct decode *decode, struct log_summary *log) {
  int64_t created_us;
  const char *basis = decode_get_fact(decode, "time_basis"), *created = decode_get_fact(decode, "created");
  if (!basis || !created || !clock_parse(text_of(created), &created_us))
    return false;
  bool zoned = strstr(basis, "zone unknown") == NULL;
  log->clock = (struct clock_fit){.offset_us = log->start_us == TIME_NONE ? 0 : created_us - log->start_us,
                                  .error_s = zoned ? 1 : INFINITY,
                                  .source = strcmp(basis, "gps") == 0          ? "gps"
                                            : strncmp(basis, "camera", 6) == 0 ? "camera"
                                                                               : "local"};
  if (!zoned)
    note(log, strncmp(basis, "camera", 6) == 0 ? "the camera's clock is taken as UTC: it does not say its zone"
                                               : "local time is taken as UTC: the log does not say its zone");
  return true;
}

static void fit_clock(struct summary *summary, const struct decode *decode, struct log_summary *log) {
  enum decode_clock clock = decode_get_report(decode)->clock;
  log->has_gps_time = summary->gps_clock.count > 0;
  if (clock_fit_samples(&summary->gps_clock, "gps", &log->clock))
    return;
  if (clock_fit_samples(&summary->system_clock, "system_time", &log->clock))
    return;
  if (fit_camera_clock(decode, log))
    return;
  if (clock == DECODE_CLOCK_UTC) {
    log->clock = (struct clock_fit){.error_s = 1, .source = "receiver"};
    return;
  }
  if (log->start_us > EARLIEST_US && log->end_us < LATEST_US) { /* a simulator's clock: that of its computer */
    log->clock = (struct clock_fit){.error_s = 1, .source = "system_time"};
    return;
  }
  log->clock = (struct clock_fit){.error_s = INFINITY, .source = "none"};
  if (summary->file_time_us == TIME_NONE || log->end_us == TIME_NONE)
    return;
  log->clock.source = "file";
  log->clock.offset_us = summary->file_time_us - log->end_us;
  note(log, "the log has no UTC: the file's own time is taken as its end");
}

/* Falls back to the receiver's place and speed, and to the barometer's height, where the estimator logged none. */
static void fill_motion(struct summary *summary, const struct log_summary *log) {
  struct motion *motion = &summary->motion;
  struct {
    struct series *to, *from;
  } fallbacks[] = {{&motion->place, &summary->gps_place},
                   {&motion->speed, &summary->gps_speed},
                   {&motion->height, &summary->baro_height}};
  for (size_t i = 0; i < ARRAY_COUNT(fallbacks); i++)
    if (fallbacks[i].to->count == 0) {
      series_free(fallbacks[i].to);
      *fallbacks[i].to = *fallbacks[i].from;
      *fallbacks[i].from = (struct series){0};
    }
  motion->first_us = log->start_us;
  motion->last_us = log->end_us;
}

/* Home's altitude is the vehicle's when it was armed, as autopilots have it. */
static void find_homes(struct series *msl, struct log_summary *log) {
  series_sort(msl);
  for (uint32_t i = 0; i < log->flight_count && msl->count; i++) {
    uint32_t at = MIN(series_at(msl, log->flights[i].start_us), msl->count - 1);
    log->flights[i].home_alt_msl_m = msl->items[at].a;
  }
}

/* Some of the places, evenly over the log. */
static void keep_track(struct series *place, struct arena *arena, struct track *ret_track) {
  series_sort(place);
  uint32_t count = MIN(place->count, TRACK_FIXES_MAX);
  struct track_fix *fixes = arena_alloc_array(arena, MAX(count, 1u), sizeof *fixes);
  for (uint32_t i = 0; i < count; i++) {
    const struct sample *sample = &place->items[count > 1 ? (uint64_t)i * (place->count - 1) / (count - 1) : 0];
    fixes[i] = (struct track_fix){sample->log_us, sample->a, sample->b};
  }
  *ret_track = (struct track){fixes, count};
}

enum status summary_end(struct summary *summary, const struct decode *decode, struct arena *arena,
                        struct log_summary *ret_summary, struct error *error) {
  (void)error;
  const struct decode_report *report = decode_get_report(decode);
  struct log_summary log = {.start_us = report->first_us, .end_us = report->last_us};
  identity_fill(&log, decode, &summary->parameters);
  fit_clock(summary, decode, &log);
  fill_motion(summary, &log);
  summary->motion.land_detector = strcmp(log.autopilot, "px4") == 0;
  bool is_media = strcmp(decode_get_decoder(decode)->source, "payload") == 0; /* it sees a part of a flight at most */
  if (log.start_us != TIME_NONE && !is_media)
    log.flight_count = phases_find(&summary->motion, log.vehicle_class, arena, &log.flights, log.note, sizeof log.note);
  find_homes(&summary->msl_height, &log);
  keep_track(&summary->motion.place, arena, &log.track);
  *ret_summary = log;
  return STATUS_OK;
}
