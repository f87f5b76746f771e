/* exif_tags: what Exif's tags mean, wherever they stand (see jpeg_meta.h).
 *
 * Tags (Exif 2.32): 010F make, 0110 model, 0112 orientation, 0131 software, 829A exposure, 829D f-number, 8827 ISO,
 * 9003 time (the camera's clock, no zone), 9291 its fraction, 9011 its offset from UTC, 920A focal length, A431 serial
 * number, A434 lens. GPS: 1 to 6 position, 7 and 1D time and date in UTC, 10 and 11 direction, 1F accuracy.
 *
 * Time. UTC is known from GPS, or from the camera's clock with the zone that the camera wrote beside it; where both
 * GPS and the camera's clock are there, their difference is the zone. Else the zone is unknown, and no UTC is made. */
#include "decode/exif_tags.h"

#include <math.h>

static struct text ascii(const struct exif_tags *exif, enum exif_directory directory, int tag) {
  return exif->ascii(exif, directory, tag);
}

static double rational(const struct exif_tags *exif, enum exif_directory directory, int tag, unsigned index) {
  return exif->rational(exif, directory, tag, index);
}

static int32_t whole(const struct exif_tags *exif, enum exif_directory directory, int tag) {
  return exif->whole(exif, directory, tag);
}

/* Degrees, minutes, seconds; the last two may be missing. NAN out of range, or without the hemisphere. */
static double angle(const struct exif_tags *exif, int tag, const char *hemispheres, double limit) {
  double degrees = rational(exif, EXIF_GPS, tag, 0), minutes = rational(exif, EXIF_GPS, tag, 1);
  double seconds = rational(exif, EXIF_GPS, tag, 2);
  struct text reference = ascii(exif, EXIF_GPS, tag - 1);
  if (isnan(degrees) || !reference.size || !strchr(hemispheres, reference.data[0]))
    return NAN;
  double value = degrees + (isnan(minutes) ? 0 : minutes / 60) + (isnan(seconds) ? 0 : seconds / 3600);
  if (value > limit)
    return NAN;
  return reference.data[0] == hemispheres[1] ? -value : value;
}

static void read_position(const struct exif_tags *exif, struct jpeg_meta *meta) {
  double lat = angle(exif, 2, "NS", 90), lon = angle(exif, 4, "EW", 180);
  if (!isnan(lat) && !isnan(lon) && (lat != 0 || lon != 0)) {
    meta->lat_deg = lat;
    meta->lon_deg = lon;
  }
  double alt = rational(exif, EXIF_GPS, 6, 0);
  bool below = whole(exif, EXIF_GPS, 5) == 1;
  if (isnan(meta->alt_msl_m))
    meta->alt_msl_m = below ? -alt : alt;
}

/* "2024:05:01 10:00:00" → "2024-05-01T10:00:00"; "" where it is not a date. */
static struct text date_time(struct arena *arena, struct text text) {
  char copy[20];
  int64_t us;
  if (text.size < 19)
    return TEXT("");
  memcpy(copy, text.data, 19);
  copy[4] = copy[7] = '-';
  copy[10] = 'T';
  copy[19] = 0;
  if (!clock_parse(text_of(copy), &us))
    return TEXT("");
  const char *kept = arena_copy(arena, copy, 19);
  return kept ? text_from(kept, 19) : TEXT("");
}

/* GPS date "2024:05:01" and time as three rationals: UTC. */
static int64_t gps_time(const struct exif_tags *exif) {
  struct text date = ascii(exif, EXIF_GPS, 0x1D);
  double hour = rational(exif, EXIF_GPS, 7, 0), minute = rational(exif, EXIF_GPS, 7, 1);
  double second = rational(exif, EXIF_GPS, 7, 2);
  int64_t year, month, day;
  if (date.size < 10 || !(hour < 24) || !(minute < 60) || !(second < 62))
    return TIME_NONE;
  if (!text_to_i64(text_from(date.data, 4), &year) || !text_to_i64(text_from(date.data + 5, 2), &month) ||
      !text_to_i64(text_from(date.data + 8, 2), &day))
    return TIME_NONE;
  if (year < 1990 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31)
    return TIME_NONE;
  return clock_from_civil((int)year, (int)month, (int)day, (int)hour, (int)minute, second);
}

static void fill(struct text *to, struct text value) {
  if (!to->size)
    *to = value;
}

/* Where the picture looks: 10 true or magnetic north, 11 degrees; 1F how well the place is known. */
static void read_direction(const struct exif_tags *exif, struct jpeg_meta *meta) {
  double direction = rational(exif, EXIF_GPS, 0x11, 0), error_m = rational(exif, EXIF_GPS, 0x1F, 0);
  struct text reference = ascii(exif, EXIF_GPS, 0x10);
  if (direction >= 0 && direction <= 360) {
    meta->direction_deg = direction;
    meta->direction_reference = reference.size && reference.data[0] == 'M' ? TEXT("magnetic") : TEXT("true");
  }
  if (error_m >= 0 && isnan(meta->horizontal_accuracy_m))
    meta->horizontal_accuracy_m = error_m;
}

