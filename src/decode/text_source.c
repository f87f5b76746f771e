/* text_source: see text_source.h. UTF-8 and Latin-1 are passed through; UTF-16 is made UTF-8, half a window at a time;
 * a surrogate without its partner becomes U+FFFD. */
#include "decode/text_source.h"

#define PLAIN_BYTES (2 * TEXT_SOURCE_VIEW_MAX)

/* The head may end within a character. */
static bool is_utf8_head(struct text head) {
  for (size_t cut = 0; cut < 4 && cut <= head.size; cut++)
    if (text_is_utf8(text_from(head.data, head.size - cut)))
      return true;
  return false;
}

enum status text_source_open(struct decode *d, struct text_source *source, struct error *error) {
  static const char *const names[] = {"UTF-8", "Latin-1", "UTF-16 little-endian", "UTF-16 big-endian"};
  struct bytes head;
  TRY(input_view(d->input, TEXT_SOURCE_VIEW, &head, error));
  *source = (struct text_source){.d = d, .encoding = TEXT_UTF_8};
  size_t mark = 0;
  if (head.size >= 2 && head.data[0] == 0xFF && head.data[1] == 0xFE)
    source->encoding = TEXT_UTF_16_LE, mark = 2;
  else if (head.size >= 2 && head.data[0] == 0xFE && head.data[1] == 0xFF)
    source->encoding = TEXT_UTF_16_BE, mark = 2;
  else if (head.size >= 3 && memcmp(head.data, "\xEF\xBB\xBF", 3) == 0)
    mark = 3;
  else if (!is_utf8_head(text_from(head.data, MIN(head.size, TEXT_SOURCE_VIEW))))
    source->encoding = TEXT_LATIN_1;
  if (source->encoding != TEXT_UTF_8)
    decode_fact(d, "encoding", text_of(names[source->encoding]));
  input_skip(d->input, mark);
  source->offset = mark;
  if (source->encoding < TEXT_UTF_16_LE)
    return STATUS_OK;
  source->plain = arena_alloc(d->arena, PLAIN_BYTES);
  return source->plain ? STATUS_OK
                       : error_set(error, STATUS_LIMIT, "no memory is left to read UTF-16; raise the limit");
}

static size_t put_character(char *out, uint32_t code) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xC0 | code >> 6);
    out[1] = (char)(0x80 | (code & 63));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xE0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 63));
    out[2] = (char)(0x80 | (code & 63));
    return 3;
  }
  out[0] = (char)(0xF0 | code >> 18);
  out[1] = (char)(0x80 | (code >> 12 & 63));
  out[2] = (char)(0x80 | (code >> 6 & 63));
  out[3] = (char)(0x80 | (code & 63));
  return 4;
}

/* Takes what fits of `view`; returns the bytes taken. */
static size_t convert(struct text_source *source, struct bytes view, bool last) {
  size_t i = 0;
  bool big = source->encoding == TEXT_UTF_16_BE;
  while (i + 2 <= view.size && source->end + 4 <= PLAIN_BYTES) {
    uint32_t code = big ? load_u16_be(view.data + i) : load_u16(view.data + i);
    size_t size = 2;
    if (code >= 0xD800 && code < 0xE000) {
      if (i + 4 > view.size && !last)
        break;
      uint32_t low = i + 4 > view.size ? 0 : big ? load_u16_be(view.data + i + 2) : load_u16(view.data + i + 2);
      bool pair = code < 0xDC00 && low >= 0xDC00 && low < 0xE000;
      code = pair ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
      size = pair ? 4 : 2;
    }
    source->end += put_character(source->plain + source->end, code);
    i += size;
  }
  return i;
}

