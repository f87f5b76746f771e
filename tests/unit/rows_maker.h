/* rows_maker: rows of a table of the lake made by hand, for tests of what reads rows. */
#ifndef UAVLAKE_ROWS_MAKER_H
#define UAVLAKE_ROWS_MAKER_H

#include "unit.h"

#include "vocabulary/schema.h"

#define ROWS_MADE_MAX 64u
#define COLUMNS_MADE_MAX 96u

/* A batch being filled: one row after the other, NAN for null; handed to `feed` when full or ended. */
struct rows_maker {
  const struct table *table;
  void (*feed)(void *context, const struct rows *rows);
  void *context;
  struct rows rows;
  int64_t log_us[ROWS_MADE_MAX];
  struct column columns[COLUMNS_MADE_MAX];
  uint64_t valid[COLUMNS_MADE_MAX];
  uint64_t values[COLUMNS_MADE_MAX][ROWS_MADE_MAX * sizeof(struct text) / 8];
};

static inline struct rows_maker *rows_begin(const char *table, void (*feed)(void *context, const struct rows *rows),
                                            void *context) {
  struct rows_maker *maker = calloc(1, sizeof *maker);
  maker->table = schema_find(table);
  maker->feed = feed;
  maker->context = context;
  assert_non_null(maker->table);
  assert_true(maker->table->column_count <= COLUMNS_MADE_MAX);
  return maker;
}

static inline void rows_flush(struct rows_maker *maker) {
  maker->rows.table = maker->table;
  maker->rows.log_us = maker->log_us;
  maker->rows.columns = maker->columns;
  if (maker->rows.count)
    maker->feed(maker->context, &maker->rows);
  maker->rows.count = 0;
  memset(maker->columns, 0, sizeof maker->columns);
  memset(maker->valid, 0, sizeof maker->valid);
}

static inline void rows_end(struct rows_maker *maker) {
  rows_flush(maker);
  free(maker);
}

static inline void rows_row(struct rows_maker *maker, double time_s) {
  if (maker->rows.count == ROWS_MADE_MAX)
    rows_flush(maker);
  maker->log_us[maker->rows.count++] = (int64_t)(time_s * 1e6);
}

/* A column of the row that was begun last. */
static inline struct column *rows_cell(struct rows_maker *maker, const char *name, uint32_t *ret_row) {
  int index = schema_column(maker->table, name);
  assert_true(index >= 0);
  struct column *column = &maker->columns[index];
  column->field = &maker->table->columns[index];
  column->values = maker->values[index];
  column->valid = &maker->valid[index];
  *ret_row = maker->rows.count - 1;
  maker->valid[index] |= UINT64_C(1) << *ret_row;
  return column;
}

static inline void rows_set(struct rows_maker *maker, const char *name, double value) {
  uint32_t row;
  if (isnan(value))
    return;
  struct column *column = rows_cell(maker, name, &row);
  switch (column->field->type) {
  case COLUMN_F32:
    ((float *)column->values)[row] = (float)value;
    break;
  case COLUMN_F64:
    ((double *)column->values)[row] = value;
    break;
  case COLUMN_I32:
    ((int32_t *)column->values)[row] = (int32_t)value;
    break;
  case COLUMN_I64:
    ((int64_t *)column->values)[row] = (int64_t)value;
    break;
  case COLUMN_BOOL:
    ((uint8_t *)column->values)[row] = value != 0;
    break;
  default:
    fail_msg("%s: a type that the maker does not know", name);
  }
}

static inline void rows_set_text(struct rows_maker *maker, const char *name, const char *value) {
  uint32_t row;
  struct column *column = rows_cell(maker, name, &row);
  ((struct text *)column->values)[row] = text_of(value);
}

#endif
