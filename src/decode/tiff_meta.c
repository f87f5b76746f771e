/* tiff_meta: directories of a TIFF file (see tiff_meta.h), classic and BigTIFF; DNG and most raw formats are TIFF.
 *
 *   head       "II" or "MM", 42, u32 offset of the first directory; BigTIFF: 43, 8, 0, u64 offset
 *   directory  count u16, entries {tag u16, type u16, count u32, value or its offset}; BigTIFF: u64 instead of u16, u32
 *
 * A DNG's first directory is a small preview: the picture itself stands in a directory that tag 014A names, and the
 * largest one counts. At most 512 entries a directory and 16 directories are read; nothing is followed twice. */
#include "decode/tiff_meta.h"

#include "decode/exif_tags.h"

#include <math.h>
#include <stdlib.h>

#define ENTRIES_MAX 512u
#define SUB_DIRECTORIES_MAX 12u
#define XMP_MAX ((uint64_t)1 << 20)

enum { TYPE_BYTE = 1, TYPE_ASCII, TYPE_SHORT, TYPE_LONG, TYPE_RATIONAL, TYPE_UNDEFINED = 7, TYPE_LONG8 = 16 };

struct entry {
  uint16_t tag, type;
  uint64_t count, at; /* at: of the value in the file */
};

struct directory {
  struct entry *entries;
  uint32_t count;
};

struct tiff {
  struct exif_tags tags;
  struct decode *d;
  struct error *error;
  struct directory directories[EXIF_DIRECTORIES];
  bool big_endian, wide;
  enum status status;
};

static uint64_t number_at(const struct tiff *tiff, const uint8_t *at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++)
    value |= (uint64_t)at[i] << 8 * (tiff->big_endian ? size - 1 - i : i);
  return value;
}

static bool read_at(struct tiff *tiff, uint64_t offset, void *data, size_t size) {
  size_t got = 0;
  if (tiff->status == STATUS_OK)
    tiff->status = input_read_at(tiff->d->input, offset, data, size, &got, tiff->error);
  tiff->d->report.truncated |= got < size;
  return tiff->status == STATUS_OK && got == size;
}

static size_t size_of(uint16_t type) {
  static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type < ARRAY_COUNT(sizes) ? sizes[type] : 0;
}

/* False where it is none; what it holds stays in the arena. */
static bool read_directory(struct tiff *tiff, uint64_t offset, struct directory *directory) {
  uint8_t head[8], raw[20];
  size_t count_size = tiff->wide ? 8 : 2, entry_size = tiff->wide ? 20 : 12, word = tiff->wide ? 8 : 4;
  *directory = (struct directory){0};
  if (!offset || !read_at(tiff, offset, head, count_size))
    return false;
  uint64_t count = number_at(tiff, head, count_size);
  if (!count || count > ENTRIES_MAX) {
    decode_damage(tiff->d, offset, count_size, "a directory of the image has an impossible length", TIME_NONE,
                  TIME_NONE);
    return false;
  }
  directory->entries = arena_alloc_array(tiff->d->arena, (size_t)count, sizeof *directory->entries);
  for (uint64_t i = 0; directory->entries && i < count; i++) {
    uint64_t at = offset + count_size + i * entry_size;
    if (!read_at(tiff, at, raw, entry_size))
      break;
    struct entry *entry = &directory->entries[directory->count++];
    *entry = (struct entry){(uint16_t)number_at(tiff, raw, 2), (uint16_t)number_at(tiff, raw + 2, 2),
                            number_at(tiff, raw + 4, word), at + 4 + word};
    if (entry->count > word || entry->count * size_of(entry->type) > word)
      entry->at = number_at(tiff, raw + 4 + word, word);
  }
  return directory->count > 0;
}

static const struct entry *find(const struct directory *directory, int tag) {
  for (uint32_t i = 0; i < directory->count; i++)
    if (directory->entries[i].tag == tag)
      return &directory->entries[i];
  return NULL;
}

/* Element `index` of a whole number's entry; 0 where there is none. */
static uint64_t element(struct tiff *tiff, const struct entry *entry, uint64_t index) {
  uint8_t raw[8];
  size_t size = entry ? size_of(entry->type) : 0;
  bool is_whole = entry && (entry->type == TYPE_BYTE || entry->type == TYPE_SHORT || entry->type == TYPE_LONG ||
                            entry->type == 13 || entry->type == TYPE_LONG8 || entry->type == 18);
  if (!is_whole || index >= entry->count || !read_at(tiff, entry->at + index * size, raw, size))
    return 0;
  return number_at(tiff, raw, size);
}

