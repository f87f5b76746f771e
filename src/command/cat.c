/* cat: a log's records as text or Parquet, without a lake: mavlogdump's task at the decoder's speed. */
#include "base/text.h"
#include "command/listing.h"
#include "command/result.h"
#include "decode/decode.h"
#include "decode/decoder.h"

struct cat {
  struct invocation *in;
  const char *message;          /* NULL: all */
  struct result_writer *writer; /* of one message */
  struct buffer text;           /* of all: lines on their way out */
  struct field *fields;         /* as handed to the writer: time first */
  uint16_t *picked;             /* columns of the batch */
  uint16_t field_count;
  bool begun;
};

static bool is_wanted(void *context, const struct message *message) {
  const struct cat *cat = context;
  return !cat->message || strcmp(cat->message, message->name) == 0;
}

static bool is_picked(struct text list, const char *name) {
  while (list.data)
    if (text_is(text_trim(text_cut(&list, ',')), name))
      return true;
  return false;
}

static const struct field time_field = {"time_s", "s", 1e-6, COLUMN_I64, 1, false, 1};

/* The first batch says what there is; --fields what is wanted of it. */
static enum status begin(struct cat *cat, const struct message *message, struct error *error) {
  const char *list = invocation_option(cat->in, "fields");
  cat->fields = arena_alloc_array(cat->in->arena, message->field_count + 1u, sizeof *cat->fields);
  cat->picked = arena_alloc_array(cat->in->arena, message->field_count + 1u, sizeof *cat->picked);
  cat->fields[0] = time_field;
  for (uint16_t i = 0; i < message->field_count; i++) {
    if (list && !is_picked(text_of(list), message->fields[i].name))
      continue;
    cat->picked[cat->field_count++] = i;
    cat->fields[cat->field_count] = message->fields[i];
  }
  if (cat->field_count == 0)
    return error_set(error, STATUS_NOT_FOUND, "%s has none of the fields %s; 'uavlake info' lists them", message->name,
                     list);
  cat->begun = true;
  const struct result_sink *sink = result_writer_sink(cat->writer);
  return sink->begin(sink->context, cat->fields, (uint16_t)(cat->field_count + 1), error);
}

static enum status write_batch(struct cat *cat, const struct batch *batch, struct error *error) {
  if (!cat->begun)
    TRY(begin(cat, batch->message, error));
  struct column *columns = arena_alloc_array(cat->in->arena, cat->field_count + 1u, sizeof *columns);
  columns[0] = (struct column){&time_field, (int64_t *)(uintptr_t)batch->time_us, NULL};
  for (uint16_t i = 0; i < cat->field_count && cat->picked[i] < batch->message->field_count; i++)
    columns[i + 1] = batch->columns[cat->picked[i]];
  const struct result_sink *sink = result_writer_sink(cat->writer);
  return sink->rows(sink->context, columns, batch->rows, error);
}

/* All messages: one JSON object a record, in the log's order. */
static enum status write_records(struct cat *cat, const struct batch *batch, struct error *error) {
  for (uint32_t row = 0; row < batch->rows; row++) {
    struct json_writer json = json_writer_of(&cat->text);
    json_object_begin(&json, NULL);
    json_c_string(&json, "message", batch->message->name);
    json_double(&json, "time_s", batch->time_us[row] == TIME_NONE ? 0 : (double)batch->time_us[row] * 1e-6);
    for (uint16_t i = 0; i < batch->message->field_count; i++)
      format_json_cell(&json, batch->message->fields[i].name, &batch->columns[i], row);
    json_object_end(&json);
    buffer_add_byte(&cat->text, '\n');
  }
  if (cat->text.size < (64 << 10))
    return STATUS_OK;
  bool written = fwrite(cat->text.data, 1, cat->text.size, stdout) == cat->text.size;
  buffer_clear(&cat->text);
  return written ? STATUS_OK : error_set(error, STATUS_IO, "the output could not be written");
}

static enum status read_all(struct cat *cat, struct decode *decode, struct error *error) {
  const struct batch *batch;
  for (;;) {
    TRY(decode_next(decode, &batch, error));
    if (!batch)
      return STATUS_OK;
    TRY(cat->message ? write_batch(cat, batch, error) : write_records(cat, batch, error));
  }
}

static enum status check_found(const struct cat *cat, const struct decode *decode, struct error *error) {
  if (!cat->message || cat->begun)
    return STATUS_OK;
  const struct decode_report *report = decode_get_report(decode);
  scoped(buffer) struct buffer names = buffer_with_max(400);
  for (uint32_t i = 0; i < report->message_count && names.size < 350; i++)
    if (report->messages[i]->count)
      buffer_format(&names, " %s", report->messages[i]->name);
  return error_set(error, STATUS_NOT_FOUND, "the log has no %s; it has:%s", cat->message, buffer_text(&names));
}

static enum status cat_run(struct invocation *in, struct error *error) {
  scoped(input) struct input *input = NULL;
  scoped(decode) struct decode *decode = NULL;
  struct cat cat = {
      .in = in, .message = in->argument_count > 1 ? in->arguments[1] : NULL, .text = buffer_with_max((size_t)64 << 20)};
  FILE *file = NULL;
  TRY(input_open_path(in->arguments[0], &input, error));
  struct decode_options options = {.wanted = is_wanted, .context = &cat, .batch_rows = cat.message ? 0 : 1};
  enum status status = decode_open(input, NULL, &options, &decode, error);
  if (status != STATUS_OK)
    return error_prefix(error, "%s", in->arguments[0]);
  if (cat.message)
    TRY(result_open(in, "csv", &cat.writer, &file, error));
  status = read_all(&cat, decode, error);
  if (status == STATUS_OK)
    status = check_found(&cat, decode, error);
  if (cat.message)
    return result_close(cat.writer, file, status, error);
  fwrite(cat.text.data, 1, cat.text.size, stdout);
  buffer_free(&cat.text);
  return status;
}

const struct command command_cat = {
    .name = "cat",
    .arguments = "LOG [MESSAGE]",
    .about = "print a log's records, without a lake",
    .details = "With a message: its records as CSV (or --format). Without: all records in the log's order, one JSON "
               "object a line.\n\n"
               "Example: uavlake cat 00000042.BIN ATT --fields Roll,Pitch",
    .options = (const struct option[]){RESULT_OPTIONS, {"fields", 0, "A,B,…", "only these fields"}, {NULL}},
    .least_arguments = 1,
    .most_arguments = 2,
    .run = cat_run,
};
