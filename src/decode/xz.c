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
    .kept_raw = "compressed files are kept as they are; unpack this one and add what is in it",
    .probe = xz_probe,
};
