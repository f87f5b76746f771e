/* archive_parts: what archive.c, archive_zip.c and archive_stream.c share. Private to this folder. */
#ifndef UAVLAKE_ARCHIVE_PARTS_H
#define UAVLAKE_ARCHIVE_PARTS_H

#include "base/archive.h"
#include "base/clock.h"

enum packing { PACKING_NONE, PACKING_DEFLATE, PACKING_GZIP, PACKING_XZ, PACKING_ZSTD };

/* Bytes of an input, unpacked. */
struct unpacker;
/* packed_left: bytes of the input that belong to it. The input stands at the first of them and must not be moved by
 * others meanwhile. */
must_check enum status unpacker_new(struct input *input, enum packing packing, uint64_t packed_left,
                                    struct unpacker **ret_unpacker, struct error *error);
/* Fewer than `size` bytes only at the end. */
must_check enum status unpacker_read(struct unpacker *unpacker, void *room, size_t size, size_t *ret_size,
                                     struct error *error);
void unpacker_free(struct unpacker *unpacker);
uint64_t unpacker_packed_left(const struct unpacker *unpacker);

struct zip_entry {
  uint64_t packed, bytes, offset; /* offset: of its local header */
  uint32_t crc;
  uint16_t method, flags, name_size;
  uint32_t dos_time;
  bool is_link, is_folder;
};

struct zip {
  struct input *input;
  uint64_t size, at, end; /* of the central directory: next entry, its end */
  uint64_t left;          /* entries */
};
must_check enum status zip_open(struct zip *zip, struct input *input, struct error *error);
/* Next entry of the directory. *ret_found false after the last. */
must_check enum status zip_next(struct zip *zip, struct zip_entry *entry, char name[ARCHIVE_NAME_MAX + 1],
                                bool *ret_found, struct error *error);
/* Moves the input to the entry's first packed byte. */
must_check enum status zip_enter(struct zip *zip, const struct zip_entry *entry, struct error *error);
/* NULL: it can be read. */
const char *zip_refuses(const struct zip_entry *entry);
int64_t zip_time(uint32_t dos_time);

#endif
