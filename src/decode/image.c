/* image: pictures that are not JPEG, as far as they describe themselves: one row of message "image", as jpeg.c's.
 *
 *   PNG   89 "PNG" 0D 0A 1A 0A, chunks: size u32 (most significant byte first), name, bytes, CRC; IHDR has the size,
 * eXIf Exif, iTXt the XMP packet TIFF  II or MM and 42 (BigTIFF 43); also DNG and most raw formats (tiff_meta.c) HEIF
 * an MP4 box ftyp with a picture's brand (HEIC, AVIF); box meta: ispe has sizes, iinf and iloc where Exif stands */
#include "decode/image_row.h"
#include "decode/shape.h"
#include "decode/tiff_meta.h"

#define CHUNKS_MAX 20000u
#define PART_MAX ((uint32_t)1 << 20)

struct image {
  struct jpeg_meta meta;
  struct single_row row;
  bool read;
};

static bool is_png(const uint8_t *at) {
  return memcmp(at, "\x89PNG\r\n\x1A\n", 8) == 0;
}

static bool is_heif(const uint8_t *at) {
  static const char *const brands[] = {"heic", "heix", "heif", "hevc", "mif1", "msf1", "avif", "avis"};
  for (size_t i = 0; memcmp(at + 4, "ftyp", 4) == 0 && i < ARRAY_COUNT(brands); i++)
    if (memcmp(at + 8, brands[i], 4) == 0)
      return true;
  return false;
}

static bool is_tiff(const uint8_t *at) {
  bool little = at[0] == 'I' && at[1] == 'I' && (load_u16(at + 2) == 42 || load_u16(at + 2) == 43);
  return little || (at[0] == 'M' && at[1] == 'M' && (load_u16_be(at + 2) == 42 || load_u16_be(at + 2) == 43));
}

static int image_probe(const struct probe *probe) {
  const uint8_t *at = probe->head.data;
  if (probe->head.size < 12)
    return probe->head.size >= 8 && (is_png(at) || is_tiff(at)) ? 90 : 0;
  return is_png(at) || is_heif(at) ? 100 : is_tiff(at) ? 90 : 0;
}

/* ── PNG ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* "Exif\0\0" in front, as photographs have it. */
static void read_exif(struct decode *d, const uint8_t *tiff, uint32_t size, uint64_t offset) {
  struct image *image = d->state;
  uint8_t *copy = arena_alloc(d->arena, size + 6);
  if (!copy)
    return;
  memcpy(copy, "Exif\0\0", 6);
  memcpy(copy + 6, tiff, size);
  jpeg_exif_read(d->arena, bytes_of(copy, size + 6), offset - 6, &image->meta);
}

/* keyword NUL, compressed?, method, language NUL, translated keyword NUL, text. */
static void read_itxt(struct decode *d, const uint8_t *body, uint32_t size) {
  static const char key[] = "XML:com.adobe.xmp";
  struct image *image = d->state;
  if (size < sizeof key + 4 || memcmp(body, key, sizeof key) != 0 || body[sizeof key])
    return;
  const uint8_t *at = body + sizeof key + 2, *end = body + size;
  for (int i = 0; i < 2 && at; i++) {
    at = memchr(at, 0, (size_t)(end - at));
    at = at ? at + 1 : NULL;
  }
  if (at)
    jpeg_xmp_read(d->arena, text_from(at, (size_t)(end - at)), &image->meta);
}

static enum status read_png_part(struct decode *d, const char *name, uint64_t at, uint32_t size, struct error *error) {
  struct image *image = d->state;
  bool is_head = memcmp(name, "IHDR", 4) == 0, is_exif = memcmp(name, "eXIf", 4) == 0;
  if ((!is_head && !is_exif && memcmp(name, "iTXt", 4) != 0) || size > PART_MAX)
    return STATUS_OK;
  size_t got;
  uint8_t *body = arena_alloc(d->arena, size + 1);
  if (!body)
    return STATUS_OK;
  TRY(input_read_at(d->input, at, body, size, &got, error));
  if (got < size)
    return STATUS_OK;
  if (is_head && size >= 8) {
    image->meta.width_px = load_u32_be(body);
    image->meta.height_px = load_u32_be(body + 4);
  } else if (is_exif) {
    read_exif(d, body, size, at);
  } else if (!is_head) {
    read_itxt(d, body, size);
  }
  return STATUS_OK;
}

