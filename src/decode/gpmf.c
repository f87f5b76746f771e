/* gpmf: GoPro's metadata (see gpmf.h). Layout after the maker's published description of the format.
 *
 *   entry    key (four letters), type u8, size u8 (of one element), repeat u16, then size × repeat bytes, padded to 4
 *   type 0   a nest: DEVC (device) holds DVID, DVNM and STRM (stream); STRM holds what describes its data, and last the
 *            data themselves
 *   SCAL     divisors, one for all or one an element    SIUN, UNIT   units, likewise       STNM   the stream's name
 *   TYPE     letters of the elements of a compound ('?') record
 *   GPSF, GPSP, GPSU   fix (0, 2, 3), dilution × 100 and UTC "yymmddhhmmss.sss" of the GPS5 records of this payload
 *
 * All numbers most significant byte first. One payload lasts about a second; its records are spread over it evenly. A
 * stream is a message named by its data's key; elements of well-known streams have names, the others are v1, v2, …
 * Values are divided by SCAL here. Positions in GPS5 without a fix are stale: the field fix says so. The GoPro Karma
 * also logs its autopilot's state: GPRI, GLPI, ATTD, KBAT, SYST and others, all compound. */
#include "decode/gpmf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define STREAMS_MAX 64u
#define ITEMS_MAX 128u
#define ELEMENTS_MAX 64u
#define DEPTH_MAX 4u
#define ROWS_PER_BATCH 512u
#define KEY(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct entry {
  uint32_t key;
  uint8_t type, size;
  uint16_t repeat;
  struct bytes data;
};

/* One stream's data in one payload, with what describes them. */
struct item {
  struct entry data, scale, units, types;
  struct stream *stream;
  double fix, dop; /* NAN not said */
  int64_t utc_us;
};

struct stream {
  uint32_t key, device;
  uint16_t elements;        /* in a record */
  char types[ELEMENTS_MAX]; /* letter of each */
  uint8_t sizes[ELEMENTS_MAX];
  bool extra; /* GPS5: fix, dop, utc follow the elements */
  struct message *message;
  struct batch_builder *builder;
  uint64_t *valid; /* of the column utc */
};

struct gpmf {
  struct decode *d;
  struct stream streams[STREAMS_MAX];
  uint32_t stream_count;
  struct item items[ITEMS_MAX];
  uint32_t item_count, item, row;
  uint32_t device;
  int64_t start_us, duration_us;
  uint64_t offset;
  const uint8_t *payload;
  struct batch_builder *given;
  uint32_t drained;
  int64_t utc_start_us;
  const char *utc_source;
  bool placed;
  double lat_deg, lon_deg, alt_msl_m; /* of the first fix */
};

/* ── known streams ────────────────────────────────────────────────────────────────────────────────────────────── */

static const struct known_stream {
  uint32_t key;
  const char *names;
} known_streams[] = {
    {KEY('G', 'P', 'S', '5'), "lat_deg lon_deg alt_m speed_2d_m_s speed_3d_m_s"},
    {KEY('G', 'P', 'S', '9'), "lat_deg lon_deg alt_m speed_2d_m_s speed_3d_m_s days_since_2000 seconds dop fix"},
    {KEY('G', 'P', 'R', 'I'), "boot_s lat_deg lon_deg alt_msl_m hdop_m vdop_m speed_m_s course_deg fix satellites"},
    {KEY('G', 'L', 'P', 'I'),
     "boot_s lat_deg lon_deg alt_msl_m alt_rel_m vel_north_m_s vel_east_m_s vel_down_m_s heading_deg"},
    {KEY('A', 'T', 'T', 'D'), "boot_s roll_rad pitch_rad yaw_rad roll_rate_rad_s pitch_rate_rad_s yaw_rate_rad_s"},
    {KEY('K', 'B', 'A', 'T'),
     "current_a used_ah energy_j temperature_degc cell1_v cell2_v cell3_v cell4_v left_s v10 v11 v12 v13 v14 "
     "remaining_percent"},
    {KEY('S', 'Y', 'S', 'T'), "boot_s unix_s"},
    {KEY('V', 'F', 'R', 'H'), "airspeed_m_s ground_speed_m_s alt_m climb_m_s heading_deg throttle_percent"},
    {KEY('A', 'C', 'C', 'L'), "up right forward"},
    {KEY('G', 'Y', 'R', 'O'), "z x y"},
};

