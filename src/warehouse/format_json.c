/* format_json: one JSON object a row, as an array (json) or a line each (jsonl). Null values are written; times are ISO
 * 8601 text, bytes are hexadecimal text, numbers that JSON can't hold are null. */
#include "warehouse/format.h"

#include "base/json.h"

#include <stdlib.h>

struct json_state {
  uint16_t count;
  bool lines;
};

static enum status begin(struct result_writer *writer, uint16_t count, bool lines) {
  struct json_state *state = writer->state = memory_new(sizeof *state);
  *state = (struct json_state){count, lines};
  if (!lines)
    buffer_add_byte(&writer->text, '[');
  return STATUS_OK;
}

static enum status json_begin(struct result_writer *writer, const struct field *fields, uint16_t count,
                              struct error *error) {
  (void)fields, (void)error;
  return begin(writer, count, false);
}

static enum status jsonl_begin(struct result_writer *writer, const struct field *fields, uint16_t count,
                               struct error *error) {
  (void)fields, (void)error;
  return begin(writer, count, true);
}

static enum status json_rows(struct result_writer *writer, const struct column *columns, uint32_t rows,
                             struct error *error) {
  (void)error;
  const struct json_state *state = writer->state;
  for (uint32_t row = 0; row < rows; row++) {
    if (!state->lines)
      buffer_add_text(&writer->text, writer->rows + row ? ",\n" : "\n");
    struct json_writer json = json_writer_of(&writer->text);
    json_object_begin(&json, NULL);
    for (uint16_t i = 0; i < state->count; i++)
      format_json_cell(&json, columns[i].field->name, &columns[i], row);
    json_object_end(&json);
    if (state->lines)
      buffer_add_byte(&writer->text, '\n');
  }
  return STATUS_OK;
}

static enum status json_finish(struct result_writer *writer, struct error *error) {
  (void)error;
  const struct json_state *state = writer->state;
  if (!state->lines)
    buffer_add_text(&writer->text, writer->rows ? "\n]\n" : "]\n");
  return STATUS_OK;
}

static void json_free(struct result_writer *writer) {
  free(writer->state);
}

const struct result_format format_json = {
    .name = "json",
    .about = "one array of objects",
    .media_type = "application/json",
    .begin = json_begin,
    .rows = json_rows,
    .finish = json_finish,
    .free = json_free,
};

const struct result_format format_jsonl = {
    .name = "jsonl",
    .about = "one object a line",
    .media_type = "application/x-ndjson",
    .begin = jsonl_begin,
    .rows = json_rows,
    .finish = json_finish,
    .free = json_free,
};
