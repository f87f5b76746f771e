/* lake: a folder with its settings, catalogue, raw objects and tables; opening, creating, and the one lock of writers.
 *
 *   lake.json        format and identity of the lake, and where the originals are ("store") if not in raw/
 *   catalog.sqlite   the catalogue
 *   lock             held (flock) by the process that adds
 *   raw/…            original bytes      tables/…  Parquet      tmp/  half-written objects */
#include "lake/lake.h"

#include "base/clock.h"
#include "base/file.h"
#include "lake/lake_private.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define LAKE_FORMAT 1

static enum status join(char path[PATH_LIMIT], const char *root, const char *name, struct error *error) {
  return path_join(path, root, name, error);
}

static enum status write_settings(const char *root, const char *store, const char *path, struct error *error) {
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_i64(&json, "format", LAKE_FORMAT);
  json_time(&json, "created", clock_now_us());
  json_c_string(&json, "written_by", "uavlake " UAVLAKE_VERSION);
  if (store)
    json_c_string(&json, "store", store);
  json_object_end(&json);
  buffer_add_byte(&text, '\n');
  TRY(file_write(path, bytes_of(text.data, text.size), error));
  return folder_sync(root, error);
}

/* One object is enough to know that the store can be asked. */
static enum status stop_listing(void *context, const struct store_object *object, struct error *error) {
  (void)object;
  *(bool *)context = true;
  return error_set(error, STATUS_CANCELLED, "there is something");
}

static enum status try_store(const char *root, const char *location, struct error *error) {
  struct store *store;
  bool found = false;
  TRY(store_open(location ? location : root, &(struct store_options){.state_folder = root}, &store, error));
  enum status status = location ? store->driver->list(store, "raw", stop_listing, &found, error) : STATUS_OK;
  store_close(store);
  return found ? STATUS_OK : status;
}

enum status lake_init_on(const char *root, const char *store, struct error *error) {
  char settings[PATH_LIMIT], catalog_path[PATH_LIMIT];
  TRY(join(settings, root, "lake.json", error));
  TRY(join(catalog_path, root, "catalog.sqlite", error));
  if (file_exists(settings))
    return error_set(error, STATUS_EXISTS, "there is a lake in %s already", root);
  if (store)
    TRY(try_store(root, store, error));
  TRY(folder_create(root, error));
  scoped(catalog) struct catalog *catalog = NULL;
  TRY(catalog_open(catalog_path, &catalog, error));
  TRY(try_store(root, NULL, error));
  return write_settings(root, store, settings, error);
}

enum status lake_init(const char *root, struct error *error) {
  return lake_init_on(root, NULL, error);
}

/* *ret_store: in the arena, NULL where the originals are in the lake's own folder. */
static enum status check_settings(const char *root, struct arena *arena, const char **ret_store, struct error *error) {
  char path[PATH_LIMIT];
  TRY(join(path, root, "lake.json", error));
  if (!file_exists(path))
    return error_set(error, STATUS_NOT_FOUND,
                     "there is no lake in %s: make one with 'uavlake init --lake %s', or name another with --lake",
                     root, root);
  struct bytes content;
  TRY(file_read(arena, path, 1 << 16, &content, error));
  json_t *settings = json_loadb((const char *)content.data, content.size, 0, NULL);
  json_int_t format = json_integer_value(json_object_get(settings, "format"));
  const char *store = json_string_value(json_object_get(settings, "store"));
  *ret_store = store ? arena_copy_text(arena, store) : NULL;
  json_decref(settings);
  if (format < 1)
    return error_set(error, STATUS_BAD_DATA, "%s is damaged: it should be a JSON object with \"format\": 1", path);
  if (format > LAKE_FORMAT)
    return error_set(error, STATUS_UNSUPPORTED,
                     "the lake in %s has format %lld, this uavlake knows %d: use a newer one", root, (long long)format,
                     LAKE_FORMAT);
  return STATUS_OK;
}

enum status lake_open(const char *root, struct lake **ret_lake, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *store = NULL;
  TRY(check_settings(root, arena, &store, error));
  char path[PATH_LIMIT];
  TRY(join(path, root, "catalog.sqlite", error));
  struct lake *lake = memory_new(sizeof *lake);
  lake->root = memory_copy_text(root);
  lake->lock = -1;
  lake_set_log_access(lake);
  enum status status = catalog_open(path, &lake->catalog, error);
  if (status == STATUS_OK)
    status = store_open(store ? store : root, &(struct store_options){.state_folder = root}, &lake->store, error);
  if (status != STATUS_OK) {
    lake_close(lake);
    return status;
  }
  *ret_lake = lake;
  return STATUS_OK;
}

void lake_close(struct lake *lake) {
  if (!lake)
    return;
  lake_unlock(lake);
  warehouse_close(lake->warehouse);
  store_close(lake->store);
  catalog_close(lake->catalog);
  free(lake->root);
  free(lake);
}

const char *lake_root(const struct lake *lake) {
  return lake->root;
}
struct catalog *lake_catalog(struct lake *lake) {
  return lake->catalog;
}
struct store *lake_store(struct lake *lake) {
  return lake->store;
}

enum status lake_warehouse(struct lake *lake, struct warehouse **ret_warehouse, struct error *error) {
  if (!lake->warehouse) {
    struct warehouse_options options = {.logs = lake_log_access(lake, false)};
    TRY(warehouse_open(lake->root, lake->catalog, &options, &lake->warehouse, error));
  }
  *ret_warehouse = lake->warehouse;
  return STATUS_OK;
}

enum status lake_lock(struct lake *lake, void (*waiting)(void *context), void *context, struct error *error) {
  char path[PATH_LIMIT];
  TRY(join(path, lake->root, "lock", error));
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot open %s", path);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK && waiting)
      waiting(context);
    while (flock(fd, LOCK_EX) != 0)
      if (errno != EINTR) {
        close(fd);
        return error_set_errno(error, errno, "cannot lock %s", path);
      }
  }
  lake->lock = fd;
  return STATUS_OK;
}

void lake_unlock(struct lake *lake) {
  descriptor_close(lake->lock);
  lake->lock = -1;
}
