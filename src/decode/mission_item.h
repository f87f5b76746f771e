/* mission_item: one step of a mission, fence or rally list, as message "mission_item". */
#ifndef UAVLAKE_MISSION_ITEM_H
#define UAVLAKE_MISSION_ITEM_H

#include "decode/row_set.h"

/* Numbers are NAN where unknown. */
struct mission_item {
  const char *kind; /* "mission", "fence", "rally" */
  int64_t index;
  double command, frame; /* MAV_CMD, MAV_FRAME */
  double params[4];
  double lat_deg, lon_deg, alt_m;
};

/* NULL at the memory limit. */
struct row_table *mission_table_new(struct row_set *set);
void mission_item_put(struct row_set *set, struct row_table *table, const struct mission_item *item);

#endif
