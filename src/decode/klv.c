/* klv: telemetry that goes with a video, after MISB ST 0601 (UAS Datalink Local Set).
 *
 * A packet is a universal label of 16 bytes, a length, and items: tag (7 bits a byte, high first), length, value, high
 * byte first. A length below 128 is one byte, else the low 7 bits count the bytes that hold it (BER). Numbers are
 * mapped onto a range: unsigned from the lowest to the highest, signed symmetrically with the most negative one for
 * "error". Tag 2 is UTC in µs; tag 1, the last, is a sum: bytes from the label to the sum's own length, those at even
 * places times 256. A packet with a wrong sum is kept and said so: some writers never fill it in.
 *
 * A packet is one row of uas; tags that are not named here become rows of item. Packets with other labels are counted
 * as unknown. (Facts: MISB ST 0601.17.) */
#include "decode/shape.h"

#include <math.h>
#include <stdio.h>

#define LABEL_SIZE 16u
#define PACKET_MAX ((uint64_t)256 << 10)
#define CAPACITY 256u
#define TAGS_MAX 128u

static const uint8_t uas_label[LABEL_SIZE] = {0x06, 0x0E, 0x2B, 0x34, 0x02, 0x0B, 0x01, 0x01,
                                              0x0E, 0x01, 0x03, 0x01, 0x01, 0x00, 0x00, 0x00};

enum form { TEXT_VALUE, UNSIGNED, SIGNED };

struct tag {
  uint8_t tag;
  const char *name, *unit;
  enum form form;
  double low, high; /* the range that unsigned numbers span; signed: ± high; both 0: plain */
};

