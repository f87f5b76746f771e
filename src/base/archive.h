/* archive: the files inside a zip, tar, gzip, xz or zstd file, one after another, with limits against bombs.
 *
 *   TRY(archive_open(input, "quad.zip", &limits, &archive, error));
 *   while ((status = archive_next(archive, &member, error)) == STATUS_OK && member)
 *     if (!member->refused)
 *       while ((status = archive_read(archive, room, sizeof room, &size, error)) == STATUS_OK && size) …
 *
 * A tar inside a gzip, xz or zstd file is read through. Nothing is ever written; names are given as they stand in the
 * archive and are refused where they lead out of a folder. Memory is bounded, whatever the archive says. */
#ifndef UAVLAKE_ARCHIVE_H
#define UAVLAKE_ARCHIVE_H

#include "base/input.h"
#include "base/text.h"

struct archive;

struct archive_limits {
  uint32_t members;      /* files in one archive */
  uint64_t member_bytes; /* of one file, unpacked */
  uint64_t total_bytes;  /* of all, unpacked */
  double ratio;          /* unpacked to packed, asked once ratio_from bytes are unpacked */
  uint64_t ratio_from;
};
extern const struct archive_limits archive_default_limits;

#define ARCHIVE_NAME_MAX 1024u

struct archive_member {
  char name[ARCHIVE_NAME_MAX + 1]; /* path inside, '/' between folders; UTF-8 where the archive's is */
  int64_t modified_us;             /* UTC, TIME_NONE unknown; zip knows local time only, taken as UTC */
  const char *refused;             /* why it can't be read, NULL: it can */
};

/* Do these first bytes belong to an archive of a kind that is read here? */
bool archive_is(struct bytes head);
/* name: of the archive, names the one file inside where the archive does not. The input stays the caller's, at offset
 * 0, and seekable for zip. */
must_check enum status archive_open(struct input *input, const char *name, const struct archive_limits *limits,
                                    struct archive **ret_archive, struct error *error);
void archive_close(struct archive *archive);
static inline void archive_scope_end(struct archive **archive) {
  archive_close(*archive);
}
/* *ret_member is NULL after the last. It lives until the next call. STATUS_BAD_DATA where the archive is cut off or
 * damaged, STATUS_LIMIT at a limit: what came before is good. */
must_check enum status archive_next(struct archive *archive, const struct archive_member **ret_member,
                                    struct error *error);
/* Bytes of the present member; *ret_size 0 at its end, where its checksum was right. A STATUS_BAD_DATA here
 * comes after the bytes before the damage were given; of a zip it concerns this member only, and archive_next may go
 * on.
 */
must_check enum status archive_read(struct archive *archive, void *room, size_t size, size_t *ret_size,
                                    struct error *error);

#endif
