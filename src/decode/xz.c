/* xz: compressed file: FD "7zXZ" 00. */
#include "decode/shape.h"

static int xz_probe(const struct probe *probe) {
  return probe->head.size >= 6 && memcmp(probe->head.data,
                                         "\xFD"
                                         "7zXZ\0",
                                         6) == 0
             ? 100
             : 0;
}

const struct decoder decoder_xz = {
    .name = "xz",
    .about = "xz file",
    .suffixes = "xz",
    .source = "carrier",
    .kept_raw = SHAPE_ARCHIVE,
    .probe = xz_probe,
};
