/* jpeg: photographs, one row of message "image" a file.
 *
 * FF D8, then segments FF xx, u16 length (most significant byte first, counting itself), up to the start of scan (FF
 * DA); what follows is the picture. Width and height come from the frame header (SOF: C0 to CF without C4, C8, CC), the
 * rest from APP1: Exif (jpeg_exif.c) and XMP (jpeg_xmp.c). A thermal picture shows by FLIR's APP1 segments ("FLIR\0"),
 * or by an image of 16-bit values of its own size in the joined APP3 or APP4 segments (DJI). A broken segment is left
 * out and is damage; a file without any frame header is no photograph. */
#include "decode/decoder.h"
#include "decode/jpeg_meta.h"

#include <math.h>

#define SEGMENTS_MAX 100000u
#define EXIF_HEAD "Exif\0"
#define XMP_HEAD "http://ns.adobe.com/xap/1.0/"
#define APP(n) (0xE0 + (n))

enum { SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, TEM = 0x01 };

struct jpeg {
  struct jpeg_meta meta;
  struct batch_builder *builder;
  struct message *message;
  uint64_t app3_bytes, app4_bytes, valid[32];
  bool read;
};

enum image_column {
  WIDTH,
  HEIGHT,
  MAKE,
  MODEL,
  LENS,
  SERIAL,
  APP_NAME,
  TIME_UTC,
  TIME_LOCAL,
  OFFSET,
  LAT,
  LON,
  ALT_MSL,
  ALT_REL,
  GIMBAL_ROLL,
  GIMBAL_PITCH,
  GIMBAL_YAW,
  FLIGHT_ROLL,
  FLIGHT_PITCH,
  FLIGHT_YAW,
  EXPOSURE,
  F_NUMBER,
  ISO,
  FOCAL_LENGTH,
  THERMAL,
  ORIENTATION,
  XMP,
  COLUMN_COUNT
};

static const struct field fields[COLUMN_COUNT] = {
    [WIDTH] = {"width_px", "pix", 1, COLUMN_U32, 1, false},
    [HEIGHT] = {"height_px", "pix", 1, COLUMN_U32, 1, false},
    [MAKE] = {"make", "", 1, COLUMN_TEXT, 1, false},
    [MODEL] = {"model", "", 1, COLUMN_TEXT, 1, false},
    [LENS] = {"lens", "", 1, COLUMN_TEXT, 1, false},
    [SERIAL] = {"serial", "", 1, COLUMN_TEXT, 1, false},
    [APP_NAME] = {"app", "", 1, COLUMN_TEXT, 1, false},
    [TIME_UTC] = {"time_utc", "", 1, COLUMN_TIME, 1, false},
    [TIME_LOCAL] = {"time_local", "", 1, COLUMN_TEXT, 1, false},
    [OFFSET] = {"offset", "", 1, COLUMN_TEXT, 1, false},
    [LAT] = {"lat_deg", "deg", 1, COLUMN_F64, 1, false},
    [LON] = {"lon_deg", "deg", 1, COLUMN_F64, 1, false},
    [ALT_MSL] = {"alt_msl_m", "m", 1, COLUMN_F64, 1, false},
    [ALT_REL] = {"alt_rel_m", "m", 1, COLUMN_F64, 1, false},
    [GIMBAL_ROLL] = {"gimbal_roll_deg", "deg", 1, COLUMN_F64, 1, false},
    [GIMBAL_PITCH] = {"gimbal_pitch_deg", "deg", 1, COLUMN_F64, 1, false},
    [GIMBAL_YAW] = {"gimbal_yaw_deg", "deg", 1, COLUMN_F64, 1, false},
    [FLIGHT_ROLL] = {"flight_roll_deg", "deg", 1, COLUMN_F64, 1, false},
    [FLIGHT_PITCH] = {"flight_pitch_deg", "deg", 1, COLUMN_F64, 1, false},
    [FLIGHT_YAW] = {"flight_yaw_deg", "deg", 1, COLUMN_F64, 1, false},
    [EXPOSURE] = {"exposure_s", "s", 1, COLUMN_F64, 1, false},
    [F_NUMBER] = {"f_number", "", 1, COLUMN_F64, 1, false},
    [ISO] = {"iso", "", 1, COLUMN_I32, 1, false},
    [FOCAL_LENGTH] = {"focal_length_mm", "mm", 1, COLUMN_F64, 1, false},
    [THERMAL] = {"thermal", "", 1, COLUMN_BOOL, 1, false},
    [ORIENTATION] = {"orientation", "", 1, COLUMN_I32, 1, false},
    [XMP] = {"xmp", "", 1, COLUMN_BOOL, 1, false},
};

