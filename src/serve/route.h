/* route: what the server answers, by path, declared once.
 *
 * A resource is one file api_<name>.c that ends in `const struct resource api_<name>`: its routes, each with what it is
 * for, what it takes and which right it needs. The names stand in src/serve/meson.build; dispatch, /api/v1/openapi.json
 * and the tests come from the descriptors. */
#ifndef UAVLAKE_ROUTE_H
#define UAVLAKE_ROUTE_H

#include "serve/auth.h"

#define ROUTE_CAPTURES_MAX 4
#define PATH_SLASH '\x1f' /* stands in a path for a %2F, which separates no parts; a capture holds '/' again */

struct request;

struct route_parameter {
  const char *name, *about;
  const char *type; /* as JSON Schema names it; NULL: "string" */
};

struct route {
  const char *method;  /* "GET" or "POST" */
  const char *pattern; /* "/api/v1/flights/{id}": a part in braces takes one part of the path, a trailing
                          "{name}.{form}" is split at its last dot */
  const char *about;   /* one line */
  const struct route_parameter *parameters; /* of the query string; ended by a NULL name; may be NULL */
  enum right right;
  /* Fills request->reply; a failure becomes {"error":{…}}. */
  enum status (*handle)(struct request *request, struct error *error);
  const char *media_type; /* of the reply; NULL: "application/json" */
};

struct resource {
  const char *name, *about;
  const struct route *routes; /* ended by a NULL method */
};
extern const struct resource *const resource_list[]; /* NULL at the end */

/* What the braces of a pattern took; copied into `arena`. */
struct arena;
struct route_captures {
  const char *values[ROUTE_CAPTURES_MAX];
  uint32_t count;
};
bool route_matches(const char *pattern, const char *path, struct arena *arena, struct route_captures *ret_captures);

/* The route of a request; NULL where there is none, and then *ret_other_method says whether the path is known under
 * another method. HEAD is served as GET. */
const struct route *route_find(const char *method, const char *path, struct arena *arena,
                               struct route_captures *ret_captures, bool *ret_other_method);

#endif
