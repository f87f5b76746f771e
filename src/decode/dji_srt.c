/* dji_srt: subtitle track in which DJI cameras write their telemetry: blocks of a number, "hh:mm:ss,mmm -->
 * hh:mm:ss,mmm" and text. The words in the text (ten dialects are known) tell it from a film's subtitles. */
#include "decode/shape.h"

static bool has_telemetry(struct text text) {
  static const char *const words[] = {"GPS(", "GPS (",     "HOME(",     "FrameCnt", "SrtCnt",
                                      "[iso", "[latitude", "BAROMETER", "uavBat:"};
  for (size_t i = 0; i < ARRAY_COUNT(words); i++)
    if (text_find(text, words[i]) >= 0)
      return true;
  return false;
}

static int dji_srt_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  text.size = MIN(text.size, (size_t)8192);
  ptrdiff_t arrow = text_find(text, " --> ");
  if (arrow < 12 || text.data[arrow - 4] != ',' || text.data[arrow - 7] != ':' || text.data[arrow - 10] != ':')
    return 0;
  return has_telemetry(text) ? 95 : 0;
}

const struct decoder decoder_dji_srt = {
    .name = "dji_srt",
    .about = "DJI subtitle telemetry",
    .suffixes = "srt",
    .source = "payload",
    .kept_raw = SHAPE_KEPT("subtitle telemetry tracks"),
    .probe = dji_srt_probe,
};
