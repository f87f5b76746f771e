/* dji_txt: DJI flight record (DJIFlightRecord_*.txt), binary in spite of its name.
 *
 * u64 offset, u16 length of the details, u8 version, from version 6 on a prefix of 100 bytes (12 before). There is no
 * magic, so the blocks are walked. Up to version 12 the offset is that of the details, and records {type u8, length u8,
 * body, FF} lie before it, from the prefix (version 12: from 536) on. From 13 on it is that of the records {type u8,
 * length u16, body, FF}, and blocks {type u8, length u16, body} stand from 100 on: 0 holds the details.
 *
 * To version 6 bodies are plain. From 7 on they are scrambled: the first byte and the type seed a CRC-64 (Jones) of the
 * first byte times 123456789ABCDEF0, whose 8 bytes are XORed over the rest, again and again. From 13 on they are
 * encrypted besides, with keys from the maker's server: their types and sizes are given as rows of `encrypted`, their
 * bytes stay in the file; the details can be read. (Facts: the crate dji-log-parser, pydjirecord, walking real files.)
 *
 * The clock is that of the `custom` records (UTC, ms), which come with each group of the others, ten a second. */
#include "decode/shape.h"

#include <math.h>
#include <stdio.h>

#define FIRST_ENCRYPTED 13
#define CAPACITY 512u
#define BODY_MAX 65535u
#define DEGREES (180 / M_PI)

struct part {
  const char *name, *unit;
  uint16_t offset;
  enum column_type type;
  double scale;
};

struct layout {
  uint8_t type;
  const char *name;
  uint16_t size; /* bytes that its parts need */
  uint8_t count;
  struct part parts[18];
};

static const struct layout layouts[] = {
    {1,
     "osd",
     44,
     17,
     {{"lon", "deg", 0, COLUMN_F64, DEGREES},
      {"lat", "deg", 8, COLUMN_F64, DEGREES},
      {"height", "m", 16, COLUMN_I16, 0.1},
      {"speed_north", "m/s", 18, COLUMN_I16, 0.1},
      {"speed_east", "m/s", 20, COLUMN_I16, 0.1},
      {"speed_down", "m/s", 22, COLUMN_I16, 0.1},
      {"pitch", "deg", 24, COLUMN_I16, 0.1},
      {"roll", "deg", 26, COLUMN_I16, 0.1},
      {"yaw", "deg", 28, COLUMN_I16, 0.1},
      {"mode", "", 30, COLUMN_U8, 1},
      {"state", "", 32, COLUMN_U32, 1},
      {"satellites", "", 36, COLUMN_U8, 1},
      {"action", "", 37, COLUMN_U8, 1},
      {"no_start_cause", "", 38, COLUMN_U8, 1},
      {"battery", "%", 40, COLUMN_U8, 1},
      {"ultrasonic_height", "m", 41, COLUMN_U8, 0.1},
      {"flight_time", "s", 42, COLUMN_U16, 0.1}}},
    {2,
     "home",
     20,
     3,
     {{"lon", "deg", 0, COLUMN_F64, DEGREES},
      {"lat", "deg", 8, COLUMN_F64, DEGREES},
      {"alt", "m", 16, COLUMN_F32, 0.1}}},
    {3,
     "gimbal",
     6,
     3,
     {{"pitch", "deg", 0, COLUMN_I16, 0.1}, {"roll", "deg", 2, COLUMN_I16, 0.1}, {"yaw", "deg", 4, COLUMN_I16, 0.1}}},
    {4,
     "rc",
     10,
     5,
     {{"aileron", "", 0, COLUMN_U16, 1},
      {"elevator", "", 2, COLUMN_U16, 1},
      {"throttle", "", 4, COLUMN_U16, 1},
      {"rudder", "", 6, COLUMN_U16, 1},
      {"gimbal", "", 8, COLUMN_U16, 1}}},
    {5,
     "custom",
     18,
     3,
     {{"speed", "m/s", 2, COLUMN_F32, 1}, {"distance", "m", 6, COLUMN_F32, 1}, {"time", "ms", 10, COLUMN_I64, 1}}},
    {7,
     "center_battery",
     32,
     14,
     {{"relative_capacity", "%", 0, COLUMN_U8, 1},
      {"voltage", "V", 1, COLUMN_U16, 0.001},
      {"capacity", "Ah", 3, COLUMN_U16, 0.001},
      {"full_capacity", "Ah", 5, COLUMN_U16, 0.001},
      {"life", "%", 7, COLUMN_U8, 1},
      {"discharges", "", 8, COLUMN_U16, 1},
      {"error", "", 10, COLUMN_U32, 1},
      {"current", "A", 14, COLUMN_I16, 0.001},
      {"cell_1", "V", 16, COLUMN_U16, 0.001},
      {"cell_2", "V", 18, COLUMN_U16, 0.001},
      {"cell_3", "V", 20, COLUMN_U16, 0.001},
      {"cell_4", "V", 22, COLUMN_U16, 0.001},
      {"cell_5", "V", 24, COLUMN_U16, 0.001},
      {"cell_6", "V", 26, COLUMN_U16, 0.001}}},
    {9, "tip", 1, 0, {{0}}},
    {10, "warning", 1, 0, {{0}}},
};
#define LAYOUT_COUNT ARRAY_COUNT(layouts)
enum { KIND_OTHER = LAYOUT_COUNT, KIND_COUNT };

