/* table: rows → immutable Parquet files, and their commit.
 *
 * A commit writes one file a table, vehicle and date: tables/<table>/uav=<vehicle>/date=<YYYY-MM-DD>/<commit>.parquet.
 * Files are written under a temporary name (".tmp-<commit>-…"), renamed when whole and durable, and become visible only
 * when the catalogue's collection `table_files` names them, in the same transaction that moves the logs on to `loaded`.
 * Readers take the list from there and never see half a batch. */
#ifndef UAVLAKE_TABLE_H
#define UAVLAKE_TABLE_H

#include "catalog/catalog.h"
#include "vocabulary/schema.h"

/* The id of a column inside the files: made from its name, so that it stays when columns are added or moved. Readers
 * find columns by it; a file without the id has nulls there. */
int32_t table_field_id(const char *name);

struct commit;

/* root: the lake's folder. id: unique; "c" + time in hex + random. */
must_check enum status commit_begin(const char *root, struct commit **ret_commit, struct error *error);
const char *commit_id(const struct commit *commit);
/* Takes rows with all columns: for sample tables the keys first (schema_keys), then the table's own; for the others the
 * own columns. vehicle and date choose the file. Columns with NULL values are null. Copies what it needs. Bounded
 * memory: row groups are encoded when enough rows are there. */
must_check enum status commit_rows(struct commit *commit, const struct table *table, const char *vehicle,
                                   const char *date, const struct column *columns, uint32_t rows, struct error *error);
/* Finishes and renames all files, durable. Then the caller puts them into the catalogue with commit_register inside its
 * transaction. */
must_check enum status commit_finish(struct commit *commit, struct error *error);
/* Puts one document a file into table_files: {table, vehicle, date, commit, path (relative to root), rows, bytes,
 * sha256, logs:[ids]} under its path as id. logs: those whose rows the file holds, where the table has a column log_id; else
 * all of log_ids. */
must_check enum status commit_register(struct commit *commit, struct catalog *catalog, const char *const *log_ids,
                                       uint32_t log_count, struct error *error);
/* Frees; files that were not registered are removed. */
void commit_free(struct commit *commit);
static inline void commit_scope_end(struct commit **commit) {
  commit_free(*commit);
}
/* Removes Parquet and temporary files under root/tables that the catalogue does not name (after a crash). Only under
 * the lake's lock. ret_removed may be NULL. */
must_check enum status table_clean(const char *root, struct catalog *catalog, uint64_t *ret_removed,
                                   struct error *error);

/* parquet: one file, streaming. Used by commit and by export. */
struct parquet_writer;
struct parquet_metadata {
  const char *key, *value;
};
/* Flat schema of fields, all optional. field_ids: Iceberg ids, NULL: 1, 2, …. The file appears under `path` only at
 * finish. */
must_check enum status parquet_create(const char *path, const struct field *fields, uint16_t field_count,
                                      const int32_t *field_ids, const struct parquet_metadata *metadata,
                                      uint32_t metadata_count, struct parquet_writer **ret_writer, struct error *error);
must_check enum status parquet_rows(struct parquet_writer *writer, const struct column *columns, uint32_t rows,
                                    struct error *error);
must_check enum status parquet_finish(struct parquet_writer *writer, uint64_t *ret_bytes, uint64_t *ret_rows,
                                      struct error *error);
void parquet_free(struct parquet_writer *writer); /* an unfinished file is removed */

#endif
