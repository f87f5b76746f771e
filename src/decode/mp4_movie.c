/* mp4_movie: the boxes of an MP4 or QuickTime file (see mp4_movie.h). ISO/IEC 14496-12 and Apple's QuickTime File
 * Format; all numbers most significant byte first.
 *
 *   box     size u32, type (four letters); size 1: a u64 size follows, 0: up to the end. Boxes hold boxes.
 *   moov    mvhd (times in seconds since 1904, timescale, duration), trak …, udta (©-texts and makers' own boxes), meta
 *   trak    tkhd (id, matrix, size), mdia: mdhd (timescale, duration, language), hdlr (kind), minf: stbl:
 *           stsd (format), stts (count, ticks), stsc (first chunk, samples a chunk, …), stsz (sizes), stco/co64
 * (chunks)
 *
 * A camera that lost power leaves mdat and no moov. Sizes are compared with what is left of the box around; depth and
 * number of boxes are limited, so a hostile file costs at most some thousand small reads. */
#include "decode/mp4_movie.h"

#include <math.h>
#include <stdlib.h>

#define BOXES_MAX 20000u
#define DEPTH_MAX 8u
#define TEXT_MAX 512u
#define TABLE_MAX ((uint64_t)64 << 20)
#define EPOCH_1904_S INT64_C(2082844800) /* from 1904 to 1970 */
#define TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define COPYRIGHT_SIGN 0xA9

struct box {
  uint32_t type;
  uint64_t start, body, end;
};

struct walk {
  struct decode *d;
  struct mp4_movie *movie;
  struct mp4_track *track; /* of the trak around; NULL none */
  struct error *error;
  uint32_t boxes;
  struct text keys[16]; /* of a box keys: names of the entries of ilst, counted from 1 */
  uint32_t key_count;
};

double mp4_seconds(uint64_t ticks, uint32_t timescale) {
  return timescale ? (double)ticks / timescale : NAN;
}

static void note_damage(struct walk *walk, uint64_t offset, uint64_t bytes, const char *reason) {
  decode_damage(walk->d, offset, bytes, reason, TIME_NONE, TIME_NONE);
}

/* The next box at *at; *ret_found is false at the end, and where no box can be (noted as damage). */
static enum status next_box(struct walk *walk, uint64_t *at, uint64_t end, struct box *box, bool *ret_found) {
  uint8_t head[16];
  size_t got;
  *ret_found = false;
  if (end - *at < 8 || ++walk->boxes > BOXES_MAX)
    return STATUS_OK;
  TRY(input_read_at(walk->d->input, *at, head, sizeof head, &got, walk->error));
  if (got < 8)
    return STATUS_OK;
  uint64_t size = load_u32_be(head), head_size = 8;
  if (size == 1 && got == 16 && end - *at >= 16) {
    size = load_u64_be(head + 8);
    head_size = 16;
  } else if (size == 0) {
    size = end - *at;
  }
  if (size < head_size) {
    if (load_u32_be(head) || load_u32_be(head + 4)) /* QuickTime ends user data with four zero bytes */
      note_damage(walk, *at, end - *at, "a box is smaller than its own head");
    return STATUS_OK;
  }
  *box = (struct box){load_u32_be(head + 4), *at, *at + head_size, *at + MIN(size, end - *at)};
  if (size > end - *at) {
    bool outer = end == input_size(walk->d->input);
    walk->d->report.truncated |= outer;
    if (!outer)
      note_damage(walk, *at, end - *at, "a box is larger than the one around it");
  }
  *at = box->end;
  *ret_found = true;
  return STATUS_OK;
}

/* Up to `size` bytes of the box's content from `skip` on. */
static enum status read_body(struct walk *walk, const struct box *box, uint64_t skip, void *data, size_t size,
                             size_t *ret_size) {
  *ret_size = 0;
  if (skip >= box->end - box->body)
    return STATUS_OK;
  uint64_t left = box->end - box->body - skip;
  return input_read_at(walk->d->input, box->body + skip, data, (size_t)MIN((uint64_t)size, left), ret_size,
                       walk->error);
}

