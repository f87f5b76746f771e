/* duckdb_engine: the embedded SQL engine.
 *
 * Locked down in this order, as each step forbids undoing the one before: extensions are neither installed nor loaded
 * by themselves, only one folder may be read, external access is switched off, the configuration is locked. That still
 * leaves COPY … TO inside the folder and changes of the database in memory, so only one statement that the engine
 * itself classifies as a SELECT is run (SHOW, DESCRIBE, SUMMARIZE, FROM, VALUES and PRAGMA that reads count as such),
 * or an EXPLAIN of one.
 *
 * DuckDB has no statement timeout: a watching thread interrupts the connection at the deadline or when the caller's
 * flag is set. Results stream: a chunk is handed on before the next is computed. */
#include "warehouse/duckdb_engine.h"

#include "base/clock.h"
#include "extension/log_functions.h"
#include "warehouse/statement.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SPILL_LIMIT "16GB"
#define WATCH_INTERVAL_MS 20

struct engine {
  const struct duckdb_library *api;
  duckdb_database database;
  duckdb_connection connection; /* our own; each query has one of its own */
};

struct engine_query {
  struct engine *engine;
  duckdb_connection connection;
  duckdb_prepared_statement statement;
  struct arena *arena; /* of the texts */
  const char *sql;
  const char **parameters;
  uint32_t parameter_count;
};

/* ---- errors ---- */

/* DuckDB's message begins with its kind: "Binder Error: …". */
static enum status status_of_message(const char *message) {
  static const struct {
    const char *start;
    enum status status;
  } kinds[] = {{"INTERRUPT", STATUS_CANCELLED}, {"Out of Memory", STATUS_LIMIT}, {"IO Error", STATUS_IO},
               {"Permission", STATUS_DENIED},   {"INTERNAL", STATUS_BUG},        {"FATAL", STATUS_BUG},
               {"Invalid Error", STATUS_IO}};
  for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
    if (strncmp(message, kinds[i].start, strlen(kinds[i].start)) == 0)
      return kinds[i].status;
  return STATUS_SETTINGS;
}

/* The first line, and the second where it offers names ("Did you mean", "Candidate bindings"). */
static enum status fail(const char *message, struct error *error) {
  struct text rest = text_of(message ? message : "DuckDB gave no reason");
  struct text first = text_cut(&rest, '\n'), hint = {"", 0};
  while (rest.data && !hint.size)
    hint = text_trim(text_cut(&rest, '\n'));
  bool helps = text_starts(hint, "Did you mean") || text_starts(hint, "Candidate");
  return error_set(error, status_of_message(message ? message : ""), "%.*s%s%.*s", (int)MIN(first.size, (size_t)300),
                   first.data, helps ? " " : "", helps ? (int)MIN(hint.size, (size_t)150) : 0, hint.data);
}

/* ---- open and close ---- */

static enum status run_on(const struct duckdb_library *api, duckdb_connection connection, const char *sql,
                          struct error *error) {
  duckdb_result result;
  enum status status = STATUS_OK;
  if (api->query(connection, sql, &result) == DuckDBError)
    status = fail(api->result_error(&result), error);
  api->destroy_result(&result);
  return status;
}

enum status engine_run(struct engine *engine, const char *sql, struct error *error) {
  return run_on(engine->api, engine->connection, sql, error);
}

static enum status open_database(struct engine *engine, const struct engine_options *options, struct error *error) {
  const struct duckdb_library *api = engine->api;
  char threads[16], memory[32];
  snprintf(threads, sizeof threads, "%" PRIu32, options->threads);
  snprintf(memory, sizeof memory, "%" PRIu64 "MiB", MAX(options->memory_limit >> 20, UINT64_C(64)));
  const char *settings[][2] = {
      {"memory_limit", memory},
      {"temp_directory", options->spill_folder},
      {"max_temp_directory_size", SPILL_LIMIT},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_unsigned_extensions", "false"},
      {"threads", threads},
  };
  duckdb_config config;
  if (api->create_config(&config) == DuckDBError)
    return error_set(error, STATUS_BUG, "DuckDB could not be configured");
  enum status status = STATUS_OK;
  size_t count = ARRAY_COUNT(settings) - (options->threads ? 0 : 1);
  for (size_t i = 0; i < count && status == STATUS_OK; i++)
    if (api->set_config(config, settings[i][0], settings[i][1]) == DuckDBError)
      status = error_set(error, STATUS_SETTINGS, "DuckDB refuses the setting %s = %s", settings[i][0], settings[i][1]);
  char *message = NULL;
  if (status == STATUS_OK && api->open_ext(NULL, &engine->database, config, &message) == DuckDBError)
    status = fail(message, error);
  api->free(message);
  api->destroy_config(&config);
  return status;
}

