/* warehouse: SQL over the lake's tables.
 *
 * Embedded: DuckDB over the Parquet files that the catalogue names. Every table of the schema can be named, also when
 * it has no file yet; the catalogue's documents are tables too: logs, flights, vehicles, findings, features, quality,
 * damage, maintenance, each with the whole object in the column `document` (those that list the elements of an array,
 * features, quality and damage, without). Read-only: one SELECT, no access to other files, no settings, no attaching.
 * Thread-safe. Results are written by format.h. */
#ifndef UAVLAKE_WAREHOUSE_H
#define UAVLAKE_WAREHOUSE_H

#include "catalog/catalog.h"
#include "extension/log_access.h"
#include "vocabulary/schema.h"

struct warehouse;

struct warehouse_options {
  uint32_t threads;              /* 0: all */
  uint64_t memory_limit;         /* bytes, 0: 1 GiB */
  double timeout_s;              /* 0: none; then STATUS_CANCELLED */
  const volatile bool *cancel;   /* may be NULL */
  const struct log_access *logs; /* which logs read_uavlog and its like may read; NULL: there are no such functions */
};

must_check enum status warehouse_open(const char *root, struct catalog *catalog,
                                      const struct warehouse_options *options, struct warehouse **ret_warehouse,
                                      struct error *error);
void warehouse_close(struct warehouse *warehouse);
static inline void warehouse_scope_end(struct warehouse **warehouse) {
  warehouse_close(*warehouse);
}
/* Looks again at the catalogue's list of files (after an add). */
must_check enum status warehouse_refresh(struct warehouse *warehouse, struct error *error);

/* Receives a result in pieces: `begin` once with the columns, `rows` for each chunk. Types are mapped to column types;
 * DECIMAL and HUGEINT to double, LIST/STRUCT/… to text (JSON). */
struct result_sink {
  void *context;
  enum status (*begin)(void *context, const struct field *fields, uint16_t field_count, struct error *error);
  enum status (*rows)(void *context, const struct column *columns, uint32_t rows, struct error *error);
};
/* One SELECT (or WITH, DESCRIBE, SHOW, EXPLAIN, SUMMARIZE). parameters: values for $1, $2, … as text, may be NULL. */
must_check enum status warehouse_query(struct warehouse *warehouse, const char *sql, const char *const *parameters,
                                       uint32_t parameter_count, const struct result_sink *sink, struct error *error);
/* Writers of results, for command and serve: table (aligned text), csv, json (one object a line), json array, parquet.
 */

#endif
