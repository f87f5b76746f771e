/* archive: see archive.h. zip by its directory (archive_zip.c); gzip, xz and zstd are streams (archive_stream.c) of one
 * file or of a tar; tar is read forward.
 *
 * tar (POSIX.1-2017, pax; GNU): blocks of 512 bytes. A header holds name (100), mode, owner, size in octal digits (12,
 * at 124; or binary where its first bit is set), time (12, at 136), the sum of its bytes (8, at 148), type (at 156) and
 * a prefix of the name (155, at 345). Type 0 or NUL is a file, L a name for the next one, x lines "length key=value"
 * for the next one, 5 a folder, 1 and 2 links. Two blocks of zeros end it.
 *
 * The libraries under it are small and in the program anyway or nearly so; libarchive would do the same, but brings an
 * XML parser and its character tables into every start of the program. */
#include "base/archive.h"

#include "base/archive_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

const struct archive_limits archive_default_limits = {
    .members = 10000,
    .member_bytes = UINT64_C(4) << 30,
    .total_bytes = UINT64_C(8) << 30,
    .ratio = 200,
    .ratio_from = UINT64_C(10) << 20,
};

#define BLOCK 512u
#define PAX_MAX (64u << 10)

enum form { FORM_NONE, FORM_ZIP, FORM_TAR, FORM_STREAM };

struct archive {
  struct input *input;
  struct archive_limits limits;
  enum form form;
  enum packing packing;
  struct archive_member member;
  uint32_t members;
  uint64_t packed_bytes, member_bytes, total_bytes; /* of the archive; unpacked so far */

  struct zip zip;
  struct zip_entry entry;
  uint32_t crc;
  struct unpacker *unpacker; /* the whole stream, or one member of a zip */
  bool member_open, member_done;

  uint8_t first[BLOCK]; /* of a stream, read to see whether it is a tar */
  size_t first_size, first_at;
  uint64_t tar_left, tar_padding;
  char next_name[ARCHIVE_NAME_MAX + 2];
  uint64_t next_size; /* from a pax header; UINT64_MAX none */
};

/* ── what is it ───────────────────────────────────────────────────────────────────────────────────────────────── */

static bool tar_sum_is_right(const uint8_t *header) {
  unsigned sum = 0, written = 0;
  for (size_t i = 0; i < BLOCK; i++)
    sum += i >= 148 && i < 156 ? ' ' : header[i];
  for (size_t i = 148; i < 156; i++)
    if (header[i] >= '0' && header[i] <= '7')
      written = written * 8 + (unsigned)(header[i] - '0');
  return sum == written && header[0];
}

static enum packing packing_of(struct bytes head) {
  static const uint8_t xz[] = {0xFD, '7', 'z', 'X', 'Z', 0};
  if (head.size >= 3 && head.data[0] == 0x1F && head.data[1] == 0x8B && head.data[2] == 8)
    return PACKING_GZIP;
  if (head.size >= sizeof xz && memcmp(head.data, xz, sizeof xz) == 0)
    return PACKING_XZ;
  if (head.size >= 4 && (load_u32(head.data) == 0xFD2FB528u || (load_u32(head.data) & 0xFFFFFFF0u) == 0x184D2A50u))
    return PACKING_ZSTD;
  return PACKING_NONE;
}

static enum form form_of(struct bytes head) {
  if (head.size >= 4 && (load_u32(head.data) == 0x04034B50u || load_u32(head.data) == 0x06054B50u))
    return FORM_ZIP;
  if (packing_of(head) != PACKING_NONE)
    return FORM_STREAM;
  return head.size >= BLOCK && tar_sum_is_right(head.data) ? FORM_TAR : FORM_NONE;
}

bool archive_is(struct bytes head) {
  return form_of(head) != FORM_NONE;
}

/* ── members ──────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Names are only ever shown and kept, but one that tries to lead out of a folder comes from no honest packer. */
static const char *refuse_name(const char *name) {
  if (!name[0])
    return "it has no name";
  if (name[0] == '/' || name[0] == '\\' || (name[0] && name[1] == ':'))
    return "its name is an absolute path; such archives are not trusted";
  for (const char *part = name; *part;) {
    size_t size = strcspn(part, "/\\");
    if (size == 2 && part[0] == '.' && part[1] == '.')
      return "its name leads out of the archive (..); such archives are not trusted";
    part += size + (part[size] != 0);
  }
  for (const char *c = name; *c; c++)
    if ((unsigned char)*c < ' ')
      return "its name holds control characters";
  return NULL;
}