static const char *known_names(uint32_t key) {
  for (size_t i = 0; i < ARRAY_COUNT(known_streams); i++)
    if (known_streams[i].key == key)
      return known_streams[i].names;
  return "";
}

/* Entries that describe the data that follow them, and are none themselves. */
static bool describes(uint32_t key) {
  static const uint32_t keys[] = {
      KEY('T', 'S', 'M', 'P'), KEY('T', 'I', 'C', 'K'), KEY('T', 'O', 'C', 'K'), KEY('S', 'T', 'N', 'M'),
      KEY('T', 'M', 'P', 'C'), KEY('S', 'I', 'U', 'N'), KEY('U', 'N', 'I', 'T'), KEY('S', 'C', 'A', 'L'),
      KEY('T', 'Y', 'P', 'E'), KEY('G', 'P', 'S', 'F'), KEY('G', 'P', 'S', 'U'), KEY('G', 'P', 'S', 'P'),
      KEY('G', 'P', 'S', 'A'), KEY('E', 'M', 'P', 'T'), KEY('S', 'T', 'M', 'P'), KEY('V', 'P', 'T', 'S'),
      KEY('M', 'T', 'R', 'X'), KEY('O', 'R', 'I', 'N'), KEY('O', 'R', 'I', 'O'), KEY('R', 'M', 'R', 'K'),
      KEY('T', 'I', 'M', 'O'), KEY('D', 'V', 'I', 'D'), KEY('D', 'V', 'N', 'M')};
  for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
    if (keys[i] == key)
      return true;
  return false;
}

static uint8_t size_of_type(char type) {
  switch (type) {
  case 'b':
  case 'B':
  case 'c':
    return 1;
  case 's':
  case 'S':
    return 2;
  case 'l':
  case 'L':
  case 'f':
  case 'F':
  case 'q':
    return 4;
  case 'd':
  case 'j':
  case 'J':
  case 'Q':
    return 8;
  case 'U':
  case 'G':
    return 16;
  default:
    return 0;
  }
}

static bool is_text_type(char type) {
  return type == 'c' || type == 'F' || type == 'U' || type == 'G';
}

static double number_at(const uint8_t *at, char type) {
  uint64_t bits;
  uint32_t half;
  double wide;
  float narrow;
  switch (type) {
  case 'b':
    return (int8_t)*at;
  case 'B':
    return *at;
  case 's':
    return (int16_t)load_u16_be(at);
  case 'S':
    return load_u16_be(at);
  case 'l':
    return (int32_t)load_u32_be(at);
  case 'L':
    return load_u32_be(at);
  case 'q':
    return (int32_t)load_u32_be(at) / 65536.0;
  case 'Q':
    return (double)(int64_t)load_u64_be(at) / 4294967296.0;
  case 'j':
    return (double)(int64_t)load_u64_be(at);
  case 'J':
    return (double)load_u64_be(at);
  case 'f':
    half = load_u32_be(at);
    memcpy(&narrow, &half, sizeof narrow);
    return narrow;
  case 'd':
    bits = load_u64_be(at);
    memcpy(&wide, &bits, sizeof wide);
    return wide;
  default:
    return NAN;
  }
}

/* ── a stream's first record: the message ─────────────────────────────────────────────────────────────────────── */

/* "c[16]" in a compound stands for sixteen letters; texts in compounds are one element. */
static bool expand_types(struct stream *stream, struct text types, uint8_t record) {
  size_t used = 0;
  for (size_t i = 0; i < types.size && types.data[i]; i++) {
    char type = types.data[i];
    uint8_t size = size_of_type(type);
    int64_t count = 1;
    if (!size)
      return false;
    if (i + 1 < types.size && types.data[i + 1] == '[') {
      const char *close = memchr(types.data + i, ']', types.size - i);
      size_t from = i + 2;
      if (!close || !text_to_i64(text_from(types.data + from, (size_t)(close - types.data) - from), &count) ||
          count < 1 || count > 255)
        return false;
      i = (size_t)(close - types.data);
    }
    bool text = type == 'c';
    int64_t elements = text ? 1 : count;
    for (int64_t k = 0; k < elements; k++) {
      size_t bytes = text ? (size_t)count : size;
      if (stream->elements == ELEMENTS_MAX || used + bytes > record)
        return false;
      stream->types[stream->elements] = type;
      stream->sizes[stream->elements++] = (uint8_t)bytes;
      used += bytes;
    }
  }
  return stream->elements > 0;
}