struct kind {
  struct message *message;
  struct batch_builder *builder;
};

struct dji_txt {
  struct kind kinds[KIND_COUNT]; /* in the order of layouts; the last: other, or encrypted, records */
  struct kind *full, *given;
  uint8_t version;
  uint64_t end; /* of the records */
  int64_t now_us;
  bool searching, ended, limit_reached;
  uint64_t damage_offset;
  uint32_t drained;
  uint8_t body[BODY_MAX];
};

/* ── scrambling ───────────────────────────────────────────────────────────────────────────────────────────────── */

static uint64_t crc64_jones(uint64_t crc, uint64_t value) {
  for (int byte = 0; byte < 8; byte++) {
    crc ^= value >> (8 * byte) & 0xFF;
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? UINT64_C(0x95AC9329AC4BC9B5) : 0);
  }
  return crc;
}

/* Returns the size of what is in `out`: one byte less. */
static size_t unscramble(uint8_t type, struct bytes body, uint8_t *out) {
  if (!body.size)
    return 0;
  uint8_t first = body.data[0];
  uint64_t key = crc64_jones((uint8_t)(first + type), UINT64_C(0x123456789ABCDEF0) * first);
  for (size_t i = 1; i < body.size; i++)
    out[i - 1] = (uint8_t)(body.data[i] ^ (key >> (8 * ((i - 1) % 8))));
  return body.size - 1;
}

/* ── details ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void state_text(struct decode *d, const char *key, struct bytes details, size_t offset, size_t width) {
  if (offset + width <= details.size)
    decode_fact(d, key, text_padded(details.data + offset, width));
}

static void state_number(struct decode *d, const char *key, double value, const char *format) {
  char text[32];
  if (!isfinite(value))
    return;
  snprintf(text, sizeof text, format, value);
  decode_fact(d, key, text_of(text));
}

/* Where it flew, when, with what. */
static void state_details(struct decode *d, struct bytes details) {
  const struct dji_txt *dji = d->state;
  char text[CLOCK_TEXT_SIZE];
  if (details.size < 135)
    return;
  int64_t start_ms = (int64_t)load_u64(details.data + 91);
  double lon = load_f64(details.data + 99), lat = load_f64(details.data + 107);
  if (start_ms > INT64_C(1262304000000) && start_ms < INT64_C(4102444800000)) { /* 2010 … 2100 */
    decode_fact(d, "created", text_of(clock_format(text, start_ms * 1000)));
    int64_t length_ms = (int32_t)load_u32(details.data + 119);
    d->report.first_us = start_ms * 1000;
    d->report.last_us = (start_ms + MAX(length_ms, 0)) * 1000;
  }
  if (fabs(lat) <= 90 && fabs(lon) <= 180 && (lat != 0 || lon != 0)) {
    state_number(d, "lat", lat, "%.7f");
    state_number(d, "lon", lon, "%.7f");
  }
  state_number(d, "distance_m", load_f32(details.data + 115), "%.1f");
  state_number(d, "max_height_m", load_f32(details.data + 123), "%.1f");
  bool old = dji->version <= 5;
  state_text(d, "vehicle_name", details, old ? 278 : 280, old ? 24 : 32);
  state_text(d, "vehicle_serial", details, old ? 267 : 312, old ? 10 : 16);
  state_text(d, "camera_serial", details, old ? 318 : 328, old ? 10 : 16);
  if (!old && details.size >= 380) {
    const uint8_t *app = details.data + 377;
    snprintf(text, sizeof text, "%d.%d.%d", app[0], app[1], app[2]);
    decode_fact(d, "app", text_of(text));
  }
}