/* "flight.bin.gz" → "flight.bin", "logs.tgz" → "logs.tar". */
static void name_stream(struct archive *archive, const char *name) {
  static const char *const endings[] = {".gz", ".xz", ".zst", ".zstd"};
  struct text text = text_of(name);
  size_t size = text.size;
  for (size_t i = 0; i < ARRAY_COUNT(endings); i++)
    if (text_ends_ignore_case(text, endings[i]) && text.size > strlen(endings[i]))
      size = text.size - strlen(endings[i]);
  size = MIN(size, (size_t)ARCHIVE_NAME_MAX);
  memcpy(archive->member.name, name, size);
  archive->member.name[size] = 0;
}

static enum status count_member(struct archive *archive, struct error *error) {
  archive->member_bytes = 0;
  archive->member_done = false;
  if (++archive->members > archive->limits.members)
    return error_set(error, STATUS_LIMIT, "the archive holds more than %u files; the rest is not read",
                     archive->limits.members);
  return STATUS_OK;
}

static enum status count_bytes(struct archive *archive, size_t size, struct error *error) {
  const struct archive_limits *limits = &archive->limits;
  archive->member_bytes += size;
  archive->total_bytes += size;
  if (archive->member_bytes > limits->member_bytes)
    return error_set(error, STATUS_LIMIT, "a file in the archive is larger than %llu bytes, which is the limit",
                     (unsigned long long)limits->member_bytes);
  if (archive->total_bytes > limits->total_bytes)
    return error_set(error, STATUS_LIMIT, "the archive unpacks to more than %llu bytes, which is the limit",
                     (unsigned long long)limits->total_bytes);
  if (archive->total_bytes > limits->ratio_from &&
      (double)archive->total_bytes > limits->ratio * (double)archive->packed_bytes)
    return error_set(error, STATUS_LIMIT,
                     "the archive unpacks to more than %.0f times its size; that is how archives are made that are to "
                     "fill a disk",
                     limits->ratio);
  return STATUS_OK;
}

/* ── zip ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status next_zip(struct archive *archive, bool *ret_found, struct error *error) {
  struct archive_member *member = &archive->member;
  do
    TRY(zip_next(&archive->zip, &archive->entry, member->name, ret_found, error));
  while (*ret_found && archive->entry.is_folder);
  if (!*ret_found)
    return STATUS_OK;
  member->modified_us = zip_time(archive->entry.dos_time);
  member->refused = refuse_name(member->name);
  if (!member->refused)
    member->refused = zip_refuses(&archive->entry);
  return STATUS_OK;
}

static enum status open_zip_member(struct archive *archive, struct error *error) {
  static const struct {
    uint16_t method;
    enum packing packing;
  } rows[] = {{8, PACKING_DEFLATE}, {93, PACKING_ZSTD}, {95, PACKING_XZ}};
  enum packing packing = PACKING_NONE;
  for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
    if (archive->entry.method == rows[i].method)
      packing = rows[i].packing;
  TRY(zip_enter(&archive->zip, &archive->entry, error));
  TRY(unpacker_new(archive->input, packing, archive->entry.packed, &archive->unpacker, error));
  archive->crc = (uint32_t)crc32(0, NULL, 0);
  archive->member_open = true;
  return STATUS_OK;
}

static enum status read_zip(struct archive *archive, void *room, size_t size, size_t *ret_size, struct error *error) {
  if (!archive->member_open)
    TRY(open_zip_member(archive, error));
  TRY(unpacker_read(archive->unpacker, room, size, ret_size, error));
  archive->crc = (uint32_t)crc32(archive->crc, room, (uInt)*ret_size);
  if (*ret_size == 0 && archive->crc != archive->entry.crc)
    return error_set(error, STATUS_BAD_DATA, "its checksum is wrong: the archive is damaged");
  return STATUS_OK;
}

/* ── tar ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status read_stream(struct archive *archive, void *room, size_t size, size_t *ret_size,
                               struct error *error) {
  size_t early = MIN(size, archive->first_size - archive->first_at), rest = 0;
  memcpy(room, archive->first + archive->first_at, early);
  archive->first_at += early;
  if (early < size)
    TRY(unpacker_read(archive->unpacker, (uint8_t *)room + early, size - early, &rest, error));
  *ret_size = early + rest;
  return STATUS_OK;
}

static enum status read_whole(struct archive *archive, void *room, size_t size, struct error *error) {
  size_t got;
  TRY(read_stream(archive, room, size, &got, error));
  return got == size ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "the tar archive is cut off");
}

static enum status skip_tar(struct archive *archive, struct error *error) {
  uint8_t room[8192];
  for (uint64_t left = archive->tar_left + archive->tar_padding; left;) {
    size_t size = (size_t)MIN(left, (uint64_t)sizeof room);
    TRY(read_whole(archive, room, size, error));
    TRY(count_bytes(archive, size, error));
    left -= size;
  }
  archive->tar_left = archive->tar_padding = 0;
  return STATUS_OK;
}

static uint64_t tar_number(const uint8_t *at, size_t width) {
  uint64_t value = 0;
  if (at[0] & 0x80) {
    for (size_t i = 1; i < width; i++)
      value = value << 8 | at[i];
    return value;
  }
  for (size_t i = 0; i < width && at[i]; i++)
    if (at[i] >= '0' && at[i] <= '7')
      value = value * 8 + (uint64_t)(at[i] - '0');
  return value;
}

/* "27 path=folder/name.bin\n": the length counts itself. */
static void take_pax(struct archive *archive, struct text rest) {
  while (rest.size) {
    struct text line = rest, number = text_cut(&line, ' ');
    int64_t length, size;
    if (!line.data || !text_to_i64(number, &length) || length <= (int64_t)number.size + 1 ||
        (uint64_t)length > rest.size)
      return;
    struct text value = text_from(line.data, (size_t)length - number.size - 2), key = text_cut(&value, '=');
    if (value.data && text_is(key, "path"))
      snprintf(archive->next_name, sizeof archive->next_name, "%.*s",
               (int)MIN(value.size, (size_t)ARCHIVE_NAME_MAX + 1), value.data);
    if (value.data && text_is(key, "size") && text_to_i64(value, &size) && size >= 0)
      archive->next_size = (uint64_t)size;
    rest = text_from(rest.data + length, rest.size - (size_t)length);
  }
}

