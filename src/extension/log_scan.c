/* log_scan: the logs that one call of a function names, handed out to DuckDB's threads, a log at a time. */
#include "extension/log_scan.h"

bool log_set_flag(duckdb_bind_info info, const char *name) {
  duckdb_value value = duckdb_bind_get_named_parameter(info, name);
  if (!value)
    return false;
  bool flag = duckdb_get_bool(value);
  duckdb_destroy_value(&value);
  return flag;
}

const char *log_set_text(struct log_set *set, duckdb_bind_info info, int index, const char *name) {
  duckdb_value value = index < 0 ? duckdb_bind_get_named_parameter(info, name)
                                 : duckdb_bind_get_parameter(info, (idx_t)index);
  if (!value)
    return NULL;
  char *text = duckdb_is_null_value(value) ? NULL : duckdb_get_varchar(value);
  const char *copy = text ? arena_copy_text(set->arena, text) : NULL;
  duckdb_free(text);
  duckdb_destroy_value(&value);
  return copy;
}

bool log_set_bind(duckdb_bind_info info, struct log_set **ret_set) {
  struct arena *arena = arena_new(0);
  struct log_set *set = arena_alloc(arena, sizeof *set);
  const struct log_function_info *own = duckdb_bind_get_extra_info(info);
  struct error error;
  *set = (struct log_set){.arena = arena, .access = own->access};
  const char *pattern = log_set_text(set, info, 0, NULL);
  enum status status = STATUS_OK;
  if (!pattern)
    status = error_set(&error, STATUS_SETTINGS, "the name of the log is NULL");
  else
    status = set->access->find(set->access->context, pattern, arena, &set->names, &set->count, &error);
  if (status != STATUS_OK) {
    duckdb_bind_set_error(info, error.text);
    log_set_free(set);
    return false;
  }
  *ret_set = set;
  return true;
}

void log_set_free(struct log_set *set) {
  if (set)
    arena_free(set->arena);
}

enum status log_cursor_open(struct log_cursor *cursor, const char *name, const struct decode_options *options,
                            struct error *error) {
  cursor->name = name;
  enum status status = cursor->set->access->open(cursor->set->access->context, name, &cursor->input, error);
  if (status == STATUS_OK)
    status = decode_open(cursor->input, NULL, options, &cursor->decode, error);
  if (status != STATUS_OK) {
    log_cursor_close(cursor);
    return error_prefix(error, "%s", name);
  }
  return STATUS_OK;
}

enum status log_cursor_next(struct log_cursor *cursor, const struct decode_options *options, bool *ret_more,
                            struct error *error) {
  log_cursor_close(cursor);
  uint32_t index = atomic_fetch_add(&cursor->set->next, 1);
  *ret_more = index < cursor->set->count;
  return *ret_more ? log_cursor_open(cursor, cursor->set->names[index], options, error) : STATUS_OK;
}

void log_cursor_close(struct log_cursor *cursor) {
  if (cursor->decode)
    decode_close(cursor->decode);
  if (cursor->input)
    input_close(cursor->input);
  cursor->decode = NULL;
  cursor->input = NULL;
}
