/* view: see view.h.
 *
 * A view over files names its columns by field id with their types (read_parquet's parameter `schema`), so DuckDB opens
 * no file to learn what it holds, a column that older files lack is null, and a renamed one is still found. Creating
 * such a view costs 85 ms for 10,000 files and 2 ms for 100, so views are made only for the tables that a query
 * mentions.
 *
 * Documents are JSON objects. Each is parsed once, when its collection is loaded, into the columns listed here; the
 * whole object stays in the column `document` for what isn't listed. */
#include "warehouse/view.h"

#include "table/table.h"

#define COLUMNS_MAX 128

/* ---- tables of files ---- */

static const char *sql_type(const struct field *field) {
  static const char *const types[COLUMN_TYPE_COUNT] = {
      [COLUMN_BOOL] = "BOOLEAN",  [COLUMN_I8] = "TINYINT",   [COLUMN_U8] = "SMALLINT", [COLUMN_I16] = "SMALLINT",
      [COLUMN_U16] = "INTEGER",   [COLUMN_I32] = "INTEGER",  [COLUMN_U32] = "BIGINT",  [COLUMN_I64] = "BIGINT",
      [COLUMN_U64] = "BIGINT",    [COLUMN_F32] = "FLOAT",    [COLUMN_F64] = "DOUBLE",  [COLUMN_TIME] = "TIMESTAMPTZ",
      [COLUMN_CHARS] = "VARCHAR", [COLUMN_TEXT] = "VARCHAR", [COLUMN_BYTES] = "BLOB",
  };
  if (field->is_array && column_type_is_number(field->type))
    return "VARCHAR";
  return field->scale != 1 && column_type_is_number(field->type) && field->type != COLUMN_TIME ? "DOUBLE"
                                                                                               : types[field->type];
}

static void add_text(struct buffer *out, const char *text) {
  buffer_add_byte(out, '\'');
  for (; *text; text++) {
    if (*text == '\'')
      buffer_add_byte(out, '\'');
    buffer_add_byte(out, (uint8_t)*text);
  }
  buffer_add_byte(out, '\'');
}

static const struct field *table_field(const struct table *table, uint16_t index) {
  uint16_t keys = table->has_time ? KEY_COUNT : 0;
  return index < keys ? &schema_keys[index] : &table->columns[index - keys];
}

static void add_files(const struct table *table, const char *root, const char *const *paths, size_t path_count,
                      uint16_t columns, struct buffer *out) {
  buffer_add_text(out, "* FROM read_parquet([");
  for (size_t i = 0; i < path_count; i++) {
    scoped(arena) struct arena *arena = arena_new(0);
    buffer_add_text(out, i ? "," : "");
    add_text(out, arena_format(arena, "%s/%s", root, paths[i]));
  }
  buffer_add_text(out, "], hive_partitioning=false, schema=MAP {");
  for (uint16_t i = 0; i < columns; i++) {
    const struct field *field = table_field(table, i);
    buffer_format(out, "%s%d: {name: ", i ? ", " : "", (int)table_field_id(field->name));
    add_text(out, field->name);
    buffer_format(out, ", type: '%s', default_value: NULL}", sql_type(field));
  }
  buffer_add_text(out, "})");
}

static void add_vehicle(const char *column, const struct view_paths *paths, struct buffer *out) {
  if (paths->vehicle_cases)
    buffer_format(out, "CASE %s %s ELSE %s END", column, paths->vehicle_cases, column);
  else
    buffer_add_text(out, column);
}

/* Rows of logs that were linked, or told to stand apart, after they had been written: `links` is the table of
 * links_load. A row's flight is the log's where its corrected time lies in it. */
