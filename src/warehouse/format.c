/* format: the frame around the forms, and how single values are spelled. */
#include "warehouse/format.h"

#include "base/clock.h"
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define TEXT_MAX ((size_t)256 << 20)
#define TEXT_FLUSH ((size_t)64 << 10)

#define FORMAT(name) extern const struct result_format format_##name;
#include "warehouse/format_list.h"
#undef FORMAT
#define FORMAT(name) &format_##name,
const struct result_format *const result_format_list[] = {
#include "warehouse/format_list.h"
    NULL};
#undef FORMAT

const struct result_format *result_format_find(const char *name) {
  for (size_t i = 0; result_format_list[i]; i++)
    if (strcmp(result_format_list[i]->name, name) == 0)
      return result_format_list[i];
  return NULL;
}

static enum status write_file(void *context, const void *data, size_t size, struct error *error) {
  errno = 0;
  if (fwrite(data, 1, size, context) != size)
    return error_set_errno(error, errno ? errno : EIO, "The result can't be written");
  return STATUS_OK;
}

struct result_output result_output_file(FILE *file) {
  return (struct result_output){.write = write_file, .context = file};
}

static enum status hand_on(struct result_writer *writer, size_t least, struct error *error) {
  if (writer->text.failed)
    return error_set(error, STATUS_LIMIT, "The result has a row of more than %zu bytes", TEXT_MAX);
  if (writer->text.size < least || !writer->text.size)
    return STATUS_OK;
  TRY(writer->output.write(writer->output.context, writer->text.data, writer->text.size, error));
  buffer_clear(&writer->text);
  return STATUS_OK;
}

static enum status sink_begin(void *context, const struct field *fields, uint16_t count, struct error *error) {
  struct result_writer *writer = context;
  writer->begun = true;
  return writer->format->begin(writer, fields, count, error);
}

static enum status sink_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  struct result_writer *writer = context;
  TRY(writer->format->rows(writer, columns, rows, error));
  writer->rows += rows;
  return hand_on(writer, TEXT_FLUSH, error);
}

static enum status unknown_format(const char *format, struct error *error) {
  scoped(buffer) struct buffer names = buffer_with_max(1024);
  for (size_t i = 0; result_format_list[i]; i++)
    buffer_format(&names, "%s%s", i ? ", " : "", result_format_list[i]->name);
  return error_set(error, STATUS_SETTINGS, "There is no output format %.40s; the formats are %s", format,
                   buffer_text(&names));
}

enum status result_writer_open(const char *format, const struct result_output *output,
                               struct result_writer **ret_writer, struct error *error) {
  const struct result_format *found = result_format_find(format);
  if (!found)
    return unknown_format(format, error);
  if (found->needs_path ? !output->path : !output->write)
    return error_set(error, STATUS_SETTINGS, "The output format %s needs %s", format,
                     found->needs_path ? "the name of a file to write" : "a place to write text to");
  struct result_writer *writer = memory_new(sizeof *writer);
  writer->format = found;
  writer->output = *output;
  writer->text = buffer_with_max(TEXT_MAX);
  writer->sink = (struct result_sink){writer, sink_begin, sink_rows};
  *ret_writer = writer;
  return STATUS_OK;
}

const struct result_sink *result_writer_sink(struct result_writer *writer) {
  return &writer->sink;
}

enum status result_writer_finish(struct result_writer *writer, uint64_t *ret_rows, struct error *error) {
  if (writer->begun)
    TRY(writer->format->finish(writer, error));
  TRY(hand_on(writer, 0, error));
  if (ret_rows)
    *ret_rows = writer->rows;
  return STATUS_OK;
}

void result_writer_free(struct result_writer *writer) {
  if (!writer)
    return;
  if (writer->format->free)
    writer->format->free(writer);
  buffer_free(&writer->text);
  free(writer);
}

/* ---- values ---- */

static void json_number(struct json_writer *json, const char *name, const struct column *column, uint32_t row,
                        size_t index) {
  const struct field *field = column->field;
  const uint8_t *p = (const uint8_t *)column->values + row * column_width(field) +
                     index * column_type_size(field->type);
  char text[32];
  if (field->scale != 1) {
    json_double(json, name, column_element(column, row, index));
  } else if (field->type == COLUMN_BOOL) {
    json_bool(json, name, *p != 0);
  } else if (field->type == COLUMN_F32) {
    json_float(json, name, load_f32(p));
  } else if (field->type == COLUMN_F64) {
    json_double(json, name, load_f64(p));
  } else if (field->type == COLUMN_U64) {
    snprintf(text, sizeof text, "%" PRIu64, load_u64(p));
    json_raw(json, name, text);
  } else if (index == 0) {
    json_i64(json, name, column_i64(column, row));
  } else {
    json_double(json, name, column_element(column, row, index));
  }
}

static void json_bytes(struct json_writer *json, const char *name, struct text bytes) {
  static const char digits[] = "0123456789abcdef";
  scoped(buffer) struct buffer hex = buffer_with_max(TEXT_MAX);
  for (size_t i = 0; i < bytes.size; i++) {
    buffer_add_byte(&hex, (uint8_t)digits[(uint8_t)bytes.data[i] >> 4]);
    buffer_add_byte(&hex, (uint8_t)digits[bytes.data[i] & 15]);
  }
  json_text(json, name, text_from(hex.data, hex.size));
}

void format_json_cell(struct json_writer *json, const char *name, const struct column *column, uint32_t row) {
  const struct field *field = column->field;
  if (!column->values || !column_is_valid(column, row)) {
    json_put_null(json, name);
  } else if (field->type == COLUMN_TIME) {
    json_time(json, name, column_i64(column, row));
  } else if (field->type == COLUMN_BYTES) {
    json_bytes(json, name, column_text(column, row));
  } else if (!column_type_is_number(field->type)) {
    json_text(json, name, column_text(column, row));
  } else if (!field->is_array && field->count == 1) {
    json_number(json, name, column, row, 0);
  } else {
    json_array_begin(json, name);
    for (size_t i = 0; i < field->count; i++)
      json_number(json, NULL, column, row, i);
    json_array_end(json);
  }
}

void format_cell(struct buffer *out, const struct column *column, uint32_t row) {
  const struct field *field = column->field;
  if (!column->values || !column_is_valid(column, row))
    return;
  if (field->type == COLUMN_TEXT || field->type == COLUMN_CHARS) {
    struct text text = column_text(column, row);
    buffer_add(out, text.data, text.size);
    return;
  }
  double value = field->count == 1 ? column_double(column, row) : 0;
  if ((field->type == COLUMN_F32 || field->type == COLUMN_F64 || field->scale != 1) && !isfinite(value)) {
    buffer_add_text(out, isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf");
    return;
  }
  size_t start = out->size;
  struct json_writer json = json_writer_of(out);
  format_json_cell(&json, NULL, column, row);
  if (out->failed || out->size < start + 2 || out->data[start] != '"')
    return;
  memmove(out->data + start, out->data + start + 1, out->size - start - 2); /* times and bytes: without the quotes */
  out->size -= 2;
}
