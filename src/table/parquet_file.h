/* parquet_file: what commit needs of the Parquet writer beyond table.h: many open files that share one set of scratch
 * buffers, hold no file descriptor while they wait, and are made durable together. */
#ifndef UAVLAKE_PARQUET_FILE_H
#define UAVLAKE_PARQUET_FILE_H

#include "table/table.h"

/* Compressor and scratch memory, used by one writer at a time. */
struct parquet_tools;
struct parquet_tools *parquet_tools_new(void);
void parquet_tools_free(struct parquet_tools *tools);

/* As parquet_create, with the caller's tools (which outlive the writer) and temporary name. The file is created when
 * the first row group is written, and is closed between row groups. */
must_check enum status parquet_create_waiting(struct parquet_tools *tools, const char *path, const char *temporary,
                                              const struct field *fields, uint16_t field_count,
                                              const int32_t *field_ids, const struct parquet_metadata *metadata,
                                              uint32_t metadata_count, struct parquet_writer **ret_writer,
                                              struct error *error);
/* Ends the row group, writes it and gives its memory back. */
must_check enum status parquet_flush(struct parquet_writer *writer, struct error *error);
/* Memory that the writer's waiting rows take. */
size_t parquet_waiting_bytes(const struct parquet_writer *writer);
/* parquet_finish without waiting for the disk: the caller syncs. */
must_check enum status parquet_finish_unsynced(struct parquet_writer *writer, uint64_t *ret_bytes, uint64_t *ret_rows,
                                               struct error *error);

#endif
