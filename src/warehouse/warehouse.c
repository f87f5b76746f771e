/* warehouse: SQL over the lake, by the embedded engine.
 *
 * A query's words are looked through for names of tables; what it mentions and isn't prepared yet is prepared: a view
 * over the files that the catalogue names now, or a table of its documents. So a lake of 10,000 files and 40 tables
 * costs a query on one table only that table. Queries that ask which tables there are prepare all.
 *
 * Thread-safe: preparing is done one query at a time, results stream side by side. */
#include "warehouse/warehouse.h"

#include "base/file.h"
#include "warehouse/sql_view.h"
#include "warehouse/statement.h"
#include "warehouse/view.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MEMORY_DEFAULT (UINT64_C(1) << 30)

struct warehouse {
  char *root; /* absolute */
  char *spill;
  struct catalog *catalog;
  struct warehouse_options options;
  struct engine *engine;
  pthread_mutex_t lock;
  bool *table_ready; /* by table index */
  bool document_ready[16];
  bool view_ready[SQL_VIEWS_MAX]; /* by index of sql_view_at */
  bool links_ready;               /* VIEW_LINKS is as the catalogue */
};

/* ---- open ---- */

/* tmp/sql-<process>-<number>: two programs, or two warehouses of one, don't meet in it. */
static enum status make_spill(struct warehouse *warehouse, struct error *error) {
  static atomic_uint number;
  char path[PATH_LIMIT], name[64];
  snprintf(name, sizeof name, "tmp/sql-%d-%u", (int)getpid(), atomic_fetch_add(&number, 1));
  TRY(path_join(path, warehouse->root, name, error));
  TRY(folder_create(path, error));
  warehouse->spill = memory_copy_text(path);
  return STATUS_OK;
}

static enum status start(struct warehouse *warehouse, struct error *error) {
  char tables[PATH_LIMIT];
  TRY(make_spill(warehouse, error));
  TRY(path_join(tables, warehouse->root, "tables/", error));
  struct engine_options options = {
      .threads = warehouse->options.threads,
      .memory_limit = warehouse->options.memory_limit ? warehouse->options.memory_limit : MEMORY_DEFAULT,
      .read_folder = tables,
      .spill_folder = warehouse->spill,
      .logs = warehouse->options.logs,
  };
  return engine_open(&options, &warehouse->engine, error);
}

enum status warehouse_open(const char *root, struct catalog *catalog, const struct warehouse_options *options,
                           struct warehouse **ret_warehouse, struct error *error) {
  char *absolute = realpath(root, NULL);
  if (!absolute)
    return error_set(error, STATUS_NOT_FOUND, "There is no lake at %s", root);
  uint16_t tables;
  schema_tables(&tables);
  struct warehouse *warehouse = memory_new(sizeof *warehouse);
  warehouse->root = absolute;
  warehouse->catalog = catalog;
  warehouse->options = options ? *options : (struct warehouse_options){0};
  warehouse->table_ready = memory_new((tables + 1u) * sizeof *warehouse->table_ready);
  pthread_mutex_init(&warehouse->lock, NULL);
  enum status status = start(warehouse, error);
  if (status != STATUS_OK)
    warehouse_close(warehouse);
  else
    *ret_warehouse = warehouse;
  return status;
}

void warehouse_close(struct warehouse *warehouse) {
  if (!warehouse)
    return;
  engine_close(warehouse->engine);
  if (warehouse->spill && tree_remove(warehouse->spill, NULL) != STATUS_OK)
    unlink(warehouse->spill); /* nothing more can be done; the next cleaning of tmp takes it */
  pthread_mutex_destroy(&warehouse->lock);
  free(warehouse->spill);
  free(warehouse->table_ready);
  free(warehouse->root);
  free(warehouse);
}

enum status warehouse_refresh(struct warehouse *warehouse, struct error *error) {
  (void)error;
  uint16_t tables;
  schema_tables(&tables);
  pthread_mutex_lock(&warehouse->lock);
  memset(warehouse->table_ready, 0, tables * sizeof *warehouse->table_ready);
  memset(warehouse->document_ready, 0, sizeof warehouse->document_ready);
  memset(warehouse->view_ready, 0, sizeof warehouse->view_ready);
  warehouse->links_ready = false;
  pthread_mutex_unlock(&warehouse->lock);
  return STATUS_OK;
}

