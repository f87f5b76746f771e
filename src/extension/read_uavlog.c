/* read_uavlog: one message type's rows, of one log or of many.
 *
 * Columns: filename (asked for by filename := true), time_us (the log's clock: µs since boot, or since 1970 where the
 * log's stamps are UTC; NULL where a row has none), then the message's fields. Numbers come as pymavlink gives them,
 * with physical := true in the unit that uavlog_fields names. The columns are those of the first log that has the
 * message; with union_by_name := true those of all. A log whose message has other fields gives NULL for what it lacks.
 *
 * DuckDB tells which columns a query needs: only these are filled. Each thread decodes a log of its own. */
#include "extension/log_functions.h"

#include "extension/log_scan.h"
#include "extension/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum leading { LEADING_FILENAME, LEADING_TIME, LEADING_COUNT };
#define FIELDS_MAX 4096u
#define NAMES_SHOWN 12

struct read_bind {
  struct log_set *set;
  const char *message;
  enum vector_scale scale;
  bool filename;
  struct vector_target *targets; /* in the order of the columns, behind the leading ones */
  uint32_t target_count;
};

struct read_global {
  idx_t *columns; /* of the vectors: DuckDB's index of the result column */
  idx_t column_count;
};

struct read_local {
  struct log_cursor cursor;
  const struct batch *batch;
  uint32_t row;
  const struct message *mapped; /* what `sources` is for */
  int32_t *sources;             /* a target: index of the message's field, -1: it has none */
};

/* ---- bind: which columns ---- */

static bool is_wanted(void *context, const struct message *message) {
  return strcmp(message->name, context) == 0;
}

static void add_fields(struct read_bind *bind, const struct message *message) {
  for (uint32_t i = 0; i < message->field_count; i++) {
    const struct field *field = &message->fields[i];
    bool known = false;
    for (uint32_t k = 0; k < bind->target_count && !known; k++)
      known = strcmp(bind->targets[k].field->name, field->name) == 0;
    if (known || bind->target_count == FIELDS_MAX)
      continue;
    struct field *copy = arena_alloc(bind->set->arena, sizeof *copy);
    *copy = *field;
    copy->name = arena_copy_text(bind->set->arena, field->name);
    copy->unit = "";
    bind->targets[bind->target_count++] = (struct vector_target){copy, bind->scale, vector_factor(field, bind->scale)};
  }
}

/* The message's definition in an open log: of its first rows, else any that the log has. NULL: none. */
static enum status find_message(struct log_cursor *cursor, const char *name, const struct message **ret_message,
                                struct error *error) {
  const struct batch *batch;
  *ret_message = NULL;
  TRY(decode_next(cursor->decode, &batch, error));
  if (batch) {
    *ret_message = batch->message;
    return STATUS_OK;
  }
  const struct decode_report *report = decode_get_report(cursor->decode);
  for (uint32_t i = 0; i < report->message_count && !*ret_message; i++)
    if (strcmp(report->messages[i]->name, name) == 0)
      *ret_message = report->messages[i];
  return STATUS_OK;
}

/* "it has ATT, BAT, …": of the last log that was looked at. */
static void add_names(struct buffer *out, const struct log_cursor *cursor) {
  const struct decode_report *report = decode_get_report(cursor->decode);
  uint32_t shown = 0;
  for (uint32_t i = 0; i < report->message_count && shown <= NAMES_SHOWN; i++)
    if (report->messages[i]->count && shown++ < NAMES_SHOWN)
      buffer_format(out, "%s%s", shown > 1 ? ", " : "", report->messages[i]->name);
    else if (shown > NAMES_SHOWN)
      buffer_add_text(out, ", …");
}

static enum status find_fields(struct read_bind *bind, bool all, struct error *error) {
  struct log_cursor cursor = {.set = bind->set};
  struct decode_options options = {.wanted = is_wanted, .context = (void *)(uintptr_t)bind->message};
  scoped(buffer) struct buffer names = buffer_with_max(1024);
  bool found = false;
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < bind->set->count && (all || !found) && status == STATUS_OK; i++) {
    const struct message *message = NULL;
    status = log_cursor_open(&cursor, bind->set->names[i], &options, error);
    if (status == STATUS_OK)
      status = find_message(&cursor, bind->message, &message, error);
    if (message)
      add_fields(bind, message);
    else if (status == STATUS_OK && !names.size)
      add_names(&names, &cursor);
    found = found || message;
    log_cursor_close(&cursor);
  }
  if (status != STATUS_OK || found)
    return status;
  const char *have = names.size ? buffer_text(&names) : "no messages";
  return error_set(error, STATUS_NOT_FOUND, "There is no message '%s' in %s%s: it has %s", bind->message,
                   bind->set->names[0], bind->set->count > 1 ? " and the others" : "", have);
}

