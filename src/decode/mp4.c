/* mp4: films in MP4 or QuickTime boxes (mp4_movie.c reads the index).
 *
 * One row "video" a film (what it is, by what, when, where), one row "track" a track, and what was recorded beside the
 * picture: GoPro's metadata track (gpmf.c) and DJI's telemetry in subtitle tracks (dji_subtitle.c), on the film's own
 * clock, µs from its start.
 *
 * Time. The container's creation time is UTC by the standard, but many cameras write their local time into it, so it is
 * not believed by itself: time_utc is known only where GPS or the vehicle's clock in the telemetry says it, or where
 * the camera wrote a date with its zone; time_basis says which. Else time_local is the container's text, zone unknown.
 *
 * Without an index (box moov: the camera lost power) the film cannot be played: that is damage, and the bytes are
 * searched for GoPro's payloads, whose times are then counted as one second each. */
#include "decode/dji_subtitle.h"
#include "decode/gpmf.h"
#include "decode/mp4_movie.h"
#include "decode/shape.h"
#include "decode/single_row.h"

#include <math.h>
#include <stdlib.h>

#define SEARCH_STEP ((size_t)256 << 10)
#define BAD_SAMPLES_MAX 100u

enum stage { STAGE_INDEX, STAGE_TRACKS, STAGE_TELEMETRY, STAGE_SEARCH, STAGE_DRAIN, STAGE_VIDEO, STAGE_END };

struct mp4 {
  struct mp4_movie movie;
  struct single_row video;
  struct message *tracks;
  struct batch_builder *track_builder;
  struct gpmf *gpmf;
  struct dji_subtitles *subtitles;
  struct mp4_samples samples;
  uint8_t *payload;
  enum stage stage;
  uint32_t track, bad_samples, found_payloads;
  bool track_open, payload_open;
  uint64_t search_at, search_end;
};

/* ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────── */

enum video_column {
  WIDTH,
  HEIGHT,
  DURATION,
  FRAME_RATE,
  FRAMES,
  BIT_RATE,
  CODEC,
  SOUND,
  TRACKS,
  ROTATION,
  MAKE,
  MODEL,
  SERIAL,
  APP_NAME,
  TIME_UTC,
  TIME_LOCAL,
  OFFSET,
  TIME_BASIS,
  LAT,
  LON,
  ALT_MSL,
  GIMBAL_ROLL,
  GIMBAL_PITCH,
  GIMBAL_YAW,
  FLIGHT_ROLL,
  FLIGHT_PITCH,
  FLIGHT_YAW,
  TELEMETRY,
  VIDEO_COLUMNS
};

static const struct field video_fields[VIDEO_COLUMNS] = {
    [WIDTH] = {"width_px", "pix", 1, COLUMN_U32, 1, false},
    [HEIGHT] = {"height_px", "pix", 1, COLUMN_U32, 1, false},
    [DURATION] = {"duration_s", "s", 1, COLUMN_F64, 1, false},
    [FRAME_RATE] = {"frame_rate_hz", "Hz", 1, COLUMN_F64, 1, false},
    [FRAMES] = {"frames", "", 1, COLUMN_U64, 1, false},
    [BIT_RATE] = {"bit_rate_bit_s", "bit/s", 1, COLUMN_F64, 1, false},
    [CODEC] = {"codec", "", 1, COLUMN_TEXT, 1, false},
    [SOUND] = {"sound_codec", "", 1, COLUMN_TEXT, 1, false},
    [TRACKS] = {"tracks", "", 1, COLUMN_U32, 1, false},
    [ROTATION] = {"rotation_deg", "deg", 1, COLUMN_U32, 1, false},
    [MAKE] = {"make", "", 1, COLUMN_TEXT, 1, false},
    [MODEL] = {"model", "", 1, COLUMN_TEXT, 1, false},
    [SERIAL] = {"serial", "", 1, COLUMN_TEXT, 1, false},
    [APP_NAME] = {"app", "", 1, COLUMN_TEXT, 1, false},
    [TIME_UTC] = {"time_utc", "", 1, COLUMN_TIME, 1, false},
    [TIME_LOCAL] = {"time_local", "", 1, COLUMN_TEXT, 1, false},
    [OFFSET] = {"offset", "", 1, COLUMN_TEXT, 1, false},
    [TIME_BASIS] = {"time_basis", "", 1, COLUMN_TEXT, 1, false},
    [LAT] = {"lat_deg", "deg", 1, COLUMN_F64, 1, false},
    [LON] = {"lon_deg", "deg", 1, COLUMN_F64, 1, false},
    [ALT_MSL] = {"alt_msl_m", "m", 1, COLUMN_F64, 1, false},
    [GIMBAL_ROLL] = {"gimbal_roll_deg", "deg", 1, COLUMN_F64, 1, false},
    [GIMBAL_PITCH] = {"gimbal_pitch_deg", "deg", 1, COLUMN_F64, 1, false},
    [GIMBAL_YAW] = {"gimbal_yaw_deg", "deg", 1, COLUMN_F64, 1, false},
    [FLIGHT_ROLL] = {"flight_roll_deg", "deg", 1, COLUMN_F64, 1, false},
    [FLIGHT_PITCH] = {"flight_pitch_deg", "deg", 1, COLUMN_F64, 1, false},
    [FLIGHT_YAW] = {"flight_yaw_deg", "deg", 1, COLUMN_F64, 1, false},
    [TELEMETRY] = {"telemetry", "", 1, COLUMN_TEXT, 1, false},
};

