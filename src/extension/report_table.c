/* report_table: a table function over the reports of logs. */
#include "extension/report_table.h"

#include "extension/vector.h"

#include <stdlib.h>

struct report_bind {
  struct log_set *set;
  const struct report_table *table;
};

struct report_global {
  idx_t *columns;
  idx_t column_count;
};

struct report_local {
  struct log_cursor cursor;
  uint64_t row;
};

static bool is_wanted(void *context, const struct message *message) {
  (void)context, (void)message;
  return false;
}

static void add_column(duckdb_bind_info info, const char *name, duckdb_type type) {
  duckdb_logical_type logical = duckdb_create_logical_type(type);
  duckdb_bind_add_result_column(info, name, logical);
  duckdb_destroy_logical_type(&logical);
}

static void bind_free(void *data) {
  log_set_free(((struct report_bind *)data)->set);
}

static void bind(duckdb_bind_info info) {
  struct log_set *set;
  if (!log_set_bind(info, &set))
    return;
  const struct log_function_info *own = duckdb_bind_get_extra_info(info);
  struct report_bind *bind = arena_alloc(set->arena, sizeof *bind);
  *bind = (struct report_bind){set, own->table};
  add_column(info, "filename", DUCKDB_TYPE_VARCHAR);
  for (uint32_t i = 0; i < own->table->column_count; i++)
    add_column(info, own->table->columns[i].name, own->table->columns[i].type);
  duckdb_bind_set_bind_data(info, bind, bind_free);
}

static void global_free(void *data) {
  free(((struct report_global *)data)->columns);
  free(data);
}

static void init(duckdb_init_info info) {
  struct report_bind *bind = duckdb_init_get_bind_data(info);
  struct report_global *global = memory_new(sizeof *global);
  global->column_count = duckdb_init_get_column_count(info);
  global->columns = memory_new(MAX(global->column_count, (idx_t)1) * sizeof *global->columns);
  for (idx_t i = 0; i < global->column_count; i++)
    global->columns[i] = duckdb_init_get_column_index(info, i);
  atomic_store(&bind->set->next, 0);
  duckdb_init_set_max_threads(info, bind->set->count);
  duckdb_init_set_init_data(info, global, global_free);
}

static void local_free(void *data) {
  log_cursor_close(&((struct report_local *)data)->cursor);
  free(data);
}

static void init_local(duckdb_init_info info) {
  struct report_bind *bind = duckdb_init_get_bind_data(info);
  struct report_local *local = memory_new(sizeof *local);
  local->cursor.set = bind->set;
  duckdb_init_set_init_data(info, local, local_free);
}

/* Opens the next log and reads it to its end. */
static enum status read_next(struct report_local *local, bool *ret_more, struct error *error) {
  struct decode_options options = {.wanted = is_wanted};
  const struct batch *batch;
  local->row = 0;
  TRY(log_cursor_next(&local->cursor, &options, ret_more, error));
  if (!*ret_more)
    return STATUS_OK;
  do {
    enum status status = decode_next(local->cursor.decode, &batch, error);
    if (status != STATUS_OK)
      return error_prefix(error, "%s", local->cursor.name);
  } while (batch);
  return STATUS_OK;
}

static void set_value(duckdb_vector vector, idx_t at, duckdb_type type, const struct report_value *value) {
  void *data = duckdb_vector_get_data(vector);
  if (!value->is_known)
    vector_set_null(vector, at);
  else if (type == DUCKDB_TYPE_VARCHAR)
    vector_set_text(vector, at, text_of(value->text));
  else if (type == DUCKDB_TYPE_DOUBLE)
    ((double *)data)[at] = value->real;
  else
    ((int64_t *)data)[at] = value->number;
}

/* False behind the last row of the present log. */
static bool fill_row(const struct report_bind *bind, const struct report_global *global, struct report_local *local,
                     duckdb_data_chunk chunk, idx_t at) {
  struct report_value value = {0};
  if (!local->cursor.decode)
    return false;
  const struct decode_report *report = decode_get_report(local->cursor.decode);
  if (!bind->table->value(report, local->row, 0, &value))
    return false;
  for (idx_t i = 0; i < global->column_count; i++) {
    idx_t column = global->columns[i];
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    if (column == 0) {
      vector_set_text(vector, at, text_of(local->cursor.name));
    } else if (column - 1 < bind->table->column_count) {
      value = (struct report_value){0};
      bind->table->value(report, local->row, (uint32_t)column - 1, &value);
      set_value(vector, at, bind->table->columns[column - 1].type, &value);
    }
  }
  local->row++;
  return true;
}

static void read_rows(duckdb_function_info info, duckdb_data_chunk chunk) {
  struct report_bind *bind = duckdb_function_get_bind_data(info);
  struct report_local *local = duckdb_function_get_local_init_data(info);
  idx_t size = duckdb_vector_size(), at = 0;
  bool more = true;
  while (at < size && more) {
    if (fill_row(bind, duckdb_function_get_init_data(info), local, chunk, at)) {
      at++;
      continue;
    }
    struct error error;
    if (read_next(local, &more, &error) != STATUS_OK) {
      duckdb_function_set_error(info, error.text);
      return;
    }
  }
  duckdb_data_chunk_set_size(chunk, at);
}

duckdb_table_function report_table_function(const struct report_table *table) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_table_function_set_name(function, table->name);
  duckdb_table_function_add_parameter(function, text);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_local_init(function, init_local);
  duckdb_table_function_set_function(function, read_rows);
  duckdb_table_function_supports_projection_pushdown(function, true);
  duckdb_destroy_logical_type(&text);
  return function;
}
