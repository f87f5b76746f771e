/* parquet_chunk: see parquet_chunk.h.
 *
 * Columns of the same type as the chunk are copied as they are; integer widening and float ↔ double go through loops
 * that the compiler vectorises; everything else (scale, arrays, floats into integers) goes value by value. */
#include "table/parquet_chunk.h"

#include "base/clock.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

/* Pool, offsets and indices are 32 bits wide; row groups end long before. */
#define POOL_MAX ((size_t)3 << 30)
/* Distinct texts after which the hash table isn't worth its memory any more. */
#define UNIQUE_MAX 32768u

static bool is_json(const struct field *field) {
  return field->is_array && field->type != COLUMN_CHARS && column_type_is_number(field->type);
}

static void chunk_type(struct chunk *chunk, enum parquet_type type, enum parquet_logical logical, uint32_t width) {
  chunk->type = type;
  chunk->logical = logical;
  chunk->width = width;
}

void chunk_init(struct chunk *chunk, const struct field *field) {
  *chunk = (struct chunk){.pool = buffer_with_max(POOL_MAX)};
  bool number = column_type_is_number(field->type);
  if (is_json(field) || field->type == COLUMN_TEXT || field->type == COLUMN_CHARS)
    chunk_type(chunk, PARQUET_BYTE_ARRAY, LOGICAL_TEXT, 4);
  else if (!number)
    chunk_type(chunk, PARQUET_BYTE_ARRAY, LOGICAL_NONE, 4);
  else if (field->scale != 1 && field->type != COLUMN_TIME)
    chunk_type(chunk, PARQUET_DOUBLE, LOGICAL_NONE, 8);
  else if (field->type == COLUMN_BOOL)
    chunk_type(chunk, PARQUET_BOOLEAN, LOGICAL_NONE, 1);
  else if (field->type == COLUMN_I8)
    chunk_type(chunk, PARQUET_INT32, LOGICAL_I8, 4);
  else if (field->type == COLUMN_I16 || field->type == COLUMN_U8)
    chunk_type(chunk, PARQUET_INT32, LOGICAL_I16, 4);
  else if (field->type == COLUMN_I32 || field->type == COLUMN_U16)
    chunk_type(chunk, PARQUET_INT32, LOGICAL_I32, 4);
  else if (field->type == COLUMN_F32)
    chunk_type(chunk, PARQUET_FLOAT, LOGICAL_NONE, 4);
  else if (field->type == COLUMN_F64)
    chunk_type(chunk, PARQUET_DOUBLE, LOGICAL_NONE, 8);
  else
    chunk_type(chunk, PARQUET_INT64, field->type == COLUMN_TIME ? LOGICAL_TIME : LOGICAL_I64, 8);
}

static void release_memory(struct chunk *chunk) {
  free(chunk->data);
  free(chunk->valid);
  free(chunk->offsets);
  free(chunk->slots);
  buffer_free(&chunk->pool);
  chunk->data = NULL;
  chunk->valid = NULL;
  chunk->offsets = chunk->slots = NULL;
  chunk->capacity = chunk->valid_capacity = chunk->unique_capacity = chunk->slot_count = 0;
}

void chunk_free(struct chunk *chunk) {
  release_memory(chunk);
}

void chunk_clear(struct chunk *chunk, bool release) {
  if (release || chunk->all_unique)
    release_memory(chunk);
  if (chunk->slots)
    memset(chunk->slots, 0, chunk->slot_count * sizeof *chunk->slots);
  free(chunk->valid);
  chunk->valid = NULL;
  chunk->valid_capacity = 0;
  buffer_clear(&chunk->pool);
  chunk->rows = chunk->values = chunk->unique = 0;
  chunk->all_unique = false;
  chunk->last = (struct text){NULL, 0};
}

size_t chunk_bytes(const struct chunk *chunk) {
  return (size_t)chunk->values * chunk->width + chunk->pool.size + (size_t)chunk->unique * 4 +
         chunk->valid_capacity * 8u;
}

/* Room for `count` more values; the address of the first. */
static void *values_room(struct chunk *chunk, uint32_t count) {
  if (chunk->values + count > chunk->capacity) {
    chunk->capacity = MAX(chunk->values + count, chunk->capacity * 2);
    chunk->data = memory_resize(chunk->data, chunk->capacity, chunk->width);
  }
  return (uint8_t *)chunk->data + (size_t)chunk->values * chunk->width;
}

