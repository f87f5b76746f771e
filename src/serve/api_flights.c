/* api_flights: what was flown: the list, and one flight with its logs, findings and photos. */
#include "serve/api.h"

static enum status list_flights(struct request *request, struct error *error) {
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
            {"GET", "/api/v1/flights", "flights, the latest first",
             (const struct route_parameter[]){{"vehicle", "only of this vehicle"},
                                              {"worst", "only with this worst finding"},
                                              {"from", "only from this time on"},
                                              {"to", "only before this time"},
                                              LISTING_PARAMETERS,
                                              {NULL}},
             RIGHT_READ, list_flights},
            {"GET", "/api/v1/flights/{id}", "one flight, its logs, findings and photos", NULL, RIGHT_READ, get_flight},
            {NULL},
        },
};
