/* duckdb_api: DuckDB's functions as an extension sees them: each name goes through one table of pointers.
 *
 * The loadable extension gets the table from the DuckDB that loads it (entry.c); the program fills it from the library
 * that it opened (program.c). So the same sources serve both. Version 1.2 of the C extension API is the oldest that has
 * all that is used here; every later DuckDB provides it. */
#ifndef UAVLAKE_DUCKDB_API_H
#define UAVLAKE_DUCKDB_API_H

#define DUCKDB_EXTENSION_NAME uavlake
#define DUCKDB_EXTENSION_API_VERSION_MAJOR 1
#define DUCKDB_EXTENSION_API_VERSION_MINOR 2
#define DUCKDB_EXTENSION_API_VERSION_PATCH 0

/* The header declares functions without arguments as C++ does. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <duckdb_extension.h>
#pragma GCC diagnostic pop

extern duckdb_ext_api_v1 duckdb_ext_api;

#endif
