/* s3_list: what is below a prefix (ListObjectsV2, a page at a time), and the removal of an object with all its versions
 * (ListObjectVersions), for erasure means that nothing is left. */
#include "store/s3_private.h"

#include "base/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define TOKEN_MAX 2048u

struct page {
  struct s3_store *s3;
  size_t cut; /* bytes of the store's prefix before each key */
  enum status (*object)(void *context, const struct store_object *object, struct error *error);
  void *context;
  struct store_object current;
  bool more, too_long;
  char token[TOKEN_MAX];
};

static void copy_text(char *out, size_t room, struct text text) {
  size_t size = MIN(text.size, room - 1);
  memcpy(out, text.data, size);
  out[size] = 0;
}

static enum status take_entry(void *context, const char *path, struct text text, struct error *error) {
  struct page *page = context;
  int64_t number = 0;
  if (strcmp(path, "ListBucketResult/Contents/Key") == 0) {
    struct text key = text.size >= page->cut ? text_from(text.data + page->cut, text.size - page->cut) : text;
    copy_text(page->current.key, sizeof page->current.key, key);
  } else if (strcmp(path, "ListBucketResult/Contents/Size") == 0) {
    page->current.bytes = text_to_i64(text, &number) && number >= 0 ? (uint64_t)number : 0;
  } else if (strcmp(path, "ListBucketResult/Contents") == 0) {
    struct store_object object = page->current;
    page->current = (struct store_object){.bytes = 0};
    return page->object(page->context, &object, error);
  } else if (strcmp(path, "ListBucketResult/IsTruncated") == 0) {
    page->more = text_is(text, "true");
  } else if (strcmp(path, "ListBucketResult/NextContinuationToken") == 0) {
    page->too_long = text.size >= sizeof page->token;
    copy_text(page->token, sizeof page->token, text);
  }
  return STATUS_OK;
}

/* A prefix is a folder: "raw" doesn't mean "rawhide/…". */
static const char *folder_of(const struct s3_store *s3, struct arena *arena, const char *prefix) {
  const char *full = s3_full_key(s3, arena, prefix);
  return full[0] ? arena_format(arena, "%s/", full) : "";
}

static enum status list_page(struct page *page, const char *prefix, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  struct xml_callbacks callbacks = {take_entry, page};
  s3_call_begin(&call, "GET", NULL, "s3:ListBucket");
  s3_call_query(&call, "list-type", "2");
  s3_call_query(&call, "prefix", folder_of(page->s3, call.arena, prefix));
  if (page->token[0])
    s3_call_query(&call, "continuation-token", arena_copy_text(call.arena, page->token));
  call.body.answer_max = XML_MAX;
  call.error_in_200 = true;
  TRY(s3_call_run(page->s3, &call, error));
  page->more = false;
  TRY(xml_read(bytes_of(call.answer.body.data, call.answer.body.size), &callbacks, error));
  if (page->more && (page->too_long || !page->token[0]))
    return error_set(error, STATUS_NETWORK, "the service lists more objects, but does not say how to go on");
  return STATUS_OK;
}

enum status s3_list(struct store *store, const char *prefix,
                    enum status (*object)(void *context, const struct store_object *object, struct error *error),
                    void *context, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  struct page page = {.s3 = s3, .object = object, .context = context, .more = true};
  page.cut = s3->settings.prefix[0] ? strlen(s3->settings.prefix) + 1 : 0;
  while (page.more)
    TRY(list_page(&page, prefix, error));
  return STATUS_OK;
}

/* ---- removal ---- */

static enum status remove_version(struct s3_store *s3, const char *key, const char *version, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  s3_call_begin(&call, "DELETE", key, version ? "s3:DeleteObjectVersion" : "s3:DeleteObject");
  if (version)
    s3_call_query(&call, "versionId", version);
  if (s3->settings.bypass_lock)
    s3_call_header(&call, "x-amz-bypass-governance-retention", "true");
  enum status status = s3_call_run(s3, &call, error);
  return status == STATUS_NOT_FOUND && strcmp(call.code, "NoSuchBucket") != 0 ? STATUS_OK : status;
}

struct versions {
  struct arena *arena;
  const char *wanted; /* full key */
  const char *key, *version;
  const char **found;
  uint32_t count, capacity;
  bool more;
  const char *next_key, *next_version;
};

static enum status take_version(void *context, const char *path, struct text text, struct error *error) {
  (void)error;
  struct versions *versions = context;
  const char *name = strrchr(path, '/'), *value = arena_copy(versions->arena, text.data, text.size);
  name = name ? name + 1 : "";
  if (strcmp(name, "Key") == 0)
    versions->key = value;
  else if (strcmp(name, "VersionId") == 0)
    versions->version = value;
  else if (strcmp(name, "IsTruncated") == 0)
    versions->more = text_is(text, "true");
  else if (strcmp(name, "NextKeyMarker") == 0)
    versions->next_key = value;
  else if (strcmp(name, "NextVersionIdMarker") == 0)
    versions->next_version = value;
  else if ((strcmp(name, "Version") == 0 || strcmp(name, "DeleteMarker") == 0) && versions->key && versions->version &&
           strcmp(versions->key, versions->wanted) == 0) {
    if (versions->count == versions->capacity) {
      versions->capacity = MAX(16u, versions->capacity * 2);
      versions->found = memory_resize(versions->found, versions->capacity, sizeof *versions->found);
    }
    versions->found[versions->count++] = versions->version;
  }
  return STATUS_OK;
}

static enum status list_versions(struct s3_store *s3, struct versions *versions, struct error *error) {
  do {
    scoped(s3_call) struct s3_call call = {0};
    struct xml_callbacks callbacks = {take_version, versions};
    s3_call_begin(&call, "GET", NULL, "s3:ListBucketVersions");
    s3_call_query(&call, "versions", "");
    s3_call_query(&call, "prefix", versions->wanted);
    if (versions->more && versions->next_key)
      s3_call_query(&call, "key-marker", versions->next_key);
    if (versions->more && versions->next_version)
      s3_call_query(&call, "version-id-marker", versions->next_version);
    versions->more = false;
    call.body.answer_max = XML_MAX;
    call.error_in_200 = true;
    TRY(s3_call_run(s3, &call, error));
    TRY(xml_read(bytes_of(call.answer.body.data, call.answer.body.size), &callbacks, error));
  } while (versions->more && versions->next_key && strcmp(versions->next_key, versions->wanted) == 0);
  return STATUS_OK;
}

/* Where versions may not be listed, or are unknown to the service, the object itself is removed. */
enum status s3_remove(struct store *store, const char *key, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  scoped(arena) struct arena *arena = arena_new(0);
  if (!store_key_is_safe(key))
    return error_set(error, STATUS_SETTINGS, "'%s' is not a safe key", key);
  struct versions versions = {.arena = arena, .wanted = s3_full_key(s3, arena, key)};
  enum status status = list_versions(s3, &versions, error);
  bool unknown = status == STATUS_DENIED || status == STATUS_UNSUPPORTED || status == STATUS_SETTINGS;
  if (unknown || (status == STATUS_OK && !versions.count))
    status = remove_version(s3, key, NULL, error);
  for (uint32_t i = 0; status == STATUS_OK && i < versions.count; i++)
    status = remove_version(s3, key, versions.found[i], error);
  free(versions.found);
  return status;
}
