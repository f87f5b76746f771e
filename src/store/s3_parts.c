/* s3_parts: one large object in parts, several under way at once.
 *
 *   CreateMultipartUpload → UploadPart 1 … N, `parallel` at a time → CompleteMultipartUpload (If-None-Match: *)
 *
 * The file is read once, in order: a part is read into a slot's buffer, added to the content's SHA-256, and sent with a
 * checksum that the service verifies; so memory is parallel × part size. The object becomes visible only by the last
 * call, which is made only where the SHA-256 is the expected one. The upload's id is noted on this machine
 * (s3_journal.c): after a crash or a dead link the next put asks which parts are there, compares their checksums with
 * what it reads, and sends the others. A part is at least 5 MiB and there are at most 10,000.
 * Source: Amazon S3 User Guide, "Uploading and copying objects using multipart upload". */
#include "store/s3_private.h"

#include "base/clock.h"
#include "base/xml.h"

#include <stdio.h>
#include <stdlib.h>

#define PARTS_MOST 10000u
#define MEBIBYTE (UINT64_C(1) << 20)
#define CHECKSUM_TEXT BASE64_SIZE(32)
#define ETAG_MAX 130u

struct part {
  char etag[ETAG_MAX]; /* with its quotes; "" not there yet */
  char checksum[CHECKSUM_TEXT];
  uint64_t bytes;
};

enum slot_state { SLOT_FREE, SLOT_READY, SLOT_RUNNING };
struct slot {
  enum slot_state state;
  double due_s; /* of a READY one */
  uint8_t *data;
  size_t size;
  uint32_t number; /* of the part, from 1 */
  char payload[SHA256_TEXT], number_text[12];
  struct s3_call call;
};

struct parts {
  struct s3_store *s3;
  const char *key, *sha256;
  struct input *input;
  struct s3_upload upload;
  enum s3_checksum checksum;
  struct part *parts;
  uint32_t count, next; /* next: index of the first part that is not read */
  struct hash *hash;
  uint64_t whole_crc64;
  struct slot *slots;
  uint32_t slot_count;
  bool resumed;
};

/* ---- checksums of parts ---- */

static const struct {
  const char *name, *header, *element;
} checksum_names[] = {
    [S3_CHECKSUM_AUTO] = {"", "", ""},
    [S3_CHECKSUM_SHA256] = {"SHA256", "x-amz-checksum-sha256", "ChecksumSHA256"},
    [S3_CHECKSUM_CRC64NVME] = {"CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"},
    [S3_CHECKSUM_CRC32C] = {"CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C"},
    [S3_CHECKSUM_NONE] = {"", "", ""},
};

static void part_checksum(const struct parts *parts, struct bytes bytes, char out[CHECKSUM_TEXT]) {
  char sha256[SHA256_TEXT];
  out[0] = 0;
  if (parts->checksum == S3_CHECKSUM_CRC64NVME) {
    crc64nvme_text(out, crc64nvme_add(0, bytes));
  } else if (parts->checksum == S3_CHECKSUM_CRC32C) {
    crc32c_text(out, crc32c_add(0, bytes));
  } else if (parts->checksum == S3_CHECKSUM_SHA256) {
    hash_bytes(bytes, sha256);
    s3_digest_text(out, sha256);
  }
}

/* ---- beginning ---- */

static enum status take_id(void *context, const char *path, struct text text, struct error *error) {
  struct s3_upload *upload = context;
  if (strcmp(path, "InitiateMultipartUploadResult/UploadId") != 0)
    return STATUS_OK;
  if (text.size >= sizeof upload->id)
    return error_set(error, STATUS_BAD_DATA, "the service gave an upload id of %zu bytes", text.size);
  memcpy(upload->id, text.data, text.size);
  upload->id[text.size] = 0;
  return STATUS_OK;
}

