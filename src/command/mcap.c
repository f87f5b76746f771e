/* mcap: see mcap.h. A record is: opcode u8, length u64, fields; texts and arrays have a u32 length before them. */
#include "command/mcap.h"

#include "base/arena.h"
#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK_BYTES ((size_t)1 << 20) /* of messages, before compression */
#define CHUNK_MAX ((size_t)1 << 30)
#define CHANNELS_MAX 65535u
#define ZSTD_LEVEL 3

enum opcode {
  OP_HEADER = 0x01,
  OP_FOOTER = 0x02,
  OP_SCHEMA = 0x03,
  OP_CHANNEL = 0x04,
  OP_MESSAGE = 0x05,
  OP_CHUNK = 0x06,
  OP_MESSAGE_INDEX = 0x07,
  OP_CHUNK_INDEX = 0x08,
  OP_STATISTICS = 0x0B,
  OP_METADATA = 0x0C,
  OP_METADATA_INDEX = 0x0D,
  OP_SUMMARY_OFFSET = 0x0E,
  OP_DATA_END = 0x0F,
};

static const uint8_t magic[8] = {0x89, 'M', 'C', 'A', 'P', 0x30, '\r', '\n'};

struct span_ns {
  uint64_t first, last;
};

struct channel {
  struct buffer index; /* of the present chunk: time u64, offset u64 */
  uint64_t messages;
};

struct mcap {
  FILE *file;
  uint64_t offset; /* written so far */
  uint32_t crc;    /* of the summary, once it has begun */
  bool in_summary;
  struct buffer record, chunk, packed;
  struct buffer schemas, channels, chunk_indexes, metadata_indexes; /* records for the summary */
  struct channel *channel;
  uint32_t schema_count, channel_count, channel_capacity, chunk_count, metadata_count;
  uint64_t messages, chunk_messages;
  struct span_ns span, chunk_span;
};

/* ── fields ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void add_number(struct buffer *buffer, uint64_t value, size_t size) {
  buffer_add(buffer, &value, size); /* little-endian, as this machine is */
}

static void add_text(struct buffer *buffer, const char *text) {
  size_t size = strlen(text);
  add_number(buffer, size, 4);
  buffer_add(buffer, text, size);
}

/* opcode, length and content of a record go behind one another. */
static void add_record(struct buffer *buffer, enum opcode opcode, const struct buffer *content) {
  add_number(buffer, opcode, 1);
  add_number(buffer, content->size, 8);
  buffer_add(buffer, content->data, content->size);
}

static struct buffer *begin_record(struct mcap *mcap) {
  buffer_clear(&mcap->record);
  return &mcap->record;
}

/* ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status put(struct mcap *mcap, const void *data, size_t size, struct error *error) {
  if (size && fwrite(data, 1, size, mcap->file) != size)
    return error_set_errno(error, errno, "the MCAP file can't be written");
  mcap->offset += size;
  if (mcap->in_summary)
    mcap->crc = (uint32_t)crc32(mcap->crc, data, (uInt)size);
  return STATUS_OK;
}

static enum status put_buffer(struct mcap *mcap, const struct buffer *buffer, struct error *error) {
  if (buffer->failed)
    return error_set(error, STATUS_LIMIT, "a record of the MCAP file would have over %zu bytes", CHUNK_MAX);
  return put(mcap, buffer->data, buffer->size, error);
}

static enum status put_record(struct mcap *mcap, enum opcode opcode, const struct buffer *content,
                              struct error *error) {
  uint8_t head[9] = {(uint8_t)opcode};
  uint64_t size = content->size;
  memcpy(head + 1, &size, sizeof size);
  TRY(put(mcap, head, sizeof head, error));
  return put_buffer(mcap, content, error);
}

/* ── chunks ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void widen(struct span_ns *span, bool first, uint64_t time_ns) {
  span->first = first ? time_ns : MIN(span->first, time_ns);
  span->last = first ? time_ns : MAX(span->last, time_ns);
}

static enum status pack_chunk(struct mcap *mcap, struct error *error) {
  size_t room = ZSTD_compressBound(mcap->chunk.size);
  buffer_clear(&mcap->packed);
  uint8_t *packed = buffer_room(&mcap->packed, room);
  if (!packed)
    return error_set(error, STATUS_LIMIT, "a chunk of the MCAP file would have over %zu bytes", CHUNK_MAX);
  size_t size = ZSTD_compress(packed, room, mcap->chunk.data, mcap->chunk.size, ZSTD_LEVEL);
  if (ZSTD_isError(size))
    return error_set(error, STATUS_BUG, "zstd: %s", ZSTD_getErrorName(size));
  mcap->packed.size = size;
  return STATUS_OK;
}

/* The message indexes behind the chunk; their places go into `offsets`. */
static enum status put_message_indexes(struct mcap *mcap, struct buffer *offsets, struct error *error) {
  for (uint32_t i = 0; i < mcap->channel_count; i++) {
    struct channel *channel = &mcap->channel[i];
    if (!channel->index.size)
      continue;
    add_number(offsets, i + 1, 2);
    add_number(offsets, mcap->offset, 8);
    struct buffer *record = begin_record(mcap);
    add_number(record, i + 1, 2);
    add_number(record, channel->index.size, 4);
    buffer_add(record, channel->index.data, channel->index.size);
    TRY(put_record(mcap, OP_MESSAGE_INDEX, record, error));
    buffer_clear(&channel->index);
  }
  return STATUS_OK;
}