static bool find_elements(struct stream *stream, const struct item *item) {
  const struct entry *data = &item->data;
  if (data->type == '?')
    return expand_types(stream, text_padded(item->types.data.data, item->types.data.size), data->size);
  uint8_t size = size_of_type((char)data->type);
  if (!size || !data->size)
    return false;
  bool text = data->type == 'c';
  stream->elements = text ? 1 : (uint16_t)MIN(data->size / size, (int)ELEMENTS_MAX);
  memset(stream->types, data->type, sizeof stream->types);
  memset(stream->sizes, text ? data->size : size, sizeof stream->sizes);
  return stream->elements > 0;
}

/* Unit of element i: one for all, or one an element. Degree and square signs come as Latin-1. */
static const char *unit_of(struct gpmf *gpmf, const struct item *item, uint16_t i) {
  const struct entry *units = &item->units;
  if (!units->size || !units->repeat)
    return "";
  size_t index = units->repeat == 1 ? 0 : i;
  if (index >= units->repeat || (index + 1) * units->size > units->data.size)
    return "";
  const char *text = text_to_utf8(gpmf->d->arena,
                                  text_trim(text_padded(units->data.data + index * units->size, units->size)));
  return text ? text : "";
}

static enum column_type column_type_of(char type) {
  return is_text_type(type) ? COLUMN_TEXT : COLUMN_F64;
}

static void name_key(char out[5], uint32_t key) {
  for (int i = 0; i < 4; i++) {
    uint8_t c = (uint8_t)(key >> (24 - 8 * i));
    out[i] = c > 0x20 && c < 0x7F ? (char)c : '_';
  }
  out[4] = 0;
}

static const char *element_name(struct gpmf *gpmf, struct text *names, uint16_t i, uint16_t count) {
  struct text name = names->data ? text_cut(names, ' ') : TEXT("");
  const char *kept = name.size    ? arena_copy(gpmf->d->arena, name.data, name.size)
                     : count == 1 ? "value"
                                  : arena_format(gpmf->d->arena, "v%d", i + 1);
  return kept ? kept : "";
}

static bool define_stream(struct gpmf *gpmf, struct stream *stream, const struct item *item) {
  struct field fields[ELEMENTS_MAX + 3];
  struct text names = text_of(known_names(stream->key));
  for (uint16_t i = 0; i < stream->elements; i++)
    fields[i] = (struct field){element_name(gpmf, &names, i, stream->elements),
                               unit_of(gpmf, item, i),
                               1,
                               column_type_of(stream->types[i]),
                               1,
                               false};
  uint16_t count = stream->elements;
  stream->extra = stream->key == KEY('G', 'P', 'S', '5');
  if (stream->extra) {
    fields[count++] = (struct field){"fix", "", 1, COLUMN_F64, 1, false};
    fields[count++] = (struct field){"dop", "", 1, COLUMN_F64, 1, false};
    fields[count++] = (struct field){"utc", "", 1, COLUMN_TIME, 1, false};
  }
  char name[5];
  name_key(name, stream->key);
  stream->message = decode_define_message(gpmf->d, name, stream->key, fields, count);
  if (stream->message && stream->message->wanted)
    stream->builder = batch_builder_new(gpmf->d, stream->message, ROWS_PER_BATCH);
  if (stream->builder && stream->extra) {
    stream->valid = arena_alloc_array(gpmf->d->arena, ROWS_PER_BATCH / 64, sizeof *stream->valid);
    stream->builder->columns[count - 1].valid = stream->valid;
    if (!stream->valid)
      stream->builder = NULL;
  }
  return stream->message != NULL;
}

static struct stream *find_stream(struct gpmf *gpmf, const struct item *item) {
  for (uint32_t i = 0; i < gpmf->stream_count; i++)
    if (gpmf->streams[i].key == item->data.key && gpmf->streams[i].device == gpmf->device)
      return &gpmf->streams[i];
  if (gpmf->stream_count == STREAMS_MAX)
    return NULL;
  struct stream *stream = &gpmf->streams[gpmf->stream_count];
  *stream = (struct stream){.key = item->data.key, .device = gpmf->device};
  if (!find_elements(stream, item) || !define_stream(gpmf, stream, item))
    return NULL;
  gpmf->stream_count++;
  return stream;
}