static void read_camera(const struct exif_tags *exif, struct jpeg_meta *meta) {
  fill(&meta->make, ascii(exif, EXIF_MAIN, 0x010F));
  fill(&meta->model, ascii(exif, EXIF_MAIN, 0x0110));
  fill(&meta->app, ascii(exif, EXIF_MAIN, 0x0131));
  fill(&meta->serial, ascii(exif, EXIF_CAMERA, 0xA431));
  fill(&meta->lens, ascii(exif, EXIF_CAMERA, 0xA434));
  meta->orientation = whole(exif, EXIF_MAIN, 0x0112);
  meta->exposure_s = rational(exif, EXIF_CAMERA, 0x829A, 0);
  meta->f_number = rational(exif, EXIF_CAMERA, 0x829D, 0);
  meta->focal_length_mm = rational(exif, EXIF_CAMERA, 0x920A, 0);
  meta->iso = whole(exif, EXIF_CAMERA, 0x8827);
}

/* Hundredths and the like behind a time: "25" → "2024-05-01T10:00:00.25". */
static void add_fraction(const struct exif_tags *exif, int tag, struct text *time) {
  struct text fraction = ascii(exif, EXIF_CAMERA, tag);
  int64_t number;
  if (!time->size || !fraction.size || fraction.size > 6 || !text_to_i64(fraction, &number) || number <= 0)
    return;
  const char *whole_time = arena_format(exif->arena, "%.*s.%.*s", (int)time->size, time->data, (int)fraction.size,
                                        fraction.data);
  if (whole_time)
    *time = text_of(whole_time);
}

static void read_time(const struct exif_tags *exif, struct jpeg_meta *meta) {
  meta->time_local = date_time(exif->arena, ascii(exif, EXIF_CAMERA, 0x9003));
  add_fraction(exif, 0x9291, &meta->time_local);
  if (!meta->time_local.size)
    meta->time_local = date_time(exif->arena, ascii(exif, EXIF_CAMERA, 0x9004));
  if (!meta->time_local.size)
    meta->time_local = date_time(exif->arena, ascii(exif, EXIF_MAIN, 0x0132));
  meta->offset = ascii(exif, EXIF_CAMERA, 0x9011);
  if (!meta->offset.size)
    meta->offset = ascii(exif, EXIF_CAMERA, 0x9010);
  meta->time_utc_us = gps_time(exif);
}

void exif_tags_read(const struct exif_tags *exif, struct jpeg_meta *meta) {
  read_camera(exif, meta);
  read_time(exif, meta);
  read_position(exif, meta);
  read_direction(exif, meta);
}

/* "+02:00" → seconds. */
static bool offset_seconds(struct text offset, int64_t *ret_seconds) {
  int64_t hours, minutes;
  if (offset.size != 6 || (offset.data[0] != '+' && offset.data[0] != '-') || offset.data[3] != ':')
    return false;
  if (!text_to_i64(text_from(offset.data + 1, 2), &hours) || !text_to_i64(text_from(offset.data + 4, 2), &minutes) ||
      hours > 14 || minutes > 59)
    return false;
  *ret_seconds = (hours * 3600 + minutes * 60) * (offset.data[0] == '-' ? -1 : 1);
  return true;
}

/* A camera's zone is a whole number of quarter hours; GPS time and the camera's clock may differ by a minute. */
static void guess_offset(struct arena *arena, int64_t local_us, struct jpeg_meta *meta) {
  int64_t minutes = (local_us - meta->time_utc_us) / (60 * US_PER_S);
  int64_t quarters = (minutes + (minutes < 0 ? -7 : 7)) / 15, rest = minutes - quarters * 15;
  if (quarters < -48 || quarters > 56 || rest < -1 || rest > 1)
    return;
  int64_t size = quarters < 0 ? -quarters : quarters;
  const char *text = arena_format(arena, "%c%02d:%02d", quarters < 0 ? '-' : '+', (int)(size / 4),
                                  (int)(size % 4 * 15));
  if (text)
    meta->offset = text_of(text);
}

void jpeg_meta_settle(struct arena *arena, struct jpeg_meta *meta) {
  int64_t local_us, seconds;
  if (text_is(meta->serial, "0"))
    meta->serial = TEXT("");
  bool local = meta->time_local.size && clock_parse(meta->time_local, &local_us);
  if (meta->time_utc_us != TIME_NONE) {
    meta->time_basis = TEXT("gps");
    if (local && !meta->offset.size)
      guess_offset(arena, local_us, meta);
  } else if (local && offset_seconds(meta->offset, &seconds)) {
    meta->time_utc_us = local_us - seconds * US_PER_S;
    meta->time_basis = TEXT("camera clock and zone");
  } else if (local) {
    meta->time_basis = TEXT("camera clock, zone unknown");
  }
}
