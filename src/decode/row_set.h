/* row_set: a few messages whose rows are made one value at a time: for formats of modest size. */
#ifndef UAVLAKE_ROW_SET_H
#define UAVLAKE_ROW_SET_H

#include "decode/decoder.h"

#define ROW_SET_MAX 512u

struct row_batch {
  struct batch_builder *builder;
  struct row_batch *next;
};

struct row_table {
  struct message *message;
  struct batch_builder *builder;          /* being filled; NULL: not wanted, or memory is out */
  struct row_batch *first, *last, *spare; /* those that have rows, oldest first; those that have been given */
  uint32_t row;
};

struct row_set {
  struct decode *d;
  struct row_table tables[ROW_SET_MAX];
  uint32_t count;
  struct row_table *given; /* its first batch is in the caller's hands */
};

/* NULL where memory is out or there are ROW_SET_MAX already. */
struct row_table *row_table_new(struct row_set *set, const char *name, const struct field *fields, uint16_t count);
/* Begins a row, all values unknown, and counts it. time_us: log clock or TIME_NONE. */
void row_begin(struct row_set *set, struct row_table *table, int64_t time_us);
/* Each does nothing where the message is not wanted or the value is none: NAN, empty text, TIME_NONE. */
void row_double(struct row_table *table, uint16_t column, double value);
void row_integer(struct row_table *table, uint16_t column, int64_t value); /* COLUMN_I32 or I64 */
void row_bool(struct row_table *table, uint16_t column, bool value);
void row_time(struct row_table *table, uint16_t column, int64_t value);
void row_text(struct row_table *table, uint16_t column, struct text value); /* copied, made UTF-8 */
/* The first `count` values of an array field, the others NAN. */
void row_doubles(struct row_table *table, uint16_t column, const double *values, uint16_t count);
/* A full batch, or with `ended` any that has rows; NULL none. Takes back the one before, so begin rows only after it.
 * Any number of rows may be begun in between; what does not fit a batch waits in further ones. */
const struct batch *row_set_next(struct row_set *set, bool ended);

#define ROW_FIELD(name, unit, type)                                                                                    \
  { name, unit, 1, type, 1, false }

#endif
