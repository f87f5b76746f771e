/* duckdb_result: DuckDB's chunks → columns.
 *
 * A chunk is at most 2048 rows, each column an array in machine order beside a validity bitmap of 64-bit words: for
 * numbers and times exactly what a column is, so nothing is copied. Texts are 16 bytes each (length, then either 12
 * bytes of text or a prefix and an address) and get a view each; HUGEINT and DECIMAL become double. */
#include "warehouse/duckdb_engine.h"

#include <stdlib.h>

struct result_column {
  duckdb_type type, stored; /* stored: what a DECIMAL is kept as */
  double divisor;           /* of a DECIMAL */
  void *converted;          /* rows that needed conversion */
  uint32_t capacity;        /* rows */
};

struct duckdb_columns {
  const struct duckdb_library *api;
  uint16_t count;
  struct field *fields;
  struct column *columns;
  struct result_column *sources;
};

enum column_type duckdb_column_kind(duckdb_type type) {
  static const uint8_t kinds[] = {
      [DUCKDB_TYPE_BOOLEAN] = COLUMN_BOOL + 1,      [DUCKDB_TYPE_TINYINT] = COLUMN_I8 + 1,
      [DUCKDB_TYPE_SMALLINT] = COLUMN_I16 + 1,      [DUCKDB_TYPE_INTEGER] = COLUMN_I32 + 1,
      [DUCKDB_TYPE_BIGINT] = COLUMN_I64 + 1,        [DUCKDB_TYPE_UTINYINT] = COLUMN_U8 + 1,
      [DUCKDB_TYPE_USMALLINT] = COLUMN_U16 + 1,     [DUCKDB_TYPE_UINTEGER] = COLUMN_U32 + 1,
      [DUCKDB_TYPE_UBIGINT] = COLUMN_U64 + 1,       [DUCKDB_TYPE_FLOAT] = COLUMN_F32 + 1,
      [DUCKDB_TYPE_DOUBLE] = COLUMN_F64 + 1,        [DUCKDB_TYPE_TIMESTAMP] = COLUMN_TIME + 1,
      [DUCKDB_TYPE_TIMESTAMP_TZ] = COLUMN_TIME + 1, [DUCKDB_TYPE_HUGEINT] = COLUMN_F64 + 1,
      [DUCKDB_TYPE_UHUGEINT] = COLUMN_F64 + 1,      [DUCKDB_TYPE_DECIMAL] = COLUMN_F64 + 1,
      [DUCKDB_TYPE_VARCHAR] = COLUMN_TEXT + 1,      [DUCKDB_TYPE_BLOB] = COLUMN_BYTES + 1,
      [DUCKDB_TYPE_SQLNULL] = COLUMN_I32 + 1,
  };
  return type < ARRAY_COUNT(kinds) && kinds[type] ? (enum column_type)(kinds[type] - 1) : COLUMN_TYPE_COUNT;
}

static void describe_decimal(const struct duckdb_library *api, duckdb_result *result, uint16_t index,
                             struct result_column *source) {
  duckdb_logical_type type = api->column_logical_type(result, index);
  source->stored = api->decimal_internal_type(type);
  source->divisor = 1;
  for (uint8_t i = api->decimal_scale(type); i > 0; i--)
    source->divisor *= 10;
  api->destroy_logical_type(&type);
}

struct duckdb_columns *duckdb_columns_new(const struct duckdb_library *api, duckdb_result *result) {
  struct duckdb_columns *columns = memory_new(sizeof *columns);
  columns->api = api;
  columns->count = (uint16_t)MIN(api->column_count(result), (idx_t)UINT16_MAX);
  columns->fields = memory_new((columns->count + 1u) * sizeof *columns->fields);
  columns->columns = memory_new((columns->count + 1u) * sizeof *columns->columns);
  columns->sources = memory_new((columns->count + 1u) * sizeof *columns->sources);
  for (uint16_t i = 0; i < columns->count; i++) {
    struct result_column *source = &columns->sources[i];
    source->type = source->stored = api->column_type(result, i);
    if (source->type == DUCKDB_TYPE_DECIMAL)
      describe_decimal(api, result, i, source);
    columns->fields[i] = (struct field){api->column_name(result, i), "", 1, duckdb_column_kind(source->type), 1, false};
    columns->columns[i].field = &columns->fields[i];
  }
  return columns;
}