static enum status read_png(struct decode *d, struct error *error) {
  uint64_t at = 8;
  for (uint32_t i = 0; i < CHUNKS_MAX; i++) {
    uint8_t head[8];
    size_t got;
    TRY(input_read_at(d->input, at, head, sizeof head, &got, error));
    uint32_t size = load_u32_be(head);
    if (got < sizeof head || size > INT32_MAX || at + 12 + size > input_size(d->input)) {
      d->report.truncated = true;
      return STATUS_OK;
    }
    if (memcmp(head + 4, "IEND", 4) == 0)
      return STATUS_OK;
    TRY(read_png_part(d, (const char *)head + 4, at + 8, size, error));
    at += 12 + (uint64_t)size;
  }
  return STATUS_OK;
}

/* ── HEIF ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The content of the first box `name` in `within`; empty where there is none. */
static struct bytes box_in(struct bytes within, const char *name) {
  struct reader reader = reader_of(within);
  while (reader_left(&reader) >= 8) {
    uint32_t size = read_u32_be(&reader);
    struct bytes type = read_bytes(&reader, 4);
    if (size < 8 || size - 8 > reader_left(&reader))
      break;
    struct bytes body = read_bytes(&reader, size - 8);
    if (memcmp(type.data, name, 4) == 0)
      return body;
  }
  return bytes_of(within.data, 0);
}

static struct bytes without(struct bytes bytes, size_t head) {
  return bytes.size >= head ? bytes_of(bytes.data + head, bytes.size - head) : bytes_of(bytes.data, 0);
}

/* Properties: the largest ispe (version, width, height) is the whole picture's. */
static void read_sizes(struct bytes properties, struct jpeg_meta *meta) {
  struct reader reader = reader_of(properties);
  while (reader_left(&reader) >= 8) {
    uint32_t size = read_u32_be(&reader);
    struct bytes type = read_bytes(&reader, 4);
    if (size < 8 || size - 8 > reader_left(&reader))
      break;
    struct bytes body = read_bytes(&reader, size - 8);
    if (memcmp(type.data, "ispe", 4) != 0 || body.size < 12)
      continue;
    uint32_t width = load_u32_be(body.data + 4), height = load_u32_be(body.data + 8);
    if ((uint64_t)width * height > (uint64_t)meta->width_px * meta->height_px) {
      meta->width_px = width;
      meta->height_px = height;
    }
  }
}

/* Number of the item of type Exif (infe: version, flags, id, protection, type); 0 none. */
static uint32_t exif_item(struct bytes items) {
  if (items.size < 6)
    return 0;
  struct reader reader = reader_of(without(items, items.data[0] ? 8 : 6));
  while (reader_left(&reader) >= 8) {
    uint32_t size = read_u32_be(&reader);
    read_bytes(&reader, 4);
    if (size < 8 || size - 8 > reader_left(&reader))
      break;
    struct bytes body = read_bytes(&reader, size - 8);
    size_t wide = body.size && body.data[0] == 3 ? 2 : 0;
    if (body.size >= 12 + wide && body.data[0] >= 2 && memcmp(body.data + 8 + wide, "Exif", 4) == 0)
      return wide ? load_u32_be(body.data + 4) : load_u16_be(body.data + 4);
  }
  return 0;
}

static uint64_t read_number(struct reader *reader, unsigned size) {
  return size == 8 ? read_u64_be(reader) : size == 4 ? read_u32_be(reader) : 0;
}

