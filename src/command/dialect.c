/* dialect: see dialect.h. The reading is limited: what the user names may come from anywhere. */
#include "command/dialect.h"

#include "decode/mavlink_dialect_xml.h"

enum status dialect_of(const struct invocation *in, struct arena *arena, const struct mavlink_dialect **ret_dialect,
                       struct error *error) {
  const char *path = invocation_option(in, "dialect");
  *ret_dialect = NULL;
  return path ? mavlink_dialect_read(arena, path, ret_dialect, error) : STATUS_OK;
}