static const struct tag tags[] = {
    {2, "time", "us", UNSIGNED, 0, 0},
    {3, "mission_id", "", TEXT_VALUE, 0, 0},
    {4, "platform_tail_number", "", TEXT_VALUE, 0, 0},
    {5, "platform_heading", "deg", UNSIGNED, 0, 360},
    {6, "platform_pitch", "deg", SIGNED, 0, 20},
    {7, "platform_roll", "deg", SIGNED, 0, 50},
    {8, "true_airspeed", "m/s", UNSIGNED, 0, 0},
    {9, "indicated_airspeed", "m/s", UNSIGNED, 0, 0},
    {10, "platform_designation", "", TEXT_VALUE, 0, 0},
    {11, "image_source", "", TEXT_VALUE, 0, 0},
    {12, "image_coordinates", "", TEXT_VALUE, 0, 0},
    {13, "sensor_lat", "deg", SIGNED, 0, 90},
    {14, "sensor_lon", "deg", SIGNED, 0, 180},
    {15, "sensor_alt", "m", UNSIGNED, -900, 19000},
    {16, "sensor_horizontal_view", "deg", UNSIGNED, 0, 180},
    {17, "sensor_vertical_view", "deg", UNSIGNED, 0, 180},
    {18, "sensor_azimuth", "deg", UNSIGNED, 0, 360},
    {19, "sensor_elevation", "deg", SIGNED, 0, 180},
    {20, "sensor_roll", "deg", UNSIGNED, 0, 360},
    {21, "slant_range", "m", UNSIGNED, 0, 5e6},
    {22, "target_width", "m", UNSIGNED, 0, 10000},
    {23, "frame_center_lat", "deg", SIGNED, 0, 90},
    {24, "frame_center_lon", "deg", SIGNED, 0, 180},
    {25, "frame_center_elevation", "m", UNSIGNED, -900, 19000},
    {26, "corner_lat_offset_1", "deg", SIGNED, 0, 0.075},
    {27, "corner_lon_offset_1", "deg", SIGNED, 0, 0.075},
    {28, "corner_lat_offset_2", "deg", SIGNED, 0, 0.075},
    {29, "corner_lon_offset_2", "deg", SIGNED, 0, 0.075},
    {30, "corner_lat_offset_3", "deg", SIGNED, 0, 0.075},
    {31, "corner_lon_offset_3", "deg", SIGNED, 0, 0.075},
    {32, "corner_lat_offset_4", "deg", SIGNED, 0, 0.075},
    {33, "corner_lon_offset_4", "deg", SIGNED, 0, 0.075},
    {34, "icing", "", UNSIGNED, 0, 0},
    {35, "wind_direction", "deg", UNSIGNED, 0, 360},
    {36, "wind_speed", "m/s", UNSIGNED, 0, 100},
    {37, "static_pressure", "hPa", UNSIGNED, 0, 5000},
    {38, "density_altitude", "m", UNSIGNED, -900, 19000},
    {39, "outside_temperature", "degC", SIGNED, 0, 0},
    {40, "target_lat", "deg", SIGNED, 0, 90},
    {41, "target_lon", "deg", SIGNED, 0, 180},
    {42, "target_elevation", "m", UNSIGNED, -900, 19000},
    {45, "target_error_horizontal", "m", UNSIGNED, 0, 4095},
    {46, "target_error_vertical", "m", UNSIGNED, 0, 4095},
    {47, "flags", "", UNSIGNED, 0, 0},
    {49, "differential_pressure", "hPa", UNSIGNED, 0, 5000},
    {50, "angle_of_attack", "deg", SIGNED, 0, 20},
    {51, "vertical_speed", "m/s", SIGNED, 0, 180},
    {52, "sideslip", "deg", SIGNED, 0, 20},
    {53, "airfield_pressure", "hPa", UNSIGNED, 0, 5000},
    {54, "airfield_elevation", "m", UNSIGNED, -900, 19000},
    {55, "humidity", "%", UNSIGNED, 0, 100},
    {56, "ground_speed", "m/s", UNSIGNED, 0, 0},
    {57, "ground_range", "m", UNSIGNED, 0, 5e6},
    {58, "fuel", "kg", UNSIGNED, 0, 10000},
    {59, "call_sign", "", TEXT_VALUE, 0, 0},
    {62, "laser_code", "", UNSIGNED, 0, 0},
    {63, "sensor_view_name", "", UNSIGNED, 0, 0},
    {64, "magnetic_heading", "deg", UNSIGNED, 0, 360},
    {65, "version", "", UNSIGNED, 0, 0},
    {70, "alternate_platform_name", "", TEXT_VALUE, 0, 0},
    {72, "event_start", "us", UNSIGNED, 0, 0},
    {75, "sensor_alt_ellipsoid", "m", UNSIGNED, -900, 19000},
    {78, "frame_center_ellipsoid", "m", UNSIGNED, -900, 19000},
    {79, "sensor_velocity_north", "m/s", SIGNED, 0, 327},
    {80, "sensor_velocity_east", "m/s", SIGNED, 0, 327},
    {90, "platform_pitch_full", "deg", SIGNED, 0, 90},
    {91, "platform_roll_full", "deg", SIGNED, 0, 90},
};
#define TAG_COUNT ARRAY_COUNT(tags)

struct klv {
  struct message *uas, *item;
  struct batch_builder *uas_rows, *item_rows;
  struct batch_builder *full, *given;
  int16_t column_of[TAGS_MAX]; /* by tag, -1 unknown */
  int64_t now_us;
  bool searching, ended, limit_reached;
  uint64_t damage_offset;
  struct bytes packet_items; /* of the packet whose items are given out, one a step */
};

static int klv_probe(const struct probe *probe) {
  return probe->head.size >= LABEL_SIZE && memcmp(probe->head.data, uas_label, LABEL_SIZE) == 0 ? 100 : 0;
}

