/* log_access: which logs a query may read: the lake's own, by the beginning of their id or by a flight's id; where the
 * user sits at the machine, any file too. */
#include "lake/lake_private.h"

#include <jansson.h>

#define LEAST_ID 6 /* hex digits of a log's id that are taken for one */

static bool may_be_log_id(struct text name) {
  if (name.size < LEAST_ID || name.size >= SHA256_TEXT)
    return false;
  for (size_t i = 0; i < name.size; i++)
    if (!strchr("0123456789abcdef", name.data[i]))
      return false;
  return true;
}

struct matches {
  struct arena *arena;
  const char **names;
  uint32_t count;
};
#define MATCHES_MAX 4096u

static enum status take_log(void *context, const char *id, const char *json, struct error *error) {
  (void)json, (void)error;
  struct matches *matches = context;
  if (matches->count < MATCHES_MAX)
    matches->names[matches->count++] = arena_copy_text(matches->arena, id);
  return STATUS_OK;
}

/* The one log whose id begins so. */
static enum status find_by_beginning(struct lake *lake, const char *typed, struct matches *matches,
                                     struct error *error) {
  const char *past = arena_format(matches->arena, "%sg", typed); /* behind every hex digit */
  struct catalog_filter filters[] = {{"id", FILTER_AT_LEAST, typed}, {"id", FILTER_BELOW, past}};
  struct catalog_query query = {.collection = "logs", .filters = filters, .filter_count = 2, .limit = 2};
  TRY(catalog_find(lake->catalog, &query, take_log, matches, error));
  if (matches->count > 1)
    return error_set(error, STATUS_SETTINGS, "More than one log's id begins with '%s': give more of it", typed);
  return STATUS_OK;
}

static enum status find_of_flight(struct lake *lake, const char *flight, struct matches *matches, struct error *error) {
  const char *json;
  struct error ignored;
  if (catalog_get(lake->catalog, matches->arena, "flights", flight, &json, &ignored) != STATUS_OK)
    return STATUS_OK;
  json_t *document = json_loads(json, 0, NULL);
  size_t i;
  json_t *log;
  enum status status = STATUS_OK;
  json_array_foreach(json_object_get(document, "logs"), i, log) {
    const char *id = json_string_value(json_is_object(log) ? json_object_get(log, "log") : log);
    if (id)
      status = take_log(matches, id, NULL, error);
  }
  json_decref(document);
  return status;
}

static enum status find_own(void *context, const char *pattern, struct arena *arena, const char *const **ret_names,
                            uint32_t *ret_count, struct error *error) {
  struct lake *lake = context;
  struct matches matches = {arena, arena_alloc_array(arena, MATCHES_MAX, sizeof(char *)), 0};
  if (may_be_log_id(text_of(pattern)))
    TRY(find_by_beginning(lake, pattern, &matches, error));
  if (!matches.count)
    TRY(find_of_flight(lake, pattern, &matches, error));
  if (!matches.count)
    return error_set(error, STATUS_NOT_FOUND,
                     "This lake has no log and no flight '%s': give a log's id or its beginning, or a flight's id",
                     pattern);
  *ret_names = matches.names;
  *ret_count = matches.count;
  return STATUS_OK;
}

static enum status open_own(void *context, const char *name, struct input **ret_input, struct error *error) {
  struct lake *lake = context;
  scoped(arena) struct arena *arena = arena_new(0);
  const char *json;
  TRY(catalog_get(lake->catalog, arena, "logs", name, &json, error));
  json_t *document = json_loads(json, 0, NULL);
  const char *key = arena_copy_text(arena, json_string_value(json_object_get(document, "key")));
  json_decref(document);
  if (!key || !store_key_is_safe(key))
    return error_set(error, STATUS_BAD_DATA, "The catalogue does not say where the log %s lies", name);
  return lake->store->driver->get(lake->store, key, ret_input, error);
}

static enum status find_any(void *context, const char *pattern, struct arena *arena, const char *const **ret_names,
                            uint32_t *ret_count, struct error *error) {
  struct error ignored;
  if (find_own(context, pattern, arena, ret_names, ret_count, &ignored) == STATUS_OK)
    return STATUS_OK;
  return log_access_files.find(NULL, pattern, arena, ret_names, ret_count, error);
}

static enum status open_any(void *context, const char *name, struct input **ret_input, struct error *error) {
  if (strlen(name) == SHA256_TEXT - 1 && may_be_log_id(text_of(name)))
    return open_own(context, name, ret_input, error);
  return log_access_files.open(NULL, name, ret_input, error);
}

void lake_set_log_access(struct lake *lake) {
  lake->own_logs = (struct log_access){find_own, open_own, lake};
  lake->any_logs = (struct log_access){find_any, open_any, lake};
}

const struct log_access *lake_log_access(struct lake *lake, bool files_too) {
  return files_too ? &lake->any_logs : &lake->own_logs;
}
