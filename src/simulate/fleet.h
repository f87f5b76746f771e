/* fleet: an example fleet of vehicles, weeks of flights, faults that grow, and the maintenance that mends them. */
#ifndef UAVLAKE_SIMULATE_FLEET_H
#define UAVLAKE_SIMULATE_FLEET_H

#include "base/status.h"
#include "simulate/fault.h"

#define VEHICLES_MAX 240 /* each has a system id of its own, from 11 on */
#define FLIGHTS_MAX 100000

struct fleet_options {
  const char *out; /* folder, created */
  int vehicles, flights;
  uint64_t seed;
  int64_t start_us;           /* UTC day of the first flight */
  int days;                   /* all flights within so many days; 0: a history */
  double duration_s;          /* of each flight; 0: two to three minutes */
  int photos;                 /* a flight, of vehicles with a camera */
  enum fault_kind faults[16]; /* cycled through by the vehicles that suit */
  int fault_count;            /* 0 none */
  bool default_faults;        /* the example fleet's own choice */
  uint32_t workers;
};
struct fleet_result {
  uint32_t vehicles, flights, files;
  uint64_t bytes;
};
/* Calls `done` (may be NULL) after each vehicle, one call at a time. What stands in the folder already is overwritten
 * file by file. */
must_check enum status fleet_simulate(const struct fleet_options *options,
                                      void (*done)(void *context, const char *vehicle, const char *frame,
                                                   uint32_t flights, uint64_t bytes),
                                      void *context, struct fleet_result *ret_result, struct error *error);

#endif
