/* mavlink_dialect_xml: a user's MAVLink dialect, read from its XML definition at run time. */
#ifndef UAVLAKE_MAVLINK_DIALECT_XML_H
#define UAVLAKE_MAVLINK_DIALECT_XML_H

#include "base/arena.h"
#include "base/bytes.h"
#include "decode/mavlink_dialect.h"

#define MAVLINK_DIALECT_MEMORY ((size_t)32 << 20) /* enough for an arena of any dialect that is accepted */

/* Reads the file and what it includes. The compiled-in dialect's messages are there too, but for the numbers that the
 * file defines itself. All in `arena`, which may have a limit. STATUS_BAD_DATA where it is no dialect, STATUS_LIMIT
 * where it is too large. */
must_check enum status mavlink_dialect_read(struct arena *arena, const char *path,
                                            const struct mavlink_dialect **ret_dialect, struct error *error);
/* The same of one file's content; its includes are not followed. name: for errors. */
must_check enum status mavlink_dialect_parse(struct arena *arena, const char *name, struct bytes xml,
                                             const struct mavlink_dialect **ret_dialect, struct error *error);
/* A definition file without includes that reads as the same dialect. */
void mavlink_dialect_write(const struct mavlink_dialect *dialect, struct buffer *out);

#endif
