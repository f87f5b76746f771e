/* duckdb_engine: one in-memory DuckDB, locked down, and queries on it. Knows nothing of the lake. */
#ifndef UAVLAKE_DUCKDB_ENGINE_H
#define UAVLAKE_DUCKDB_ENGINE_H

#include "warehouse/duckdb_library.h"
#include "warehouse/warehouse.h"

struct engine;

struct engine_options {
  uint32_t threads;              /* 0: all */
  uint64_t memory_limit;         /* bytes */
  const char *read_folder;       /* the only folder that queries may read; absolute */
  const char *spill_folder;      /* for what doesn't fit into memory; exists */
  const struct log_access *logs; /* NULL: queries read no logs */
};

must_check enum status engine_open(const struct engine_options *options, struct engine **ret_engine,
                                   struct error *error);
void engine_close(struct engine *engine);
/* Our own statements (views, tables). */
must_check enum status engine_run(struct engine *engine, const char *sql, struct error *error);

/* Fills a table of text columns. */
struct engine_appender;
must_check enum status engine_append_begin(struct engine *engine, const char *table,
                                           struct engine_appender **ret_appender, struct error *error);
must_check enum status engine_append(struct engine_appender *appender, const char *const *values, uint32_t count,
                                     struct error *error);
/* Frees; failed rows are reported here too. */
must_check enum status engine_append_end(struct engine_appender *appender, struct error *error);

/* What stops a query: a flag of the caller's and a deadline. */
struct engine_limits {
  double timeout_s;
  const volatile bool *cancel;
};
/* A query in three steps, so that the caller may hold a lock during the first. */
struct engine_query;
/* Connects, checks that it is one statement that only reads, and binds it. `sql` is copied where needed. */
must_check enum status engine_prepare(struct engine *engine, const char *sql, const char *const *parameters,
                                      uint32_t parameter_count, struct engine_query **ret_query, struct error *error);
must_check enum status engine_stream(struct engine_query *query, const struct engine_limits *limits,
                                     const struct result_sink *sink, struct error *error);
void engine_query_free(struct engine_query *query);
static inline void engine_query_scope_end(struct engine_query **query) {
  engine_query_free(*query);
}

/* duckdb_result: types and chunks → columns. */
struct duckdb_columns;
/* The column type of a result's type that is handed on as it is; COLUMN_TYPE_COUNT for those that the query must cast.
 */
enum column_type duckdb_column_kind(duckdb_type type);
/* Describes the columns of a result; the result outlives it. */
struct duckdb_columns *duckdb_columns_new(const struct duckdb_library *api, duckdb_result *result);
void duckdb_columns_free(struct duckdb_columns *columns);
const struct field *duckdb_columns_fields(const struct duckdb_columns *columns, uint16_t *ret_count);
/* Views of one chunk's values; valid as long as the chunk and until the next call. */
const struct column *duckdb_columns_take(struct duckdb_columns *columns, duckdb_data_chunk chunk, uint32_t *ret_rows);

#endif
