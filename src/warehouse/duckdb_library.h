/* duckdb_library: the functions of libduckdb that are used here, found when the first query comes.
 *
 * Decided by measurement: loading the 70 MB library costs 12 ms CPU (30–40 ms when every symbol is bound at once, as
 * linking against it does), more than 'uavlake logs' takes as a whole. So nothing links against it; commands without
 * SQL never load it. It is looked for where the build found it, in ../lib beside the program, and where the system
 * keeps libraries. */
#ifndef UAVLAKE_DUCKDB_LIBRARY_H
#define UAVLAKE_DUCKDB_LIBRARY_H

#include "base/status.h"

/* The library's header declares functions without arguments as C++ does. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <duckdb.h>
#pragma GCC diagnostic pop

/* Names without their prefix "duckdb_". */
#define DUCKDB_FUNCTIONS(USE)                                                                                          \
  USE(library_version)                                                                                                 \
  USE(create_config)                                                                                                   \
  USE(set_config)                                                                                                      \
  USE(destroy_config)                                                                                                  \
  USE(open_ext)                                                                                                        \
  USE(close)                                                                                                           \
  USE(connect)                                                                                                         \
  USE(disconnect)                                                                                                      \
  USE(interrupt)                                                                                                       \
  USE(free)                                                                                                            \
  USE(query)                                                                                                           \
  USE(destroy_result)                                                                                                  \
  USE(result_error)                                                                                                    \
  USE(column_count)                                                                                                    \
  USE(column_name)                                                                                                     \
  USE(column_type)                                                                                                     \
  USE(column_logical_type)                                                                                             \
  USE(destroy_logical_type)                                                                                            \
  USE(decimal_scale)                                                                                                   \
  USE(decimal_internal_type)                                                                                           \
  USE(extract_statements)                                                                                              \
  USE(extract_statements_error)                                                                                        \
  USE(prepare_extracted_statement)                                                                                     \
  USE(destroy_extracted)                                                                                               \
  USE(prepare_error)                                                                                                   \
  USE(prepared_statement_type)                                                                                         \
  USE(nparams)                                                                                                         \
  USE(bind_varchar)                                                                                                    \
  USE(bind_null)                                                                                                       \
  USE(destroy_prepare)                                                                                                 \
  USE(pending_prepared_streaming)                                                                                      \
  USE(pending_error)                                                                                                   \
  USE(execute_pending)                                                                                                 \
  USE(destroy_pending)                                                                                                 \
  USE(fetch_chunk)                                                                                                     \
  USE(destroy_data_chunk)                                                                                              \
  USE(data_chunk_get_size)                                                                                             \
  USE(data_chunk_get_vector)                                                                                           \
  USE(vector_get_data)                                                                                                 \
  USE(vector_get_validity)                                                                                             \
  USE(appender_create)                                                                                                 \
  USE(appender_error)                                                                                                  \
  USE(append_varchar)                                                                                                  \
  USE(appender_end_row)                                                                                                \
  USE(appender_destroy)

struct duckdb_library {
#define DUCKDB_MEMBER(name) __typeof__(duckdb_##name) *name;
  DUCKDB_FUNCTIONS(DUCKDB_MEMBER)
#undef DUCKDB_MEMBER
};

/* Loads the library at the first call; thread-safe. It stays loaded. */
must_check enum status duckdb_library_load(const struct duckdb_library **ret_library, struct error *error);

#endif
