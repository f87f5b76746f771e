/* vector: decoded columns → DuckDB's vectors. */
#ifndef UAVLAKE_VECTOR_H
#define UAVLAKE_VECTOR_H

#include "base/column.h"
#include "extension/duckdb_api.h"

/* How numbers with a scale are given: as pymavlink does (only what the storage format itself demands), or in the unit
 * of the field. */
enum vector_scale { VECTOR_STORED, VECTOR_PHYSICAL };

/* The factor on a field's raw values. 1: given as they are, in their own type. */
double vector_factor(const struct field *field, enum vector_scale scale);
/* The caller destroys it. */
duckdb_logical_type vector_type(const struct field *field, double factor);

/* What a vector was made for. */
struct vector_target {
  const struct field *field;
  enum vector_scale scale;
  double factor; /* vector_factor(field, scale) */
};

/* Rows from…from+rows of the column go to rows at… of the vector. The column's field may differ from the target's
 * (another firmware): numbers are converted, what doesn't fit becomes NULL. */
void vector_fill(duckdb_vector vector, idx_t at, const struct column *column, uint32_t from, uint32_t rows,
                 const struct vector_target *target);
void vector_fill_null(duckdb_vector vector, idx_t at, uint32_t rows);
void vector_set_text(duckdb_vector vector, idx_t at, struct text value); /* any bytes: what is not UTF-8 is Latin-1 */
void vector_set_null(duckdb_vector vector, idx_t at);

#endif
