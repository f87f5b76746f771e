/* format: results written as text or files: table, csv, json, jsonl, parquet.
 *
 * One form is one const struct in a file of its own, registered by its name in meson.build. Whoever has columns can use
 * them, not only queries:
 *
 *   struct result_output output = result_output_file(stdout);
 *   struct result_writer *writer;
 *   TRY(result_writer_open("csv", &output, &writer, error));
 *   … warehouse_query(warehouse, sql, NULL, 0, result_writer_sink(writer), error) …
 *   … result_writer_finish(writer, &rows, error) …
 *   result_writer_free(writer); */
#ifndef UAVLAKE_FORMAT_H
#define UAVLAKE_FORMAT_H

#include "warehouse/warehouse.h"

#include <stdio.h>

struct result_output {
  /* Where text goes. */
  enum status (*write)(void *context, const void *data, size_t size, struct error *error);
  void *context;
  const char *path;   /* where a file of bytes goes (parquet) */
  uint32_t width;     /* table: columns of the terminal, 0 no limit */
  uint64_t row_limit; /* table: most rows shown; 0: 1000 */
};
struct result_output result_output_file(FILE *file);

struct result_writer {
  const struct result_format *format;
  struct result_output output;
  struct result_sink sink;
  struct buffer text; /* what a form wrote and is not handed on yet */
  void *state;        /* the form's own */
  uint64_t rows;
  bool begun;
};

/* One form. Text is put into writer->text, which the frame empties. */
struct result_format {
  const char *name, *about;
  const char *media_type; /* for HTTP */
  bool needs_path;
  enum status (*begin)(struct result_writer *writer, const struct field *fields, uint16_t count, struct error *error);
  enum status (*rows)(struct result_writer *writer, const struct column *columns, uint32_t rows, struct error *error);
  enum status (*finish)(struct result_writer *writer, struct error *error);
  void (*free)(struct result_writer *writer); /* the state; may be NULL */
};
extern const struct result_format *const result_format_list[];    /* NULL at the end */
const struct result_format *result_format_find(const char *name); /* NULL: no such form */

/* STATUS_SETTINGS names the known forms where `format` isn't one, or says that a path is missing. */
must_check enum status result_writer_open(const char *format, const struct result_output *output,
                                          struct result_writer **ret_writer, struct error *error);
/* For warehouse_query; lives as long as the writer. */
const struct result_sink *result_writer_sink(struct result_writer *writer);
/* Writes what is left. ret_rows may be NULL. */
must_check enum status result_writer_finish(struct result_writer *writer, uint64_t *ret_rows, struct error *error);
void result_writer_free(struct result_writer *writer);
static inline void result_writer_scope_end(struct result_writer **writer) {
  result_writer_free(*writer);
}

/* For the forms: the value as text, nothing for null; numbers in the shortest form that reads back the same. */
void format_cell(struct buffer *out, const struct column *column, uint32_t row);
/* The value as JSON under `name`. */
struct json_writer;
void format_json_cell(struct json_writer *json, const char *name, const struct column *column, uint32_t row);

#endif
