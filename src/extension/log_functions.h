/* log_functions: logs as tables in SQL, without taking them in.
 *
 *   read_uavlog(log, message)   one message type's rows: FROM read_uavlog('flights/f01.bin', 'ATT', filename := true)
 *   uavlog_messages(log)        a row for each message type
 *   uavlog_fields(log)          a row for each field of each message type
 *   uavlog_damage(log)          a row for each damaged stretch
 *
 * `log` is a path or a shell pattern; logs of one pattern are read by several threads. */
#ifndef UAVLAKE_LOG_FUNCTIONS_H
#define UAVLAKE_LOG_FUNCTIONS_H

#include "extension/duckdb_api.h"
#include "extension/log_access.h"

/* Registers all functions. The access must outlive the database. */
duckdb_state log_functions_register(duckdb_connection connection, const struct log_access *access);

/* In-process: fills the table of DuckDB's functions from a library. NULL, or the name that `find` doesn't know. Call
 * once before log_functions_register. */
const char *log_functions_bind(void *(*find)(void *context, const char *name), void *context);
/* In-process: FROM 'x.bin' means uavlog_messages('x.bin'), FROM 'x.bin#ATT' means read_uavlog('x.bin', 'ATT'). */
void log_functions_replace(duckdb_database database);

struct report_table;
extern const struct report_table uavlog_messages_table, uavlog_fields_table, uavlog_damage_table;

/* What a function gets as its extra info. */
struct log_function_info {
  const struct log_access *access;
  const struct report_table *table; /* NULL: read_uavlog */
};
duckdb_table_function read_uavlog_function(void);

#endif