static struct text keep_text(struct walk *walk, struct text text) {
  const char *copy = text.size ? text_to_utf8(walk->d->arena, text) : NULL;
  return text_of(copy ? copy : "");
}

/* Cameras that count from 1970 are told by the year that comes out. */
static int64_t time_of(uint64_t seconds_1904) {
  if (seconds_1904 == 0 || seconds_1904 > UINT64_C(2) * UINT32_MAX)
    return TIME_NONE;
  int64_t seconds = (int64_t)seconds_1904;
  if (seconds >= EPOCH_1904_S)
    return (seconds - EPOCH_1904_S) * US_PER_S;
  return seconds > 946684800 ? seconds * US_PER_S : TIME_NONE;
}

/* ── heads of the film and of tracks ──────────────────────────────────────────────────────────────────────────── */

static enum status read_mvhd(struct walk *walk, const struct box *box) {
  uint8_t body[32];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  bool wide = got && body[0] == 1;
  if (got < (wide ? 32u : 20u)) {
    note_damage(walk, box->start, box->end - box->start, "the film's head is cut");
    return STATUS_OK;
  }
  walk->movie->created_us = time_of(wide ? load_u64_be(body + 4) : load_u32_be(body + 4));
  walk->movie->timescale = load_u32_be(body + (wide ? 20 : 12));
  walk->movie->duration = wide ? load_u64_be(body + 24) : load_u32_be(body + 16);
  if (walk->movie->duration == (wide ? UINT64_MAX : UINT32_MAX))
    walk->movie->duration = 0;
  return STATUS_OK;
}

/* The matrix says how a picture is turned: (a b; c d) in 16.16. */
static int16_t rotation_of(const uint8_t *matrix) {
  int32_t a = (int32_t)load_u32_be(matrix), b = (int32_t)load_u32_be(matrix + 4);
  if (a == 0 && b != 0)
    return b > 0 ? 90 : 270;
  return a < 0 ? 180 : 0;
}

static enum status read_tkhd(struct walk *walk, const struct box *box) {
  uint8_t body[96];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  size_t wide = got && body[0] == 1 ? 12 : 0;
  if (!walk->track || got < 84 + wide)
    return STATUS_OK;
  walk->track->id = load_u32_be(body + (wide ? 20 : 12));
  walk->track->rotation_deg = rotation_of(body + 40 + wide);
  return STATUS_OK;
}

static enum status read_mdhd(struct walk *walk, const struct box *box) {
  uint8_t body[36];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  bool wide = got && body[0] == 1;
  if (!walk->track || got < (wide ? 34u : 22u))
    return STATUS_OK;
  walk->track->timescale = load_u32_be(body + (wide ? 20 : 12));
  walk->track->duration = wide ? load_u64_be(body + 24) : load_u32_be(body + 16);
  uint16_t language = load_u16_be(body + (wide ? 32 : 20));
  if (language == 0) /* QuickTime's own number of English */
    memcpy(walk->track->language, "eng", 4);
  for (int i = 0; i < 3 && language >= 0x400 && language != 0x7FFF; i++)
    walk->track->language[i] = (char)(0x60 + (language >> (10 - 5 * i) & 31));
  return STATUS_OK;
}

/* QuickTime's names are counted, MP4's end in a zero byte. */
static enum status read_hdlr(struct walk *walk, const struct box *box) {
  uint8_t body[24 + 96];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  if (!walk->track || got < 24 || walk->track->handler[0])
    return STATUS_OK;
  memcpy(walk->track->handler, body + 8, 4);
  struct text name = text_padded(body + 24, got - 24);
  if (name.size && (size_t)(uint8_t)name.data[0] == name.size - 1)
    name = text_from(name.data + 1, name.size - 1);
  walk->track->name = keep_text(walk, text_trim(name)).data;
  return STATUS_OK;
}

