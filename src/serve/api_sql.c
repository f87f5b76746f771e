/* api_sql: one SELECT, its result as columns and rows. It is read-only by the warehouse's own rules; here rows are
 * limited, so that a page never asks for more than it can show. */
#include "serve/api.h"

#include "base/clock.h"
#include "warehouse/format.h"

#include <jansson.h>

#define ROWS_DEFAULT 1000
#define ROWS_MAX 100000

struct answer {
  struct json_writer json;
  uint64_t rows, limit;
  uint16_t columns;
  bool truncated;
};

static enum status begin(void *context, const struct field *fields, uint16_t count, struct error *error) {
  struct answer *answer = context;
  (void)error;
  answer->columns = count;
  json_array_begin(&answer->json, "columns");
  for (uint16_t i = 0; i < count; i++) {
    json_object_begin(&answer->json, NULL);
    json_c_string(&answer->json, "name", fields[i].name);
    json_c_string(&answer->json, "type", column_type_name(fields[i].type));
    json_object_end(&answer->json);
  }
  json_array_end(&answer->json);
  json_array_begin(&answer->json, "rows");
  return STATUS_OK;
}

static enum status put_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  struct answer *answer = context;
  for (uint32_t row = 0; row < rows; row++) {
    if (answer->rows == answer->limit) {
      answer->truncated = true;
      return error_set(error, STATUS_LIMIT, "more than %llu rows", (unsigned long long)answer->limit);
    }
    answer->rows++;
    json_array_begin(&answer->json, NULL);
    for (uint16_t i = 0; i < answer->columns; i++)
      format_json_cell(&answer->json, NULL, &columns[i], row);
    json_array_end(&answer->json);
  }
  return STATUS_OK;
}

static enum status read_query(struct request *request, const char **ret_sql, uint64_t *ret_limit, struct error *error) {
  json_t *body = json_loads(buffer_text(&request->body), 0, NULL);
  const char *sql = json_string_value(json_object_get(body, "sql"));
  json_int_t limit = json_integer_value(json_object_get(body, "limit"));
  enum status status = STATUS_OK;
  if (!sql)
    status = error_set(error, STATUS_SETTINGS,
                       "send {\"sql\": \"SELECT …\"}, perhaps with \"limit\": a number of rows");
  else if (limit < 0 || limit > ROWS_MAX)
    status = error_set(error, STATUS_SETTINGS, "\"limit\" is a number of rows up to %d", ROWS_MAX);
  if (status == STATUS_OK) {
    *ret_sql = arena_copy_text(request->arena, sql);
    *ret_limit = limit ? (uint64_t)limit : ROWS_DEFAULT;
  }
  json_decref(body);
  return status;
}

static enum status run_query(struct request *request, struct error *error) {
  const char *sql;
  struct answer answer = {.json = api_json(request)};
  TRY(read_query(request, &sql, &answer.limit, error));
  double start_s = clock_monotonic_s();
  struct result_sink sink = {&answer, begin, put_rows};
  json_object_begin(&answer.json, NULL);
  enum status status = api_query(request, sql, NULL, 0, &sink, error);
  if (status != STATUS_OK && !answer.truncated)
    return status;
  json_array_end(&answer.json);
  json_i64(&answer.json, "row_count", (int64_t)answer.rows);
  json_bool(&answer.json, "truncated", answer.truncated);
  json_double(&answer.json, "seconds", clock_monotonic_s() - start_s);
  json_object_end(&answer.json);
  return STATUS_OK;
}

const struct resource api_sql = {
    .name = "sql",
    .about = "SQL over the lake",
    .routes =
        (const struct route[]){
            {"POST", "/api/v1/query", "run one SELECT: {\"sql\": \"…\", \"limit\": 1000}", NULL, RIGHT_QUERY,
             run_query},
            {NULL},
        },
};
