/* zstd: compressed file (RFC 8878): 28 B5 2F FD, or a skippable frame 5x 2A 4D 18 before that. */
#include "decode/shape.h"

static int zstd_probe(const struct probe *probe) {
  if (probe->head.size < 5)
    return 0;
  uint32_t magic = load_u32(probe->head.data);
  return magic == 0xFD2FB528u ? 100 : (magic & 0xFFFFFFF0u) == 0x184D2A50u ? 90 : 0;
}

const struct decoder decoder_zstd = {
    .name = "zstd",
    .about = "zstd file",
    .suffixes = "zst",
    .source = "carrier",
    .kept_raw = SHAPE_ARCHIVE,
    .probe = zstd_probe,
};
