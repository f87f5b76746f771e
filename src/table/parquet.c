/* parquet: one Parquet file, written row group by row group.
 *
 * Layout: "PAR1", then for every row group and column a dictionary page (where there is one) and one data page, each a
 * Thrift header and compressed bytes; then the footer (FileMetaData), its length in 4 bytes, "PAR1". Source: the Apache
 * Parquet format specification.
 *
 * Decided for the widest set of readers and few CPU seconds a file:
 *  - data pages of version 1, one a column chunk (a row group has at most 122,880 rows or about 16 MB);
 *  - RLE_DICTIONARY where the distinct values are few, PLAIN elsewhere, DELTA_BINARY_PACKED for rising 64-bit integers
 *    (time stamps: 7 % of all bytes; read by DuckDB, Arrow, Trino and Spark from 3.3 on). BYTE_STREAM_SPLIT would be
 * smaller for noisy floats, but Spark's vectorised reader refused it until 2026, and so do older engines;
 *  - zstd level 1: level 3 gained 2 % of the bytes for a third more CPU;
 *  - zstd frames with their own checksum, so that every reader notices a flipped bit; a chunk that doesn't shrink is
 *    stored as it is;
 *  - least and greatest value and count of nulls a column chunk (texts up to 64 bytes; none where there is a NaN;
 *    zeros signed as the specification asks), so that readers skip row groups.
 *
 * The file is written under a temporary name in the same folder and renamed when it is whole. */
#include "table/parquet_file.h"

#include "table/parquet_chunk.h"
#include "table/parquet_encode.h"
#include "table/thrift.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

enum {
  GROUP_ROWS_MAX = 122880,
  GROUP_BYTES_MAX = 16 << 20,
  COMPRESSION_LEVEL = 1,
  COMPRESS_MIN = 64,     /* bytes of a chunk below which a zstd frame can't pay */
  DICTIONARY_MAX = 16384 /* distinct numbers */
};
#define PAGE_MAX ((size_t)2000 << 20) /* page sizes are 32-bit signed in the format */
#define CREATED_BY "uavlake version " UAVLAKE_VERSION " (build 1)"

enum encoding { PLAIN = 0, RLE = 3, DELTA_BINARY_PACKED = 5, RLE_DICTIONARY = 8 };
enum codec { CODEC_NONE = 0, CODEC_ZSTD = 6 };
enum page { PAGE_DATA = 0, PAGE_DICTIONARY = 2 };

struct parquet_tools {
  ZSTD_CCtx *zstd;
  struct buffer dictionary, page; /* raw */
  struct buffer dictionary_packed, page_packed;
  struct distinct distinct;
  uint32_t *indices;
  uint32_t index_capacity;
};

struct parquet_column {
  char *name;
  int32_t id;
  struct chunk chunk;
};

struct parquet_writer {
  struct parquet_tools *tools;
  bool owns_tools, keep_open, failed, created;
  char *path, *temporary;
  int fd;
  uint16_t column_count;
  struct parquet_column *columns;
  uint32_t group_rows;
  uint64_t rows;
  uint64_t offset;      /* of the next byte in the file */
  struct buffer out;    /* bytes that are not in the file yet */
  struct buffer groups; /* RowGroup structures for the footer */
  uint32_t group_count;
  struct buffer metadata; /* KeyValue structures */
  uint32_t metadata_count;
};

/* ---- tools ---- */

