/* row_values: reading single values out of rows, for everything that looks at the lake's tables by column name. */
#ifndef UAVLAKE_ROW_VALUES_H
#define UAVLAKE_ROW_VALUES_H

#include "vocabulary/schema.h"

#include <math.h>

/* The column, or NULL where these rows have no values in it. */
static inline const struct column *rows_column(const struct rows *rows, const char *name) {
  int index = schema_column(rows->table, name);
  return index >= 0 && rows->columns[index].values ? &rows->columns[index] : NULL;
}

/* NAN where there is no column or no value. */
static inline double rows_number(const struct column *column, uint32_t row) {
  return column ? column_double(column, row) : NAN;
}

static inline bool rows_are_of(const struct rows *rows, const char *table) {
  return strcmp(rows->table->name, table) == 0;
}

/* The sensor number of a row: column `instance`, 0 where there is none. */
static inline uint32_t rows_instance(const struct column *instance, uint32_t row) {
  double value = rows_number(instance, row);
  return value > 0 && value < 256 ? (uint32_t)value : 0;
}

#endif