static void add_chunk_index(struct mcap *mcap, uint64_t begin, uint64_t chunk_size, const struct buffer *offsets,
                            uint64_t index_size) {
  struct buffer *record = begin_record(mcap);
  add_number(record, mcap->chunk_span.first, 8);
  add_number(record, mcap->chunk_span.last, 8);
  add_number(record, begin, 8);
  add_number(record, chunk_size, 8);
  add_number(record, offsets->size, 4);
  buffer_add(record, offsets->data, offsets->size);
  add_number(record, index_size, 8);
  add_text(record, "zstd");
  add_number(record, mcap->packed.size, 8);
  add_number(record, mcap->chunk.size, 8);
  add_record(&mcap->chunk_indexes, OP_CHUNK_INDEX, record);
}

static enum status end_chunk(struct mcap *mcap, struct error *error) {
  scoped(buffer) struct buffer offsets = buffer_with_max(CHUNK_MAX);
  uint64_t begin = mcap->offset;
  if (!mcap->chunk.size)
    return STATUS_OK;
  TRY(pack_chunk(mcap, error));
  struct buffer *record = begin_record(mcap);
  add_number(record, mcap->chunk_span.first, 8);
  add_number(record, mcap->chunk_span.last, 8);
  add_number(record, mcap->chunk.size, 8);
  add_number(record, crc32(0, mcap->chunk.data, (uInt)mcap->chunk.size), 4);
  add_text(record, "zstd");
  add_number(record, mcap->packed.size, 8);
  buffer_add(record, mcap->packed.data, mcap->packed.size);
  TRY(put_record(mcap, OP_CHUNK, record, error));
  uint64_t chunk_end = mcap->offset;
  TRY(put_message_indexes(mcap, &offsets, error));
  add_chunk_index(mcap, begin, chunk_end - begin, &offsets, mcap->offset - chunk_end);
  buffer_clear(&mcap->chunk);
  mcap->chunk_span = (struct span_ns){0};
  mcap->chunk_messages = 0;
  mcap->chunk_count++;
  return STATUS_OK;
}

/* ── what the caller gives ────────────────────────────────────────────────────────────────────────────────────── */

enum status mcap_open(FILE *file, struct mcap **ret_mcap, struct error *error) {
  struct mcap *mcap = memory_new(sizeof *mcap);
  *ret_mcap = mcap;
  mcap->file = file;
  struct buffer *const all[] = {&mcap->record,   &mcap->chunk,         &mcap->packed,          &mcap->schemas,
                                &mcap->channels, &mcap->chunk_indexes, &mcap->metadata_indexes};
  for (size_t i = 0; i < ARRAY_COUNT(all); i++)
    *all[i] = buffer_with_max(CHUNK_MAX);
  TRY(put(mcap, magic, sizeof magic, error));
  struct buffer *record = begin_record(mcap);
  add_text(record, "");
  add_text(record, "uavlake " UAVLAKE_VERSION);
  return put_record(mcap, OP_HEADER, record, error);
}

