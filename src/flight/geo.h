/* geo: distances on the globe. */
#ifndef UAVLAKE_GEO_H
#define UAVLAKE_GEO_H

/* Great-circle distance in m (haversine, mean earth radius 6371008.8 m); degrees. */
double geo_distance_m(double lat_a, double lon_a, double lat_b, double lon_b);

#endif