/* A name or lines for the next file. */
static enum status take_long(struct archive *archive, uint8_t type, uint64_t size, struct error *error) {
  if (size > PAX_MAX)
    return error_set(error, STATUS_LIMIT, "the tar archive describes a file with %llu bytes; the limit is %u",
                     (unsigned long long)size, PAX_MAX);
  scoped(memory) uint8_t *room = memory_new((size_t)size + BLOCK);
  TRY(read_whole(archive, room, (size_t)(size + BLOCK - 1) / BLOCK * BLOCK, error));
  if (type == 'x')
    take_pax(archive, text_from(room, (size_t)size));
  else if (type == 'L')
    snprintf(archive->next_name, sizeof archive->next_name, "%.*s", (int)MIN(size, (uint64_t)ARCHIVE_NAME_MAX + 1),
             (const char *)room);
  return STATUS_OK;
}

static void name_tar(struct archive *archive, const uint8_t *header) {
  struct archive_member *member = &archive->member;
  bool posix = memcmp(header + 257, "ustar", 6) == 0 && header[345];
  if (archive->next_name[0])
    snprintf(member->name, sizeof member->name, "%s", archive->next_name);
  else
    snprintf(member->name, sizeof member->name, "%.*s%s%.*s", posix ? 155 : 0, (const char *)header + 345,
             posix ? "/" : "", 100, (const char *)header);
  member->refused = refuse_name(member->name);
  if (!member->refused && strlen(archive->next_name) > ARCHIVE_NAME_MAX)
    member->refused = "its name is longer than 1024 bytes";
  if (!member->refused && header[156] != '0' && header[156] != 0 && header[156] != '7')
    member->refused = "it is a link or a device, not a file";
  member->modified_us = (int64_t)MIN(tar_number(header + 136, 12), (uint64_t)INT32_MAX * 4) * US_PER_S;
}

