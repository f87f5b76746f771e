/* blackbox: Betaflight and iNav on-board log. Text lines "H key:value" come first, the first of them names the product;
 * a flash chip's dump may hold erased bytes before it. */
#include "decode/shape.h"

#define PRODUCT "H Product:Blackbox flight data recorder"

static int blackbox_probe(const struct probe *probe) {
  ptrdiff_t at = text_find(text_from(probe->head.data, probe->head.size), PRODUCT);
  return at == 0 ? 100 : at > 0 ? 60 : 0;
}

const struct decoder decoder_blackbox = {
    .name = "blackbox",
    .about = "Betaflight or iNav on-board log (blackbox)",
    .suffixes = "bbl bfl txt",
    .source = "carrier",
    .kept_raw = SHAPE_KEPT("blackbox logs"),
    .probe = blackbox_probe,
};
