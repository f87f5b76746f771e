/* samples: rows of one flight's sample tables, thinned in SQL so that a page gets no more than it can draw. */
#ifndef UAVLAKE_SAMPLES_H
#define UAVLAKE_SAMPLES_H

#include "serve/api.h"

/* A flight that several logs tell (vehicle and ground station) is drawn from one: its describing log where that holds
 * such rows, else the log with most of them. Two clocks in one line would zigzag. */
struct flight_samples {
  const char *flight, *primary_log;
  const char *start, *zero; /* ISO, UTC: its start, and where t_s is 0 */
};
/* STATUS_NOT_FOUND where the lake has no such flight. */
must_check enum status samples_of_flight(struct request *request, const char *flight,
                                         struct flight_samples *ret_samples, struct error *error);

/* Adds "WITH samples AS (SELECT <columns> FROM <table> WHERE of the flight and <condition>)" for $1 flight, $2 primary
 * log. */
void samples_add_sql(struct buffer *sql, const char *table, const char *columns, const char *condition);

struct track_point {
  double t_s, lat_deg, lon_deg, alt_rel_m, alt_msl_m; /* NAN where not known */
};
/* The way flown, about `points` points of even time, in order. */
must_check enum status samples_track(struct request *request, const struct flight_samples *samples, int64_t points,
                                     const struct track_point **ret_track, size_t *ret_count, struct error *error);

#endif
