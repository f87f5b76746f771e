/* jpeg_xmp: the XMP packet of a photograph (see jpeg_meta.h).
 *
 * The packet is RDF/XML, in which a value may stand as an attribute, name="value", or as an element,
 * <name>value</name>; cameras write both. The few names that matter are looked for as text, so a packet that is not
 * well-formed XML is still read, and no entity is ever expanded: a library that parses XML would refuse the first and
 * has to be kept from the second. Names: drone-dji (also Skydio's and Autel's copies of it), drone-parrot, FLIR and
 * Camera (Pix4D's, which Parrot, senseFly and MicaSense write too). DJI's misspelt "GpsLongtitude" is its own. A value
 * longer than VALUE_MAX is none, which also bounds the time that a hostile packet takes. */
#include "decode/jpeg_meta.h"

#include <math.h>
#include <stddef.h>

#define VALUE_MAX ((size_t)256)

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What follows a name: ="…" or >…<. Empty where it is neither. */
static struct text value_after(struct text rest) {
  size_t i = 0;
  while (i < rest.size && is_blank(rest.data[i]))
    i++;
  if (i == rest.size || (rest.data[i] != '=' && rest.data[i] != '>'))
    return TEXT("");
  char end = '<';
  if (rest.data[i++] == '=') {
    while (i < rest.size && is_blank(rest.data[i]))
      i++;
    if (i == rest.size || (rest.data[i] != '"' && rest.data[i] != '\''))
      return TEXT("");
    end = rest.data[i++];
  }
  const char *stop = i < rest.size ? memchr(rest.data + i, end, MIN(rest.size - i, VALUE_MAX)) : NULL;
  return stop ? text_trim(text_from(rest.data + i, (size_t)(stop - rest.data) - i)) : TEXT("");
}

/* The first value of "prefix:Name" that is not empty. */
static struct text find(struct text packet, const char *name) {
  size_t length = strlen(name);
  while (packet.size) {
    ptrdiff_t at = text_find(packet, name);
    if (at < 0)
      break;
    packet = text_from(packet.data + at + length, packet.size - (size_t)at - length);
    struct text value = value_after(packet);
    if (value.size)
      return value;
  }
  return TEXT("");
}

/* Also rationals such as 1198/10. */
static double number_of(struct text value) {
  struct text rest = value, first = text_cut(&rest, '/');
  double number, divisor;
  if (!text_to_double(first, &number) || !isfinite(number))
    return NAN;
  if (!rest.data)
    return number;
  return text_to_double(rest, &divisor) && divisor != 0 ? number / divisor : NAN;
}

/* The prefix that the packet binds to a namespace, where it is not the usual one: xmlns:PREFIX="URI". */
static struct text prefix_of(struct text packet, const char *uri) {
  ptrdiff_t at = text_find(packet, uri);
  size_t end = at < 2 ? 0 : (size_t)at - 2; /* of the prefix, before =" */
  size_t start = end;
  while (start && end - start < 32 && packet.data[start - 1] != ':' && !is_blank(packet.data[start - 1]))
    start--;
  return start > 5 && memcmp(packet.data + start - 6, "xmlns:", 6) == 0 ? text_from(packet.data + start, end - start)
                                                                        : TEXT("");
}

static void take(struct text packet, const char *name, double *value) {
  double number = isnan(*value) ? number_of(find(packet, name)) : NAN;
  if (!isnan(number))
    *value = number;
}

static void take_text(struct arena *arena, struct text packet, const char *name, struct text *value) {
  struct text found = value->size ? TEXT("") : find(packet, name);
  const char *copy = found.size ? text_to_utf8(arena, found) : NULL;
  if (copy)
    *value = text_of(copy);
}