static enum status next_tar(struct archive *archive, bool *ret_found, struct error *error) {
  uint8_t header[BLOCK];
  size_t got;
  *ret_found = false;
  TRY(skip_tar(archive, error));
  archive->next_name[0] = 0;
  archive->next_size = UINT64_MAX;
  for (;;) {
    TRY(read_stream(archive, header, sizeof header, &got, error));
    if (got == 0 || (got == sizeof header && !header[0]))
      return STATUS_OK; /* the end, or zeros before it */
    if (got < sizeof header || !tar_sum_is_right(header))
      return error_set(error, STATUS_BAD_DATA, "the tar archive is cut off or damaged");
    uint64_t size = tar_number(header + 124, 12);
    uint8_t type = header[156];
    if (type == 'x' || type == 'L' || type == 'g' || type == 'K') {
      TRY(take_long(archive, type, size, error));
      continue;
    }
    if (archive->next_size != UINT64_MAX)
      size = archive->next_size;
    bool has_bytes = type == '0' || type == 0 || type == '7';
    archive->tar_left = type == '5' || type == '1' || type == '2' ? 0 : size;
    archive->tar_padding = (BLOCK - archive->tar_left % BLOCK) % BLOCK;
    name_tar(archive, header);
    if (type == '5' || (!has_bytes && !archive->member.refused)) {
      TRY(skip_tar(archive, error));
      archive->next_name[0] = 0;
      archive->next_size = UINT64_MAX;
      continue;
    }
    *ret_found = true;
    return STATUS_OK;
  }
}

static enum status read_tar(struct archive *archive, void *room, size_t size, size_t *ret_size, struct error *error) {
  size = (size_t)MIN((uint64_t)size, archive->tar_left);
  TRY(read_stream(archive, room, size, ret_size, error));
  if (size && !*ret_size)
    return error_set(error, STATUS_BAD_DATA, "the tar archive is cut off");
  archive->tar_left -= *ret_size;
  return STATUS_OK;
}

/* ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status open_stream(struct archive *archive, const char *name, struct error *error) {
  TRY(unpacker_new(archive->input, archive->packing, input_size(archive->input), &archive->unpacker, error));
  TRY(unpacker_read(archive->unpacker, archive->first, sizeof archive->first, &archive->first_size, error));
  if (archive->packing == PACKING_NONE || (archive->first_size == BLOCK && tar_sum_is_right(archive->first))) {
    archive->form = FORM_TAR;
    return STATUS_OK;
  }
  name_stream(archive, name);
  archive->member.modified_us = TIME_NONE;
  return STATUS_OK;
}

enum status archive_open(struct input *input, const char *name, const struct archive_limits *limits,
                         struct archive **ret_archive, struct error *error) {
  struct bytes head;
  TRY(input_view(input, BLOCK, &head, error));
  enum form form = form_of(head);
  if (form == FORM_NONE)
    return error_set(error, STATUS_UNSUPPORTED, "%s is no archive of a kind that is known here", name);
  struct archive *archive = memory_new(sizeof *archive);
  archive->input = input;
  archive->limits = *limits;
  archive->form = form;
  archive->packing = form == FORM_STREAM ? packing_of(head) : PACKING_NONE;
  archive->packed_bytes = input_size(input);
  enum status status = form == FORM_ZIP ? zip_open(&archive->zip, input, error) : open_stream(archive, name, error);
  if (status != STATUS_OK)
    archive_close(archive);
  else
    *ret_archive = archive;
  return status;
}

void archive_close(struct archive *archive) {
  if (!archive)
    return;
  unpacker_free(archive->unpacker);
  free(archive);
}

static void leave_zip_member(struct archive *archive) {
  if (archive->form != FORM_ZIP)
    return;
  unpacker_free(archive->unpacker);
  archive->unpacker = NULL;
  archive->member_open = false;
}

enum status archive_next(struct archive *archive, const struct archive_member **ret_member, struct error *error) {
  bool found = false;
  leave_zip_member(archive);
  if (archive->form == FORM_ZIP)
    TRY(next_zip(archive, &found, error));
  else if (archive->form == FORM_TAR)
    TRY(next_tar(archive, &found, error));
  else
    found = archive->members == 0;
  *ret_member = found ? &archive->member : NULL;
  return found ? count_member(archive, error) : STATUS_OK;
}

enum status archive_read(struct archive *archive, void *room, size_t size, size_t *ret_size, struct error *error) {
  size_t got = 0;
  *ret_size = 0;
  if (archive->member_done)
    return STATUS_OK;
  if (archive->form == FORM_ZIP)
    TRY(read_zip(archive, room, size, &got, error));
  else if (archive->form == FORM_TAR)
    TRY(read_tar(archive, room, size, &got, error));
  else
    TRY(read_stream(archive, room, size, &got, error));
  TRY(count_bytes(archive, got, error));
  archive->member_done = got == 0;
  *ret_size = got;
  return STATUS_OK;
}