/* Bits of `count` rows from a source bitmap (NULL: all set) as 64-bit words at *words. */
static uint32_t take_bits(const uint64_t *valid, uint32_t first, uint32_t count, uint64_t *words) {
  uint32_t set = 0;
  for (uint32_t i = 0; i < count; i += 64) {
    uint32_t at = first + i, shift = at % 64, left = MIN(64u, count - i);
    uint64_t word = UINT64_MAX;
    if (valid) {
      word = valid[at / 64] >> shift;
      if (shift && left > 64 - shift)
        word |= valid[at / 64 + 1] << (64 - shift);
    }
    if (left < 64)
      word &= (UINT64_C(1) << left) - 1;
    words[i / 64] = word;
    set += (uint32_t)__builtin_popcountll(word);
  }
  return set;
}

/* Adds `count` validity bits; keeps no bitmap as long as no row is null. */
static void add_validity(struct chunk *chunk, const uint64_t *words, uint32_t count, uint32_t set) {
  if (!chunk->valid && set == count) {
    chunk->rows += count;
    return;
  }
  uint32_t needed = (chunk->rows + count + 63) / 64;
  if (!chunk->valid || needed > chunk->valid_capacity) {
    uint32_t capacity = MAX(needed, chunk->valid_capacity * 2), old = chunk->valid_capacity;
    bool first = !chunk->valid;
    chunk->valid = memory_resize(chunk->valid, capacity, sizeof *chunk->valid);
    memset(chunk->valid + old, 0, (capacity - old) * sizeof *chunk->valid);
    chunk->valid_capacity = capacity;
    for (uint32_t row = 0; first && row < chunk->rows; row++)
      chunk->valid[row / 64] |= UINT64_C(1) << row % 64;
  }
  uint32_t shift = chunk->rows % 64;
  uint64_t *to = chunk->valid + chunk->rows / 64;
  for (uint32_t i = 0; i < (count + 63) / 64; i++) {
    to[i] |= words[i] << shift;
    if (shift && words[i] >> (64 - shift))
      to[i + 1] |= words[i] >> (64 - shift);
  }
  chunk->rows += count;
}

/* ---- numbers ---- */

/* One conversion loop for each pair that keeps every value. */
#define LOOP(to, from)                                                                                                 \
  for (uint32_t i = 0; i < count; i++)                                                                                 \
    ((to *)out)[i] = (to)((const from *)in)[i];                                                                        \
  return true
#define CASE(type, to, from)                                                                                           \
  case type:                                                                                                           \
    LOOP(to, from)

static bool convert_to_i32(enum column_type type, const void *in, void *out, uint32_t count) {
  switch (type) {
    CASE(COLUMN_BOOL, int32_t, uint8_t);
    CASE(COLUMN_I8, int32_t, int8_t);
    CASE(COLUMN_U8, int32_t, uint8_t);
    CASE(COLUMN_I16, int32_t, int16_t);
    CASE(COLUMN_U16, int32_t, uint16_t);
    CASE(COLUMN_I32, int32_t, int32_t);
  default:
    return false;
  }
}

static bool convert_to_i64(enum column_type type, const void *in, void *out, uint32_t count) {
  switch (type) {
    CASE(COLUMN_BOOL, int64_t, uint8_t);
    CASE(COLUMN_I8, int64_t, int8_t);
    CASE(COLUMN_U8, int64_t, uint8_t);
    CASE(COLUMN_I16, int64_t, int16_t);
    CASE(COLUMN_U16, int64_t, uint16_t);
    CASE(COLUMN_I32, int64_t, int32_t);
    CASE(COLUMN_U32, int64_t, uint32_t);
    CASE(COLUMN_I64, int64_t, int64_t);
    CASE(COLUMN_TIME, int64_t, int64_t);
  default:
    return false;
  }
}

