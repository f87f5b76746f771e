/* api_samples: what the sensors of one flight said: lines to draw, the way flown, what happened when.
 *
 * A line is thinned by buckets of even time: of each bucket the least and the greatest value are kept, each at its own
 * time. So a spike of one sample is still drawn, whatever the zoom; an average would hide what a log is read for. */
#include "serve/samples.h"

#include "vocabulary/schema.h"
#include "warehouse/format.h"

#include <math.h>

#define COLUMNS_MAX 64u
#define LINE_MAX ((size_t)8 << 20)

/* ---- series ---- */

struct wanted {
  const struct table *table;
  const struct field *field;
};

/* The columns of one table, drawn by one query; a line for each column and instance. */
struct lines {
  struct json_writer *json;
  const struct wanted *wanted[COLUMNS_MAX];
  uint16_t count;
  bool open; /* rows of `instance` were taken */
  int64_t instance;
  struct buffer times[COLUMNS_MAX], values[COLUMNS_MAX];
};

static enum status find_column(struct text name, struct wanted *ret_wanted, struct error *error) {
  char table_name[64], column_name[64];
  struct text rest = name, table = text_cut(&rest, '.');
  snprintf(table_name, sizeof table_name, "%.*s", (int)MIN(table.size, (size_t)63), table.data);
  snprintf(column_name, sizeof column_name, "%.*s", (int)MIN(rest.size, (size_t)63), rest.data ? rest.data : "");
  ret_wanted->table = schema_find(table_name);
  int index = ret_wanted->table ? schema_column(ret_wanted->table, column_name) : -1;
  if (index < 0 || !ret_wanted->table->has_time)
    return error_set(error, STATUS_SETTINGS,
                     "there is no column '%.*s': columns wants names such as battery.voltage_v, see /api/v1/tables",
                     (int)MIN(name.size, (size_t)100), name.data);
  ret_wanted->field = &ret_wanted->table->columns[index];
  if (!column_type_is_number(ret_wanted->field->type) && ret_wanted->field->type != COLUMN_BOOL)
    return error_set(error, STATUS_SETTINGS, "%s.%s is text and can't be drawn as a line", table_name, column_name);
  return STATUS_OK;
}

static enum status find_columns(const char *typed, struct wanted wanted[COLUMNS_MAX], uint32_t *ret_count,
                                struct error *error) {
  uint32_t count = 0;
  for (struct text rest = text_of(typed ? typed : ""); rest.data && rest.size;) {
    if (count == COLUMNS_MAX)
      return error_set(error, STATUS_LIMIT, "at most %u columns can be asked for at once", COLUMNS_MAX);
    TRY(find_column(text_trim(text_cut(&rest, ',')), &wanted[count++], error));
  }
  if (count == 0)
    return error_set(error, STATUS_SETTINGS, "columns says what to draw: columns=battery.voltage_v,attitude.roll_deg");
  *ret_count = count;
  return STATUS_OK;
}

/* What tells several sensors of one table apart; NULL: nothing does. */
static const char *instance_column(const struct table *table) {
  static const char *const names[] = {"instance", "motor", "output", "channel"};
  for (size_t i = 0; i < ARRAY_COUNT(names); i++)
    if (schema_column(table, names[i]) >= 0)
      return names[i];
  return NULL;
}

