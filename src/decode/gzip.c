/* gzip: compressed file (RFC 1952): 1F 8B, method 8, and flags of which the upper three are zero. */
#include "decode/shape.h"

static int gzip_probe(const struct probe *probe) {
  const uint8_t *at = probe->head.data;
  return probe->head.size >= 10 && at[0] == 0x1F && at[1] == 0x8B && at[2] == 8 && at[3] < 0x20 ? 100 : 0;
}

const struct decoder decoder_gzip = {
    .name = "gzip",
    .about = "gzip file",
    .suffixes = "gz tgz",
    .source = "carrier",
    .kept_raw = SHAPE_ARCHIVE,
    .probe = gzip_probe,
};
