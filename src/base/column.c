/* column: types and row access. Loops over whole columns switch on the type themselves; these are for single rows. */
#include "base/column.h"

#include <math.h>

static const struct {
  uint8_t size;
  bool number;
  const char *name;
} types[COLUMN_TYPE_COUNT] = {
    [COLUMN_BOOL] = {1, true, "bool"},
    [COLUMN_I8] = {1, true, "int8"},
    [COLUMN_U8] = {1, true, "uint8"},
    [COLUMN_I16] = {2, true, "int16"},
    [COLUMN_U16] = {2, true, "uint16"},
    [COLUMN_I32] = {4, true, "int32"},
    [COLUMN_U32] = {4, true, "uint32"},
    [COLUMN_I64] = {8, true, "int64"},
    [COLUMN_U64] = {8, true, "uint64"},
    [COLUMN_F32] = {4, true, "float"},
    [COLUMN_F64] = {8, true, "double"},
    [COLUMN_TIME] = {8, true, "timestamp_us"},
    [COLUMN_CHARS] = {1, false, "char"},
    [COLUMN_TEXT] = {sizeof(struct text), false, "text"},
    [COLUMN_BYTES] = {sizeof(struct text), false, "bytes"},
};

size_t column_type_size(enum column_type type) {
  return types[type].size;
}
const char *column_type_name(enum column_type type) {
  return types[type].name;
}
bool column_type_is_number(enum column_type type) {
  return types[type].number;
}

static double element_as_double(enum column_type type, const void *p) {
  switch (type) {
  case COLUMN_BOOL:
  case COLUMN_U8:
    return load_u8(p);
  case COLUMN_I8:
    return (int8_t)load_u8(p);
  case COLUMN_I16:
    return (int16_t)load_u16(p);
  case COLUMN_U16:
    return load_u16(p);
  case COLUMN_I32:
    return (int32_t)load_u32(p);
  case COLUMN_U32:
    return load_u32(p);
  case COLUMN_I64:
  case COLUMN_TIME:
    return (double)(int64_t)load_u64(p);
  case COLUMN_U64:
    return (double)load_u64(p);
  case COLUMN_F32:
    return (double)load_f32(p);
  case COLUMN_F64:
    return load_f64(p);
  default:
    return NAN;
  }
}

double column_element(const struct column *column, size_t row, size_t index) {
  if (!column_is_valid(column, row) || index >= column->field->count)
    return NAN;
  const struct field *field = column->field;
  const uint8_t *p = (const uint8_t *)column->values + row * column_width(field) +
                     index * column_type_size(field->type);
  double value = element_as_double(field->type, p);
  return field->scale == 1 ? value : value * field->scale;
}

double column_double(const struct column *column, size_t row) {
  return column_element(column, row, 0);
}

int64_t column_i64(const struct column *column, size_t row) {
  if (!column_is_valid(column, row))
    return 0;
  const void *p = (const uint8_t *)column->values + row * column_width(column->field);
  switch (column->field->type) {
  case COLUMN_I64:
  case COLUMN_TIME:
  case COLUMN_U64:
    return (int64_t)load_u64(p);
  default: {
    double value = element_as_double(column->field->type, p);
    return value >= -9.2e18 && value <= 9.2e18 ? (int64_t)value : 0;
  }
  }
}

struct text column_text(const struct column *column, size_t row) {
  if (!column_is_valid(column, row))
    return (struct text){"", 0};
  const struct field *field = column->field;
  if (field->type == COLUMN_CHARS)
    return text_padded((const char *)column->values + row * field->count, field->count);
  if (field->type == COLUMN_TEXT || field->type == COLUMN_BYTES)
    return ((const struct text *)column->values)[row];
  return (struct text){"", 0};
}