struct parquet_tools *parquet_tools_new(void) {
  struct parquet_tools *tools = memory_new(sizeof *tools);
  tools->zstd = ZSTD_createCCtx();
  assert(tools->zstd && "no memory for a compressor");
  ZSTD_CCtx_setParameter(tools->zstd, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
  ZSTD_CCtx_setParameter(tools->zstd, ZSTD_c_checksumFlag, 1);
  tools->dictionary = tools->page = buffer_with_max(PAGE_MAX);
  tools->dictionary_packed = tools->page_packed = buffer_with_max(PAGE_MAX + (PAGE_MAX >> 6));
  return tools;
}

void parquet_tools_free(struct parquet_tools *tools) {
  if (!tools)
    return;
  ZSTD_freeCCtx(tools->zstd);
  buffer_free(&tools->dictionary);
  buffer_free(&tools->page);
  buffer_free(&tools->dictionary_packed);
  buffer_free(&tools->page_packed);
  distinct_free(&tools->distinct);
  free(tools->indices);
  free(tools);
}

static bool pack(struct parquet_tools *tools, const struct buffer *raw, struct buffer *packed) {
  buffer_clear(packed);
  size_t bound = ZSTD_compressBound(raw->size);
  uint8_t *room = buffer_room(packed, bound);
  if (!room)
    return false;
  size_t size = ZSTD_compress2(tools->zstd, room, bound, raw->data, raw->size);
  if (ZSTD_isError(size))
    return false;
  packed->size = size;
  return true;
}

/* ---- statistics ---- */

struct range {
  bool known;
  bool ordered_by_sign; /* the old fields, which compare as signed numbers, hold too */
  uint8_t least[64], most[64];
  uint32_t least_size, most_size;
};

/* A NaN among the values leaves the range unknown: readers disagree on whether it is greater than all numbers. */
#define NUMBER_RANGE(type)                                                                                             \
  static void range_of_##type(const type *values, uint32_t count, struct range *range) {                               \
    type least = values[0], most = values[0];                                                                          \
    bool ordered = true;                                                                                               \
    for (uint32_t i = 0; i < count; i++) {                                                                             \
      ordered &= values[i] == values[i];                                                                               \
      least = values[i] < least ? values[i] : least;                                                                   \
      most = values[i] > most ? values[i] : most;                                                                      \
    }                                                                                                                  \
    range->known = ordered;                                                                                            \
    range->least_size = range->most_size = sizeof(type);                                                               \
    memcpy(range->least, &least, sizeof least);                                                                        \
    memcpy(range->most, &most, sizeof most);                                                                           \
  }
NUMBER_RANGE(uint8_t)
NUMBER_RANGE(int32_t)
NUMBER_RANGE(int64_t)
NUMBER_RANGE(float)
NUMBER_RANGE(double)

static int text_order(struct text a, struct text b) {
  size_t size = MIN(a.size, b.size);
  int order = size ? memcmp(a.data, b.data, size) : 0;
  return order ? order : (a.size > b.size) - (a.size < b.size);
}

static void range_of_text(const struct chunk *chunk, struct range *range) {
  struct text least = chunk_text(chunk, 0), most = least;
  for (uint32_t i = 1; i < chunk->unique; i++) {
    struct text value = chunk_text(chunk, i);
    least = text_order(value, least) < 0 ? value : least;
    most = text_order(value, most) > 0 ? value : most;
  }
  range->known = least.size <= sizeof range->least && most.size <= sizeof range->most;
  if (!range->known)
    return;
  if (least.size)
    memcpy(range->least, least.data, least.size);
  if (most.size)
    memcpy(range->most, most.data, most.size);
  range->least_size = (uint32_t)least.size;
  range->most_size = (uint32_t)most.size;
}

/* The specification: a least zero is written as -0.0 and a greatest as +0.0, as readers may compare either way. */
static void sign_zeros(struct range *range) {
  static const uint8_t zeros[8];
  uint32_t sign = range->least_size - 1;
  if (memcmp(range->least, zeros, sign) == 0 && (range->least[sign] & 0x7F) == 0)
    range->least[sign] = 0x80;
  if (memcmp(range->most, zeros, sign) == 0 && (range->most[sign] & 0x7F) == 0)
    range->most[sign] = 0;
}

static void range_find(const struct chunk *chunk, struct range *range) {
  *range = (struct range){.ordered_by_sign = chunk->type != PARQUET_BYTE_ARRAY};
  if (!chunk->values)
    return;
  switch (chunk->type) {
  case PARQUET_BOOLEAN:
    range_of_uint8_t(chunk->data, chunk->values, range);
    break;
  case PARQUET_INT32:
    range_of_int32_t(chunk->data, chunk->values, range);
    break;
  case PARQUET_INT64:
    range_of_int64_t(chunk->data, chunk->values, range);
    break;
  case PARQUET_FLOAT:
    range_of_float(chunk->data, chunk->values, range);
    sign_zeros(range);
    break;
  case PARQUET_DOUBLE:
    range_of_double(chunk->data, chunk->values, range);
    sign_zeros(range);
    break;
  case PARQUET_BYTE_ARRAY:
    range_of_text(chunk, range);
    break;
  }
}

