/* bytes: the growing buffer. */
#include "base/bytes.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the loads of bytes.h assume a little-endian machine");

void buffer_free(struct buffer *buffer) {
  free(buffer->data);
  buffer->data = NULL;
  buffer->size = buffer->capacity = 0;
}

uint8_t *buffer_room(struct buffer *buffer, size_t size) {
  if (buffer->failed || size > buffer->max - MIN(buffer->size, buffer->max)) {
    buffer->failed = true;
    return NULL;
  }
  if (size > buffer->capacity - buffer->size) {
    size_t wanted = MAX(buffer->size + size, buffer->capacity * 2);
    buffer->capacity = MAX(MIN(wanted, buffer->max), (size_t)64);
    buffer->data = memory_resize(buffer->data, buffer->capacity + 1, 1);
  }
  return buffer->data + buffer->size;
}

void buffer_add(struct buffer *buffer, const void *data, size_t size) {
  uint8_t *room = size ? buffer_room(buffer, size) : NULL;
  if (!room)
    return;
  memcpy(room, data, size);
  buffer->size += size;
}

void buffer_add_text(struct buffer *buffer, const char *text) {
  buffer_add(buffer, text, strlen(text));
}
void buffer_add_byte(struct buffer *buffer, uint8_t byte) {
  buffer_add(buffer, &byte, 1);
}

void buffer_format(struct buffer *buffer, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int size = vsnprintf(NULL, 0, format, args);
  va_end(args);
  uint8_t *room = size < 0 ? NULL : buffer_room(buffer, (size_t)size + 1);
  if (room) {
    vsnprintf((char *)room, (size_t)size + 1, format, again);
    buffer->size += (size_t)size;
  }
  va_end(again);
}

const char *buffer_text(struct buffer *buffer) {
  if (!buffer->data) {
    buffer->data = memory_new(65);
    buffer->capacity = MIN((size_t)64, buffer->max);
  }
  buffer->data[buffer->size] = 0;
  return (const char *)buffer->data;
}
