/* klv: telemetry of a video after MISB ST 0601: a universal label of 16 bytes, a length, and tagged values. */
#include "decode/shape.h"

static int klv_probe(const struct probe *probe) {
  return probe->head.size >= 16 &&
                 memcmp(probe->head.data, "\x06\x0E\x2B\x34\x02\x0B\x01\x01\x0E\x01\x03\x01\x01\x00\x00\x00", 16) == 0
             ? 100
             : 0;
}

const struct decoder decoder_klv = {
    .name = "klv",
    .about = "video telemetry (KLV, MISB 0601)",
    .suffixes = "klv bin",
    .source = "payload",
    .kept_raw = SHAPE_KEPT("KLV packets"),
    .probe = klv_probe,
};
