/* route: see route.h. */
#include "serve/route.h"

#include "base/arena.h"
#include "base/text.h"

#define RESOURCE(name) extern const struct resource api_##name;
#include "resource_list.h"
#undef RESOURCE

const struct resource *const resource_list[] = {
#define RESOURCE(name) &api_##name,
#include "resource_list.h"
#undef RESOURCE
    NULL,
};

static bool capture(struct text value, struct arena *arena, struct route_captures *captures) {
  if (value.size == 0 || captures->count == ROUTE_CAPTURES_MAX)
    return false;
  char *copy = arena_copy(arena, value.data, value.size);
  for (char *c = copy; *c; c++)
    if (*c == PATH_SLASH)
      *c = '/';
  captures->values[captures->count++] = copy;
  return true;
}

/* One part between slashes: a word, {name}, or {name}.{form}. */
static bool part_matches(struct text pattern, struct text part, struct arena *arena, struct route_captures *captures) {
  if (pattern.size == 0 || pattern.data[0] != '{')
    return text_equal(pattern, part);
  if (text_find(pattern, "}.{") < 0)
    return capture(part, arena, captures);
  for (size_t dot = part.size; dot-- > 0;)
    if (part.data[dot] == '.')
      return capture((struct text){part.data, dot}, arena, captures) &&
             capture((struct text){part.data + dot + 1, part.size - dot - 1}, arena, captures);
  return false;
}

bool route_matches(const char *pattern, const char *path, struct arena *arena, struct route_captures *ret_captures) {
  struct route_captures captures = {.count = 0};
  struct text patterns = text_of(pattern), parts = text_of(path);
  for (;;) {
    struct text wanted = text_cut(&patterns, '/'), part = text_cut(&parts, '/');
    if (!part_matches(wanted, part, arena, &captures))
      return false;
    if (!patterns.data || !parts.data)
      break;
  }
  if (patterns.data || parts.data)
    return false;
  *ret_captures = captures;
  return true;
}

const struct route *route_find(const char *method, const char *path, struct arena *arena,
                               struct route_captures *ret_captures, bool *ret_other_method) {
  if (strcmp(method, "HEAD") == 0)
    method = "GET";
  *ret_other_method = false;
  for (size_t i = 0; resource_list[i]; i++)
    for (const struct route *route = resource_list[i]->routes; route->method; route++) {
      if (!route_matches(route->pattern, path, arena, ret_captures))
        continue;
      if (strcmp(route->method, method) == 0)
        return route;
      *ret_other_method = true;
    }
  return NULL;
}