static void write_statistics(struct thrift_writer *thrift, const struct range *range, uint32_t nulls) {
  thrift_struct_begin(thrift, 12);
  if (range->known && range->ordered_by_sign) {
    thrift_binary(thrift, 1, range->most, range->most_size);
    thrift_binary(thrift, 2, range->least, range->least_size);
  }
  thrift_i64(thrift, 3, nulls);
  if (range->known) {
    thrift_binary(thrift, 5, range->most, range->most_size);
    thrift_binary(thrift, 6, range->least, range->least_size);
  }
  thrift_struct_end(thrift);
}

/* ---- pages ---- */

static uint32_t *indices_room(struct parquet_tools *tools, uint32_t count) {
  if (count > tools->index_capacity) {
    tools->index_capacity = MAX(count, 4096u);
    tools->indices = memory_resize(tools->indices, tools->index_capacity, sizeof *tools->indices);
  }
  return tools->indices;
}

static void add_levels(struct buffer *page, const struct chunk *chunk) {
  size_t start = page->size;
  buffer_add(page, (uint8_t[4]){0}, 4);
  if (!chunk->valid)
    encode_level_run(page, true, chunk->rows);
  else if (!chunk->values)
    encode_level_run(page, false, chunk->rows);
  else
    encode_levels(page, chunk->valid, chunk->rows);
  uint32_t size = (uint32_t)(page->size - start - 4);
  if (!page->failed)
    memcpy(page->data + start, &size, sizeof size);
}

static void add_indices(struct buffer *page, const uint32_t *indices, uint32_t count, uint32_t distinct) {
  uint32_t width = encode_index_width(distinct);
  buffer_add_byte(page, (uint8_t)width);
  encode_indices(page, indices, count, width);
}

static void add_plain_text(struct buffer *page, struct text value) {
  uint32_t size = (uint32_t)value.size;
  buffer_add(page, &size, sizeof size);
  buffer_add(page, value.data, value.size);
}

static enum encoding add_text_values(struct parquet_tools *tools, const struct chunk *chunk, uint32_t *ret_distinct) {
  const uint32_t *indices = chunk->data;
  if (chunk->unique <= chunk->values / 2 || chunk->unique == 1) {
    for (uint32_t i = 0; i < chunk->unique; i++)
      add_plain_text(&tools->dictionary, chunk_text(chunk, i));
    add_indices(&tools->page, indices, chunk->values, chunk->unique);
    *ret_distinct = chunk->unique;
    return RLE_DICTIONARY;
  }
  for (uint32_t i = 0; i < chunk->values; i++)
    add_plain_text(&tools->page, chunk_text(chunk, indices[i]));
  return PLAIN;
}

/* Rising values gain from differences: time stamps, counters. */
static bool is_rising(const int64_t *values, uint32_t count) {
  uint32_t look = MIN(count, 256u), falls = 0;
  for (uint32_t i = 1; i < look; i++)
    falls += values[i] <= values[i - 1];
  return look > 2 && falls < look / 8;
}

/* Three tenths of the plain size, before compression: measured on two logs, of 1/10 … 9/10 the smallest files. */
static bool dictionary_pays(uint32_t distinct, uint32_t width, uint32_t count) {
  uint64_t bits = (uint64_t)distinct * width * 8 + (uint64_t)count * encode_index_width(distinct);
  return bits < (uint64_t)count * width * 8 * 3 / 10;
}