static bool convert_to_f64(enum column_type type, const void *in, void *out, uint32_t count) {
  switch (type) {
    CASE(COLUMN_BOOL, double, uint8_t);
    CASE(COLUMN_I8, double, int8_t);
    CASE(COLUMN_U8, double, uint8_t);
    CASE(COLUMN_I16, double, int16_t);
    CASE(COLUMN_U16, double, uint16_t);
    CASE(COLUMN_I32, double, int32_t);
    CASE(COLUMN_U32, double, uint32_t);
    CASE(COLUMN_I64, double, int64_t);
    CASE(COLUMN_U64, double, uint64_t);
    CASE(COLUMN_F32, double, float);
    CASE(COLUMN_F64, double, double);
  default:
    return false;
  }
}

static bool convert_to_f32(enum column_type type, const void *in, void *out, uint32_t count) {
  switch (type) {
    CASE(COLUMN_BOOL, float, uint8_t);
    CASE(COLUMN_I8, float, int8_t);
    CASE(COLUMN_U8, float, uint8_t);
    CASE(COLUMN_I16, float, int16_t);
    CASE(COLUMN_U16, float, uint16_t);
    CASE(COLUMN_I32, float, int32_t);
    CASE(COLUMN_U32, float, uint32_t);
    CASE(COLUMN_F32, float, float);
    CASE(COLUMN_F64, float, double);
  default:
    return false;
  }
}

/* False where the pair needs a look at each value. */
static bool convert(enum parquet_type to, enum column_type type, const void *in, void *out, uint32_t count) {
  switch (to) {
  case PARQUET_INT32:
    return convert_to_i32(type, in, out, count);
  case PARQUET_INT64:
    return convert_to_i64(type, in, out, count);
  case PARQUET_FLOAT:
    return convert_to_f32(type, in, out, count);
  case PARQUET_DOUBLE:
    return convert_to_f64(type, in, out, count);
  case PARQUET_BOOLEAN:
    if (type != COLUMN_BOOL)
      return false;
    for (uint32_t i = 0; i < count; i++)
      ((uint8_t *)out)[i] = ((const uint8_t *)in)[i] != 0;
    return true;
  default:
    return false;
  }
}

/* Least and greatest integer of the chunk's logical type. */
static void integer_range(const struct chunk *chunk, int64_t *ret_least, int64_t *ret_most) {
  int bits = chunk->logical == LOGICAL_I8    ? 8
             : chunk->logical == LOGICAL_I16 ? 16
             : chunk->type == PARQUET_INT32  ? 32
                                             : 64;
  *ret_most = (int64_t)(UINT64_MAX >> (65 - bits));
  *ret_least = -*ret_most - 1;
}

/* One value through double or int64; false: null. */
static bool convert_one(const struct chunk *chunk, const struct column *column, uint32_t row, void *out) {
  const struct field *field = column->field;
  double value = column_double(column, row);
  if (chunk->type == PARQUET_DOUBLE) {
    memcpy(out, &value, sizeof value);
    return column_type_is_number(field->type);
  }
  if (chunk->type == PARQUET_FLOAT) {
    float narrow = (float)value;
    memcpy(out, &narrow, sizeof narrow);
    return column_type_is_number(field->type);
  }
  if (isnan(value))
    return false;
  if (chunk->type == PARQUET_BOOLEAN) {
    *(uint8_t *)out = value != 0;
    return true;
  }
  int64_t least, most;
  integer_range(chunk, &least, &most);
  bool exact = field->scale == 1 && field->type != COLUMN_F32 && field->type != COLUMN_F64;
  if (!exact && !(value >= -9.2e18 && value <= 9.2e18))
    return false;
  int64_t integer = exact ? column_i64(column, row) : llrint(value);
  if (integer < least || integer > most || (field->type == COLUMN_U64 && integer < 0))
    return false;
  if (chunk->type == PARQUET_INT32)
    *(int32_t *)out = (int32_t)integer;
  else
    *(int64_t *)out = integer;
  return true;
}

static void add_slow(struct chunk *chunk, const struct column *column, uint32_t first, uint32_t count) {
  uint64_t words[CHUNK_SLICE / 64] = {0};
  uint8_t *out = values_room(chunk, count);
  uint32_t set = 0;
  for (uint32_t i = 0; i < count; i++)
    if (column_is_valid(column, first + i) && convert_one(chunk, column, first + i, out)) {
      words[i / 64] |= UINT64_C(1) << i % 64;
      out += chunk->width;
      set++;
    }
  add_validity(chunk, words, count, set);
  chunk->values += set;
}