static void add_linked_files(const struct table *table, const char *root, const struct view_paths *paths,
                             uint16_t columns, struct buffer *out) {
  buffer_add_text(
      out, "t.* REPLACE (CASE WHEN l.log IS NULL THEN t.flight_id WHEN l.flight <> '' AND t.time + to_microseconds("
           "l.shift_us) BETWEEN l.start AND l.\"end\" THEN l.flight END AS flight_id, coalesce(l.vehicle, ");
  add_vehicle("t.vehicle", paths, out);
  buffer_add_text(
      out, ") AS vehicle, t.time + to_microseconds(coalesce(l.shift_us, 0)) AS time, "
           "CASE WHEN l.zero IS NULL THEN t.t_s ELSE epoch_us(t.time + to_microseconds(l.shift_us) - l.zero) / 1e6 END "
           "AS t_s) FROM (SELECT ");
  add_files(table, root, paths->linked, paths->linked_count, columns, out);
  buffer_add_text(out, ") AS t LEFT JOIN " VIEW_LINKS " AS l ON l.log = t.log_id");
}

static void add_plain_files(const struct table *table, const char *root, const struct view_paths *paths,
                            uint16_t columns, struct buffer *out) {
  bool renamed = paths->vehicle_cases && table->has_time;
  if (renamed) {
    buffer_add_text(out, "t.* REPLACE (");
    add_vehicle("t.vehicle", paths, out);
    buffer_add_text(out, " AS vehicle) FROM (SELECT ");
  }
  add_files(table, root, paths->paths, paths->count, columns, out);
  buffer_add_text(out, renamed ? ") AS t" : "");
}

void view_table_sql(const struct table *table, const char *root, const struct view_paths *paths, struct buffer *out) {
  uint16_t columns = (uint16_t)(table->column_count + (table->has_time ? KEY_COUNT : 0));
  buffer_format(out, "CREATE OR REPLACE VIEW \"%s\" AS SELECT ", table->name);
  if (paths->count)
    add_plain_files(table, root, paths, columns, out);
  if (paths->linked_count) {
    buffer_add_text(out, paths->count ? " UNION ALL SELECT " : "");
    add_linked_files(table, root, paths, columns, out);
  }
  if (paths->count || paths->linked_count)
    return;
  for (uint16_t i = 0; i < columns; i++) {
    const struct field *field = table_field(table, i);
    buffer_format(out, "%sCAST(NULL AS %s) AS \"%s\"", i ? ", " : "", sql_type(field), field->name);
  }
  buffer_add_text(out, " WHERE false");
}

/* ---- documents ---- */

struct document_column {
  const char *name; /* in SQL */
  const char *key;  /* in the document; NULL: the same name */
  const char *type;
};

struct document_view {
  const char *name, *table, *collection; /* table: as the schema calls it */
  const struct document_column *columns;
  size_t column_count;
  const char *unnest; /* key of an array: a row an element, which columns name by "[0]", "[1]", … or ".key" */
};

#define TIME "TIMESTAMPTZ"
#define NUMBER "DOUBLE"
#define COUNT "BIGINT"
#define WORDS "VARCHAR"
#define PARTS "JSON"

static const struct document_column flights[] = {
    {"flight_id", "id", WORDS},
    {"vehicle", NULL, WORDS},
    {"vehicle_class", NULL, WORDS},
    {"start_time", "start", TIME},
    {"end_time", "end", TIME},
    {"takeoff_time", "takeoff", TIME},
    {"landing_time", "landing", TIME},
    {"armed_s", NULL, NUMBER},
    {"airborne_s", NULL, NUMBER},
    {"distance_m", NULL, NUMBER},
    {"max_height_m", NULL, NUMBER},
    {"max_speed_m_s", NULL, NUMBER},
    {"home_lat_deg", NULL, NUMBER},
    {"home_lon_deg", NULL, NUMBER},
    {"home_alt_msl_m", NULL, NUMBER},
    {"min_lat_deg", NULL, NUMBER},
    {"max_lat_deg", NULL, NUMBER},
    {"min_lon_deg", NULL, NUMBER},
    {"max_lon_deg", NULL, NUMBER},
    {"firmware", NULL, WORDS},
    {"time_source", "clock_source", WORDS},
    {"time_error_s", "clock_error_s", NUMBER},
    {"quality", NULL, NUMBER},
    {"findings", NULL, COUNT},
    {"worst", NULL, WORDS},
    {"starts_in_air", NULL, "BOOLEAN"},
    {"ends_in_air", NULL, "BOOLEAN"},
    {"primary_log", NULL, WORDS},
    {"logs", NULL, PARTS},
    {"note", NULL, WORDS},
};

