/* disk: the store as a folder, laid out exactly as on S3, so that `aws s3 sync` and backup tools just work.
 *
 * A put writes <root>/tmp/put-…, hashes on the way, syncs, and links it to its key: link() never replaces a file, so
 * two writers of one key can't hurt each other, and a key is whole or absent at every instant. Objects are read-only
 * files. */
#include "store/store.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct disk_store {
  struct store store;
  char *root;
  _Atomic unsigned next_temporary;
};

extern const struct store_driver store_disk;

static bool disk_takes(const char *location) {
  return strstr(location, "://") == NULL;
}

static enum status disk_open(const char *location, const struct store_options *options, struct store **ret_store,
                             struct error *error) {
  (void)options;
  char temporary[PATH_LIMIT];
  TRY(path_join(temporary, location, "tmp", error));
  TRY(folder_create(temporary, error));
  struct disk_store *disk = memory_new(sizeof *disk);
  disk->store.driver = &store_disk;
  disk->root = memory_copy_text(location);
  *ret_store = &disk->store;
  return STATUS_OK;
}

static void disk_close(struct store *store) {
  struct disk_store *disk = (struct disk_store *)store;
  free(disk->root);
  free(disk);
}

static enum status key_path(struct disk_store *disk, const char *key, char path[PATH_LIMIT], struct error *error) {
  if (!store_key_is_safe(key))
    return error_set(error, STATUS_SETTINGS, "'%s' is not a safe key", key);
  return path_join(path, disk->root, key, error);
}

/* Copies the input into `fd`, hashing. */
static enum status copy_hashed(int fd, struct input *input, char ret_sha256[SHA256_TEXT], struct error *error) {
  struct hash *hash = hash_new();
  enum status status = STATUS_OK;
  while (status == STATUS_OK) {
    struct bytes view;
    status = input_view(input, INPUT_WINDOW, &view, error);
    if (status != STATUS_OK || view.size == 0)
      break;
    hash_add(hash, view.data, view.size);
    for (size_t done = 0; done < view.size && status == STATUS_OK;) {
      ssize_t wrote = write(fd, view.data + done, view.size - done);
      if (wrote < 0 && errno != EINTR)
        status = error_set_errno(error, errno, "cannot store the bytes");
      done += wrote > 0 ? (size_t)wrote : 0;
    }
    input_skip(input, view.size);
  }
  hash_end(hash, ret_sha256);
  return status;
}

static enum status write_temporary(const char *path, struct input *input, const char *sha256, struct error *error) {
  scoped(descriptor) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot create %s", path);
  char written[SHA256_TEXT];
  TRY(copy_hashed(fd, input, written, error));
  if (strcmp(written, sha256) != 0)
    return error_set(error, STATUS_BAD_DATA, "the file changed while it was read; add it again when it is complete");
  if (fsync(fd) != 0)
    return error_set_errno(error, errno, "cannot make the stored bytes durable");
  return STATUS_OK;
}

static enum status same_content(const char *path, const char *sha256, struct error *error) {
  scoped(input) struct input *input = NULL;
  char found[SHA256_TEXT];
  uint64_t bytes;
  TRY(input_open_path(path, &input, error));
  TRY(hash_input(input, found, &bytes, NULL, NULL, error));
  if (strcmp(found, sha256) == 0)
    return STATUS_OK;
  return error_set(
      error, STATUS_EXISTS,
      "%s holds other bytes than its name says: it was altered or is damaged; move it away and add the file again",
      path);
}

/* Folders first, so that the link can be made; then everything is made durable from the object upwards. */
static enum status publish(struct disk_store *disk, const char *temporary, const char *path, const char *sha256,
                           struct error *error) {
  char folder[PATH_LIMIT];
  snprintf(folder, sizeof folder, "%.*s", (int)(path_name(path) - path - 1), path);
  bool new_folder = !file_exists(folder);
  TRY(folder_create(folder, error));
  if (link(temporary, path) != 0) {
    if (errno == EEXIST)
      return same_content(path, sha256, error);
    return error_set_errno(error, errno, "cannot store %s", path);
  }
  TRY(folder_sync(folder, error));
  for (size_t root = strlen(disk->root); new_folder && strlen(folder) > root;) {
    TRY(folder_sync_of(folder, error));
    *strrchr(folder, '/') = 0;
  }
  return STATUS_OK;
}

