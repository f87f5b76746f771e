/* s3_read: an object as an input, by ranged GETs.
 *
 * Opening asks for the first stretch, whose answer also tells the size and the ETag; a small log is whole with that one
 * request. Reading forward, stretches grow from 256 KiB to 4 MiB; a jump begins small again, so that the end of an
 * archive or a film costs little. Every request says If-Match: an object that is replaced while it is read is an error,
 * never a mixture. Memory: one stretch. */
#include "store/s3_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define STRETCH_FIRST ((size_t)256 << 10)
#define STRETCH_MOST ((size_t)4 << 20)

struct remote {
  struct s3_store *s3;
  char *key, *etag;
  uint64_t size;
  struct buffer stretch;
  uint64_t stretch_begin;
  size_t next_stretch;
  struct error error;
};

static void remote_close(void *context) {
  struct remote *remote = context;
  buffer_free(&remote->stretch);
  free(remote->key);
  free(remote->etag);
  free(remote);
}

static enum status remote_explain(void *context, struct error *error) {
  struct remote *remote = context;
  return error_set(error, remote->error.status, "%s", remote->error.text);
}

static enum status take_stretch(void *context, struct bytes bytes, struct error *error) {
  struct remote *remote = context;
  buffer_add(&remote->stretch, bytes.data, bytes.size);
  return remote->stretch.failed ? error_set(error, STATUS_NETWORK, "the service sent more than it was asked for")
                                : STATUS_OK;
}

/* "bytes 0-9/443" → 443 */
static bool read_total(const char *text, uint64_t *ret_total) {
  const char *slash = text ? strrchr(text, '/') : NULL;
  int64_t total;
  if (!slash || !text_to_i64(text_of(slash + 1), &total) || total < 0)
    return false;
  *ret_total = (uint64_t)total;
  return true;
}

/* One try of a range. The stretch is cleared before each, so a broken one leaves nothing. */
static enum status ask(struct remote *remote, struct s3_call *call, uint64_t begin, size_t size, struct error *error) {
  remote->stretch.max = size;
  s3_call_begin(call, "GET", remote->key, "s3:GetObject");
  s3_call_header(
      call, "range",
      arena_format(call->arena, "bytes=%llu-%llu", (unsigned long long)begin, (unsigned long long)(begin + size - 1)));
  if (remote->etag)
    s3_call_header(call, "if-match", remote->etag);
  call->body.take = take_stretch;
  call->body.take_context = remote;
  for (;;) {
    struct http_request request;
    bool again;
    uint32_t delay_ms;
    buffer_clear(&remote->stretch);
    TRY(s3_call_sign(remote->s3, call, &request, error));
    enum status status = http_send(remote->s3->client, &request, &call->answer, error);
    status = s3_call_judge(remote->s3, call, status, &again, &delay_ms, error);
    if (!again)
      return status;
    retry_sleep(delay_ms);
  }
}

static enum status fetch(struct remote *remote, uint64_t begin, size_t size, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  uint64_t total;
  size = (size_t)MIN((uint64_t)size, remote->size - begin);
  enum status status = ask(remote, &call, begin, size, error);
  if (status == STATUS_EXISTS)
    return error_set(error, STATUS_BAD_DATA, "s3://%s/…/%.250s was replaced while it was read",
                     remote->s3->settings.bucket, remote->key);
  TRY(status);
  if (remote->stretch.size != size || !read_total(http_answer_header(&call.answer, "content-range"), &total) ||
      total != remote->size)
    return error_set(error, STATUS_NETWORK, "the service sent another range of %.250s than the one asked for",
                     remote->key);
  remote->stretch_begin = begin;
  return STATUS_OK;
}

static int64_t remote_read(void *context, uint64_t offset, void *data, size_t size) {
  struct remote *remote = context;
  if (offset >= remote->size || size == 0)
    return 0;
  uint64_t end = remote->stretch_begin + remote->stretch.size;
  if (offset < remote->stretch_begin || offset >= end) {
    bool forward = offset == end;
    remote->next_stretch = forward ? MIN(remote->next_stretch * 2, STRETCH_MOST) : STRETCH_FIRST;
    if (fetch(remote, offset, remote->next_stretch, &remote->error) != STATUS_OK) {
      buffer_clear(&remote->stretch);
      errno = EIO;
      return -1;
    }
    end = remote->stretch_begin + remote->stretch.size;
  }
  size = (size_t)MIN((uint64_t)size, end - offset);
  memcpy(data, remote->stretch.data + (offset - remote->stretch_begin), size);
  return (int64_t)size;
}

/* The first stretch. An object without bytes has no range: 416. */
static enum status open_remote(struct remote *remote, struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  enum status status = ask(remote, &call, 0, STRETCH_FIRST, error);
  if (call.answer.code == 416) {
    buffer_clear(&remote->stretch);
    return STATUS_OK;
  }
  TRY(status);
  const char *etag = http_answer_header(&call.answer, "etag");
  if (!etag || !read_total(http_answer_header(&call.answer, "content-range"), &remote->size) ||
      remote->stretch.size != MIN(remote->size, (uint64_t)STRETCH_FIRST))
    return error_set(error, STATUS_NETWORK, "the service did not say how large %.250s is", remote->key);
  remote->etag = memory_copy_text(etag);
  return STATUS_OK;
}

enum status s3_get(struct store *store, const char *key, struct input **ret_input, struct error *error) {
  struct s3_store *s3 = (struct s3_store *)store;
  if (!store_key_is_safe(key))
    return error_set(error, STATUS_SETTINGS, "'%s' is not a safe key", key);
  struct remote *remote = memory_new(sizeof *remote);
  *remote = (struct remote){.s3 = s3, .key = memory_copy_text(key), .next_stretch = STRETCH_FIRST};
  enum status status = open_remote(remote, error);
  struct input_source source = {.kind = INPUT_CALLBACK,
                                .read = remote_read,
                                .close = remote_close,
                                .explain = remote_explain,
                                .context = remote,
                                .size = remote->size};
  if (status == STATUS_OK)
    status = input_open(&source, NULL, ret_input, error);
  if (status != STATUS_OK)
    remote_close(remote);
  return status;
}
