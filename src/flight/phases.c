/* phases: a flight is an armed span in which the vehicle moved; where arming is not logged, a stretch of motion.
 *
 * Airborne: height over the ground of that span above 1.5 m (copters and the like), and for planes also ground speed
 * above 5 m/s. Where the autopilot has a land detector that is logged as such (PX4), its word counts instead, also
 * where an estimate of the height has run away. Ground is the lowest height near the span's ends. A vehicle that drives
 * or swims is never airborne; its flight is the armed span with motion. Spans shorter than 3 s in which nothing moved
 * are arming tests, not flights. */
#include "flight/phases.h"

#include "flight/geo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define AIRBORNE_HEIGHT_M 1.5
#define PLANE_SPEED_M_S 5.0
#define MOVING_SPEED_M_S 1.0
#define SHORTEST_US (3 * US_PER_S)
#define GROUND_US (5 * US_PER_S) /* at each end of a span */
#define SPEED_LIMIT_M_S 200.0    /* above: a jump of the receiver, not a speed */
#define SPANS_MAX 512u
#define LEAST_DETECTED_S 3 /* a land detector is fooled for less than that where motors run on a bench */
#define MOTION_GAP_US (30 * US_PER_S)

struct span {
  int64_t start_us, end_us;
  bool opened, closed; /* by events; else by the log's start or end */
};

static int compare_events(const void *a, const void *b) {
  const struct arm_event *x = a, *y = b;
  return (x->log_us > y->log_us) - (x->log_us < y->log_us);
}

static uint32_t armed_spans(struct motion *motion, struct span *spans) {
  uint32_t count = 0;
  bool armed = false;
  qsort(motion->arm_events, motion->arm_event_count, sizeof *motion->arm_events, compare_events);
  for (uint32_t i = 0; i < motion->arm_event_count && count < SPANS_MAX; i++) {
    const struct arm_event *event = &motion->arm_events[i];
    if (event->armed && !armed) {
      spans[count++] = (struct span){event->log_us, motion->last_us, true, false};
      armed = true;
    } else if (!event->armed && armed) {
      spans[count - 1].end_us = event->log_us;
      spans[count - 1].closed = true;
      armed = false;
    } else if (!event->armed && count == 0) { /* armed before the log began */
      spans[count++] = (struct span){motion->first_us, event->log_us, false, true};
    }
  }
  return count;
}

/* Stretches in which the vehicle moved, where nothing is known of arming. */
static uint32_t moving_spans(const struct motion *motion, struct span *spans) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < motion->speed.count; i++) {
    const struct sample *sample = &motion->speed.items[i];
    if (!(sample->a > MOVING_SPEED_M_S * 2) || sample->a > SPEED_LIMIT_M_S)
      continue;
    if (count && sample->log_us - spans[count - 1].end_us < MOTION_GAP_US)
      spans[count - 1].end_us = sample->log_us;
    else if (count < SPANS_MAX)
      spans[count++] = (struct span){sample->log_us, sample->log_us, false, false};
  }
  return count;
}

static double lowest(const struct series *series, int64_t from_us, int64_t to_us) {
  double low = NAN;
  for (uint32_t i = series_at(series, from_us); i < series->count && series->items[i].log_us <= to_us; i++)
    low = fmin(low, series->items[i].a);
  return low;
}

static double value_near(const struct series *series, int64_t log_us) {
  uint32_t i = series_at(series, log_us);
  if (i == series->count && i)
    i--;
  return i < series->count ? series->items[i].a : NAN;
}

static bool is_plane(const char *class) {
  return strcmp(class, "plane") == 0;
}
static bool is_ground_bound(const char *class) {
  return strcmp(class, "rover") == 0 || strcmp(class, "boat") == 0 || strcmp(class, "sub") == 0;
}

static int compare_air_events(const void *a, const void *b) {
  const struct air_event *x = a, *y = b;
  return (x->log_us > y->log_us) - (x->log_us < y->log_us);
}

static double highest(const struct series *series, int64_t from_us, int64_t to_us) {
  double high = NAN;
  for (uint32_t i = series_at(series, from_us); i < series->count && series->items[i].log_us <= to_us; i++)
    high = fmax(high, series->items[i].a);
  return high;
}