/* ── tables of samples ────────────────────────────────────────────────────────────────────────────────────────── */

/* The first sample entry: its format; of pictures also their size, of sound its channels and rate. */
static enum status read_stsd(struct walk *walk, const struct box *box) {
  uint8_t body[8 + 36];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  if (!walk->track || got < 16)
    return STATUS_OK;
  const uint8_t *entry = body + 8;
  struct mp4_track *track = walk->track;
  memcpy(track->format, entry + 4, 4);
  if (memcmp(track->handler, "vide", 4) == 0 && got >= 8 + 36) {
    track->width_px = load_u16_be(entry + 32);
    track->height_px = load_u16_be(entry + 34);
  } else if (memcmp(track->handler, "soun", 4) == 0 && got >= 8 + 36) {
    track->channels = load_u16_be(entry + 24);
    track->sample_rate_hz = load_u16_be(entry + 32);
  }
  return STATUS_OK;
}

/* Version and flags, [more], count, entries; the count is cut to what the box holds. */
static enum status read_table(struct walk *walk, const struct box *box, size_t head, uint8_t entry,
                              struct mp4_table *table) {
  uint8_t body[12];
  size_t got;
  TRY(read_body(walk, box, 0, body, head, &got));
  if (got < head)
    return STATUS_OK;
  uint64_t room = MIN(box->end - box->body - head, TABLE_MAX) / entry;
  uint32_t count = load_u32_be(body + head - 4);
  if (count > room)
    note_damage(walk, box->start, box->end - box->start, "a table of samples is shorter than it says");
  *table = (struct mp4_table){box->body + head, (uint32_t)MIN((uint64_t)count, room), entry};
  return STATUS_OK;
}

static enum status read_stsz(struct walk *walk, const struct box *box) {
  uint8_t body[12];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  if (got < sizeof body || !walk->track)
    return STATUS_OK;
  struct mp4_track *track = walk->track;
  track->fixed_size = load_u32_be(body + 4);
  track->samples = load_u32_be(body + 8);
  if (track->fixed_size) {
    track->bytes = track->samples * track->fixed_size;
    return STATUS_OK;
  }
  TRY(read_table(walk, box, 12, 4, &track->sizes));
  track->samples = track->sizes.count;
  return STATUS_OK;
}

/* Sums a table's entries: value = the u32 at `offset`, times the u32 at 0 where `times` says so. */
static enum status sum_table(struct walk *walk, const struct mp4_table *table, bool times, uint64_t *ret_sum) {
  uint8_t buffer[8192];
  size_t step = sizeof buffer / table->entry;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < table->count; i += step) {
    size_t want = (size_t)MIN((uint64_t)step, table->count - i) * table->entry, got;
    TRY(input_read_at(walk->d->input, table->offset + i * table->entry, buffer, want, &got, walk->error));
    for (size_t at = 0; at + table->entry <= got; at += table->entry)
      sum += times ? (uint64_t)load_u32_be(buffer + at) * load_u32_be(buffer + at + 4) : load_u32_be(buffer + at);
    if (got < want)
      break;
  }
  *ret_sum = sum;
  return STATUS_OK;
}

static enum status read_sample_box(struct walk *walk, const struct box *box) {
  struct mp4_track *track = walk->track;
  if (!track)
    return STATUS_OK;
  switch (box->type) {
  case TYPE('s', 't', 's', 'd'):
    return read_stsd(walk, box);
  case TYPE('s', 't', 't', 's'):
    TRY(read_table(walk, box, 8, 8, &track->times));
    return track->times.count ? sum_table(walk, &track->times, true, &track->ticks) : STATUS_OK;
  case TYPE('s', 't', 's', 'c'):
    return read_table(walk, box, 8, 12, &track->chunk_runs);
  case TYPE('s', 't', 's', 'z'):
    TRY(read_stsz(walk, box));
    return track->sizes.count ? sum_table(walk, &track->sizes, false, &track->bytes) : STATUS_OK;
  case TYPE('s', 't', 'c', 'o'):
    return read_table(walk, box, 8, 4, &track->chunks);
  case TYPE('c', 'o', '6', '4'):
    return read_table(walk, box, 8, 8, &track->chunks);
  default:
    return STATUS_OK;
  }
}

