/* parquet_chunk: the values of one column that wait to be written, in Parquet's physical types.
 *
 * Only values that are there are kept, beside one validity bit a row. Text is kept as indices into a pool of distinct
 * values, which is the dictionary already. Buffers are reused from row group to row group. */
#ifndef UAVLAKE_PARQUET_CHUNK_H
#define UAVLAKE_PARQUET_CHUNK_H

#include "base/bytes.h"
#include "base/column.h"

/* Numbers as Parquet has them. */
enum parquet_type {
  PARQUET_BOOLEAN = 0,
  PARQUET_INT32 = 1,
  PARQUET_INT64 = 2,
  PARQUET_FLOAT = 4,
  PARQUET_DOUBLE = 5,
  PARQUET_BYTE_ARRAY = 6
};

/* What a value means, beside its physical type. */
enum parquet_logical { LOGICAL_NONE, LOGICAL_I8, LOGICAL_I16, LOGICAL_I32, LOGICAL_I64, LOGICAL_TIME, LOGICAL_TEXT };

#define PARQUET_TEXT_MAX ((size_t)1 << 20) /* longest text or byte value */
#define CHUNK_SLICE 1024                   /* rows taken at a time */

struct chunk {
  enum parquet_type type;
  enum parquet_logical logical;
  uint32_t width; /* bytes of a stored value: bool 1, text index 4 */

  uint32_t rows, values; /* rows - values are null */
  void *data;            /* `values` × width */
  uint32_t capacity;
  uint64_t *valid; /* NULL while no row is null */
  uint32_t valid_capacity;

  /* Text: distinct values, as far as they were looked for. */
  struct buffer pool;
  uint32_t *offsets; /* unique + 1 */
  uint32_t unique, unique_capacity;
  uint32_t *slots; /* hash table of index + 1 */
  uint32_t slot_count;
  bool all_unique;  /* gave up looking: later values are appended as they come */
  struct text last; /* the last value's view, to know a repetition by its address */
  uint32_t last_index;
};

/* The Parquet type that holds every value of the field: unsigned widened to the next signed type (uint64 stays 64 bits:
 * values past the signed range are the logs' way to say "unknown" and become null), scaled numbers as double, numeric
 * arrays as JSON text. TIME_NONE becomes null. */
void chunk_init(struct chunk *chunk, const struct field *field);
void chunk_free(struct chunk *chunk);
/* Forgets the rows, keeps the memory; with `release` gives it back. */
void chunk_clear(struct chunk *chunk, bool release);
/* Adds rows [first, first + count), count ≤ CHUNK_SLICE. `column` may be NULL or without values: nulls. A column of
 * another type than the chunk's field is converted; what can't be becomes null. STATUS_LIMIT: a text over the maximum.
 */
must_check enum status chunk_add(struct chunk *chunk, const struct column *column, uint32_t first, uint32_t count,
                                 struct error *error);
/* Bytes of memory that hold rows now. */
size_t chunk_bytes(const struct chunk *chunk);
static inline struct text chunk_text(const struct chunk *chunk, uint32_t index) {
  size_t size = chunk->offsets[index + 1] - chunk->offsets[index];
  return size ? text_from(chunk->pool.data + chunk->offsets[index], size) : TEXT(""); /* no text yet, no pool yet */
}

#endif
