/* api_flights: what was flown: the list, a search, and one flight with its logs, findings and photos. */
#include "serve/api.h"

#include "base/clock.h"
#include "lake/search.h"
#include "serve/server.h"

#define LIKE_LIMIT 50

/* ---- a search ---- */

static const char *quoted(struct arena *arena, const char *value) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)1 << 20);
  buffer_add_byte(&text, '\'');
  for (; *value; value++) {
    if (*value == '\'')
      buffer_add_byte(&text, '\'');
    buffer_add_byte(&text, (uint8_t)*value);
  }
  buffer_add_byte(&text, '\'');
  return arena_copy_text(arena, buffer_text(&text));
}

/* The list's own filters as an expression; NULL where there is none. It stays apart from the one that was typed, which
 * could close a bracket around it. */
static enum status read_filter(struct request *request, struct arena *arena, const char **ret_filter,
                               struct error *error) {
  static const struct {
    const char *parameter, *condition;
    bool is_time;
  } filters[] = {{"vehicle", "vehicle =", false},
                 {"worst", "worst =", false},
                 {"from", "start >=", true},
                 {"to", "start <", true}};
  *ret_filter = NULL;
  for (size_t i = 0; i < ARRAY_COUNT(filters); i++) {
    const char *typed = request_parameter(request, filters[i].parameter);
    char instant[CLOCK_TEXT_SIZE];
    int64_t time_us;
    if (!typed || !typed[0])
      continue;
    if (filters[i].is_time && !clock_parse(text_of(typed), &time_us))
      return error_set(error, STATUS_SETTINGS, "%s wants a time such as 2026-03-01 or 2026-03-01T10:00:00Z, not '%s'",
                       filters[i].parameter, typed);
    *ret_filter = arena_format(arena, "%s%s%s %s", *ret_filter ? *ret_filter : "", *ret_filter ? " and " : "",
                               filters[i].condition,
                               quoted(arena, filters[i].is_time ? clock_format(instant, time_us) : typed));
  }
  return STATUS_OK;
}

static enum status put_hits(struct request *request, const struct search_hits *hits, struct error *error) {
  int64_t limit = 100, offset = 0;
  TRY(request_number(request, "limit", 1, 1000, &limit, error));
  TRY(request_number(request, "offset", 0, INT32_MAX, &offset, error));
  int64_t end = MIN((int64_t)hits->count, offset + limit);
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_i64(&json, "total", hits->count);
  json_i64(&json, "offset", offset);
  json_array_begin(&json, "items");
  for (int64_t i = offset; i < end; i++) {
    const char *document;
    TRY(api_get(request, "flights", hits->items[i].flight, &document, error));
    json_raw(&json, NULL, document);
  }
  json_array_end(&json);
  json_object_begin(&json, "why");
  for (int64_t i = offset; i < end; i++)
    if (hits->items[i].why[0])
      json_c_string(&json, hits->items[i].flight, hits->items[i].why);
  json_object_end(&json);
  json_object_end(&json);
  return STATUS_OK;
}

static bool is_given(const struct request *request, const char *name) {
  const char *value = request_parameter(request, name);
  return value && value[0];
}

static enum status search(struct request *request, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct search_query query = {.like_limit = LIKE_LIMIT};
  struct search_hits hits;
  TRY(read_filter(request, arena, &query.filter, error));
  if (is_given(request, "where"))
    query.where = request_parameter(request, "where");
  if (is_given(request, "text"))
    query.text = request_parameter(request, "text");
  if (is_given(request, "like"))
    query.like = request_parameter(request, "like");
  TRY(search_flights(server_lake(request->server), arena, &query, &hits, error));
  return put_hits(request, &hits, error);
}

/* ---- the list ---- */

static enum status list_flights(struct request *request, struct error *error) {
  if (is_given(request, "where") || is_given(request, "text") || is_given(request, "like"))
    return search(request, error);
  static const struct api_filter filters[] = {{"vehicle", "vehicle", FILTER_EQUAL, false},
                                              {"worst", "worst", FILTER_EQUAL, false},
                                              {"from", "start", FILTER_AT_LEAST, true},
                                              {"to", "start", FILTER_BELOW, true},
                                              {NULL}};
  static const struct api_listing listing = {"flights", "start", true, filters};
  return api_list(request, &listing, error);
}

struct logs_of_flight {
  struct json_writer *json;
  const char *flight;
};

static enum status put_if_of_flight(void *context, const char *id, const char *text, struct error *error) {
  struct logs_of_flight *logs = context;
  (void)id, (void)error;
  scoped(arena) struct arena *arena = arena_new(0);
  const char *quoted = arena_format(arena, "\"%s\"", logs->flight); /* in the list "flights" of the document */
  if (strstr(text, quoted))
    json_raw(logs->json, NULL, text);
  return STATUS_OK;
}

static enum status put_logs(struct request *request, struct json_writer *json, const char *flight, const char *vehicle,
                            struct error *error) {
  struct catalog_filter filters[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"flights", FILTER_CONTAINS, flight}};
  struct catalog_query query = {.collection = "logs",
                                .filters = filters,
                                .filter_count = 2,
                                .order_by = "bytes",
                                .descending = true,
                                .limit = 100};
  struct logs_of_flight logs = {json, flight};
  json_array_begin(json, "logs");
  TRY(catalog_find(server_catalog(request->server), &query, put_if_of_flight, &logs, error));
  json_array_end(json);
  return STATUS_OK;
}

static enum status get_flight(struct request *request, struct error *error) {
  const char *id = request->captures.values[0], *document;
  TRY(api_get(request, "flights", id, &document, error));
  struct catalog_filter of_flight[] = {{"flight", FILTER_EQUAL, id}};
  struct catalog_query findings = {
      .collection = "findings", .filters = of_flight, .filter_count = 1, .order_by = "from_s", .limit = 500};
  struct catalog_query photos = {
      .collection = "logs", .filters = of_flight, .filter_count = 1, .order_by = "start", .limit = 500};
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_raw(&json, "flight", document);
  TRY(put_logs(request, &json, id, api_text_field(request->arena, document, "vehicle"), error));
  TRY(api_put_documents(request, &json, "findings", &findings, error));
  TRY(api_put_documents(request, &json, "photos", &photos, error));
  json_object_end(&json);
  return STATUS_OK;
}

const struct resource api_flights = {
    .name = "flights",
    .about = "what was flown",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/flights",
             "flights, the latest first; of a search in its own order, with \"why\" by flight",
             (const struct route_parameter[]){{"vehicle", "only of this vehicle"},
                                              {"worst", "only with this worst finding"},
                                              {"from", "only from this time on"},
                                              {"to", "only before this time"},
                                              {"where", "only flights of which this expression holds"},
                                              {"text", "only flights with these words in their texts"},
                                              {"like", "the flights most like this one, the nearest first"},
                                              LISTING_PARAMETERS,
                                              {NULL}},
             RIGHT_READ, list_flights},
            {"GET", "/api/v1/flights/{id}", "one flight, its logs, findings and photos", NULL, RIGHT_READ, get_flight},
            {NULL},
        },
};
