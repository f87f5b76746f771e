/* evaluation: how right the findings are, measured on flights whose faults are known.
 *
 * The labelled logs go into a new lake, in order of time; each flight is judged from what lay before it, as in
 * service. A warning is a finding of severity warning or critical. On a flight it is right where its kind is the one
 * that the fault asks for, beside where the flight has another fault, false where the flight is healthy. */
#ifndef UAVLAKE_EVALUATION_H
#define UAVLAKE_EVALUATION_H

#include "lake/labels.h"
#include "lake/lake.h"

#define EVALUATION_BINS 5u

/* Counts of one kind, or of one vehicle. precision = right ÷ (right + beside + wrong), recall = found ÷ alerts. */
struct evaluation_row {
  const char *name;
  uint32_t flights, alerts, found; /* found: alert flights with a warning of the right kind */
  uint32_t right, beside, wrong;   /* pairs of flight and kind with a warning */
  uint32_t healthy, false_flights; /* vehicles: healthy flights, and those with any warning */
};
/* One fault that grows, on one vehicle. */
struct evaluation_series {
  const char *vehicle, *fault;
  double warned_stage; /* NAN: never */
  double last_stage;
  uint32_t flights;
};
struct evaluation_bin {
  double from, to, said; /* said: mean confidence in the bin */
  uint32_t count, right;
};
/* A flight that was not judged as its label asks. */
struct evaluation_miss {
  const struct label *label;
  const char *said; /* kinds of its warnings, "" none */
};

struct evaluation {
  uint32_t labels, without_log, without_flight, flights;
  uint32_t alerts, found, first; /* first: alert flights whose strongest finding is the right one */
  uint32_t healthy, false_flights, false_warnings;
  struct evaluation_row *kinds, *vehicles;
  uint32_t kind_count, vehicle_count;
  struct evaluation_series *series;
  uint32_t series_count;
  struct evaluation_bin bins[EVALUATION_BINS];
  struct evaluation_miss *misses;
  uint32_t miss_count;
  double *resistance_errors, *onset_errors_s; /* relative; seconds, of right warnings on acute faults; both sorted */
  uint32_t resistance_count, onset_count, onset_asked; /* asked: acute faults that were found */
  double seconds;                                      /* for reading the logs and judging */
};

/* `lake`: an empty one. All in the arena. */
must_check enum status evaluation_run(struct lake *lake, struct arena *arena, const struct labels *labels,
                                      struct evaluation *ret_evaluation, struct error *error);
/* The q quantile of sorted values; NAN for none. */
double evaluation_quantile(const double *sorted, uint32_t count, double q);

#endif
