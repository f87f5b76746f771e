/* s3: the store as a bucket of Amazon S3, or of a service that speaks its protocol.
 *
 * This file opens the store and does what one request does: look, copy, tags, hold, presigned URLs. s3_location.c reads
 * the settings, s3_call.c sends and judges requests, s3_put.c and s3_parts.c write, s3_read.c reads, s3_list.c lists
 * and removes, s3_journal.c remembers uploads that were cut off. */
#include "store/s3_private.h"

#include "base/clock.h"
#include "base/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define COPY_MOST (UINT64_C(5) << 30) /* CopyObject's limit */
#define PRESIGN_MOST 604800u

extern const struct store_driver store_s3;

static bool s3_takes(const char *location) {
  return strncmp(location, "s3://", 5) == 0;
}

static void s3_close(struct store *store) {
  struct s3_store *s3 = (struct s3_store *)store;
  aws_chain_free(s3->chain);
  http_client_free(s3->client);
  retry_budget_end(&s3->budget);
  pthread_mutex_destroy(&s3->lock);
  arena_free(s3->arena);
  free(s3);
}

static enum status s3_open(const char *location, const struct store_options *options, struct store **ret_store,
                           struct error *error) {
  struct s3_settings settings;
  struct arena *arena = arena_new(0);
  enum status status = s3_settings_read(arena, location, &settings, error);
  if (status != STATUS_OK) {
    arena_free(arena);
    return status;
  }
  struct http_client *client = http_client_new(&(struct http_options){.proxy = settings.proxy,
                                                                      .ca_file = settings.ca_file,
                                                                      .family = settings.family,
                                                                      .connect_ms = settings.connect_ms,
                                                                      .stall_s = settings.stall_s,
                                                                      .upload_per_s = settings.upload_per_s});
  struct s3_store *s3 = memory_new(sizeof *s3);
  s3->store.driver = &store_s3;
  s3->arena = arena;
  s3->settings = settings;
  s3->client = client;
  s3->chain = aws_chain_new(client, &(struct aws_options){settings.profile, settings.region});
  s3->state_folder = options->state_folder ? arena_copy_text(arena, options->state_folder) : NULL;
  pthread_mutex_init(&s3->lock, NULL);
  retry_budget_init(&s3->budget, &(struct retry_options){.attempts = settings.attempts, .base_ms = settings.retry_ms});
  *ret_store = &s3->store;
  return STATUS_OK;
}

static enum status check_key(const char *key, struct error *error) {
  return store_key_is_safe(key) ? STATUS_OK : error_set(error, STATUS_SETTINGS, "'%s' is not a safe key", key);
}

/* ---- look ---- */

static enum status s3_look(struct store *store, const char *key, struct store_object *ret_object, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  int64_t bytes;
  TRY(check_key(key, error));
  s3_call_begin(&call, "HEAD", key, "s3:GetObject");
  TRY(s3_call_run((struct s3_store *)store, &call, error));
  const char *length = http_answer_header(&call.answer, "content-length");
  const char *sha256 = http_answer_header(&call.answer, "x-amz-meta-sha256");
  if (!length || !text_to_i64(text_of(length), &bytes) || bytes < 0)
    return error_set(error, STATUS_NETWORK, "the service did not say how large %.250s is", key);
  *ret_object = (struct store_object){.bytes = (uint64_t)bytes};
  snprintf(ret_object->key, sizeof ret_object->key, "%s", key);
  if (sha256 && strlen(sha256) == SHA256_TEXT - 1)
    memcpy(ret_object->sha256, sha256, SHA256_TEXT);
  return STATUS_OK;
}

/* ---- copy ---- */

static enum status s3_copy(struct store *store, const char *from, const char *to, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  struct store_object source;
  scoped(s3_call) struct s3_call call = {0};
  TRY(check_key(to, error));
  TRY(s3_look(store, from, &source, error));
  if (source.bytes > COPY_MOST)
    return error_set(error, STATUS_LIMIT, "%.250s has more than 5 GiB and can't be copied inside S3: add it anew",
                     from);
  enum status there = s3_same_content(s3, to, source.bytes, source.sha256, error);
  if (there != STATUS_NOT_FOUND)
    return there;
  s3_call_begin(&call, "PUT", to, "s3:PutObject");
  const char *full = arena_format(call.arena, "/%s/%s", s3->settings.bucket, s3_full_key(s3, call.arena, from));
  TRY(s3_object_headers(s3, &call, NULL, NULL, 0, error));
  s3_call_header(&call, "x-amz-copy-source", sigv4_encode(call.arena, text_of(full), true));
  call.body.has_body = true;
  call.error_in_200 = true;
  return s3_call_run(s3, &call, error);
}

/* ---- tags, hold ---- */

/* A small XML document under a subresource of the object. */
static enum status put_document(struct store *store, const char *key, const char *subresource, const char *action,
                                struct buffer *xml, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  scoped(s3_call) struct s3_call call = {0};
  char sha256[SHA256_TEXT], crc[BASE64_SIZE(4)];
  TRY(check_key(key, error));
  hash_bytes(bytes_of(xml->data, xml->size), sha256);
  crc32c_text(crc, crc32c_add(0, bytes_of(xml->data, xml->size)));
  s3_call_begin(&call, "PUT", key, action);
  s3_call_query(&call, subresource, "");
  s3_call_header(&call, "content-type", "application/xml");
  s3_call_header(&call, "x-amz-checksum-crc32c", crc);
  call.payload = sha256;
  call.body.body = bytes_of(xml->data, xml->size);
  return s3_call_run(s3, &call, error);
}

