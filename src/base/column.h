/* column: typed values with unit and validity, the one currency from decoder to Parquet, DuckDB and the maths.
 *
 * A field describes a column; a column holds the values of some rows. Values are raw: the physical value in `unit` is
 * value × scale (scale 1 where there is none). Numbers are in machine order and naturally aligned. */
#ifndef UAVLAKE_COLUMN_H
#define UAVLAKE_COLUMN_H

#include "base/text.h"

enum column_type {
  COLUMN_BOOL, /* uint8_t 0 or 1 */
  COLUMN_I8,
  COLUMN_U8,
  COLUMN_I16,
  COLUMN_U16,
  COLUMN_I32,
  COLUMN_U32,
  COLUMN_I64,
  COLUMN_U64,
  COLUMN_F32,
  COLUMN_F64,
  COLUMN_TIME,  /* int64_t UTC µs since 1970 */
  COLUMN_CHARS, /* `count` bytes of text, NUL-padded, not terminated when full */
  COLUMN_TEXT,  /* struct text */
  COLUMN_BYTES, /* struct text holding any bytes */
  COLUMN_TYPE_COUNT
};

struct field {
  const char *name;
  const char *unit;      /* SI or field's own symbol, "" where none or unknown */
  double scale;          /* physical = raw × scale; 1 for none */
  enum column_type type; /* of one element */
  uint16_t count;        /* elements a row: 1, array length, or bytes of COLUMN_CHARS */
  bool is_array;         /* count elements (not for COLUMN_CHARS) */
  double storage_scale; /* the part of scale that the storage format itself demands (DataFlash letters c, e, L); 0: 1 */
};

struct column {
  const struct field *field;
  void *values;          /* rows × column_width(field) bytes */
  const uint64_t *valid; /* bit r of word r/64 set: row r has a value; NULL: all rows have one */
};

/* Bytes of one element of a type (COLUMN_CHARS: 1, COLUMN_TEXT: sizeof(struct text)). */
size_t column_type_size(enum column_type type);
/* "int16", "float", "char", … as used in JSON and docs. */
const char *column_type_name(enum column_type type);
bool column_type_is_number(enum column_type type);
/* Bytes of one row. */
static inline size_t column_width(const struct field *field) {
  return column_type_size(field->type) * field->count;
}

static inline bool column_is_valid(const struct column *column, size_t row) {
  return !column->valid || (column->valid[row / 64] >> (row % 64) & 1);
}
/* First element of a row as a physical double (scaled); NAN where there is no value or it is text. */
double column_double(const struct column *column, size_t row);
/* Element `index` of an array row. */
double column_element(const struct column *column, size_t row, size_t index);
/* Raw integer of the first element (floats truncated); 0 for text. */
int64_t column_i64(const struct column *column, size_t row);
/* Text of CHARS/TEXT/BYTES; empty for numbers. The view lives as long as the column's values. */
struct text column_text(const struct column *column, size_t row);

#endif