/* Moves the values whose bit is set together. */
static void compact(void *data, uint32_t width, const uint64_t *words, uint32_t count) {
  uint32_t to = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!(words[i / 64] >> (i % 64) & 1))
      continue;
    if (width == 8)
      ((uint64_t *)data)[to] = ((uint64_t *)data)[i];
    else if (width == 4)
      ((uint32_t *)data)[to] = ((uint32_t *)data)[i];
    else
      ((uint8_t *)data)[to] = ((uint8_t *)data)[i];
    to++;
  }
}

/* TIME_NONE is the lake's way to say "not known", also where the row counts as valid. */
static uint32_t drop_unknown_times(const int64_t *times, uint64_t *words, uint32_t count) {
  uint32_t dropped = 0;
  for (uint32_t i = 0; i < count; i++)
    if (times[i] == TIME_NONE && (words[i / 64] >> (i % 64) & 1)) {
      words[i / 64] &= ~(UINT64_C(1) << i % 64);
      dropped++;
    }
  return dropped;
}

static void add_numbers(struct chunk *chunk, const struct column *column, uint32_t first, uint32_t count) {
  uint64_t words[CHUNK_SLICE / 64];
  const struct field *field = column->field;
  void *out = values_room(chunk, count);
  const uint8_t *in = (const uint8_t *)column->values + (size_t)first * column_width(field);
  bool plain = field->scale == 1 && field->count == 1;
  if (!plain || !convert(chunk->type, field->type, in, out, count)) {
    add_slow(chunk, column, first, count);
    return;
  }
  uint32_t set = take_bits(column->valid, first, count, words);
  if (chunk->logical == LOGICAL_TIME)
    set -= drop_unknown_times(out, words, count);
  if (set < count)
    compact(out, chunk->width, words, count);
  add_validity(chunk, words, count, set);
  chunk->values += set;
}

/* ---- text ---- */

static uint32_t text_hash(struct text text) {
  uint64_t hash = text.size * UINT64_C(0x9E3779B97F4A7C15);
  while (text.size >= 8) {
    hash = (hash ^ load_u64(text.data)) * UINT64_C(0xFF51AFD7ED558CCD);
    hash ^= hash >> 32;
    text.data += 8;
    text.size -= 8;
  }
  uint64_t rest = 0;
  if (text.size)
    memcpy(&rest, text.data, text.size);
  hash = (hash ^ rest) * UINT64_C(0xFF51AFD7ED558CCD);
  return (uint32_t)(hash >> 32);
}

static void grow_slots(struct chunk *chunk) {
  chunk->slot_count = MAX(256u, chunk->slot_count * 2);
  chunk->slots = memory_resize(chunk->slots, chunk->slot_count, sizeof *chunk->slots);
  memset(chunk->slots, 0, chunk->slot_count * sizeof *chunk->slots);
  for (uint32_t i = 0; i < chunk->unique; i++) {
    uint32_t at = text_hash(chunk_text(chunk, i));
    while (chunk->slots[at &= chunk->slot_count - 1])
      at++;
    chunk->slots[at] = i + 1;
  }
}

/* Puts a value at the end of the pool. Parquet's text is UTF-8: other bytes are read as Latin-1. */
static uint32_t pool_add(struct chunk *chunk, struct text value) {
  if (chunk->unique + 2 > chunk->unique_capacity) {
    chunk->unique_capacity = MAX(64u, chunk->unique_capacity * 2);
    chunk->offsets = memory_resize(chunk->offsets, chunk->unique_capacity, sizeof *chunk->offsets);
  }
  if (!chunk->unique)
    chunk->offsets[0] = 0;
  if (chunk->logical != LOGICAL_TEXT || text_is_utf8(value)) {
    buffer_add(&chunk->pool, value.data, value.size);
  } else {
    for (size_t i = 0; i < value.size; i++) {
      uint8_t c = (uint8_t)value.data[i];
      if (c >= 0x80)
        buffer_add_byte(&chunk->pool, (uint8_t)(0xC0 | c >> 6));
      buffer_add_byte(&chunk->pool, c >= 0x80 ? (uint8_t)(0x80 | (c & 63)) : c);
    }
  }
  chunk->offsets[chunk->unique + 1] = (uint32_t)chunk->pool.size;
  return chunk->unique++;
}