static enum status begin_upload(struct parts *parts, const struct store_tag *tags, uint32_t tag_count,
                                struct error *error) {
  scoped(s3_call) struct s3_call call = {0};
  struct xml_callbacks callbacks = {take_id, &parts->upload};
  s3_call_begin(&call, "POST", parts->key, "s3:PutObject");
  s3_call_query(&call, "uploads", "");
  TRY(s3_object_headers(parts->s3, &call, parts->sha256, tags, tag_count, error));
  if (checksum_names[parts->checksum].name[0])
    s3_call_header(&call, "x-amz-checksum-algorithm", checksum_names[parts->checksum].name);
  if (parts->checksum == S3_CHECKSUM_CRC64NVME)
    s3_call_header(&call, "x-amz-checksum-type", "FULL_OBJECT");
  call.body.has_body = true;
  call.error_in_200 = true;
  TRY(s3_call_run(parts->s3, &call, error));
  TRY(xml_read(bytes_of(call.answer.body.data, call.answer.body.size), &callbacks, error));
  if (!parts->upload.id[0])
    return error_set(error, STATUS_NETWORK, "the service began an upload, but gave no id for it");
  s3_journal_note(parts->s3, parts->key, parts->sha256, &parts->upload);
  return STATUS_OK;
}

/* ---- what is there of an earlier try ---- */

struct listing {
  struct parts *parts;
  struct part part;
  uint32_t number, marker;
  bool more;
};

static enum status take_part(void *context, const char *path, struct text text, struct error *error) {
  (void)error;
  struct listing *list = context;
  const char *name = strrchr(path, '/');
  int64_t number = 0;
  int size = (int)MIN(text.size, (size_t)ETAG_MAX);
  name = name ? name + 1 : "";
  text_to_i64(text, &number);
  if (strcmp(name, "PartNumber") == 0)
    list->number = (uint32_t)number;
  else if (strcmp(name, "Size") == 0)
    list->part.bytes = (uint64_t)number;
  else if (strcmp(name, "ETag") == 0)
    snprintf(list->part.etag, sizeof list->part.etag, "%.*s", size, text.data);
  else if (strcmp(name, checksum_names[list->parts->checksum].element) == 0)
    snprintf(list->part.checksum, sizeof list->part.checksum, "%.*s", size, text.data);
  else if (strcmp(name, "IsTruncated") == 0)
    list->more = text_is(text, "true");
  else if (strcmp(name, "NextPartNumberMarker") == 0)
    list->marker = (uint32_t)number;
  else if (strcmp(name, "Part") == 0) {
    if (list->number >= 1 && list->number <= list->parts->count && list->part.checksum[0])
      list->parts->parts[list->number - 1] = list->part;
    list->part = (struct part){0};
  }
  return STATUS_OK;
}

static enum status list_parts(struct parts *parts, struct error *error) {
  struct listing list = {.parts = parts, .more = true};
  struct xml_callbacks callbacks = {take_part, &list};
  while (list.more) {
    scoped(s3_call) struct s3_call call = {0};
    uint32_t before = list.marker;
    s3_call_begin(&call, "GET", parts->key, "s3:ListMultipartUploadParts");
    s3_call_query(&call, "uploadId", parts->upload.id);
    s3_call_query(&call, "part-number-marker", arena_format(call.arena, "%u", list.marker));
    call.error_in_200 = true;
    call.body.answer_max = XML_MAX;
    list.more = false;
    TRY(s3_call_run(parts->s3, &call, error));
    TRY(xml_read(bytes_of(call.answer.body.data, call.answer.body.size), &callbacks, error));
    list.more = list.more && list.marker > before;
  }
  return STATUS_OK;
}

/* An upload that is gone, or of which nothing may be asked, is begun anew. */
static enum status resume_or_begin(struct parts *parts, const struct store_tag *tags, uint32_t tag_count,
                                   struct error *error) {
  struct s3_upload noted;
  bool fits = s3_journal_find(parts->s3, parts->key, parts->sha256, &noted) && noted.bytes == parts->upload.bytes &&
              noted.part_bytes == parts->upload.part_bytes;
  if (fits) {
    parts->upload = noted;
    enum status status = list_parts(parts, error);
    parts->resumed = status == STATUS_OK;
    if (status == STATUS_OK || status == STATUS_NETWORK)
      return status;
    memset(parts->parts, 0, parts->count * sizeof *parts->parts);
    parts->upload.id[0] = 0;
  }
  return begin_upload(parts, tags, tag_count, error);
}

