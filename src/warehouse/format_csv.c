/* format_csv: RFC 4180: but lines end in LF, as the tools around it expect, fields with comma, quote, line break or
 * outer blanks are quoted, a quote inside is doubled. Null is an empty field, an empty text is "" in quotes. The first
 * line names the columns. */
#include "warehouse/format.h"

#include <stdlib.h>

struct csv_state {
  uint16_t count;
  struct buffer cell;
};

static void add_field(struct buffer *out, struct text text) {
  bool quote = text.size == 0 || text.data[0] == ' ' || text.data[text.size - 1] == ' ';
  for (size_t i = 0; i < text.size && !quote; i++)
    quote = text.data[i] == ',' || text.data[i] == '"' || text.data[i] == '\n' || text.data[i] == '\r';
  if (!quote) {
    buffer_add(out, text.data, text.size);
    return;
  }
  buffer_add_byte(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] == '"')
      buffer_add_byte(out, '"');
    buffer_add_byte(out, (uint8_t)text.data[i]);
  }
  buffer_add_byte(out, '"');
}

static enum status csv_begin(struct result_writer *writer, const struct field *fields, uint16_t count,
                             struct error *error) {
  (void)error;
  struct csv_state *state = writer->state = memory_new(sizeof *state);
  state->count = count;
  state->cell = buffer_with_max((size_t)64 << 20);
  for (uint16_t i = 0; i < count; i++) {
    buffer_add_text(&writer->text, i ? "," : "");
    add_field(&writer->text, text_of(fields[i].name));
  }
  buffer_add_text(&writer->text, "\n");
  return STATUS_OK;
}

static enum status csv_rows(struct result_writer *writer, const struct column *columns, uint32_t rows,
                            struct error *error) {
  (void)error;
  struct csv_state *state = writer->state;
  for (uint32_t row = 0; row < rows; row++) {
    for (uint16_t i = 0; i < state->count; i++) {
      buffer_add_text(&writer->text, i ? "," : "");
      if (!columns[i].values || !column_is_valid(&columns[i], row))
        continue;
      buffer_clear(&state->cell);
      format_cell(&state->cell, &columns[i], row);
      add_field(&writer->text, text_from(state->cell.data, state->cell.size));
    }
    buffer_add_text(&writer->text, "\n");
  }
  return STATUS_OK;
}

static enum status csv_finish(struct result_writer *writer, struct error *error) {
  (void)writer, (void)error;
  return STATUS_OK;
}

static void csv_free(struct result_writer *writer) {
  struct csv_state *state = writer->state;
  if (state)
    buffer_free(&state->cell);
  free(state);
}

const struct result_format format_csv = {
    .name = "csv",
    .about = "comma-separated values with a line of names",
    .media_type = "text/csv; charset=utf-8",
    .begin = csv_begin,
    .rows = csv_rows,
    .finish = csv_finish,
    .free = csv_free,
};
