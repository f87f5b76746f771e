/* text_source: a file's text as UTF-8 through a bounded window, whatever its encoding. */
#ifndef UAVLAKE_TEXT_SOURCE_H
#define UAVLAKE_TEXT_SOURCE_H

#include "decode/decoder.h"

#define TEXT_SOURCE_VIEW ((size_t)64 << 10)    /* asked for first */
#define TEXT_SOURCE_VIEW_MAX ((size_t)1 << 20) /* a line over that is damage */

enum text_encoding { TEXT_UTF_8, TEXT_LATIN_1, TEXT_UTF_16_LE, TEXT_UTF_16_BE };

struct text_source {
  struct decode *d;
  enum text_encoding encoding;
  char *plain; /* UTF-16: what of it is UTF-8 already */
  size_t start, end;
  uint64_t offset;  /* in the file, of the view's first byte */
  size_t placed_at; /* UTF-16: a byte of the view, and … */
  uint64_t placed;  /* … how far into the file behind `offset` it stands */
  bool ended;
};

/* Looks at the first bytes and passes over a byte order mark. Also states the fact "encoding" where it is not UTF-8. */
must_check enum status text_source_open(struct decode *d, struct text_source *source, struct error *error);
/* At least `want` bytes (≤ TEXT_SOURCE_VIEW_MAX), fewer only at the end. Latin-1 is left as it is, see
 * text_source_plain. Valid until the next call. */
must_check enum status text_source_view(struct text_source *source, size_t want, struct bytes *ret_view,
                                        struct error *error);
void text_source_skip(struct text_source *source, size_t size);
/* Tells the report how far the view was read: `at` bytes of it. */
void text_source_report(struct text_source *source, size_t at);
/* Where the view's byte `at` stands in the file: UTF-16 takes other room there than here. */
uint64_t text_source_place(struct text_source *source, size_t at);
/* Bytes of the file that this piece of the view stands for. */
uint64_t text_source_span(const struct text_source *source, struct text text);

/* Bytes that are not UTF-8 are read as Latin-1. `room` may be NULL to ask for the size that is needed. */
size_t text_source_plain(struct text text, char *room);
bool text_is_ascii(struct text text);

/* The next line without its end; *ret_there is false at the end of the text. Lines over `limit` bytes come in pieces,
 * of which all but the last have ret_line->whole false. The view is valid until the next call. */
struct source_line {
  struct text text;
  uint64_t offset;
  size_t bytes;        /* with the line end, in the view */
  uint64_t file_bytes; /* the same in the file */
  bool whole;          /* ended by a line end */
  bool last;           /* ended by the end of the text */
};
must_check enum status text_source_line(struct text_source *source, size_t limit, struct source_line *ret_line,
                                        bool *ret_there, struct error *error);

#endif