static void add_series_sql(struct buffer *sql, const struct lines *lines, int64_t points) {
  const struct table *table = lines->wanted[0]->table;
  const char *instance = instance_column(table);
  scoped(buffer) struct buffer columns = buffer_with_max(32 << 10), condition = buffer_with_max(32 << 10);
  buffer_format(&columns, "t_s, coalesce(%s, 0) AS i", instance ? instance : "0");
  buffer_add_text(&condition, "t_s BETWEEN CAST($3 AS DOUBLE) AND CAST($4 AS DOUBLE) AND (");
  for (uint16_t i = 0; i < lines->count; i++) {
    const char *name = lines->wanted[i]->field->name;
    buffer_format(&columns, ", CASE WHEN isfinite(CAST(%s AS DOUBLE)) THEN CAST(%s AS DOUBLE) END AS c%d", name, name,
                  i);
    buffer_format(&condition, "%s%s IS NOT NULL", i ? " OR " : "", name);
  }
  buffer_add_text(&condition, ")");
  samples_add_sql(sql, table->name, buffer_text(&columns), buffer_text(&condition));
  buffer_add_text(
      sql,
      ", span AS (SELECT min(t_s) AS first_s, greatest(max(t_s) - min(t_s), 1e-6) AS width_s FROM samples) SELECT i, ");
  for (uint16_t i = 0; i < lines->count; i++)
    buffer_format(sql, "count(c%d), arg_min(t_s, c%d), min(c%d), arg_max(t_s, c%d), max(c%d), ", i, i, i, i, i);
  buffer_format(
      sql, "floor((t_s - first_s) / width_s * %lld) AS bucket FROM samples, span GROUP BY i, bucket ORDER BY i, bucket",
      (long long)MAX(points / 2, 1));
}

static void add_point(struct buffer *times, struct buffer *values, double t_s, double value) {
  buffer_format(times, "%s%.3f", times->size ? "," : "", t_s);
  buffer_format(values, "%s%.7g", values->size ? "," : "", value);
}

static void put_line(struct lines *lines, uint16_t index) {
  struct buffer *times = &lines->times[index], *values = &lines->values[index];
  if (times->size == 0)
    return;
  scoped(arena) struct arena *arena = arena_new(0);
  const struct wanted *wanted = lines->wanted[index];
  json_object_begin(lines->json, NULL);
  json_c_string(lines->json, "column", arena_format(arena, "%s.%s", wanted->table->name, wanted->field->name));
  json_i64(lines->json, "instance", lines->instance);
  json_c_string(lines->json, "unit", wanted->field->unit);
  json_raw(lines->json, "t_s", arena_format(arena, "[%s]", buffer_text(times)));
  json_raw(lines->json, "value", arena_format(arena, "[%s]", buffer_text(values)));
  json_object_end(lines->json);
  buffer_clear(times);
  buffer_clear(values);
}

static void put_lines(struct lines *lines) {
  for (uint16_t i = 0; i < lines->count; i++)
    put_line(lines, i);
  lines->open = false;
}

static enum status take_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  struct lines *lines = context;
  (void)error;
  for (uint32_t row = 0; row < rows; row++) {
    int64_t instance = column_i64(&columns[0], row);
    if (lines->open && instance != lines->instance)
      put_lines(lines);
    lines->open = true;
    lines->instance = instance;
    for (uint16_t i = 0; i < lines->count; i++) {
      const struct column *of_line = &columns[1 + 5 * i];
      int64_t count = column_i64(&of_line[0], row);
      double least_s = column_double(&of_line[1], row), least = column_double(&of_line[2], row);
      double most_s = column_double(&of_line[3], row), most = column_double(&of_line[4], row);
      bool least_first = least_s <= most_s;
      if (count > 0)
        add_point(&lines->times[i], &lines->values[i], least_first ? least_s : most_s, least_first ? least : most);
      if (count > 1)
        add_point(&lines->times[i], &lines->values[i], least_first ? most_s : least_s, least_first ? most : least);
    }
  }
  return STATUS_OK;
}

static enum status ignore_columns(void *context, const struct field *fields, uint16_t count, struct error *error) {
  (void)context, (void)fields, (void)count, (void)error;
  return STATUS_OK;
}

static enum status query_table(struct request *request, struct lines *lines, const struct flight_samples *samples,
                               const char *from_s, const char *to_s, int64_t points, struct error *error) {
  scoped(buffer) struct buffer sql = buffer_with_max(256 << 10);
  struct result_sink sink = {lines, ignore_columns, take_rows};
  add_series_sql(&sql, lines, points);
  const char *parameters[] = {samples->flight, samples->primary_log, from_s, to_s};
  enum status status = api_query(request, buffer_text(&sql), parameters, 4, &sink, error);
  if (status == STATUS_OK)
    put_lines(lines);
  return status;
}