static enum encoding add_numbers(struct parquet_tools *tools, const struct chunk *chunk, uint32_t *ret_distinct) {
  struct distinct *distinct = &tools->distinct;
  if (chunk->type == PARQUET_INT64 && is_rising(chunk->data, chunk->values)) {
    encode_delta(&tools->page, chunk->data, chunk->values);
    return DELTA_BINARY_PACKED;
  }
  uint32_t *indices = indices_room(tools, chunk->values);
  uint32_t limit = MIN((uint32_t)DICTIONARY_MAX, MAX(1u, chunk->values / 4));
  if (distinct_find(distinct, chunk->data, chunk->width, chunk->values, limit, indices) &&
      dictionary_pays(distinct->count, chunk->width, chunk->values)) {
    for (uint32_t i = 0; i < distinct->count; i++)
      buffer_add(&tools->dictionary, &distinct->values[i], chunk->width);
    add_indices(&tools->page, indices, chunk->values, distinct->count);
    *ret_distinct = distinct->count;
    return RLE_DICTIONARY;
  }
  buffer_add(&tools->page, chunk->data, (size_t)chunk->values * chunk->width);
  return PLAIN;
}

/* Fills tools->page and tools->dictionary; *ret_distinct stays 0 where there is no dictionary. */
static enum encoding encode_chunk(struct parquet_tools *tools, const struct chunk *chunk, uint32_t *ret_distinct) {
  buffer_clear(&tools->page);
  buffer_clear(&tools->dictionary);
  add_levels(&tools->page, chunk);
  if (!chunk->values)
    return PLAIN;
  if (chunk->type == PARQUET_BYTE_ARRAY)
    return add_text_values(tools, chunk, ret_distinct);
  if (chunk->type == PARQUET_BOOLEAN) {
    encode_bools(&tools->page, chunk->data, chunk->values);
    return PLAIN;
  }
  return add_numbers(tools, chunk, ret_distinct);
}

static void add_page(struct buffer *out, enum page kind, uint32_t values, enum encoding encoding,
                     const struct buffer *raw, const struct buffer *stored) {
  struct thrift_writer thrift = thrift_writer_of(out);
  thrift_i32(&thrift, 1, kind);
  thrift_i32(&thrift, 2, (int32_t)raw->size);
  thrift_i32(&thrift, 3, (int32_t)stored->size);
  thrift_struct_begin(&thrift, kind == PAGE_DATA ? 5 : 7);
  thrift_i32(&thrift, 1, (int32_t)values);
  thrift_i32(&thrift, 2, encoding);
  if (kind == PAGE_DATA) {
    thrift_i32(&thrift, 3, RLE); /* definition levels */
    thrift_i32(&thrift, 4, RLE); /* repetition levels: none */
  }
  thrift_struct_end(&thrift);
  thrift_struct_end(&thrift);
  buffer_add(out, stored->data, stored->size);
}

/* What the footer says about one column chunk. */
struct chunk_facts {
  enum encoding encoding;
  enum codec codec;
  bool dictionary;
  uint64_t start, data_start, raw_size, size;
};

static void write_chunk_facts(struct thrift_writer *thrift, const struct parquet_column *column,
                              const struct chunk_facts *facts, const struct range *range) {
  const struct chunk *chunk = &column->chunk;
  thrift_struct_begin(thrift, 0);
  thrift_i64(thrift, 2, (int64_t)facts->start);
  thrift_struct_begin(thrift, 3);
  thrift_i32(thrift, 1, (int32_t)chunk->type);
  thrift_list(thrift, 2, THRIFT_I32, facts->dictionary ? 3 : 2);
  thrift_element_i32(thrift, RLE);
  if (facts->dictionary)
    thrift_element_i32(thrift, PLAIN);
  thrift_element_i32(thrift, facts->encoding);
  thrift_list(thrift, 3, THRIFT_BINARY, 1);
  thrift_element_text(thrift, column->name);
  thrift_i32(thrift, 4, facts->codec);
  thrift_i64(thrift, 5, chunk->rows);
  thrift_i64(thrift, 6, (int64_t)facts->raw_size);
  thrift_i64(thrift, 7, (int64_t)facts->size);
  thrift_i64(thrift, 9, (int64_t)facts->data_start);
  if (facts->dictionary)
    thrift_i64(thrift, 11, (int64_t)facts->start);
  write_statistics(thrift, range, chunk->rows - chunk->values);
  thrift_struct_end(thrift);
  thrift_struct_end(thrift);
}

