/* columns: the values of a batch through the public interface: whole columns as they are stored or as doubles, and
 * single values of any type. Every index is checked: a wrong one gives the empty answer that include/uavlog.h names. */
#include "library/library.h"

#include <math.h>

_Static_assert(sizeof(struct uavlog_text) == sizeof(struct text) &&
                   offsetof(struct uavlog_text, size) == offsetof(struct text, size),
               "a column of texts is given out as it is");

EXPORTED const struct uavlog_message *uavlog_batch_message(const struct uavlog_batch *batch) {
  return message_public(batch_of(batch)->message);
}
EXPORTED uint32_t uavlog_batch_rows(const struct uavlog_batch *batch) {
  return batch_of(batch)->rows;
}
EXPORTED const int64_t *uavlog_batch_times_us(const struct uavlog_batch *batch) {
  return batch_of(batch)->time_us;
}

static const struct column *column_at(const struct uavlog_batch *batch, uint16_t field) {
  return field < batch_of(batch)->message->field_count ? &batch_of(batch)->columns[field] : NULL;
}

EXPORTED const void *uavlog_batch_values(const struct uavlog_batch *batch, uint16_t field, enum uavlog_type type) {
  const struct column *column = column_at(batch, field);
  return column && (int)column->field->type == (int)type ? column->values : NULL;
}

EXPORTED const uint64_t *uavlog_batch_valid(const struct uavlog_batch *batch, uint16_t field) {
  const struct column *column = column_at(batch, field);
  return column ? column->valid : NULL;
}

/* Element `element` of the column's first row; the next row's is `count` further on. */
#define FILL(type)                                                                                                     \
  for (uint32_t row = 0; row < rows; row++)                                                                            \
    out[row] = (double)((const type *)column->values)[(size_t)row * column->field->count + element];                   \
  break

static void fill_doubles(const struct column *column, uint16_t element, uint32_t rows, double *out) {
  switch (column->field->type) {
  case COLUMN_BOOL:
  case COLUMN_U8:
    FILL(uint8_t);
  case COLUMN_I8:
    FILL(int8_t);
  case COLUMN_I16:
    FILL(int16_t);
  case COLUMN_U16:
    FILL(uint16_t);
  case COLUMN_I32:
    FILL(int32_t);
  case COLUMN_U32:
    FILL(uint32_t);
  case COLUMN_I64:
  case COLUMN_TIME:
    FILL(int64_t);
  case COLUMN_U64:
    FILL(uint64_t);
  case COLUMN_F32:
    FILL(float);
  case COLUMN_F64:
    FILL(double);
  default:
    for (uint32_t row = 0; row < rows; row++)
      out[row] = NAN;
  }
}

EXPORTED void uavlog_batch_doubles(const struct uavlog_batch *batch, uint16_t field, uint16_t element, double *out) {
  const struct column *column = column_at(batch, field);
  uint32_t rows = batch_of(batch)->rows;
  if (!column || element >= column->field->count) {
    for (uint32_t row = 0; row < rows; row++)
      out[row] = NAN;
    return;
  }
  fill_doubles(column, element, rows, out);
  if (column->field->scale != 1)
    for (uint32_t row = 0; row < rows; row++)
      out[row] *= column->field->scale;
  if (column->valid)
    for (uint32_t row = 0; row < rows; row++)
      if (!column_is_valid(column, row))
        out[row] = NAN;
}

EXPORTED int uavlog_has_value(const struct uavlog_batch *batch, uint16_t field, uint32_t row) {
  const struct column *column = column_at(batch, field);
  return column && row < batch_of(batch)->rows && column_is_valid(column, row);
}

EXPORTED double uavlog_get_double(const struct uavlog_batch *batch, uint16_t field, uint32_t row, uint16_t element) {
  return uavlog_has_value(batch, field, row) ? column_element(column_at(batch, field), row, element) : NAN;
}

EXPORTED int64_t uavlog_get_int(const struct uavlog_batch *batch, uint16_t field, uint32_t row, uint16_t element) {
  if (!uavlog_has_value(batch, field, row))
    return 0;
  struct column column = *column_at(batch, field);
  if (element >= column.field->count || !column_type_is_number(column.field->type))
    return 0;
  column.values = (uint8_t *)column.values + element * column_type_size(column.field->type);
  return column_i64(&column, row);
}

EXPORTED struct uavlog_text uavlog_get_text(const struct uavlog_batch *batch, uint16_t field, uint32_t row) {
  if (!uavlog_has_value(batch, field, row))
    return (struct uavlog_text){"", 0};
  struct text text = column_text(column_at(batch, field), row);
  return (struct uavlog_text){text.data, text.size};
}
