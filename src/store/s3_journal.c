/* s3_journal: uploads in parts that are under way, a small file each in the store's state folder:
 *
 *   uploads/<SHA-256 of bucket, key and content>.json   {"bucket", "key", "upload", "bytes", "part_bytes", "begun"}
 *
 * The note is made when the service has given the upload's id, and removed when the object is whole or given up. A note
 * that is damaged is no note: the upload begins anew, and the old one ends by age. */
#include "store/s3_private.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#include <jansson.h>
#include <stdio.h>

#define NOTE_MAX ((size_t)16 << 10)

static bool note_path(const struct s3_store *s3, const char *key, const char *sha256, char path[PATH_LIMIT]) {
  char name[SHA256_TEXT + 32], hash[SHA256_TEXT];
  scoped(buffer) struct buffer all = buffer_with_max(NOTE_MAX);
  if (!s3->state_folder)
    return false;
  buffer_format(&all, "%s\n%s\n%s\n%s", s3->settings.bucket, s3->settings.prefix, key, sha256);
  hash_bytes(bytes_of(all.data, all.size), hash);
  snprintf(name, sizeof name, "uploads/%s.json", hash);
  return path_join(path, s3->state_folder, name, NULL) == STATUS_OK;
}

bool s3_journal_find(struct s3_store *s3, const char *key, const char *sha256, struct s3_upload *ret_upload) {
  char path[PATH_LIMIT];
  if (!note_path(s3, key, sha256, path))
    return false;
  json_t *note = json_load_file(path, 0, NULL);
  const char *id = json_string_value(json_object_get(note, "upload"));
  struct s3_upload upload = {.bytes = (uint64_t)json_integer_value(json_object_get(note, "bytes")),
                             .part_bytes = (uint64_t)json_integer_value(json_object_get(note, "part_bytes"))};
  bool good = id && id[0] && strlen(id) < sizeof upload.id;
  if (good) {
    memcpy(upload.id, id, strlen(id) + 1);
    *ret_upload = upload;
  }
  json_decref(note);
  return good;
}

/* Where it can't be noted, the upload is only not resumed. */
void s3_journal_note(struct s3_store *s3, const char *key, const char *sha256, const struct s3_upload *upload) {
  char path[PATH_LIMIT], folder[PATH_LIMIT];
  scoped(buffer) struct buffer text = buffer_with_max(NOTE_MAX);
  struct json_writer json = json_writer_of(&text);
  if (!note_path(s3, key, sha256, path) || path_join(folder, s3->state_folder, "uploads", NULL) != STATUS_OK)
    return;
  json_object_begin(&json, NULL);
  json_c_string(&json, "bucket", s3->settings.bucket);
  json_c_string(&json, "key", key);
  json_c_string(&json, "upload", upload->id);
  json_i64(&json, "bytes", (int64_t)upload->bytes);
  json_i64(&json, "part_bytes", (int64_t)upload->part_bytes);
  json_time(&json, "begun", clock_now_us());
  json_object_end(&json);
  if (folder_create(folder, NULL) != STATUS_OK || file_write(path, bytes_of(text.data, text.size), NULL) != STATUS_OK)
    return;
}

void s3_journal_forget(struct s3_store *s3, const char *key, const char *sha256) {
  char path[PATH_LIMIT];
  if (note_path(s3, key, sha256, path) && tree_remove(path, NULL) != STATUS_OK)
    return; /* a note of an upload that is gone costs one question later */
}

void s3_abort(struct s3_store *s3, const char *key, const char *id) {
  scoped(s3_call) struct s3_call call = {0};
  s3_call_begin(&call, "DELETE", key, "s3:AbortMultipartUpload");
  s3_call_query(&call, "uploadId", id);
  if (s3_call_run(s3, &call, NULL) != STATUS_OK)
    return;
}

/* ---- cleaning ---- */

static enum status clean_note(void *context, const char *path, uint64_t bytes, struct error *error) {
  struct s3_store *s3 = context;
  (void)bytes;
  int64_t begun_us = 0;
  json_t *note = json_load_file(path, 0, NULL);
  const char *begun = json_string_value(json_object_get(note, "begun"));
  const char *key = json_string_value(json_object_get(note, "key"));
  const char *id = json_string_value(json_object_get(note, "upload"));
  const char *bucket = json_string_value(json_object_get(note, "bucket"));
  bool good = begun && clock_parse(text_of(begun), &begun_us) && key && store_key_is_safe(key) && id && bucket;
  bool old = clock_now_us() - begun_us > (int64_t)s3->settings.keep_uploads_days * US_PER_DAY;
  if (good && old && strcmp(bucket, s3->settings.bucket) == 0)
    s3_abort(s3, key, id);
  json_decref(note);
  return good && !old ? STATUS_OK : tree_remove(path, error);
}

enum status s3_clean(struct store *store, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  char folder[PATH_LIMIT];
  if (!s3->state_folder)
    return STATUS_OK;
  TRY(path_join(folder, s3->state_folder, "uploads", error));
  if (!file_exists(folder))
    return STATUS_OK;
  return folder_walk(folder, &(struct walk_callbacks){.file = clean_note, .context = s3}, error);
}