/* ---- the parts ---- */

static enum status read_part(struct parts *parts, struct slot *slot, struct error *error) {
  uint64_t begin = parts->next * parts->upload.part_bytes;
  slot->size = (size_t)MIN(parts->upload.part_bytes, parts->upload.bytes - begin);
  slot->number = ++parts->next;
  for (size_t have = 0; have < slot->size;) {
    struct bytes view;
    TRY(input_view(parts->input, MIN(INPUT_WINDOW, slot->size - have), &view, error));
    view.size = MIN(view.size, slot->size - have);
    if (!view.size)
      return error_set(error, STATUS_BAD_DATA, "the file changed while it was read; add it again when it is complete");
    memcpy(slot->data + have, view.data, view.size);
    input_skip(parts->input, view.size);
    have += view.size;
  }
  struct bytes bytes = bytes_of(slot->data, slot->size);
  hash_add(parts->hash, bytes.data, bytes.size);
  if (parts->checksum == S3_CHECKSUM_CRC64NVME)
    parts->whole_crc64 = crc64nvme_add(parts->whole_crc64, bytes);
  return STATUS_OK;
}

static void make_call(struct parts *parts, struct slot *slot) {
  const struct s3_settings *s = &parts->s3->settings;
  struct part *part = &parts->parts[slot->number - 1];
  bool is_unsigned = s->payload == S3_PAYLOAD_UNSIGNED || (s->payload == S3_PAYLOAD_AUTO && s->secure);
  s3_call_begin(&slot->call, "PUT", parts->key, "s3:PutObject");
  snprintf(slot->number_text, sizeof slot->number_text, "%u", slot->number);
  s3_call_query(&slot->call, "partNumber", slot->number_text);
  s3_call_query(&slot->call, "uploadId", parts->upload.id);
  if (part->checksum[0])
    s3_call_header(&slot->call, checksum_names[parts->checksum].header, part->checksum);
  if (!is_unsigned)
    hash_bytes(bytes_of(slot->data, slot->size), slot->payload);
  slot->call.payload = is_unsigned ? SIGV4_UNSIGNED : slot->payload;
  slot->call.body.body = bytes_of(slot->data, slot->size);
}

/* Reads on until a part is found that must be sent. */
static enum status fill_slot(struct parts *parts, struct slot *slot, struct error *error) {
  while (parts->next < parts->count) {
    char checksum[CHECKSUM_TEXT];
    TRY(read_part(parts, slot, error));
    struct part *part = &parts->parts[slot->number - 1];
    part_checksum(parts, bytes_of(slot->data, slot->size), checksum);
    if (part->etag[0] && part->bytes == slot->size && strcmp(part->checksum, checksum) == 0)
      continue;
    *part = (struct part){.bytes = slot->size};
    memcpy(part->checksum, checksum, sizeof checksum);
    make_call(parts, slot);
    slot->state = SLOT_READY;
    slot->due_s = 0;
    return STATUS_OK;
  }
  return STATUS_OK;
}

static enum status start_slot(struct parts *parts, struct slot *slot, struct http_batch *batch, struct error *error) {
  struct http_request request;
  TRY(s3_call_sign(parts->s3, &slot->call, &request, error));
  TRY(http_batch_start(batch, &request, &slot->call.answer, slot, error));
  slot->state = SLOT_RUNNING;
  return STATUS_OK;
}