static int jpeg_probe(const struct probe *probe) {
  const uint8_t *at = probe->head.data;
  if (probe->head.size < 4 || at[0] != 0xFF || at[1] != SOI || at[2] != 0xFF)
    return 0;
  return at[3] >= 0xC0 && at[3] != 0xFF ? 100 : 60;
}

/* ── segments ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool starts(struct bytes body, const char *head, size_t size) {
  return body.size >= size && memcmp(body.data, head, size) == 0;
}

static void read_app1(struct decode *d, struct bytes body) {
  struct jpeg *jpeg = d->state;
  if (starts(body, EXIF_HEAD, 6))
    jpeg_exif_read(d->arena, body, &jpeg->meta);
  else if (starts(body, XMP_HEAD, sizeof XMP_HEAD))
    jpeg_xmp_read(d->arena, text_from(body.data + sizeof XMP_HEAD, body.size - sizeof XMP_HEAD), &jpeg->meta);
  else if (starts(body, "FLIR\0", 5))
    jpeg->meta.thermal = true;
}

static bool is_frame_header(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* precision u8, height u16, width u16. */
static void read_segment(struct decode *d, uint8_t marker, struct bytes body) {
  struct jpeg *jpeg = d->state;
  if (is_frame_header(marker) && body.size >= 6 && !jpeg->meta.width_px) {
    jpeg->meta.height_px = load_u16_be(body.data + 1);
    jpeg->meta.width_px = load_u16_be(body.data + 3);
  } else if (marker == APP(1)) {
    read_app1(d, body);
  } else if (marker == APP(3)) {
    jpeg->app3_bytes += body.size;
  } else if (marker == APP(4)) {
    jpeg->app4_bytes += body.size;
  }
}

static void skip(struct decode *d, size_t size) {
  input_skip(d->input, size);
  d->report.bytes = input_offset(d->input);
}

/* Bytes between segments that are none: up to the next FF that a marker follows. */
static enum status skip_stray(struct decode *d, struct error *error) {
  uint64_t from = input_offset(d->input);
  for (;;) {
    struct bytes view;
    TRY(input_view(d->input, 2, &view, error));
    size_t i = 0;
    while (i + 1 < view.size && !(view.data[i] == 0xFF && view.data[i + 1] >= 0xC0 && view.data[i + 1] != 0xFF))
      i++;
    bool found = i + 1 < view.size;
    skip(d, found ? i : view.size <= 1 ? view.size : i);
    if (found || view.size <= 1)
      break;
  }
  decode_damage(d, from, input_offset(d->input) - from, "bytes between the segments", TIME_NONE, TIME_NONE);
  return STATUS_OK;
}

/* One segment. *ret_more is false at the picture itself and at the end. */
static enum status next_segment(struct decode *d, bool *ret_more, struct error *error) {
  struct bytes view;
  TRY(input_view(d->input, 4, &view, error));
  *ret_more = view.size >= 4;
  if (view.size < 4) {
    d->report.truncated = true;
    return STATUS_OK;
  }
  uint8_t marker = view.data[1];
  if (view.data[0] != 0xFF || marker == 0)
    return skip_stray(d, error);
  if (marker == 0xFF || marker == SOI || marker == TEM || (marker >= 0xD0 && marker <= 0xD7)) {
    skip(d, marker == 0xFF ? 1 : 2);
    return STATUS_OK;
  }
  if (marker == SOS || marker == EOI) {
    *ret_more = false;
    return STATUS_OK;
  }
  size_t size = load_u16_be(view.data + 2) + 2u;
  TRY(input_view(d->input, size, &view, error));
  if (size < 4 || view.size < size) {
    d->report.truncated |= view.size < size;
    *ret_more = size < 4;
    skip(d, size < 4 ? 2 : view.size);
    return STATUS_OK;
  }
  read_segment(d, marker, bytes_of(view.data + 4, size - 4));
  skip(d, size);
  return STATUS_OK;
}

