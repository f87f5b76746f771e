/* unknown: the do-nothing member of the decoders, and the template for a new one.
 *
 * It claims every file with the lowest score, so that whatever nobody else recognises is still stored, catalogued and
 * kept as it is. A real decoder replaces `kept_raw` by open and next (see decoder.h). */
#include "decode/decoder.h"

static int unknown_probe(const struct probe *probe) {
  (void)probe;
  return 0;
}

const struct decoder decoder_unknown = {
    .name = "unknown",
    .about = "a file of a kind that no decoder recognises",
    .suffixes = "",
    .source = "carrier",
    .kept_raw = "no decoder recognises its content; the bytes are kept as they are",
    .probe = unknown_probe,
};
