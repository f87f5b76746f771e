/* parquet_encode: the value encodings of Parquet, each from an array to bytes.
 *
 * All append to a buffer; a buffer that reaches its maximum reports it (buffer.failed), so callers check once a page.
 * Layouts: "Encodings" of the Apache Parquet format specification. */
#ifndef UAVLAKE_PARQUET_ENCODE_H
#define UAVLAKE_PARQUET_ENCODE_H

#include "base/bytes.h"

/* Definition levels (1 = value, 0 = null) of a bitmap in the hybrid of runs and bit-packed groups, bit width 1. */
void encode_levels(struct buffer *out, const uint64_t *valid, uint32_t rows);
/* `count` levels that are all the same: one run. */
void encode_level_run(struct buffer *out, bool level, uint32_t count);
/* Dictionary indices in the same hybrid, `width` bits each. */
void encode_indices(struct buffer *out, const uint32_t *indices, uint32_t count, uint32_t width);
/* Bits that hold every index of a dictionary of `count` entries; at least 1, because some readers refuse 0. */
uint32_t encode_index_width(uint32_t count);
/* DELTA_BINARY_PACKED of 64-bit integers: blocks of 128 differences in 4 miniblocks. */
void encode_delta(struct buffer *out, const int64_t *values, uint32_t count);
/* PLAIN booleans: one bit each, least significant first. */
void encode_bools(struct buffer *out, const uint8_t *values, uint32_t count);

/* Distinct values of an array of 4- or 8-byte numbers, compared by their bits. The table is kept between calls. */
struct distinct {
  uint32_t *slots;   /* index + 1, 0 free */
  uint32_t capacity; /* power of two */
  uint64_t *values;  /* in order of first appearance */
  uint32_t count;
};
void distinct_free(struct distinct *distinct);
/* Fills `indices` (one a value) and the distinct values. False where a dictionary doesn't pay: early, when most of the
 * first values differ, or when more than `limit` differ; indices are then undefined. */
bool distinct_find(struct distinct *distinct, const void *values, uint32_t width, uint32_t count, uint32_t limit,
                   uint32_t *indices);

#endif