/* ---- views ---- */

#define LINK_WIDTH 65u

/* Logs with a document "link:<log>": {log, flight, vehicle, shift_us, start, end, zero}. */
struct link_list {
  struct buffer *sql;  /* VALUES of VIEW_LINKS */
  struct buffer *logs; /* their ids in order, LINK_WIDTH bytes each */
  struct arena *arena;
};

static const char *quoted(struct arena *arena, const char *name, const json_t *document) {
  const char *text = json_string_value(json_object_get(document, name));
  if (!text)
    return "NULL";
  size_t length = strlen(text), used = 0;
  char *out = arena_alloc(arena, 2 * length + 3);
  out[used++] = '\'';
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '\'')
      out[used++] = '\'';
    out[used++] = text[i];
  }
  out[used++] = '\'';
  out[used] = 0;
  return out;
}

static enum status add_link(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct link_list *list = context;
  json_t *link = json_loads(text, 0, NULL);
  const char *log = json_string_value(json_object_get(link, "log"));
  if (log && strlen(log) == 64) {
    buffer_format(list->logs, "%s ", log);
    buffer_format(
        list->sql, "%s(%s, %s::VARCHAR, %s::VARCHAR, %lld, %s::TIMESTAMPTZ, %s::TIMESTAMPTZ, %s::TIMESTAMPTZ)",
        list->sql->size ? ", " : "", quoted(list->arena, "log", link), quoted(list->arena, "flight", link),
        quoted(list->arena, "vehicle", link), (long long)json_integer_value(json_object_get(link, "shift_us")),
        quoted(list->arena, "start", link), quoted(list->arena, "end", link), quoted(list->arena, "zero", link));
  }
  json_decref(link);
  arena_reset(list->arena);
  return STATUS_OK;
}

/* The table VIEW_LINKS as the catalogue has it now; `logs` gets their ids. */
static enum status load_links(struct warehouse *warehouse, struct buffer *logs, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  scoped(buffer) struct buffer values = buffer_with_max((size_t)256 << 20), sql = buffer_with_max((size_t)256 << 20);
  struct link_list list = {&values, logs, arena};
  struct catalog_filter filter = {"kind", FILTER_EQUAL, "link"};
  struct catalog_query query = {.collection = "settings", .filters = &filter, .filter_count = 1};
  TRY(catalog_find(warehouse->catalog, &query, add_link, &list, error));
  if (logs->size == 0 || warehouse->links_ready)
    return STATUS_OK;
  buffer_format(&sql,
                "CREATE OR REPLACE TABLE " VIEW_LINKS " AS SELECT * FROM (VALUES %s) AS links(log, flight, vehicle, "
                "shift_us, start, \"end\", zero)",
                buffer_text(&values));
  TRY(engine_run(warehouse->engine, buffer_text(&sql), error));
  warehouse->links_ready = true;
  return STATUS_OK;
}

static enum status add_alias(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct link_list *list = context;
  json_t *alias = json_loads(text, 0, NULL);
  buffer_format(list->sql, "WHEN %s THEN %s ", quoted(list->arena, "from", alias),
                quoted(list->arena, "alias_to", alias));
  json_decref(alias);
  arena_reset(list->arena);
  return STATUS_OK;
}

static enum status load_aliases(struct warehouse *warehouse, struct buffer *cases, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct link_list list = {.sql = cases, .arena = arena};
  struct catalog_filter filter = {"kind", FILTER_EQUAL, "alias"};
  struct catalog_query query = {.collection = "settings", .filters = &filter, .filter_count = 1};
  return catalog_find(warehouse->catalog, &query, add_alias, &list, error);
}

struct path_list {
  struct arena *arena;
  struct text linked_logs;
  struct view_paths files;
  size_t capacity;
};

static int compare_link(const void *id, const void *link) {
  return memcmp(id, link, LINK_WIDTH - 1);
}

