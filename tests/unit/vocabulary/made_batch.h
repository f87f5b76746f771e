/* made_batch: messages and batches made by hand, and a collector of the rows that come out. */
#ifndef UAVLAKE_TEST_MADE_BATCH_H
#define UAVLAKE_TEST_MADE_BATCH_H

#include "unit.h"
#include "vocabulary/map.h"

#include <math.h>

#define MADE_ROWS_MAX 16
#define MADE_FIELDS_MAX 24

/* A message of doubles (and text), one batch of it. */
struct made {
  struct message message;
  struct field fields[MADE_FIELDS_MAX];
  struct column columns[MADE_FIELDS_MAX];
  double numbers[MADE_FIELDS_MAX][MADE_ROWS_MAX];
  struct text texts[MADE_FIELDS_MAX][MADE_ROWS_MAX];
  int64_t time_us[MADE_ROWS_MAX];
  struct batch batch;
};

static inline void made_begin(struct made *made, const char *name, uint32_t index, uint32_t rows) {
  memset(made, 0, sizeof *made);
  made->message = (struct message){
      .name = name, .index = index, .fields = made->fields, .time_field = -1, .instance_field = -1};
  for (uint32_t i = 0; i < rows; i++)
    made->time_us[i] = 1000 * (i + 1);
  made->batch = (struct batch){&made->message, rows, made->columns, made->time_us};
}

static inline void made_add(struct made *made, const char *name, enum column_type type, void *values) {
  uint16_t at = made->message.field_count++;
  assert_true(at < MADE_FIELDS_MAX);
  made->fields[at] = (struct field){.name = name, .unit = "", .scale = 1, .type = type, .count = 1, .storage_scale = 1};
  made->columns[at] = (struct column){&made->fields[at], values, NULL};
}

static inline void made_numbers(struct made *made, const char *name, const double *values) {
  double *room = made->numbers[made->message.field_count];
  memcpy(room, values, made->batch.rows * sizeof *room);
  made_add(made, name, COLUMN_F64, room);
}
#define NUMBERS(made, name, ...) made_numbers(made, name, (const double[MADE_ROWS_MAX]){__VA_ARGS__})

static inline void made_texts(struct made *made, const char *name, const char *const *values) {
  struct text *room = made->texts[made->message.field_count];
  for (uint32_t i = 0; i < made->batch.rows; i++)
    room[i] = text_of(values[i]);
  made_add(made, name, COLUMN_TEXT, room);
}
#define TEXTS(made, name, ...) made_texts(made, name, (const char *const[MADE_ROWS_MAX]){__VA_ARGS__})

/* All rows of one table, column by column. */
struct collected {
  const char *table;
  uint32_t count, calls;
  int64_t log_us[128];
  double numbers[80][128]; /* NaN: null */
  char texts[80][128][160];
};

static inline enum status collect(void *context, const struct rows *rows, struct error *problem) {
  struct collected *out = context;
  (void)problem;
  if (strcmp(rows->table->name, out->table) != 0)
    return STATUS_OK;
  out->calls++;
  for (uint32_t row = 0; row < rows->count; row++, out->count++) {
    assert_true(out->count < 128);
    out->log_us[out->count] = rows->log_us[row];
    for (uint16_t i = 0; i < rows->table->column_count; i++) {
      const struct column *column = &rows->columns[i];
      assert_ptr_equal(column->field, &rows->table->columns[i]);
      bool valid = column->values && column_is_valid(column, row);
      out->numbers[i][out->count] = valid ? column_double(column, row) : NAN;
      struct text text = valid && column->field->type == COLUMN_TEXT ? column_text(column, row) : (struct text){"", 0};
      memcpy(out->texts[i][out->count], text.data, MIN(text.size, (size_t)159));
    }
  }
  return STATUS_OK;
}

static inline int column_at(const struct collected *out, const char *name) {
  int column = schema_column(schema_find(out->table), name);
  assert_true(column >= 0);
  return column;
}
static inline double number_at(const struct collected *out, const char *name, uint32_t row) {
  assert_true(row < out->count);
  return out->numbers[column_at(out, name)][row];
}
static inline const char *text_at(const struct collected *out, const char *name, uint32_t row) {
  assert_true(row < out->count);
  return out->texts[column_at(out, name)][row];
}
#define assert_near(value, wanted) assert_true(fabs((value) - (wanted)) < 1e-4)

#endif
