/* geo: see geo.h. R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (1984); radius: IUGG mean radius R1. */
#include "flight/geo.h"

#include <math.h>

double geo_distance_m(double lat_a, double lon_a, double lat_b, double lon_b) {
  const double radians = M_PI / 180, radius_m = 6371008.8;
  double half_lat = sin((lat_b - lat_a) * radians / 2), half_lon = sin((lon_b - lon_a) * radians / 2);
  double h = half_lat * half_lat + cos(lat_a * radians) * cos(lat_b * radians) * half_lon * half_lon;
  return 2 * radius_m * asin(fmin(1, sqrt(h)));
}
