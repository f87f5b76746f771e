/* api_vehicles: the fleet, one vehicle, and how its parts' features went from flight to flight. */
#include "serve/api.h"

static enum status list_vehicles(struct request *request, struct error *error) {
  static const struct api_filter filters[] = {
      {"class", "class", FILTER_EQUAL, false}, {"state", "state", FILTER_EQUAL, false}, {NULL}};
  static const struct api_listing listing = {"vehicles", "last_flight", true, filters};
  return api_list(request, &listing, error);
}

static enum status get_vehicle(struct request *request, struct error *error) {
  const char *id = request->captures.values[0], *document;
  TRY(api_get(request, "vehicles", id, &document, error));
  struct catalog_filter of_vehicle[] = {{"vehicle", FILTER_EQUAL, id}, {"state", FILTER_EQUAL, "open"}};
  struct catalog_query flights = {.collection = "flights",
                                  .filters = of_vehicle,
                                  .filter_count = 1,
                                  .order_by = "start",
                                  .descending = true,
                                  .limit = 100};
  struct catalog_query findings = {.collection = "findings",
                                   .filters = of_vehicle,
                                   .filter_count = 2,
                                   .order_by = "time",
                                   .descending = true,
                                   .limit = 100};
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_raw(&json, "vehicle", document);
  TRY(api_put_documents(request, &json, "flights", &flights, error));
  TRY(api_put_documents(request, &json, "findings", &findings, error));
  json_object_end(&json);
  return STATUS_OK;
}

/* The documents of features don't hold the id of their flight, which is their own. */
static enum status put_features(void *context, const char *id, const char *text, struct error *error) {
  struct json_writer *json = context;
  (void)error;
  json_object_begin(json, NULL);
  json_c_string(json, "flight", id);
  json_raw(json, "document", text);
  json_object_end(json);
  return STATUS_OK;
}

static enum status get_features(struct request *request, struct error *error) {
  int64_t limit = 200;
  TRY(request_number(request, "limit", 1, 1000, &limit, error));
  struct catalog_filter filter = {"vehicle", FILTER_EQUAL, request->captures.values[0]};
  struct catalog_query query = {.collection = "features",
                                .filters = &filter,
                                .filter_count = 1,
                                .order_by = "start",
                                .descending = true,
                                .limit = (uint32_t)limit};
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_array_begin(&json, "items");
  TRY(catalog_find(server_catalog(request->server), &query, put_features, &json, error));
  json_array_end(&json);
  json_object_end(&json);
  return STATUS_OK;
}

const struct resource api_vehicles = {
    .name = "vehicles",
    .about = "the fleet",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/vehicles", "the vehicles, the last flown first",
             (const struct route_parameter[]){{"class", "only this class: copter, plane, …"},
                                              {"state", "only in this state"},
                                              LISTING_PARAMETERS,
                                              {NULL}},
             RIGHT_READ, list_vehicles},
            {"GET", "/api/v1/vehicles/{id}", "one vehicle, its last flights and its open findings", NULL, RIGHT_READ,
             get_vehicle},
            {"GET", "/api/v1/vehicles/{id}/features",
             "what was measured of its parts, flight by flight, the last first",
             (const struct route_parameter[]){{"limit", "at most so many flights (200)", "integer"}, {NULL}},
             RIGHT_READ, get_features},
            {NULL},
        },
};