/* One column chunk into `out`; false where a page outgrew the format. */
static bool write_chunk(struct parquet_writer *writer, struct parquet_column *column, struct chunk_facts *facts) {
  struct parquet_tools *tools = writer->tools;
  const struct chunk *chunk = &column->chunk;
  uint32_t distinct = 0;
  facts->encoding = encode_chunk(tools, chunk, &distinct);
  facts->dictionary = distinct > 0;
  if (tools->page.failed || tools->dictionary.failed)
    return false;
  size_t raw = tools->page.size + tools->dictionary.size;
  const struct buffer *page = &tools->page, *dictionary = &tools->dictionary;
  if (raw >= COMPRESS_MIN && pack(tools, page, &tools->page_packed) &&
      (!distinct || pack(tools, dictionary, &tools->dictionary_packed)) &&
      tools->page_packed.size + (distinct ? tools->dictionary_packed.size : 0) < raw) {
    page = &tools->page_packed;
    dictionary = &tools->dictionary_packed;
    facts->codec = CODEC_ZSTD;
  }
  size_t before = writer->out.size;
  facts->start = writer->offset + before;
  if (distinct)
    add_page(&writer->out, PAGE_DICTIONARY, distinct, PLAIN, &tools->dictionary, dictionary);
  facts->data_start = writer->offset + writer->out.size;
  add_page(&writer->out, PAGE_DATA, chunk->rows, facts->encoding, &tools->page, page);
  facts->size = writer->out.size - before;
  facts->raw_size = facts->size - page->size - (distinct ? dictionary->size : 0) + raw;
  return !writer->out.failed;
}

/* ---- file ---- */

static enum status open_file(struct parquet_writer *writer, struct error *error) {
  int flags = O_WRONLY | O_CLOEXEC | O_CREAT | (writer->created ? O_APPEND : O_TRUNC);
  writer->fd = open(writer->temporary, flags, 0644);
  if (writer->fd < 0)
    return error_set_errno(error, errno, "The table file %s can't be created", writer->temporary);
  writer->created = true;
  return STATUS_OK;
}

static enum status close_file(struct parquet_writer *writer, struct error *error) {
  int fd = writer->fd;
  writer->fd = -1;
  if (fd >= 0 && close(fd) != 0)
    return error_set_errno(error, errno, "The table file %s can't be written", writer->temporary);
  return STATUS_OK;
}

