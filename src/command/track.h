/* track: a way over ground as GeoJSON, GPX or KML, point by point. */
#ifndef UAVLAKE_TRACK_H
#define UAVLAKE_TRACK_H

#include "base/clock.h"

#include <stdio.h>

struct track_point {
  int64_t time_us; /* UTC; TIME_NONE unknown */
  double lat_deg, lon_deg;
  double alt_m;     /* above mean sea level; NAN unknown */
  const char *name; /* of a place (a picture), NULL of the way */
};

struct track_form {
  const char *name; /* geojson, gpx, kml */
  void (*begin)(FILE *out, const char *title);
  /* Places come first where the form wants them there: before the first point of the way. */
  void (*place)(FILE *out, uint64_t number, const struct track_point *place);
  void (*way)(FILE *out, uint64_t places, const char *title);
  void (*point)(FILE *out, uint64_t number, const struct track_point *point);
  void (*end)(FILE *out);
};

/* NULL: there is no such form. */
const struct track_form *track_form_find(const char *name);

#endif