/* ── what the camera says of itself ───────────────────────────────────────────────────────────────────────────── */

/* ISO 6709: "+51.4169-000.0806+12.3/", degrees with decimals only. */
static void read_place(struct mp4_movie *movie, struct text text) {
  double values[3] = {NAN, NAN, NAN};
  size_t at = 0;
  for (int i = 0; i < 3; i++) {
    size_t from = at;
    if (at >= text.size || (text.data[at] != '+' && text.data[at] != '-'))
      break;
    for (at++; at < text.size && (text.data[at] == '.' || (text.data[at] >= '0' && text.data[at] <= '9'));)
      at++;
    size_t sign = text.data[from] == '+';
    if (!text_to_double(text_from(text.data + from + sign, at - from - sign), &values[i]))
      return;
  }
  if (isnan(movie->lat_deg) && fabs(values[0]) <= 90 && fabs(values[1]) <= 180 && (values[0] != 0 || values[1] != 0)) {
    movie->lat_deg = values[0];
    movie->lon_deg = values[1];
    movie->alt_msl_m = values[2];
  }
}

/* 3GPP's loci: version, u16 language, name NUL, u8 role, longitude, latitude, altitude as 16.16. */
static enum status read_loci(struct walk *walk, const struct box *box) {
  struct mp4_movie *movie = walk->movie;
  uint8_t body[256];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  const uint8_t *name_end = got > 6 ? memchr(body + 6, 0, got - 6) : NULL;
  if (!name_end || body + got - name_end < 14 || !isnan(movie->lat_deg))
    return STATUS_OK;
  double lon = (int32_t)load_u32_be(name_end + 2) / 65536.0, lat = (int32_t)load_u32_be(name_end + 6) / 65536.0;
  double alt = (int32_t)load_u32_be(name_end + 10) / 65536.0;
  if (fabs(lat) > 90 || fabs(lon) > 180 || (lat == 0 && lon == 0))
    return STATUS_OK;
  movie->lat_deg = lat;
  movie->lon_deg = lon;
  movie->alt_msl_m = alt != 0 ? alt : NAN; /* 0 stands for unknown, too */
  return STATUS_OK;
}

static void take(struct text *to, struct text value) {
  if (!to->size)
    *to = value;
}

static void take_angle(double *to, struct text value) {
  double number;
  if (isnan(*to) && text_to_double(text_trim(value), &number) && fabs(number) <= 360)
    *to = number;
}

static void read_user_text(struct walk *walk, uint32_t type, struct text value) {
  struct mp4_movie *movie = walk->movie;
  struct {
    const char *name;
    struct text *text;
    double *angle;
  } known[] = {
      {"mak", &movie->make, NULL},
      {"mod", &movie->model, NULL},
      {"mdl", &movie->model, NULL},
      {"swr", &movie->software, NULL},
      {"day", &movie->date, NULL},
      {"csn", &movie->serial, NULL},
      {"fpt", NULL, &movie->flight_pitch_deg},
      {"frl", NULL, &movie->flight_roll_deg},
      {"fyw", NULL, &movie->flight_yaw_deg},
      {"gpt", NULL, &movie->gimbal_pitch_deg},
      {"grl", NULL, &movie->gimbal_roll_deg},
      {"gyw", NULL, &movie->gimbal_yaw_deg},
  };
  char name[4] = {(char)(type >> 16), (char)(type >> 8), (char)type, 0};
  if (strcmp(name, "xyz") == 0)
    read_place(movie, value);
  for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
    if (strcmp(name, known[i].name) != 0)
      continue;
    if (known[i].text)
      take(known[i].text, keep_text(walk, value));
    else if (known[i].angle)
      take_angle(known[i].angle, value);
  }
}

