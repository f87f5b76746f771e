/* tar: archive of blocks of 512 bytes: "ustar" at 257, and a sum of the header's bytes in octal digits at 148. */
#include "decode/shape.h"

/* The header's own sum is counted as blanks. */
static bool sum_is_right(const uint8_t *header) {
  unsigned sum = 0, written = 0;
  for (size_t i = 0; i < 512; i++)
    sum += i >= 148 && i < 156 ? ' ' : header[i];
  for (size_t i = 148; i < 156; i++)
    if (header[i] >= '0' && header[i] <= '7')
      written = written * 8 + (header[i] - '0');
  return sum == written;
}

static int tar_probe(const struct probe *probe) {
  if (probe->head.size < 512 || !sum_is_right(probe->head.data))
    return 0;
  return memcmp(probe->head.data + 257, "ustar", 5) == 0 ? 100 : probe->head.data[0] ? 60 : 0;
}

const struct decoder decoder_tar = {
    .name = "tar",
    .about = "tar archive",
    .suffixes = "tar",
    .source = "carrier",
    .kept_raw = SHAPE_ARCHIVE,
    .probe = tar_probe,
};
