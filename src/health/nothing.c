/* nothing: the indicator that measures and says nothing. Copy this file to begin a new one, and add its name to
 * meson.build. */
#include "health/indicator.h"

static const char *const tables[] = {NULL};

const struct indicator indicator_nothing = {
    .name = "nothing",
    .about = "measures nothing: the template for a new indicator",
    .unit = "",
    .source = "",
    .tables = tables,
};
