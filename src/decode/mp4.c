/* mp4: video in MP4 or QuickTime boxes: size u32 (most significant byte first) and four letters, the first box being
 * ftyp, or another known one in files of old cameras and cut recordings. */
#include "decode/shape.h"

static int mp4_probe(const struct probe *probe) {
  static const char *const boxes[] = {"moov", "mdat", "wide", "free", "skip", "pnot"};
  if (probe->head.size < 12)
    return 0;
  uint32_t size = load_u32_be(probe->head.data);
  const char *box = (const char *)probe->head.data + 4;
  if (memcmp(box, "ftyp", 4) == 0)
    return size >= 8 && size <= 4096 ? 100 : 40;
  for (size_t i = 0; i < ARRAY_COUNT(boxes); i++)
    if (memcmp(box, boxes[i], 4) == 0)
      return size <= 1 || size >= 8 ? 80 : 0;
  return 0;
}

const struct decoder decoder_mp4 = {
    .name = "mp4",
    .about = "video (MP4, MOV)",
    .suffixes = "mp4 mov m4v lrv",
    .source = "payload",
    .kept_raw = "videos are recognised, but their tracks are not read yet; the bytes are kept as they are",
    .probe = mp4_probe,
};