static const struct document_column logs[] = {
    {"log_id", "id", WORDS},
    {"name", NULL, WORDS},
    {"kind", NULL, WORDS},
    {"source", NULL, WORDS},
    {"vehicle", NULL, WORDS},
    {"state", NULL, WORDS},
    {"reason", NULL, WORDS},
    {"bytes", NULL, COUNT},
    {"rows", NULL, COUNT},
    {"start_time", "start", TIME},
    {"end_time", "end", TIME},
    {"added_time", "added", TIME},
    {"date", NULL, TIME},
    {"date_source", NULL, WORDS},
    {"records", NULL, COUNT},
    {"bad_records", NULL, COUNT},
    {"truncated", NULL, "BOOLEAN"},
    {"quality", NULL, NUMBER},
    {"time_source", "clock_source", WORDS},
    {"time_error_s", "clock_error_s", NUMBER},
    {"vehicle_class", NULL, WORDS},
    {"vehicle_type", NULL, WORDS},
    {"vehicle_uid", NULL, WORDS},
    {"system_id", NULL, COUNT},
    {"autopilot", NULL, WORDS},
    {"firmware", NULL, WORDS},
    {"firmware_hash", NULL, WORDS},
    {"board", NULL, WORDS},
    {"parameter_digest", NULL, WORDS},
    {"parameters", NULL, COUNT},
    {"operator", NULL, WORDS},
    {"payload", NULL, WORDS},
    {"note", NULL, WORDS},
    {"tags", NULL, PARTS},
    {"flights", NULL, PARTS},
    {"flight_id", "flight", WORDS},
    {"damage", NULL, PARTS},
    {"quality_findings", NULL, PARTS},
    {"path", NULL, WORDS},
    {"key", NULL, WORDS},
};

static const struct document_column vehicles[] = {
    {"vehicle", "id", WORDS},        {"name", NULL, WORDS},         {"vehicle_class", "class", WORDS},
    {"vehicle_type", NULL, WORDS},   {"vehicle_uid", NULL, WORDS},  {"system_id", NULL, COUNT},
    {"autopilot", NULL, WORDS},      {"firmware", NULL, WORDS},     {"board", NULL, WORDS},
    {"first_flight", NULL, TIME},    {"last_flight", NULL, TIME},   {"flights", NULL, COUNT},
    {"airborne_s", NULL, NUMBER},    {"distance_m", NULL, NUMBER},  {"findings", NULL, COUNT},
    {"open_findings", NULL, COUNT},  {"state", NULL, WORDS},        {"quality", NULL, NUMBER},
    {"quality_trend", NULL, NUMBER}, {"quality_last", NULL, PARTS},
};

static const struct document_column findings[] = {
    {"finding_id", "id", WORDS}, {"vehicle", NULL, WORDS},   {"flight_id", "flight", WORDS},
    {"log_id", "log", WORDS},    {"time", NULL, TIME},       {"kind", NULL, WORDS},
    {"component", NULL, WORDS},  {"severity", NULL, WORDS},  {"confidence", NULL, NUMBER},
    {"from_s", NULL, NUMBER},    {"to_s", NULL, NUMBER},     {"feature", NULL, WORDS},
    {"value", NULL, NUMBER},     {"baseline", NULL, NUMBER}, {"limit_value", "limit", NUMBER},
    {"text", NULL, WORDS},       {"state", NULL, WORDS},     {"from_t_s", NULL, NUMBER},
    {"to_t_s", NULL, NUMBER},    {"since", NULL, TIME},      {"seen", NULL, COUNT},
    {"closed_by", NULL, WORDS},
};

