/* labels: what is true of flights whose faults are known, from a table or from a simulated fleet's fleet.json.
 *
 * A table is CSV with a header line; columns in any order, those not named here are passed over:
 *   id                  names the flight; its log is the file whose path below the folder, with '/' read as '_' and
 *                       without its ending, ends in it ("uav09_f01": uav09/f01.bin)
 *   log, file, path     the log's path itself, instead of that
 *   vehicle, start_utc
 *   fault_type          "none", or in words, from which the kind of finding follows (label_kind)
 *   fault_class         "progressive": it grows from flight to flight
 *   degradation_stage   0 … 1 of a fault that grows
 *   expected            no_alert, optional, alert; without the column: alert where there is a fault
 *   onset_log_s         seconds of the log's clock at which it struck; 0 or empty: before take-off
 *   truth               JSON object; batt_r_ohm: resistance of the pack */
#ifndef UAVLAKE_LABELS_H
#define UAVLAKE_LABELS_H

#include "base/arena.h"
#include "base/text.h"

enum expectation { EXPECT_NOTHING, EXPECT_OPTIONAL, EXPECT_ALERT };

struct label {
  const char *id, *vehicle, *fault, *component;
  const char *kind;  /* of the finding that is right; "" for a healthy flight, "?" where no kind follows */
  const char *start; /* as written; "" unknown */
  const char *path;  /* of the log, NULL not found */
  enum expectation expected;
  bool progressive;
  double stage;          /* NAN: none */
  double onset_s;        /* NAN: not acute */
  double resistance_ohm; /* NAN: not known */
};
struct labels {
  struct label *items; /* in order of start, then as they stand */
  uint32_t count;
};

#define LABELS_MAX 100000u

/* The kind of finding that a fault's name asks for ("motor_degradation": propulsion), "?" for none known. */
const char *label_kind(const char *fault);
/* Reads the table and finds the logs below `folder`; `ending` chooses among several logs of a flight (NULL: the
 * vehicle's own before the ground station's). All in the arena. */
must_check enum status labels_read(struct arena *arena, const char *table, const char *folder, const char *ending,
                                   struct labels *ret_labels, struct error *error);

#endif
