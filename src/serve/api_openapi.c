/* api_openapi: the OpenAPI 3.1 document of this server, generated from the routes themselves. */
#include "serve/api.h"

static void put_parameter(struct json_writer *json, struct text name, const char *place, const char *about,
                          const char *type) {
  json_object_begin(json, NULL);
  json_text(json, "name", name);
  json_c_string(json, "in", place);
  json_bool(json, "required", strcmp(place, "path") == 0);
  if (about)
    json_c_string(json, "description", about);
  json_object_begin(json, "schema");
  json_c_string(json, "type", type ? type : "string");
  json_object_end(json);
  json_object_end(json);
}

static void put_parameters(struct json_writer *json, const struct route *route) {
  json_array_begin(json, "parameters");
  for (const char *open = strchr(route->pattern, '{'); open; open = strchr(open + 1, '{'))
    put_parameter(json, text_from(open + 1, strcspn(open + 1, "}")), "path", NULL, NULL);
  for (const struct route_parameter *p = route->parameters; p && p->name; p++)
    put_parameter(json, text_of(p->name), "query", p->about, p->type);
  json_array_end(json);
}

static void put_reply(struct json_writer *json, const char *code, const char *about, const char *media_type,
                      const char *schema) {
  json_object_begin(json, code);
  json_c_string(json, "description", about);
  json_object_begin(json, "content");
  json_object_begin(json, media_type);
  json_raw(json, "schema", schema);
  json_object_end(json);
  json_object_end(json);
  json_object_end(json);
}

/* "GET /api/v1/flights/{id}/series" → "get_flights_id_series", unique as method and path are. */
static void put_operation_id(struct json_writer *json, const struct route *route) {
  scoped(buffer) struct buffer id = buffer_with_max(1024);
  const char *path = strncmp(route->pattern, "/api/v1", 7) == 0 ? route->pattern + 7 : route->pattern;
  buffer_add_text(&id, strcmp(route->method, "POST") == 0 ? "post" : "get");
  for (bool apart = true; *path; path++) {
    bool letter = (*path >= 'a' && *path <= 'z') || (*path >= '0' && *path <= '9');
    if (letter && apart)
      buffer_add_byte(&id, '_');
    if (letter)
      buffer_add_byte(&id, (uint8_t)*path);
    apart = !letter;
  }
  json_c_string(json, "operationId", buffer_text(&id));
}

static void put_body(struct json_writer *json) {
  json_raw(json, "requestBody",
           "{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}}");
}

static void put_operation(struct json_writer *json, const struct resource *resource, const struct route *route) {
  json_object_begin(json, strcmp(route->method, "POST") == 0 ? "post" : "get");
  put_operation_id(json, route);
  json_c_string(json, "summary", route->about);
  json_array_begin(json, "tags");
  json_c_string(json, NULL, resource->name);
  json_array_end(json);
  put_parameters(json, route);
  if (strcmp(route->method, "POST") == 0)
    put_body(json);
  json_object_begin(json, "responses");
  const char *media_type = route->media_type ? route->media_type : "application/json";
  put_reply(json, "200", route->about, media_type,
            route->media_type ? "{\"type\":\"string\"}" : "{\"type\":\"object\"}");
  put_reply(json, "default", "why it could not be answered", "application/json",
            "{\"$ref\":\"#/components/schemas/Error\"}");
  json_object_end(json);
  if (route->right == RIGHT_NONE)
    json_raw(json, "security", "[]");
  json_object_end(json);
}

static bool is_told(const struct route *routes, const struct route *route) {
  for (; routes < route; routes++)
    if (strcmp(routes->pattern, route->pattern) == 0)
      return true;
  return false;
}

/* The path of `route` with all methods that it takes. */
static void put_path(struct json_writer *json, const struct resource *resource, const struct route *route) {
  json_object_begin(json, route->pattern);
  for (const struct route *same = route; same->method; same++)
    if (strcmp(same->pattern, route->pattern) == 0)
      put_operation(json, resource, same);
  json_object_end(json);
}

static void put_paths(struct json_writer *json) {
  json_object_begin(json, "paths");
  for (size_t i = 0; resource_list[i]; i++)
    for (const struct route *route = resource_list[i]->routes; route->method; route++)
      if (!is_told(resource_list[i]->routes, route))
        put_path(json, resource_list[i], route);
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
  json_raw(
      &json, "components",
      "{\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{\"Error\":{\"type\":"
      "\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"object\",\"required\":[\"status\","
      "\"text\"],\"properties\":{\"status\":{\"type\":\"string\"},\"text\":{\"type\":\"string\"}}}}}}}");
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
