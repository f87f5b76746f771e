/* archive_zip: the directory of a zip file (PKWARE, APPNOTE.TXT 6.3).
 *
 * The directory stands at the end: a record PK 05 06 (22 bytes and a comment) tells where it begins and how many
 * entries it has; PK 06 07 and PK 06 06 before it tell the same in 64 bits. An entry PK 01 02 has 46 bytes, the name,
 * extra fields and a comment; sizes of FFFFFFFF stand in the extra field 1. The file's bytes follow its local header PK
 * 03 04 (30 bytes, name, extra). The directory is believed, not the local headers, whose sizes may be 0. */
#include "base/archive_parts.h"

#define END_SIZE 22u
#define END_SEARCH (END_SIZE + 65535u)
#define END64_LOCATOR 20u
#define ENTRY_SIZE 46u
#define LOCAL_SIZE 30u

static enum status read_exactly(struct zip *zip, uint64_t offset, void *room, size_t size, struct error *error) {
  size_t got = 0;
  if (offset <= zip->size && size <= zip->size - offset)
    TRY(input_read_at(zip->input, offset, room, size, &got, error));
  return got == size ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "the zip archive is cut off or damaged");
}

/* Counts and places over 16 or 32 bits stand in a record of their own. */
static enum status read_end64(struct zip *zip, uint64_t end_at, struct error *error) {
  uint8_t locator[END64_LOCATOR], end[56];
  if (end_at < END64_LOCATOR)
    return STATUS_OK;
  TRY(read_exactly(zip, end_at - END64_LOCATOR, locator, sizeof locator, error));
  if (load_u32(locator) != 0x07064B50u)
    return STATUS_OK;
  TRY(read_exactly(zip, load_u64(locator + 8), end, sizeof end, error));
  if (load_u32(end) != 0x06064B50u)
    return error_set(error, STATUS_BAD_DATA, "the zip archive's end is damaged");
  zip->left = load_u64(end + 32);
  zip->at = load_u64(end + 48);
  zip->end = load_u64(end + 40);
  return STATUS_OK;
}

static ptrdiff_t find_end(const uint8_t *tail, size_t size) {
  for (ptrdiff_t i = (ptrdiff_t)size - (ptrdiff_t)END_SIZE; i >= 0; i--)
    if (load_u32(tail + i) == 0x06054B50u)
      return i;
  return -1;
}

enum status zip_open(struct zip *zip, struct input *input, struct error *error) {
  *zip = (struct zip){.input = input, .size = input_size(input)};
  if (zip->size == INPUT_SIZE_UNKNOWN)
    return error_set(error, STATUS_UNSUPPORTED, "a zip archive can't be read from a pipe; save it to a file");
  size_t size = (size_t)MIN(zip->size, (uint64_t)END_SEARCH);
  scoped(memory) uint8_t *tail = memory_new(MAX(size, (size_t)1));
  TRY(read_exactly(zip, zip->size - size, tail, size, error));
  ptrdiff_t at = find_end(tail, size);
  if (at < 0)
    return error_set(error, STATUS_BAD_DATA,
                     "the zip archive is cut off: its directory, which stands at the end, is missing");
  zip->left = load_u16(tail + at + 10);
  zip->end = load_u32(tail + at + 12);
  zip->at = load_u32(tail + at + 16);
  TRY(read_end64(zip, zip->size - size + (uint64_t)at, error));
  if (zip->at > zip->size || zip->end > zip->size - zip->at)
    return error_set(error, STATUS_BAD_DATA, "the zip archive's directory lies outside the file");
  zip->end += zip->at;
  return STATUS_OK;
}

/* The extra field 1 holds, in this order, those of the numbers that did not fit 32 bits. */
static void take_extra(struct zip_entry *entry, struct reader extra) {
  while (reader_left(&extra) >= 4) {
    uint16_t id = read_u16(&extra);
    struct reader field = reader_of(read_bytes(&extra, read_u16(&extra)));
    if (id != 1)
      continue;
    uint64_t *const numbers[] = {&entry->bytes, &entry->packed, &entry->offset};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
      if (*numbers[i] == UINT32_MAX && reader_left(&field) >= 8)
        *numbers[i] = read_u64(&field);
  }
}