static enum status write_out(struct parquet_writer *writer, struct error *error) {
  if (writer->out.failed)
    return error_set(error, STATUS_LIMIT, "A row group of %s is too large to be written", writer->path);
  if (writer->fd < 0)
    TRY(open_file(writer, error));
  for (size_t done = 0; done < writer->out.size;) {
    ssize_t count = write(writer->fd, writer->out.data + done, writer->out.size - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return error_set_errno(error, errno, "The table file %s can't be written", writer->temporary);
    done += (size_t)count;
  }
  writer->offset += writer->out.size;
  buffer_clear(&writer->out);
  return writer->keep_open ? STATUS_OK : close_file(writer, error);
}

/* Encodes the waiting rows into `out`. */
static enum status end_group(struct parquet_writer *writer, bool release, struct error *error) {
  if (!writer->group_rows)
    return STATUS_OK;
  uint64_t start = writer->offset + writer->out.size, raw_size = 0, size = 0;
  struct thrift_writer thrift = thrift_writer_of(&writer->groups);
  thrift_list(&thrift, 1, THRIFT_STRUCT, writer->column_count);
  for (uint16_t c = 0; c < writer->column_count; c++) {
    struct parquet_column *column = &writer->columns[c];
    struct chunk_facts facts = {0};
    struct range range;
    if (!write_chunk(writer, column, &facts))
      return error_set(error, STATUS_LIMIT, "Column %s of %s holds too many bytes for one row group", column->name,
                       writer->path);
    range_find(&column->chunk, &range);
    write_chunk_facts(&thrift, column, &facts, &range);
    raw_size += facts.raw_size;
    size += facts.size;
    chunk_clear(&column->chunk, release);
  }
  thrift_i64(&thrift, 2, (int64_t)raw_size);
  thrift_i64(&thrift, 3, writer->group_rows);
  thrift_i64(&thrift, 5, (int64_t)start);
  thrift_i64(&thrift, 6, (int64_t)size);
  thrift_struct_end(&thrift);
  writer->group_count++;
  writer->group_rows = 0;
  return STATUS_OK;
}

/* ---- footer ---- */

static void write_logical_type(struct thrift_writer *thrift, enum parquet_logical logical) {
  thrift_struct_begin(thrift, 10);
  if (logical == LOGICAL_TEXT) {
    thrift_struct_empty(thrift, 1);
  } else if (logical == LOGICAL_TIME) {
    thrift_struct_begin(thrift, 8);
    thrift_bool(thrift, 1, true); /* an instant in UTC */
    thrift_struct_begin(thrift, 2);
    thrift_struct_empty(thrift, 2); /* microseconds */
    thrift_struct_end(thrift);
    thrift_struct_end(thrift);
  } else {
    static const int8_t bits[] = {[LOGICAL_I8] = 8, [LOGICAL_I16] = 16, [LOGICAL_I32] = 32, [LOGICAL_I64] = 64};
    thrift_struct_begin(thrift, 10);
    thrift_i8(thrift, 1, bits[logical]);
    thrift_bool(thrift, 2, true);
    thrift_struct_end(thrift);
  }
  thrift_struct_end(thrift);
}

static void write_schema_column(struct thrift_writer *thrift, const struct parquet_column *column) {
  static const int8_t converted[] = {[LOGICAL_I8] = 15,  [LOGICAL_I16] = 16,  [LOGICAL_I32] = 17,
                                     [LOGICAL_I64] = 18, [LOGICAL_TIME] = 10, [LOGICAL_TEXT] = 0};
  enum parquet_logical logical = column->chunk.logical;
  thrift_struct_begin(thrift, 0);
  thrift_i32(thrift, 1, (int32_t)column->chunk.type);
  thrift_i32(thrift, 3, 1); /* optional */
  thrift_text(thrift, 4, column->name);
  if (logical != LOGICAL_NONE)
    thrift_i32(thrift, 6, converted[logical]);
  thrift_i32(thrift, 9, column->id);
  if (logical != LOGICAL_NONE)
    write_logical_type(thrift, logical);
  thrift_struct_end(thrift);
}

static void write_schema(struct thrift_writer *thrift, const struct parquet_writer *writer) {
  thrift_list(thrift, 2, THRIFT_STRUCT, writer->column_count + 1u);
  thrift_struct_begin(thrift, 0);
  thrift_text(thrift, 4, "schema");
  thrift_i32(thrift, 5, writer->column_count);
  thrift_struct_end(thrift);
  for (uint16_t c = 0; c < writer->column_count; c++)
    write_schema_column(thrift, &writer->columns[c]);
}

static void write_footer(struct parquet_writer *writer) {
  struct buffer *out = &writer->out;
  size_t start = out->size;
  struct thrift_writer thrift = thrift_writer_of(out);
  thrift_i32(&thrift, 1, 1);
  write_schema(&thrift, writer);
  thrift_i64(&thrift, 3, (int64_t)writer->rows);
  thrift_list(&thrift, 4, THRIFT_STRUCT, writer->group_count);
  buffer_add(out, writer->groups.data, writer->groups.size);
  if (writer->metadata_count) {
    thrift_list(&thrift, 5, THRIFT_STRUCT, writer->metadata_count);
    buffer_add(out, writer->metadata.data, writer->metadata.size);
  }
  thrift_text(&thrift, 6, CREATED_BY);
  thrift_list(&thrift, 7, THRIFT_STRUCT, writer->column_count);
  for (uint16_t c = 0; c < writer->column_count; c++) {
    thrift_struct_begin(&thrift, 0);
    thrift_struct_empty(&thrift, 1); /* each in the order of its type */
    thrift_struct_end(&thrift);
  }
  thrift_struct_end(&thrift);
  uint32_t size = (uint32_t)(out->size - start);
  buffer_add(out, &size, sizeof size);
  buffer_add(out, "PAR1", 4);
}

/* ---- public ---- */

static void keep_metadata(struct parquet_writer *writer, const struct parquet_metadata *metadata, uint32_t count) {
  writer->metadata_count = count;
  for (uint32_t i = 0; i < count; i++) {
    struct thrift_writer thrift = thrift_writer_of(&writer->metadata);
    thrift_text(&thrift, 1, metadata[i].key);
    thrift_text(&thrift, 2, metadata[i].value);
    thrift_struct_end(&thrift);
  }
}

enum status parquet_create_waiting(struct parquet_tools *tools, const char *path, const char *temporary,
                                   const struct field *fields, uint16_t field_count, const int32_t *field_ids,
                                   const struct parquet_metadata *metadata, uint32_t metadata_count,
                                   struct parquet_writer **ret_writer, struct error *error) {
  if (!field_count)
    return error_set(error, STATUS_SETTINGS, "The table file %s would have no column", path);
  struct parquet_writer *writer = memory_new(sizeof *writer);
  writer->tools = tools;
  writer->fd = -1;
  writer->path = memory_copy_text(path);
  writer->temporary = memory_copy_text(temporary);
  writer->out = buffer_with_max(PAGE_MAX * 2);
  writer->groups = writer->metadata = buffer_with_max((size_t)256 << 20);
  writer->column_count = field_count;
  writer->columns = memory_new(field_count * sizeof *writer->columns);
  for (uint16_t c = 0; c < field_count; c++) {
    writer->columns[c].name = memory_copy_text(fields[c].name);
    writer->columns[c].id = field_ids ? field_ids[c] : c + 1;
    chunk_init(&writer->columns[c].chunk, &fields[c]);
  }
  keep_metadata(writer, metadata, metadata_count);
  buffer_add(&writer->out, "PAR1", 4);
  *ret_writer = writer;
  return STATUS_OK;
}

/* ".tmp-<process>-<name>" in the folder of `path`. */
static char *temporary_name(const char *path) {
  const char *slash = strrchr(path, '/');
  int folder = slash ? (int)(slash - path + 1) : 0;
  char *name = NULL;
  if (asprintf(&name, "%.*s.tmp-%d-%s", folder, path, (int)getpid(), path + folder) < 0)
    abort();
  return name;
}

enum status parquet_create(const char *path, const struct field *fields, uint16_t field_count, const int32_t *field_ids,
                           const struct parquet_metadata *metadata, uint32_t metadata_count,
                           struct parquet_writer **ret_writer, struct error *error) {
  struct parquet_tools *tools = parquet_tools_new();
  scoped(memory) char *temporary = temporary_name(path);
  struct parquet_writer *writer;
  enum status status = parquet_create_waiting(tools, path, temporary, fields, field_count, field_ids, metadata,
                                              metadata_count, &writer, error);
  if (status != STATUS_OK) {
    parquet_tools_free(tools);
    return status;
  }
  writer->owns_tools = writer->keep_open = true;
  status = open_file(writer, error);
  if (status != STATUS_OK)
    parquet_free(writer);
  else
    *ret_writer = writer;
  return status;
}

size_t parquet_waiting_bytes(const struct parquet_writer *writer) {
  size_t bytes = writer->out.size;
  for (uint16_t c = 0; c < writer->column_count; c++)
    bytes += chunk_bytes(&writer->columns[c].chunk);
  return bytes;
}

enum status parquet_flush(struct parquet_writer *writer, struct error *error) {
  enum status status = end_group(writer, true, error);
  if (status == STATUS_OK)
    status = write_out(writer, error);
  buffer_free(&writer->out);
  writer->failed |= status != STATUS_OK;
  return status;
}

static enum status add_slice(struct parquet_writer *writer, const struct column *columns, uint32_t first,
                             uint32_t count, struct error *error) {
  for (uint16_t c = 0; c < writer->column_count; c++)
    TRY(chunk_add(&writer->columns[c].chunk, &columns[c], first, count, error));
  writer->group_rows += count;
  writer->rows += count;
  if (writer->group_rows < GROUP_ROWS_MAX && parquet_waiting_bytes(writer) < GROUP_BYTES_MAX)
    return STATUS_OK;
  TRY(end_group(writer, false, error));
  return write_out(writer, error);
}

enum status parquet_rows(struct parquet_writer *writer, const struct column *columns, uint32_t rows,
                         struct error *error) {
  if (writer->failed)
    return error_set(error, STATUS_BUG, "Rows were added to %s after its writing had failed", writer->path);
  for (uint32_t first = 0; first < rows;) {
    uint32_t count = MIN(MIN((uint32_t)CHUNK_SLICE, rows - first), GROUP_ROWS_MAX - writer->group_rows);
    enum status status = add_slice(writer, columns, first, count, error);
    if (status != STATUS_OK) {
      writer->failed = true;
      return status;
    }
    first += count;
  }
  return STATUS_OK;
}

static enum status finish(struct parquet_writer *writer, struct error *error) {
  if (writer->failed)
    return error_set(error, STATUS_BUG, "The file %s was finished after its writing had failed", writer->path);
  TRY(end_group(writer, true, error));
  write_footer(writer);
  return write_out(writer, error);
}

static enum status put_in_place(struct parquet_writer *writer, uint64_t *ret_bytes, uint64_t *ret_rows,
                                struct error *error) {
  TRY(close_file(writer, error));
  if (rename(writer->temporary, writer->path) != 0)
    return error_set_errno(error, errno, "The table file %s can't be put in place", writer->path);
  writer->created = false;
  buffer_free(&writer->out);
  if (ret_bytes)
    *ret_bytes = writer->offset;
  if (ret_rows)
    *ret_rows = writer->rows;
  return STATUS_OK;
}

enum status parquet_finish_unsynced(struct parquet_writer *writer, uint64_t *ret_bytes, uint64_t *ret_rows,
                                    struct error *error) {
  TRY(finish(writer, error));
  return put_in_place(writer, ret_bytes, ret_rows, error);
}

/* Makes the name of a file durable. */
static enum status sync_folder(const char *path, struct error *error) {
  const char *slash = strrchr(path, '/');
  scoped(memory) char *folder = slash ? memory_copy_part(path, (size_t)MAX(slash - path, 1)) : memory_copy_text(".");
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = fd >= 0 && fsync(fd) == 0;
  int reason = errno;
  if (fd >= 0)
    close(fd);
  /* File systems without folder sync answer EINVAL: nothing more can be done there. */
  return synced || reason == EINVAL ? STATUS_OK
                                    : error_set_errno(error, reason, "The folder %s can't be made durable", folder);
}

enum status parquet_finish(struct parquet_writer *writer, uint64_t *ret_bytes, uint64_t *ret_rows,
                           struct error *error) {
  TRY(finish(writer, error));
  if (fsync(writer->fd) != 0 && errno != EINVAL)
    return error_set_errno(error, errno, "The table file %s can't be made durable", writer->temporary);
  TRY(put_in_place(writer, ret_bytes, ret_rows, error));
  return sync_folder(writer->path, error);
}

void parquet_free(struct parquet_writer *writer) {
  if (!writer)
    return;
  if (writer->fd >= 0)
    close(writer->fd);
  if (writer->created)
    unlink(writer->temporary);
  for (uint16_t c = 0; c < writer->column_count; c++) {
    chunk_free(&writer->columns[c].chunk);
    free(writer->columns[c].name);
  }
  free(writer->columns);
  free(writer->path);
  free(writer->temporary);
  buffer_free(&writer->out);
  buffer_free(&writer->groups);
  buffer_free(&writer->metadata);
  if (writer->owns_tools)
    parquet_tools_free(writer->tools);
  free(writer);
}
