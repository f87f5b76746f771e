/* text: any text that no other format claims: notes, reports, console output. */
#include "decode/shape.h"

static int text_probe(const struct probe *probe) {
  return shape_is_text(probe->head) ? 10 : 0;
}

const struct decoder decoder_text = {
    .name = "text",
    .about = "text",
    .suffixes = "txt md log",
    .source = "user_experience",
    .kept_raw = "free text is kept as it is",
    .probe = text_probe,
};