static void add_quoted(struct buffer *out, const char *text) {
  buffer_add_byte(out, '\'');
  for (; *text; text++) {
    if (*text == '\'')
      buffer_add_byte(out, '\'');
    buffer_add_byte(out, (uint8_t)*text);
  }
  buffer_add_byte(out, '\'');
}

static enum status lock_down(struct engine *engine, const struct engine_options *options, struct error *error) {
  scoped(buffer) struct buffer allow = buffer_with_max((size_t)64 << 10);
  buffer_add_text(&allow, "SET allowed_directories=[");
  add_quoted(&allow, options->read_folder);
  buffer_add_text(&allow, "]");
  const char *statements[] = {
      "SET TimeZone='UTC'",
      "SET parquet_metadata_cache=true", /* the files never change */
      "SET allow_persistent_secrets=false",
      buffer_text(&allow),
      "SET enable_external_access=false",
      "SET lock_configuration=true",
  };
  for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
    TRY(engine_run(engine, statements[i], error));
  return STATUS_OK;
}

static enum status add_log_functions(struct engine *engine, const struct log_access *logs, struct error *error) {
  if (log_functions_register(engine->connection, logs) != DuckDBSuccess)
    return error_set(error, STATUS_BUG, "DuckDB does not take the functions that read logs");
  log_functions_replace(engine->database);
  return STATUS_OK;
}

enum status engine_open(const struct engine_options *options, struct engine **ret_engine, struct error *error) {
  const struct duckdb_library *api;
  TRY(duckdb_library_load(&api, error));
  struct engine *engine = memory_new(sizeof *engine);
  engine->api = api;
  enum status status = open_database(engine, options, error);
  if (status == STATUS_OK && api->connect(engine->database, &engine->connection) == DuckDBError)
    status = error_set(error, STATUS_BUG, "DuckDB gives no connection");
  if (status == STATUS_OK)
    status = lock_down(engine, options, error);
  if (status == STATUS_OK && options->logs)
    status = add_log_functions(engine, options->logs, error);
  if (status != STATUS_OK)
    engine_close(engine);
  else
    *ret_engine = engine;
  return status;
}

void engine_close(struct engine *engine) {
  if (!engine)
    return;
  if (engine->connection)
    engine->api->disconnect(&engine->connection);
  if (engine->database)
    engine->api->close(&engine->database);
  free(engine);
}

/* ---- filling ---- */

struct engine_appender {
  const struct duckdb_library *api;
  duckdb_appender appender;
};

static enum status append_fail(struct engine_appender *appender, struct error *error) {
  return fail(appender->api->appender_error(appender->appender), error);
}

enum status engine_append_begin(struct engine *engine, const char *table, struct engine_appender **ret_appender,
                                struct error *error) {
  struct engine_appender *appender = memory_new(sizeof *appender);
  appender->api = engine->api;
  if (engine->api->appender_create(engine->connection, NULL, table, &appender->appender) == DuckDBError) {
    enum status status = append_fail(appender, error);
    engine->api->appender_destroy(&appender->appender);
    free(appender);
    return status;
  }
  *ret_appender = appender;
  return STATUS_OK;
}

enum status engine_append(struct engine_appender *appender, const char *const *values, uint32_t count,
                          struct error *error) {
  for (uint32_t i = 0; i < count; i++)
    if (appender->api->append_varchar(appender->appender, values[i]) == DuckDBError)
      return append_fail(appender, error);
  return appender->api->appender_end_row(appender->appender) == DuckDBError ? append_fail(appender, error) : STATUS_OK;
}

enum status engine_append_end(struct engine_appender *appender, struct error *error) {
  bool failed = appender->api->appender_destroy(&appender->appender) == DuckDBError;
  free(appender);
  return failed ? error_set(error, STATUS_BUG, "DuckDB did not take the catalogue's documents") : STATUS_OK;
}

/* ---- statements ---- */