static enum status read_details(struct decode *d, uint64_t offset, size_t size, struct error *error) {
  struct dji_txt *dji = d->state;
  size_t got;
  TRY(input_read_at(d->input, offset, dji->body, MIN(size, sizeof dji->body), &got, error));
  state_details(d, bytes_of(dji->body, got));
  return STATUS_OK;
}

/* The block of type 0 at 100: scrambled, and in it a version byte, a length and the details. */
static enum status read_details_block(struct decode *d, struct error *error) {
  struct dji_txt *dji = d->state;
  uint8_t head[3];
  size_t got;
  TRY(input_read_at(d->input, 100, head, sizeof head, &got, error));
  size_t size = got == sizeof head && head[0] == 0 ? load_u16(head + 1) : 0;
  TRY(input_read_at(d->input, 103, dji->body, size, &got, error));
  size = unscramble(0, bytes_of(dji->body, got), dji->body);
  if (size > 3)
    state_details(d, bytes_of(dji->body + 3, MIN(size - 3, (size_t)load_u16(dji->body + 1))));
  return STATUS_OK;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct batch_builder *begin_row(struct decode *d, struct kind *kind) {
  struct dji_txt *dji = d->state;
  kind->message->count++;
  d->report.records++;
  if (!kind->message->wanted)
    return NULL;
  if (!kind->builder)
    kind->builder = batch_builder_new(d, kind->message, CAPACITY);
  dji->limit_reached |= !kind->builder;
  return kind->builder;
}

static void end_row(struct decode *d, struct kind *kind) {
  struct dji_txt *dji = d->state;
  int64_t time_us = dji->now_us;
  if (kind->builder && kind->message->wanted) {
    kind->builder->time_us[kind->builder->batch.rows++] = time_us;
    if (kind->builder->batch.rows == kind->builder->capacity)
      dji->full = kind;
  }
  if (time_us == TIME_NONE)
    return;
  if (kind->message->first_us == TIME_NONE)
    kind->message->first_us = time_us;
  kind->message->last_us = time_us;
  d->report.first_us = d->report.first_us == TIME_NONE ? time_us : MIN(d->report.first_us, time_us);
  d->report.last_us = MAX(d->report.last_us, time_us);
}

static void take_clock(struct dji_txt *dji, const struct layout *layout, struct bytes body) {
  if (layout->type != 5)
    return;
  int64_t ms = (int64_t)load_u64(body.data + 10);
  if (ms > INT64_C(1262304000000) && ms < INT64_C(4102444800000))
    dji->now_us = ms * 1000;
}

static void store_parts(struct batch_builder *builder, const struct layout *layout, struct bytes body) {
  size_t row = builder->batch.rows;
  for (uint8_t i = 0; i < layout->count; i++) {
    size_t size = column_type_size(layout->parts[i].type);
    memcpy((uint8_t *)builder->columns[i].values + row * size, body.data + layout->parts[i].offset, size);
  }
  if (!layout->count)
    ((struct text *)builder->columns[0].values)[row] = batch_builder_text(builder, text_padded(body.data, body.size));
}

static const struct layout *find_layout(uint8_t type) {
  for (size_t i = 0; i < LAYOUT_COUNT; i++)
    if (layouts[i].type == type)
      return &layouts[i];
  return NULL;
}

static void take_other(struct decode *d, uint8_t type, uint32_t size) {
  struct dji_txt *dji = d->state;
  struct kind *kind = &dji->kinds[KIND_OTHER];
  struct batch_builder *builder = begin_row(d, kind);
  if (builder) {
    ((uint8_t *)builder->columns[0].values)[builder->batch.rows] = type;
    ((uint32_t *)builder->columns[1].values)[builder->batch.rows] = size;
  }
  end_row(d, kind);
}

static void take_record(struct decode *d, uint8_t type, struct bytes body) {
  struct dji_txt *dji = d->state;
  const struct layout *layout = dji->version >= FIRST_ENCRYPTED ? NULL : find_layout(type);
  size_t size = body.size;
  if (dji->version >= 7 && layout)
    size = unscramble(type, body, dji->body);
  if (!layout || size < layout->size) {
    take_other(d, type, (uint32_t)body.size);
    return;
  }
  body = bytes_of(dji->version >= 7 ? dji->body : body.data, size);
  take_clock(dji, layout, body);
  struct kind *kind = &dji->kinds[layout - layouts];
  struct batch_builder *builder = begin_row(d, kind);
  if (builder)
    store_parts(builder, layout, body);
  end_row(d, kind);
}

/* ── records ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Size of the record at `at` with its FF; 0: there is none; SIZE_MAX: the data end within it. */
static size_t record_size(const struct dji_txt *dji, struct bytes view, size_t at) {
  size_t head = dji->version >= FIRST_ENCRYPTED ? 3 : 2;
  if (view.size - at < head)
    return SIZE_MAX;
  size_t size = head + (head == 3 ? load_u16(view.data + at + 1) : view.data[at + 1]) + 1;
  if (size > view.size - at)
    return SIZE_MAX;
  return view.data[at + size - 1] == 0xFF && size > head + 1 ? size : 0;
}

/* Three in a row, or up to the end. */
static bool is_chain(const struct dji_txt *dji, struct bytes view, size_t at) {
  for (int i = 0; i < 3; i++) {
    size_t size = record_size(dji, view, at);
    if (size == 0 || (size == SIZE_MAX && i == 0))
      return false;
    if (size == SIZE_MAX || at + size == view.size)
      return true;
    at += size;
  }
  return true;
}

static void end_search(struct decode *d, uint64_t offset) {
  struct dji_txt *dji = d->state;
  if (dji->searching && offset > dji->damage_offset)
    decode_damage(d, dji->damage_offset, offset - dji->damage_offset, "bytes that are no record", dji->now_us,
                  TIME_NONE);
  dji->searching = false;
}

static void begin_search(struct decode *d) {
  struct dji_txt *dji = d->state;
  if (!dji->searching)
    dji->damage_offset = input_offset(d->input);
  dji->searching = true;
}

static enum status step_record(struct decode *d, struct error *error) {
  struct dji_txt *dji = d->state;
  struct bytes view;
  TRY(input_view(d->input, 4 * (BODY_MAX + 4u), &view, error));
  uint64_t offset = input_offset(d->input);
  view.size = (size_t)MIN((uint64_t)view.size, dji->end > offset ? dji->end - offset : 0);
  d->report.bytes = offset + view.size;
  if (!view.size) {
    end_search(d, offset);
    dji->ended = true;
    return STATUS_OK;
  }
  size_t size = dji->searching && !is_chain(dji, view, 0) ? 0 : record_size(dji, view, 0);
  if (size == SIZE_MAX) { /* cut off, unless it is damage that asks for more than there is */
    bool torn = !dji->searching;
    for (size_t at = 1; torn && at < view.size; at++)
      torn = !is_chain(dji, view, at) || view.size - at < 64;
    if (torn) {
      d->report.truncated = true;
      input_skip(d->input, view.size);
      return STATUS_OK;
    }
    size = 0;
  }
  if (size == 0) {
    begin_search(d);
    input_skip(d->input, 1);
    return STATUS_OK;
  }
  end_search(d, offset);
  size_t head = dji->version >= FIRST_ENCRYPTED ? 3 : 2;
  take_record(d, view.data[0], bytes_of(view.data + head, size - head - 1));
  input_skip(d->input, size);
  return STATUS_OK;
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* Records from `at` on that end in FF, at most three are looked at; one that the head cuts counts. */
static int count_records(struct bytes head, uint64_t at, uint64_t end, bool wide) {
  int count = 0;
  while (count < 3 && at + 4 <= end && at + 4 <= head.size) {
    uint64_t length = wide ? load_u16(head.data + at + 1) : head.data[at + 1];
    uint64_t last = at + (wide ? 3u : 2u) + length;
    if (last >= end || (last < head.size && head.data[last] != 0xFF))
      return 0;
    at = last + 1;
    count++;
  }
  return count;
}

/* Do the details (block 0) and the version of their encryption (block 1) stand before the records? */
static bool blocks_lead_to(struct bytes head, uint64_t records) {
  uint64_t at = 100;
  for (uint8_t type = 0; type < 2; type++) {
    if (at + 3 > head.size || head.data[at] != type)
      return false;
    at += 3u + load_u16(head.data + at + 1);
  }
  return at <= records;
}

static uint64_t records_begin(uint8_t version, uint64_t offset) {
  return version >= FIRST_ENCRYPTED ? offset : version < 6 ? 12 : version < 12 ? 100 : 536;
}

static int dji_txt_probe(const struct probe *probe) {
  struct bytes head = probe->head;
  if (head.size < 100)
    return 0;
  uint64_t offset = load_u64(head.data);
  uint8_t version = head.data[10];
  if (version < 1 || version > 14 || offset > probe->size)
    return 0;
  if (version >= FIRST_ENCRYPTED)
    return blocks_lead_to(head, offset) ? 95 : 0;
  uint64_t end = offset && version < 12 ? offset : probe->size;
  return count_records(head, records_begin(version, offset), end, false) == 3 ? 80 : 0;
}

static enum status define_messages(struct decode *d, struct error *error) {
  static const struct field text[] = {{"text", "", 1, COLUMN_TEXT, 1, false, 0}};
  static const struct field other[] = {{"type", "", 1, COLUMN_U8, 1, false, 0},
                                       {"size", "bytes", 1, COLUMN_U32, 1, false, 0}};
  struct dji_txt *dji = d->state;
  bool encrypted = dji->version >= FIRST_ENCRYPTED;
  for (size_t i = 0; i < LAYOUT_COUNT; i++) {
    struct field fields[ARRAY_COUNT(layouts[i].parts)];
    for (uint8_t part = 0; part < layouts[i].count; part++) {
      const struct part *p = &layouts[i].parts[part];
      fields[part] = (struct field){p->name, p->unit, p->scale, p->type, 1, false, p->scale};
    }
    bool is_text = !layouts[i].count;
    dji->kinds[i].message = decode_define_message(d, layouts[i].name, layouts[i].type, is_text ? text : fields,
                                                  is_text ? 1 : layouts[i].count);
  }
  dji->kinds[KIND_OTHER].message = decode_define_message(d, encrypted ? "encrypted" : "other", 0, other,
                                                         ARRAY_COUNT(other));
  for (size_t i = 0; i < KIND_COUNT; i++)
    if (!dji->kinds[i].message)
      return error_set(error, STATUS_LIMIT, "there is no memory for the messages of the log");
  return STATUS_OK;
}

static enum status dji_txt_open(struct decode *d, struct error *error) {
  struct dji_txt *dji = d->state;
  struct bytes head;
  TRY(input_view(d->input, 100, &head, error));
  if (head.size < 12)
    return error_set(error, STATUS_BAD_DATA, "the flight record is shorter than its header");
  uint64_t offset = load_u64(head.data), size = input_size(d->input);
  dji->version = head.data[10];
  dji->now_us = TIME_NONE;
  dji->end = dji->version < 12 && offset && offset <= size ? offset : size;
  d->report.clock = DECODE_CLOCK_UTC;
  TRY(define_messages(d, error));
  if (dji->version >= FIRST_ENCRYPTED) {
    decode_fact(d, "encrypted",
                TEXT("the records are encrypted with keys from the maker's server; their bytes are kept"));
    TRY(read_details_block(d, error));
  } else {
    uint64_t details = dji->version < 12 ? offset : 100;
    if (details) /* 0: the app died before it wrote them */
      TRY(read_details(d, details, 436, error));
  }
  return input_seek(d->input, MIN(records_begin(dji->version, offset), size), error);
}

static struct kind *next_rest(struct dji_txt *dji) {
  while (dji->drained < KIND_COUNT) {
    struct kind *kind = &dji->kinds[dji->drained++];
    if (kind->builder && kind->builder->batch.rows)
      return kind;
  }
  return NULL;
}

static enum status dji_txt_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct dji_txt *dji = d->state;
  if (dji->given)
    batch_builder_reset(dji->given->builder);
  dji->full = NULL;
  while (!dji->full && !dji->ended) {
    TRY(step_record(d, error));
    if (dji->limit_reached)
      return error_set(error, STATUS_LIMIT, "there is no memory for a batch of rows; raise the limit of %zu bytes",
                       d->options.memory_limit);
  }
  dji->given = dji->full ? dji->full : next_rest(dji);
  *ret_batch = dji->given ? &dji->given->builder->batch : NULL;
  return STATUS_OK;
}

const struct decoder decoder_dji_txt = {
    .name = "dji_txt",
    .about = "DJI flight record",
    .suffixes = "txt",
    .source = "ground_station",
    .vocabulary = "dji_txt",
    .state_size = sizeof(struct dji_txt),
    .probe = dji_txt_probe,
    .open = dji_txt_open,
    .next = dji_txt_next,
};