static const struct document_column features[] = {
    {"flight_id", "", WORDS}, {"vehicle", NULL, WORDS},   {"log_id", "log", WORDS}, {"time", "start", TIME},
    {"name", "[0]", WORDS},   {"instance", "[1]", COUNT}, {"value", "[2]", NUMBER}, {"weight", "[3]", NUMBER},
};

static const struct document_column quality[] = {
    {"log_id", "", WORDS},         {"vehicle", NULL, WORDS},
    {"rule", ".rule", WORDS},      {"severity", ".severity", NUMBER},
    {"from_s", ".from_s", NUMBER}, {"to_s", ".to_s", NUMBER},
    {"value", ".value", NUMBER},   {"limit_value", ".limit", NUMBER},
    {"text", ".text", WORDS},
};

static const struct document_column damage[] = {
    {"log_id", "", WORDS},      {"vehicle", NULL, WORDS},     {"offset", ".offset", COUNT},
    {"bytes", ".bytes", COUNT}, {"reason", ".reason", WORDS}, {"from_s", ".from_s", NUMBER},
    {"to_s", ".to_s", NUMBER},
};

static const struct document_column maintenance[] = {
    {"maintenance_id", "", WORDS}, {"vehicle", NULL, WORDS}, {"time", NULL, TIME},    {"kind", NULL, WORDS},
    {"component", NULL, WORDS},    {"serial", NULL, WORDS},  {"action", NULL, WORDS}, {"problem", NULL, WORDS},
    {"text", NULL, WORDS},         {"person", NULL, WORDS},  {"hours", NULL, NUMBER}, {"cycles", NULL, COUNT},
    {"cost", NULL, NUMBER},        {"due", NULL, TIME},      {"source", NULL, WORDS},
};

#define COLUMNS(list) list, ARRAY_COUNT(list)
static const struct document_view views[] = {
    {"logs", "logs", "logs", COLUMNS(logs), NULL},
    {"flights", "flights", "flights", COLUMNS(flights), NULL},
    {"vehicles", "vehicles", "vehicles", COLUMNS(vehicles), NULL},
    {"findings", "finding", "findings", COLUMNS(findings), NULL},
    {"features", "feature", "features", COLUMNS(features), "features"},
    {"quality", "quality", "logs", COLUMNS(quality), "quality_findings"},
    {"damage", "damage", "logs", COLUMNS(damage), "damage"},
    {"maintenance", "maintenance", "maintenance", COLUMNS(maintenance), NULL},
};

const struct document_view *document_view_find(const char *name) {
  for (size_t i = 0; i < ARRAY_COUNT(views); i++)
    if (strcmp(views[i].name, name) == 0 || strcmp(views[i].table, name) == 0)
      return &views[i];
  return NULL;
}

const struct document_view *document_view_at(size_t index) {
  return index < ARRAY_COUNT(views) ? &views[index] : NULL;
}

const char *document_view_name(const struct document_view *view) {
  return view->name;
}

/* The columns listed here, then those of the schema that are not among them. Returns the count. */
static size_t all_columns(const struct document_view *view, struct document_column *out) {
  const struct table *table = schema_find(view->table);
  size_t count = view->column_count;
  memcpy(out, view->columns, count * sizeof *out);
  for (uint16_t i = 0; table && !view->unnest && i < table->column_count && count < COLUMNS_MAX; i++) {
    const struct field *field = &table->columns[i];
    bool listed = false;
    for (size_t k = 0; k < view->column_count; k++)
      listed |= strcmp(view->columns[k].name, field->name) == 0;
    if (!listed)
      out[count++] = (struct document_column){field->name, NULL, sql_type(field)};
  }
  return count;
}

static const char *column_key(const struct document_column *column) {
  return column->key ? column->key : column->name;
}

static bool is_element(const char *key) {
  return *key == '[' || *key == '.';
}

