/* vector: decoded columns → DuckDB's vectors.
 *
 * Numbers without a factor keep their type and are copied as they are; with one they become doubles. Arrays are
 * DuckDB's arrays of fixed size, whose elements lie one after the other in a child vector, as ours do. */
#include "extension/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const duckdb_type types[COLUMN_TYPE_COUNT] = {
    [COLUMN_BOOL] = DUCKDB_TYPE_BOOLEAN,  [COLUMN_I8] = DUCKDB_TYPE_TINYINT,    [COLUMN_U8] = DUCKDB_TYPE_UTINYINT,
    [COLUMN_I16] = DUCKDB_TYPE_SMALLINT,  [COLUMN_U16] = DUCKDB_TYPE_USMALLINT, [COLUMN_I32] = DUCKDB_TYPE_INTEGER,
    [COLUMN_U32] = DUCKDB_TYPE_UINTEGER,  [COLUMN_I64] = DUCKDB_TYPE_BIGINT,    [COLUMN_U64] = DUCKDB_TYPE_UBIGINT,
    [COLUMN_F32] = DUCKDB_TYPE_FLOAT,     [COLUMN_F64] = DUCKDB_TYPE_DOUBLE,    [COLUMN_TIME] = DUCKDB_TYPE_TIMESTAMP,
    [COLUMN_CHARS] = DUCKDB_TYPE_VARCHAR, [COLUMN_TEXT] = DUCKDB_TYPE_VARCHAR,  [COLUMN_BYTES] = DUCKDB_TYPE_BLOB,
};

double vector_factor(const struct field *field, enum vector_scale scale) {
  if (!column_type_is_number(field->type))
    return 1;
  if (scale == VECTOR_PHYSICAL)
    return field->scale;
  return field->storage_scale != 0 ? field->storage_scale : 1;
}

duckdb_logical_type vector_type(const struct field *field, double factor) {
  duckdb_type type = factor != 1 ? DUCKDB_TYPE_DOUBLE : types[field->type];
  duckdb_logical_type element = duckdb_create_logical_type(type);
  if (!field->is_array)
    return element;
  duckdb_logical_type array = duckdb_create_array_type(element, field->count);
  duckdb_destroy_logical_type(&element);
  return array;
}

void vector_set_null(duckdb_vector vector, idx_t at) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), at);
}

void vector_fill_null(duckdb_vector vector, idx_t at, uint32_t rows) {
  for (uint32_t row = 0; row < rows; row++)
    vector_set_null(vector, at + row);
}

void vector_set_text(duckdb_vector vector, idx_t at, struct text value) {
  if (text_is_utf8(value)) {
    duckdb_vector_assign_string_element_len(vector, at, value.data ? value.data : "", value.size);
    return;
  }
  scoped(arena) struct arena *arena = arena_new(0);
  duckdb_vector_assign_string_element(vector, at, text_to_utf8(arena, value));
}

static void mark_nulls(duckdb_vector vector, idx_t at, const struct column *column, uint32_t from, uint32_t rows) {
  if (!column->valid)
    return;
  for (uint32_t row = 0; row < rows; row++)
    if (!column_is_valid(column, from + row))
      vector_set_null(vector, at + row);
}

static void fill_texts(duckdb_vector vector, idx_t at, const struct column *column, uint32_t from, uint32_t rows) {
  for (uint32_t row = 0; row < rows; row++) {
    if (!column_is_valid(column, from + row))
      continue;
    struct text value = column_text(column, from + row);
    if (column->field->type == COLUMN_BYTES)
      duckdb_vector_assign_string_element_len(vector, at + row, value.data ? value.data : "", value.size);
    else
      vector_set_text(vector, at + row, value);
  }
}

#define SCALE_LOOP(TYPE)                                                                                               \
  for (size_t i = 0; i < count; i++)                                                                                   \
    to[i] = (double)((const TYPE *)from)[i] * factor;                                                                  \
  return

