/* single_row: a message with one row a file, most of whose cells may be unknown: what photographs, images and films
 * say of themselves. */
#ifndef UAVLAKE_SINGLE_ROW_H
#define UAVLAKE_SINGLE_ROW_H

#include "decode/decoder.h"

#define SINGLE_ROW_COLUMNS_MAX 64u

struct single_row {
  struct message *message;
  struct batch_builder *builder;
  uint64_t valid[SINGLE_ROW_COLUMNS_MAX];
};

/* All cells unknown. STATUS_LIMIT where the row does not fit the decoder's memory. */
must_check enum status single_row_begin(struct decode *d, struct single_row *row, const char *name,
                                        const struct field *fields, uint16_t count, struct error *error);
/* Each does nothing where the value is none: empty text, NAN, 0, TIME_NONE. */
void single_row_text(struct single_row *row, uint16_t column, struct text value);
void single_row_double(struct single_row *row, uint16_t column, double value);
void single_row_count(struct single_row *row, uint16_t column, uint64_t value); /* COLUMN_U32, I32 or U64 */
void single_row_time(struct single_row *row, uint16_t column, int64_t value);
void single_row_bool(struct single_row *row, uint16_t column, bool value); /* always known */
/* Counts the row, and gives it out where it is wanted. time_us: log clock. */
const struct batch *single_row_give(struct decode *d, struct single_row *row, int64_t time_us);

#endif
