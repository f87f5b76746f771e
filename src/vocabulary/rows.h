/* rows: picking columns and values out of struct rows. */
#ifndef UAVLAKE_ROWS_H
#define UAVLAKE_ROWS_H

#include "vocabulary/schema.h"

#include <math.h>

/* The column, or NULL where the table has none of that name or all its values are null. */
static inline const struct column *rows_column(const struct rows *rows, const char *name) {
  int index = schema_column(rows->table, name);
  return index >= 0 && rows->columns[index].values ? &rows->columns[index] : NULL;
}

/* NAN for a null value and for no column. */
static inline double rows_number(const struct column *column, uint32_t row) {
  return column ? column_double(column, row) : NAN;
}

static inline bool rows_are_of(const struct rows *rows, const char *table) {
  return strcmp(rows->table->name, table) == 0;
}

#endif