static enum status end_slot(struct parts *parts, struct slot *slot, enum status sent, struct error *error) {
  bool again;
  uint32_t delay_ms;
  enum status status = s3_call_judge(parts->s3, &slot->call, sent, &again, &delay_ms, error);
  slot->state = SLOT_READY;
  slot->due_s = clock_monotonic_s() + delay_ms / 1000.0;
  if (again)
    return STATUS_OK;
  const char *etag = http_answer_header(&slot->call.answer, "etag");
  if (status == STATUS_OK && (!etag || !etag[0] || strlen(etag) >= ETAG_MAX))
    status = error_set(error, STATUS_NETWORK, "the service took part %u without giving its ETag", slot->number);
  if (status == STATUS_OK)
    memcpy(parts->parts[slot->number - 1].etag, etag, strlen(etag) + 1);
  s3_call_end(&slot->call);
  slot->state = SLOT_FREE;
  return status;
}

/* Starts what can be started; *ret_wait_s: until the next may be. */
static enum status start_slots(struct parts *parts, struct http_batch *batch, uint32_t *ret_busy, double *ret_wait_s,
                               struct error *error) {
  double now_s = clock_monotonic_s();
  *ret_busy = 0;
  *ret_wait_s = 1;
  for (uint32_t i = 0; i < parts->slot_count; i++) {
    struct slot *slot = &parts->slots[i];
    if (slot->state == SLOT_FREE)
      TRY(fill_slot(parts, slot, error));
    if (slot->state == SLOT_READY && slot->due_s <= now_s)
      TRY(start_slot(parts, slot, batch, error));
    if (slot->state == SLOT_READY)
      *ret_wait_s = MIN(*ret_wait_s, slot->due_s - now_s);
    *ret_busy += slot->state != SLOT_FREE;
  }
  return STATUS_OK;
}

static enum status send_parts(struct parts *parts, struct http_batch *batch, struct error *error) {
  for (;;) {
    struct http_ended ended;
    uint32_t busy;
    double wait_s;
    TRY(start_slots(parts, batch, &busy, &wait_s, error));
    if (!busy)
      return STATUS_OK;
    TRY(http_batch_next(batch, (uint32_t)(MAX(wait_s, 0) * 1000) + 1, &ended, error));
    if (!ended.tag)
      continue;
    if (error)
      *error = ended.error;
    TRY(end_slot(parts, ended.tag, ended.status, error));
  }
}

/* ---- the end ---- */

static enum status check_content(struct parts *parts, struct error *error) {
  char sha256[SHA256_TEXT];
  hash_end(parts->hash, sha256);
  parts->hash = NULL;
  if (strcmp(sha256, parts->sha256) == 0)
    return STATUS_OK;
  return error_set(error, STATUS_BAD_DATA, "the file changed while it was read; add it again when it is complete");
}

