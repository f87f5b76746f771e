/* dji_csv: table of a DJI flight, made of its flight record by Airdata, TxtLogToCsv and others: the header names
 * latitude, longitude and a time with its unit in parentheses, or columns such as OSD.latitude. */
#include "decode/shape.h"

static int dji_csv_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head), header = shape_full_line(&rest);
  if (!shape_contains_ignore_case(header, "latitude") || !shape_contains_ignore_case(header, "longitude"))
    return 0;
  if (text_find(header, ",") < 0 || !shape_is_text(probe->head))
    return 0;
  if (text_find(header, "OSD.latitude") >= 0 || text_find(header, "CUSTOM.updateTime") >= 0)
    return 95;
  return shape_contains_ignore_case(header, "time(") ? 90 : 0;
}

const struct decoder decoder_dji_csv = {
    .name = "dji_csv",
    .about = "DJI flight as a table (Airdata and others)",
    .suffixes = "csv",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("tables of DJI flights"),
    .probe = dji_csv_probe,
};