static enum status put_table(struct request *request, struct json_writer *json, const struct wanted *wanted,
                             uint32_t count, uint32_t first, const struct flight_samples *samples,
                             const char *const range[2], int64_t points, struct error *error) {
  struct lines *lines = arena_alloc(request->arena, sizeof *lines);
  lines->json = json;
  for (uint32_t i = first; i < count; i++)
    if (wanted[i].table == wanted[first].table) {
      lines->times[lines->count] = buffer_with_max(LINE_MAX);
      lines->values[lines->count] = buffer_with_max(LINE_MAX);
      lines->wanted[lines->count++] = &wanted[i];
    }
  enum status status = query_table(request, lines, samples, range[0], range[1], points, error);
  for (uint16_t i = 0; i < lines->count; i++) {
    buffer_free(&lines->times[i]);
    buffer_free(&lines->values[i]);
  }
  return status;
}

static bool is_first_of_table(const struct wanted *wanted, uint32_t index) {
  for (uint32_t i = 0; i < index; i++)
    if (wanted[i].table == wanted[index].table)
      return false;
  return true;
}

static enum status take_seconds(const struct request *request, const char *name, const char *otherwise,
                                const char **ret_text, struct error *error) {
  const char *typed = request_parameter(request, name);
  double value;
  if (typed && (!text_to_double(text_of(typed), &value) || !isfinite(value)))
    return error_set(error, STATUS_SETTINGS, "%s wants seconds from take-off, not '%s'", name, typed);
  *ret_text = typed ? typed : otherwise;
  return STATUS_OK;
}

static enum status get_series(struct request *request, struct error *error) {
  struct wanted wanted[COLUMNS_MAX];
  struct flight_samples samples;
  uint32_t count = 0;
  int64_t points = 2000;
  const char *range[2] = {"", ""};
  TRY(find_columns(request_parameter(request, "columns"), wanted, &count, error));
  TRY(request_number(request, "points", 10, 20000, &points, error));
  TRY(take_seconds(request, "from_s", "-1e12", &range[0], error));
  TRY(take_seconds(request, "to_s", "1e12", &range[1], error));
  TRY(samples_of_flight(request, request->captures.values[0], &samples, error));
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_array_begin(&json, "series");
  for (uint32_t i = 0; i < count; i++)
    if (is_first_of_table(wanted, i))
      TRY(put_table(request, &json, wanted, count, i, &samples, range, points, error));
  json_array_end(&json);
  json_object_end(&json);
  return STATUS_OK;
}

/* ---- the way flown ---- */

static void put_numbers(struct json_writer *json, const char *name, const struct track_point *track, size_t count,
                        size_t offset) {
  json_array_begin(json, name);
  for (size_t i = 0; i < count; i++)
    json_double(json, NULL, *(const double *)(const void *)((const char *)&track[i] + offset));
  json_array_end(json);
}

static enum status get_track(struct request *request, struct error *error) {
  struct flight_samples samples;
  const struct track_point *track;
  size_t count;
  int64_t points = 2000;
  TRY(request_number(request, "points", 10, 100000, &points, error));
  TRY(samples_of_flight(request, request->captures.values[0], &samples, error));
  TRY(samples_track(request, &samples, points, &track, &count, error));
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  put_numbers(&json, "t_s", track, count, offsetof(struct track_point, t_s));
  put_numbers(&json, "lat_deg", track, count, offsetof(struct track_point, lat_deg));
  put_numbers(&json, "lon_deg", track, count, offsetof(struct track_point, lon_deg));
  put_numbers(&json, "alt_rel_m", track, count, offsetof(struct track_point, alt_rel_m));
  put_numbers(&json, "alt_msl_m", track, count, offsetof(struct track_point, alt_msl_m));
  json_object_end(&json);
  return STATUS_OK;
}

/* ---- what happened ---- */

struct objects {
  struct json_writer *json;
  uint16_t columns;
};

static enum status take_columns(void *context, const struct field *fields, uint16_t count, struct error *error) {
  (void)fields, (void)error;
  ((struct objects *)context)->columns = count;
  return STATUS_OK;
}

