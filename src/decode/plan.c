/* plan: mission of QGroundControl (.plan): JSON with fileType "Plan", a mission, a fence and rally points. */
#include "decode/shape.h"

static int plan_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (!shape_is_json(text))
    return 0;
  ptrdiff_t at = text_find(text, "\"fileType\"");
  if (at < 0)
    return text_find(text, "\"geoFence\"") >= 0 && text_find(text, "\"rallyPoints\"") >= 0 ? 70 : 0;
  struct text value = text_from(text.data + at + 10, MIN(text.size - (size_t)at - 10, (size_t)32));
  return text_find(value, "\"Plan\"") >= 0 ? 95 : 0;
}

const struct decoder decoder_plan = {
    .name = "plan",
    .about = "QGroundControl plan",
    .suffixes = "plan",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("plans"),
    .probe = plan_probe,
};
