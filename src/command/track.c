/* track: GeoJSON (RFC 7946: longitude first, WGS 84), GPX 1.1, KML 2.2. Places (pictures) stand before the way, as GPX
 * demands it. */
#include "command/track.h"

#include <math.h>
#include <string.h>

/* For XML and JSON at once: what either could take for markup, and control characters, become their numbers or go. */
static void put_escaped(FILE *out, const char *text, bool xml) {
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c < ' ')
      continue;
    if (xml ? strchr("<>&\"'", c) != NULL : c == '"' || c == '\\')
      fprintf(out, xml ? "&#%u;" : "\\u%04x", c);
    else
      fputc(c, out);
  }
}

static const char *time_text(char out[CLOCK_TEXT_SIZE], const struct track_point *point) {
  return clock_format(out, point->time_us);
}

/* ── GeoJSON ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void geojson_position(FILE *out, const struct track_point *point) {
  fprintf(out, "[%.7f,%.7f", point->lon_deg, point->lat_deg);
  if (!isnan(point->alt_m))
    fprintf(out, ",%.2f", point->alt_m);
  fputc(']', out);
}
static void geojson_begin(FILE *out, const char *title) {
  (void)title;
  fputs("{\"type\":\"FeatureCollection\",\"features\":[", out);
}
static void geojson_place(FILE *out, uint64_t number, const struct track_point *place) {
  char time[CLOCK_TEXT_SIZE];
  fprintf(out, "%s\n{\"type\":\"Feature\",\"properties\":{\"name\":\"", number ? "," : "");
  put_escaped(out, place->name, false);
  fprintf(out, "\",\"time\":\"%s\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":", time_text(time, place));
  geojson_position(out, place);
  fputs("}}", out);
}
static void geojson_way(FILE *out, uint64_t places, const char *title) {
  fprintf(out, "%s\n{\"type\":\"Feature\",\"properties\":{\"name\":\"", places ? "," : "");
  put_escaped(out, title, false);
  fputs("\"},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[", out);
}
static void geojson_point(FILE *out, uint64_t number, const struct track_point *point) {
  fputs(number ? ",\n" : "\n", out);
  geojson_position(out, point);
}
static void geojson_end(FILE *out) {
  fputs("\n]}}\n]}\n", out);
}

/* ── GPX ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void gpx_begin(FILE *out, const char *title) {
  (void)title;
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"uavlake\" "
        "xmlns=\"http://www.topografix.com/GPX/1/1\">\n",
        out);
}
static void gpx_put(FILE *out, const char *element, const struct track_point *point) {
  char time[CLOCK_TEXT_SIZE];
  fprintf(out, "<%s lat=\"%.7f\" lon=\"%.7f\">", element, point->lat_deg, point->lon_deg);
  if (!isnan(point->alt_m))
    fprintf(out, "<ele>%.2f</ele>", point->alt_m);
  if (point->time_us != TIME_NONE)
    fprintf(out, "<time>%s</time>", time_text(time, point));
  if (point->name) {
    fputs("<name>", out);
    put_escaped(out, point->name, true);
    fputs("</name>", out);
  }
  fprintf(out, "</%s>\n", element);
}
static void gpx_place(FILE *out, uint64_t number, const struct track_point *place) {
  (void)number;
  gpx_put(out, "wpt", place);
}
static void gpx_way(FILE *out, uint64_t places, const char *title) {
  (void)places;
  fputs("<trk><name>", out);
  put_escaped(out, title, true);
  fputs("</name><trkseg>\n", out);
}
static void gpx_point(FILE *out, uint64_t number, const struct track_point *point) {
  (void)number;
  gpx_put(out, "trkpt", point);
}
static void gpx_end(FILE *out) {
  fputs("</trkseg></trk>\n</gpx>\n", out);
}

/* ── KML ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void kml_begin(FILE *out, const char *title) {
  fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><name>",
        out);
  put_escaped(out, title, true);
  fputs("</name>\n", out);
}
static void kml_place(FILE *out, uint64_t number, const struct track_point *place) {
  char time[CLOCK_TEXT_SIZE];
  (void)number;
  fputs("<Placemark><name>", out);
  put_escaped(out, place->name, true);
  fputs("</name>", out);
  if (place->time_us != TIME_NONE)
    fprintf(out, "<TimeStamp><when>%s</when></TimeStamp>", time_text(time, place));
  fprintf(out, "<Point><coordinates>%.7f,%.7f,%.2f</coordinates></Point></Placemark>\n", place->lon_deg, place->lat_deg,
          isnan(place->alt_m) ? 0 : place->alt_m);
}
static void kml_way(FILE *out, uint64_t places, const char *title) {
  (void)places;
  fputs("<Placemark><name>", out);
  put_escaped(out, title, true);
  fputs("</name><LineString><altitudeMode>absolute</altitudeMode><coordinates>\n", out);
}
static void kml_point(FILE *out, uint64_t number, const struct track_point *point) {
  (void)number;
  fprintf(out, "%.7f,%.7f,%.2f\n", point->lon_deg, point->lat_deg, isnan(point->alt_m) ? 0 : point->alt_m);
}
static void kml_end(FILE *out) {
  fputs("</coordinates></LineString></Placemark>\n</Document></kml>\n", out);
}

static const struct track_form forms[] = {
    {"geojson", geojson_begin, geojson_place, geojson_way, geojson_point, geojson_end},
    {"gpx", gpx_begin, gpx_place, gpx_way, gpx_point, gpx_end},
    {"kml", kml_begin, kml_place, kml_way, kml_point, kml_end},
};

const struct track_form *track_form_find(const char *name) {
  for (size_t i = 0; name && i < sizeof forms / sizeof *forms; i++)
    if (strcmp(forms[i].name, name) == 0)
      return &forms[i];
  return NULL;
}
