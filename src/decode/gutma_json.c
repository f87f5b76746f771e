/* gutma_json: flight log of the Global UTM Association: JSON, exchange.message.flight_logging with its keys and items.
 */
#include "decode/shape.h"

static int gutma_json_probe(const struct probe *probe) {
  struct text text = shape_text(probe->head);
  if (!shape_is_json(text) || text_find(text, "\"exchange\"") < 0)
    return 0;
  return text_find(text, "\"flight_logging") >= 0 || text_find(text, "\"flight_data\"") >= 0 ? 95 : 0;
}

const struct decoder decoder_gutma_json = {
    .name = "gutma_json",
    .about = "GUTMA flight log",
    .suffixes = "json",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("GUTMA flight logs"),
    .probe = gutma_json_probe,
};
