/* ulog: PX4 on-board log. It begins with "ULog", 01 12 35 and a version byte (PX4 developer guide, "ULog file format").
 */
#include "decode/shape.h"

static int ulog_probe(const struct probe *probe) {
  return probe->head.size >= 7 && memcmp(probe->head.data, "ULog\x01\x12\x35", 7) == 0 ? 100 : 0;
}

const struct decoder decoder_ulog = {
    .name = "ulog",
    .about = "PX4 on-board log (ULog)",
    .suffixes = "ulg",
    .source = "carrier",
    .kept_raw = SHAPE_KEPT("PX4 logs"),
    .probe = ulog_probe,
};
