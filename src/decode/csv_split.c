/* csv_split: cutting delimited text, 64 bytes at a time.
 *
 * Each block of 64 bytes becomes one word of bits: a bit for every separator, line end and quote. Cells are what lies
 * between the bits, so bytes within a cell are never looked at one by one. Quotes follow RFC 4180 as the usual readers
 * take it: a quote opens only at the first byte of a cell, a doubled one within stands for itself, what follows the
 * closing one up to the separator belongs to the cell, and a quote elsewhere is a character like any other. Where
 * blanks set apart, any number of them is one separator. */
#include "decode/csv_split.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static uint64_t marks_of(const uint8_t *data, const struct csv_dialect *dialect) {
  uint64_t marks = 0;
  char quote = dialect->quotes ? '"' : dialect->separator;
#if defined(__SSE2__)
  const __m128i separator = _mm_set1_epi8(dialect->separator), end = _mm_set1_epi8(dialect->line_end);
  const __m128i quotes = _mm_set1_epi8(quote);
  for (unsigned i = 0; i < 4; i++) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i));
    __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, separator), _mm_cmpeq_epi8(bytes, end));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, quotes));
    marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(hits) << (16 * i);
  }
#else
  for (unsigned i = 0; i < 64; i++) {
    bool hit = data[i] == (uint8_t)dialect->separator || data[i] == (uint8_t)dialect->line_end ||
               data[i] == (uint8_t)quote;
    marks |= (uint64_t)hit << i;
  }
#endif
  return marks;
}

static void load_block(struct csv_splitter *s, size_t block) {
  uint8_t tail[64];
  s->block = block;
  size_t left = s->view.size - block;
  if (left >= 64) {
    s->marks = marks_of(s->view.data + block, &s->dialect);
    return;
  }
  memset(tail, 0, sizeof tail);
  memcpy(tail, s->view.data + block, left);
  s->marks = marks_of(tail, &s->dialect) & ((UINT64_C(1) << left) - 1);
}

/* From `position` on. */
static void seek_marks(struct csv_splitter *s, size_t position) {
  s->primed = true;
  if (position >= s->view.size) {
    s->block = s->view.size;
    s->marks = 0;
    return;
  }
  if (position < s->block || position - s->block >= 64 || s->block == s->view.size)
    load_block(s, position - position % 64);
  else
    load_block(s, s->block);
  s->marks &= UINT64_MAX << (position - s->block);
}

/* Position of the next mark; the view's size where there is none. */
static inline size_t next_mark(struct csv_splitter *s) {
  while (!s->marks) {
    if (s->block + 64 >= s->view.size)
      return s->view.size;
    load_block(s, s->block + 64);
  }
  size_t position = s->block + (size_t)__builtin_ctzll(s->marks);
  s->marks &= s->marks - 1;
  return position;
}

/* A cell that opens with a quote at `begin`: returns the position of the separator or line end behind it, the view's
 * size where there is none. */
static size_t quoted_cell(struct csv_splitter *s, size_t begin, struct csv_cell *cell, bool *ret_open) {
  const uint8_t *data = s->view.data;
  size_t size = s->view.size, at = begin + 1;
  *cell = (struct csv_cell){(const char *)data + begin + 1, 0, false};
  for (;;) {
    const uint8_t *quote = at < size ? memchr(data + at, '"', size - at) : NULL;
    if (!quote) {
      *ret_open = true;
      cell->size = (uint32_t)(size - begin - 1);
      return size;
    }
    at = (size_t)(quote - data) + 1;
    if (at < size && data[at] == '"') {
      cell->escaped = true;
      at++;
      continue;
    }
    break;
  }
  size_t closed = at - 1;
  while (at < size && data[at] != (uint8_t)s->dialect.separator && data[at] != (uint8_t)s->dialect.line_end)
    at++;
  bool return_only = at == closed + 2 && at < size && data[closed + 1] == '\r' &&
                     data[at] == (uint8_t)s->dialect.line_end;
  bool behind = at > closed + 1 && !return_only;
  cell->escaped |= behind;
  cell->size = (uint32_t)((behind ? at : closed) - begin - 1);
  seek_marks(s, at + 1);
  return at;
}

static void add_cell(struct csv_record *record, const struct csv_dialect *dialect, const struct csv_cell *cell) {
  if (dialect->separator == ' ' && !cell->size)
    return; /* several blanks set apart like one */
  if (record->count < CSV_CELLS_MAX)
    record->cells[record->count++] = *cell;
  else
    record->left_out++;
}

bool csv_split(struct csv_splitter *s, bool last, struct csv_record *record) {
  const uint8_t *data = s->view.data;
  size_t size = s->view.size, begin = s->at;
  record->count = record->left_out = 0;
  record->open_quote = false;
  if (begin >= size)
    return false;
  if (!s->primed)
    seek_marks(s, begin);
  for (;;) {
    struct csv_cell cell = {(const char *)data + begin, 0, false};
    size_t end;
    if (begin < size && data[begin] == '"' && s->dialect.quotes) {
      end = quoted_cell(s, begin, &cell, &record->open_quote);
    } else {
      do
        end = next_mark(s);
      while (end < size && data[end] == '"' && s->dialect.quotes);
      cell.size = (uint32_t)(end - begin);
      bool return_too = cell.size && (end == size || data[end] == (uint8_t)s->dialect.line_end);
      cell.size -= return_too && data[end - 1] == '\r';
    }
    if (end == size && !last) {
      s->primed = false;
      return false;
    }
    add_cell(record, &s->dialect, &cell);
    if (end == size || data[end] == (uint8_t)s->dialect.line_end) {
      if (!record->count)
        record->cells[record->count++] = cell;
      size_t next = MIN(end + 1, size);
      record->bytes = next - s->at;
      s->at = next;
      return true;
    }
    begin = end + 1;
  }
}

size_t csv_unescape(const struct csv_cell *cell, char *out) {
  size_t used = 0, i = 0;
  for (; i < cell->size; i++) {
    if (cell->data[i] != '"') {
      out[used++] = cell->data[i];
    } else if (i + 1 < cell->size && cell->data[i + 1] == '"') {
      out[used++] = '"';
      i++;
    } else {
      i++;
      break;
    }
  }
  for (; i < cell->size; i++)
    out[used++] = cell->data[i];
  return used;
}
