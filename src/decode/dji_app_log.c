/* dji_app_log: flight log of the DroneDeploy app: lines "#Section", lines of key, tab, value, then a table whose header
 * begins "Date/Time (UTC)". */
#include "decode/shape.h"

static int dji_app_log_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (text_starts(text, "#DroneDeploy\t"))
    return 100;
  if (text_starts(text, "Date/Time (UTC)\t") || text_find(text, "\nDate/Time (UTC)\t") >= 0)
    return 90;
  return 0;
}

const struct decoder decoder_dji_app_log = {
    .name = "dji_app_log",
    .about = "flight log of the DroneDeploy app",
    .suffixes = "log",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("logs of this app"),
    .probe = dji_app_log_probe,
};