/* A later payload's records must be like the first one's. */
static bool fits(const struct stream *stream, const struct item *item) {
  size_t bytes = 0;
  for (uint16_t i = 0; i < stream->elements; i++)
    bytes += stream->sizes[i];
  return bytes <= item->data.size && (item->data.type == '?' || item->data.type == (uint8_t)stream->types[0]);
}

/* ── a payload ────────────────────────────────────────────────────────────────────────────────────────────────── */

static void note_damage(struct gpmf *gpmf, const uint8_t *at, size_t bytes, const char *reason) {
  decode_damage(gpmf->d, gpmf->offset + (uint64_t)(at - gpmf->payload), bytes, reason, gpmf->start_us,
                gpmf->start_us + gpmf->duration_us);
}

static bool read_entry(struct gpmf *gpmf, struct reader *reader, struct entry *entry) {
  const uint8_t *at = reader->at;
  if (reader_left(reader) < 8)
    return false;
  struct bytes head = read_bytes(reader, 8);
  *entry = (struct entry){load_u32_be(head.data), head.data[4], head.data[5], load_u16_be(head.data + 6), {0}};
  if (!entry->key)
    return false; /* padding */
  size_t size = (size_t)entry->size * entry->repeat, left = reader_left(reader);
  if (size > left) {
    note_damage(gpmf, at, left + 8, "an entry of GPMF is larger than what is around it");
    return false;
  }
  entry->data = bytes_of(reader->at, size);
  read_bytes(reader, MIN((size + 3) & ~(size_t)3, left));
  return true;
}

/* "170417192743.123": two-digit year from 2000 on. */
static int64_t utc_of(struct bytes text) {
  int64_t parts[6];
  double seconds;
  if (text.size < 12)
    return TIME_NONE;
  for (int i = 0; i < 6; i++)
    if (!text_to_i64(text_from(text.data + 2 * i, 2), &parts[i]))
      return TIME_NONE;
  struct text rest = text_trim(text_padded(text.data + 10, text.size - 10));
  if (!text_to_double(rest, &seconds) || !(seconds >= 0 && seconds < 62) || parts[1] < 1 || parts[1] > 12 ||
      parts[2] < 1 || parts[2] > 31 || parts[3] > 23 || parts[4] > 59 || parts[0] < 0 || parts[3] < 0 || parts[4] < 0)
    return TIME_NONE;
  return clock_from_civil((int)(2000 + parts[0]), (int)parts[1], (int)parts[2], (int)parts[3], (int)parts[4], seconds);
}

static double first_number(const struct entry *entry) {
  uint8_t size = size_of_type((char)entry->type);
  return size && entry->data.size >= size ? number_at(entry->data.data, (char)entry->type) : NAN;
}

static void note_description(struct item *item, const struct entry *entry) {
  switch (entry->key) {
  case KEY('S', 'C', 'A', 'L'):
    item->scale = *entry;
    break;
  case KEY('S', 'I', 'U', 'N'):
  case KEY('U', 'N', 'I', 'T'):
    item->units = *entry;
    break;
  case KEY('T', 'Y', 'P', 'E'):
    item->types = *entry;
    break;
  case KEY('G', 'P', 'S', 'F'):
    item->fix = first_number(entry);
    break;
  case KEY('G', 'P', 'S', 'P'):
    item->dop = first_number(entry) / 100;
    break;
  case KEY('G', 'P', 'S', 'U'):
    item->utc_us = utc_of(entry->data);
    break;
  default:
    break;
  }
}

static void set_utc(struct gpmf *gpmf, int64_t utc_us, int64_t at_us, const char *source) {
  bool better = gpmf->utc_start_us == TIME_NONE || (strcmp(source, "gps") == 0 && strcmp(gpmf->utc_source, "gps") != 0);
  if (!better || utc_us < INT64_C(946684800) * US_PER_S || utc_us > INT64_C(4102444800) * US_PER_S)
    return;
  gpmf->utc_start_us = utc_us - at_us;
  gpmf->utc_source = source;
}

static void add_item(struct gpmf *gpmf, struct item *item) {
  if (!item->data.size || !item->data.repeat || gpmf->item_count == ITEMS_MAX)
    return;
  item->stream = find_stream(gpmf, item);
  if (!item->stream)
    return;
  if (!fits(item->stream, item)) {
    note_damage(gpmf, item->data.data.data, item->data.data.size, "a stream of GPMF changed its shape");
    return;
  }
  if (item->utc_us != TIME_NONE && item->fix >= 2)
    set_utc(gpmf, item->utc_us, gpmf->start_us, "gps");
  gpmf->items[gpmf->item_count++] = *item;
}