static enum status s3_set_tags(struct store *store, const char *key, const struct store_tag *tags, uint32_t tag_count,
                               struct error *error) {
  scoped(buffer) struct buffer xml = buffer_with_max(16 << 10);
  scoped(arena) struct arena *arena = arena_new(0);
  buffer_add_text(&xml, "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>");
  for (uint32_t i = 0; i < tag_count; i++)
    buffer_format(&xml, "<Tag><Key>%s</Key><Value>%s</Value></Tag>", s3_tag_text(arena, tags[i].key),
                  s3_tag_text(arena, tags[i].value));
  buffer_add_text(&xml, "</TagSet></Tagging>");
  if (xml.failed || tag_count > STORE_TAGS_MAX)
    return error_set(error, STATUS_LIMIT, "an object on S3 has at most %u tags, of 128 and 256 characters",
                     STORE_TAGS_MAX);
  return put_document(store, key, "tagging", "s3:PutObjectTagging", &xml, error);
}

struct tag_list {
  struct arena *arena;
  struct store_tag *tags;
  uint32_t count;
  struct store_tag current;
};

static enum status take_tag(void *context, const char *path, struct text text, struct error *error) {
  (void)error;
  struct tag_list *list = context;
  if (strcmp(path, "Tagging/TagSet/Tag/Key") == 0)
    list->current.key = arena_copy(list->arena, text.data, text.size);
  else if (strcmp(path, "Tagging/TagSet/Tag/Value") == 0)
    list->current.value = arena_copy(list->arena, text.data, text.size);
  else if (strcmp(path, "Tagging/TagSet/Tag") == 0 && list->count < STORE_TAGS_MAX && list->current.key) {
    list->current.value = list->current.value ? list->current.value : "";
    list->tags[list->count++] = list->current;
    list->current = (struct store_tag){0};
  }
  return STATUS_OK;
}

static enum status s3_get_tags(struct store *store, const char *key, struct arena *arena, struct store_tag *tags,
                               uint32_t *ret_count, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  struct tag_list list = {.arena = arena, .tags = tags};
  struct xml_callbacks callbacks = {take_tag, &list};
  TRY(check_key(key, error));
  s3_call_begin(&call, "GET", key, "s3:GetObjectTagging");
  s3_call_query(&call, "tagging", "");
  call.error_in_200 = true;
  TRY(s3_call_run((struct s3_store *)store, &call, error));
  TRY(xml_read(bytes_of(call.answer.body.data, call.answer.body.size), &callbacks, error));
  *ret_count = list.count;
  return STATUS_OK;
}

static enum status s3_set_hold(struct store *store, const char *key, bool hold, struct error *error) {
  scoped(buffer) struct buffer xml = buffer_with_max(1024);
  buffer_format(&xml, "<LegalHold xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>%s</Status></LegalHold>",
                hold ? "ON" : "OFF");
  return put_document(store, key, "legal-hold", "s3:PutObjectLegalHold", &xml, error);
}

/* ---- presigned URLs ---- */

static enum status s3_presign(struct store *store, const char *key, const char *method, uint32_t seconds,
                              struct arena *arena, const char **ret_url, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  struct sigv4_credentials keys;
  TRY(check_key(key, error));
  if (seconds < 1 || seconds > PRESIGN_MOST)
    return error_set(error, STATUS_SETTINGS, "a presigned URL holds for 1 to %u seconds, not %u", PRESIGN_MOST,
                     seconds);
  TRY(aws_chain_get(s3->chain, arena, &keys, error));
  const char *full = s3_full_key(s3, arena, key);
  pthread_mutex_lock(&s3->lock);
  struct s3_settings settings = s3->settings;
  int64_t offset_us = s3->clock_offset_us;
  pthread_mutex_unlock(&s3->lock);
  struct sigv4_request request = {.method = method,
                                  .host = settings.host,
                                  .path = settings.path_style ? arena_format(arena, "/%s/%s", settings.bucket, full)
                                                              : arena_format(arena, "/%s", full),
                                  .payload = SIGV4_UNSIGNED,
                                  .region = settings.region,
                                  .service = "s3",
                                  .time_us = clock_now_us() + offset_us};
  *ret_url = arena_format(arena, "%s://%s%s", settings.secure ? "https" : "http", settings.host,
                          sigv4_presign(arena, &keys, &request, seconds));
  return STATUS_OK;
}

const struct store_driver store_s3 = {
    .name = "s3",
    .about = "a bucket of Amazon S3 or of a service that speaks its protocol",
    .takes = s3_takes,
    .open = s3_open,
    .close = s3_close,
    .put = s3_put,
    .get = s3_get,
    .remove = s3_remove,
    .list = s3_list,
    .clean = s3_clean,
    .look = s3_look,
    .copy = s3_copy,
    .set_tags = s3_set_tags,
    .get_tags = s3_get_tags,
    .set_hold = s3_set_hold,
    .presign = s3_presign,
};
