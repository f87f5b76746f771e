/* thrift: writing structures in Thrift's compact protocol, which is how Parquet spells its page headers and footer.
 *
 * A structure is a run of fields with ascending ids: a byte holding the distance to the last id and a type, then the
 * value; a zero byte ends it. Integers are zigzag variable-length, lists begin with their length and the type of their
 * elements. Layout: "Thrift compact protocol encoding" of the Apache Thrift specification. */
#ifndef UAVLAKE_THRIFT_H
#define UAVLAKE_THRIFT_H

#include "base/bytes.h"

#define THRIFT_DEPTH_MAX 12

enum thrift_type {
  THRIFT_TRUE = 1,
  THRIFT_FALSE = 2,
  THRIFT_I8 = 3,
  THRIFT_I32 = 5,
  THRIFT_I64 = 6,
  THRIFT_BINARY = 8,
  THRIFT_LIST = 9,
  THRIFT_STRUCT = 12
};

struct thrift_writer {
  struct buffer *out;
  int16_t last_id[THRIFT_DEPTH_MAX]; /* of the open structures */
  uint8_t depth;
};

/* A writer that stands inside its top structure; close it with thrift_struct_end. */
static inline struct thrift_writer thrift_writer_of(struct buffer *out) {
  return (struct thrift_writer){.out = out};
}

void thrift_i8(struct thrift_writer *thrift, int16_t id, int8_t value);
void thrift_i32(struct thrift_writer *thrift, int16_t id, int32_t value);
void thrift_i64(struct thrift_writer *thrift, int16_t id, int64_t value);
void thrift_bool(struct thrift_writer *thrift, int16_t id, bool value);
void thrift_binary(struct thrift_writer *thrift, int16_t id, const void *data, size_t size);
void thrift_text(struct thrift_writer *thrift, int16_t id, const char *value);
/* A structure as a field; an id of 0 means "element of the list that was just begun". */
void thrift_struct_begin(struct thrift_writer *thrift, int16_t id);
void thrift_struct_end(struct thrift_writer *thrift);
/* An empty structure as a field, as unions without content are written. */
void thrift_struct_empty(struct thrift_writer *thrift, int16_t id);
/* The head of a list of `count` elements, which follow bare. */
void thrift_list(struct thrift_writer *thrift, int16_t id, enum thrift_type element, uint32_t count);
void thrift_element_i32(struct thrift_writer *thrift, int32_t value);
void thrift_element_text(struct thrift_writer *thrift, const char *value);

/* Unsigned LEB128, as Parquet's own encodings use it too. */
void thrift_varint(struct buffer *out, uint64_t value);
/* Zigzag, then variable-length. */
void thrift_zigzag(struct buffer *out, int64_t value);

#endif