/* ©-boxes: u16 size, u16 language, text. */
static enum status read_copyright_box(struct walk *walk, const struct box *box) {
  uint8_t body[4 + TEXT_MAX];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  if (got <= 4)
    return STATUS_OK;
  size_t size = MIN((size_t)load_u16_be(body), got - 4);
  read_user_text(walk, box->type, text_trim(text_padded(body + 4, size)));
  return STATUS_OK;
}

/* Makers' boxes that hold nothing but a text. */
static enum status read_plain_text(struct walk *walk, const struct box *box, struct text *to) {
  char body[TEXT_MAX];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  take(to, keep_text(walk, text_trim(text_padded(body, got))));
  return STATUS_OK;
}

/* GoPro's settings (a box GPMF in udta) are key, type, size, repeat, as in its metadata track; MINF is the model. */
static enum status read_gopro_settings(struct walk *walk, const struct box *box) {
  uint8_t body[4096];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  struct reader reader = reader_of(bytes_of(body, got));
  while (reader_left(&reader) >= 8) {
    struct bytes head = read_bytes(&reader, 8);
    if (head.data[4] == 0)
      continue; /* a nest: its content comes next */
    size_t size = (size_t)head.data[5] * load_u16_be(head.data + 6);
    struct bytes value = read_bytes(&reader, MIN((size + 3) & ~(size_t)3, reader_left(&reader)));
    struct text text = text_trim(text_padded(value.data, MIN(size, value.size)));
    if (memcmp(head.data, "MINF", 4) == 0 && head.data[4] == 'c')
      take(&walk->movie->model, keep_text(walk, text));
    else if (memcmp(head.data, "CASN", 4) == 0 && head.data[4] == 'c')
      take(&walk->movie->serial, keep_text(walk, text));
  }
  if (!walk->movie->make.size)
    walk->movie->make = TEXT("GoPro");
  return STATUS_OK;
}

/* keys: count, then {size, namespace, name}. */
static enum status read_keys(struct walk *walk, const struct box *box) {
  uint8_t body[2048];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  struct reader reader = reader_of(bytes_of(body, got));
  read_bytes(&reader, 8);
  walk->key_count = 0;
  while (walk->key_count < ARRAY_COUNT(walk->keys) && reader_left(&reader) >= 8) {
    uint32_t size = read_u32_be(&reader);
    read_u32_be(&reader);
    if (size < 8 || size - 8 > reader_left(&reader))
      break;
    struct bytes name = read_bytes(&reader, size - 8);
    walk->keys[walk->key_count++] = keep_text(walk, text_from(name.data, name.size));
  }
  return STATUS_OK;
}

/* An entry of ilst: a box whose type is a key's number or a ©-name, and in it a box data: kind, locale, value. */
static enum status read_list_entry(struct walk *walk, const struct box *box) {
  static const struct {
    const char *key, *same_as;
  } names[] = {{"com.apple.quicktime.location.ISO6709", "xyz"},
               {"com.apple.quicktime.make", "mak"},
               {"com.apple.quicktime.model", "mod"},
               {"com.apple.quicktime.software", "swr"},
               {"com.apple.quicktime.creationdate", "day"},
               {"com.apple.quicktime.camera.identifier", "csn"}};
  uint8_t body[16 + TEXT_MAX];
  size_t got;
  TRY(read_body(walk, box, 0, body, sizeof body, &got));
  if (got < 16 || memcmp(body + 4, "data", 4) != 0)
    return STATUS_OK;
  struct text value = text_trim(text_padded(body + 16, got - 16));
  if (box->type >> 24 == COPYRIGHT_SIGN)
    read_user_text(walk, box->type, value);
  else if (box->type >= 1 && box->type <= walk->key_count)
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
      if (text_is(walk->keys[box->type - 1], names[i].key))
        read_user_text(walk, TYPE(COPYRIGHT_SIGN, names[i].same_as[0], names[i].same_as[1], names[i].same_as[2]),
                       value);
  return STATUS_OK;
}

