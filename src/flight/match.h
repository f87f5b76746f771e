/* match: does a track that a doubtful clock stamped belong to a flight whose track and clock are known? */
#ifndef UAVLAKE_MATCH_H
#define UAVLAKE_MATCH_H

#include "base/clock.h"

#define ZONE_STEP_US (INT64_C(900) * US_PER_S) /* civil time differs from UTC by whole quarters of an hour */
#define ZONE_MAX_US (14 * 4 * ZONE_STEP_US)

struct track_fix {
  int64_t time_us;
  double lat_deg, lon_deg;
};
struct track { /* in time order */
  const struct track_fix *fixes;
  uint32_t count;
};

/* Metres from the place to where the track was then, NAN before its start and after its end. *ret_slack_m (may be
 * NULL): how far the thinned track may have been from the line between its fixes. */
double track_distance_m(const struct track *track, int64_t time_us, double lat_deg, double lon_deg,
                        double *ret_slack_m);

struct track_match {
  int64_t shift_us;  /* UTC − the other's clock */
  double share;      /* 0..1: of the other's fixes while both last, those that were where the track was */
  double coverage;   /* 0..1: of the shorter of the two, the part that both cover */
  double distance_m; /* mean, of those */
  double residual_s; /* of the shift, beyond the whole quarter hours */
};
/* The best shift within ±slack_us of zone_us. False where nothing fits (share or coverage below a half). */
bool track_match(const struct track *track, const struct track *other, int64_t zone_us, int64_t slack_us,
                 struct track_match *ret_match);
/* 0..1, falls with the distance, and slowly with the residual: a clock that is wrong by minutes is rarer than one of
 * another zone. */
double track_match_score(const struct track_match *match);

#endif
