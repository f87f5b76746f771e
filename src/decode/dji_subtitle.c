/* dji_subtitle: one subtitle's text → numbers (see dji_subtitle.h).
 *
 * Ten dialects are known, told apart by what they hold and not by the model:
 *   GPS(lon,lat,satellites) HOME(lon,lat) BAROMETER:1.9 ISO:100 Shutter:60 EV:-1/3 Fnum:2.2   (older: Hb: TV: IR:F2.8)
 *   GPS(lat,lon,0.0M) BAROMETER:0.3M                   latitude first where the third number carries an M
 *   F/2.8, SS 30.15, ISO 260, EV -1.7, GPS (lon, lat, n), D 221.21m, H 200.70m, H.S …, F.PRY (…), G.PRY (…)
 *   [iso : 100] [shutter : 1/240.0] [fnum : 280] [latitude : …] [longtitude : …] [rel_alt: … abs_alt: …]
 *   signal:4 ch:1 uavBat:16.6V … bitrate:25.4Mbps                          goggles
 * A key counts where no letter, digit, dot or underscore stands beside it. fnum 280 is f/2.8; focal lengths without a
 * decimal point are tenths; a shutter without a fraction bar is its denominator. Facts of the dialects: the samples of
 * the public parsers of such files. */
#include "decode/dji_subtitle.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#define LOOKED_AT 2048u
#define ROWS_PER_BATCH 1024u

static bool is_key_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

/* What follows the key, or an empty text. */
static struct text after_key(struct text text, const char *key) {
  size_t length = strlen(key);
  for (size_t at = 0; at + length <= text.size; at++) {
    const char *hit = memmem(text.data + at, text.size - at, key, length);
    if (!hit)
      break;
    at = (size_t)(hit - text.data);
    size_t end = at + length;
    bool open = at == 0 || !is_key_char(text.data[at - 1]);
    bool closed = end == text.size || key[length - 1] == '/' || !is_key_char(text.data[end]);
    if (open && closed)
      return text_from(text.data + end, text.size - end);
  }
  return TEXT("");
}

static size_t number_length(struct text text) {
  size_t size = 0;
  while (size < text.size && (text.data[size] == '.' || text.data[size] == '-' || text.data[size] == '+' ||
                              (text.data[size] >= '0' && text.data[size] <= '9')))
    size++;
  return size;
}

static void skip_separators(struct text *text, const char *separators) {
  while (text->size && strchr(separators, text->data[0]))
    *text = text_from(text->data + 1, text->size - 1);
}

/* The number at the start, which is cut off; NAN where there is none. */
static double cut_number(struct text *text) {
  double value;
  size_t size = number_length(*text), plus = size && text->data[0] == '+';
  if (!text_to_double(text_from(text->data + plus, size - plus), &value))
    return NAN;
  *text = text_from(text->data + size, text->size - size);
  return value;
}

/* The number behind the first of the keys that is there: "key: 1.5", "key 1/250". */
static double value_of(struct text text, const char *keys, bool *ret_fraction, bool *ret_decimal) {
  struct text list = text_of(keys);
  while (list.data) {
    struct text key = text_cut(&list, ' ');
    char name[24];
    snprintf(name, sizeof name, "%.*s", (int)key.size, key.data);
    struct text rest = after_key(text, name);
    skip_separators(&rest, " :F/"); /* "IR:F2.8", "Fnum:F2.8" */
    struct text before = rest;
    double value = cut_number(&rest);
    if (isnan(value))
      continue;
    *ret_decimal = memchr(before.data, '.', before.size - rest.size) != NULL;
    *ret_fraction = rest.size > 1 && rest.data[0] == '/' && rest.data[1] >= '0' && rest.data[1] <= '9';
    if (!*ret_fraction)
      return value;
    rest = text_from(rest.data + 1, rest.size - 1);
    double divisor = cut_number(&rest);
    return divisor > 0 ? value / divisor : NAN;
  }
  return NAN;
}

static double plain(struct text text, const char *keys) {
  bool fraction, decimal;
  return value_of(text, keys, &fraction, &decimal);
}