static void add_air_time(const struct motion *motion, const struct span *span, int64_t from_us, int64_t to_us,
                         struct flight *flight) {
  if (to_us <= from_us)
    return;
  if (flight->takeoff_us == TIME_NONE)
    flight->takeoff_us = from_us;
  flight->landing_us = to_us;
  flight->airborne_s += (double)(to_us - from_us) * 1e-6;
  int64_t before_us = MAX(span->start_us, flight->takeoff_us - GROUND_US); /* the detector is late for some seconds */
  double ground_m = lowest(&motion->height, before_us, flight->takeoff_us);
  double height_m = highest(&motion->height, from_us, to_us) - ground_m;
  flight->max_height_m = fmax(flight->max_height_m, height_m);
}

/* As the land detector has it: what it said last before the span holds at the span's start. */
static void take_land_detector(const struct motion *motion, const struct span *span, struct flight *flight) {
  bool up = false;
  int64_t since_us = span->start_us;
  for (uint32_t i = 0; i < motion->air_event_count && motion->air_events[i].log_us <= span->end_us; i++) {
    const struct air_event *event = &motion->air_events[i];
    if (up && !event->airborne)
      add_air_time(motion, span, since_us, event->log_us, flight);
    if (event->log_us <= span->start_us)
      flight->starts_in_air = event->airborne && !span->opened;
    if (!up || !event->airborne)
      since_us = MAX(event->log_us, span->start_us);
    up = event->airborne;
  }
  if (up)
    add_air_time(motion, span, since_us, span->end_us, flight);
  flight->ends_in_air = up && !span->closed;
}

/* First and last instant in the air. */
static void find_airborne(const struct motion *motion, const char *class, const struct span *span,
                          struct flight *flight) {
  if (motion->land_detector && motion->air_event_count && !is_ground_bound(class)) {
    take_land_detector(motion, span, flight);
    return;
  }
  uint32_t first = series_at(&motion->height, span->start_us);
  int64_t first_us = first < motion->height.count ? motion->height.items[first].log_us : span->start_us;
  double ground = fmin(lowest(&motion->height, first_us, first_us + GROUND_US),
                       lowest(&motion->height, span->end_us - GROUND_US, span->end_us));
  double reference = fmin(fmax(ground, -1e9), isnan(ground) ? 0 : ground);
  if (isnan(ground) || is_ground_bound(class))
    return;
  bool started_high = !span->opened && value_near(&motion->height, span->start_us) > 3 && reference < 3;
  int64_t previous_us = TIME_NONE;
  for (uint32_t i = series_at(&motion->height, span->start_us); i < motion->height.count; i++) {
    const struct sample *sample = &motion->height.items[i];
    if (sample->log_us > span->end_us)
      break;
    bool up = sample->a - reference > AIRBORNE_HEIGHT_M;
    if (up && is_plane(class))
      up = !(value_near(&motion->speed, sample->log_us) < PLANE_SPEED_M_S);
    if (!up)
      continue;
    if (flight->takeoff_us == TIME_NONE)
      flight->takeoff_us = sample->log_us;
    flight->landing_us = sample->log_us;
    if (previous_us != TIME_NONE && sample->log_us - previous_us < 10 * US_PER_S)
      flight->airborne_s += (double)(sample->log_us - previous_us) * 1e-6;
    previous_us = sample->log_us;
    flight->max_height_m = fmax(flight->max_height_m, sample->a - reference);
  }
  flight->starts_in_air = started_high;
  flight->ends_in_air = !span->closed && flight->landing_us != TIME_NONE &&
                        span->end_us - flight->landing_us < 2 * US_PER_S;
}

