/* cat: a log's records as text or Parquet, without a lake: mavlogdump's task at the decoder's speed.
 *
 * Two ways through. One message: its batches are spelled row by row (CSV, JSON) or handed on as columns (Parquet, a
 * table). Several or all: the decoder gives every record as a batch of one, which keeps the log's own order with no
 * memory to speak of, however long the log; a merge by time would be wrong wherever a clock falls back.
 *
 * Numbers are those that pymavlink gives: raw, with the factor that the storage format itself demands (DataFlash's
 * letters c C e E L). --scaled applies the log's multipliers too. */
#include "base/text.h"
#include "command/dialect.h"
#include "command/record.h"
#include "command/result.h"
#include "decode/mavlink_dialect_xml.h"
#include "decode/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITE_SIZE ((size_t)256 << 10)
#define LINE_MAX_BYTES ((size_t)512 << 20)

struct cat {
  struct invocation *in;
  const char *message;    /* NULL: several */
  const char *types;      /* patterns of the several, NULL: all */
  int64_t instance;       /* -1: all */
  int64_t from_us, to_us; /* log clock */
  bool from_utc, to_utc;  /* typed as a date: the log's clock must be UTC */
  struct record_options record;
  const char *format;

  struct record_form **forms; /* of several, by message index */
  uint32_t form_count;
  bool *skipped;            /* beside forms: none of --fields is there */
  struct record_form *form; /* of the one message, and that message's index */
  uint32_t form_index;
  bool instances_seen, redefinition_told;
  uint64_t rows;

  int out;     /* text goes here; -1: to the writer */
  bool closed; /* the reader of our output has gone */
  struct buffer text;
  struct result_writer *writer;
  struct arena *rows_arena;
};

/* ── what is wanted ───────────────────────────────────────────────────────────────────────────────────────────── */

static bool matches_any(const char *patterns, const char *name) {
  struct text rest = text_of(patterns);
  while (rest.data) {
    struct text part = text_trim(text_cut(&rest, ','));
    char pattern[256];
    if (part.size >= sizeof pattern)
      continue;
    memcpy(pattern, part.data, part.size);
    pattern[part.size] = 0;
    if (fnmatch(pattern, name, 0) == 0)
      return true;
  }
  return false;
}

static bool is_wanted(void *context, const struct message *message) {
  const struct cat *cat = context;
  if (cat->message)
    return strcmp(cat->message, message->name) == 0;
  return !cat->types || matches_any(cat->types, message->name);
}

static bool is_row_wanted(const struct cat *cat, const struct batch *batch, uint32_t row) {
  int64_t time_us = batch->time_us[row];
  if (time_us == TIME_NONE ? cat->from_us != INT64_MIN || cat->to_us != INT64_MAX
                           : time_us < cat->from_us || time_us >= cat->to_us)
    return false;
  int16_t field = batch->message->instance_field;
  return cat->instance < 0 || (field >= 0 && column_i64(&batch->columns[field], row) == cat->instance);
}

static bool is_filtered(const struct cat *cat) {
  return cat->instance >= 0 || cat->from_us != INT64_MIN || cat->to_us != INT64_MAX;
}

/* ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status write_out(struct cat *cat, struct error *error) {
  if (cat->text.failed)
    return error_set(error, STATUS_LIMIT, "a record has more than %zu bytes of text; choose fewer --fields",
                     LINE_MAX_BYTES);
  for (size_t done = 0; done < cat->text.size;) {
    ssize_t size = write(cat->out, cat->text.data + done, cat->text.size - done);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0 && errno == EPIPE) {
      cat->closed = true;
      break;
    }
    if (size < 0)
      return error_set_errno(error, errno, "the output can't be written");
    done += (size_t)size;
  }
  buffer_clear(&cat->text);
  return STATUS_OK;
}

static enum status no_such_fields(const struct cat *cat, const char *message, struct error *error) {
  return error_set(error, STATUS_NOT_FOUND, "%s has none of the fields %s; 'uavlake info' lists them", message,
                   invocation_option(cat->in, "fields"));
}

/* Other fields under the same name: CSV and Parquet have one set of columns, the first. */
static void tell_redefinition(struct cat *cat, const char *name) {
  if (!cat->redefinition_told)
    fprintf(stderr,
            "uavlake: %s is defined more than once in this log; the columns are those of the first definition. "
            "'uavlake cat LOG --types %s' shows all\n",
            name, name);
  cat->redefinition_told = true;
}