/* Up to three numbers in parentheses; *ret_metres where the third carries an M. */
static bool tuple(struct text text, const char *key, double values[3], bool *ret_metres) {
  struct text rest = after_key(text, key);
  skip_separators(&rest, " ");
  values[0] = values[1] = values[2] = NAN;
  *ret_metres = false;
  if (!rest.size || rest.data[0] != '(')
    return false;
  rest = text_from(rest.data + 1, rest.size - 1);
  for (int i = 0; i < 3; i++) {
    skip_separators(&rest, " ");
    values[i] = cut_number(&rest);
    if (i == 2 && rest.size && rest.data[0] == 'M')
      *ret_metres = true;
    while (rest.size && rest.data[0] != ',' && rest.data[0] != ')')
      rest = text_from(rest.data + 1, rest.size - 1);
    if (!rest.size || rest.data[0] == ')')
      break;
    rest = text_from(rest.data + 1, rest.size - 1);
  }
  return !isnan(values[1]);
}

/* ── the parts of a subtitle ──────────────────────────────────────────────────────────────────────────────────── */

static void set_place(double *lat, double *lon, double first, double second, bool lat_first) {
  double north = lat_first ? first : second, east = lat_first ? second : first;
  if (fabs(north) <= 90 && fabs(east) <= 180 && (north != 0 || east != 0)) {
    *lat = north;
    *lon = east;
  }
}

static void read_place(struct text text, struct dji_subtitle *subtitle) {
  double values[3];
  bool metres;
  if (tuple(text, "GPS", values, &metres)) {
    set_place(&subtitle->lat_deg, &subtitle->lon_deg, values[0], values[1], metres);
    if (!metres)
      subtitle->satellites = values[2];
  } else {
    set_place(&subtitle->lat_deg, &subtitle->lon_deg, plain(text, "latitude"), plain(text, "longitude longtitude"),
              true);
  }
  if (tuple(text, "HOME", values, &metres))
    set_place(&subtitle->home_lat_deg, &subtitle->home_lon_deg, values[0], values[1], metres);
  subtitle->alt_rel_m = plain(text, "rel_alt BAROMETER Hb H");
  subtitle->alt_msl_m = plain(text, "abs_alt");
  subtitle->altitude_m = plain(text, "altitude");
  subtitle->distance_m = plain(text, "D");
  subtitle->speed_m_s = plain(text, "H.S");
  subtitle->climb_m_s = plain(text, "V.S");
}

static void read_angles(struct text text, const char *key, double *pitch, double *roll, double *yaw) {
  double values[3];
  bool metres;
  if (!tuple(text, key, values, &metres))
    return;
  *pitch = values[0];
  *roll = values[1];
  *yaw = values[2];
}

static void read_camera(struct text text, struct dji_subtitle *subtitle) {
  bool fraction = false, decimal = false;
  subtitle->iso = plain(text, "iso ISO");
  subtitle->exposure_value = plain(text, "ev EV");
  subtitle->colour_temperature_k = plain(text, "ct");
  double shutter = value_of(text, "shutter Shutter SS TV", &fraction, &decimal);
  subtitle->shutter_s = fraction ? shutter : shutter > 0 ? 1 / shutter : NAN;
  double f_number = value_of(text, "fnum Fnum F/ IR", &fraction, &decimal);
  subtitle->f_number = f_number >= 50 ? f_number / 100 : f_number;
  double focal = value_of(text, "focal_len", &fraction, &decimal);
  subtitle->focal_length_mm = decimal ? focal : focal / 10;
}

/* yyyy.m.d or yyyy-mm-dd, blank, hh:mm:ss, and a fraction behind '.' or ','. */
static void read_time(struct text text, struct dji_subtitle *subtitle) {
  for (size_t i = 0; i + 15 <= text.size; i++) {
    int part[6], used = 0, fraction = 0;
    char copy[32];
    char mark = text.data[i + 4];
    if (text.data[i] != '2' || text.data[i + 1] != '0' || (mark != '.' && mark != '-'))
      continue;
    snprintf(copy, sizeof copy, "%.*s", (int)MIN(text.size - i, sizeof copy - 1), text.data + i);
    const char *format = mark == '.' ? "%4d.%2d.%2d %2d:%2d:%2d%n" : "%4d-%2d-%2d %2d:%2d:%2d%n";
    if (sscanf(copy, format, &part[0], &part[1], &part[2], &part[3], &part[4], &part[5], &used) < 6 || !used)
      continue;
    for (int k = 0; k < 6; k++)
      if (part[k] < 0)
        return;
    if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 || part[3] > 23 || part[4] > 59 || part[5] > 60)
      return;
    bool exact = (copy[used] == '.' || copy[used] == ',') && sscanf(copy + used + 1, "%3d", &fraction) == 1 &&
                 fraction >= 0;
    snprintf(subtitle->local_time, sizeof subtitle->local_time,
             exact ? "%04d-%02d-%02dT%02d:%02d:%02d.%03d" : "%04d-%02d-%02dT%02d:%02d:%02d", part[0], part[1], part[2],
             part[3], part[4], part[5], fraction);
    return;
  }
}