static enum status klv_open(struct decode *d, struct error *error) {
  static const struct field item[] = {{"tag", "", 1, COLUMN_U32, 1, false, 0},
                                      {"value", "", 1, COLUMN_BYTES, 1, false, 0}};
  struct klv *k = d->state;
  struct field fields[TAG_COUNT + 1];
  for (size_t i = 0; i < TAGS_MAX; i++)
    k->column_of[i] = -1;
  for (size_t i = 0; i < TAG_COUNT; i++) {
    enum column_type type = tags[i].form == TEXT_VALUE              ? COLUMN_TEXT
                            : tags[i].tag == 2 || tags[i].tag == 72 ? COLUMN_I64
                                                                    : COLUMN_F64;
    fields[i] = (struct field){tags[i].name, tags[i].unit, 1, type, 1, false, 0};
    k->column_of[tags[i].tag] = (int16_t)i;
  }
  fields[TAG_COUNT] = (struct field){"checksum_right", "", 1, COLUMN_BOOL, 1, false, 0};
  k->uas = decode_define_message(d, "uas", 0x0601, fields, TAG_COUNT + 1);
  k->item = decode_define_message(d, "item", 0, item, ARRAY_COUNT(item));
  if (!k->uas || !k->item)
    return error_set(error, STATUS_LIMIT, "there is no memory for a message");
  k->uas->time_field = 0;
  k->now_us = TIME_NONE;
  d->report.clock = DECODE_CLOCK_UTC;
  return STATUS_OK;
}

/* ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct batch_builder *begin_row(struct decode *d, struct message *message, struct batch_builder **rows) {
  struct klv *k = d->state;
  message->count++;
  if (message->wanted && !*rows)
    *rows = batch_builder_new(d, message, CAPACITY);
  k->limit_reached |= message->wanted && !*rows;
  return message->wanted ? *rows : NULL;
}

static void end_row(struct decode *d, struct message *message, struct batch_builder *rows) {
  struct klv *k = d->state;
  if (rows) {
    rows->time_us[rows->batch.rows++] = k->now_us;
    if (rows->batch.rows == rows->capacity)
      k->full = rows;
  }
  if (k->now_us == TIME_NONE)
    return;
  if (message->first_us == TIME_NONE)
    message->first_us = k->now_us;
  message->last_us = k->now_us;
  d->report.first_us = d->report.first_us == TIME_NONE ? k->now_us : MIN(d->report.first_us, k->now_us);
  d->report.last_us = MAX(d->report.last_us, k->now_us);
}

static void empty_row(struct batch_builder *rows) {
  size_t row = rows->batch.rows;
  for (size_t i = 0; i < TAG_COUNT; i++)
    switch (rows->columns[i].field->type) {
    case COLUMN_TEXT:
      ((struct text *)rows->columns[i].values)[row] = (struct text){"", 0};
      break;
    case COLUMN_I64:
      ((int64_t *)rows->columns[i].values)[row] = 0;
      break;
    default:
      ((double *)rows->columns[i].values)[row] = NAN;
    }
}

/* ── values ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static double number_of(const struct tag *tag, struct bytes value) {
  uint64_t raw = 0;
  if (!value.size || value.size > 8)
    return NAN;
  for (size_t i = 0; i < value.size; i++)
    raw = raw << 8 | value.data[i];
  unsigned bits = 8 * (unsigned)value.size;
  if (tag->form == UNSIGNED)
    return tag->high > tag->low ? tag->low + (double)raw * (tag->high - tag->low) /
                                                 (double)(bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1)
                                : (double)raw;
  int64_t number = (int64_t)(raw << (64 - bits)) >> (64 - bits);
  if (tag->high <= 0)
    return (double)number;
  double most = (double)((UINT64_C(1) << (bits - 1)) - 1);
  return number == INT64_MIN >> (64 - bits) ? NAN : (double)number * tag->high / most;
}

/* An item of no bytes, or more than eight, holds no number: 0. */
static int64_t whole_number(double number) {
  return number >= 0x1p63 ? INT64_MAX : number <= -0x1p63 ? INT64_MIN : isnan(number) ? 0 : (int64_t)number;
}

static void store(struct batch_builder *rows, const struct tag *tag, struct bytes value) {
  struct column *column = &rows->columns[tag - tags];
  size_t row = rows->batch.rows;
  if (column->field->type == COLUMN_TEXT)
    ((struct text *)column->values)[row] = batch_builder_text(rows, text_from(value.data, value.size));
  else if (column->field->type == COLUMN_I64)
    ((int64_t *)column->values)[row] = whole_number(number_of(tag, value));
  else
    ((double *)column->values)[row] = number_of(tag, value);
}

