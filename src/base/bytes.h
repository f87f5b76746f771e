/* bytes: views of memory, a reader that can't pass its end, and a growing buffer that knows its maximum.
 *
 * A reader remembers that it tried to read past the end (`overrun`) and gives zeros from then on, so a decoder reads a
 * whole record and checks once. */
#ifndef UAVLAKE_BYTES_H
#define UAVLAKE_BYTES_H

#include "base/status.h"

#include <string.h>

struct bytes {
  const uint8_t *data;
  size_t size;
};

static inline struct bytes bytes_of(const void *data, size_t size) {
  return (struct bytes){data, size};
}

/* Little- and big-endian loads from memory that is known to be there; no alignment needed. */
static inline uint16_t load_u16(const void *p) {
  uint16_t v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline uint32_t load_u32(const void *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline uint64_t load_u64(const void *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline float load_f32(const void *p) {
  float v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline double load_f64(const void *p) {
  double v;
  memcpy(&v, p, sizeof v);
  return v;
}
static inline uint16_t load_u16_be(const void *p) {
  return __builtin_bswap16(load_u16(p));
}
static inline uint32_t load_u32_be(const void *p) {
  return __builtin_bswap32(load_u32(p));
}
static inline uint64_t load_u64_be(const void *p) {
  return __builtin_bswap64(load_u64(p));
}

struct reader {
  const uint8_t *at;
  const uint8_t *end;
  bool overrun;
};

static inline struct reader reader_of(struct bytes bytes) {
  return (struct reader){bytes.data, bytes.data + bytes.size, false};
}
static inline size_t reader_left(const struct reader *r) {
  return (size_t)(r->end - r->at);
}
/* A view of the next `size` bytes; empty view and overrun where there are fewer. */
static inline struct bytes read_bytes(struct reader *r, size_t size) {
  if (size > reader_left(r)) {
    r->overrun = true;
    r->at = r->end;
    return (struct bytes){r->end, 0};
  }
  struct bytes view = {r->at, size};
  r->at += size;
  return view;
}
#define READER_NUMBER(name, type, load)                                                                                \
  static inline type name(struct reader *r) {                                                                          \
    struct bytes view = read_bytes(r, sizeof(type));                                                                   \
    return view.size ? (type)load(view.data) : (type)0;                                                                \
  }
static inline uint8_t load_u8(const void *p) {
  return *(const uint8_t *)p;
}
READER_NUMBER(read_u8, uint8_t, load_u8)
READER_NUMBER(read_u16, uint16_t, load_u16)
READER_NUMBER(read_u32, uint32_t, load_u32)
READER_NUMBER(read_u64, uint64_t, load_u64)
READER_NUMBER(read_u16_be, uint16_t, load_u16_be)
READER_NUMBER(read_u32_be, uint32_t, load_u32_be)
READER_NUMBER(read_u64_be, uint64_t, load_u64_be)
#undef READER_NUMBER

/* A growing buffer, born with the most bytes it may hold. Appending past that sets `failed` and appends nothing;
 * check once at the end. `data` is followed by a NUL after buffer_text(). Free with buffer_free. */
struct buffer {
  uint8_t *data;
  size_t size;
  size_t capacity;
  size_t max;
  bool failed;
};

static inline struct buffer buffer_with_max(size_t max) {
  return (struct buffer){.max = max};
}
void buffer_free(struct buffer *buffer);
static inline void buffer_scope_end(struct buffer *buffer) {
  buffer_free(buffer);
}
/* Room for `size` more bytes to be written by the caller (then add to ->size); NULL where the maximum forbids. */
uint8_t *buffer_room(struct buffer *buffer, size_t size);
void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_byte(struct buffer *buffer, uint8_t byte);
void buffer_format(struct buffer *buffer, const char *format, ...) printf_like(2, 3);
/* The content as a C string (NUL added, not counted). Never NULL. */
const char *buffer_text(struct buffer *buffer);
static inline void buffer_clear(struct buffer *buffer) {
  buffer->size = 0;
  buffer->failed = false;
}

#endif