static void measure_place(const struct motion *motion, const struct span *span, struct flight *flight) {
  const struct sample *before = NULL;
  for (uint32_t i = series_at(&motion->place, span->start_us); i < motion->place.count; i++) {
    const struct sample *sample = &motion->place.items[i];
    if (sample->log_us > span->end_us)
      break;
    if (isnan(flight->home_lat_deg)) {
      flight->home_lat_deg = flight->min_lat_deg = flight->max_lat_deg = sample->a;
      flight->home_lon_deg = flight->min_lon_deg = flight->max_lon_deg = sample->b;
    }
    flight->min_lat_deg = fmin(flight->min_lat_deg, sample->a);
    flight->max_lat_deg = fmax(flight->max_lat_deg, sample->a);
    flight->min_lon_deg = fmin(flight->min_lon_deg, sample->b);
    flight->max_lon_deg = fmax(flight->max_lon_deg, sample->b);
    double step_m = before ? geo_distance_m(before->a, before->b, sample->a, sample->b) : 0;
    if (!before || step_m > 1) { /* below: noise of a standing receiver */
      double seconds = before ? (double)(sample->log_us - before->log_us) * 1e-6 : 1;
      if (step_m < SPEED_LIMIT_M_S * fmax(seconds, 0.05))
        flight->distance_m += step_m;
      before = sample;
    }
  }
}

static void measure_speed(const struct motion *motion, const struct span *span, struct flight *flight) {
  for (uint32_t i = series_at(&motion->speed, span->start_us);
       i < motion->speed.count && motion->speed.items[i].log_us <= span->end_us; i++)
    if (motion->speed.items[i].a < SPEED_LIMIT_M_S)
      flight->max_speed_m_s = fmax(flight->max_speed_m_s, motion->speed.items[i].a);
}

static struct flight new_flight(const struct span *span) {
  return (struct flight){.start_us = span->start_us,
                         .end_us = span->end_us,
                         .takeoff_us = TIME_NONE,
                         .landing_us = TIME_NONE,
                         .armed_s = (double)(span->end_us - span->start_us) * 1e-6,
                         .home_lat_deg = NAN,
                         .home_lon_deg = NAN,
                         .home_alt_msl_m = NAN,
                         .min_lat_deg = NAN,
                         .max_lat_deg = NAN,
                         .min_lon_deg = NAN,
                         .max_lon_deg = NAN};
}

static bool is_flight(const struct flight *flight, const char *class, bool arming_known, double least_air_s) {
  if (flight->takeoff_us != TIME_NONE && flight->airborne_s >= least_air_s)
    return true;
  bool moved = flight->max_speed_m_s > MOVING_SPEED_M_S && flight->distance_m > 10;
  if (is_ground_bound(class))
    return flight->end_us - flight->start_us >= SHORTEST_US && (moved || arming_known);
  return moved && flight->end_us - flight->start_us >= SHORTEST_US;
}

uint32_t phases_find(struct motion *motion, const char *class, struct arena *arena, struct flight **ret_flights,
                     char *note, size_t note_size) {
  struct span spans[SPANS_MAX];
  series_sort(&motion->height);
  series_sort(&motion->speed);
  series_sort(&motion->place);
  series_sort(&motion->throttle);
  qsort(motion->air_events, motion->air_event_count, sizeof *motion->air_events, compare_air_events);
  bool arming_known = motion->arm_event_count > 0;
  uint32_t span_count = arming_known ? armed_spans(motion, spans) : moving_spans(motion, spans);
  struct flight *flights = arena_alloc_array(arena, MAX(span_count, 1u), sizeof *flights);
  uint32_t count = 0, tests = 0;
  for (uint32_t i = 0; i < span_count; i++) {
    struct flight flight = new_flight(&spans[i]);
    find_airborne(motion, class, &spans[i], &flight);
    measure_place(motion, &spans[i], &flight);
    measure_speed(motion, &spans[i], &flight);
    if (is_flight(&flight, class, arming_known, motion->land_detector ? LEAST_DETECTED_S : 1))
      flights[count++] = flight;
    else
      tests++;
  }
  if (!arming_known && count)
    snprintf(note + strlen(note), note_size - strlen(note), "%sarming is not logged: flights are stretches of motion",
             note[0] ? "; " : "");
  if (tests)
    snprintf(note + strlen(note), note_size - strlen(note), "%s%u armed without flying", note[0] ? "; " : "", tests);
  *ret_flights = flights;
  return count;
}
