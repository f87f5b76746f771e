/* result: what query, cat and export share: the form asked for, and where it goes. */
#ifndef UAVLAKE_RESULT_H
#define UAVLAKE_RESULT_H

#include "command/command.h"
#include "warehouse/format.h"

#define RESULT_OPTIONS                                                                                                 \
  {"format", 'f', "FORM", "table, csv, json (one array), jsonl (one object a line) or parquet"}, {                     \
    "output", 'o', "FILE", "write to this file (needed for parquet)"                                                   \
  }

/* Opens the writer that --format and --output ask for (`usual` where --format isn't given; jsonl with --json).
 * *ret_file is the file to be closed by result_close, NULL for standard output. */
must_check enum status result_open(struct invocation *in, const char *usual, struct result_writer **ret_writer,
                                   FILE **ret_file, struct error *error);
/* Finishes the writer and the file; frees both also where `status` is a failure already, which is then handed on. */
must_check enum status result_close(struct result_writer *writer, FILE *file, enum status status, struct error *error);

#endif