static enum status fill(struct text_source *source, size_t want, struct error *error) {
  while (source->end - source->start < want && !source->ended) {
    if (source->start) {
      memmove(source->plain, source->plain + source->start, source->end - source->start);
      source->end -= source->start;
      source->start = 0;
    }
    struct bytes view;
    TRY(input_view(source->d->input, INPUT_WINDOW, &view, error));
    bool last = view.size < INPUT_WINDOW;
    size_t taken = convert(source, bytes_of(view.data, MIN(view.size, INPUT_WINDOW)), last);
    input_skip(source->d->input, taken);
    source->ended = last && view.size - taken < 2;
    if (!taken)
      break;
  }
  return STATUS_OK;
}

enum status text_source_view(struct text_source *source, size_t want, struct bytes *ret_view, struct error *error) {
  if (source->encoding < TEXT_UTF_16_LE)
    return input_view(source->d->input, want, ret_view, error);
  TRY(fill(source, want, error));
  *ret_view = bytes_of(source->plain + source->start, source->end - source->start);
  return STATUS_OK;
}

/* What a byte of UTF-8 stands for in UTF-16: counted at the first byte of each character. */
static unsigned wide_bytes(char byte) {
  return ((uint8_t)byte & 0xC0) == 0x80 ? 0 : (uint8_t)byte >= 0xF0 ? 4 : 2;
}

uint64_t text_source_span(const struct text_source *source, struct text text) {
  if (source->encoding < TEXT_UTF_16_LE)
    return text.size;
  uint64_t bytes = 0;
  for (size_t i = 0; i < text.size; i++)
    bytes += wide_bytes(text.data[i]);
  return bytes;
}

/* From the last place asked for, as they mostly come one after another. */
uint64_t text_source_place(struct text_source *source, size_t at) {
  if (source->encoding < TEXT_UTF_16_LE)
    return source->offset + at;
  const char *view = source->plain + source->start;
  for (; source->placed_at < at; source->placed_at++)
    source->placed += wide_bytes(view[source->placed_at]);
  for (; source->placed_at > at; source->placed_at--)
    source->placed -= wide_bytes(view[source->placed_at - 1]);
  return source->offset + source->placed;
}

void text_source_report(struct text_source *source, size_t at) {
  source->d->report.bytes = MIN(text_source_place(source, at), input_size(source->d->input));
}

void text_source_skip(struct text_source *source, size_t size) {
  if (source->encoding < TEXT_UTF_16_LE) {
    input_skip(source->d->input, size);
    source->offset += size;
  } else {
    source->offset = text_source_place(source, size);
    source->start += size;
    source->placed_at = 0;
    source->placed = 0;
  }
  text_source_report(source, 0);
}

bool text_is_ascii(struct text text) {
  size_t i = 0;
  for (; i + 8 <= text.size; i += 8)
    if (load_u64(text.data + i) & UINT64_C(0x8080808080808080))
      return false;
  for (; i < text.size; i++)
    if ((uint8_t)text.data[i] >= 0x80)
      return false;
  return true;
}

size_t text_source_plain(struct text text, char *room) {
  size_t used = 0;
  for (size_t i = 0; i < text.size; i++) {
    char character[4];
    used += put_character(room ? room + used : character, (uint8_t)text.data[i]);
  }
  return used;
}

enum status text_source_line(struct text_source *source, size_t limit, struct source_line *ret_line, bool *ret_there,
                             struct error *error) {
  struct bytes view;
  TRY(text_source_view(source, limit, &view, error));
  size_t searched = MIN(view.size, limit);
  const uint8_t *end = searched ? memchr(view.data, '\n', searched) : NULL;
  size_t size = end ? (size_t)(end - view.data) : searched;
  *ret_there = view.size > 0;
  *ret_line = (struct source_line){.text = text_from(view.data, size),
                                   .offset = source->offset,
                                   .bytes = size + (end != NULL),
                                   .file_bytes = text_source_span(source, text_from(view.data, size + (end != NULL))),
                                   .whole = end != NULL,
                                   .last = !end && view.size < limit};
  if (size && view.data[size - 1] == '\r')
    ret_line->text.size--;
  return STATUS_OK;
}
