/* zip: archive (PKWARE): PK 03 04 before each file, or PK 05 06 where it is empty. */
#include "decode/shape.h"

static int zip_probe(const struct probe *probe) {
  if (probe->head.size < 4)
    return 0;
  uint32_t magic = load_u32(probe->head.data);
  return magic == 0x04034B50u || magic == 0x06054B50u ? 100 : 0;
}

const struct decoder decoder_zip = {
    .name = "zip",
    .about = "ZIP archive",
    .suffixes = "zip kmz",
    .source = "carrier",
    .kept_raw = SHAPE_ARCHIVE,
    .probe = zip_probe,
};