static enum status begin_one(struct cat *cat, const struct message *message, struct error *error) {
  cat->form = record_form_new(cat->in->arena, message, &cat->record);
  if (!cat->form)
    return no_such_fields(cat, message->name, error);
  if (cat->writer) {
    const struct result_sink *sink = result_writer_sink(cat->writer);
    return sink->begin(sink->context, record_form_fields(cat->form), record_form_count(cat->form), error);
  }
  if (!cat->record.json)
    record_form_put_header(cat->form, &cat->text);
  return STATUS_OK;
}

static enum status put_rows(struct cat *cat, const struct record_form *form, const struct batch *batch,
                            struct error *error) {
  bool filtered = is_filtered(cat);
  for (uint32_t row = 0; row < batch->rows && !cat->closed; row++) {
    if (filtered && !is_row_wanted(cat, batch, row))
      continue;
    record_form_put_row(form, batch, row, &cat->text);
    cat->rows++;
    if (cat->text.size >= WRITE_SIZE)
      TRY(write_out(cat, error));
  }
  return STATUS_OK;
}

/* ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status hand_on(struct cat *cat, const struct batch *batch, uint32_t from, uint32_t rows,
                           struct error *error) {
  const struct result_sink *sink = result_writer_sink(cat->writer);
  if (rows == 0)
    return STATUS_OK;
  arena_reset(cat->rows_arena);
  cat->rows += rows;
  return sink->rows(sink->context, record_form_columns(cat->form, batch, from, rows, cat->rows_arena), rows, error);
}

/* In runs of rows that are wanted. */
static enum status hand_on_rows(struct cat *cat, const struct batch *batch, struct error *error) {
  uint32_t from = 0;
  if (!is_filtered(cat))
    return hand_on(cat, batch, 0, batch->rows, error);
  for (uint32_t row = 0; row <= batch->rows; row++) {
    if (row < batch->rows && is_row_wanted(cat, batch, row))
      continue;
    TRY(hand_on(cat, batch, from, row - from, error));
    from = row + 1;
  }
  return STATUS_OK;
}

/* ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status take_one(struct cat *cat, const struct batch *batch, struct error *error) {
  if (!cat->form) {
    TRY(begin_one(cat, batch->message, error));
    cat->form_index = batch->message->index;
  } else if (batch->message->index != cat->form_index) {
    tell_redefinition(cat, batch->message->name);
  }
  return cat->writer ? hand_on_rows(cat, batch, error) : put_rows(cat, cat->form, batch, error);
}

/* The form of a message, made at its first record: that is where its header line stands. */
static struct record_form *form_of(struct cat *cat, const struct message *message) {
  uint32_t index = message->index;
  if (index >= cat->form_count) {
    uint32_t count = MAX(index + 1, cat->form_count * 2);
    cat->forms = memory_resize(cat->forms, count, sizeof *cat->forms);
    memset(cat->forms + cat->form_count, 0, (count - cat->form_count) * sizeof *cat->forms);
    cat->skipped = memory_resize(cat->skipped, count, sizeof *cat->skipped);
    memset(cat->skipped + cat->form_count, 0, (count - cat->form_count) * sizeof *cat->skipped);
    cat->form_count = count;
  }
  if (cat->forms[index] || cat->skipped[index])
    return cat->forms[index];
  cat->forms[index] = record_form_new(cat->in->arena, message, &cat->record);
  cat->skipped[index] = !cat->forms[index];
  if (cat->forms[index] && !cat->record.json)
    record_form_put_header(cat->forms[index], &cat->text);
  return cat->forms[index];
}

static enum status check_clock(const struct cat *cat, const struct decode *decode, struct error *error) {
  if ((cat->from_utc || cat->to_utc) && decode_get_report(decode)->clock != DECODE_CLOCK_UTC)
    return error_set(error, STATUS_SETTINGS,
                     "the clock of this log counts from power-on: give --from and --to in its seconds (time_s)");
  return STATUS_OK;
}