static enum status read_segments(struct decode *d, struct error *error) {
  bool more = true;
  for (uint32_t i = 0; more && i < SEGMENTS_MAX; i++)
    TRY(next_segment(d, &more, error));
  return STATUS_OK;
}

static bool holds_raw_image(uint64_t bytes, const struct jpeg_meta *meta) {
  return bytes == 655360 || bytes == 2621440 ||
         (bytes >= 65536 && bytes == UINT64_C(2) * meta->width_px * meta->height_px);
}

/* ── the row ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void *cell(struct jpeg *jpeg, enum image_column column, bool known) {
  jpeg->valid[column] = known;
  jpeg->builder->columns[column].valid = &jpeg->valid[column];
  return jpeg->builder->columns[column].values;
}

static void put_text(struct jpeg *jpeg, enum image_column column, struct text value) {
  struct text *to = cell(jpeg, column, value.size > 0);
  *to = value.size ? value : TEXT("");
}

static void put_double(struct jpeg *jpeg, enum image_column column, double value) {
  *(double *)cell(jpeg, column, !isnan(value)) = value;
}

static void put_i32(struct jpeg *jpeg, enum image_column column, int32_t value) {
  *(int32_t *)cell(jpeg, column, value > 0) = value;
}

static void put_row(struct jpeg *jpeg) {
  const struct jpeg_meta *meta = &jpeg->meta;
  *(uint32_t *)cell(jpeg, WIDTH, true) = meta->width_px;
  *(uint32_t *)cell(jpeg, HEIGHT, true) = meta->height_px;
  put_text(jpeg, MAKE, meta->make);
  put_text(jpeg, MODEL, meta->model);
  put_text(jpeg, LENS, meta->lens);
  put_text(jpeg, SERIAL, meta->serial);
  put_text(jpeg, APP_NAME, meta->app);
  *(int64_t *)cell(jpeg, TIME_UTC, meta->time_utc_us != TIME_NONE) = meta->time_utc_us;
  put_text(jpeg, TIME_LOCAL, meta->time_local);
  put_text(jpeg, OFFSET, meta->offset);
  const struct {
    enum image_column column;
    double value;
  } numbers[] = {
      {LAT, meta->lat_deg},
      {LON, meta->lon_deg},
      {ALT_MSL, meta->alt_msl_m},
      {ALT_REL, meta->alt_rel_m},
      {GIMBAL_ROLL, meta->gimbal_roll_deg},
      {GIMBAL_PITCH, meta->gimbal_pitch_deg},
      {GIMBAL_YAW, meta->gimbal_yaw_deg},
      {FLIGHT_ROLL, meta->flight_roll_deg},
      {FLIGHT_PITCH, meta->flight_pitch_deg},
      {FLIGHT_YAW, meta->flight_yaw_deg},
      {EXPOSURE, meta->exposure_s},
      {F_NUMBER, meta->f_number},
      {FOCAL_LENGTH, meta->focal_length_mm},
  };
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
    put_double(jpeg, numbers[i].column, numbers[i].value);
  put_i32(jpeg, ISO, meta->iso);
  put_i32(jpeg, ORIENTATION, meta->orientation);
  *(uint8_t *)cell(jpeg, THERMAL, true) = meta->thermal;
  *(uint8_t *)cell(jpeg, XMP, true) = meta->xmp;
}

static void note_number(struct decode *d, const char *key, const char *format, double value) {
  if (!isnan(value))
    decode_fact(d, key, text_of(arena_format(d->arena, format, value)));
}

static void note_facts(struct decode *d, const struct jpeg_meta *meta) {
  char utc[CLOCK_TEXT_SIZE];
  bool named = meta->model.size >= meta->make.size && memcmp(meta->model.data, meta->make.data, meta->make.size) == 0;
  const char *camera = arena_format(d->arena, "%.*s %.*s", named ? 0 : (int)meta->make.size, meta->make.data,
                                    (int)meta->model.size, meta->model.data);
  decode_fact(d, "camera", text_of(camera));
  if (meta->time_utc_us != TIME_NONE)
    decode_fact(d, "created", text_of(clock_format(utc, meta->time_utc_us)));
  else
    decode_fact(d, "created", meta->time_local);
  note_number(d, "lat", "%.8f", meta->lat_deg);
  note_number(d, "lon", "%.8f", meta->lon_deg);
  note_number(d, "alt", "%.3f", meta->alt_msl_m);
  decode_fact(d, "app", meta->app);
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status jpeg_open(struct decode *d, struct error *error) {
  struct jpeg *jpeg = d->state;
  const struct text none = TEXT("");
  jpeg->meta = (struct jpeg_meta){.make = none,
                                  .model = none,
                                  .lens = none,
                                  .serial = none,
                                  .app = none,
                                  .time_local = none,
                                  .offset = none,
                                  .time_utc_us = TIME_NONE,
                                  .lat_deg = NAN,
                                  .lon_deg = NAN,
                                  .alt_msl_m = NAN,
                                  .alt_rel_m = NAN,
                                  .gimbal_roll_deg = NAN,
                                  .gimbal_pitch_deg = NAN,
                                  .gimbal_yaw_deg = NAN,
                                  .flight_roll_deg = NAN,
                                  .flight_pitch_deg = NAN,
                                  .flight_yaw_deg = NAN,
                                  .exposure_s = NAN,
                                  .f_number = NAN,
                                  .focal_length_mm = NAN};
  d->report.clock = DECODE_CLOCK_NONE;
  jpeg->message = decode_define_message(d, "image", 0, fields, COLUMN_COUNT);
  jpeg->builder = jpeg->message ? batch_builder_new(d, jpeg->message, 1) : NULL;
  if (!jpeg->builder)
    return error_set(error, STATUS_LIMIT, "one photograph's row does not fit %zu bytes of memory; raise the limit",
                     d->options.memory_limit);
  jpeg->message->time_field = TIME_UTC;
  return STATUS_OK;
}

static void count_image(struct decode *d) {
  struct jpeg *jpeg = d->state;
  int64_t us = jpeg->meta.time_utc_us;
  d->report.records = jpeg->message->count = 1;
  d->report.first_us = d->report.last_us = jpeg->message->first_us = jpeg->message->last_us = us;
  d->report.clock = us == TIME_NONE ? DECODE_CLOCK_NONE : DECODE_CLOCK_UTC;
  jpeg->builder->time_us[0] = us;
  jpeg->builder->batch.rows = 1;
}

static enum status jpeg_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct jpeg *jpeg = d->state;
  if (jpeg->read) {
    *ret_batch = NULL;
    return STATUS_OK;
  }
  TRY(read_segments(d, error));
  jpeg->read = true;
  if (!jpeg->meta.width_px || !jpeg->meta.height_px)
    return error_set(
        error, STATUS_BAD_DATA,
        "the photograph ends or breaks at byte %llu, before its width and height; copy it again from the card",
        (unsigned long long)d->report.bytes);
  jpeg->meta.thermal |= holds_raw_image(jpeg->app3_bytes, &jpeg->meta) ||
                        holds_raw_image(jpeg->app4_bytes, &jpeg->meta);
  jpeg_meta_settle(d->arena, &jpeg->meta);
  note_facts(d, &jpeg->meta);
  put_row(jpeg);
  count_image(d);
  if (input_size(d->input) != INPUT_SIZE_UNKNOWN)
    d->report.bytes = input_size(d->input);
  *ret_batch = jpeg->message->wanted ? &jpeg->builder->batch : NULL;
  return STATUS_OK;
}

const struct decoder decoder_jpeg = {
    .name = "jpeg",
    .about = "photograph (JPEG with Exif and XMP)",
    .suffixes = "jpg jpeg",
    .source = "payload",
    .state_size = sizeof(struct jpeg),
    .probe = jpeg_probe,
    .open = jpeg_open,
    .next = jpeg_next,
};