/* Without what stands between < and >. */
static struct text without_tags(struct text text, char *out) {
  size_t used = 0, depth = 0;
  for (size_t i = 0; i < text.size && used < LOOKED_AT; i++) {
    char c = text.data[i];
    if (c == '<')
      depth++;
    else if (c == '>' && depth)
      depth--;
    else if (!depth)
      out[used++] = c;
  }
  return text_from(out, used);
}

#define NUMBER_COUNT ((sizeof(struct dji_subtitle) - offsetof(struct dji_subtitle, lat_deg)) / sizeof(double))

unsigned dji_subtitle_known(const struct dji_subtitle *subtitle) {
  unsigned known = subtitle->local_time[0] != 0;
  for (size_t i = 0; i < NUMBER_COUNT; i++)
    known += !isnan((&subtitle->lat_deg)[i]);
  return known;
}

bool dji_subtitle_parse(struct text text, struct dji_subtitle *ret_subtitle) {
  char buffer[LOOKED_AT];
  struct text clean = without_tags(text_from(text.data, MIN(text.size, (size_t)LOOKED_AT)), buffer);
  struct dji_subtitle s;
  memset(s.local_time, 0, sizeof s.local_time);
  for (size_t i = 0; i < NUMBER_COUNT; i++)
    (&s.lat_deg)[i] = NAN;
  read_time(clean, &s);
  read_place(clean, &s);
  read_angles(clean, "F.PRY", &s.flight_pitch_deg, &s.flight_roll_deg, &s.flight_yaw_deg);
  read_angles(clean, "G.PRY", &s.gimbal_pitch_deg, &s.gimbal_roll_deg, &s.gimbal_yaw_deg);
  read_camera(clean, &s);
  s.voltage_v = plain(clean, "uavBat");
  s.signal = plain(clean, "signal rcSignal");
  s.bit_rate_mbit_s = plain(clean, "bitrate");
  *ret_subtitle = s;
  return dji_subtitle_known(&s) > 0;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

enum { NUMBER, UNTIL, LOCAL_TIME, FIRST_NUMBER };

#define NUMBERS                                                                                                        \
  X(lat_deg, "deg")                                                                                                    \
  X(lon_deg, "deg")                                                                                                    \
  X(alt_rel_m, "m")                                                                                                    \
  X(alt_msl_m, "m")                                                                                                    \
  X(altitude_m, "m")                                                                                                   \
  X(satellites, "")                                                                                                    \
  X(home_lat_deg, "deg")                                                                                               \
  X(home_lon_deg, "deg")                                                                                               \
  X(distance_m, "m")                                                                                                   \
  X(speed_m_s, "m/s")                                                                                                  \
  X(climb_m_s, "m/s")                                                                                                  \
  X(iso, "")                                                                                                           \
  X(shutter_s, "s")                                                                                                    \
  X(f_number, "")                                                                                                      \
  X(exposure_value, "")                                                                                                \
  X(focal_length_mm, "mm")                                                                                             \
  X(colour_temperature_k, "K")                                                                                         \
  X(flight_pitch_deg, "deg")                                                                                           \
  X(flight_roll_deg, "deg")                                                                                            \
  X(flight_yaw_deg, "deg")                                                                                             \
  X(gimbal_pitch_deg, "deg")                                                                                           \
  X(gimbal_roll_deg, "deg")                                                                                            \
  X(gimbal_yaw_deg, "deg")                                                                                             \
  X(voltage_v, "V")                                                                                                    \
  X(signal, "")                                                                                                        \
  X(bit_rate_mbit_s, "Mbit/s")

static const struct field fields[] = {[NUMBER] = {"number", "", 1, COLUMN_U32, 1, false},
                                      [UNTIL] = {"until_s", "s", 1, COLUMN_F64, 1, false},
                                      [LOCAL_TIME] = {"local_time", "", 1, COLUMN_TEXT, 1, false},
#define X(name, unit) {#name, unit, 1, COLUMN_F64, 1, false},
                                      NUMBERS
#undef X
};

struct dji_subtitles {
  struct decode *d;
  struct message *message;
  struct batch_builder *builder;
  bool given, refused;
  uint64_t count;
  double lat_deg, lon_deg, alt_m;
  char time[24];
};

struct dji_subtitles *dji_subtitles_new(struct decode *d) {
  struct dji_subtitles *subtitles = arena_alloc(d->arena, sizeof *subtitles);
  if (subtitles) {
    subtitles->d = d;
    subtitles->lat_deg = subtitles->lon_deg = subtitles->alt_m = NAN;
  }
  return subtitles;
}

static bool define(struct dji_subtitles *subtitles) {
  if (subtitles->message || subtitles->refused)
    return !subtitles->refused;
  subtitles->message = decode_define_message(subtitles->d, "subtitle", 0, fields, ARRAY_COUNT(fields));
  if (subtitles->message && subtitles->message->wanted)
    subtitles->builder = batch_builder_new(subtitles->d, subtitles->message, ROWS_PER_BATCH);
  subtitles->refused = !subtitles->message || (subtitles->message->wanted && !subtitles->builder);
  return !subtitles->refused;
}

static void put_row(struct dji_subtitles *subtitles, const struct dji_subtitle *subtitle, int64_t from_us,
                    int64_t to_us) {
  struct batch_builder *builder = subtitles->builder;
  struct column *columns = builder->columns;
  uint32_t row = builder->batch.rows++;
  builder->time_us[row] = from_us;
  ((uint32_t *)columns[NUMBER].values)[row] = (uint32_t)subtitles->count;
  ((double *)columns[UNTIL].values)[row] = (double)to_us * 1e-6;
  ((struct text *)columns[LOCAL_TIME].values)[row] = batch_builder_text(builder, text_of(subtitle->local_time));
  const double *numbers = &subtitle->lat_deg;
  for (size_t i = 0; i + FIRST_NUMBER < ARRAY_COUNT(fields); i++)
    ((double *)columns[FIRST_NUMBER + i].values)[row] = numbers[i];
}

void dji_subtitles_add(struct dji_subtitles *subtitles, struct text text, int64_t from_us, int64_t to_us) {
  struct dji_subtitle subtitle;
  if (!dji_subtitle_parse(text, &subtitle) || !define(subtitles))
    return;
  struct message *message = subtitles->message;
  subtitles->count++;
  subtitles->d->report.records++;
  message->count++;
  if (message->first_us == TIME_NONE)
    message->first_us = from_us;
  message->last_us = MAX(message->last_us, from_us);
  if (isnan(subtitles->lat_deg) && !isnan(subtitle.lat_deg)) {
    subtitles->lat_deg = subtitle.lat_deg;
    subtitles->lon_deg = subtitle.lon_deg;
    subtitles->alt_m = subtitle.alt_msl_m;
  }
  if (!subtitles->time[0])
    memcpy(subtitles->time, subtitle.local_time, sizeof subtitles->time);
  if (subtitles->builder)
    put_row(subtitles, &subtitle, from_us, to_us);
}

static void take_back(struct dji_subtitles *subtitles) {
  if (subtitles->given)
    batch_builder_reset(subtitles->builder);
  subtitles->given = false;
}

const struct batch *dji_subtitles_next(struct dji_subtitles *subtitles) {
  take_back(subtitles);
  struct batch_builder *builder = subtitles->builder;
  if (!builder || builder->batch.rows < builder->capacity)
    return NULL;
  subtitles->given = true;
  return &builder->batch;
}

const struct batch *dji_subtitles_drain(struct dji_subtitles *subtitles) {
  take_back(subtitles);
  struct batch_builder *builder = subtitles->builder;
  if (!builder || !builder->batch.rows)
    return NULL;
  subtitles->given = true;
  return &builder->batch;
}

uint64_t dji_subtitles_count(const struct dji_subtitles *subtitles) {
  return subtitles->count;
}

bool dji_subtitles_place(const struct dji_subtitles *subtitles, double *ret_lat, double *ret_lon, double *ret_alt) {
  if (isnan(subtitles->lat_deg))
    return false;
  *ret_lat = subtitles->lat_deg;
  *ret_lon = subtitles->lon_deg;
  *ret_alt = subtitles->alt_m;
  return true;
}

const char *dji_subtitles_time(const struct dji_subtitles *subtitles) {
  return subtitles->time;
}
