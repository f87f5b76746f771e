/* row_set: see row_set.h. */
#include "decode/row_set.h"

#include "decode/text_source.h"

#include <math.h>

#define ROWS_PER_BATCH 1024u
#define BATCH_BYTES ((size_t)128 << 10)

static uint32_t rows_per_batch(const struct message *message) {
  size_t width = sizeof(int64_t);
  for (uint16_t i = 0; i < message->field_count; i++)
    width += column_width(&message->fields[i]);
  return (uint32_t)MAX(MIN(BATCH_BYTES / width, (size_t)ROWS_PER_BATCH), (size_t)1);
}

/* An empty batch at the end of the table's list. */
static bool add_batch(struct row_set *set, struct row_table *table) {
  struct row_batch *batch = table->spare;
  if (batch) {
    table->spare = batch->next;
  } else {
    batch = arena_alloc(set->d->arena, sizeof *batch);
    if (batch)
      batch->builder = batch_builder_new(set->d, table->message, rows_per_batch(table->message));
    if (!batch || !batch->builder)
      return false;
    for (uint16_t i = 0; i < table->message->field_count; i++) {
      uint64_t *valid = arena_alloc_array(set->d->arena, (batch->builder->capacity + 63) / 64, sizeof *valid);
      if (!valid)
        return false;
      batch->builder->columns[i].valid = valid;
    }
  }
  batch->next = NULL;
  if (table->first)
    table->last->next = batch;
  else
    table->first = batch;
  table->last = batch;
  table->builder = batch->builder;
  return true;
}

struct row_table *row_table_new(struct row_set *set, const char *name, const struct field *fields, uint16_t count) {
  if (set->count == ROW_SET_MAX)
    return NULL;
  struct row_table *table = &set->tables[set->count];
  *table = (struct row_table){.message = decode_define_message(set->d, name, 0, fields, count)};
  if (!table->message || (table->message->wanted && !add_batch(set, table)))
    return NULL;
  set->count++;
  return table;
}

void row_begin(struct row_set *set, struct row_table *table, int64_t time_us) {
  struct decode_report *report = &set->d->report;
  struct message *message = table->message;
  report->records++;
  message->count++;
  if (time_us != TIME_NONE) {
    message->first_us = message->first_us == TIME_NONE ? time_us : MIN(message->first_us, time_us);
    message->last_us = MAX(message->last_us, time_us);
    report->first_us = report->first_us == TIME_NONE ? time_us : MIN(report->first_us, time_us);
    report->last_us = MAX(report->last_us, time_us);
  }
  if (!table->builder)
    return;
  bool full = table->builder->batch.rows == table->builder->capacity;
  if (full && !add_batch(set, table)) {
    table->builder = NULL; /* the heap has noted that memory is out */
    return;
  }
  table->row = table->builder->batch.rows++;
  table->builder->time_us[table->row] = time_us;
}

/* The cell, marked as known. */
static void *cell(struct row_table *table, uint16_t column) {
  struct column *out = &table->builder->columns[column];
  uint64_t *valid = (uint64_t *)(uintptr_t)out->valid;
  valid[table->row / 64] |= UINT64_C(1) << (table->row % 64);
  return (uint8_t *)out->values + table->row * column_width(out->field);
}

void row_double(struct row_table *table, uint16_t column, double value) {
  if (table->builder && !isnan(value))
    *(double *)cell(table, column) = value;
}

void row_integer(struct row_table *table, uint16_t column, int64_t value) {
  if (!table->builder)
    return;
  if (table->message->fields[column].type == COLUMN_I64)
    *(int64_t *)cell(table, column) = value;
  else
    *(int32_t *)cell(table, column) = (int32_t)MAX(MIN(value, (int64_t)INT32_MAX), (int64_t)INT32_MIN);
}

void row_bool(struct row_table *table, uint16_t column, bool value) {
  if (table->builder)
    *(uint8_t *)cell(table, column) = value;
}

void row_time(struct row_table *table, uint16_t column, int64_t value) {
  if (table->builder && value != TIME_NONE)
    *(int64_t *)cell(table, column) = value;
}

void row_text(struct row_table *table, uint16_t column, struct text value) {
  if (!table->builder || !value.size)
    return;
  struct text kept = batch_builder_text(table->builder, value);
  if (!text_is_ascii(kept) && !text_is_utf8(kept)) {
    char *plain = arena_alloc(table->builder->texts, text_source_plain(kept, NULL) + 1);
    kept = plain ? text_from(plain, text_source_plain(kept, plain)) : TEXT("");
  }
  *(struct text *)cell(table, column) = kept;
}

void row_doubles(struct row_table *table, uint16_t column, const double *values, uint16_t count) {
  if (!table->builder)
    return;
  double *out = cell(table, column);
  for (uint16_t i = 0; i < table->message->fields[column].count; i++)
    out[i] = i < count ? values[i] : NAN;
}

static void take_back(struct row_set *set) {
  struct row_table *table = set->given;
  set->given = NULL;
  if (!table)
    return;
  struct row_batch *batch = table->first;
  struct batch_builder *given = batch->builder;
  for (uint16_t i = 0; i < given->batch.message->field_count; i++) {
    struct column *column = &given->columns[i];
    memset((void *)(uintptr_t)column->valid, 0, (given->capacity + 63) / 64 * sizeof(uint64_t));
    memset(column->values, 0, given->batch.rows * column_width(column->field));
  }
  batch_builder_reset(given);
  if (batch == table->last)
    return; /* and is filled again */
  table->first = batch->next;
  batch->next = table->spare;
  table->spare = batch;
}

const struct batch *row_set_next(struct row_set *set, bool ended) {
  take_back(set);
  for (uint32_t i = 0; i < set->count; i++) {
    struct row_table *table = &set->tables[i];
    struct batch_builder *first = table->first ? table->first->builder : NULL;
    if (first && first->batch.rows && (ended || table->first != table->last || first->batch.rows == first->capacity)) {
      set->given = table;
      return &first->batch;
    }
  }
  return NULL;
}
