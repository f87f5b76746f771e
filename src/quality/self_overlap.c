/* self_overlap: the vehicle was in two places at once: another log of it overlaps in time, and where both know a
 * position they are over a kilometre apart. Two vehicles share one name (MAVLink's factory id 1, a typed name), or a
 * clock is wrong. Judged by the nearest of at least 2 common instants, less what a thinned track may be off. 20 points.
 */
#include "quality/quality.h"

#include <math.h>

#define APART_M 1000.0
#define LEAST_FIXES 2u

/* Least distance at the log's own fixes, less the slack; NAN: fewer than LEAST_FIXES in common. */
static double least_distance_m(const struct quality_log *log, const struct quality_log *other) {
  double least_m = INFINITY;
  uint32_t both = 0;
  for (uint32_t i = 0; i < log->track.count; i++) {
    const struct track_fix *fix = &log->track.fixes[i];
    double slack_m = 0,
           distance_m = track_distance_m(&other->track, fix->time_us, fix->lat_deg, fix->lon_deg, &slack_m);
    if (isnan(distance_m))
      continue;
    both++;
    least_m = fmin(least_m, distance_m - slack_m);
  }
  return both >= LEAST_FIXES ? least_m : NAN;
}

static bool overlap_compare(const struct quality_log *log, const struct quality_log *other,
                            struct quality_finding *ret_finding) {
  double apart_m = least_distance_m(log, other);
  if (isnan(apart_m))
    apart_m = least_distance_m(other, log);
  if (!(apart_m > APART_M))
    return false;
  *ret_finding = quality_say(
      20, TIME_NONE, TIME_NONE, apart_m, APART_M,
      "at the same time %s (%.8s) has this vehicle %.1f km away: two vehicles share the name, or "
      "a clock is wrong",
      other->name, other->id, apart_m * 1e-3);
  return true;
}

const struct rule rule_self_overlap = {.name = "self_overlap",
                                       .about = "the vehicle was in two places at once",
                                       .points = "20",
                                       .limit = "1 km between two logs of one vehicle at the same time",
                                       .reason = "far beyond the errors of GPS, clocks and thinned tracks",
                                       .compare = overlap_compare,
                                       .pairs = PAIRS_OVERLAPPING};
