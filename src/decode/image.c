/* image: pictures that are not JPEG: PNG (89 "PNG" 0D 0A 1A 0A) and TIFF (II or MM and 42; BigTIFF 43; also most raw
 * formats). */
#include "decode/shape.h"

static int image_probe(const struct probe *probe) {
  const uint8_t *at = probe->head.data;
  if (probe->head.size < 8)
    return 0;
  if (memcmp(at, "\x89PNG\r\n\x1A\n", 8) == 0)
    return 100;
  bool little = at[0] == 'I' && at[1] == 'I' && (load_u16(at + 2) == 42 || load_u16(at + 2) == 43);
  bool big = at[0] == 'M' && at[1] == 'M' && (load_u16_be(at + 2) == 42 || load_u16_be(at + 2) == 43);
  return little || big ? 90 : 0;
}

const struct decoder decoder_image = {
    .name = "image",
    .about = "image (PNG, TIFF)",
    .suffixes = "png tif tiff dng",
    .source = "payload",
    .kept_raw = "only JPEG images are read; the bytes of this one are kept as they are",
    .probe = image_probe,
};
