/* jpeg_exif: the Exif part of a photograph, through libexif, which bounds every directory and offset. Each entry's
 * format and count are looked at before its bytes are. */
#include "decode/exif_tags.h"

#include <libexif/exif-data.h>
#include <math.h>

struct exif {
  struct exif_tags tags; /* first: the questions are asked of it */
  ExifData *data;
  ExifByteOrder order;
};

static const ExifEntry *find(const struct exif_tags *tags, enum exif_directory directory, int tag) {
  static const ExifIfd directories[EXIF_DIRECTORIES] = {EXIF_IFD_0, EXIF_IFD_EXIF, EXIF_IFD_GPS};
  const struct exif *exif = (const struct exif *)tags;
  return exif_content_get_entry(exif->data->ifd[directories[directory]], (ExifTag)tag);
}

static struct text ascii(const struct exif_tags *tags, enum exif_directory directory, int tag) {
  const ExifEntry *entry = find(tags, directory, tag);
  if (!entry || !entry->data || entry->format != EXIF_FORMAT_ASCII || entry->size > 1024)
    return TEXT("");
  struct text raw = text_trim(text_padded(entry->data, entry->size));
  const char *copy = raw.size ? text_to_utf8(tags->arena, raw) : NULL;
  return text_of(copy ? copy : "");
}

static double rational(const struct exif_tags *tags, enum exif_directory directory, int tag, unsigned index) {
  const ExifEntry *entry = find(tags, directory, tag);
  if (!entry || !entry->data || entry->format != EXIF_FORMAT_RATIONAL || entry->components <= index ||
      entry->size < 8 * (index + 1))
    return NAN;
  ExifRational value = exif_get_rational(entry->data + 8 * index, ((const struct exif *)tags)->order);
  return value.denominator ? (double)value.numerator / value.denominator : NAN;
}

static int32_t whole(const struct exif_tags *tags, enum exif_directory directory, int tag) {
  const ExifEntry *entry = find(tags, directory, tag);
  ExifByteOrder order = ((const struct exif *)tags)->order;
  if (!entry || !entry->data || !entry->components || !entry->size)
    return 0;
  if (entry->format == EXIF_FORMAT_BYTE)
    return entry->data[0];
  if (entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
    return exif_get_short(entry->data, order);
  return entry->format == EXIF_FORMAT_LONG && entry->size >= 4 ? (int32_t)exif_get_long(entry->data, order) : 0;
}

/* libexif hands out a copy of the small JPEG; where it stands in the file is looked for. */
static void find_thumbnail(const struct exif *exif, struct bytes bytes, uint64_t offset, struct jpeg_meta *meta) {
  size_t size = exif->data->size;
  if (!exif->data->data || size < 128 || size > bytes.size || memcmp(exif->data->data, "\xFF\xD8\xFF", 3) != 0)
    return;
  const uint8_t *at = memmem(bytes.data, bytes.size, exif->data->data, size);
  if (!at)
    return;
  meta->thumbnail_offset = offset + (uint64_t)(at - bytes.data);
  meta->thumbnail_bytes = size;
}

void jpeg_exif_read(struct arena *arena, struct bytes bytes, uint64_t offset, struct jpeg_meta *meta) {
  struct exif exif = {.tags = {ascii, rational, whole, arena}, .data = exif_data_new()};
  if (!exif.data)
    return;
  exif_data_unset_option(exif.data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(exif.data, bytes.data, (unsigned)bytes.size);
  exif.order = exif_data_get_byte_order(exif.data);
  exif_tags_read(&exif.tags, meta);
  find_thumbnail(&exif, bytes, offset, meta);
  exif_data_unref(exif.data);
}