static enum status read_all(struct cat *cat, struct decode *decode, struct error *error) {
  const struct batch *batch;
  while (!cat->closed) {
    TRY(decode_next(decode, &batch, error));
    if (!batch)
      break;
    TRY(check_clock(cat, decode, error));
    cat->instances_seen |= batch->message->instance_field >= 0;
    const struct record_form *form = cat->message ? NULL : form_of(cat, batch->message);
    if (cat->message)
      TRY(take_one(cat, batch, error));
    else if (form)
      TRY(put_rows(cat, form, batch, error));
  }
  return cat->out >= 0 ? write_out(cat, error) : STATUS_OK;
}

/* Nothing came: says why. */
static enum status check_found(const struct cat *cat, const struct decode *decode, struct error *error) {
  const struct decode_report *report = decode_get_report(decode);
  if (cat->instance >= 0 && cat->rows == 0 && !cat->instances_seen && (cat->form || cat->forms))
    return error_set(error, STATUS_NOT_FOUND, "%s tells no instances apart; leave --instance out",
                     cat->message ? cat->message : "none of the messages");
  if (cat->form || cat->forms)
    return STATUS_OK;
  scoped(buffer) struct buffer names = buffer_with_max(400);
  for (uint32_t i = 0; i < report->message_count && names.size < 350; i++)
    if (report->messages[i]->count)
      buffer_format(&names, " %s", report->messages[i]->name);
  const char *wanted = cat->message ? cat->message : cat->types ? cat->types : "message";
  return error_set(error, STATUS_NOT_FOUND, "the log has no %s; it has:%s", wanted, buffer_text(&names));
}

/* ── the command ──────────────────────────────────────────────────────────────────────────────────────────────── */

/* Seconds of the log's clock, or a date. */
static enum status parse_time(const struct invocation *in, const char *option, int64_t *ret_us, bool *ret_utc,
                              struct error *error) {
  const char *typed = invocation_option(in, option);
  double seconds;
  if (!typed)
    return STATUS_OK;
  if (text_to_double(text_of(typed), &seconds) && fabs(seconds) < 9e12) {
    *ret_us = llround(seconds * 1e6);
    return STATUS_OK;
  }
  *ret_utc = true;
  if (!clock_parse(text_of(typed), ret_us))
    return error_set(error, STATUS_SETTINGS,
                     "--%s wants seconds of the log's clock (12.5) or a time such as 2026-03-01T10:00Z, not '%s'",
                     option, typed);
  return STATUS_OK;
}

static enum status parse(struct cat *cat, struct error *error) {
  struct invocation *in = cat->in;
  cat->message = in->argument_count > 1 ? in->arguments[1] : NULL;
  cat->types = invocation_option(in, "types");
  cat->format = invocation_option(in, "format");
  if (cat->message && cat->types)
    return error_set(error, STATUS_SETTINGS, "give a message or --types, not both");
  if (!cat->format)
    cat->format = in->json || !cat->message ? "json" : "csv";
  bool json = strcmp(cat->format, "json") == 0 || strcmp(cat->format, "jsonl") == 0;
  bool text = json || strcmp(cat->format, "csv") == 0;
  if (!text && strcmp(cat->format, "parquet") != 0 && strcmp(cat->format, "table") != 0)
    return error_set(error, STATUS_SETTINGS, "there is no format '%s'; the formats are csv, json, parquet and table",
                     cat->format);
  if (!text && !cat->message)
    return error_set(error, STATUS_SETTINGS, "the format %s takes one message: uavlake cat LOG MESSAGE -f %s",
                     cat->format, cat->format);
  cat->record = (struct record_options){.json = json,
                                        .named = json || !cat->message,
                                        .scaled = invocation_option(in, "scaled") != NULL,
                                        .fields = text_of(invocation_option(in, "fields")),
                                        .terminal = !invocation_option(in, "output") && isatty(STDOUT_FILENO)};
  cat->out = text ? STDOUT_FILENO : -1;
  TRY(invocation_number(in, "instance", 0, INT64_MAX, &cat->instance, error));
  TRY(parse_time(in, "from", &cat->from_us, &cat->from_utc, error));
  return parse_time(in, "to", &cat->to_us, &cat->to_utc, error);
}

static enum status open_output(struct cat *cat, struct error *error) {
  const char *path = invocation_option(cat->in, "output");
  if (cat->out < 0 || !path)
    return STATUS_OK;
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot create %s", path);
  cat->out = fd;
  return STATUS_OK;
}

