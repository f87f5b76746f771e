/* entry: where DuckDB enters the loadable extension: LOAD 'uavlake.duckdb_extension'. */
#include "extension/log_functions.h"

/* The macro defines a function that it does not declare, and casts a const away. */
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
DUCKDB_EXTENSION_ENTRYPOINT(duckdb_connection connection, duckdb_extension_info info,
                            struct duckdb_extension_access *access) {
  if (log_functions_register(connection, &log_access_files) == DuckDBSuccess)
    return true;
  access->set_error(info, "uavlake's functions can't be registered: are they loaded already?");
  return false;
}
