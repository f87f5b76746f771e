/* mavlink_fact: what a MAVLink stream says about the vehicle itself. */
#ifndef UAVLAKE_MAVLINK_FACT_H
#define UAVLAKE_MAVLINK_FACT_H

#include "decode/decoder.h"
#include "decode/mavlink_frame.h"

struct mavlink_facts {
  bool vehicle_seen;
  uint8_t system;          /* of the first vehicle that announced itself */
  uint8_t type, autopilot; /* MAV_TYPE, MAV_AUTOPILOT of that */
  uint32_t version;        /* flight_sw_version of AUTOPILOT_VERSION, 0 not seen */
};

/* Does mavlink_facts_read look into messages of this number? */
bool mavlink_facts_wants(uint32_t id);
void mavlink_facts_read(struct decode *d, struct mavlink_facts *facts, const struct mavlink_frame *frame);
/* After the last frame: what is only told where nothing better was found. */
void mavlink_facts_end(struct decode *d, const struct mavlink_facts *facts);

#endif
