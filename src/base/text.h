/* text: views of UTF-8 text, numbers read strictly, and names made safe for files and keys. */
#ifndef UAVLAKE_TEXT_H
#define UAVLAKE_TEXT_H

#include "base/arena.h"
#include "base/bytes.h"

struct text {
  const char *data;
  size_t size;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

static inline struct text text_of(const char *c_string) {
  return (struct text){c_string, c_string ? strlen(c_string) : 0};
}
static inline struct text text_from(const void *data, size_t size) {
  return (struct text){data, size};
}
/* Fixed-width field that is NUL-padded, but not terminated when full. */
static inline struct text text_padded(const void *data, size_t width) {
  return (struct text){data, width ? strnlen(data, width) : 0};
}

bool text_equal(struct text a, struct text b);
static inline bool text_is(struct text a, const char *b) {
  return text_equal(a, text_of(b));
}
bool text_starts(struct text text, const char *prefix);
bool text_ends_ignore_case(struct text text, const char *suffix);
/* Position of `needle`, or -1. */
ptrdiff_t text_find(struct text text, const char *needle);
struct text text_trim(struct text text);
/* Cuts the part before the first `separator` off `*rest` and returns it; *rest->data is NULL after the last part. */
struct text text_cut(struct text *rest, char separator);

/* The whole view must be the number; false otherwise. Locale-independent. */
bool text_to_i64(struct text text, int64_t *ret_value);
bool text_to_double(struct text text, double *ret_value);

bool text_is_utf8(struct text text);
/* Valid UTF-8 of any bytes: what is not UTF-8 is read as Latin-1. */
char *text_to_utf8(struct arena *arena, struct text text);

/* "a/b c:ü.bin" → "b_c_ü.bin": last path part; separators, control characters, spaces and shell characters become '_';
 * never empty, never "." or "..", at most `limit` bytes, extension kept. */
char *text_safe_name(struct arena *arena, struct text name, size_t limit);
/* As text_safe_name for one key part such as a vehicle name: letters, digits, '-', '_' and '.' only, lower-case kept.
 */
char *text_safe_part(struct arena *arena, struct text name);

/* "1.4 GB", "312 kB", "17 bytes" (powers of 1000). At most 16 bytes with NUL. */
const char *text_size(char out[16], uint64_t bytes);
/* The ending of a counted noun: "" of one, else "s". */
static inline const char *text_plural(uint64_t count) {
  return count == 1 ? "" : "s";
}
/* "1 h 04 min", "3.2 s". */
const char *text_duration(char out[24], double seconds);

#endif
