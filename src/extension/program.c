/* program: the functions inside uavlake itself, over the DuckDB library that it opened. */
#include "extension/log_functions.h"

#include "base/arena.h"
#include "decode/decoder.h"

#include <string.h>

duckdb_ext_api_v1 duckdb_ext_api;

#define FUNCTIONS(USE)                                                                                                 \
  USE(add_replacement_scan)                                                                                            \
  USE(array_vector_get_child)                                                                                          \
  USE(bind_add_result_column)                                                                                          \
  USE(bind_get_extra_info)                                                                                             \
  USE(bind_get_named_parameter)                                                                                        \
  USE(bind_get_parameter)                                                                                              \
  USE(bind_set_bind_data)                                                                                              \
  USE(bind_set_error)                                                                                                  \
  USE(create_array_type)                                                                                               \
  USE(create_logical_type)                                                                                             \
  USE(create_table_function)                                                                                           \
  USE(create_varchar)                                                                                                  \
  USE(create_varchar_length)                                                                                           \
  USE(data_chunk_get_vector)                                                                                           \
  USE(data_chunk_set_size)                                                                                             \
  USE(destroy_logical_type)                                                                                            \
  USE(destroy_table_function)                                                                                          \
  USE(destroy_value)                                                                                                   \
  USE(free)                                                                                                            \
  USE(function_get_bind_data)                                                                                          \
  USE(function_get_init_data)                                                                                          \
  USE(function_get_local_init_data)                                                                                    \
  USE(function_set_error)                                                                                              \
  USE(get_bool)                                                                                                        \
  USE(get_varchar)                                                                                                     \
  USE(init_get_bind_data)                                                                                              \
  USE(init_get_column_count)                                                                                           \
  USE(init_get_column_index)                                                                                           \
  USE(init_set_init_data)                                                                                              \
  USE(init_set_max_threads)                                                                                            \
  USE(is_null_value)                                                                                                   \
  USE(register_table_function)                                                                                         \
  USE(replacement_scan_add_parameter)                                                                                  \
  USE(replacement_scan_set_function_name)                                                                              \
  USE(table_function_add_named_parameter)                                                                              \
  USE(table_function_add_parameter)                                                                                    \
  USE(table_function_set_bind)                                                                                         \
  USE(table_function_set_extra_info)                                                                                   \
  USE(table_function_set_function)                                                                                     \
  USE(table_function_set_init)                                                                                         \
  USE(table_function_set_local_init)                                                                                   \
  USE(table_function_set_name)                                                                                         \
  USE(table_function_supports_projection_pushdown)                                                                     \
  USE(validity_set_row_invalid)                                                                                        \
  USE(vector_assign_string_element)                                                                                    \
  USE(vector_assign_string_element_len)                                                                                \
  USE(vector_ensure_validity_writable)                                                                                 \
  USE(vector_get_data)                                                                                                 \
  USE(vector_get_validity)                                                                                             \
  USE(vector_size)

const char *log_functions_bind(void *(*find)(void *context, const char *name), void *context) {
#define FIND(name) /* duckdb_##name is the member of duckdb_ext_api */                                                 \
  *(void **)&duckdb_##name = find(context, "duckdb_" #name);                                                           \
  if (!duckdb_##name)                                                                                                  \
    return "duckdb_" #name;
  FUNCTIONS(FIND)
#undef FIND
  return NULL;
}

/* A suffix that some log format uses, before a "#message" where there is one. DuckDB's own formats stay its own. */
static bool is_log_name(struct text name) {
  static const char *const others[] = {"csv", "tsv", "json", "txt", "parquet"};
  const char *dot = name.size ? memrchr(name.data, '.', name.size) : NULL;
  if (!dot)
    return false;
  struct text suffix = text_from(dot + 1, (size_t)(name.data + name.size - dot - 1));
  for (size_t i = 0; i < ARRAY_COUNT(others); i++)
    if (text_ends_ignore_case(suffix, others[i]))
      return false;
  for (uint32_t i = 0; decoder_list[i]; i++) {
    struct text rest = text_of(decoder_list[i]->suffixes);
    while (rest.data && rest.size) {
      struct text one = text_cut(&rest, ' ');
      if (one.size && one.size == suffix.size && strncasecmp(one.data, suffix.data, one.size) == 0)
        return true;
    }
  }
  return false;
}

static void add_parameter(duckdb_replacement_scan_info info, struct text text) {
  duckdb_value value = duckdb_create_varchar_length(text.data, text.size);
  duckdb_replacement_scan_add_parameter(info, value);
  duckdb_destroy_value(&value);
}

static void replace(duckdb_replacement_scan_info info, const char *table, void *data) {
  (void)data;
  struct text name = text_of(table), message = {NULL, 0};
  const char *mark = strrchr(table, '#');
  if (mark) {
    name.size = (size_t)(mark - table);
    message = text_of(mark + 1);
  }
  if (!is_log_name(name))
    return;
  duckdb_replacement_scan_set_function_name(info, mark ? "read_uavlog" : "uavlog_messages");
  add_parameter(info, name);
  if (mark)
    add_parameter(info, message);
}

void log_functions_replace(duckdb_database database) {
  duckdb_add_replacement_scan(database, replace, NULL, NULL);
}