/* BER length. False where it is not whole or over 8 bytes. */
static bool read_length(struct reader *r, uint64_t *ret_length) {
  uint8_t first = read_u8(r);
  uint64_t length = first;
  if (first & 0x80) {
    length = 0;
    if ((first & 0x7F) > 8)
      return false;
    for (int i = 0; i < (first & 0x7F); i++)
      length = length << 8 | read_u8(r);
  }
  *ret_length = length;
  return !r->overrun;
}

static bool read_item(struct reader *r, uint32_t *ret_tag, struct bytes *ret_value) {
  uint32_t tag = 0;
  uint8_t byte;
  uint64_t length;
  do {
    byte = read_u8(r);
    tag = tag << 7 | (byte & 0x7Fu);
  } while (byte & 0x80 && !r->overrun && tag < 1u << 20);
  if (r->overrun || !read_length(r, &length) || length > reader_left(r))
    return false;
  *ret_tag = tag;
  *ret_value = read_bytes(r, (size_t)length);
  return true;
}

static uint16_t sum_of(const uint8_t *data, size_t size) {
  uint32_t sum = 0;
  for (size_t i = 0; i < size; i++)
    sum += (uint32_t)data[i] << (i & 1 ? 0 : 8);
  return (uint16_t)sum;
}

/* ── packets ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void state_facts(struct decode *d, uint32_t tag, struct bytes value) {
  static const struct {
    uint8_t tag;
    const char *key;
  } facts[] = {{3, "mission"}, {4, "vehicle_name"}, {10, "vehicle_type"}, {11, "camera"}};
  for (size_t i = 0; i < ARRAY_COUNT(facts); i++)
    if (facts[i].tag == tag)
      decode_fact(d, facts[i].key, text_from(value.data, value.size));
}

static const struct tag *find_tag(const struct klv *k, uint32_t tag) {
  return tag < TAGS_MAX && k->column_of[tag] >= 0 ? &tags[k->column_of[tag]] : NULL;
}

/* The packet's instant, which all its rows have. */
static void find_time(struct klv *k, struct bytes items) {
  struct reader r = reader_of(items);
  uint32_t tag;
  struct bytes value;
  while (reader_left(&r) && read_item(&r, &tag, &value))
    if (tag == 2 && value.size == 8 && load_u64_be(value.data) < (uint64_t)INT64_MAX / 4)
      k->now_us = (int64_t)load_u64_be(value.data);
}

/* `packet` begins at its label. */
static void take_packet(struct decode *d, struct bytes packet, struct bytes items) {
  struct klv *k = d->state;
  struct reader r = reader_of(items);
  uint32_t tag;
  struct bytes value;
  bool right = false, whole = true;
  find_time(k, items);
  struct batch_builder *rows = begin_row(d, k->uas, &k->uas_rows);
  if (rows)
    empty_row(rows);
  while (reader_left(&r) && (whole = read_item(&r, &tag, &value))) {
    const struct tag *known = find_tag(k, tag);
    if (tag == 1 && value.size == 2)
      right = load_u16_be(value.data) == sum_of(packet.data, (size_t)(value.data - packet.data));
    else if (known && rows)
      store(rows, known, value);
    state_facts(d, tag, value);
  }
  if (rows)
    ((uint8_t *)rows->columns[TAG_COUNT].values)[rows->batch.rows] = right;
  end_row(d, k->uas, rows);
  d->report.records++;
  if (!right || !whole) {
    d->report.bad_records++;
    decode_damage(d, input_offset(d->input), packet.size, whole ? "wrong checksum" : "an item longer than its packet",
                  k->now_us, k->now_us);
  }
  k->packet_items = items;
}

