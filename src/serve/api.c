/* api: see api.h. */
#include "serve/api.h"

#include "base/clock.h"

#include <jansson.h>

#define FILTERS_MAX 16

struct json_writer api_json(struct request *request) {
  return json_writer_of(&request->reply.body);
}

static enum status take_time(struct request *request, const struct api_filter *filter, const char *typed,
                             const char **ret_value, struct error *error) {
  int64_t time_us;
  char *text = arena_alloc(request->arena, CLOCK_TEXT_SIZE);
  if (!clock_parse(text_of(typed), &time_us))
    return error_set(error, STATUS_SETTINGS, "%s wants a time such as 2026-03-01 or 2026-03-01T10:00:00Z, not '%s'",
                     filter->parameter, typed);
  *ret_value = clock_format(text, time_us);
  return STATUS_OK;
}

static enum status take_filters(struct request *request, const struct api_filter *filters, struct catalog_filter *taken,
                                uint32_t *ret_count, struct error *error) {
  uint32_t count = 0;
  for (; filters && filters->parameter; filters++) {
    const char *typed = request_parameter(request, filters->parameter);
    if (!typed || !typed[0] || count == FILTERS_MAX)
      continue;
    const char *value = typed;
    if (filters->is_time)
      TRY(take_time(request, filters, typed, &value, error));
    taken[count++] = (struct catalog_filter){filters->field, filters->op, value};
  }
  *ret_count = count;
  return STATUS_OK;
}

static enum status put_document(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  json_raw(context, NULL, text);
  return STATUS_OK;
}

enum status api_put_documents(struct request *request, struct json_writer *json, const char *name,
                              const struct catalog_query *query, struct error *error) {
  json_array_begin(json, name);
  TRY(catalog_find(server_catalog(request->server), query, put_document, json, error));
  json_array_end(json);
  return STATUS_OK;
}

enum status api_list(struct request *request, const struct api_listing *listing, struct error *error) {
  struct catalog_filter filters[FILTERS_MAX];
  struct catalog_query query = {.collection = listing->collection, .filters = filters};
  uint64_t total;
  int64_t limit = 100, offset = 0;
  TRY(request_number(request, "limit", 1, 1000, &limit, error));
  TRY(request_number(request, "offset", 0, INT32_MAX, &offset, error));
  TRY(take_filters(request, listing->filters, filters, &query.filter_count, error));
  TRY(catalog_count(server_catalog(request->server), &query, &total, error));
  query.order_by = listing->order_by;
  query.descending = listing->descending;
  query.limit = (uint32_t)limit;
  query.offset = (uint32_t)offset;
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_i64(&json, "total", (int64_t)total);
  json_i64(&json, "offset", offset);
  TRY(api_put_documents(request, &json, "items", &query, error));
  json_object_end(&json);
  return STATUS_OK;
}

enum status api_get(struct request *request, const char *collection, const char *id, const char **ret_json,
                    struct error *error) {
  enum status status = catalog_get(server_catalog(request->server), request->arena, collection, id, ret_json, error);
  return status == STATUS_NOT_FOUND
             ? error_set(error, status, "the lake has no %.*s '%s'", (int)strlen(collection) - 1, collection, id)
             : status;
}

enum status api_query(struct request *request, const char *sql, const char *const *parameters, uint32_t parameter_count,
                      const struct result_sink *sink, struct error *error) {
  struct warehouse *warehouse;
  TRY(server_warehouse(request->server, &warehouse, error));
  return warehouse_query(warehouse, sql, parameters, parameter_count, sink, error);
}

const char *api_text_field(struct arena *arena, const char *json, const char *field) {
  json_t *document = json_loads(json, 0, NULL);
  const char *value = json_string_value(json_object_get(document, field));
  const char *copy = arena_copy_text(arena, value ? value : "");
  json_decref(document);
  return copy;
}