static void read_stream(struct gpmf *gpmf, struct bytes body) {
  struct reader reader = reader_of(body);
  struct item item = {.fix = NAN, .dop = NAN, .utc_us = TIME_NONE};
  struct entry entry;
  while (read_entry(gpmf, &reader, &entry)) {
    if (describes(entry.key))
      note_description(&item, &entry);
    else if (entry.type)
      item.data = entry;
  }
  add_item(gpmf, &item);
}

static void read_nest(struct gpmf *gpmf, struct bytes body, uint32_t depth) {
  struct reader reader = reader_of(body);
  struct entry entry;
  while (depth < DEPTH_MAX && read_entry(gpmf, &reader, &entry)) {
    if (entry.key == KEY('S', 'T', 'R', 'M'))
      read_stream(gpmf, entry.data);
    else if (entry.type == 0)
      read_nest(gpmf, entry.data, depth + 1);
    else if (entry.key == KEY('D', 'V', 'I', 'D') && entry.data.size >= 4)
      gpmf->device = load_u32_be(entry.data.data);
    else if (entry.key == KEY('D', 'V', 'N', 'M') && !text_is(text_padded(entry.data.data, entry.data.size), "Camera"))
      decode_fact(gpmf->d, "device", text_padded(entry.data.data, entry.data.size));
  }
}

struct gpmf *gpmf_new(struct decode *d) {
  struct gpmf *gpmf = arena_alloc(d->arena, sizeof *gpmf);
  if (gpmf) {
    gpmf->d = d;
    gpmf->utc_start_us = TIME_NONE;
    gpmf->utc_source = "";
  }
  return gpmf;
}