/* Index of a value in the pool, added where it is new. */
static uint32_t pool_find(struct chunk *chunk, struct text value) {
  if (chunk->all_unique)
    return pool_add(chunk, value);
  if ((chunk->unique + 1) * 2 > chunk->slot_count)
    grow_slots(chunk);
  uint32_t at = text_hash(value), index;
  while ((index = chunk->slots[at &= chunk->slot_count - 1]) && !text_equal(chunk_text(chunk, index - 1), value))
    at++;
  if (index)
    return index - 1;
  index = pool_add(chunk, value);
  chunk->slots[at] = index + 1;
  uint32_t seen = chunk->values + 1;
  chunk->all_unique = chunk->unique >= UNIQUE_MAX || (seen > 256 && chunk->unique > seen - seen / 8);
  return index;
}

static enum status add_text(struct chunk *chunk, struct text value, uint32_t *ret_index, struct error *error) {
  if (value.size > PARQUET_TEXT_MAX)
    return error_set(error, STATUS_LIMIT,
                     "A text of %zu bytes is longer than the %zu bytes that one table value may have", value.size,
                     PARQUET_TEXT_MAX);
  /* The same view as before is the same value: rows of one flight share one id. */
  if (chunk->last.data && value.data == chunk->last.data && value.size == chunk->last.size) {
    *ret_index = chunk->last_index;
    return STATUS_OK;
  }
  *ret_index = pool_find(chunk, value);
  return STATUS_OK;
}

/* An array of numbers as JSON. */
static void array_text(struct buffer *out, const struct column *column, uint32_t row) {
  buffer_clear(out);
  struct json_writer json = json_writer_of(out);
  json_array_begin(&json, NULL);
  for (uint32_t i = 0; i < column->field->count; i++) {
    double value = column_element(column, row, i);
    if (column->field->type == COLUMN_F32 && column->field->scale == 1)
      json_float(&json, NULL, (float)value);
    else
      json_double(&json, NULL, value);
  }
  json_array_end(&json);
}

/* Text of any column: numbers are spelled out. */
static struct text value_text(const struct column *column, uint32_t row, struct buffer *scratch) {
  if (!column_type_is_number(column->field->type))
    return column_text(column, row);
  if (column->field->count > 1 || column->field->is_array) {
    array_text(scratch, column, row);
  } else {
    buffer_clear(scratch);
    struct json_writer json = json_writer_of(scratch);
    json_double(&json, NULL, column_double(column, row));
  }
  return text_from(scratch->data, scratch->size);
}

static enum status add_texts(struct chunk *chunk, const struct column *column, uint32_t first, uint32_t count,
                             struct error *error) {
  uint64_t words[CHUNK_SLICE / 64] = {0};
  scoped(buffer) struct buffer scratch = buffer_with_max((size_t)4 << 20);
  uint32_t *out = values_room(chunk, count), set = 0;
  bool shared = column->field->type == COLUMN_TEXT || column->field->type == COLUMN_BYTES;
  chunk->last = (struct text){NULL, 0}; /* views live during one call only */
  for (uint32_t i = 0; i < count; i++) {
    if (!column_is_valid(column, first + i))
      continue;
    struct text value = value_text(column, first + i, &scratch);
    TRY(add_text(chunk, value, out + set, error));
    chunk->last = shared ? value : (struct text){NULL, 0};
    chunk->last_index = out[set++];
    chunk->values++;
    words[i / 64] |= UINT64_C(1) << i % 64;
  }
  chunk->last = (struct text){NULL, 0};
  if (chunk->pool.failed)
    return error_set(error, STATUS_LIMIT, "The texts of one row group need more than %zu bytes", POOL_MAX);
  add_validity(chunk, words, count, set);
  return STATUS_OK;
}

enum status chunk_add(struct chunk *chunk, const struct column *column, uint32_t first, uint32_t count,
                      struct error *error) {
  if (!column || !column->values) {
    uint64_t words[CHUNK_SLICE / 64] = {0};
    add_validity(chunk, words, count, 0);
    return STATUS_OK;
  }
  if (chunk->type == PARQUET_BYTE_ARRAY)
    return add_texts(chunk, column, first, count, error);
  add_numbers(chunk, column, first, count);
  return STATUS_OK;
}