enum track_column {
  TRACK_ID,
  TRACK_KIND,
  TRACK_CODEC,
  TRACK_NAME,
  TRACK_LANGUAGE,
  TRACK_DURATION,
  TRACK_SAMPLES,
  TRACK_BYTES,
  TRACK_RATE,
  TRACK_WIDTH,
  TRACK_HEIGHT,
  TRACK_CHANNELS,
  TRACK_SOUND_RATE,
  TRACK_COLUMNS
};

static const struct field track_fields[TRACK_COLUMNS] = {
    [TRACK_ID] = {"id", "", 1, COLUMN_U32, 1, false},
    [TRACK_KIND] = {"kind", "", 1, COLUMN_TEXT, 1, false},
    [TRACK_CODEC] = {"codec", "", 1, COLUMN_TEXT, 1, false},
    [TRACK_NAME] = {"name", "", 1, COLUMN_TEXT, 1, false},
    [TRACK_LANGUAGE] = {"language", "", 1, COLUMN_TEXT, 1, false},
    [TRACK_DURATION] = {"duration_s", "s", 1, COLUMN_F64, 1, false},
    [TRACK_SAMPLES] = {"samples", "", 1, COLUMN_U64, 1, false},
    [TRACK_BYTES] = {"bytes", "B", 1, COLUMN_U64, 1, false},
    [TRACK_RATE] = {"rate_hz", "Hz", 1, COLUMN_F64, 1, false},
    [TRACK_WIDTH] = {"width_px", "pix", 1, COLUMN_U32, 1, false},
    [TRACK_HEIGHT] = {"height_px", "pix", 1, COLUMN_U32, 1, false},
    [TRACK_CHANNELS] = {"channels", "", 1, COLUMN_U16, 1, false},
    [TRACK_SOUND_RATE] = {"sample_rate_hz", "Hz", 1, COLUMN_U32, 1, false},
};

static int mp4_probe(const struct probe *probe) {
  static const char *const boxes[] = {"moov", "mdat", "wide", "free", "skip", "pnot"};
  static const char *const pictures[] = {"heic", "heix", "heif", "hevc", "mif1", "msf1", "avif", "avis"};
  if (probe->head.size < 12)
    return 0;
  uint32_t size = load_u32_be(probe->head.data);
  const char *box = (const char *)probe->head.data + 4;
  for (size_t i = 0; memcmp(box, "ftyp", 4) == 0 && i < ARRAY_COUNT(pictures); i++)
    if (memcmp(box + 4, pictures[i], 4) == 0)
      return 0; /* see image.c */
  if (memcmp(box, "ftyp", 4) == 0)
    return size >= 8 && size <= 4096 ? 100 : 40;
  for (size_t i = 0; i < ARRAY_COUNT(boxes); i++)
    if (memcmp(box, boxes[i], 4) == 0)
      return size <= 1 || size >= 8 ? 80 : 0;
  return 0;
}