static enum status disk_put(struct store *store, const char *key, struct input *input, const char *sha256,
                            const struct store_tag *tags, uint32_t tag_count, struct error *error) {
  (void)tags, (void)tag_count; /* a folder has no object tags; the catalogue holds them */
  struct disk_store *disk = (struct disk_store *)store;
  char path[PATH_LIMIT], temporary[PATH_LIMIT];
  TRY(key_path(disk, key, path, error));
  if (file_exists(path))
    return same_content(path, sha256, error);
  if (snprintf(temporary, sizeof temporary, "%s/tmp/put-%ld-%u", disk->root, (long)getpid(),
               atomic_fetch_add(&disk->next_temporary, 1u)) >= (int)sizeof temporary)
    return error_set(error, STATUS_LIMIT, "the lake's path %.200s… is too long", disk->root);
  enum status status = write_temporary(temporary, input, sha256, error);
  if (status == STATUS_OK)
    status = publish(disk, temporary, path, sha256, error);
  unlink(temporary);
  return status;
}

static enum status disk_get(struct store *store, const char *key, struct input **ret_input, struct error *error) {
  char path[PATH_LIMIT];
  TRY(key_path((struct disk_store *)store, key, path, error));
  return input_open_path(path, ret_input, error);
}

static enum status disk_remove(struct store *store, const char *key, struct error *error) {
  char path[PATH_LIMIT];
  TRY(key_path((struct disk_store *)store, key, path, error));
  if (unlink(path) != 0 && errno != ENOENT)
    return error_set_errno(error, errno, "cannot remove %s", path);
  return STATUS_OK;
}

struct list_walk {
  struct disk_store *disk;
  enum status (*object)(void *context, const struct store_object *object, struct error *error);
  void *context;
};

static enum status list_file(void *context, const char *path, uint64_t bytes, struct error *error) {
  struct list_walk *list = context;
  struct store_object object = {.bytes = bytes};
  if (strlen(path) <= strlen(list->disk->root) + 1)
    return STATUS_OK;
  snprintf(object.key, sizeof object.key, "%s", path + strlen(list->disk->root) + 1);
  return list->object(list->context, &object, error);
}

static enum status disk_list(struct store *store, const char *prefix,
                             enum status (*object)(void *context, const struct store_object *object,
                                                   struct error *error),
                             void *context, struct error *error) {
  struct list_walk list = {(struct disk_store *)store, object, context};
  char path[PATH_LIMIT];
  TRY(key_path(list.disk, prefix, path, error));
  if (!file_exists(path))
    return STATUS_OK;
  return folder_walk(path, &(struct walk_callbacks){.file = list_file, .context = &list}, error);
}

static enum status disk_clean(struct store *store, struct error *error) {
  char path[PATH_LIMIT];
  TRY(path_join(path, ((struct disk_store *)store)->root, "tmp", error));
  TRY(tree_remove(path, error));
  return folder_create(path, error);
}

static enum status disk_look(struct store *store, const char *key, struct store_object *ret_object,
                             struct error *error) {
  char path[PATH_LIMIT];
  struct stat info;
  TRY(key_path((struct disk_store *)store, key, path, error));
  if (stat(path, &info) != 0)
    return error_set_errno(error, errno, "cannot look at %s", path);
  *ret_object = (struct store_object){.bytes = (uint64_t)info.st_size};
  snprintf(ret_object->key, sizeof ret_object->key, "%s", key);
  return STATUS_OK;
}

static enum status disk_copy(struct store *store, const char *from, const char *to, struct error *error) {
  scoped(input) struct input *input = NULL;
  char sha256[SHA256_TEXT];
  uint64_t bytes;
  TRY(disk_get(store, from, &input, error));
  TRY(hash_input(input, sha256, &bytes, NULL, NULL, error));
  TRY(input_seek(input, 0, error));
  return disk_put(store, to, input, sha256, NULL, 0, error);
}

const struct store_driver store_disk = {
    .name = "disk",
    .about = "a folder on this machine",
    .takes = disk_takes,
    .open = disk_open,
    .close = disk_close,
    .put = disk_put,
    .get = disk_get,
    .remove = disk_remove,
    .list = disk_list,
    .clean = disk_clean,
    .look = disk_look,
    .copy = disk_copy,
};
