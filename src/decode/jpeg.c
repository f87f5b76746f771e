/* jpeg: photographs, one row of message "image" a file.
 *
 * FF D8, then segments FF xx, u16 length (most significant byte first, counting itself), up to the start of scan (FF
 * DA); what follows is the picture. Width and height come from the frame header (SOF: C0 to CF without C4, C8, CC), the
 * rest from APP1: Exif (jpeg_exif.c) and XMP (jpeg_xmp.c). A thermal picture shows by FLIR's APP1 segments ("FLIR\0"),
 * or by an image of 16-bit values of its own size in the joined APP3 or APP4 segments (DJI). A broken segment is left
 * out and is damage; a file without any frame header is no photograph. */
#include "decode/image_row.h"

#define SEGMENTS_MAX 100000u
#define EXIF_HEAD "Exif\0"
#define XMP_HEAD "http://ns.adobe.com/xap/1.0/"
#define EXTENDED_XMP_HEAD "http://ns.adobe.com/xmp/extension/"
#define EXTENDED_XMP_MAX ((uint32_t)4 << 20)
#define APP(n) (0xE0 + (n))

enum { SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, TEM = 0x01 };

struct jpeg {
  struct jpeg_meta meta;
  struct single_row row;
  uint64_t app3_bytes, app4_bytes;
  bool read;
};

static int jpeg_probe(const struct probe *probe) {
  const uint8_t *at = probe->head.data;
  if (probe->head.size < 4 || at[0] != 0xFF || at[1] != SOI || at[2] != 0xFF)
    return 0;
  return at[3] >= 0xC0 && at[3] != 0xFF ? 100 : 60;
}

/* ── segments ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static bool starts(struct bytes body, const char *head, size_t size) {
  return body.size >= size && memcmp(body.data, head, size) == 0;
}

/* Adobe's extension for packets over 64 kB: a name of 32 letters, the whole size, this part's place in it, the part. */
static void read_extended_xmp(struct decode *d, struct bytes body) {
  struct jpeg_meta *meta = &((struct jpeg *)d->state)->meta;
  size_t head = sizeof EXTENDED_XMP_HEAD + 40;
  if (body.size < head)
    return;
  uint32_t size = load_u32_be(body.data + head - 8), at = load_u32_be(body.data + head - 4);
  struct bytes part = bytes_of(body.data + head, body.size - head);
  if (!meta->extended_xmp.size && size && size <= EXTENDED_XMP_MAX) {
    const char *room = arena_alloc(d->arena, size);
    meta->extended_xmp = room ? text_from(room, size) : TEXT("");
  }
  if (size != meta->extended_xmp.size || at > size || part.size > size - at) {
    decode_damage(d, input_offset(d->input), body.size + 4, "a part of extended XMP that fits no whole", TIME_NONE,
                  TIME_NONE);
    return;
  }
  memcpy((char *)(uintptr_t)meta->extended_xmp.data + at, part.data, part.size);
}

static void read_app1(struct decode *d, struct bytes body) {
  struct jpeg *jpeg = d->state;
  if (starts(body, EXIF_HEAD, 6))
    jpeg_exif_read(d->arena, body, input_offset(d->input) + 4, &jpeg->meta);
  else if (starts(body, EXTENDED_XMP_HEAD, sizeof EXTENDED_XMP_HEAD))
    read_extended_xmp(d, body);
  else if (starts(body, XMP_HEAD, sizeof XMP_HEAD))
    jpeg_xmp_read(d->arena, text_from(body.data + sizeof XMP_HEAD, body.size - sizeof XMP_HEAD), &jpeg->meta);
  else if (starts(body, "FLIR\0", 5))
    jpeg->meta.thermal = true;
}

