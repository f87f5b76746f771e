/* format_parquet: a Parquet file, by the lake's own writer. Columns of the same name get a number, as Parquet columns
 * are found by name. */
#include "warehouse/format.h"

#include "table/table.h"

#include <stdlib.h>

struct parquet_state {
  struct parquet_writer *writer;
  struct arena *names;
};

static bool is_taken(const struct field *fields, uint16_t count, const char *name) {
  for (uint16_t i = 0; i < count; i++)
    if (strcmp(fields[i].name, name) == 0)
      return true;
  return false;
}

static enum status parquet_begin(struct result_writer *writer, const struct field *fields, uint16_t count,
                                 struct error *error) {
  struct parquet_state *state = writer->state = memory_new(sizeof *state);
  state->names = arena_new(0);
  struct field *own = arena_alloc_array(state->names, count + 1u, sizeof *own);
  for (uint16_t i = 0; i < count; i++) {
    own[i] = fields[i];
    for (unsigned number = 2; is_taken(own, i, own[i].name); number++)
      own[i].name = arena_format(state->names, "%s_%u", fields[i].name, number);
  }
  return parquet_create(writer->output.path, own, count, NULL, NULL, 0, &state->writer, error);
}

static enum status parquet_add(struct result_writer *writer, const struct column *columns, uint32_t rows,
                               struct error *error) {
  struct parquet_state *state = writer->state;
  return parquet_rows(state->writer, columns, rows, error);
}

static enum status parquet_end(struct result_writer *writer, struct error *error) {
  struct parquet_state *state = writer->state;
  return parquet_finish(state->writer, NULL, NULL, error);
}

static void parquet_release(struct result_writer *writer) {
  struct parquet_state *state = writer->state;
  if (!state)
    return;
  parquet_free(state->writer);
  arena_free(state->names);
  free(state);
}

const struct result_format format_parquet = {
    .name = "parquet",
    .about = "a Parquet file (zstd)",
    .media_type = "application/vnd.apache.parquet",
    .needs_path = true,
    .begin = parquet_begin,
    .rows = parquet_add,
    .finish = parquet_end,
    .free = parquet_release,
};