static enum status read_user_box(struct walk *walk, const struct box *box) {
  if (box->type >> 24 == COPYRIGHT_SIGN)
    return read_copyright_box(walk, box);
  switch (box->type) {
  case TYPE('F', 'I', 'R', 'M'):
    return read_plain_text(walk, box, &walk->movie->software);
  case TYPE('G', 'P', 'M', 'F'):
    return read_gopro_settings(walk, box);
  case TYPE('l', 'o', 'c', 'i'):
    return read_loci(walk, box);
  case TYPE('m', 'o', 'd', 'l'):
    return read_plain_text(walk, box, &walk->movie->model);
  default:
    return STATUS_OK;
  }
}

/* ── the tree ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status walk_boxes(struct walk *walk, uint32_t parent, uint64_t at, uint64_t end, uint32_t depth);

static enum status enter_track(struct walk *walk, const struct box *box, uint32_t depth) {
  if (walk->movie->track_count == MP4_TRACKS_MAX) {
    walk->movie->tracks_left_out++;
    return STATUS_OK;
  }
  walk->track = &walk->movie->tracks[walk->movie->track_count++];
  walk->track->name = "";
  enum status status = walk_boxes(walk, box->type, box->body, box->end, depth);
  walk->track = NULL;
  return status;
}

/* meta is a full box in MP4 (version and flags first) and a plain one in QuickTime. */
static enum status enter_meta(struct walk *walk, const struct box *box, uint32_t depth) {
  uint8_t head[8];
  size_t got;
  TRY(read_body(walk, box, 0, head, sizeof head, &got));
  uint64_t skip = got == 8 && load_u32_be(head) == 0 ? 4 : 0;
  return walk_boxes(walk, box->type, box->body + skip, box->end, depth);
}

static enum status read_box(struct walk *walk, uint32_t parent, const struct box *box, uint32_t depth) {
  switch (box->type) {
  case TYPE('m', 'o', 'o', 'v'):
    walk->movie->has_index = true;
    return walk_boxes(walk, box->type, box->body, box->end, depth);
  case TYPE('t', 'r', 'a', 'k'):
    return enter_track(walk, box, depth);
  case TYPE('m', 'd', 'i', 'a'):
  case TYPE('m', 'i', 'n', 'f'):
  case TYPE('s', 't', 'b', 'l'):
  case TYPE('u', 'd', 't', 'a'):
  case TYPE('i', 'l', 's', 't'):
    return walk_boxes(walk, box->type, box->body, box->end, depth);
  case TYPE('m', 'e', 't', 'a'):
    return enter_meta(walk, box, depth);
  case TYPE('k', 'e', 'y', 's'):
    return read_keys(walk, box);
  case TYPE('m', 'v', 'h', 'd'):
    return read_mvhd(walk, box);
  case TYPE('t', 'k', 'h', 'd'):
    return read_tkhd(walk, box);
  case TYPE('m', 'd', 'h', 'd'):
    return read_mdhd(walk, box);
  case TYPE('h', 'd', 'l', 'r'):
    return parent == TYPE('m', 'd', 'i', 'a') ? read_hdlr(walk, box) : STATUS_OK;
  case TYPE('m', 'v', 'e', 'x'):
    walk->movie->has_fragments = true;
    return STATUS_OK;
  case TYPE('c', 'm', 'o', 'v'):
    walk->movie->compressed_index = true;
    return STATUS_OK;
  default:
    break;
  }
  if (parent == TYPE('s', 't', 'b', 'l'))
    return read_sample_box(walk, box);
  if (parent == TYPE('u', 'd', 't', 'a'))
    return read_user_box(walk, box);
  return parent == TYPE('i', 'l', 's', 't') ? read_list_entry(walk, box) : STATUS_OK;
}