/* {"id":"VARCHAR","bytes":"BIGINT"}: what json_transform takes out. Times come as text, and what isn't one becomes
 * null. */
static void add_structure(const struct document_view *view, const struct document_column *columns, size_t count,
                          struct buffer *out) {
  struct json_writer json = json_writer_of(out);
  json_object_begin(&json, NULL);
  for (size_t i = 0; i < count; i++) {
    const char *key = column_key(&columns[i]);
    bool taken = !*key || is_element(key);
    for (size_t k = 0; k < i; k++) /* two columns may show one key */
      taken |= strcmp(column_key(&columns[k]), key) == 0;
    if (!taken)
      json_c_string(&json, key, strcmp(columns[i].type, TIME) == 0 ? WORDS : columns[i].type);
  }
  if (view->unnest)
    json_c_string(&json, view->unnest, "JSON[]");
  json_object_end(&json);
}

static void add_column(const struct document_column *column, struct buffer *out) {
  const char *key = column_key(column);
  if (!*key)
    buffer_format(out, "id AS \"%s\", ", column->name);
  else if (is_element(key))
    buffer_format(out, "TRY_CAST(element->>'$%s' AS %s) AS \"%s\", ", key, column->type, column->name);
  else
    buffer_format(out, "TRY_CAST(s.\"%s\" AS %s) AS \"%s\", ", key, column->type, column->name);
}

/* CREATE TABLE flights AS SELECT s."id" AS flight_id, …, document FROM (SELECT id, document, json_transform(…) AS s
 * FROM …) */
static void create_sql(const struct document_view *view, struct buffer *out) {
  struct document_column columns[COLUMNS_MAX];
  size_t count = all_columns(view, columns);
  buffer_format(out, "CREATE OR REPLACE TABLE \"%s\" AS SELECT ", view->name);
  for (size_t i = 0; i < count; i++)
    add_column(&columns[i], out);
  buffer_add_text(out, view->unnest ? "" : "document, ");
  buffer_add_text(out, "FROM (SELECT id, document, ");
  if (view->unnest)
    buffer_format(out, "s, unnest(s.\"%s\") AS element FROM (SELECT id, document, ", view->unnest);
  buffer_add_text(out, "json_transform(document, '");
  add_structure(view, columns, count, out);
  buffer_add_text(out, "') AS s FROM loaded_documents)");
  buffer_add_text(out, view->unnest ? ")" : "");
}

static enum status append_document(void *context, const char *id, const char *json, struct error *error) {
  return engine_append(context, (const char *[]){id, json}, 2, error);
}

static enum status load_documents(const struct document_view *view, struct engine *engine, struct catalog *catalog,
                                  struct error *error) {
  struct engine_appender *appender;
  struct catalog_query query = {.collection = view->collection};
  TRY(engine_run(engine, "CREATE OR REPLACE TABLE loaded_documents(id VARCHAR, document JSON)", error));
  TRY(engine_append_begin(engine, "loaded_documents", &appender, error));
  enum status status = catalog_find(catalog, &query, append_document, appender, error);
  struct error ignored;
  enum status end = engine_append_end(appender, status == STATUS_OK ? error : &ignored);
  return status != STATUS_OK ? status : end;
}

enum status document_view_load(const struct document_view *view, struct engine *engine, struct catalog *catalog,
                               struct error *error) {
  scoped(buffer) struct buffer sql = buffer_with_max((size_t)1 << 20);
  TRY(load_documents(view, engine, catalog, error));
  create_sql(view, &sql);
  TRY(engine_run(engine, buffer_text(&sql), error));
  TRY(engine_run(engine, "DROP TABLE loaded_documents", error));
  if (strcmp(view->table, view->name) == 0)
    return STATUS_OK;
  buffer_clear(&sql);
  buffer_format(&sql, "CREATE OR REPLACE VIEW \"%s\" AS SELECT * FROM \"%s\"", view->table, view->name);
  return engine_run(engine, buffer_text(&sql), error);
}
