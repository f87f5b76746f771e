/* thrift: see thrift.h. */
#include "table/thrift.h"

#include <assert.h>

void thrift_varint(struct buffer *out, uint64_t value) {
  uint8_t bytes[10];
  size_t size = 0;
  while (value >= 0x80) {
    bytes[size++] = (uint8_t)(value | 0x80);
    value >>= 7;
  }
  bytes[size++] = (uint8_t)value;
  buffer_add(out, bytes, size);
}

void thrift_zigzag(struct buffer *out, int64_t value) {
  thrift_varint(out, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

static void field(struct thrift_writer *thrift, int16_t id, enum thrift_type type) {
  int16_t *last = &thrift->last_id[thrift->depth];
  int distance = id - *last;
  if (distance > 0 && distance <= 15) {
    buffer_add_byte(thrift->out, (uint8_t)(distance << 4 | type));
  } else {
    buffer_add_byte(thrift->out, (uint8_t)type);
    thrift_zigzag(thrift->out, id);
  }
  *last = id;
}

void thrift_i8(struct thrift_writer *thrift, int16_t id, int8_t value) {
  field(thrift, id, THRIFT_I8);
  buffer_add_byte(thrift->out, (uint8_t)value);
}

void thrift_i32(struct thrift_writer *thrift, int16_t id, int32_t value) {
  field(thrift, id, THRIFT_I32);
  thrift_zigzag(thrift->out, value);
}

void thrift_i64(struct thrift_writer *thrift, int16_t id, int64_t value) {
  field(thrift, id, THRIFT_I64);
  thrift_zigzag(thrift->out, value);
}

void thrift_bool(struct thrift_writer *thrift, int16_t id, bool value) {
  field(thrift, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

static void binary(struct buffer *out, const void *data, size_t size) {
  thrift_varint(out, size);
  buffer_add(out, data, size);
}

void thrift_binary(struct thrift_writer *thrift, int16_t id, const void *data, size_t size) {
  field(thrift, id, THRIFT_BINARY);
  binary(thrift->out, data, size);
}

void thrift_text(struct thrift_writer *thrift, int16_t id, const char *value) {
  thrift_binary(thrift, id, value, strlen(value));
}

void thrift_struct_begin(struct thrift_writer *thrift, int16_t id) {
  if (id)
    field(thrift, id, THRIFT_STRUCT);
  assert(thrift->depth + 1 < THRIFT_DEPTH_MAX);
  thrift->last_id[++thrift->depth] = 0;
}

void thrift_struct_end(struct thrift_writer *thrift) {
  buffer_add_byte(thrift->out, 0);
  if (thrift->depth)
    thrift->depth--;
}

void thrift_struct_empty(struct thrift_writer *thrift, int16_t id) {
  thrift_struct_begin(thrift, id);
  thrift_struct_end(thrift);
}

void thrift_list(struct thrift_writer *thrift, int16_t id, enum thrift_type element, uint32_t count) {
  field(thrift, id, THRIFT_LIST);
  if (count < 15) {
    buffer_add_byte(thrift->out, (uint8_t)(count << 4 | element));
  } else {
    buffer_add_byte(thrift->out, (uint8_t)(0xF0 | element));
    thrift_varint(thrift->out, count);
  }
}

void thrift_element_i32(struct thrift_writer *thrift, int32_t value) {
  thrift_zigzag(thrift->out, value);
}

void thrift_element_text(struct thrift_writer *thrift, const char *value) {
  binary(thrift->out, value, strlen(value));
}