enum status mcap_schema(struct mcap *mcap, const char *name, const char *text, uint16_t *ret_id, struct error *error) {
  if (mcap->schema_count == CHANNELS_MAX)
    return error_set(error, STATUS_LIMIT, "an MCAP file holds at most %u kinds of message", CHANNELS_MAX);
  *ret_id = (uint16_t)++mcap->schema_count;
  struct buffer *record = begin_record(mcap);
  add_number(record, *ret_id, 2);
  add_text(record, name);
  add_text(record, "jsonschema");
  add_text(record, text);
  add_record(&mcap->schemas, OP_SCHEMA, record);
  add_record(&mcap->chunk, OP_SCHEMA, record);
  return STATUS_OK;
}

enum status mcap_channel(struct mcap *mcap, uint16_t schema, const char *topic, uint16_t *ret_id, struct error *error) {
  if (mcap->channel_count == CHANNELS_MAX)
    return error_set(error, STATUS_LIMIT, "an MCAP file holds at most %u channels", CHANNELS_MAX);
  if (mcap->channel_count == mcap->channel_capacity) {
    mcap->channel_capacity = MAX(64u, mcap->channel_capacity * 2);
    mcap->channel = memory_resize(mcap->channel, mcap->channel_capacity, sizeof *mcap->channel);
  }
  mcap->channel[mcap->channel_count] = (struct channel){.index = buffer_with_max(CHUNK_MAX)};
  *ret_id = (uint16_t)++mcap->channel_count;
  struct buffer *record = begin_record(mcap);
  add_number(record, *ret_id, 2);
  add_number(record, schema, 2);
  add_text(record, topic);
  add_text(record, "json");
  add_number(record, 0, 4); /* no metadata */
  add_record(&mcap->channels, OP_CHANNEL, record);
  add_record(&mcap->chunk, OP_CHANNEL, record);
  return STATUS_OK;
}

enum status mcap_message(struct mcap *mcap, uint16_t id, uint64_t time_ns, const void *json, size_t size,
                         struct error *error) {
  struct channel *channel = &mcap->channel[id - 1];
  add_number(&channel->index, time_ns, 8);
  add_number(&channel->index, mcap->chunk.size, 8);
  widen(&mcap->chunk_span, mcap->chunk_messages++ == 0, time_ns);
  widen(&mcap->span, mcap->messages == 0, time_ns);
  add_number(&mcap->chunk, OP_MESSAGE, 1);
  add_number(&mcap->chunk, 2 + 4 + 8 + 8 + size, 8);
  add_number(&mcap->chunk, id, 2);
  add_number(&mcap->chunk, (uint32_t)++channel->messages, 4);
  add_number(&mcap->chunk, time_ns, 8);
  add_number(&mcap->chunk, time_ns, 8);
  buffer_add(&mcap->chunk, json, size);
  mcap->messages++;
  return mcap->chunk.size >= CHUNK_BYTES ? end_chunk(mcap, error) : STATUS_OK;
}

enum status mcap_metadata(struct mcap *mcap, const char *name, const char *const (*pairs)[2], uint32_t count,
                          struct error *error) {
  scoped(buffer) struct buffer map = buffer_with_max(CHUNK_MAX);
  TRY(end_chunk(mcap, error));
  uint64_t begin = mcap->offset;
  for (uint32_t i = 0; i < count; i++) {
    add_text(&map, pairs[i][0]);
    add_text(&map, pairs[i][1]);
  }
  struct buffer *record = begin_record(mcap);
  add_text(record, name);
  add_number(record, map.size, 4);
  buffer_add(record, map.data, map.size);
  TRY(put_record(mcap, OP_METADATA, record, error));
  record = begin_record(mcap);
  add_number(record, begin, 8);
  add_number(record, mcap->offset - begin, 8);
  add_text(record, name);
  add_record(&mcap->metadata_indexes, OP_METADATA_INDEX, record);
  mcap->metadata_count++;
  return STATUS_OK;
}

/* ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status put_statistics(struct mcap *mcap, struct error *error) {
  scoped(buffer) struct buffer counts = buffer_with_max(CHUNK_MAX);
  for (uint32_t i = 0; i < mcap->channel_count; i++) {
    add_number(&counts, i + 1, 2);
    add_number(&counts, mcap->channel[i].messages, 8);
  }
  struct buffer *record = begin_record(mcap);
  add_number(record, mcap->messages, 8);
  add_number(record, mcap->schema_count, 2);
  add_number(record, mcap->channel_count, 4);
  add_number(record, 0, 4); /* attachments */
  add_number(record, mcap->metadata_count, 4);
  add_number(record, mcap->chunk_count, 4);
  add_number(record, mcap->span.first, 8);
  add_number(record, mcap->span.last, 8);
  add_number(record, counts.size, 4);
  buffer_add(record, counts.data, counts.size);
  return put_record(mcap, OP_STATISTICS, record, error);
}

struct group {
  enum opcode opcode;
  uint64_t begin, end;
};

static enum status put_group(struct mcap *mcap, enum opcode opcode, const struct buffer *records, struct group *group,
                             struct error *error) {
  *group = (struct group){opcode, mcap->offset, 0};
  TRY(opcode == OP_STATISTICS ? put_statistics(mcap, error) : put_buffer(mcap, records, error));
  group->end = mcap->offset;
  return STATUS_OK;
}

static enum status put_summary_offsets(struct mcap *mcap, const struct group *groups, size_t count,
                                       struct error *error) {
  for (size_t i = 0; i < count; i++) {
    if (groups[i].end == groups[i].begin)
      continue;
    struct buffer *record = begin_record(mcap);
    add_number(record, groups[i].opcode, 1);
    add_number(record, groups[i].begin, 8);
    add_number(record, groups[i].end - groups[i].begin, 8);
    TRY(put_record(mcap, OP_SUMMARY_OFFSET, record, error));
  }
  return STATUS_OK;
}

/* Its CRC covers the summary and the footer up to the CRC itself. */
static enum status put_footer(struct mcap *mcap, uint64_t summary, uint64_t offsets, struct error *error) {
  uint8_t footer[1 + 8 + 8 + 8 + 4] = {OP_FOOTER};
  uint64_t length = 8 + 8 + 4;
  memcpy(footer + 1, &length, 8);
  memcpy(footer + 9, &summary, 8);
  memcpy(footer + 17, &offsets, 8);
  uint32_t crc = (uint32_t)crc32(mcap->crc, footer, 25);
  memcpy(footer + 25, &crc, 4);
  return put(mcap, footer, sizeof footer, error);
}

enum status mcap_finish(struct mcap *mcap, struct error *error) {
  struct group groups[5];
  TRY(end_chunk(mcap, error));
  struct buffer *record = begin_record(mcap);
  add_number(record, 0, 4); /* no CRC of the whole data section: the chunks have theirs */
  TRY(put_record(mcap, OP_DATA_END, record, error));
  uint64_t summary = mcap->offset;
  mcap->crc = (uint32_t)crc32(0, NULL, 0);
  mcap->in_summary = true;
  TRY(put_group(mcap, OP_SCHEMA, &mcap->schemas, &groups[0], error));
  TRY(put_group(mcap, OP_CHANNEL, &mcap->channels, &groups[1], error));
  TRY(put_group(mcap, OP_STATISTICS, NULL, &groups[2], error));
  TRY(put_group(mcap, OP_CHUNK_INDEX, &mcap->chunk_indexes, &groups[3], error));
  TRY(put_group(mcap, OP_METADATA_INDEX, &mcap->metadata_indexes, &groups[4], error));
  uint64_t offsets = mcap->offset;
  TRY(put_summary_offsets(mcap, groups, ARRAY_COUNT(groups), error));
  TRY(put_footer(mcap, summary, offsets, error));
  return put(mcap, magic, sizeof magic, error);
}

void mcap_free(struct mcap *mcap) {
  if (!mcap)
    return;
  struct buffer *const all[] = {&mcap->record,   &mcap->chunk,         &mcap->packed,          &mcap->schemas,
                                &mcap->channels, &mcap->chunk_indexes, &mcap->metadata_indexes};
  for (size_t i = 0; i < ARRAY_COUNT(all); i++)
    buffer_free(all[i]);
  for (uint32_t i = 0; i < mcap->channel_count; i++)
    buffer_free(&mcap->channel[i].index);
  free(mcap->channel);
  free(mcap);
}