/* SQL's names are the same in upper and lower case: the later of two gets a number. */
static const char *name_column(struct read_bind *bind, uint32_t index) {
  const char *name = bind->targets[index].field->name;
  unsigned number = strcasecmp(name, "time_us") == 0 || (bind->filename && strcasecmp(name, "filename") == 0);
  for (uint32_t i = 0; i < index; i++)
    number += strcasecmp(name, bind->targets[i].field->name) == 0;
  return number ? arena_format(bind->set->arena, "%s_%u", name, number) : name;
}

static void add_column(duckdb_bind_info info, const char *name, duckdb_logical_type type) {
  duckdb_bind_add_result_column(info, name, type);
  duckdb_destroy_logical_type(&type);
}

static void add_columns(struct read_bind *bind, duckdb_bind_info info) {
  if (bind->filename)
    add_column(info, "filename", duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
  add_column(info, "time_us", duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  for (uint32_t i = 0; i < bind->target_count; i++)
    add_column(info, name_column(bind, i), vector_type(bind->targets[i].field, bind->targets[i].factor));
}

static void bind_free(void *data) {
  log_set_free(((struct read_bind *)data)->set);
}

static void bind(duckdb_bind_info info) {
  struct log_set *set;
  if (!log_set_bind(info, &set))
    return;
  struct read_bind *bind = arena_alloc(set->arena, sizeof *bind);
  *bind = (struct read_bind){.set = set, .message = log_set_text(set, info, 1, NULL)};
  bind->filename = log_set_flag(info, "filename");
  bind->scale = log_set_flag(info, "physical") ? VECTOR_PHYSICAL : VECTOR_STORED;
  bind->targets = arena_alloc_array(set->arena, FIELDS_MAX, sizeof *bind->targets);
  struct error error;
  enum status status = STATUS_OK;
  if (!bind->message)
    status = error_set(&error, STATUS_SETTINGS, "the message's name is NULL; uavlog_messages lists them");
  if (status == STATUS_OK)
    status = find_fields(bind, log_set_flag(info, "union_by_name"), &error);
  if (status == STATUS_OK)
    add_columns(bind, info);
  else
    duckdb_bind_set_error(info, error.text);
  duckdb_bind_set_bind_data(info, bind, bind_free);
}

/* ---- init ---- */

static void global_free(void *data) {
  struct read_global *global = data;
  free(global->columns);
  free(global);
}

static void init(duckdb_init_info info) {
  struct read_bind *bind = duckdb_init_get_bind_data(info);
  struct read_global *global = memory_new(sizeof *global);
  global->column_count = duckdb_init_get_column_count(info);
  global->columns = memory_new(MAX(global->column_count, (idx_t)1) * sizeof *global->columns);
  for (idx_t i = 0; i < global->column_count; i++)
    global->columns[i] = duckdb_init_get_column_index(info, i);
  atomic_store(&bind->set->next, 0); /* a prepared statement runs more than once */
  duckdb_init_set_max_threads(info, bind->set->count);
  duckdb_init_set_init_data(info, global, global_free);
}

static void local_free(void *data) {
  struct read_local *local = data;
  log_cursor_close(&local->cursor);
  free(local->sources);
  free(local);
}

static void init_local(duckdb_init_info info) {
  struct read_bind *bind = duckdb_init_get_bind_data(info);
  struct read_local *local = memory_new(sizeof *local);
  local->cursor.set = bind->set;
  local->sources = memory_new(MAX(bind->target_count, 1u) * sizeof *local->sources);
  duckdb_init_set_init_data(info, local, local_free);
}

/* ---- rows ---- */

static void map_fields(const struct read_bind *bind, struct read_local *local, const struct message *message) {
  for (uint32_t i = 0; i < bind->target_count; i++) {
    const char *name = bind->targets[i].field->name;
    local->sources[i] = -1;
    for (uint32_t k = 0; k < message->field_count && local->sources[i] < 0; k++)
      if (strcmp(message->fields[k].name, name) == 0)
        local->sources[i] = (int32_t)k;
  }
  local->mapped = message;
}

/* The next batch, of this log or of the next. *ret_more is false at the end of all. */
static enum status next_batch(struct read_bind *bind, struct read_local *local, bool *ret_more, struct error *error) {
  struct decode_options options = {.wanted = is_wanted, .context = (void *)(uintptr_t)bind->message};
  *ret_more = true;
  local->row = 0;
  for (;;) {
    local->batch = NULL;
    if (local->cursor.decode) {
      enum status status = decode_next(local->cursor.decode, &local->batch, error);
      if (status != STATUS_OK)
        return error_prefix(error, "%s", local->cursor.name);
    }
    if (local->batch && local->batch->rows) {
      if (local->batch->message != local->mapped)
        map_fields(bind, local, local->batch->message);
      return STATUS_OK;
    }
    if (!local->batch) {
      local->mapped = NULL;
      TRY(log_cursor_next(&local->cursor, &options, ret_more, error));
      if (!*ret_more)
        return STATUS_OK;
    }
  }
}

static void fill_times(duckdb_vector vector, idx_t at, const struct read_local *local, uint32_t rows) {
  const int64_t *time_us = local->batch->time_us + local->row;
  memcpy((int64_t *)duckdb_vector_get_data(vector) + at, time_us, rows * sizeof *time_us);
  for (uint32_t row = 0; row < rows; row++)
    if (time_us[row] == TIME_NONE)
      vector_set_null(vector, at + row);
}

static void fill_column(const struct read_bind *bind, const struct read_local *local, duckdb_vector vector,
                        idx_t column, idx_t at, uint32_t rows) {
  idx_t leading = LEADING_COUNT - !bind->filename;
  if (bind->filename && column == LEADING_FILENAME) {
    for (uint32_t row = 0; row < rows; row++)
      vector_set_text(vector, at + row, text_of(local->cursor.name));
  } else if (column + 1 == leading) {
    fill_times(vector, at, local, rows);
  } else if (column >= leading && column - leading < bind->target_count) {
    int32_t source = local->sources[column - leading];
    if (source < 0)
      vector_fill_null(vector, at, rows);
    else
      vector_fill(vector, at, &local->batch->columns[source], local->row, rows, &bind->targets[column - leading]);
  }
}

static void read_rows(duckdb_function_info info, duckdb_data_chunk chunk) {
  struct read_bind *bind = duckdb_function_get_bind_data(info);
  struct read_global *global = duckdb_function_get_init_data(info);
  struct read_local *local = duckdb_function_get_local_init_data(info);
  idx_t size = duckdb_vector_size(), at = 0;
  struct error error;
  while (at < size) {
    bool more = true;
    if (!local->batch || local->row == local->batch->rows) {
      if (next_batch(bind, local, &more, &error) != STATUS_OK) {
        duckdb_function_set_error(info, error.text);
        return;
      }
    }
    if (!more)
      break;
    uint32_t rows = (uint32_t)MIN(size - at, (idx_t)(local->batch->rows - local->row));
    for (idx_t i = 0; i < global->column_count; i++)
      fill_column(bind, local, duckdb_data_chunk_get_vector(chunk, i), global->columns[i], at, rows);
    local->row += rows;
    at += rows;
  }
  duckdb_data_chunk_set_size(chunk, at);
}

duckdb_table_function read_uavlog_function(void) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type flag = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_table_function_set_name(function, "read_uavlog");
  duckdb_table_function_add_parameter(function, text);
  duckdb_table_function_add_parameter(function, text);
  duckdb_table_function_add_named_parameter(function, "filename", flag);
  duckdb_table_function_add_named_parameter(function, "physical", flag);
  duckdb_table_function_add_named_parameter(function, "union_by_name", flag);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_local_init(function, init_local);
  duckdb_table_function_set_function(function, read_rows);
  duckdb_table_function_supports_projection_pushdown(function, true);
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_logical_type(&flag);
  return function;
}
