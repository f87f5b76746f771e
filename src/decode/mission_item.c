/* mission_item: see mission_item.h. Commands have 5000 (return point), 5001 and 5002 (polygon), 5003 and 5004 (circle)
 * for fences and 5100 for rally points, whatever list they stand in. */
#include "decode/mission_item.h"

#include <math.h>
#include <stdio.h>

struct row_table *mission_table_new(struct row_set *set) {
  static const struct field fields[] = {
      ROW_FIELD("kind", "", COLUMN_TEXT),      ROW_FIELD("index", "", COLUMN_I32),
      ROW_FIELD("command", "", COLUMN_I32),    ROW_FIELD("frame", "", COLUMN_I32),
      ROW_FIELD("param1", "", COLUMN_F64),     ROW_FIELD("param2", "", COLUMN_F64),
      ROW_FIELD("param3", "", COLUMN_F64),     ROW_FIELD("param4", "", COLUMN_F64),
      ROW_FIELD("lat_deg", "deg", COLUMN_F64), ROW_FIELD("lon_deg", "deg", COLUMN_F64),
      ROW_FIELD("alt_m", "m", COLUMN_F64),
  };
  return row_table_new(set, "mission_item", fields, ARRAY_COUNT(fields));
}

static void state_place(struct decode *d, double lat, double lon) {
  char text[32];
  snprintf(text, sizeof text, "%.8f", lat);
  decode_fact(d, "lat", text_of(text));
  snprintf(text, sizeof text, "%.8f", lon);
  decode_fact(d, "lon", text_of(text));
}

void mission_item_put(struct row_set *set, struct row_table *table, const struct mission_item *item) {
  const char *kind = item->command >= 5000 && item->command <= 5004   ? "fence"
                     : item->command >= 5100 && item->command <= 5102 ? "rally"
                                                                      : item->kind;
  row_begin(set, table, TIME_NONE);
  row_text(table, 0, text_of(kind));
  row_integer(table, 1, item->index);
  if (fabs(item->command) < 1e9)
    row_integer(table, 2, (int64_t)item->command);
  if (fabs(item->frame) < 1e9)
    row_integer(table, 3, (int64_t)item->frame);
  for (uint16_t i = 0; i < 4; i++)
    row_double(table, (uint16_t)(4 + i), item->params[i]);
  bool placed = fabs(item->lat_deg) <= 90 && fabs(item->lon_deg) <= 180 && (item->lat_deg != 0 || item->lon_deg != 0);
  if (placed) {
    row_double(table, 8, item->lat_deg);
    row_double(table, 9, item->lon_deg);
    state_place(set->d, item->lat_deg, item->lon_deg);
  }
  row_double(table, 10, item->alt_m);
}
