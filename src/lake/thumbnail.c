/* thumbnail: see thumbnail.h. Pictures are kept as <lake>/derived/thumbnails/<log id>.jpg, and can be removed at any
 * time; an empty file says that the file's content gives none. One is made at a time, by a lock on a file beside them,
 * so that a page full of photographs does not start a hundred processes. Without FFmpeg's libraries the small JPEG
 * that cameras put into a photograph has to do. */
#include "lake/thumbnail.h"

#include "base/file.h"
#include "decode/decode.h"
#include "lake/document.h"
#include "lake/lake_private.h"
#include "lake/picture.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/file.h>

#define EMBEDDED_MAX ((uint64_t)1 << 20)

static uint64_t number_of(const struct batch *batch, const char *name) {
  for (uint16_t i = 0; i < batch->message->field_count; i++)
    if (strcmp(batch->message->fields[i].name, name) == 0 && column_is_valid(&batch->columns[i], 0))
      return (uint64_t)column_i64(&batch->columns[i], 0);
  return 0;
}

/* The small JPEG inside a photograph. */
static enum status read_embedded(struct input *input, struct arena *arena, struct bytes *ret_jpeg,
                                 struct error *error) {
  scoped(decode) struct decode *decode = NULL;
  const struct batch *batch;
  TRY(decode_open(input, decoder_find("jpeg"), &(struct decode_options){0}, &decode, error));
  TRY(decode_next(decode, &batch, error));
  uint64_t size = batch ? number_of(batch, "thumbnail_bytes") : 0;
  if (!size || size > EMBEDDED_MAX)
    return error_set(error, STATUS_NOT_FOUND, "the photograph holds no small picture of itself");
  size_t got;
  uint8_t *jpeg = arena_alloc(arena, (size_t)size);
  TRY(input_read_at(input, number_of(batch, "thumbnail_offset"), jpeg, (size_t)size, &got, error));
  *ret_jpeg = bytes_of(jpeg, got);
  return STATUS_OK;
}

static enum status make(struct lake *lake, const char *kind, const char *key, struct arena *arena,
                        struct bytes *ret_jpeg, struct error *error) {
  scoped(input) struct input *input = NULL;
  TRY(lake->store->driver->get(lake->store, key, &input, error));
  enum status status = picture_make(input, PICTURE_SIZE_DEFAULT, arena, ret_jpeg, error);
  if (status == STATUS_OK || strcmp(kind, "jpeg") != 0)
    return status;
  TRY(input_seek(input, 0, error));
  struct error ignored;
  return read_embedded(input, arena, ret_jpeg, &ignored) == STATUS_OK ? STATUS_OK : status;
}

static enum status read_kept(const char *path, struct arena *arena, struct bytes *ret_jpeg, struct error *error) {
  TRY(file_read(arena, path, 4 << 20, ret_jpeg, error));
  if (!ret_jpeg->size)
    return error_set(error, STATUS_NOT_FOUND, "no small picture can be made of this file");
  return STATUS_OK;
}

/* A lake that cannot be written still shows pictures; they are made anew each time. */
static void keep(const char *path, enum status status, struct bytes jpeg) {
  struct error ignored;
  if (status == STATUS_OK || status == STATUS_BAD_DATA || status == STATUS_LIMIT)
    if (file_write(path, status == STATUS_OK ? jpeg : bytes_of("", 0), &ignored) != STATUS_OK)
      return;
}

static enum status find_log(struct lake *lake, const char *log_id, struct arena *arena, const char **ret_kind,
                            const char **ret_key, struct error *error) {
  json_t *log = document_load(lake->catalog, "logs", log_id);
  *ret_kind = arena_copy_text(arena, json_field(log, "kind"));
  *ret_key = arena_copy_text(arena, json_field(log, "key"));
  json_decref(log);
  bool seen = strcmp(*ret_kind, "jpeg") == 0 || strcmp(*ret_kind, "image") == 0 || strcmp(*ret_kind, "mp4") == 0;
  if (!seen || !(*ret_key)[0])
    return error_set(error, STATUS_NOT_FOUND, "log '%s' is no photograph, image or film in the lake", log_id);
  return STATUS_OK;
}

enum status lake_thumbnail(struct lake *lake, const char *log_id, struct arena *arena, struct bytes *ret_jpeg,
                           struct error *error) {
  char folder[PATH_LIMIT], path[PATH_LIMIT], lock[PATH_LIMIT];
  const char *kind, *key;
  TRY(find_log(lake, log_id, arena, &kind, &key, error));
  TRY(path_join(folder, lake->root, "derived/thumbnails", error));
  TRY(path_join(path, folder, arena_format(arena, "%s.jpg", log_id), error));
  TRY(path_join(lock, folder, "lock", error));
  if (file_exists(path))
    return read_kept(path, arena, ret_jpeg, error);
  struct error ignored;
  bool writable = folder_create(folder, &ignored) == STATUS_OK;
  scoped(descriptor) int descriptor = writable ? open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
  if (descriptor >= 0)
    flock(descriptor, LOCK_EX);
  if (file_exists(path))
    return read_kept(path, arena, ret_jpeg, error);
  enum status status = make(lake, kind, key, arena, ret_jpeg, error);
  keep(path, status, status == STATUS_OK ? *ret_jpeg : bytes_of("", 0));
  return status;
}
