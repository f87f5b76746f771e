/* image_row: see image_row.h. */
#include "decode/image_row.h"

#include <math.h>

/* column, unit, type, how it is put, where it stands in struct jpeg_meta */
#define COLUMNS                                                                                                        \
  X(width_px, "pix", U32, count, width_px)                                                                             \
  X(height_px, "pix", U32, count, height_px)                                                                           \
  X(make, "", TEXT, text, make)                                                                                        \
  X(model, "", TEXT, text, model)                                                                                      \
  X(lens, "", TEXT, text, lens)                                                                                        \
  X(serial, "", TEXT, text, serial)                                                                                    \
  X(vehicle_serial, "", TEXT, text, vehicle_serial)                                                                    \
  X(app, "", TEXT, text, app)                                                                                          \
  X(time_utc, "", TIME, time, time_utc_us)                                                                             \
  X(time_local, "", TEXT, text, time_local)                                                                            \
  X(offset, "", TEXT, text, offset)                                                                                    \
  X(time_basis, "", TEXT, text, time_basis)                                                                            \
  X(lat_deg, "deg", F64, double, lat_deg)                                                                              \
  X(lon_deg, "deg", F64, double, lon_deg)                                                                              \
  X(alt_msl_m, "m", F64, double, alt_msl_m)                                                                            \
  X(alt_rel_m, "m", F64, double, alt_rel_m)                                                                            \
  X(height_ground_m, "m", F64, double, height_ground_m)                                                                \
  X(horizontal_accuracy_m, "m", F64, double, horizontal_accuracy_m)                                                    \
  X(vertical_accuracy_m, "m", F64, double, vertical_accuracy_m)                                                        \
  X(direction_deg, "deg", F64, double, direction_deg)                                                                  \
  X(direction_reference, "", TEXT, text, direction_reference)                                                          \
  X(gimbal_roll_deg, "deg", F64, double, gimbal_roll_deg)                                                              \
  X(gimbal_pitch_deg, "deg", F64, double, gimbal_pitch_deg)                                                            \
  X(gimbal_yaw_deg, "deg", F64, double, gimbal_yaw_deg)                                                                \
  X(flight_roll_deg, "deg", F64, double, flight_roll_deg)                                                              \
  X(flight_pitch_deg, "deg", F64, double, flight_pitch_deg)                                                            \
  X(flight_yaw_deg, "deg", F64, double, flight_yaw_deg)                                                                \
  X(exposure_s, "s", F64, double, exposure_s)                                                                          \
  X(f_number, "", F64, double, f_number)                                                                               \
  X(iso, "", I32, count, iso)                                                                                          \
  X(focal_length_mm, "mm", F64, double, focal_length_mm)                                                               \
  X(thermal, "", BOOL, bool, thermal)                                                                                  \
  X(band, "", TEXT, text, band)                                                                                        \
  X(orientation, "", I32, count, orientation)                                                                          \
  X(xmp, "", BOOL, bool, xmp)                                                                                          \
  X(thumbnail_offset, "B", U64, count, thumbnail_offset)                                                               \
  X(thumbnail_bytes, "B", U64, count, thumbnail_bytes)

enum image_column {
#define X(name, unit, type, put, from) COLUMN_OF_##name,
  COLUMNS
#undef X
      COLUMN_COUNT
};

static const struct field fields[COLUMN_COUNT] = {
#define X(name, unit, type, put, from) {#name, unit, 1, COLUMN_##type, 1, false},
    COLUMNS
#undef X
};

void image_meta_begin(struct jpeg_meta *meta) {
  const struct text none = TEXT("");
  *meta = (struct jpeg_meta){.make = none,
                             .model = none,
                             .lens = none,
                             .serial = none,
                             .vehicle_serial = none,
                             .app = none,
                             .time_local = none,
                             .offset = none,
                             .time_basis = none,
                             .direction_reference = none,
                             .band = none,
                             .extended_xmp = none,
                             .time_utc_us = TIME_NONE,
                             .lat_deg = NAN,
                             .lon_deg = NAN,
                             .alt_msl_m = NAN,
                             .alt_rel_m = NAN,
                             .height_ground_m = NAN,
                             .horizontal_accuracy_m = NAN,
                             .vertical_accuracy_m = NAN,
                             .direction_deg = NAN,
                             .gimbal_roll_deg = NAN,
                             .gimbal_pitch_deg = NAN,
                             .gimbal_yaw_deg = NAN,
                             .flight_roll_deg = NAN,
                             .flight_pitch_deg = NAN,
                             .flight_yaw_deg = NAN,
                             .exposure_s = NAN,
                             .f_number = NAN,
                             .focal_length_mm = NAN};
}

enum status image_row_begin(struct decode *d, struct single_row *row, struct error *error) {
  d->report.clock = DECODE_CLOCK_NONE;
  TRY(single_row_begin(d, row, "image", fields, COLUMN_COUNT, error));
  row->message->time_field = COLUMN_OF_time_utc;
  return STATUS_OK;
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
  decode_fact(d, "serial", meta->serial);
  decode_fact(d, "vehicle_serial", meta->vehicle_serial);
  decode_fact(d, "created",
              meta->time_utc_us != TIME_NONE ? text_of(clock_format(utc, meta->time_utc_us)) : meta->time_local);
  decode_fact(d, "time_basis", meta->time_basis);
  note_number(d, "lat", "%.8f", meta->lat_deg);
  note_number(d, "lon", "%.8f", meta->lon_deg);
  note_number(d, "alt", "%.3f", meta->alt_msl_m);
  decode_fact(d, "app", meta->app);
}

const struct batch *image_row_give(struct decode *d, struct single_row *row, struct jpeg_meta *meta) {
  jpeg_meta_settle(d->arena, meta);
#define X(name, unit, type, put, from) single_row_##put(row, COLUMN_OF_##name, meta->from);
  COLUMNS
#undef X
  note_facts(d, meta);
  int64_t us = meta->time_utc_us;
  d->report.first_us = d->report.last_us = us;
  d->report.clock = us == TIME_NONE ? DECODE_CLOCK_NONE : DECODE_CLOCK_UTC;
  if (input_size(d->input) != INPUT_SIZE_UNKNOWN)
    d->report.bytes = input_size(d->input);
  return single_row_give(d, row, us);
}