/* Adobe's form of Exif's angles: "47,18.5N" or "47,18,30N". NAN where it is not that. */
static double angle_of(struct text value, double limit) {
  if (value.size < 2 || !memchr("NSEW", value.data[value.size - 1], 4))
    return NAN;
  char hemisphere = value.data[value.size - 1];
  struct text rest = text_from(value.data, value.size - 1);
  double angle = 0, part, unit = 1;
  for (int i = 0; i < 3 && rest.data; i++, unit /= 60) {
    if (!text_to_double(text_cut(&rest, ','), &part) || !(part >= 0 && part <= limit))
      return NAN;
    angle += part * unit;
  }
  if (rest.data || angle > limit)
    return NAN;
  return hemisphere == 'S' || hemisphere == 'W' ? -angle : angle;
}

static void read_position(struct text packet, struct jpeg_meta *meta) {
  double lat = NAN, lon = NAN, alt = NAN;
  take(packet, "drone-dji:GpsLatitude", &lat);
  take(packet, "drone-dji:GPSLatitude", &lat);
  take(packet, "drone-dji:GpsLongitude", &lon);
  take(packet, "drone-dji:GPSLongitude", &lon);
  take(packet, "drone-dji:GpsLongtitude", &lon);
  take(packet, "drone-dji:GPSLongtitude", &lon);
  if (isnan(lat) || isnan(lon)) {
    lat = angle_of(find(packet, "exif:GPSLatitude"), 90);
    lon = angle_of(find(packet, "exif:GPSLongitude"), 180);
  }
  if (isnan(meta->lat_deg) && fabs(lat) <= 90 && fabs(lon) <= 180 && (lat != 0 || lon != 0)) {
    meta->lat_deg = lat;
    meta->lon_deg = lon;
  }
  take(packet, ":AbsoluteAltitude", &alt);
  if (!isnan(alt))
    meta->alt_msl_m = alt;
  take(packet, ":RelativeAltitude", &meta->alt_rel_m);
}

static void read_attitude(struct text packet, struct jpeg_meta *meta) {
  static const struct {
    const char *name;
    size_t offset;
  } angles[] = {
#define ANGLE(name, field) {name, offsetof(struct jpeg_meta, field)}
      ANGLE(":GimbalRollDegree", gimbal_roll_deg),
      ANGLE(":GimbalPitchDegree", gimbal_pitch_deg),
      ANGLE(":GimbalYawDegree", gimbal_yaw_deg),
      ANGLE(":FlightRollDegree", flight_roll_deg),
      ANGLE(":FlightPitchDegree", flight_pitch_deg),
      ANGLE(":FlightYawDegree", flight_yaw_deg),
      ANGLE("drone-parrot:CameraRollDegree", gimbal_roll_deg),
      ANGLE("drone-parrot:CameraPitchDegree", gimbal_pitch_deg),
      ANGLE("drone-parrot:CameraYawDegree", gimbal_yaw_deg),
      ANGLE("Camera:Roll", gimbal_roll_deg),
      ANGLE("Camera:Pitch", gimbal_pitch_deg),
      ANGLE("Camera:Yaw", gimbal_yaw_deg),
      ANGLE("FLIR:MAVRoll", flight_roll_deg),
      ANGLE("FLIR:MAVPitch", flight_pitch_deg),
      ANGLE("FLIR:MAVYaw", flight_yaw_deg),
#undef ANGLE
  };
  for (size_t i = 0; i < ARRAY_COUNT(angles); i++)
    take(packet, angles[i].name, (double *)(void *)((char *)meta + angles[i].offset));
}

static bool is_infrared(struct text packet, struct text band) {
  struct text source = find(packet, ":ImageSource");
  return text_is(source, "InfraredCamera") || text_is(source, "ThermalCamera") || text_is(band, "LWIR");
}

static void read_accuracy(struct text packet, struct jpeg_meta *meta) {
  double north_m = NAN, east_m = NAN;
  take(packet, ":RtkStdLat", &north_m);
  take(packet, ":RtkStdLon", &east_m);
  if (isnan(meta->horizontal_accuracy_m) && north_m >= 0 && east_m >= 0)
    meta->horizontal_accuracy_m = hypot(north_m, east_m);
  take(packet, ":RtkStdHgt", &meta->vertical_accuracy_m);
  take(packet, "Camera:GPSXYAccuracy", &meta->horizontal_accuracy_m);
  take(packet, "Camera:GPSZAccuracy", &meta->vertical_accuracy_m);
  take(packet, "Camera:AboveGroundAltitude", &meta->height_ground_m);
}

