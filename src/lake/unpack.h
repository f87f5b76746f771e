/* unpack: the files inside a stored archive, taken out one after another into the lake's folder for temporary files.
 *
 * Limits stand in lake.json, each with a default: {"archives": {"depth": 3, "members": 10000, "member_bytes":
 * 4294967296, "total_bytes": 8589934592, "ratio": 200}}. */
#ifndef UAVLAKE_UNPACK_H
#define UAVLAKE_UNPACK_H

#include "base/archive.h"
#include "lake/lake_private.h"

struct unpack_limits {
  struct archive_limits archive;
  uint32_t depth; /* an archive in an archive in an archive: 3 */
};
struct unpack_limits unpack_limits_of(const struct lake *lake);
/* Is what this decoder recognises an archive? */
bool unpack_is_archive(const struct decoder *decoder);

/* A file that was taken out, or was refused. */
struct unpacked {
  const char *inside; /* path in the archive */
  const char *file;   /* where its bytes are; NULL where it was refused */
  const char *refused;
  const char *damage; /* why the file may be incomplete, NULL: it is whole */
  uint64_t bytes;
};

struct unpack;
/* key: of the archive in the store. id: its SHA-256. name: of its file. */
must_check enum status unpack_open(struct lake *lake, const char *key, const char *id, const char *name,
                                   const struct unpack_limits *limits, struct unpack **ret_unpack, struct error *error);
/* Texts live in `arena`. *ret_found false after the last. STATUS_BAD_DATA, STATUS_LIMIT, STATUS_UNSUPPORTED: the rest
 * of the archive can't be read. */
must_check enum status unpack_next(struct unpack *unpack, struct arena *arena, struct unpacked *ret_unpacked,
                                   bool *ret_found, struct error *error);
void unpack_close(struct unpack *unpack);
static inline void unpack_scope_end(struct unpack **unpack) {
  unpack_close(*unpack);
}
/* Removes all files that were taken out. */
must_check enum status unpack_clean(struct lake *lake, struct error *error);

#endif
