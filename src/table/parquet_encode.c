/* parquet_encode: see parquet_encode.h. */
#include "table/parquet_encode.h"

#include "base/arena.h"
#include "table/thrift.h"

#include <stdlib.h>

/* ---- hybrid of runs and bit-packed groups ----
 * A run: varint(count << 1), then the value in whole bytes. Groups: varint(groups << 1 | 1), then 8 values a group,
 * `width` bits each, least significant bit first. */

static void add_run(struct buffer *out, uint32_t count, uint32_t value, uint32_t width) {
  thrift_varint(out, (uint64_t)count << 1);
  buffer_add(out, &value, (width + 7) / 8); /* little-endian */
}

void encode_level_run(struct buffer *out, bool level, uint32_t count) {
  add_run(out, count, level, 1);
}

static void add_level_groups(struct buffer *out, const uint8_t *bytes, uint32_t groups) {
  if (!groups)
    return;
  thrift_varint(out, (uint64_t)groups << 1 | 1);
  buffer_add(out, bytes, groups);
}

/* A group of 8 levels is one byte of the bitmap. Stretches of at least 64 equal levels become runs. */
void encode_levels(struct buffer *out, const uint64_t *valid, uint32_t rows) {
  const uint8_t *bytes = (const uint8_t *)valid;
  uint32_t whole = rows / 8, literal = 0, i = 0;
  while (i < whole) {
    uint32_t end = i + 1;
    if (bytes[i] == 0 || bytes[i] == 0xFF)
      while (end < whole && bytes[end] == bytes[i])
        end++;
    if (end - i >= 8) {
      add_level_groups(out, bytes + literal, i - literal);
      add_run(out, (end - i) * 8, bytes[i] & 1, 1);
      literal = end;
    }
    i = end;
  }
  add_level_groups(out, bytes + literal, (rows + 7) / 8 - literal);
}

/* Bit-packs values; whole groups only, the last one filled up with zeros. */
static void add_packed(struct buffer *out, const uint32_t *values, uint32_t count, uint32_t width) {
  uint32_t groups = (count + 7) / 8;
  uint8_t *p = buffer_room(out, (size_t)groups * width + 8);
  if (!p)
    return;
  uint64_t bits = 0;
  uint32_t held = 0;
  for (uint32_t i = 0; i < count; i++) {
    bits |= (uint64_t)values[i] << held;
    held += width;
    while (held >= 8) {
      *p++ = (uint8_t)bits;
      bits >>= 8;
      held -= 8;
    }
  }
  if (held)
    *p++ = (uint8_t)bits;
  size_t size = (size_t)groups * width;
  memset(p, 0, size - (size_t)(p - (out->data + out->size)));
  out->size += size;
}

static void add_index_groups(struct buffer *out, const uint32_t *indices, uint32_t count, uint32_t width) {
  if (!count)
    return;
  thrift_varint(out, (uint64_t)((count + 7) / 8) << 1 | 1);
  add_packed(out, indices, count, width);
}

/* Runs are looked for at group boundaries only, which keeps the literals between them whole groups. */
void encode_indices(struct buffer *out, const uint32_t *indices, uint32_t count, uint32_t width) {
  uint32_t literal = 0, i = 0;
  while (i < count) {
    uint32_t end = i + 1;
    while (end < count && indices[end] == indices[i])
      end++;
    if (end - i >= 16) {
      add_index_groups(out, indices + literal, i - literal, width);
      add_run(out, end - i, indices[i], width);
      literal = i = end;
    } else {
      i += 8;
    }
  }
  add_index_groups(out, indices + literal, count - literal, width);
}

uint32_t encode_index_width(uint32_t count) {
  return count > 2 ? 32 - (uint32_t)__builtin_clz(count - 1) : 1;
}

/* ---- DELTA_BINARY_PACKED ----
 * varint block size, varint miniblocks a block, varint count, zigzag first value; then a block: zigzag least
 * difference, a width byte a miniblock, the miniblocks. Differences wrap around, as the specification allows. */

enum { DELTA_BLOCK = 128, DELTA_MINIBLOCKS = 4, DELTA_MINIBLOCK = DELTA_BLOCK / DELTA_MINIBLOCKS };

