/* s3_put: one object, whole or not at all.
 *
 * Up to twice the part size it is one PutObject whose signed payload is the content's SHA-256, which the caller knows:
 * the service refuses anything else. The bytes are hashed as they go out, too, and the last piece is held back where
 * they differ, so that a file that changed is never complete even at a service that checks nothing. Larger ones go in
 * parts (s3_parts.c). `If-None-Match: *` makes a key that exists stay as it is; then, and after an answer that was
 * lost, the object there is compared by size and the SHA-256 noted beside it. */
#include "store/s3_private.h"

#include "base/clock.h"
#include "base/crc.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- headers ---- */

const char *s3_tag_text(struct arena *arena, const char *text) {
  char *clean = arena_copy_text(arena, text), *out = clean;
  for (const char *c = text; *c; c++) {
    bool good = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
                strchr(" +-=._:/@", *c);
    if ((*c & 0xC0) != 0x80) /* one a character */
      *out++ = good ? *c : '_';
  }
  *out = 0;
  return clean;
}

/* What S3 would refuse doesn't keep a log from being stored: the catalogue has it all. */
static bool tag_fits(const struct store_tag *tags, uint32_t index) {
  for (uint32_t i = 0; i < index; i++)
    if (strcmp(tags[i].key, tags[index].key) == 0)
      return false;
  const char *key = tags[index].key, *value = tags[index].value;
  return key[0] && strncmp(key, "aws:", 4) != 0 && text_is_utf8(text_of(key)) && text_is_utf8(text_of(value)) &&
         strlen(key) <= 128 && strlen(value) <= 256;
}

static const char *tags_text(struct arena *arena, const struct store_tag *tags, uint32_t count) {
  scoped(buffer) struct buffer text = buffer_with_max(16 << 10);
  for (uint32_t i = 0; i < count; i++)
    if (tag_fits(tags, i))
      buffer_format(&text, "%s%s=%s", text.size ? "&" : "",
                    sigv4_encode(arena, text_of(s3_tag_text(arena, tags[i].key)), false),
                    sigv4_encode(arena, text_of(s3_tag_text(arena, tags[i].value)), false));
  return arena_copy_text(arena, buffer_text(&text));
}

static void lock_headers(const struct s3_settings *s, struct s3_call *call) {
  char until[CLOCK_TEXT_SIZE];
  if (s->lock_days) {
    int64_t seconds = clock_now_us() / US_PER_S + (int64_t)s->lock_days * 86400;
    clock_format(until, seconds * US_PER_S);
    s3_call_header(call, "x-amz-object-lock-mode", "GOVERNANCE");
    s3_call_header(call, "x-amz-object-lock-retain-until-date", arena_copy_text(call->arena, until));
  }
  if (s->hold)
    s3_call_header(call, "x-amz-object-lock-legal-hold", "ON");
}

enum status s3_object_headers(struct s3_store *s3, struct s3_call *call, const char *sha256,
                              const struct store_tag *tags, uint32_t tag_count, struct error *error) {
  const struct s3_settings *s = &s3->settings;
  (void)error;
  s3_call_header(call, "content-type", "application/octet-stream");
  if (sha256)
    s3_call_header(call, "x-amz-meta-sha256", sha256);
  if (s->sse)
    s3_call_header(call, "x-amz-server-side-encryption", s->sse);
  if (s->kms_key)
    s3_call_header(call, "x-amz-server-side-encryption-aws-kms-key-id", s->kms_key);
  if (s->bucket_key)
    s3_call_header(call, "x-amz-server-side-encryption-bucket-key-enabled", "true");
  if (s->storage_class)
    s3_call_header(call, "x-amz-storage-class", s->storage_class);
  const char *tagging = s->tags ? tags_text(call->arena, tags, tag_count) : "";
  if (tagging[0])
    s3_call_header(call, "x-amz-tagging", tagging);
  lock_headers(s, call);
  return STATUS_OK;
}

/* ---- what is there ---- */

enum status s3_same_content(struct s3_store *s3, const char *key, uint64_t bytes, const char *sha256,
                            struct error *error) {
  struct store_object object;
  TRY(s3->store.driver->look(&s3->store, key, &object, error));
  if (object.bytes == bytes && strcmp(object.sha256, sha256) == 0)
    return STATUS_OK;
  return error_set(
      error, STATUS_EXISTS,
      "s3://%s/%s%s%.250s holds other bytes than its name says: it was altered or is damaged; move it away "
      "and add the file again",
      s3->settings.bucket, s3->settings.prefix, s3->settings.prefix[0] ? "/" : "", key);
}

/* ---- the body ---- */

struct outgoing {
  struct input *input;
  struct hash *hash;
  const char *sha256;
  uint64_t begin, size, done;
};

static bool outgoing_rewind(void *context) {
  struct outgoing *out = context;
  hash_free(out->hash);
  out->hash = hash_new();
  out->done = 0;
  return input_seek(out->input, out->begin, NULL) == STATUS_OK;
}

static int64_t changed(struct error *error) {
  error_set(error, STATUS_BAD_DATA, "the file changed while it was read; add it again when it is complete");
  return -1;
}

static int64_t outgoing_read(void *context, void *data, size_t room, struct error *error) {
  struct outgoing *out = context;
  struct bytes view;
  char sha256[SHA256_TEXT];
  size_t want = (size_t)MIN((uint64_t)MIN(room, INPUT_WINDOW), out->size - out->done);
  if (input_view(out->input, want, &view, error) != STATUS_OK)
    return -1;
  if (view.size < want)
    return changed(error);
  memcpy(data, view.data, want);
  hash_add(out->hash, view.data, want);
  input_skip(out->input, want);
  out->done += want;
  if (out->done < out->size)
    return (int64_t)want;
  hash_end(out->hash, sha256);
  out->hash = NULL;
  return strcmp(sha256, out->sha256) == 0 ? (int64_t)want : changed(error);
}