static void scale_numbers(double *to, const void *from, enum column_type type, size_t count, double factor) {
  switch (type) {
  case COLUMN_I8:
    SCALE_LOOP(int8_t);
  case COLUMN_BOOL:
  case COLUMN_U8:
    SCALE_LOOP(uint8_t);
  case COLUMN_I16:
    SCALE_LOOP(int16_t);
  case COLUMN_U16:
    SCALE_LOOP(uint16_t);
  case COLUMN_I32:
    SCALE_LOOP(int32_t);
  case COLUMN_U32:
    SCALE_LOOP(uint32_t);
  case COLUMN_TIME:
  case COLUMN_I64:
    SCALE_LOOP(int64_t);
  case COLUMN_U64:
    SCALE_LOOP(uint64_t);
  case COLUMN_F32:
    SCALE_LOOP(float);
  default:
    SCALE_LOOP(double);
  }
}

#define STORE_INTEGER(TYPE, LEAST, MOST)                                                                               \
  if (!(value >= (double)(LEAST) && value <= (double)(MOST)) || value != floor(value))                                 \
    return false;                                                                                                      \
  ((TYPE *)data)[at] = (TYPE)value;                                                                                    \
  return true

/* False where the type can't hold the value. */
static bool store_number(void *data, enum column_type type, size_t at, double value) {
  switch (type) {
  case COLUMN_F64:
    ((double *)data)[at] = value;
    return true;
  case COLUMN_F32:
    ((float *)data)[at] = (float)value;
    return true;
  case COLUMN_BOOL:
    STORE_INTEGER(uint8_t, 0, 1);
  case COLUMN_I8:
    STORE_INTEGER(int8_t, INT8_MIN, INT8_MAX);
  case COLUMN_U8:
    STORE_INTEGER(uint8_t, 0, UINT8_MAX);
  case COLUMN_I16:
    STORE_INTEGER(int16_t, INT16_MIN, INT16_MAX);
  case COLUMN_U16:
    STORE_INTEGER(uint16_t, 0, UINT16_MAX);
  case COLUMN_I32:
    STORE_INTEGER(int32_t, INT32_MIN, INT32_MAX);
  case COLUMN_U32:
    STORE_INTEGER(uint32_t, 0, UINT32_MAX);
  case COLUMN_U64:
    STORE_INTEGER(uint64_t, 0, 0x1p63);
  default:
    STORE_INTEGER(int64_t, -0x1p63, 0x1p62);
  }
}

/* The column lies in another form than the vector's (another firmware): one value at a time. */
static void convert_numbers(duckdb_vector vector, duckdb_vector elements, idx_t at, const struct column *column,
                            uint32_t from, uint32_t rows, enum column_type type, double factor) {
  void *data = duckdb_vector_get_data(elements);
  const struct field *field = column->field;
  size_t size = column_type_size(field->type), count = field->count;
  const uint8_t *values = (const uint8_t *)column->values + from * column_width(field);
  for (size_t i = 0; i < rows * count; i++) {
    double value;
    scale_numbers(&value, values + i * size, field->type, 1, factor);
    if (!store_number(data, type, at * count + i, value))
      vector_set_null(vector, at + i / count);
  }
}

static bool same_shape(const struct field *a, const struct field *b) {
  bool texts = !column_type_is_number(a->type) && !column_type_is_number(b->type);
  return texts ? (a->type == COLUMN_BYTES) == (b->type == COLUMN_BYTES)
               : column_type_is_number(a->type) && column_type_is_number(b->type) && a->is_array == b->is_array &&
                     a->count == b->count;
}

void vector_fill(duckdb_vector vector, idx_t at, const struct column *column, uint32_t from, uint32_t rows,
                 const struct vector_target *target) {
  const struct field *field = column->field;
  if (!same_shape(field, target->field)) {
    vector_fill_null(vector, at, rows);
    return;
  }
  mark_nulls(vector, at, column, from, rows);
  if (!column_type_is_number(field->type)) {
    fill_texts(vector, at, column, from, rows);
    return;
  }
  double factor = vector_factor(field, target->scale);
  enum column_type type = target->factor != 1 ? COLUMN_F64 : target->field->type;
  duckdb_vector elements = field->is_array ? duckdb_array_vector_get_child(vector) : vector;
  size_t size = column_type_size(type), count = field->count;
  uint8_t *data = (uint8_t *)duckdb_vector_get_data(elements) + at * count * size;
  const uint8_t *values = (const uint8_t *)column->values + from * column_width(field);
  if (type == field->type && factor == 1)
    memcpy(data, values, rows * count * size);
  else if (type == COLUMN_F64)
    scale_numbers((double *)(void *)data, values, field->type, rows * count, factor);
  else
    convert_numbers(vector, elements, at, column, from, rows, type, factor);
}