/* Prepares the only statement of an SQL text. */
static enum status prepare_one(const struct duckdb_library *api, duckdb_connection connection, const char *sql,
                               duckdb_prepared_statement *ret_statement, struct error *error) {
  duckdb_extracted_statements statements = NULL;
  enum status status = STATUS_OK;
  idx_t count = api->extract_statements(connection, sql, &statements);
  const char *message = count ? NULL : api->extract_statements_error(statements);
  if (message && *message)
    status = fail(message, error);
  else if (count != 1)
    status = error_set(error, STATUS_SETTINGS, "A query is one statement; this text has %" PRIu64, (uint64_t)count);
  else if (api->prepare_extracted_statement(connection, statements, 0, ret_statement) == DuckDBError)
    status = fail(api->prepare_error(*ret_statement), error);
  api->destroy_extracted(&statements);
  return status;
}

static enum status refuse(struct error *error) {
  return error_set(error, STATUS_DENIED,
                   "Queries only read: SELECT, WITH, FROM, DESCRIBE, SHOW, SUMMARIZE and EXPLAIN of these are allowed");
}

/* EXPLAIN ANALYZE runs what it explains, so that must be a reading statement too. */
static enum status check_explained(struct engine_query *query, const char *sql, struct error *error) {
  const struct duckdb_library *api = query->engine->api;
  struct text inner = statement_explained(text_of(sql));
  if (!inner.data)
    return refuse(error);
  scoped(memory) char *copy = memory_copy_part(inner.data, inner.size);
  duckdb_prepared_statement statement = NULL;
  enum status status = prepare_one(api, query->connection, copy, &statement, error);
  if (status == STATUS_OK && api->prepared_statement_type(statement) != DUCKDB_STATEMENT_TYPE_SELECT)
    status = refuse(error);
  api->destroy_prepare(&statement);
  return status;
}

static enum status check_reads(struct engine_query *query, const char *sql, struct error *error) {
  switch (query->engine->api->prepared_statement_type(query->statement)) {
  case DUCKDB_STATEMENT_TYPE_SELECT:
    return STATUS_OK;
  case DUCKDB_STATEMENT_TYPE_EXPLAIN:
    return check_explained(query, sql, error);
  default:
    return refuse(error);
  }
}

/* How a type that columns don't know is spelled in the result. */
static const char *cast_of(duckdb_type type) {
  switch (type) {
  case DUCKDB_TYPE_TIMESTAMP_S:
  case DUCKDB_TYPE_TIMESTAMP_MS:
  case DUCKDB_TYPE_TIMESTAMP_NS:
    return "CAST(c%d AS TIMESTAMP)";
  case DUCKDB_TYPE_LIST:
  case DUCKDB_TYPE_STRUCT:
  case DUCKDB_TYPE_MAP:
  case DUCKDB_TYPE_ARRAY:
  case DUCKDB_TYPE_UNION:
    return "CAST(to_json(c%d) AS VARCHAR)";
  default:
    return duckdb_column_kind(type) == COLUMN_TYPE_COUNT ? "CAST(c%d AS VARCHAR)" : "c%d";
  }
}

static void add_name(struct buffer *out, const char *name) {
  buffer_add_byte(out, '"');
  for (; *name; name++) {
    if (*name == '"')
      buffer_add_byte(out, '"');
    buffer_add_byte(out, (uint8_t)*name);
  }
  buffer_add_byte(out, '"');
}

/* SELECT c0 AS "a", CAST(to_json(c1) AS VARCHAR) AS "b" FROM (<the query>) AS t(c0, c1) */
static void wrap(const struct engine_query *query, duckdb_result *result, struct buffer *out) {
  const struct duckdb_library *api = query->engine->api;
  idx_t count = api->column_count(result);
  buffer_add_text(out, "SELECT ");
  for (idx_t i = 0; i < count; i++) {
    const char *format = cast_of(api->column_type(result, i));
    const char *mark = strstr(format, "%d"); /* the formats above, filled in without a format of run time */
    buffer_format(out, "%s%.*s%d%s AS ", i ? ", " : "", (int)(mark - format), format, (int)i, mark + 2);
    add_name(out, api->column_name(result, i));
  }
  struct text inner = statement_body(text_of(query->sql));
  buffer_add_text(out, " FROM (");
  buffer_add(out, inner.data, inner.size);
  buffer_add_text(out, "\n) AS t(");
  for (idx_t i = 0; i < count; i++)
    buffer_format(out, "%sc%d", i ? ", " : "", (int)i);
  buffer_add_text(out, ")");
}