/* One of the packet's items that have no column. */
static void step_items(struct decode *d) {
  struct klv *k = d->state;
  struct reader r = reader_of(k->packet_items);
  uint32_t tag;
  struct bytes value;
  if (!reader_left(&r) || !read_item(&r, &tag, &value)) {
    k->packet_items = (struct bytes){0};
    return;
  }
  k->packet_items = bytes_of(r.at, reader_left(&r));
  if (tag == 1 || find_tag(k, tag))
    return;
  struct batch_builder *rows = begin_row(d, k->item, &k->item_rows);
  if (rows) {
    ((uint32_t *)rows->columns[0].values)[rows->batch.rows] = tag;
    ((struct text *)rows->columns[1].values)[rows->batch.rows] = batch_builder_text(rows,
                                                                                    text_from(value.data, value.size));
  }
  end_row(d, k->item, rows);
}

static void begin_search(struct decode *d) {
  struct klv *k = d->state;
  if (!k->searching)
    k->damage_offset = input_offset(d->input);
  k->searching = true;
}

static void end_search(struct decode *d, uint64_t offset) {
  struct klv *k = d->state;
  if (k->searching && offset > k->damage_offset)
    decode_damage(d, k->damage_offset, offset - k->damage_offset, "bytes that are no packet", k->now_us, TIME_NONE);
  k->searching = false;
}

/* Moves to the next universal label; past the first byte in any case. */
static void search(struct decode *d, struct bytes view) {
  begin_search(d);
  size_t at = 1;
  while (at < view.size &&
         !(view.data[at] == 0x06 && (view.size - at < 4 || memcmp(view.data + at, uas_label, 4) == 0)))
    at++;
  input_skip(d->input, at);
}

/* The packet at the input's position. */
static enum status step_packet(struct decode *d, struct error *error) {
  struct klv *k = d->state;
  struct bytes view;
  TRY(input_view(d->input, PACKET_MAX + 32, &view, error));
  uint64_t offset = input_offset(d->input), length = 0;
  d->report.bytes = offset + view.size;
  if (!view.size) {
    end_search(d, offset);
    k->ended = true;
    return STATUS_OK;
  }
  struct reader r = reader_of(view);
  struct bytes label = read_bytes(&r, LABEL_SIZE);
  bool framed = label.size && memcmp(label.data, uas_label, 4) == 0 && read_length(&r, &length) && length <= PACKET_MAX;
  if (!framed && !(view.size < LABEL_SIZE + 9 && memcmp(view.data, uas_label, MIN(view.size, (size_t)4)) == 0)) {
    search(d, view);
    return STATUS_OK;
  }
  end_search(d, offset);
  if (!framed || length > reader_left(&r)) {
    d->report.truncated = true;
    input_skip(d->input, view.size);
    return STATUS_OK;
  }
  size_t head = view.size - reader_left(&r), size = head + (size_t)length;
  if (memcmp(label.data, uas_label, LABEL_SIZE) == 0)
    take_packet(d, bytes_of(view.data, size), bytes_of(view.data + head, (size_t)length));
  else
    d->report.unknown_records++;
  input_skip(d->input, size);
  return STATUS_OK;
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status klv_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct klv *k = d->state;
  if (k->given)
    batch_builder_reset(k->given);
  k->full = k->given = NULL;
  while (!k->full && !k->ended) {
    if (k->packet_items.size)
      step_items(d);
    else
      TRY(step_packet(d, error));
    if (k->limit_reached)
      return error_set(error, STATUS_LIMIT, "there is no memory for a batch of rows; raise the limit of %zu bytes",
                       d->options.memory_limit);
  }
  k->given = k->full;
  if (!k->given && k->uas_rows && k->uas_rows->batch.rows)
    k->given = k->uas_rows;
  else if (!k->given && k->item_rows && k->item_rows->batch.rows)
    k->given = k->item_rows;
  *ret_batch = k->given ? &k->given->batch : NULL;
  return STATUS_OK;
}

const struct decoder decoder_klv = {
    .name = "klv",
    .about = "video telemetry (KLV, MISB 0601)",
    .suffixes = "klv bin",
    .source = "payload",
    .vocabulary = "klv",
    .state_size = sizeof(struct klv),
    .probe = klv_probe,
    .open = klv_open,
    .next = klv_next,
};