static enum status close_output(struct cat *cat, enum status status, struct error *error) {
  bool own = cat->out >= 0 && cat->out != STDOUT_FILENO;
  if (own && close(cat->out) != 0 && status == STATUS_OK)
    return error_set_errno(error, errno, "the output can't be written completely");
  return status;
}

static enum status open_log(struct cat *cat, struct arena *arena, struct input **ret_input, struct decode **ret_decode,
                            struct error *error) {
  const char *path = cat->in->arguments[0];
  struct decode_options options = {.wanted = is_wanted, .context = cat, .batch_rows = cat->message ? 0 : 1};
  struct bytes head;
  TRY(dialect_of(cat->in, arena, &options.dialect, error));
  if (strcmp(path, "-") == 0)
    TRY(input_open_fd(STDIN_FILENO, ret_input, error));
  else
    TRY(input_open_path(path, ret_input, error));
  enum status status = input_view(*ret_input, 1, &head, error);
  if (status == STATUS_OK && head.size == 0)
    return error_set(error, STATUS_BAD_DATA, "%s is empty", path);
  if (status == STATUS_OK)
    status = decode_open(*ret_input, NULL, &options, ret_decode, error);
  return status == STATUS_OK ? status : error_prefix(error, "%s", path);
}

static enum status print(struct cat *cat, struct decode *decode, struct error *error) {
  FILE *file = NULL;
  if (cat->out < 0)
    TRY(result_open(cat->in, cat->format, &cat->writer, &file, error));
  enum status status = open_output(cat, error);
  if (status == STATUS_OK)
    status = read_all(cat, decode, error);
  if (status == STATUS_OK)
    status = check_found(cat, decode, error);
  status = close_output(cat, status, error);
  return cat->writer ? result_close(cat->writer, file, status, error) : status;
}

static enum status cat_run(struct invocation *in, struct error *error) {
  scoped(arena) struct arena *dialect_arena = arena_new(MAVLINK_DIALECT_MEMORY);
  scoped(input) struct input *input = NULL;
  scoped(decode) struct decode *decode = NULL;
  scoped(arena) struct arena *rows_arena = arena_new(0);
  struct cat cat = {.in = in,
                    .instance = -1,
                    .from_us = INT64_MIN,
                    .to_us = INT64_MAX,
                    .text = buffer_with_max(LINE_MAX_BYTES),
                    .rows_arena = rows_arena};
  TRY(parse(&cat, error));
  TRY(open_log(&cat, dialect_arena, &input, &decode, error));
  enum status status = print(&cat, decode, error);
  buffer_free(&cat.text);
  free(cat.forms);
  free(cat.skipped);
  return status;
}

const struct command command_cat = {
    .name = "cat",
    .arguments = "LOG [MESSAGE]",
    .about = "print a log's records, without a lake",
    .details =
        "With a message: its records, as CSV with one header line (or --format). Without, or with --types: the records "
        "of all messages in the order of the log, one JSON object a line. As CSV, every line begins with its message's "
        "name, and so does a header line before the first record of each message: grep '^ATT,' makes one table of it. "
        "LOG can be - for standard input.\n\n"
        "time_s is the log's clock: seconds since power-on, or since 1970 where the log has UTC. Numbers are the ones "
        "that pymavlink gives (DataFlash c, C, e, E and L in their unit, everything else as stored); --scaled applies "
        "the log's multipliers too, so that millivolts become volts. They are written in the shortest form that reads "
        "back the same; in JSON, NaN and infinity are null. A name that comes twice gets a number (Alt_2).\n\n"
        "Example: uavlake cat 00000042.BIN ATT --fields Roll,Pitch",
    .options = (const struct option[]){{"format", 'f', "FORM", "csv, json (one object a line), parquet or table"},
                                       {"output", 'o', "FILE", "write to this file (needed for parquet)"},
                                       {"fields", 0, "A,B,…", "only these fields"},
                                       {"types", 't', "A,B*,…", "only these messages, in the order of the log"},
                                       {"instance", 'i', "NUMBER", "only this sensor of several"},
                                       {"from", 0, "TIME", "from here on: seconds of the log's clock, or UTC"},
                                       {"to", 0, "TIME", "up to here, exclusive"},
                                       DIALECT_OPTION,
                                       {"scaled", 's', NULL, "apply the log's multipliers"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = 2,
    .run = cat_run,
};