void duckdb_columns_free(struct duckdb_columns *columns) {
  if (!columns)
    return;
  for (uint16_t i = 0; i < columns->count; i++)
    free(columns->sources[i].converted);
  free(columns->fields);
  free(columns->columns);
  free(columns->sources);
  free(columns);
}

const struct field *duckdb_columns_fields(const struct duckdb_columns *columns, uint16_t *ret_count) {
  *ret_count = columns->count;
  return columns->fields;
}

static void *converted_room(struct result_column *source, uint32_t rows, size_t width) {
  if (rows > source->capacity) {
    source->capacity = MAX(rows, 2048u);
    source->converted = memory_resize(source->converted, source->capacity, width);
  }
  return source->converted;
}

static void take_texts(struct column *column, struct result_column *source, const void *data, uint32_t rows) {
  const duckdb_string_t *strings = data;
  struct text *texts = converted_room(source, rows, sizeof *texts);
  column->values = texts;
  for (uint32_t row = 0; row < rows; row++) {
    if (!column_is_valid(column, row)) {
      texts[row] = (struct text){"", 0};
      continue;
    }
    uint32_t size = strings[row].value.inlined.length;
    texts[row] = text_from(size <= 12 ? strings[row].value.inlined.inlined : strings[row].value.pointer.ptr, size);
  }
}

static double wide_number(const struct result_column *source, const void *data, uint32_t row) {
  switch (source->stored) {
  case DUCKDB_TYPE_SMALLINT:
    return ((const int16_t *)data)[row];
  case DUCKDB_TYPE_INTEGER:
    return ((const int32_t *)data)[row];
  case DUCKDB_TYPE_BIGINT:
    return (double)((const int64_t *)data)[row];
  case DUCKDB_TYPE_UHUGEINT: {
    const duckdb_uhugeint *value = (const duckdb_uhugeint *)data + row;
    return (double)value->upper * 18446744073709551616.0 + (double)value->lower;
  }
  default: {
    const duckdb_hugeint *value = (const duckdb_hugeint *)data + row;
    return (double)((__int128)(((unsigned __int128)(uint64_t)value->upper << 64) | value->lower));
  }
  }
}

static void take_wide(struct column *column, struct result_column *source, const void *data, uint32_t rows) {
  double *values = converted_room(source, rows, sizeof *values);
  double divisor = source->type == DUCKDB_TYPE_DECIMAL ? source->divisor : 1;
  for (uint32_t row = 0; row < rows; row++)
    values[row] = wide_number(source, data, row) / divisor;
  column->values = values;
}

const struct column *duckdb_columns_take(struct duckdb_columns *columns, duckdb_data_chunk chunk, uint32_t *ret_rows) {
  const struct duckdb_library *api = columns->api;
  uint32_t rows = (uint32_t)api->data_chunk_get_size(chunk);
  for (uint16_t i = 0; i < columns->count; i++) {
    struct column *column = &columns->columns[i];
    struct result_column *source = &columns->sources[i];
    duckdb_vector vector = api->data_chunk_get_vector(chunk, i);
    void *data = api->vector_get_data(vector);
    column->valid = api->vector_get_validity(vector);
    if (source->type == DUCKDB_TYPE_VARCHAR || source->type == DUCKDB_TYPE_BLOB)
      take_texts(column, source, data, rows);
    else if (source->type == DUCKDB_TYPE_DECIMAL || source->type == DUCKDB_TYPE_HUGEINT ||
             source->type == DUCKDB_TYPE_UHUGEINT)
      take_wide(column, source, data, rows);
    else
      column->values = source->type == DUCKDB_TYPE_SQLNULL ? NULL : data;
  }
  *ret_rows = rows;
  return columns->columns;
}