static enum status walk_boxes(struct walk *walk, uint32_t parent, uint64_t at, uint64_t end, uint32_t depth) {
  if (depth > DEPTH_MAX) {
    note_damage(walk, at, end - at, "boxes are nested too deep");
    return STATUS_OK;
  }
  for (;;) {
    struct box box;
    bool found;
    TRY(next_box(walk, &at, end, &box, &found));
    if (!found)
      return STATUS_OK;
    TRY(read_box(walk, parent, &box, depth + 1));
  }
}

static bool is_box_name(uint32_t type) {
  static const uint32_t known[] = {TYPE('f', 't', 'y', 'p'), TYPE('m', 'o', 'o', 'v'), TYPE('m', 'd', 'a', 't'),
                                   TYPE('f', 'r', 'e', 'e'), TYPE('s', 'k', 'i', 'p'), TYPE('w', 'i', 'd', 'e'),
                                   TYPE('u', 'u', 'i', 'd'), TYPE('p', 'n', 'o', 't'), TYPE('m', 'o', 'o', 'f'),
                                   TYPE('m', 'f', 'r', 'a'), TYPE('s', 'i', 'd', 'x'), TYPE('s', 't', 'y', 'p'),
                                   TYPE('u', 'd', 't', 'a'), TYPE('m', 'e', 't', 'a'), TYPE('P', 'I', 'C', 'T'),
                                   TYPE('e', 'm', 's', 'g'), TYPE('s', 's', 'i', 'x'), TYPE('p', 'r', 'f', 't')};
  for (size_t i = 0; i < ARRAY_COUNT(known); i++)
    if (known[i] == type)
      return true;
  return false;
}

static bool is_printable(uint32_t type) {
  for (int shift = 0; shift < 32; shift += 8) {
    uint8_t c = (uint8_t)(type >> shift);
    if ((c < 0x20 || c > 0x7E) && c != COPYRIGHT_SIGN)
      return false;
  }
  return true;
}

static enum status read_outer_box(struct walk *walk, const struct box *box) {
  struct mp4_movie *movie = walk->movie;
  size_t got;
  if (box->type == TYPE('f', 't', 'y', 'p'))
    return read_body(walk, box, 0, movie->brand, 4, &got);
  if (box->type == TYPE('m', 'd', 'a', 't') && !movie->has_media) {
    movie->has_media = true;
    movie->media_at = box->body;
    movie->media_bytes = box->end - box->body;
  }
  if (box->type == TYPE('m', 'o', 'o', 'f'))
    movie->has_fragments = true;
  return is_box_name(box->type) ? read_box(walk, 0, box, 0) : STATUS_OK;
}

enum status mp4_movie_read(struct decode *d, struct mp4_movie *movie, struct error *error) {
  const struct text none = TEXT("");
  *movie = (struct mp4_movie){.created_us = TIME_NONE,
                              .make = none,
                              .model = none,
                              .serial = none,
                              .software = none,
                              .date = none,
                              .lat_deg = NAN,
                              .lon_deg = NAN,
                              .alt_msl_m = NAN,
                              .flight_roll_deg = NAN,
                              .flight_pitch_deg = NAN,
                              .flight_yaw_deg = NAN,
                              .gimbal_roll_deg = NAN,
                              .gimbal_pitch_deg = NAN,
                              .gimbal_yaw_deg = NAN};
  struct walk walk = {.d = d, .movie = movie, .error = error};
  uint64_t at = 0, end = input_size(d->input);
  for (;;) {
    struct box box;
    bool found;
    TRY(next_box(&walk, &at, end, &box, &found));
    if (!found)
      break;
    if (!is_printable(box.type)) {
      note_damage(&walk, box.start, end - box.start, "what follows is no box");
      break;
    }
    TRY(read_outer_box(&walk, &box));
  }
  if (walk.boxes > BOXES_MAX)
    note_damage(&walk, at, end - MIN(at, end), "more boxes than any camera writes; the rest is not read");
  return STATUS_OK;
}

/* ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status table_entry(struct decode *d, const struct mp4_table *table, struct mp4_window *window,
                               uint32_t index, const uint8_t **ret_entry, struct error *error) {
  *ret_entry = NULL;
  if (index >= table->count)
    return STATUS_OK;
  if (index < window->first || index - window->first >= window->count) {
    size_t got, most = sizeof window->bytes / table->entry;
    size_t want = MIN(most, (size_t)(table->count - index)) * table->entry;
    TRY(input_read_at(d->input, table->offset + (uint64_t)index * table->entry, window->bytes, want, &got, error));
    window->first = index;
    window->count = (uint32_t)(got / table->entry);
    if (!window->count)
      return STATUS_OK;
  }
  *ret_entry = window->bytes + (size_t)(index - window->first) * table->entry;
  return STATUS_OK;
}

void mp4_samples_begin(struct mp4_samples *samples, const struct mp4_track *track) {
  *samples = (struct mp4_samples){.track = track};
}

/* Goes to the next chunk: its place, and how many samples are in it. */
static enum status next_chunk(struct decode *d, struct mp4_samples *samples, bool *ret_more, struct error *error) {
  const struct mp4_track *track = samples->track;
  const uint8_t *place, *run;
  TRY(table_entry(d, &track->chunks, &samples->chunks, samples->chunk, &place, error));
  *ret_more = place != NULL;
  if (!place)
    return STATUS_OK;
  samples->at = track->chunks.entry == 8 ? load_u64_be(place) : load_u32_be(place);
  samples->chunk++;
  for (;;) {
    TRY(table_entry(d, &track->chunk_runs, &samples->chunk_runs, samples->run, &run, error));
    if (!run || load_u32_be(run) > samples->chunk)
      break;
    samples->per_chunk = load_u32_be(run + 4);
    samples->run++;
  }
  samples->in_chunk = 0;
  *ret_more = samples->per_chunk > 0;
  return STATUS_OK;
}

static enum status next_time(struct decode *d, struct mp4_samples *samples, struct error *error) {
  while (!samples->time_left) {
    const uint8_t *run;
    TRY(table_entry(d, &samples->track->times, &samples->times, samples->time_run, &run, error));
    if (!run)
      break;
    samples->time_left = load_u32_be(run);
    samples->time_step = load_u32_be(run + 4);
    samples->time_run++;
  }
  samples->time_left -= samples->time_left > 0;
  return STATUS_OK;
}

static int64_t to_us(uint64_t ticks, uint32_t timescale) {
  double us = mp4_seconds(ticks, timescale) * 1e6;
  return us >= 0 && us < 1e15 ? (int64_t)(us + 0.5) : 0;
}

enum status mp4_samples_next(struct decode *d, struct mp4_samples *samples, struct mp4_sample *ret_sample,
                             bool *ret_more, struct error *error) {
  const struct mp4_track *track = samples->track;
  *ret_more = samples->index < track->samples;
  if (!*ret_more)
    return STATUS_OK;
  if (samples->in_chunk == samples->per_chunk) {
    TRY(next_chunk(d, samples, ret_more, error));
    if (!*ret_more) {
      decode_damage(d, track->chunks.offset, 0, "the index names more samples than it places", TIME_NONE, TIME_NONE);
      return STATUS_OK;
    }
  }
  const uint8_t *size = NULL;
  if (!track->fixed_size)
    TRY(table_entry(d, &track->sizes, &samples->sizes, (uint32_t)samples->index, &size, error));
  TRY(next_time(d, samples, error));
  *ret_sample = (struct mp4_sample){
      .offset = samples->at,
      .size = track->fixed_size ? track->fixed_size
              : size            ? load_u32_be(size)
                                : 0,
      .start_us = to_us(samples->ticks, track->timescale),
      .duration_us = to_us(samples->time_step, track->timescale),
  };
  samples->ticks += samples->time_step;
  samples->at += ret_sample->size;
  samples->index++;
  samples->in_chunk++;
  return STATUS_OK;
}
