/* catalog: the front of the catalogue. It checks what callers ask for, takes one thread at a time, and hands over to
 * the driver that the location names. */
#include "catalog/catalog.h"

#include "catalog/driver.h"

#include <pthread.h>
#include <stdlib.h>

#define CATALOG(name) extern const struct catalog_driver catalog_##name;
#include "catalog_list.h"
#undef CATALOG

static const struct catalog_driver *const drivers[] = {
#define CATALOG(name) &catalog_##name,
#include "catalog_list.h"
#undef CATALOG
};

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})
const struct collection catalog_collections[] = {
    {"logs", FIELDS("state", "vehicle", "start", "kind")},
    {"vehicles", FIELDS("uid", "system_id")},
    {"flights", FIELDS("vehicle", "start")},
    {"features", FIELDS("vehicle", "start")},
    {"findings", FIELDS("vehicle", "flight", "state")},
    {"table_files", FIELDS("table")},
    {"maintenance", FIELDS("vehicle", "time")},
    {"jobs", FIELDS("state")},
    {"files", FIELDS("log")},
    {"settings", FIELDS("kind")},
    {"search", FIELDS("stale")},
    {NULL, NULL},
};

struct catalog {
  const struct catalog_driver *driver;
  void *state;
  pthread_mutex_t mutex; /* recursive: a transaction's owner calls on */
};

static bool is_collection(const char *name) {
  for (const struct collection *c = catalog_collections; c->name; c++)
    if (strcmp(c->name, name) == 0)
      return true;
  return false;
}

static bool is_field(const char *name) {
  size_t size = strlen(name);
  return size > 0 && size <= 128 &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*-") == size;
}

static enum status check_collection(const char *name, struct error *error) {
  return is_collection(name) ? STATUS_OK : error_set(error, STATUS_BUG, "the catalogue has no collection '%s'", name);
}

static enum status check_query(const struct catalog_query *query, struct error *error) {
  TRY(check_collection(query->collection, error));
  for (uint32_t i = 0; i < query->filter_count; i++)
    if (!is_field(query->filters[i].field))
      return error_set(error, STATUS_SETTINGS, "'%s' is not the name of a field", query->filters[i].field);
  if (query->order_by && !is_field(query->order_by))
    return error_set(error, STATUS_SETTINGS, "'%s' is not the name of a field", query->order_by);
  return STATUS_OK;
}

enum status catalog_open(const char *location, struct catalog **ret_catalog, struct error *error) {
  for (size_t i = 0; i < ARRAY_COUNT(drivers); i++) {
    if (!drivers[i]->takes(location))
      continue;
    void *state;
    TRY(drivers[i]->open(location, &state, error));
    struct catalog *catalog = memory_new(sizeof *catalog);
    catalog->driver = drivers[i];
    catalog->state = state;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&catalog->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    *ret_catalog = catalog;
    return STATUS_OK;
  }
  return error_set(error, STATUS_SETTINGS, "no kind of catalogue is known for %s", location);
}

void catalog_close(struct catalog *catalog) {
  if (!catalog)
    return;
  catalog->driver->close(catalog->state);
  pthread_mutex_destroy(&catalog->mutex);
  free(catalog);
}

/* Runs one driver call under the mutex. */
#define LOCKED(catalog, call)                                                                                          \
  ({                                                                                                                   \
    pthread_mutex_lock(&(catalog)->mutex);                                                                             \
    enum status locked_status_ = (call);                                                                               \
    pthread_mutex_unlock(&(catalog)->mutex);                                                                           \
    locked_status_;                                                                                                    \
  })

/* What search records are made from: when it changes, the record of the same id is marked. */
static bool is_searched(const char *collection) {
  return strcmp(collection, "flights") == 0 || strcmp(collection, "features") == 0;
}

static enum status put_marking(struct catalog *catalog, const char *collection, const char *id, const char *json,
                               struct error *error) {
  TRY(catalog->driver->put(catalog->state, collection, id, json, error));
  return is_searched(collection) ? catalog->driver->put(catalog->state, "search", id, "{\"stale\":1}", error)
                                 : STATUS_OK;
}

enum status catalog_put(struct catalog *catalog, const char *collection, const char *id, const char *json,
                        struct error *error) {
  TRY(check_collection(collection, error));
  return LOCKED(catalog, put_marking(catalog, collection, id, json, error));
}

enum status catalog_get(struct catalog *catalog, struct arena *arena, const char *collection, const char *id,
                        const char **ret_json, struct error *error) {
  TRY(check_collection(collection, error));
  return LOCKED(catalog, catalog->driver->get(catalog->state, arena, collection, id, ret_json, error));
}

enum status catalog_remove(struct catalog *catalog, const char *collection, const char *id, struct error *error) {
  TRY(check_collection(collection, error));
  TRY(LOCKED(catalog, catalog->driver->remove(catalog->state, collection, id, error)));
  return strcmp(collection, "flights") == 0 ? catalog_remove(catalog, "search", id, error) : STATUS_OK;
}

enum status catalog_text_put(struct catalog *catalog, const char *id, const char *subject, const char *text,
                             struct error *error) {
  return LOCKED(catalog, catalog->driver->text_put(catalog->state, id, subject, text, error));
}

enum status catalog_text_find(struct catalog *catalog, const char *words, catalog_text_fn hit, void *context,
                              struct error *error) {
  return LOCKED(catalog, catalog->driver->text_find(catalog->state, words, hit, context, error));
}

enum status catalog_text_get(struct catalog *catalog, struct arena *arena, const char *id, const char **ret_text,
                             struct error *error) {
  return LOCKED(catalog, catalog->driver->text_get(catalog->state, arena, id, ret_text, error));
}

enum status catalog_find(struct catalog *catalog, const struct catalog_query *query, catalog_document_fn document,
                         void *context, struct error *error) {
  TRY(check_query(query, error));
  return LOCKED(catalog, catalog->driver->find(catalog->state, query, document, context, error));
}

enum status catalog_count(struct catalog *catalog, const struct catalog_query *query, uint64_t *ret_count,
                          struct error *error) {
  TRY(check_query(query, error));
  return LOCKED(catalog, catalog->driver->count(catalog->state, query, ret_count, error));
}

/* The mutex stays taken from begin to commit or rollback. */
enum status catalog_begin(struct catalog *catalog, struct error *error) {
  pthread_mutex_lock(&catalog->mutex);
  enum status status = catalog->driver->begin(catalog->state, error);
  if (status != STATUS_OK)
    pthread_mutex_unlock(&catalog->mutex);
  return status;
}

enum status catalog_commit(struct catalog *catalog, struct error *error) {
  enum status status = catalog->driver->commit(catalog->state, error);
  if (status != STATUS_OK)
    catalog->driver->rollback(catalog->state);
  pthread_mutex_unlock(&catalog->mutex);
  return status;
}

void catalog_rollback(struct catalog *catalog) {
  catalog->driver->rollback(catalog->state);
  pthread_mutex_unlock(&catalog->mutex);
}