void gpmf_begin(struct gpmf *gpmf, struct bytes payload, int64_t start_us, int64_t duration_us, uint64_t offset) {
  gpmf->item_count = gpmf->item = gpmf->row = 0;
  gpmf->start_us = start_us;
  gpmf->duration_us = duration_us;
  gpmf->offset = offset;
  gpmf->payload = payload.data;
  read_nest(gpmf, payload, 0);
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static double scale_of(const struct item *item, uint16_t element) {
  const struct entry *scale = &item->scale;
  uint8_t size = size_of_type((char)scale->type);
  size_t index = scale->repeat == 1 ? 0 : element;
  if (!size || (index + 1) * size > scale->data.size)
    return 1;
  double value = number_at(scale->data.data + index * size, (char)scale->type);
  return value != 0 && isfinite(value) ? value : 1;
}

static void put_extra(const struct item *item, struct stream *stream, uint32_t at, uint32_t row) {
  struct column *columns = stream->builder->columns + stream->elements;
  ((double *)columns[0].values)[at] = item->fix;
  ((double *)columns[1].values)[at] = item->dop;
  bool known = row == 0 && item->utc_us != TIME_NONE && item->fix >= 2;
  ((int64_t *)columns[2].values)[at] = known ? item->utc_us : 0;
  uint64_t bit = UINT64_C(1) << (at % 64);
  stream->valid[at / 64] = (stream->valid[at / 64] & ~bit) | (known ? bit : 0);
}

/* The vehicle's own clock (Karma), and GPS time of newer cameras. */
static void note_clock(struct gpmf *gpmf, const struct stream *stream, const double *values, int64_t time_us) {
  if (stream->key == KEY('S', 'Y', 'S', 'T') && stream->elements == 2 && values[1] > 0 && values[1] < 1e11)
    set_utc(gpmf, (int64_t)(values[1] * 1e6), time_us, "system_time");
  if (stream->key == KEY('G', 'P', 'S', '9') && stream->elements == 9 && values[8] >= 2 && values[5] > 0 &&
      values[5] < 1e5)
    set_utc(gpmf, INT64_C(946684800) * US_PER_S + (int64_t)((values[5] * 86400 + values[6]) * 1e6), time_us, "gps");
}

static void note_place(struct gpmf *gpmf, const struct item *item, const double *values) {
  const struct stream *stream = item->stream;
  bool gps5 = stream->key == KEY('G', 'P', 'S', '5') && stream->elements == 5 && item->fix >= 2;
  bool gps9 = stream->key == KEY('G', 'P', 'S', '9') && stream->elements == 9 && values[8] >= 2;
  bool karma = stream->key == KEY('G', 'P', 'R', 'I') && stream->elements == 10 && values[8] >= 2;
  if (gpmf->placed || !(gps5 || gps9 || karma))
    return;
  double lat = values[karma ? 1 : 0], lon = values[karma ? 2 : 1];
  if (!(fabs(lat) <= 90 && fabs(lon) <= 180) || (lat == 0 && lon == 0))
    return;
  gpmf->placed = true;
  gpmf->lat_deg = lat;
  gpmf->lon_deg = lon;
  gpmf->alt_msl_m = karma ? values[3] : NAN; /* older cameras count from the ellipsoid, newer from sea level */
}

static void put_row(struct gpmf *gpmf, const struct item *item, uint32_t row, int64_t time_us) {
  struct stream *stream = item->stream;
  struct batch_builder *builder = stream->builder;
  const uint8_t *at = item->data.data.data + (size_t)row * item->data.size;
  double numbers[ELEMENTS_MAX];
  uint32_t to = builder ? builder->batch.rows : 0;
  for (uint16_t i = 0; i < stream->elements; at += stream->sizes[i], i++) {
    numbers[i] = number_at(at, stream->types[i]) / scale_of(item, i);
    if (builder && is_text_type(stream->types[i]))
      ((struct text *)builder->columns[i].values)[to] = batch_builder_text(builder, text_padded(at, stream->sizes[i]));
    else if (builder)
      ((double *)builder->columns[i].values)[to] = numbers[i];
  }
  note_clock(gpmf, stream, numbers, time_us);
  note_place(gpmf, item, numbers);
  if (!builder)
    return;
  if (stream->extra)
    put_extra(item, stream, to, row);
  builder->time_us[to] = time_us;
  builder->batch.rows++;
}

static void count_row(struct gpmf *gpmf, struct message *message, int64_t time_us) {
  message->count++;
  gpmf->d->report.records++;
  if (message->first_us == TIME_NONE || time_us < message->first_us)
    message->first_us = time_us;
  if (message->last_us == TIME_NONE || time_us > message->last_us)
    message->last_us = time_us;
}

static const struct batch *give(struct gpmf *gpmf, struct batch_builder *builder) {
  gpmf->given = builder;
  return &builder->batch;
}

static void take_back(struct gpmf *gpmf) {
  if (gpmf->given)
    batch_builder_reset(gpmf->given);
  gpmf->given = NULL;
}

const struct batch *gpmf_next(struct gpmf *gpmf) {
  take_back(gpmf);
  for (; gpmf->item < gpmf->item_count; gpmf->item++, gpmf->row = 0) {
    const struct item *item = &gpmf->items[gpmf->item];
    struct batch_builder *builder = item->stream->builder;
    for (; gpmf->row < item->data.repeat; gpmf->row++) {
      if (builder && builder->batch.rows == builder->capacity)
        return give(gpmf, builder);
      int64_t time_us = gpmf->start_us + gpmf->duration_us * gpmf->row / item->data.repeat;
      put_row(gpmf, item, gpmf->row, time_us);
      count_row(gpmf, item->stream->message, time_us);
    }
  }
  return NULL;
}

const struct batch *gpmf_drain(struct gpmf *gpmf) {
  take_back(gpmf);
  while (gpmf->drained < gpmf->stream_count) {
    struct batch_builder *builder = gpmf->streams[gpmf->drained++].builder;
    if (builder && builder->batch.rows)
      return give(gpmf, builder);
  }
  return NULL;
}

int64_t gpmf_utc_start(const struct gpmf *gpmf, const char **ret_source) {
  *ret_source = gpmf->utc_source;
  return gpmf->utc_start_us;
}

/* "DEVC", type 0, a size that fits, and inside it DVID. */
bool gpmf_is_payload(const uint8_t head[16], uint64_t left, size_t *ret_size) {
  if (memcmp(head, "DEVC\0", 5) != 0 || memcmp(head + 8, "DVID", 4) != 0)
    return false;
  size_t size = 8 + (((size_t)head[5] * load_u16_be(head + 6) + 3) & ~(size_t)3);
  *ret_size = size;
  return size <= GPMF_PAYLOAD_MAX && size <= left;
}

bool gpmf_place(const struct gpmf *gpmf, double *ret_lat, double *ret_lon, double *ret_alt) {
  if (!gpmf->placed)
    return false;
  *ret_lat = gpmf->lat_deg;
  *ret_lon = gpmf->lon_deg;
  *ret_alt = gpmf->alt_msl_m;
  return true;
}