/* iloc: the place of an item that is one piece of the file. */
static bool place_of_item(struct bytes places, uint32_t item, uint64_t *ret_offset, uint64_t *ret_size) {
  struct reader reader = reader_of(places);
  uint8_t version = read_u8(&reader);
  read_bytes(&reader, 3);
  uint16_t sizes = read_u16_be(&reader);
  uint32_t count = version < 2 ? read_u16_be(&reader) : read_u32_be(&reader);
  for (uint32_t i = 0; i < count && !reader.overrun; i++) {
    uint32_t id = version < 2 ? read_u16_be(&reader) : read_u32_be(&reader);
    uint16_t method = version ? read_u16_be(&reader) : 0;
    read_u16_be(&reader);
    uint64_t base = read_number(&reader, sizes >> 4 & 15);
    uint16_t pieces = read_u16_be(&reader);
    for (uint16_t k = 0; k < pieces && !reader.overrun; k++) {
      if (version)
        read_number(&reader, sizes & 15);
      uint64_t offset = read_number(&reader, sizes >> 12 & 15), size = read_number(&reader, sizes >> 8 & 15);
      if (id != item || (method & 15) || pieces != 1 || reader.overrun)
        continue;
      *ret_offset = base + offset;
      *ret_size = size;
      return true;
    }
  }
  return false;
}

/* The item: u32 bytes up to TIFF's head, then Exif. */
static enum status read_heif_exif(struct decode *d, struct bytes meta_box, struct error *error) {
  uint64_t offset, size;
  uint32_t item = exif_item(box_in(meta_box, "iinf"));
  if (!item || !place_of_item(box_in(meta_box, "iloc"), item, &offset, &size) || size < 12 || size > PART_MAX)
    return STATUS_OK;
  size_t got;
  uint8_t *body = arena_alloc(d->arena, (size_t)size);
  if (!body)
    return STATUS_OK;
  TRY(input_read_at(d->input, offset, body, (size_t)size, &got, error));
  uint32_t skip = got >= 4 ? load_u32_be(body) : UINT32_MAX;
  if (got >= 4 && skip < got - 4)
    read_exif(d, body + 4 + skip, (uint32_t)got - 4 - skip, offset + 4 + skip);
  return STATUS_OK;
}

static enum status read_heif(struct decode *d, struct error *error) {
  struct image *image = d->state;
  uint64_t at = 0;
  for (int i = 0; i < 16; i++) {
    uint8_t head[8];
    size_t got;
    TRY(input_read_at(d->input, at, head, sizeof head, &got, error));
    uint32_t size = load_u32_be(head);
    if (got < sizeof head || size < 8) {
      d->report.truncated = got > 0;
      break;
    }
    if (memcmp(head + 4, "meta", 4) != 0 || size < 12 || size > PART_MAX) {
      at += size;
      continue;
    }
    uint8_t *body = arena_alloc(d->arena, size);
    if (!body)
      break;
    TRY(input_read_at(d->input, at + 12, body, size - 12, &got, error));
    struct bytes box = bytes_of(body, got);
    read_sizes(box_in(box_in(box, "iprp"), "ipco"), &image->meta);
    return read_heif_exif(d, box, error);
  }
  return STATUS_OK;
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status image_open(struct decode *d, struct error *error) {
  struct image *image = d->state;
  image_meta_begin(&image->meta);
  return image_row_begin(d, &image->row, error);
}

static enum status image_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct image *image = d->state;
  uint8_t head[16] = {0};
  size_t got;
  *ret_batch = NULL;
  if (image->read)
    return STATUS_OK;
  image->read = true;
  TRY(input_read_at(d->input, 0, head, sizeof head, &got, error));
  if (is_png(head))
    TRY(read_png(d, error));
  else if (is_heif(head))
    TRY(read_heif(d, error));
  else
    TRY(tiff_meta_read(d, &image->meta, error));
  if (!image->meta.width_px || !image->meta.height_px)
    return error_set(error, STATUS_BAD_DATA, "the image names no width and height; copy it again from the card");
  *ret_batch = image_row_give(d, &image->row, &image->meta);
  return STATUS_OK;
}

const struct decoder decoder_image = {
    .name = "image",
    .about = "image (PNG, TIFF, DNG, HEIC)",
    .suffixes = "png tif tiff dng heic heif avif",
    .source = "payload",
    .vocabulary = "media",
    .state_size = sizeof(struct image),
    .probe = image_probe,
    .open = image_open,
    .next = image_next,
};