/* Where the service is to keep a CRC, it has to be known before: the bytes are read twice. */
static enum status read_crc(struct outgoing *out, enum s3_checksum kind, char text[BASE64_SIZE(8)],
                            struct error *error) {
  uint64_t wide = 0, left = out->size;
  uint32_t narrow = 0;
  while (left) {
    struct bytes view;
    TRY(input_view(out->input, (size_t)MIN((uint64_t)INPUT_WINDOW, left), &view, error));
    view.size = (size_t)MIN((uint64_t)view.size, left);
    if (!view.size)
      break;
    if (kind == S3_CHECKSUM_CRC64NVME)
      wide = crc64nvme_add(wide, view);
    else
      narrow = crc32c_add(narrow, view);
    input_skip(out->input, view.size);
    left -= view.size;
  }
  if (kind == S3_CHECKSUM_CRC64NVME)
    crc64nvme_text(text, wide);
  else
    crc32c_text(text, narrow);
  return input_seek(out->input, out->begin, error);
}

void s3_digest_text(char out[BASE64_SIZE(32)], const char *sha256) {
  uint8_t digest[32];
  for (size_t i = 0; i < sizeof digest; i++) {
    unsigned byte = 0;
    sscanf(sha256 + 2 * i, "%2x", &byte);
    digest[i] = (uint8_t)byte;
  }
  base64_encode(out, bytes_of(digest, sizeof digest));
}

static enum status checksum_header(struct s3_store *s3, struct s3_call *call, struct outgoing *out,
                                   struct error *error) {
  char *text = arena_alloc(call->arena, BASE64_SIZE(32));
  switch (s3->settings.checksum) {
  case S3_CHECKSUM_AUTO:
  case S3_CHECKSUM_SHA256:
    s3_digest_text(text, out->sha256);
    s3_call_header(call, "x-amz-checksum-sha256", text);
    return STATUS_OK;
  case S3_CHECKSUM_CRC64NVME:
    TRY(read_crc(out, S3_CHECKSUM_CRC64NVME, text, error));
    s3_call_header(call, "x-amz-checksum-crc64nvme", text);
    return STATUS_OK;
  case S3_CHECKSUM_CRC32C:
    TRY(read_crc(out, S3_CHECKSUM_CRC32C, text, error));
    s3_call_header(call, "x-amz-checksum-crc32c", text);
    return STATUS_OK;
  case S3_CHECKSUM_NONE:
    break;
  }
  if (s3->settings.lock_days || s3->settings.hold) { /* locked objects need one */
    s3_digest_text(text, out->sha256);
    s3_call_header(call, "x-amz-checksum-sha256", text);
  }
  return STATUS_OK;
}

/* ---- the whole ---- */

static enum status check_encrypted(struct s3_store *s3, const struct s3_call *call, struct error *error) {
  const char *found = http_answer_header(&call->answer, "x-amz-server-side-encryption");
  const char *wanted = s3->settings.sse;
  if (!s3->settings.require_sse || (found && (!wanted || strcmp(found, wanted) == 0)))
    return STATUS_OK;
  return error_set(
      error, STATUS_DENIED,
      "s3://%s/%.250s was stored %s%s although require_sse is on: set the bucket's default encryption, or sse=",
      s3->settings.bucket, call->key, found ? "with encryption " : "without encryption", found ? found : "");
}

static enum status put_one(struct s3_store *s3, const char *key, struct outgoing *out, const struct store_tag *tags,
                           uint32_t tag_count, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  s3_call_begin(&call, "PUT", key, "s3:PutObject");
  call.payload = out->sha256;
  call.body = (struct http_request){.read = outgoing_read,
                                    .rewind = outgoing_rewind,
                                    .read_context = out,
                                    .body_size = out->size,
                                    .has_body = true,
                                    .ask_first = out->size > (1u << 20)};
  TRY(s3_object_headers(s3, &call, out->sha256, tags, tag_count, error));
  TRY(checksum_header(s3, &call, out, error));
  if (s3->settings.conditional)
    s3_call_header(&call, "if-none-match", "*");
  enum status status = s3_call_run(s3, &call, error);
  if (status == STATUS_EXISTS)
    return s3_same_content(s3, key, out->size, out->sha256, error);
  return status == STATUS_OK ? check_encrypted(s3, &call, error) : status;
}

enum status s3_put(struct store *store, const char *key, struct input *input, const char *sha256,
                   const struct store_tag *tags, uint32_t tag_count, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  if (!store_key_is_safe(key))
    return error_set(error, STATUS_SETTINGS, "'%s' is not a safe key", key);
  uint64_t size = input_size(input);
  if (size == INPUT_SIZE_UNKNOWN)
    return error_set(error, STATUS_UNSUPPORTED,
                     "what comes from a pipe can't be stored on S3: save it to a file first");
  struct outgoing out = {.input = input, .sha256 = sha256, .begin = input_offset(input)};
  out.size = size - MIN(out.begin, size);
  if (!s3->settings.conditional || out.size > s3->settings.part_bytes) { /* before a byte is sent for nothing */
    enum status status = s3_same_content(s3, key, out.size, sha256, error);
    if (status != STATUS_NOT_FOUND)
      return status;
  }
  if (out.size > 2 * s3->settings.part_bytes)
    return s3_put_parts(s3, key, input, sha256, tags, tag_count, error);
  out.hash = hash_new();
  enum status status = put_one(s3, key, &out, tags, tag_count, error);
  hash_free(out.hash);
  return status;
}