/* ── Exif's three questions ───────────────────────────────────────────────────────────────────────────────────── */

/* Reading moves the input: the questions' const is the asker's view. */
static struct tiff *tiff_of(const struct exif_tags *tags) {
  return (struct tiff *)(uintptr_t)tags;
}

static struct text ascii(const struct exif_tags *tags, enum exif_directory directory, int tag) {
  struct tiff *tiff = tiff_of(tags);
  const struct entry *entry = find(&tiff->directories[directory], tag);
  char raw[1024];
  if (!entry || entry->type != TYPE_ASCII || entry->count > sizeof raw ||
      !read_at(tiff, entry->at, raw, (size_t)entry->count))
    return TEXT("");
  struct text text = text_trim(text_padded(raw, (size_t)entry->count));
  const char *copy = text.size ? text_to_utf8(tags->arena, text) : NULL;
  return text_of(copy ? copy : "");
}

static double rational(const struct exif_tags *tags, enum exif_directory directory, int tag, unsigned index) {
  struct tiff *tiff = tiff_of(tags);
  const struct entry *entry = find(&tiff->directories[directory], tag);
  uint8_t raw[8];
  if (!entry || entry->type != TYPE_RATIONAL || index >= entry->count ||
      !read_at(tiff, entry->at + (uint64_t)index * 8, raw, sizeof raw))
    return NAN;
  uint64_t divisor = number_at(tiff, raw + 4, 4);
  return divisor ? (double)number_at(tiff, raw, 4) / (double)divisor : NAN;
}

static int32_t whole(const struct exif_tags *tags, enum exif_directory directory, int tag) {
  struct tiff *tiff = tiff_of(tags);
  return (int32_t)MIN(element(tiff, find(&tiff->directories[directory], tag), 0), (uint64_t)INT32_MAX);
}

/* ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static void take_size(struct tiff *tiff, const struct directory *directory, struct jpeg_meta *meta) {
  uint64_t width = element(tiff, find(directory, 0x100), 0), height = element(tiff, find(directory, 0x101), 0);
  if (width > UINT32_MAX || height > UINT32_MAX || width * height <= (uint64_t)meta->width_px * meta->height_px)
    return;
  meta->width_px = (uint32_t)width;
  meta->height_px = (uint32_t)height;
}

static void take_sub_directories(struct tiff *tiff, struct jpeg_meta *meta) {
  const struct entry *entry = find(&tiff->directories[EXIF_MAIN], 0x14A);
  for (uint64_t i = 0; entry && i < MIN(entry->count, (uint64_t)SUB_DIRECTORIES_MAX); i++) {
    struct directory directory;
    if (read_directory(tiff, element(tiff, entry, i), &directory))
      take_size(tiff, &directory, meta);
  }
}

static void take_xmp(struct tiff *tiff, struct jpeg_meta *meta) {
  const struct entry *entry = find(&tiff->directories[EXIF_MAIN], 0x2BC);
  if (!entry || size_of(entry->type) != 1 || entry->count < 16 || entry->count > XMP_MAX)
    return;
  char *packet = arena_alloc(tiff->d->arena, (size_t)entry->count);
  if (packet && read_at(tiff, entry->at, packet, (size_t)entry->count))
    jpeg_xmp_read(tiff->d->arena, text_from(packet, (size_t)entry->count), meta);
}

enum status tiff_meta_read(struct decode *d, struct jpeg_meta *meta, struct error *error) {
  uint8_t head[16] = {0};
  size_t got;
  TRY(input_read_at(d->input, 0, head, sizeof head, &got, error));
  struct tiff tiff = {.tags = {ascii, rational, whole, d->arena}, .d = d, .error = error};
  tiff.big_endian = head[0] == 'M';
  tiff.wide = number_at(&tiff, head + 2, 2) == 43;
  uint64_t first = tiff.wide ? number_at(&tiff, head + 8, 8) : number_at(&tiff, head + 4, 4);
  struct directory *main = &tiff.directories[EXIF_MAIN];
  if (read_directory(&tiff, first, main)) {
    read_directory(&tiff, element(&tiff, find(main, 0x8769), 0), &tiff.directories[EXIF_CAMERA]);
    read_directory(&tiff, element(&tiff, find(main, 0x8825), 0), &tiff.directories[EXIF_GPS]);
    take_size(&tiff, main, meta);
    take_sub_directories(&tiff, meta);
    exif_tags_read(&tiff.tags, meta);
    take_xmp(&tiff, meta);
  }
  return tiff.status;
}