static bool holds_linked(const struct path_list *list, const char *json) {
  if (list->linked_logs.size == 0)
    return false;
  json_t *file = json_loads(json, 0, NULL);
  const json_t *logs = json_object_get(file, "logs");
  bool found = false;
  for (size_t i = 0; i < json_array_size(logs) && !found; i++) {
    const char *id = json_string_value(json_array_get(logs, i));
    found = id && strlen(id) == LINK_WIDTH - 1 &&
            bsearch(id, list->linked_logs.data, list->linked_logs.size / LINK_WIDTH, LINK_WIDTH, compare_link);
  }
  json_decref(file);
  return found;
}

static enum status add_path(void *context, const char *id, const char *json, struct error *error) {
  struct path_list *list = context;
  struct view_paths *files = &list->files;
  (void)error; /* a file's id is its path */
  if (files->count + files->linked_count == list->capacity) {
    list->capacity = MAX((size_t)64, list->capacity * 2);
    files->paths = memory_resize(files->paths, list->capacity, sizeof *files->paths);
    files->linked = memory_resize(files->linked, list->capacity, sizeof *files->linked);
  }
  const char *path = arena_copy_text(list->arena, id);
  if (holds_linked(list, json))
    files->linked[files->linked_count++] = path;
  else
    files->paths[files->count++] = path;
  return STATUS_OK;
}

static enum status make_table_view(struct warehouse *warehouse, const struct table *table, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  scoped(buffer) struct buffer sql = buffer_with_max((size_t)256 << 20), logs = buffer_with_max((size_t)256 << 20);
  struct path_list list = {.arena = arena};
  struct catalog_filter filter = {"table", FILTER_EQUAL, table->name};
  struct catalog_query query = {.collection = "table_files", .filters = &filter, .filter_count = 1};
  enum status status = table->has_time ? load_links(warehouse, &logs, error) : STATUS_OK;
  scoped(buffer) struct buffer cases = buffer_with_max((size_t)4 << 20);
  if (status == STATUS_OK)
    status = load_aliases(warehouse, &cases, error);
  list.files.vehicle_cases = cases.size ? buffer_text(&cases) : NULL;
  list.linked_logs = text_from((const char *)logs.data, logs.size);
  if (status == STATUS_OK)
    status = catalog_find(warehouse->catalog, &query, add_path, &list, error);
  if (status == STATUS_OK) {
    view_table_sql(table, warehouse->root, &list.files, &sql);
    status = sql.failed ? error_set(error, STATUS_LIMIT, "Table %s has too many files: compact the lake", table->name)
                        : engine_run(warehouse->engine, buffer_text(&sql), error);
  }
  free(list.files.paths);
  free(list.files.linked);
  if (status == STATUS_OK)
    warehouse->table_ready[table->index] = true;
  return status == STATUS_OK ? status : error_prefix(error, "The view of table %s", table->name);
}

static enum status make_document_view(struct warehouse *warehouse, size_t index, struct error *error) {
  const struct document_view *view = document_view_at(index);
  enum status status = document_view_load(view, warehouse->engine, warehouse->catalog, error);
  if (status != STATUS_OK)
    return error_prefix(error, "The view of %s", document_view_name(view));
  warehouse->document_ready[index] = true;
  return STATUS_OK;
}

static enum status ensure_read(struct warehouse *warehouse, const char *sql, struct error *error);

static enum status make_sql_view(struct warehouse *warehouse, int index, struct error *error) {
  const struct sql_view *view = sql_view_at((size_t)index);
  scoped(buffer) struct buffer sql = buffer_with_max((size_t)1 << 20);
  if (warehouse->view_ready[index])
    return STATUS_OK;
  warehouse->view_ready[index] = true; /* before its words are followed: they may name it */
  enum status status = ensure_read(warehouse, view->sql, error);
  buffer_format(&sql, "CREATE OR REPLACE VIEW \"%s\" AS %s", view->name, view->sql);
  if (status == STATUS_OK)
    status = engine_run(warehouse->engine, buffer_text(&sql), error);
  if (status == STATUS_OK)
    return status;
  warehouse->view_ready[index] = false;
  return error_prefix(error, "The view %s", view->name);
}

static enum status ensure(struct warehouse *warehouse, const char *name, struct error *error) {
  int sql_view = sql_view_find(name);
  if (sql_view >= 0)
    return make_sql_view(warehouse, sql_view, error);
  const struct document_view *view = document_view_find(name);
  for (size_t i = 0; view && document_view_at(i); i++)
    if (document_view_at(i) == view)
      return warehouse->document_ready[i] ? STATUS_OK : make_document_view(warehouse, i, error);
  const struct table *table = schema_find(name);
  return !table || warehouse->table_ready[table->index] ? STATUS_OK : make_table_view(warehouse, table, error);
}

