/* log_functions: registers the table functions. */
#include "extension/log_functions.h"

#include "extension/report_table.h"

#include <stdlib.h>

static const struct report_table *const report_tables[] = {
    NULL, /* read_uavlog */
    &uavlog_messages_table,
    &uavlog_fields_table,
    &uavlog_damage_table,
};

static duckdb_state register_one(duckdb_connection connection, const struct log_access *access,
                                 const struct report_table *table) {
  duckdb_table_function function = table ? report_table_function(table) : read_uavlog_function();
  struct log_function_info *info = memory_new(sizeof *info);
  *info = (struct log_function_info){access, table};
  duckdb_table_function_set_extra_info(function, info, free);
  duckdb_state state = duckdb_register_table_function(connection, function);
  duckdb_destroy_table_function(&function);
  return state;
}

duckdb_state log_functions_register(duckdb_connection connection, const struct log_access *access) {
  duckdb_state state = DuckDBSuccess;
  for (size_t i = 0; i < ARRAY_COUNT(report_tables) && state == DuckDBSuccess; i++)
    state = register_one(connection, access, report_tables[i]);
  return state;
}