/* DJI's UTCAtExposure is GPS time; xmp:CreateDate counts where it carries a zone. */
static void read_time(struct arena *arena, struct text packet, struct jpeg_meta *meta) {
  int64_t us;
  struct text exact = find(packet, ":UTCAtExposure"), created = find(packet, "xmp:CreateDate");
  if (meta->time_utc_us == TIME_NONE && exact.size >= 19 && clock_parse(exact, &us))
    meta->time_utc_us = us;
  if (created.size < 19 || !clock_parse(created, &us))
    return;
  const char *sign = memchr(created.data + 19, '+', created.size - 19);
  sign = sign ? sign : memchr(created.data + 19, '-', created.size - 19);
  if (!meta->time_local.size && created.data[created.size - 1] != 'Z')
    meta->time_local = text_of(arena_format(arena, "%.19s", created.data));
  if (!meta->offset.size && sign && created.data + created.size - sign == 6)
    meta->offset = text_of(arena_format(arena, "%.6s", sign));
}

/* The packet with prefix "from" written as "to"; as it is where there is no room. */
static struct text with_prefix(struct arena *arena, struct text packet, struct text from, const char *to) {
  size_t room = packet.size + packet.size / 2 + 64, used = 0, length = strlen(to);
  char *out = arena_alloc(arena, room);
  for (size_t i = 0; out && i < packet.size;) {
    bool hit = i && i + from.size < packet.size && packet.data[i + from.size] == ':' &&
               (is_blank(packet.data[i - 1]) || packet.data[i - 1] == '<') &&
               memcmp(packet.data + i, from.data, from.size) == 0;
    if (used + length + 1 > room)
      return packet;
    if (hit) {
      memcpy(out + used, to, length);
      used += length;
      i += from.size;
    } else {
      out[used++] = packet.data[i++];
    }
  }
  return out ? text_from(out, used) : packet;
}

/* A writer may bind a maker's namespace to any prefix: the packet is then read under the usual one. */
static struct text with_usual_prefixes(struct arena *arena, struct text packet) {
  static const struct {
    const char *uri, *prefix;
  } usual[] = {{"http://www.dji.com/drone-dji/", "drone-dji"}, {"http://www.parrot.com/drone-parrot/", "drone-parrot"},
               {"http://pix4d.com/camera/", "Camera"},         {"http://ns.flir.com/xmp/", "FLIR"},
               {"http://ns.adobe.com/tiff/1.0/", "tiff"},      {"http://ns.adobe.com/exif/1.0/", "exif"},
               {"http://ns.adobe.com/xap/1.0/\"", "xmp"}};
  for (size_t i = 0; i < ARRAY_COUNT(usual); i++) {
    struct text prefix = prefix_of(packet, usual[i].uri);
    if (prefix.size && !text_is(prefix, usual[i].prefix))
      packet = with_prefix(arena, packet, prefix, usual[i].prefix);
  }
  return packet;
}

void jpeg_xmp_read(struct arena *arena, struct text packet, struct jpeg_meta *meta) {
  meta->xmp = true;
  packet = with_usual_prefixes(arena, packet);
  read_position(packet, meta);
  read_attitude(packet, meta);
  take_text(arena, packet, "tiff:Make", &meta->make);
  take_text(arena, packet, "tiff:Model", &meta->model);
  take_text(arena, packet, ":CameraSerialNumber", &meta->serial);
  take_text(arena, packet, "drone-dji:SerialNumber", &meta->serial);
  take_text(arena, packet, "drone-dji:DroneSerialNumber", &meta->vehicle_serial);
  take_text(arena, packet, "xmp:CreatorTool", &meta->app);
  take_text(arena, packet, "Camera:BandName", &meta->band);
  read_accuracy(packet, meta);
  read_time(arena, packet, meta);
  meta->thermal |= is_infrared(packet, meta->band);
}