static enum status mp4_open(struct decode *d, struct error *error) {
  struct mp4 *mp4 = d->state;
  d->report.clock = DECODE_CLOCK_BOOT;
  TRY(single_row_begin(d, &mp4->video, "video", video_fields, VIDEO_COLUMNS, error));
  mp4->tracks = decode_define_message(d, "track", 1, track_fields, TRACK_COLUMNS);
  mp4->track_builder = mp4->tracks ? batch_builder_new(d, mp4->tracks, MP4_TRACKS_MAX) : NULL;
  mp4->gpmf = gpmf_new(d);
  mp4->subtitles = dji_subtitles_new(d);
  mp4->payload = arena_alloc(d->arena, GPMF_PAYLOAD_MAX);
  if (!mp4->track_builder || !mp4->gpmf || !mp4->subtitles || !mp4->payload)
    return error_set(error, STATUS_LIMIT, "reading a film takes more than %zu bytes of memory; raise the limit",
                     d->options.memory_limit);
  return STATUS_OK;
}

/* ── the index ────────────────────────────────────────────────────────────────────────────────────────────────── */

static int by_offset(const void *a, const void *b) {
  const struct damage *left = a, *right = b;
  return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static enum status read_index(struct decode *d, struct error *error) {
  struct mp4 *mp4 = d->state;
  TRY(mp4_movie_read(d, &mp4->movie, error));
  uint64_t size = input_size(d->input);
  d->report.bytes = size;
  mp4->stage = STAGE_TRACKS;
  if (mp4->movie.has_index)
    return STATUS_OK;
  if (!mp4->movie.has_media)
    return error_set(error, STATUS_BAD_DATA,
                     "the film of %llu bytes has neither an index (box moov) nor pictures (box mdat); "
                     "copy it again from the card",
                     (unsigned long long)size);
  decode_damage(d, mp4->movie.media_at, mp4->movie.media_bytes,
                "the film has no index (box moov): the recording was cut off before the camera wrote it", TIME_NONE,
                TIME_NONE);
  d->report.truncated = true;
  mp4->search_at = mp4->movie.media_at;
  mp4->search_end = mp4->movie.media_at + mp4->movie.media_bytes;
  return STATUS_OK;
}

static void put_track(struct batch_builder *builder, const struct mp4_track *track, uint32_t row) {
  struct column *columns = builder->columns;
  double duration_s = mp4_seconds(track->duration, track->timescale);
  double rate_hz = track->ticks ? (double)track->samples * track->timescale / (double)track->ticks : NAN;
  ((uint32_t *)columns[TRACK_ID].values)[row] = track->id;
  ((struct text *)columns[TRACK_KIND].values)[row] = text_padded(track->handler, 4);
  ((struct text *)columns[TRACK_CODEC].values)[row] = text_padded(track->format, 4);
  ((struct text *)columns[TRACK_NAME].values)[row] = text_of(track->name);
  ((struct text *)columns[TRACK_LANGUAGE].values)[row] = text_of(track->language);
  ((double *)columns[TRACK_DURATION].values)[row] = duration_s;
  ((uint64_t *)columns[TRACK_SAMPLES].values)[row] = track->samples;
  ((uint64_t *)columns[TRACK_BYTES].values)[row] = track->bytes;
  ((double *)columns[TRACK_RATE].values)[row] = rate_hz;
  ((uint32_t *)columns[TRACK_WIDTH].values)[row] = track->width_px;
  ((uint32_t *)columns[TRACK_HEIGHT].values)[row] = track->height_px;
  ((uint16_t *)columns[TRACK_CHANNELS].values)[row] = track->channels;
  ((uint32_t *)columns[TRACK_SOUND_RATE].values)[row] = track->sample_rate_hz;
}

/* A batch may be smaller than the film's number of tracks: then they come in several. */
static const struct batch *give_tracks(struct decode *d) {
  struct mp4 *mp4 = d->state;
  struct batch_builder *builder = mp4->track_builder;
  batch_builder_reset(builder);
  while (mp4->track < mp4->movie.track_count && builder->batch.rows < builder->capacity) {
    builder->time_us[builder->batch.rows] = 0;
    put_track(builder, &mp4->movie.tracks[mp4->track++], builder->batch.rows);
    builder->batch.rows++;
    mp4->tracks->count++;
    d->report.records++;
  }
  if (!builder->batch.rows) {
    mp4->stage = mp4->movie.has_index ? STAGE_TELEMETRY : STAGE_SEARCH;
    mp4->track = 0;
    return NULL;
  }
  mp4->tracks->first_us = mp4->tracks->last_us = 0;
  return mp4->tracks->wanted ? &builder->batch : NULL;
}

/* ── telemetry ────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool is_gpmf(const struct mp4_track *track) {
  return strcmp(track->format, "gpmd") == 0;
}

static bool is_subtitle(const struct mp4_track *track) {
  static const char *const handlers[] = {"text", "sbtl", "subt"};
  for (size_t i = 0; i < ARRAY_COUNT(handlers); i++)
    if (strcmp(track->handler, handlers[i]) == 0)
      return true;
  return false;
}

static void refuse_sample(struct decode *d, const struct mp4_sample *sample, const char *reason) {
  struct mp4 *mp4 = d->state;
  d->report.bad_records++;
  if (++mp4->bad_samples <= BAD_SAMPLES_MAX)
    decode_damage(d, sample->offset, sample->size, reason, sample->start_us, sample->start_us + sample->duration_us);
}

/* A text sample: u16 size, then the text. */
static void begin_subtitle(struct decode *d, struct bytes sample, const struct mp4_sample *at) {
  struct mp4 *mp4 = d->state;
  if (sample.size < 2)
    return;
  size_t size = MIN((size_t)load_u16_be(sample.data), sample.size - 2);
  dji_subtitles_add(mp4->subtitles, text_from(sample.data + 2, size), at->start_us, at->start_us + at->duration_us);
}

/* Takes in the next sample of the track in hand; *ret_more is false after its last. */
static enum status take_sample(struct decode *d, bool *ret_more, struct error *error) {
  struct mp4 *mp4 = d->state;
  const struct mp4_track *track = &mp4->movie.tracks[mp4->track];
  struct mp4_sample sample;
  TRY(mp4_samples_next(d, &mp4->samples, &sample, ret_more, error));
  if (!*ret_more)
    return STATUS_OK;
  if (mp4->bad_samples > BAD_SAMPLES_MAX) {
    *ret_more = false;
    return STATUS_OK;
  }
  uint64_t size = input_size(d->input);
  if (sample.offset > size || sample.size > size - sample.offset) {
    refuse_sample(d, &(struct mp4_sample){MIN(sample.offset, size), 0, sample.start_us, sample.duration_us},
                  "a sample of the telemetry lies beyond the end of the file");
    return STATUS_OK;
  }
  if (sample.size > GPMF_PAYLOAD_MAX) {
    refuse_sample(d, &sample, "a sample of the telemetry is larger than any camera writes");
    return STATUS_OK;
  }
  size_t got;
  TRY(input_read_at(d->input, sample.offset, mp4->payload, sample.size, &got, error));
  if (is_gpmf(track))
    gpmf_begin(mp4->gpmf, bytes_of(mp4->payload, got), sample.start_us, sample.duration_us, sample.offset);
  else
    begin_subtitle(d, bytes_of(mp4->payload, got), &sample);
  mp4->payload_open = is_gpmf(track);
  return STATUS_OK;
}

static void next_track(struct mp4 *mp4) {
  mp4->track++;
  mp4->track_open = false;
  mp4->bad_samples = 0;
}

static enum status read_telemetry(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct mp4 *mp4 = d->state;
  for (;;) {
    *ret_batch = mp4->payload_open ? gpmf_next(mp4->gpmf) : dji_subtitles_next(mp4->subtitles);
    if (*ret_batch)
      return STATUS_OK;
    mp4->payload_open = false;
    if (mp4->track >= mp4->movie.track_count) {
      mp4->stage = STAGE_DRAIN;
      return STATUS_OK;
    }
    const struct mp4_track *track = &mp4->movie.tracks[mp4->track];
    if (!mp4->track_open && (is_gpmf(track) || is_subtitle(track))) {
      mp4_samples_begin(&mp4->samples, track);
      mp4->track_open = true;
    }
    bool more = false;
    if (mp4->track_open)
      TRY(take_sample(d, &more, error));
    if (!more)
      next_track(mp4);
  }
}

/* ── a film without its index ─────────────────────────────────────────────────────────────────────────────────── */

/* Position of the next "DEVC" in [search_at, search_end); false at the end. */
static enum status find_payload(struct decode *d, bool *ret_found, struct error *error) {
  struct mp4 *mp4 = d->state;
  *ret_found = false;
  while (mp4->search_at + 16 <= mp4->search_end) {
    size_t want = (size_t)MIN((uint64_t)SEARCH_STEP, mp4->search_end - mp4->search_at), got;
    TRY(input_read_at(d->input, mp4->search_at, mp4->payload, want, &got, error));
    const uint8_t *hit = memmem(mp4->payload, got, "DEVC", 4);
    if (hit) {
      mp4->search_at += (uint64_t)(hit - mp4->payload);
      *ret_found = true;
      return STATUS_OK;
    }
    if (got < 16)
      break;
    mp4->search_at += got - 3;
  }
  return STATUS_OK;
}

static enum status try_payload(struct decode *d, struct error *error) {
  struct mp4 *mp4 = d->state;
  uint8_t head[16];
  size_t got, size;
  TRY(input_read_at(d->input, mp4->search_at, head, sizeof head, &got, error));
  if (got < sizeof head || !gpmf_is_payload(head, mp4->search_end - mp4->search_at, &size)) {
    mp4->search_at += 4;
    return STATUS_OK;
  }
  TRY(input_read_at(d->input, mp4->search_at, mp4->payload, size, &got, error));
  gpmf_begin(mp4->gpmf, bytes_of(mp4->payload, got), (int64_t)mp4->found_payloads * US_PER_S, US_PER_S, mp4->search_at);
  mp4->found_payloads++;
  mp4->payload_open = true;
  mp4->search_at += size;
  return STATUS_OK;
}

static enum status search_payloads(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct mp4 *mp4 = d->state;
  for (;;) {
    *ret_batch = mp4->payload_open ? gpmf_next(mp4->gpmf) : NULL;
    if (*ret_batch)
      return STATUS_OK;
    mp4->payload_open = false;
    bool found;
    TRY(find_payload(d, &found, error));
    if (!found) {
      mp4->stage = STAGE_DRAIN;
      return STATUS_OK;
    }
    TRY(try_payload(d, error));
  }
}

/* ── the film's row ───────────────────────────────────────────────────────────────────────────────────────────── */

static const struct mp4_track *first_of(const struct mp4_movie *movie, const char *handler) {
  for (uint32_t i = 0; i < movie->track_count; i++)
    if (strcmp(movie->tracks[i].handler, handler) == 0)
      return &movie->tracks[i];
  return NULL;
}

static void put_picture(struct mp4 *mp4) {
  const struct mp4_track *picture = first_of(&mp4->movie, "vide"), *sound = first_of(&mp4->movie, "soun");
  struct single_row *row = &mp4->video;
  single_row_count(row, TRACKS, mp4->movie.track_count);
  if (sound)
    single_row_text(row, SOUND, text_padded(sound->format, 4));
  if (!picture)
    return;
  single_row_count(row, WIDTH, picture->width_px);
  single_row_count(row, HEIGHT, picture->height_px);
  single_row_count(row, FRAMES, picture->samples);
  single_row_count(row, ROTATION, (uint64_t)picture->rotation_deg);
  single_row_text(row, CODEC, text_padded(picture->format, 4));
  double seconds = mp4_seconds(picture->ticks, picture->timescale);
  if (seconds > 0) {
    single_row_double(row, FRAME_RATE, (double)picture->samples / seconds);
    single_row_double(row, BIT_RATE, (double)picture->bytes * 8 / seconds);
  }
}

struct times {
  int64_t utc_us;
  const char *local, *offset, *basis;
};

/* A date with its zone, "2024-05-01T12:00:00+0200" or "…Z"; TIME_NONE where it names none. */
static int64_t zoned_time(struct arena *arena, struct text date, const char **ret_offset) {
  int64_t us;
  if (date.size < 20)
    return TIME_NONE;
  struct text zone = text_from(date.data + 19, date.size - 19);
  while (zone.size && (zone.data[0] == '.' || (zone.data[0] >= '0' && zone.data[0] <= '9')))
    zone = text_from(zone.data + 1, zone.size - 1);
  const char *sign = zone.size && (zone.data[0] == '+' || zone.data[0] == '-') ? zone.data : NULL;
  if (!sign && !text_is(zone, "Z"))
    return TIME_NONE;
  bool bare = sign && zone.size == 5;
  const char *offset = !sign  ? "+00:00"
                       : bare ? arena_format(arena, "%.3s:%.2s", sign, sign + 3)
                              : arena_format(arena, "%.6s", sign);
  const char *text = offset ? arena_format(arena, "%.19s%s", date.data, offset) : NULL;
  if (!text || !clock_parse(text_of(text), &us))
    return TIME_NONE;
  *ret_offset = offset;
  return us;
}

/* Whole quarter hours between the container's time and UTC: the camera's zone. */
static const char *offset_between(struct arena *arena, int64_t local_us, int64_t utc_us) {
  int64_t minutes = (local_us - utc_us + (local_us < utc_us ? -1 : 1) * 450 * US_PER_S) / (900 * US_PER_S) * 15;
  int64_t rest_us = local_us - utc_us - minutes * 60 * US_PER_S;
  if (llabs(minutes) > 14 * 60 || llabs(rest_us) > 120 * US_PER_S)
    return NULL;
  return arena_format(arena, "%c%02d:%02d", minutes < 0 ? '-' : '+', (int)(llabs(minutes) / 60),
                      (int)(llabs(minutes) % 60));
}

static struct times find_times(struct decode *d) {
  struct mp4 *mp4 = d->state;
  const char *source;
  char text[CLOCK_TEXT_SIZE];
  struct times times = {.utc_us = gpmf_utc_start(mp4->gpmf, &source), .basis = "", .offset = "", .local = ""};
  int64_t container_us = mp4->movie.created_us;
  if (container_us != TIME_NONE) {
    times.local = arena_copy_text(d->arena, clock_format(text, container_us));
    times.local = times.local ? arena_format(d->arena, "%.19s", times.local) : "";
  }
  if (times.utc_us != TIME_NONE) {
    times.basis = strcmp(source, "gps") == 0 ? "gps" : "vehicle clock";
    const char *offset = container_us != TIME_NONE ? offset_between(d->arena, container_us, times.utc_us) : NULL;
    times.offset = offset ? offset : "";
    return times;
  }
  times.utc_us = zoned_time(d->arena, mp4->movie.date, &times.offset);
  if (times.utc_us != TIME_NONE)
    times.basis = "camera clock and zone";
  else if (container_us != TIME_NONE)
    times.basis = "camera clock, zone unknown";
  return times;
}

static void note_number(struct decode *d, const char *key, const char *format, double value) {
  if (!isnan(value))
    decode_fact(d, key, text_of(arena_format(d->arena, format, value)));
}

static void note_facts(struct decode *d, const struct times *times, double lat, double lon, double alt) {
  struct mp4 *mp4 = d->state;
  const struct mp4_movie *movie = &mp4->movie;
  char utc[CLOCK_TEXT_SIZE];
  bool named = text_find(movie->model, movie->make.data) == 0;
  const char *camera = arena_format(d->arena, "%s%s%s", named ? "" : movie->make.data,
                                    named || !movie->make.size || !movie->model.size ? "" : " ", movie->model.data);
  decode_fact(d, "camera", text_of(camera ? camera : ""));
  decode_fact(d, "serial", movie->serial);
  decode_fact(d, "app", movie->software);
  decode_fact(d, "created",
              times->utc_us != TIME_NONE ? text_of(clock_format(utc, times->utc_us)) : text_of(times->local));
  decode_fact(d, "time_basis", text_of(times->basis));
  note_number(d, "lat", "%.8f", lat);
  note_number(d, "lon", "%.8f", lon);
  note_number(d, "alt", "%.3f", alt);
  if (movie->has_fragments)
    decode_fact(d, "layout", TEXT("fragments"));
  if (mp4->found_payloads)
    decode_fact(d, "telemetry_time", TEXT("counted as one second a payload: the index is missing"));
}

static void put_camera(struct mp4 *mp4, const struct times *times) {
  const struct mp4_movie *movie = &mp4->movie;
  struct single_row *row = &mp4->video;
  single_row_text(row, MAKE, movie->make);
  single_row_text(row, MODEL, movie->model);
  single_row_text(row, SERIAL, movie->serial);
  single_row_text(row, APP_NAME, movie->software);
  single_row_time(row, TIME_UTC, times->utc_us);
  single_row_text(row, TIME_LOCAL, text_of(times->local));
  single_row_text(row, OFFSET, text_of(times->offset));
  single_row_text(row, TIME_BASIS, text_of(times->basis));
  single_row_double(row, GIMBAL_ROLL, movie->gimbal_roll_deg);
  single_row_double(row, GIMBAL_PITCH, movie->gimbal_pitch_deg);
  single_row_double(row, GIMBAL_YAW, movie->gimbal_yaw_deg);
  single_row_double(row, FLIGHT_ROLL, movie->flight_roll_deg);
  single_row_double(row, FLIGHT_PITCH, movie->flight_pitch_deg);
  single_row_double(row, FLIGHT_YAW, movie->flight_yaw_deg);
}

static void put_place(struct mp4 *mp4, double *lat, double *lon, double *alt) {
  *lat = mp4->movie.lat_deg;
  *lon = mp4->movie.lon_deg;
  *alt = mp4->movie.alt_msl_m;
  if (isnan(*lat) && !gpmf_place(mp4->gpmf, lat, lon, alt))
    dji_subtitles_place(mp4->subtitles, lat, lon, alt);
  single_row_double(&mp4->video, LAT, *lat);
  single_row_double(&mp4->video, LON, *lon);
  single_row_double(&mp4->video, ALT_MSL, *alt);
}

static double film_seconds(const struct mp4 *mp4) {
  double seconds = mp4_seconds(mp4->movie.duration, mp4->movie.timescale);
  return seconds > 0 && seconds < 1e7 ? seconds : NAN;
}

static void end_report(struct decode *d, double seconds) {
  struct decode_report *report = &d->report;
  report->first_us = 0;
  report->last_us = isnan(seconds) ? 0 : (int64_t)(seconds * 1e6);
  for (uint32_t i = 0; i < report->message_count; i++)
    if (report->messages[i]->last_us != TIME_NONE)
      report->last_us = MAX(report->last_us, report->messages[i]->last_us);
  if (report->damage_count)
    qsort(report->damage, report->damage_count, sizeof *report->damage, by_offset);
}

static const struct batch *give_video(struct decode *d) {
  struct mp4 *mp4 = d->state;
  struct times times = find_times(d);
  double lat, lon, alt, seconds = film_seconds(mp4);
  put_picture(mp4);
  put_camera(mp4, &times);
  put_place(mp4, &lat, &lon, &alt);
  single_row_double(&mp4->video, DURATION, seconds);
  bool subtitles = dji_subtitles_count(mp4->subtitles) > 0;
  bool gpmf = d->report.message_count > 2u + subtitles;
  const char *telemetry = gpmf && subtitles ? "gpmf, subtitles" : gpmf ? "gpmf" : subtitles ? "subtitles" : "";
  single_row_text(&mp4->video, TELEMETRY, text_of(telemetry));
  note_facts(d, &times, lat, lon, alt);
  end_report(d, seconds);
  mp4->stage = STAGE_END;
  return single_row_give(d, &mp4->video, times.utc_us == TIME_NONE ? TIME_NONE : 0);
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct batch *drain(struct mp4 *mp4) {
  const struct batch *batch = gpmf_drain(mp4->gpmf);
  if (!batch)
    batch = dji_subtitles_drain(mp4->subtitles);
  if (!batch)
    mp4->stage = STAGE_VIDEO;
  return batch;
}

static enum status mp4_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct mp4 *mp4 = d->state;
  const struct batch *batch = NULL;
  while (!batch && mp4->stage != STAGE_END) {
    switch (mp4->stage) {
    case STAGE_INDEX:
      TRY(read_index(d, error));
      break;
    case STAGE_TRACKS:
      batch = give_tracks(d);
      break;
    case STAGE_TELEMETRY:
      TRY(read_telemetry(d, &batch, error));
      break;
    case STAGE_SEARCH:
      TRY(search_payloads(d, &batch, error));
      break;
    case STAGE_DRAIN:
      batch = drain(mp4);
      break;
    default:
      batch = give_video(d);
    }
  }
  *ret_batch = batch;
  return STATUS_OK;
}

const struct decoder decoder_mp4 = {
    .name = "mp4",
    .about = "film (MP4, MOV) with its telemetry tracks",
    .suffixes = "mp4 mov m4v lrv 360",
    .source = "payload",
    .vocabulary = "media",
    .state_size = sizeof(struct mp4),
    .probe = mp4_probe,
    .open = mp4_open,
    .next = mp4_next,
};
