/* json: any JSON text: one object or array, or one object a line. */
#include "decode/shape.h"

static int json_probe(const struct probe *probe) {
  return shape_is_json(shape_text(probe->head)) && shape_is_text(probe->head) ? 50 : 0;
}

const struct decoder decoder_json = {
    .name = "json",
    .about = "JSON",
    .suffixes = "json ndjson",
    .source = "maintenance",
    .kept_raw = SHAPE_KEPT("JSON files without a known meaning"),
    .probe = json_probe,
};
