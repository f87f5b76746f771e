/* duplicated_flight: another log of the same kind and source tells of the same time and the same track with other
 * bytes: a copy that was cut, repaired or saved anew. (The vehicle's own log and the ground station's are not of one
 * kind; a file with the same bytes never comes in twice.) Nine tenths of both times overlap, and at three quarters of
 * the fixes the other was there, within 20 m and what a thinned track may be off. It comes in later than the other. 5
 * points: flight hours are not counted twice, as both logs have one flight id, but files and damage are. */
#include "quality/quality.h"

#include <math.h>

#define OVERLAP 0.9
#define NEAR_M 20.0
#define NEAR_SHARE 0.75
#define LEAST_FIXES 4u

static bool is_later(const struct quality_log *log, const struct quality_log *other) {
  return log->added_us != other->added_us ? log->added_us > other->added_us : strcmp(log->id, other->id) > 0;
}

/* Share of the log's fixes at which the other was there too; NAN: too few to say. */
static double share_of_track(const struct quality_log *log, const struct quality_log *other) {
  uint32_t both = 0, near = 0;
  for (uint32_t i = 0; i < log->track.count; i++) {
    const struct track_fix *fix = &log->track.fixes[i];
    double slack_m = 0,
           distance_m = track_distance_m(&other->track, fix->time_us, fix->lat_deg, fix->lon_deg, &slack_m);
    both += !isnan(distance_m);
    near += distance_m <= NEAR_M + slack_m;
  }
  return both >= LEAST_FIXES ? (double)near / both : NAN;
}

static bool duplicate_compare(const struct quality_log *log, const struct quality_log *other,
                              struct quality_finding *ret_finding) {
  double overlap_us = (double)(MIN(log->end_us, other->end_us) - MAX(log->start_us, other->start_us));
  double longer_us = (double)MAX(log->end_us - log->start_us, other->end_us - other->start_us);
  double share = share_of_track(log, other);
  if (strcmp(log->kind, other->kind) != 0 || strcmp(log->source, other->source) != 0 || !is_later(log, other) ||
      longer_us <= 0 || overlap_us < OVERLAP * longer_us || !(share >= NEAR_SHARE))
    return false;
  *ret_finding = quality_say(5, TIME_NONE, TIME_NONE, overlap_us / longer_us, OVERLAP,
                             "%s (%.8s) holds the same flight: the same time and track in other bytes", other->name,
                             other->id);
  return true;
}

const struct rule rule_duplicated_flight = {
    .name = "duplicated_flight",
    .about = "another log of the same kind holds the same flight",
    .points = "5",
    .limit = "of two logs of one kind and source, nine tenths of the time and three quarters of the track within 20 m",
    .reason = "a vehicle is in one place at a time, and its logger writes one file at a time",
    .compare = duplicate_compare,
    .pairs = PAIRS_OVERLAPPING};
