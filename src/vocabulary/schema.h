/* schema: the lake's tables and columns, declared once (columns.tsv, embedded at build time).
 *
 * Parquet, DuckDB views, Redshift DDL, the data dictionary and the API documents are generated from it. Sample tables
 * (has_time) begin with the key columns flight_id, log_id, vehicle, time (UTC µs) and t_s (seconds from take-off; from
 * the log's start where there was no take-off); the others begin with what columns.tsv says. */
#ifndef UAVLAKE_SCHEMA_H
#define UAVLAKE_SCHEMA_H

#include "base/column.h"

struct table {
  const char *name; /* "attitude" */
  const char *about;
  const struct field *columns; /* own columns only, without the keys; name, type, unit */
  const char *const *abouts;   /* meaning of each column, frame and sign in it */
  uint16_t column_count;
  uint16_t index; /* 0 … table_count() - 1 */
  bool has_time;  /* a sample table: rows carry the key columns */
};

/* Parses the embedded declaration at the first call; thread-safe. */
const struct table *schema_tables(uint16_t *ret_count);
const struct table *schema_find(const char *name);              /* NULL: no such table */
int schema_column(const struct table *table, const char *name); /* -1: no such column */

/* The key columns of sample tables, in this order. */
enum { KEY_FLIGHT_ID, KEY_LOG_ID, KEY_VEHICLE, KEY_TIME, KEY_T_S, KEY_COUNT };
extern const struct field schema_keys[KEY_COUNT];

/* Rows of one sample table as the mapping makes them: own columns only, still on the log's clock.
 * A column whose values are NULL is null in every row. Valid during the callback only. */
struct rows {
  const struct table *table;
  uint32_t count;
  const int64_t *log_us;        /* log clock of each row; TIME_NONE unknown */
  const struct column *columns; /* table->column_count */
};
typedef enum status (*rows_fn)(void *context, const struct rows *rows, struct error *error);

#endif