static void take_fields(struct zip_entry *entry, const uint8_t *at) {
  uint32_t attributes = load_u32(at + 38);
  bool unix_made = at[5] == 3;
  *entry = (struct zip_entry){.packed = load_u32(at + 20),
                              .bytes = load_u32(at + 24),
                              .offset = load_u32(at + 42),
                              .crc = load_u32(at + 16),
                              .method = load_u16(at + 10),
                              .flags = load_u16(at + 8),
                              .name_size = load_u16(at + 28),
                              .dos_time = load_u32(at + 12)};
  entry->is_link = unix_made && (attributes >> 28) == 0xA;
}

enum status zip_next(struct zip *zip, struct zip_entry *entry, char name[ARCHIVE_NAME_MAX + 1], bool *ret_found,
                     struct error *error) {
  uint8_t fixed[ENTRY_SIZE];
  *ret_found = false;
  if (!zip->left || zip->at >= zip->end)
    return STATUS_OK;
  TRY(read_exactly(zip, zip->at, fixed, sizeof fixed, error));
  if (load_u32(fixed) != 0x02014B50u)
    return error_set(error, STATUS_BAD_DATA, "the zip archive's directory is damaged");
  take_fields(entry, fixed);
  size_t extra_size = load_u16(fixed + 30), comment = load_u16(fixed + 32), name_size = entry->name_size;
  scoped(memory) uint8_t *rest = memory_new(name_size + extra_size + 1);
  TRY(read_exactly(zip, zip->at + ENTRY_SIZE, rest, name_size + extra_size, error));
  take_extra(entry, reader_of(bytes_of(rest + name_size, extra_size)));
  size_t kept = MIN(name_size, (size_t)ARCHIVE_NAME_MAX);
  memcpy(name, rest, kept);
  name[kept] = 0;
  entry->is_folder = name_size && rest[name_size - 1] == '/';
  zip->at += ENTRY_SIZE + name_size + extra_size + comment;
  zip->left--;
  *ret_found = true;
  return STATUS_OK;
}

enum status zip_enter(struct zip *zip, const struct zip_entry *entry, struct error *error) {
  uint8_t local[LOCAL_SIZE];
  TRY(read_exactly(zip, entry->offset, local, sizeof local, error));
  uint64_t begin = entry->offset + LOCAL_SIZE + load_u16(local + 26) + load_u16(local + 28);
  if (load_u32(local) != 0x04034B50u || begin > zip->size || entry->packed > zip->size - begin)
    return error_set(error, STATUS_BAD_DATA,
                     "the file's place in the zip archive is wrong: the archive is damaged or cut off");
  return input_seek(zip->input, begin, error);
}

const char *zip_refuses(const struct zip_entry *entry) {
  if (entry->flags & 1)
    return "it is encrypted; unpack it with its password and add what is in it";
  if (entry->is_link)
    return "it is a link, not a file";
  if (entry->method != 0 && entry->method != 8 && entry->method != 93 && entry->method != 95)
    return "it is packed by a method that is not known here; unpack it and add what is in it";
  return entry->name_size > ARCHIVE_NAME_MAX ? "its name is longer than 1024 bytes" : NULL;
}

/* Bits: year since 1980, month, day, hour, minute, seconds by two; the writer's local time. */
int64_t zip_time(uint32_t t) {
  int month = (int)(t >> 21 & 15), day = (int)(t >> 16 & 31);
  if (month < 1 || month > 12 || day < 1)
    return TIME_NONE;
  return clock_from_civil(1980 + (int)(t >> 25), month, day, (int)(t >> 11 & 31), (int)(t >> 5 & 63),
                          (double)((t & 31) * 2));
}