static void parts_xml(const struct parts *parts, struct buffer *xml) {
  const char *element = checksum_names[parts->checksum].element;
  buffer_add_text(xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  for (uint32_t i = 0; i < parts->count; i++) {
    const struct part *part = &parts->parts[i];
    buffer_format(xml, "<Part><PartNumber>%u</PartNumber><ETag>", i + 1);
    for (const char *c = part->etag; *c; c++)
      if (*c == '"')
        buffer_add_text(xml, "&quot;");
      else if (*c != '<' && *c != '&' && *c != '>')
        buffer_add_byte(xml, (uint8_t)*c);
    buffer_add_text(xml, "</ETag>");
    if (element[0])
      buffer_format(xml, "<%s>%s</%s>", element, part->checksum, element);
    buffer_add_text(xml, "</Part>");
  }
  buffer_add_text(xml, "</CompleteMultipartUpload>");
}

/* An answer that was lost: the upload is gone then, and the object is there. */
static enum status complete(struct parts *parts, struct error *error) {
  scoped(buffer) struct buffer xml = buffer_with_max((size_t)8 << 20);
  scoped(s3_call) struct s3_call call = {0};
  char sha256[SHA256_TEXT], crc[BASE64_SIZE(8)];
  parts_xml(parts, &xml);
  hash_bytes(bytes_of(xml.data, xml.size), sha256);
  s3_call_begin(&call, "POST", parts->key, "s3:PutObject");
  s3_call_query(&call, "uploadId", parts->upload.id);
  call.payload = sha256;
  call.body.body = bytes_of(xml.data, xml.size);
  call.error_in_200 = true;
  s3_call_header(&call, "content-type", "application/xml");
  if (parts->s3->settings.conditional)
    s3_call_header(&call, "if-none-match", "*");
  if (parts->checksum == S3_CHECKSUM_CRC64NVME) {
    crc64nvme_text(crc, parts->whole_crc64);
    s3_call_header(&call, "x-amz-checksum-crc64nvme", crc);
    s3_call_header(&call, "x-amz-checksum-type", "FULL_OBJECT");
  }
  enum status status = s3_call_run(parts->s3, &call, error);
  bool there = status == STATUS_EXISTS || (status == STATUS_NOT_FOUND && call.tries > 1);
  if (!there)
    return status;
  status = s3_same_content(parts->s3, parts->key, parts->upload.bytes, parts->sha256, error);
  s3_abort(parts->s3, parts->key, parts->upload.id);
  return status;
}

static void free_slots(struct parts *parts) {
  for (uint32_t i = 0; parts->slots && i < parts->slot_count; i++) {
    if (parts->slots[i].state != SLOT_FREE)
      s3_call_end(&parts->slots[i].call);
    free(parts->slots[i].data);
  }
  free(parts->slots);
  free(parts->parts);
  hash_free(parts->hash);
}

static enum status run(struct parts *parts, const struct store_tag *tags, uint32_t tag_count, struct error *error) {
  scoped(http_batch) struct http_batch *batch = NULL;
  TRY(http_batch_new(parts->s3->client, &batch, error));
  TRY(resume_or_begin(parts, tags, tag_count, error));
  TRY(send_parts(parts, batch, error));
  TRY(check_content(parts, error));
  return complete(parts, error);
}

/* What another try could finish is left to it. */
static void settle(struct parts *parts, enum status status) {
  bool later = parts->s3->state_folder && (status == STATUS_NETWORK || status == STATUS_IO ||
                                           status == STATUS_CANCELLED || status == STATUS_DENIED);
  if (later)
    return;
  if (status != STATUS_OK && parts->upload.id[0])
    s3_abort(parts->s3, parts->key, parts->upload.id);
  s3_journal_forget(parts->s3, parts->key, parts->sha256);
}

enum status s3_put_parts(struct s3_store *s3, const char *key, struct input *input, const char *sha256,
                         const struct store_tag *tags, uint32_t tag_count, struct error *error) {
  uint64_t size = input_size(input) - input_offset(input), least = (size + PARTS_MOST - 1) / PARTS_MOST;
  struct parts parts = {.s3 = s3, .key = key, .sha256 = sha256, .input = input, .hash = hash_new()};
  parts.upload.bytes = size;
  parts.upload.part_bytes = MAX(s3->settings.part_bytes, (least + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE);
  parts.count = (uint32_t)((size + parts.upload.part_bytes - 1) / parts.upload.part_bytes);
  parts.checksum = s3->settings.checksum;
  bool locked = s3->settings.lock_days || s3->settings.hold; /* such objects need a checksum */
  if (parts.checksum == S3_CHECKSUM_AUTO || (parts.checksum == S3_CHECKSUM_NONE && locked))
    parts.checksum = S3_CHECKSUM_CRC64NVME;
  parts.parts = memory_new(parts.count * sizeof *parts.parts);
  parts.slot_count = MIN(s3->settings.parallel, parts.count);
  parts.slots = memory_new(parts.slot_count * sizeof *parts.slots);
  for (uint32_t i = 0; i < parts.slot_count; i++)
    parts.slots[i].data = memory_new((size_t)parts.upload.part_bytes);
  enum status status = run(&parts, tags, tag_count, error);
  settle(&parts, status);
  free_slots(&parts);
  return status;
}