static bool is_frame_header(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* precision u8, height u16, width u16. */
static void read_segment(struct decode *d, uint8_t marker, struct bytes body) {
  struct jpeg *jpeg = d->state;
  if (is_frame_header(marker) && body.size >= 6 && !jpeg->meta.width_px) {
    jpeg->meta.height_px = load_u16_be(body.data + 1);
    jpeg->meta.width_px = load_u16_be(body.data + 3);
  } else if (marker == APP(1)) {
    read_app1(d, body);
  } else if (marker == APP(3)) {
    jpeg->app3_bytes += body.size;
  } else if (marker == APP(4)) {
    jpeg->app4_bytes += body.size;
  }
}

static void skip(struct decode *d, size_t size) {
  input_skip(d->input, size);
  d->report.bytes = input_offset(d->input);
}

/* Bytes between segments that are none: up to the next FF that a marker follows. */
static enum status skip_stray(struct decode *d, struct error *error) {
  uint64_t from = input_offset(d->input);
  for (;;) {
    struct bytes view;
    TRY(input_view(d->input, 2, &view, error));
    size_t i = 0;
    while (i + 1 < view.size && !(view.data[i] == 0xFF && view.data[i + 1] >= 0xC0 && view.data[i + 1] != 0xFF))
      i++;
    bool found = i + 1 < view.size;
    skip(d, found ? i : view.size <= 1 ? view.size : i);
    if (found || view.size <= 1)
      break;
  }
  decode_damage(d, from, input_offset(d->input) - from, "bytes between the segments", TIME_NONE, TIME_NONE);
  return STATUS_OK;
}

/* One segment. *ret_more is false at the picture itself and at the end. */
static enum status next_segment(struct decode *d, bool *ret_more, struct error *error) {
  struct bytes view;
  TRY(input_view(d->input, 4, &view, error));
  *ret_more = view.size >= 4;
  if (view.size < 4) {
    d->report.truncated = true;
    return STATUS_OK;
  }
  uint8_t marker = view.data[1];
  if (view.data[0] != 0xFF || marker == 0)
    return skip_stray(d, error);
  if (marker == 0xFF || marker == SOI || marker == TEM || (marker >= 0xD0 && marker <= 0xD7)) {
    skip(d, marker == 0xFF ? 1 : 2);
    return STATUS_OK;
  }
  if (marker == SOS || marker == EOI) {
    *ret_more = false;
    return STATUS_OK;
  }
  size_t size = load_u16_be(view.data + 2) + 2u;
  TRY(input_view(d->input, size, &view, error));
  if (size < 4 || view.size < size) {
    d->report.truncated |= view.size < size;
    *ret_more = size < 4;
    skip(d, size < 4 ? 2 : view.size);
    return STATUS_OK;
  }
  read_segment(d, marker, bytes_of(view.data + 4, size - 4));
  skip(d, size);
  return STATUS_OK;
}

/* In the picture itself FF is followed by 00 or a restart; its end is FF D9. Without one the file was cut. */
static enum status find_end(struct decode *d, struct error *error) {
  for (;;) {
    struct bytes view;
    TRY(input_view(d->input, 2, &view, error));
    if (view.size < 2)
      break;
    if (memmem(view.data, view.size, "\xFF\xD9", 2))
      return STATUS_OK;
    skip(d, view.size - 1);
  }
  d->report.truncated = true;
  return STATUS_OK;
}

static enum status read_segments(struct decode *d, struct error *error) {
  bool more = true;
  for (uint32_t i = 0; more && i < SEGMENTS_MAX; i++)
    TRY(next_segment(d, &more, error));
  return d->report.truncated ? STATUS_OK : find_end(d, error);
}

static bool holds_raw_image(uint64_t bytes, const struct jpeg_meta *meta) {
  return bytes == 655360 || bytes == 2621440 ||
         (bytes >= 65536 && bytes == UINT64_C(2) * meta->width_px * meta->height_px);
}

/* ── the decoder ──────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status jpeg_open(struct decode *d, struct error *error) {
  struct jpeg *jpeg = d->state;
  image_meta_begin(&jpeg->meta);
  return image_row_begin(d, &jpeg->row, error);
}

static enum status jpeg_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  struct jpeg *jpeg = d->state;
  struct jpeg_meta *meta = &jpeg->meta;
  *ret_batch = NULL;
  if (jpeg->read)
    return STATUS_OK;
  TRY(read_segments(d, error));
  jpeg->read = true;
  if (!meta->width_px || !meta->height_px)
    return error_set(
        error, STATUS_BAD_DATA,
        "the photograph ends or breaks at byte %llu, before its width and height; copy it again from the card",
        (unsigned long long)d->report.bytes);
  meta->thermal |= holds_raw_image(jpeg->app3_bytes, meta) || holds_raw_image(jpeg->app4_bytes, meta);
  if (meta->extended_xmp.size)
    jpeg_xmp_read(d->arena, meta->extended_xmp, meta);
  *ret_batch = image_row_give(d, &jpeg->row, meta);
  return STATUS_OK;
}

const struct decoder decoder_jpeg = {
    .name = "jpeg",
    .about = "photograph (JPEG with Exif and XMP)",
    .suffixes = "jpg jpeg",
    .source = "payload",
    .vocabulary = "media",
    .state_size = sizeof(struct jpeg),
    .probe = jpeg_probe,
    .open = jpeg_open,
    .next = jpeg_next,
};