static enum status put_objects(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  struct objects *objects = context;
  (void)error;
  for (uint32_t row = 0; row < rows; row++) {
    json_object_begin(objects->json, NULL);
    for (uint16_t i = 0; i < objects->columns; i++)
      format_json_cell(objects->json, columns[i].field->name, &columns[i], row);
    json_object_end(objects->json);
  }
  return STATUS_OK;
}

/* The mode in which a flight began was mostly set before it, where the rows belong to no flight yet. */
static enum status put_modes(struct request *request, struct json_writer *json, const struct flight_samples *samples,
                             struct error *error) {
  scoped(buffer) struct buffer sql = buffer_with_max(64 << 10);
  struct objects objects = {json, 0};
  struct result_sink sink = {&objects, take_columns, put_objects};
  const char *columns = "mode_name, mode_number, reason, failsafe";
  const char *parameters[] = {samples->flight, samples->primary_log, samples->start, samples->zero};
  samples_add_sql(&sql, "mode", "t_s, mode_name, mode_number, reason, failsafe", "t_s IS NOT NULL");
  buffer_format(
      &sql,
      ", before AS (SELECT (epoch_us(time) - epoch_us(TRY_CAST($4 AS TIMESTAMP))) / 1e6 AS t_s, %s FROM mode "
      "WHERE flight_id IS NULL AND log_id = coalesce((SELECT log_id FROM chosen), $2) AND time < TRY_CAST($3 AS "
      "TIMESTAMP) ORDER BY time DESC LIMIT 1) "
      "SELECT * FROM (SELECT t_s, %s FROM before UNION ALL SELECT t_s, %s FROM samples) ORDER BY t_s LIMIT "
      "5000",
      columns, columns, columns);
  json_array_begin(json, "modes");
  TRY(api_query(request, buffer_text(&sql), parameters, 4, &sink, error));
  json_array_end(json);
  return STATUS_OK;
}

static enum status put_rows(struct request *request, struct json_writer *json, const char *name, const char *table,
                            const char *columns, const struct flight_samples *samples, struct error *error) {
  scoped(buffer) struct buffer sql = buffer_with_max(64 << 10);
  struct objects objects = {json, 0};
  struct result_sink sink = {&objects, take_columns, put_objects};
  samples_add_sql(&sql, table, columns, "t_s IS NOT NULL");
  buffer_add_text(&sql, " SELECT * FROM samples ORDER BY t_s LIMIT 5000");
  json_array_begin(json, name);
  TRY(api_query(request, buffer_text(&sql), (const char *[]){samples->flight, samples->primary_log}, 2, &sink, error));
  json_array_end(json);
  return STATUS_OK;
}

static enum status get_events(struct request *request, struct error *error) {
  struct flight_samples samples;
  struct json_writer json = api_json(request);
  TRY(samples_of_flight(request, request->captures.values[0], &samples, error));
  json_object_begin(&json, NULL);
  TRY(put_modes(request, &json, &samples, error));
  TRY(put_rows(request, &json, "events", "event", "t_s, kind, code, detail", &samples, error));
  TRY(put_rows(request, &json, "messages", "message", "t_s, severity, text", &samples, error));
  json_object_end(&json);
  return STATUS_OK;
}

const struct resource api_samples = {
    .name = "samples",
    .about = "what the sensors of one flight said",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/flights/{id}/series",
             "lines to draw, thinned by the least and greatest of each stretch of time",
             (const struct route_parameter[]){
                 {"columns", "battery.voltage_v,attitude.roll_deg,… as /api/v1/tables names them"},
                 {"points", "about so many points a line (2000)", "integer"},
                 {"from_s", "only from this second on, counted from take-off", "number"},
                 {"to_s", "only up to this second", "number"},
                 {NULL}},
             RIGHT_READ, get_series},
            {"GET", "/api/v1/flights/{id}/track", "the way flown",
             (const struct route_parameter[]){{"points", "about so many points (2000)", "integer"}, {NULL}}, RIGHT_READ,
             get_track},
            {"GET", "/api/v1/flights/{id}/events", "modes, events and messages", NULL, RIGHT_READ, get_events},
            {NULL},
        },
};
