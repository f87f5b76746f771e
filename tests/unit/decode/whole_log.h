/* whole_log: decodes a log from memory and keeps what came out, for the tests of decoders.
 *
 * Numbers are kept as raw doubles and physical doubles, text as it is; rows in the order in which they were given. */
#ifndef UAVLAKE_WHOLE_LOG_H
#define UAVLAKE_WHOLE_LOG_H

#include "decode/decode.h"
#include "decode/decoder.h"
#include "unit.h"

#define WHOLE_ROWS_MAX 4096
#define WHOLE_COLUMNS_MAX 16

struct whole_row {
  const struct message *message;
  int64_t time_us;
  double raw[WHOLE_COLUMNS_MAX], physical[WHOLE_COLUMNS_MAX];
  char text[WHOLE_COLUMNS_MAX][65];
};

struct whole_log {
  struct input *input;
  struct decode *decode;
  const struct decode_report *report;
  struct whole_row *rows;
  uint32_t count;
  uint64_t given; /* rows in all, also those that are not kept */
  enum status status;
};

static inline void whole_keep(struct whole_log *log, const struct batch *batch, uint32_t row) {
  log->given++;
  if (log->count == WHOLE_ROWS_MAX)
    return;
  struct whole_row *kept = &log->rows[log->count++];
  kept->message = batch->message;
  kept->time_us = batch->time_us[row];
  for (uint16_t i = 0; i < batch->message->field_count && i < WHOLE_COLUMNS_MAX; i++) {
    const struct column *column = &batch->columns[i];
    kept->physical[i] = column_double(column, row);
    bool real = column->field->type == COLUMN_F32 || column->field->type == COLUMN_F64;
    kept->raw[i] = real ? kept->physical[i] / column->field->scale : (double)column_i64(column, row);
    struct text text = column_text(column, row);
    snprintf(kept->text[i], sizeof kept->text[i], "%.*s", (int)text.size, text.data ? text.data : "");
  }
}

static inline struct whole_log whole_read(const void *data, size_t size, const char *kind,
                                          struct decode_options options) {
  struct whole_log log = {.rows = calloc(WHOLE_ROWS_MAX, sizeof *log.rows)};
  log.input = input_open_memory(bytes_of(data, size));
  log.status = decode_open(log.input, decoder_find(kind), &options, &log.decode, &error);
  const struct batch *batch = NULL;
  while (log.status == STATUS_OK && (log.status = decode_next(log.decode, &batch, &error)) == STATUS_OK && batch) {
    assert_true(batch->rows > 0);
    for (uint32_t row = 0; row < batch->rows; row++)
      whole_keep(&log, batch, row);
  }
  log.report = log.decode ? decode_get_report(log.decode) : NULL;
  return log;
}

static inline void whole_end(struct whole_log *log) {
  decode_close(log->decode);
  input_close(log->input);
  free(log->rows);
}

/* The n-th row of a message; fails the test where there is none. */
static inline const struct whole_row *whole_row(const struct whole_log *log, const char *message, unsigned n) {
  for (uint32_t i = 0; i < log->count; i++)
    if (strcmp(log->rows[i].message->name, message) == 0 && n-- == 0)
      return &log->rows[i];
  fail_msg("there is no such row of %s", message);
  return NULL;
}

static inline unsigned whole_count(const struct whole_log *log, const char *message) {
  unsigned count = 0;
  for (uint32_t i = 0; i < log->count; i++)
    count += strcmp(log->rows[i].message->name, message) == 0;
  return count;
}

static inline const struct message *whole_message(const struct whole_log *log, const char *name) {
  for (uint32_t i = 0; i < log->report->message_count; i++)
    if (strcmp(log->report->messages[i]->name, name) == 0)
      return log->report->messages[i];
  fail_msg("there is no message %s", name);
  return NULL;
}

#endif
