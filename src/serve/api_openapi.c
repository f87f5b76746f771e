/* api_openapi: the OpenAPI 3.1 document of this server, generated from the routes themselves. */
#include "serve/api.h"

static void put_parameter(struct json_writer *json, struct text name, const char *place, const char *about) {
  json_object_begin(json, NULL);
  json_text(json, "name", name);
  json_c_string(json, "in", place);
  json_bool(json, "required", strcmp(place, "path") == 0);
  if (about)
    json_c_string(json, "description", about);
  json_object_begin(json, "schema");
  json_c_string(json, "type", "string");
  json_object_end(json);
  json_object_end(json);
}

static void put_parameters(struct json_writer *json, const struct route *route) {
  json_array_begin(json, "parameters");
  for (const char *open = strchr(route->pattern, '{'); open; open = strchr(open + 1, '{'))
    put_parameter(json, text_from(open + 1, strcspn(open + 1, "}")), "path", NULL);
  for (const struct route_parameter *p = route->parameters; p && p->name; p++)
    put_parameter(json, text_of(p->name), "query", p->about);
  json_array_end(json);
}

static void put_reply(struct json_writer *json, const char *code, const char *about) {
  json_object_begin(json, code);
  json_c_string(json, "description", about);
  json_object_end(json);
}

static void put_body(struct json_writer *json) {
  json_raw(json, "requestBody",
           "{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}}");
}

static void put_operation(struct json_writer *json, const struct resource *resource, const struct route *route) {
  json_object_begin(json, strcmp(route->method, "POST") == 0 ? "post" : "get");
  json_c_string(json, "summary", route->about);
  json_array_begin(json, "tags");
  json_c_string(json, NULL, resource->name);
  json_array_end(json);
  put_parameters(json, route);
  if (strcmp(route->method, "POST") == 0)
    put_body(json);
  json_object_begin(json, "responses");
  put_reply(json, "200", route->about);
  put_reply(json, "default", "{\"error\": {\"status\", \"text\"}}");
  json_object_end(json);
  if (route->right == RIGHT_NONE)
    json_raw(json, "security", "[]");
  json_object_end(json);
}

static void put_paths(struct json_writer *json) {
  json_object_begin(json, "paths");
  for (size_t i = 0; resource_list[i]; i++)
    for (const struct route *route = resource_list[i]->routes; route->method; route++) {
      json_object_begin(json, route->pattern);
      put_operation(json, resource_list[i], route);
      json_object_end(json);
    }
  json_object_end(json);
}

static enum status get_openapi(struct request *request, struct error *error) {
  struct json_writer json = api_json(request);
  (void)error;
  json_object_begin(&json, NULL);
  json_c_string(&json, "openapi", "3.1.0");
  json_object_begin(&json, "info");
  json_c_string(&json, "title", "uavlake");
  json_c_string(&json, "version", UAVLAKE_VERSION);
  json_object_end(&json);
  json_array_begin(&json, "tags");
  for (size_t i = 0; resource_list[i]; i++) {
    json_object_begin(&json, NULL);
    json_c_string(&json, "name", resource_list[i]->name);
    json_c_string(&json, "description", resource_list[i]->about);
    json_object_end(&json);
  }
  json_array_end(&json);
  put_paths(&json);
  json_raw(&json, "components", "{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}}");
  json_raw(&json, "security", "[{\"token\":[]}]");
  json_object_end(&json);
  return STATUS_OK;
}

const struct resource api_openapi = {
    .name = "openapi",
    .about = "this interface, described for programs",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/openapi.json", "the OpenAPI document", NULL, RIGHT_READ, get_openapi},
            {NULL},
        },
};