/* What a view of ours reads: the names after FROM and JOIN, so that a column called battery costs no look at files. */
static enum status ensure_read(struct warehouse *warehouse, const char *sql, struct error *error) {
  struct text rest = text_of(sql);
  bool is_name = false;
  char word[80];
  while (statement_next_word(&rest, word, sizeof word)) {
    if (is_name)
      TRY(ensure(warehouse, word, error));
    is_name = strcmp(word, "from") == 0 || strcmp(word, "join") == 0;
  }
  return STATUS_OK;
}

static enum status ensure_all(struct warehouse *warehouse, struct error *error) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (size_t i = 0; document_view_at(i); i++)
    TRY(ensure(warehouse, document_view_name(document_view_at(i)), error));
  for (uint16_t i = 0; i < count; i++)
    TRY(ensure(warehouse, tables[i].name, error));
  for (size_t i = 0; sql_view_at(i); i++)
    TRY(ensure(warehouse, sql_view_at(i)->name, error));
  return STATUS_OK;
}

/* Prepares what the words of the query may mean. */
static enum status ensure_mentioned(struct warehouse *warehouse, const char *sql, struct error *error) {
  static const char *const listings[] = {"tables",        "show",         "information_schema",
                                         "duckdb_tables", "duckdb_views", "duckdb_columns",
                                         "pg_catalog",    "databases",    "schemata"};
  struct text rest = text_of(sql);
  char word[80];
  while (statement_next_word(&rest, word, sizeof word)) {
    for (size_t i = 0; i < ARRAY_COUNT(listings); i++)
      if (strcmp(word, listings[i]) == 0)
        return ensure_all(warehouse, error);
    TRY(ensure(warehouse, word, error));
  }
  return STATUS_OK;
}

/* ---- queries ---- */

/* Adds the names of the tables where the query named one that doesn't exist. */
static enum status explain_unknown_table(struct error *error) {
  if (!error || !strstr(error->text, "Table with name") || !strstr(error->text, "does not exist"))
    return error ? error->status : STATUS_SETTINGS;
  char *hint = strstr(error->text, "! ");
  if (hint)
    hint[1] = 0; /* DuckDB's guesses know only what is prepared */
  scoped(buffer) struct buffer names = buffer_with_max(4096);
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (size_t i = 0; document_view_at(i); i++)
    buffer_format(&names, "%s%s", names.size ? ", " : "", document_view_name(document_view_at(i)));
  for (uint16_t i = 0; i < count; i++)
    if (!document_view_find(tables[i].name))
      buffer_format(&names, ", %s", tables[i].name);
  for (size_t i = 0; sql_view_at(i); i++)
    buffer_format(&names, "%s%s", i ? ", " : "; the views: ", sql_view_at(i)->name);
  scoped(memory) char *before = memory_copy_text(error->text);
  return error_set(error, error->status, "%.160s The tables are: %s", before, buffer_text(&names));
}

static enum status prepare(struct warehouse *warehouse, const char *sql, const char *const *parameters,
                           uint32_t parameter_count, struct engine_query **ret_query, struct error *error) {
  pthread_mutex_lock(&warehouse->lock);
  enum status status = ensure_mentioned(warehouse, sql, error);
  if (status == STATUS_OK) {
    status = engine_prepare(warehouse->engine, sql, parameters, parameter_count, ret_query, error);
    if (status == STATUS_SETTINGS)
      status = explain_unknown_table(error);
  }
  pthread_mutex_unlock(&warehouse->lock);
  return status;
}

enum status warehouse_query(struct warehouse *warehouse, const char *sql, const char *const *parameters,
                            uint32_t parameter_count, const struct result_sink *sink, struct error *error) {
  scoped(engine_query) struct engine_query *query = NULL;
  struct engine_limits limits = {warehouse->options.timeout_s, warehouse->options.cancel};
  struct error own; /* explaining reads it back */
  error = error ? error : &own;
  TRY(prepare(warehouse, sql, parameters, parameter_count, &query, error));
  return engine_stream(query, &limits, sink, error);
}
