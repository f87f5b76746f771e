/* health: one flight's rows → features of its parts; a vehicle's features over flights → findings.
 *
 * One indicator is one file ending in `const struct indicator indicator_<name>`; the names stand in
 * src/health/meson.build. An indicator is fed all rows of the tables it names, for one flight at a time, keeps bounded
 * state, and says features. Judging compares a feature with this vehicle's own history (robust baseline) and with
 * limits that have a source. */
#ifndef UAVLAKE_HEALTH_H
#define UAVLAKE_HEALTH_H

#include "flight/flight.h"
#include "vocabulary/schema.h"

#define FEATURES_MAX 64

struct feature {
  char name[40];    /* "battery_resistance_ohm", "motor_share_ratio", … unit last */
  int32_t instance; /* battery, motor (from 1), IMU … ; 0 where there is one only */
  double value;
  double weight; /* samples it rests on */
};
struct feature_list {
  struct feature items[FEATURES_MAX * 4];
  uint32_t count;
};
void feature_add(struct feature_list *list, const char *name, int32_t instance, double value, double weight);

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };
const char *severity_name(enum severity severity);

struct finding {
  const char *kind; /* closed list: battery, low_battery, propulsion, vibration, gps, compass, barometer, imu, airspeed,
                       estimator, rc_link, telemetry_link, power_rail, control, servo, scheduler, navigation, geofence,
                       altitude, crash, hard_landing, configuration, quality */
  char component[32]; /* "battery 1", "motor 3" */
  enum severity severity;
  double confidence;             /* 0..1 */
  double from_s, to_s;           /* seconds of the log's own clock; NAN: the whole flight */
  double value, baseline, limit; /* NAN where not used */
  char feature[40];
  char text[400]; /* one plain sentence with what to inspect */
};

struct indicator {
  const char *name;
  const char *about;
  const char *unit;
  const char *source;        /* where its limits come from */
  const char *const *tables; /* names of tables that it reads, NULL at the end */
  size_t state_size;
  void (*begin)(void *state, const struct flight *flight, const struct log_summary *log); /* may be NULL */
  void (*rows)(void *state, const struct rows *rows);
  void (*end)(void *state, struct feature_list *features);
  /* History oldest first, one feature_list a flight, the last one is the flight being judged. Adds findings. */
  uint32_t (*judge)(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                    uint32_t room);
};
extern const struct indicator *const indicator_list[]; /* NULL at the end */

/* Runs all indicators over one flight. */
struct health;
struct health *health_new(const struct flight *flight, const struct log_summary *log);
void health_free(struct health *health);
bool health_wants(const struct table *table);
void health_rows(struct health *health, const struct rows *rows); /* rows of this flight only */
/* The features; first of all flight_start_s, the flight's start on the log's clock. */
void health_end(struct health *health, struct feature_list *ret_features);
/* All indicators' judgement of the last flight of `history`. Returns the number of findings written. */
uint32_t health_judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room);

#endif