static enum status bind(struct engine_query *query, struct error *error) {
  const char *const *parameters = query->parameters;
  uint32_t count = query->parameter_count;
  const struct duckdb_library *api = query->engine->api;
  idx_t wanted = api->nparams(query->statement);
  if (wanted != count)
    return error_set(error, STATUS_SETTINGS,
                     "The query has %" PRIu64 " parameters ($1, $2, …), but %" PRIu32 " values were given",
                     (uint64_t)wanted, count);
  for (uint32_t i = 0; i < count; i++) {
    duckdb_state state = parameters[i] ? api->bind_varchar(query->statement, i + 1, parameters[i])
                                       : api->bind_null(query->statement, i + 1);
    if (state == DuckDBError)
      return fail(api->prepare_error(query->statement), error);
  }
  return STATUS_OK;
}

static void keep_texts(struct engine_query *query, const char *sql, const char *const *parameters, uint32_t count) {
  query->arena = arena_new(0);
  query->sql = arena_copy_text(query->arena, sql);
  query->parameters = arena_alloc_array(query->arena, count + 1u, sizeof *query->parameters);
  query->parameter_count = count;
  for (uint32_t i = 0; i < count; i++)
    query->parameters[i] = parameters[i] ? arena_copy_text(query->arena, parameters[i]) : NULL;
}

enum status engine_prepare(struct engine *engine, const char *sql, const char *const *parameters,
                           uint32_t parameter_count, struct engine_query **ret_query, struct error *error) {
  struct engine_query *query = memory_new(sizeof *query);
  query->engine = engine;
  keep_texts(query, sql, parameters, parameter_count);
  enum status status = STATUS_OK;
  if (engine->api->connect(engine->database, &query->connection) == DuckDBError)
    status = error_set(error, STATUS_LIMIT, "DuckDB gives no further connection");
  if (status == STATUS_OK)
    status = prepare_one(engine->api, query->connection, sql, &query->statement, error);
  if (status == STATUS_OK)
    status = check_reads(query, sql, error);
  if (status == STATUS_OK)
    status = bind(query, error);
  if (status != STATUS_OK)
    engine_query_free(query);
  else
    *ret_query = query;
  return status;
}

void engine_query_free(struct engine_query *query) {
  if (!query)
    return;
  query->engine->api->destroy_prepare(&query->statement);
  if (query->connection)
    query->engine->api->disconnect(&query->connection);
  arena_free(query->arena);
  free(query);
}

/* ---- watching ---- */

struct watch {
  struct engine_query *query;
  const struct engine_limits *limits;
  double deadline_s;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool started, done;
  enum { RUNNING, TIMED_OUT, CANCELLED } outcome;
};

static void *watch_run(void *context) {
  struct watch *watch = context;
  pthread_mutex_lock(&watch->lock);
  while (!watch->done) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WATCH_INTERVAL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&watch->changed, &watch->lock, &until);
    bool cancel = watch->limits->cancel && *watch->limits->cancel;
    bool late = watch->deadline_s > 0 && clock_monotonic_s() > watch->deadline_s;
    if (watch->done || (!cancel && !late))
      continue;
    if (watch->outcome == RUNNING)
      watch->outcome = cancel ? CANCELLED : TIMED_OUT;
    watch->query->engine->api->interrupt(watch->query->connection); /* again and again: it may come between two tasks */
  }
  pthread_mutex_unlock(&watch->lock);
  return NULL;
}

static enum status watch_start(struct watch *watch, struct error *error) {
  if (!watch->limits->cancel && watch->limits->timeout_s <= 0)
    return STATUS_OK;
  watch->deadline_s = watch->limits->timeout_s > 0 ? clock_monotonic_s() + watch->limits->timeout_s : 0;
  pthread_mutex_init(&watch->lock, NULL);
  pthread_cond_init(&watch->changed, NULL);
  int reason = pthread_create(&watch->thread, NULL, watch_run, watch);
  if (reason)
    return error_set_errno(error, reason, "The query's watch can't be started");
  watch->started = true;
  return STATUS_OK;
}

static void watch_stop(struct watch *watch) {
  if (!watch->started)
    return;
  pthread_mutex_lock(&watch->lock);
  watch->done = true;
  pthread_cond_signal(&watch->changed);
  pthread_mutex_unlock(&watch->lock);
  pthread_join(watch->thread, NULL);
  pthread_mutex_destroy(&watch->lock);
  pthread_cond_destroy(&watch->changed);
}

