/* single_row: see single_row.h. */
#include "decode/single_row.h"

#include <assert.h>
#include <math.h>

enum status single_row_begin(struct decode *d, struct single_row *row, const char *name, const struct field *fields,
                             uint16_t count, struct error *error) {
  assert(count <= SINGLE_ROW_COLUMNS_MAX);
  row->message = decode_define_message(d, name, 0, fields, count);
  row->builder = row->message ? batch_builder_new(d, row->message, 1) : NULL;
  if (!row->builder)
    return error_set(error, STATUS_LIMIT, "the row '%s' does not fit %zu bytes of memory; raise the limit", name,
                     d->options.memory_limit);
  for (uint16_t i = 0; i < count; i++) {
    row->builder->columns[i].valid = &row->valid[i];
    if (fields[i].type == COLUMN_TEXT)
      *(struct text *)row->builder->columns[i].values = TEXT("");
  }
  return STATUS_OK;
}

static void *cell(struct single_row *row, uint16_t column, enum column_type type) {
  assert(row->message->fields[column].type == type);
  (void)type;
  row->valid[column] = 1;
  return row->builder->columns[column].values;
}

void single_row_text(struct single_row *row, uint16_t column, struct text value) {
  if (value.size)
    *(struct text *)cell(row, column, COLUMN_TEXT) = value;
}

void single_row_double(struct single_row *row, uint16_t column, double value) {
  if (isfinite(value))
    *(double *)cell(row, column, COLUMN_F64) = value;
}

void single_row_count(struct single_row *row, uint16_t column, uint64_t value) {
  enum column_type type = row->message->fields[column].type;
  if (!value)
    return;
  if (type == COLUMN_U64)
    *(uint64_t *)cell(row, column, type) = value;
  else if (type == COLUMN_U32)
    *(uint32_t *)cell(row, column, type) = (uint32_t)MIN(value, (uint64_t)UINT32_MAX);
  else
    *(int32_t *)cell(row, column, COLUMN_I32) = (int32_t)MIN(value, (uint64_t)INT32_MAX);
}

void single_row_time(struct single_row *row, uint16_t column, int64_t value) {
  if (value != TIME_NONE)
    *(int64_t *)cell(row, column, COLUMN_TIME) = value;
}

void single_row_bool(struct single_row *row, uint16_t column, bool value) {
  *(uint8_t *)cell(row, column, COLUMN_BOOL) = value;
}

const struct batch *single_row_give(struct decode *d, struct single_row *row, int64_t time_us) {
  d->report.records++;
  row->message->count = 1;
  row->message->first_us = row->message->last_us = time_us;
  row->builder->time_us[0] = time_us;
  row->builder->batch.rows = 1;
  return row->message->wanted ? &row->builder->batch : NULL;
}