/* Bits of a whole miniblock, `width` up to 64. */
static void add_wide_packed(struct buffer *out, const uint64_t *values, uint32_t width) {
  uint8_t *p = buffer_room(out, (size_t)DELTA_MINIBLOCK * width / 8);
  if (!p)
    return;
  unsigned __int128 bits = 0;
  uint32_t held = 0;
  for (uint32_t i = 0; i < DELTA_MINIBLOCK; i++) {
    bits |= (unsigned __int128)values[i] << held;
    held += width;
    while (held >= 8) {
      *p++ = (uint8_t)bits;
      bits >>= 8;
      held -= 8;
    }
  }
  out->size += (size_t)DELTA_MINIBLOCK * width / 8;
}

/* `count` differences between values[0] … values[count]. */
static void add_delta_block(struct buffer *out, const int64_t *values, uint32_t count) {
  uint64_t deltas[DELTA_BLOCK] = {0};
  int64_t least = INT64_MAX;
  for (uint32_t i = 0; i < count; i++) {
    deltas[i] = (uint64_t)values[i + 1] - (uint64_t)values[i];
    if ((int64_t)deltas[i] < least)
      least = (int64_t)deltas[i];
  }
  thrift_zigzag(out, least);
  uint8_t widths[DELTA_MINIBLOCKS] = {0};
  for (uint32_t i = 0; i < count; i++) {
    deltas[i] -= (uint64_t)least;
    uint8_t width = deltas[i] ? (uint8_t)(64 - __builtin_clzll(deltas[i])) : 0;
    widths[i / DELTA_MINIBLOCK] = MAX(widths[i / DELTA_MINIBLOCK], width);
  }
  buffer_add(out, widths, sizeof widths);
  for (uint32_t m = 0; m * DELTA_MINIBLOCK < count; m++)
    add_wide_packed(out, deltas + m * DELTA_MINIBLOCK, widths[m]);
}

void encode_delta(struct buffer *out, const int64_t *values, uint32_t count) {
  thrift_varint(out, DELTA_BLOCK);
  thrift_varint(out, DELTA_MINIBLOCKS);
  thrift_varint(out, count);
  thrift_zigzag(out, count ? values[0] : 0);
  for (uint32_t i = 0; i + 1 < count; i += DELTA_BLOCK)
    add_delta_block(out, values + i, MIN((uint32_t)DELTA_BLOCK, count - 1 - i));
}

void encode_bools(struct buffer *out, const uint8_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i += 8) {
    uint8_t byte = 0;
    for (uint32_t k = 0; k < 8 && i + k < count; k++)
      byte |= (uint8_t)((values[i + k] != 0) << k);
    buffer_add_byte(out, byte);
  }
}

/* ---- distinct values ---- */

enum { DISTINCT_LOOK = 512 }; /* values after which a column of mostly different ones is given up */

void distinct_free(struct distinct *distinct) {
  free(distinct->slots);
  free(distinct->values);
  *distinct = (struct distinct){0};
}

static void distinct_prepare(struct distinct *distinct, uint32_t limit) {
  uint32_t wanted = 64;
  while (wanted < limit * 2)
    wanted *= 2;
  if (wanted > distinct->capacity) {
    distinct->slots = memory_resize(distinct->slots, wanted, sizeof *distinct->slots);
    distinct->values = memory_resize(distinct->values, wanted / 2 + 1, sizeof *distinct->values);
    distinct->capacity = wanted;
  }
  memset(distinct->slots, 0, (size_t)wanted * sizeof *distinct->slots);
  distinct->count = 0;
}

bool distinct_find(struct distinct *distinct, const void *values, uint32_t width, uint32_t count, uint32_t limit,
                   uint32_t *indices) {
  limit = MIN(limit, count);
  distinct_prepare(distinct, limit);
  uint32_t mask = 64;
  while (mask < limit * 2)
    mask *= 2;
  mask--;
  uint64_t last = 0;
  uint32_t last_index = UINT32_MAX;
  for (uint32_t i = 0; i < count; i++) {
    uint64_t value = width == 4 ? ((const uint32_t *)values)[i] : ((const uint64_t *)values)[i];
    if (value == last && last_index != UINT32_MAX) {
      indices[i] = last_index;
      continue;
    }
    uint64_t hash = value * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t at = (uint32_t)(hash >> 32) & mask, index;
    while ((index = distinct->slots[at]) && distinct->values[index - 1] != value)
      at = (at + 1) & mask;
    if (!index) {
      if (distinct->count == limit || (i >= DISTINCT_LOOK && i < 2 * DISTINCT_LOOK && distinct->count > i * 3 / 4))
        return false;
      distinct->values[distinct->count++] = value;
      index = distinct->slots[at] = distinct->count;
    }
    last = value;
    last_index = indices[i] = index - 1;
  }
  return true;
}
