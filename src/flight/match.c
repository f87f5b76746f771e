/* match: see match.h.
 *
 * The other track is moved along the time axis; at each shift its fixes are held against the place where the known
 * track was at that instant (straight lines between fixes; longitudes taken the short way round, so the date line does
 * not matter). A fix is near within 40 m plus three tenths of the line between the known fixes: receivers, lags of
 * telemetry and the thinning of tracks together stay below that, two vehicles at work seldom do. First in steps of
 * three seconds, then finer around the best. */
#include "flight/match.h"

#include <math.h>

#define NEAR_M 40.0
#define METRES_PER_DEGREE 111195.0
#define COARSE_US (3 * US_PER_S)
#define FINE_US (US_PER_S / 4)
#define LOOKED_AT 40u

static double short_way(double degrees) {
  return degrees > 180 ? degrees - 360 : degrees < -180 ? degrees + 360 : degrees;
}

static double plane_m(double lat_a, double lon_a, double lat_b, double lon_b) {
  double north = (lat_b - lat_a) * METRES_PER_DEGREE;
  double east = short_way(lon_b - lon_a) * METRES_PER_DEGREE * cos(lat_a * M_PI / 180);
  return hypot(north, east);
}

/* Index of the fix that ends the line in which the instant lies; the track's span holds it. */
static uint32_t line_end(const struct track *track, int64_t time_us) {
  uint32_t low = 1, high = track->count - 1;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (track->fixes[middle].time_us >= time_us)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

double track_distance_m(const struct track *track, int64_t time_us, double lat_deg, double lon_deg,
                        double *ret_slack_m) {
  if (track->count < 2 || time_us < track->fixes[0].time_us || time_us > track->fixes[track->count - 1].time_us)
    return NAN;
  const struct track_fix *to = &track->fixes[line_end(track, time_us)], *from = to - 1;
  double span_us = (double)(to->time_us - from->time_us);
  double part = span_us > 0 ? (double)(time_us - from->time_us) / span_us : 0;
  double lat = from->lat_deg + part * (to->lat_deg - from->lat_deg);
  double lon = from->lon_deg + part * short_way(to->lon_deg - from->lon_deg);
  if (ret_slack_m)
    *ret_slack_m = NEAR_M + 0.3 * plane_m(from->lat_deg, from->lon_deg, to->lat_deg, to->lon_deg);
  return plane_m(lat, short_way(lon), lat_deg, lon_deg);
}

struct tally {
  uint32_t inside, near;
  double sum_m;
};

static struct tally tally_at(const struct track *track, const struct track *other, int64_t shift_us) {
  struct tally tally = {0};
  uint32_t looked_at = MIN(other->count, LOOKED_AT);
  for (uint32_t i = 0; i < looked_at; i++) {
    uint32_t at = looked_at > 1 ? (uint32_t)((uint64_t)i * (other->count - 1) / (looked_at - 1)) : 0;
    const struct track_fix *fix = &other->fixes[at];
    double slack_m, distance_m = track_distance_m(track, fix->time_us + shift_us, fix->lat_deg, fix->lon_deg, &slack_m);
    if (isnan(distance_m))
      continue;
    tally.inside++;
    if (distance_m > slack_m)
      continue;
    tally.near++;
    tally.sum_m += distance_m;
  }
  return tally;
}

static double coverage_at(const struct track *track, const struct track *other, int64_t shift_us) {
  int64_t start_us = track->fixes[0].time_us, end_us = track->fixes[track->count - 1].time_us;
  int64_t from_us = other->fixes[0].time_us + shift_us, to_us = other->fixes[other->count - 1].time_us + shift_us;
  int64_t both_us = MIN(end_us, to_us) - MAX(start_us, from_us), shorter_us = MIN(end_us - start_us, to_us - from_us);
  if (both_us < 0)
    return 0;
  return shorter_us > 0 ? (double)both_us / (double)shorter_us : 1;
}

/* Fixes that are near speak for a shift, others against it; then the smaller distance wins. */
static double worth(const struct tally *tally, int64_t residual_us) {
  double away = (double)(tally->inside - tally->near), mean_m = tally->near ? tally->sum_m / tally->near : NEAR_M;
  return (double)tally->near - 2 * away - (mean_m + 0.05e-6 * fabs((double)residual_us)) * 0.02 * tally->near;
}

static int64_t best_shift(const struct track *track, const struct track *other, int64_t centre_us, int64_t slack_us,
                          int64_t step_us, int64_t zone_us) {
  int64_t best_us = centre_us;
  double best = -INFINITY;
  for (int64_t shift_us = centre_us - slack_us; shift_us <= centre_us + slack_us; shift_us += step_us) {
    struct tally tally = tally_at(track, other, shift_us);
    double value = worth(&tally, shift_us - zone_us);
    if (tally.inside == 0 || value <= best)
      continue;
    best = value;
    best_us = shift_us;
  }
  return best_us;
}

bool track_match(const struct track *track, const struct track *other, int64_t zone_us, int64_t slack_us,
                 struct track_match *ret_match) {
  if (track->count < 2 || other->count == 0)
    return false;
  int64_t shift_us = best_shift(track, other, zone_us, slack_us, COARSE_US, zone_us);
  shift_us = best_shift(track, other, shift_us, COARSE_US, FINE_US, zone_us);
  struct tally tally = tally_at(track, other, shift_us);
  struct track_match match = {.shift_us = shift_us,
                              .share = tally.inside ? (double)tally.near / tally.inside : 0,
                              .coverage = coverage_at(track, other, shift_us),
                              .distance_m = tally.near ? tally.sum_m / tally.near : 0,
                              .residual_s = (double)(shift_us - zone_us) * 1e-6};
  if (match.share < 0.5 || match.coverage < 0.5)
    return false;
  *ret_match = match;
  return true;
}

double track_match_score(const struct track_match *match) {
  double cost_m = match->distance_m + 0.05 * fabs(match->residual_s);
  return match->share * match->coverage * 20 / (20 + cost_m);
}
