/* jpeg_exif: the Exif part of a photograph, through libexif, which bounds every directory and offset.
 *
 * Tags (Exif 2.32): 010F make, 0110 model, 0112 orientation, 0131 software, 829A exposure, 829D f-number, 8827 ISO,
 * 9003 time (the camera's clock, no zone), 9011 its offset from UTC, 920A focal length, A431 serial number, A434 lens.
 * GPS: 1 to 6 position, 7 and 1D time and date in UTC. Each entry's format and count are looked at before its bytes
 * are. */
#include "decode/jpeg_meta.h"

#include <libexif/exif-data.h>
#include <math.h>

struct exif {
  ExifData *data;
  ExifByteOrder order;
  struct arena *arena;
};

static const ExifEntry *find(const struct exif *exif, ExifIfd directory, int tag) {
  return exif_content_get_entry(exif->data->ifd[directory], (ExifTag)tag);
}

static struct text ascii(const struct exif *exif, ExifIfd directory, int tag) {
  const ExifEntry *entry = find(exif, directory, tag);
  if (!entry || !entry->data || entry->format != EXIF_FORMAT_ASCII || entry->size > 1024)
    return TEXT("");
  struct text raw = text_trim(text_padded(entry->data, entry->size));
  const char *copy = raw.size ? text_to_utf8(exif->arena, raw) : NULL;
  return text_of(copy ? copy : "");
}

static double rational(const struct exif *exif, ExifIfd directory, int tag, unsigned index) {
  const ExifEntry *entry = find(exif, directory, tag);
  if (!entry || !entry->data || entry->format != EXIF_FORMAT_RATIONAL || entry->components <= index ||
      entry->size < 8 * (index + 1))
    return NAN;
  ExifRational value = exif_get_rational(entry->data + 8 * index, exif->order);
  return value.denominator ? (double)value.numerator / value.denominator : NAN;
}

static int32_t whole(const struct exif *exif, ExifIfd directory, int tag) {
  const ExifEntry *entry = find(exif, directory, tag);
  if (!entry || !entry->data || !entry->components)
    return 0;
  if (entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
    return exif_get_short(entry->data, exif->order);
  return entry->format == EXIF_FORMAT_LONG && entry->size >= 4 ? (int32_t)exif_get_long(entry->data, exif->order) : 0;
}

/* Degrees, minutes, seconds; the last two may be missing. NAN out of range, or without the hemisphere. */
static double angle(const struct exif *exif, int tag, const char *hemispheres, double limit) {
  double degrees = rational(exif, EXIF_IFD_GPS, tag, 0), minutes = rational(exif, EXIF_IFD_GPS, tag, 1);
  double seconds = rational(exif, EXIF_IFD_GPS, tag, 2);
  struct text reference = ascii(exif, EXIF_IFD_GPS, tag - 1);
  if (isnan(degrees) || !reference.size || !strchr(hemispheres, reference.data[0]))
    return NAN;
  double value = degrees + (isnan(minutes) ? 0 : minutes / 60) + (isnan(seconds) ? 0 : seconds / 3600);
  if (value > limit)
    return NAN;
  return reference.data[0] == hemispheres[1] ? -value : value;
}

static void read_position(const struct exif *exif, struct jpeg_meta *meta) {
  double lat = angle(exif, 2, "NS", 90), lon = angle(exif, 4, "EW", 180);
  if (!isnan(lat) && !isnan(lon) && (lat != 0 || lon != 0)) {
    meta->lat_deg = lat;
    meta->lon_deg = lon;
  }
  const ExifEntry *reference = find(exif, EXIF_IFD_GPS, 5);
  double alt = rational(exif, EXIF_IFD_GPS, 6, 0);
  bool below = reference && reference->data && reference->size && reference->data[0] == 1;
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
static int64_t gps_time(const struct exif *exif) {
  struct text date = ascii(exif, EXIF_IFD_GPS, 0x1D);
  double hour = rational(exif, EXIF_IFD_GPS, 7, 0), minute = rational(exif, EXIF_IFD_GPS, 7, 1);
  double second = rational(exif, EXIF_IFD_GPS, 7, 2);
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

static void read_camera(const struct exif *exif, struct jpeg_meta *meta) {
  meta->make = ascii(exif, EXIF_IFD_0, 0x010F);
  meta->model = ascii(exif, EXIF_IFD_0, 0x0110);
  meta->app = ascii(exif, EXIF_IFD_0, 0x0131);
  meta->serial = ascii(exif, EXIF_IFD_EXIF, 0xA431);
  meta->lens = ascii(exif, EXIF_IFD_EXIF, 0xA434);
  meta->orientation = whole(exif, EXIF_IFD_0, 0x0112);
  meta->exposure_s = rational(exif, EXIF_IFD_EXIF, 0x829A, 0);
  meta->f_number = rational(exif, EXIF_IFD_EXIF, 0x829D, 0);
  meta->focal_length_mm = rational(exif, EXIF_IFD_EXIF, 0x920A, 0);
  meta->iso = whole(exif, EXIF_IFD_EXIF, 0x8827);
}

static void read_time(const struct exif *exif, struct jpeg_meta *meta) {
  meta->time_local = date_time(exif->arena, ascii(exif, EXIF_IFD_EXIF, 0x9003));
  if (!meta->time_local.size)
    meta->time_local = date_time(exif->arena, ascii(exif, EXIF_IFD_EXIF, 0x9004));
  if (!meta->time_local.size)
    meta->time_local = date_time(exif->arena, ascii(exif, EXIF_IFD_0, 0x0132));
  meta->offset = ascii(exif, EXIF_IFD_EXIF, 0x9011);
  if (!meta->offset.size)
    meta->offset = ascii(exif, EXIF_IFD_EXIF, 0x9010);
  meta->time_utc_us = gps_time(exif);
}

void jpeg_exif_read(struct arena *arena, struct bytes bytes, struct jpeg_meta *meta) {
  struct exif exif = {.data = exif_data_new(), .arena = arena};
  if (!exif.data)
    return;
  exif_data_unset_option(exif.data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(exif.data, bytes.data, (unsigned)bytes.size);
  exif.order = exif_data_get_byte_order(exif.data);
  read_camera(&exif, meta);
  read_time(&exif, meta);
  read_position(&exif, meta);
  exif_data_unref(exif.data);
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
  if (!meta->time_local.size || !clock_parse(meta->time_local, &local_us))
    return;
  if (meta->time_utc_us == TIME_NONE && offset_seconds(meta->offset, &seconds))
    meta->time_utc_us = local_us - seconds * US_PER_S;
  else if (meta->time_utc_us != TIME_NONE && !meta->offset.size)
    guess_offset(arena, local_us, meta);
}
