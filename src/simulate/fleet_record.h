/* fleet_record: what is written down of a fleet besides its logs: the truth, and the maintenance. */
#ifndef UAVLAKE_SIMULATE_FLEET_RECORD_H
#define UAVLAKE_SIMULATE_FLEET_RECORD_H

#include "simulate/fleet.h"
#include "simulate/sortie.h"

struct fleet_vehicle {
  char name[24];
  const struct airframe *airframe;
  int system_id, site;
  uint32_t board_uid[3];
  bool camera;
  double cg_offset_m[2], resistance_ratio;
  enum fault_kind fault;
  int motor;      /* that the fault is of */
  bool repaired;  /* the last fault is mended before the history ends */
  bool brown_out; /* the last flight ends in the air */
  int flights;
  uint32_t first; /* in the list of flights */
};
struct fleet_flight {
  int vehicle, number;
  int64_t start_us;
  uint64_t seed;
  double duration_s, wind_m_s;
  bool has_tlog;
  bool repaired_before; /* maintenance the day before */
  struct fault faults[2];
  int fault_count;
  struct sortie_result result;
};
struct fleet_record {
  const struct fleet_options *options;
  const struct fleet_vehicle *vehicles;
  const struct fleet_flight *flights;
};
/* maintenance.csv and fleet.json in the fleet's folder; adds their sizes to *ret_bytes. */
must_check enum status fleet_record_write(const struct fleet_record *record, uint64_t *ret_bytes, struct error *error);

#endif