/* An interrupted query failed because of us: says so. */
static enum status explain_stop(const struct watch *watch, enum status status, struct error *error) {
  if (status != STATUS_CANCELLED || watch->outcome == RUNNING)
    return status;
  if (watch->outcome == CANCELLED)
    return error_set(error, STATUS_CANCELLED, "The query was cancelled");
  return error_set(error, STATUS_CANCELLED,
                   "The query was stopped after %g s: narrow it by vehicle or time, or raise the limit",
                   watch->limits->timeout_s);
}

/* ---- running ---- */

static enum status stream_chunks(const struct duckdb_library *api, duckdb_result *result,
                                 struct duckdb_columns *columns, const struct result_sink *sink, struct error *error) {
  for (;;) {
    duckdb_data_chunk chunk = api->fetch_chunk(*result);
    if (!chunk) {
      const char *message = api->result_error(result);
      return message && *message ? fail(message, error) : STATUS_OK;
    }
    uint32_t rows;
    const struct column *values = duckdb_columns_take(columns, chunk, &rows);
    enum status status = rows && sink->rows ? sink->rows(sink->context, values, rows, error) : STATUS_OK;
    api->destroy_data_chunk(&chunk);
    TRY(status);
  }
}

static enum status stream_result(const struct duckdb_library *api, duckdb_result *result,
                                 const struct result_sink *sink, struct error *error) {
  struct duckdb_columns *columns = duckdb_columns_new(api, result);
  uint16_t count;
  const struct field *fields = duckdb_columns_fields(columns, &count);
  enum status status = STATUS_OK;
  for (uint16_t i = 0; i < count && status == STATUS_OK; i++)
    if (fields[i].type == COLUMN_TYPE_COUNT)
      status = error_set(error, STATUS_UNSUPPORTED, "Column %s has a type that can't be shown: cast it to VARCHAR",
                         fields[i].name);
  if (status == STATUS_OK && sink->begin)
    status = sink->begin(sink->context, fields, count, error);
  if (status == STATUS_OK)
    status = stream_chunks(api, result, columns, sink, error);
  duckdb_columns_free(columns);
  return status;
}

/* Starts the statement; `result` is to be destroyed in any case. */
static enum status start(struct engine_query *query, duckdb_result *result, struct error *error) {
  const struct duckdb_library *api = query->engine->api;
  duckdb_pending_result pending = NULL;
  enum status status = STATUS_OK;
  if (api->pending_prepared_streaming(query->statement, &pending) == DuckDBError)
    status = fail(api->pending_error(pending), error);
  else if (api->execute_pending(pending, result) == DuckDBError)
    status = fail(api->result_error(result), error);
  api->destroy_pending(&pending);
  return status;
}

/* Lists, structures, dates, intervals and the like are cast by the engine itself: the query runs again inside another
 * one. */
static enum status start_with_casts(struct engine_query *query, duckdb_result *result, struct error *error) {
  const struct duckdb_library *api = query->engine->api;
  bool needed = false;
  for (idx_t i = 0; i < api->column_count(result); i++)
    needed |= duckdb_column_kind(api->column_type(result, i)) == COLUMN_TYPE_COUNT;
  if (!needed || api->prepared_statement_type(query->statement) != DUCKDB_STATEMENT_TYPE_SELECT)
    return STATUS_OK;
  scoped(buffer) struct buffer around = buffer_with_max((size_t)64 << 20);
  wrap(query, result, &around);
  api->destroy_result(result);
  api->destroy_prepare(&query->statement);
  *result = (duckdb_result){0};
  TRY(prepare_one(api, query->connection, buffer_text(&around), &query->statement, error));
  TRY(bind(query, error));
  return start(query, result, error);
}

static enum status execute(struct engine_query *query, const struct result_sink *sink, struct error *error) {
  const struct duckdb_library *api = query->engine->api;
  duckdb_result result = {0};
  enum status status = start(query, &result, error);
  if (status == STATUS_OK)
    status = start_with_casts(query, &result, error);
  if (status == STATUS_OK)
    status = stream_result(api, &result, sink, error);
  api->destroy_result(&result);
  return status;
}

enum status engine_stream(struct engine_query *query, const struct engine_limits *limits,
                          const struct result_sink *sink, struct error *error) {
  struct watch watch = {.query = query, .limits = limits};
  TRY(watch_start(&watch, error));
  enum status status = execute(query, sink, error);
  watch_stop(&watch);
  return explain_stop(&watch, status, error);
}
