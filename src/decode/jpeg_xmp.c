/* jpeg_xmp: the XMP packet of a photograph (see jpeg_meta.h).
 *
 * The packet is RDF/XML, in which a value may stand as an attribute, name="value", or as an element,
 * <name>value</name>; cameras write both. The few names that matter are looked for as text, so a packet that is not
 * well-formed XML is still read. Names: drone-dji (also Skydio's and Autel's copies of it), FLIR and Camera (Parrot,
 * senseFly, Pix4D). DJI's misspelt "GpsLongtitude" is its own. */
#include "decode/jpeg_meta.h"

#include <math.h>

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
  const char *stop = i < rest.size ? memchr(rest.data + i, end, rest.size - i) : NULL;
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
    if (value.size && value.size < 256)
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
  take(packet, ":GimbalRollDegree", &meta->gimbal_roll_deg);
  take(packet, ":GimbalPitchDegree", &meta->gimbal_pitch_deg);
  take(packet, ":GimbalYawDegree", &meta->gimbal_yaw_deg);
  take(packet, ":FlightRollDegree", &meta->flight_roll_deg);
  take(packet, ":FlightPitchDegree", &meta->flight_pitch_deg);
  take(packet, ":FlightYawDegree", &meta->flight_yaw_deg);
  take(packet, "Camera:Roll", &meta->gimbal_roll_deg);
  take(packet, "Camera:Pitch", &meta->gimbal_pitch_deg);
  take(packet, "Camera:Yaw", &meta->gimbal_yaw_deg);
}

static bool is_infrared(struct text packet) {
  struct text source = find(packet, ":ImageSource"), band = find(packet, "Camera:BandName");
  return text_is(source, "InfraredCamera") || text_is(band, "LWIR");
}

void jpeg_xmp_read(struct arena *arena, struct text packet, struct jpeg_meta *meta) {
  meta->xmp = true;
  read_position(packet, meta);
  read_attitude(packet, meta);
  take_text(arena, packet, "tiff:Make", &meta->make);
  take_text(arena, packet, "tiff:Model", &meta->model);
  take_text(arena, packet, ":CameraSerialNumber", &meta->serial);
  take_text(arena, packet, "drone-dji:SerialNumber", &meta->serial);
  take_text(arena, packet, "xmp:CreatorTool", &meta->app);
  meta->thermal |= is_infrared(packet);
}
