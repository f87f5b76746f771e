/* phases: armed spans, flights in them, and what they came to. */
#ifndef UAVLAKE_PHASES_H
#define UAVLAKE_PHASES_H

#include "flight/flight.h"
#include "flight/series.h"

#define ARM_EVENTS_MAX 4096u
#define AIR_EVENTS_MAX 4096u

struct arm_event {
  int64_t log_us;
  bool armed;
};

/* What the first pass gathered for it. Series are sorted by phases_find. */
struct motion {
  struct series height;   /* a: m above home or take-off reference, up */
  struct series speed;    /* a: m/s over ground */
  struct series place;    /* a: latitude, b: longitude, degrees */
  struct series throttle; /* a: 0..1 */
  struct arm_event arm_events[ARM_EVENTS_MAX];
  uint32_t arm_event_count;
  struct air_event {
    int64_t log_us;
    bool airborne;
  } air_events[AIR_EVENTS_MAX]; /* what the autopilot's land detector said */
  uint32_t air_event_count;
  bool land_detector;        /* it is to be believed before heights are */
  int64_t first_us, last_us; /* of the whole log */
};

/* Flights in time order, in the arena. vehicle_class decides what airborne means. Returns their number. `note` (size
 * note_size) gets what is doubtful, appended. */
uint32_t phases_find(struct motion *motion, const char *vehicle_class, struct arena *arena, struct flight **ret_flights,
                     char *note, size_t note_size);

#endif
