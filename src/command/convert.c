/* convert: one log as a file of another format, without a lake.
 *
 *   csv, json, parquet   what cat prints, into a file; Parquet of all messages: one row a record, its fields as JSON
 *   mcap                 every message, with schemas (mcap.c)
 *   gpx, kml, geojson    the way that the vehicle flew, and the places of its pictures: the rows of the lake's tables
 *                        position and media, mapped from the log as an add would
 *
 * The file is written beside its place under a temporary name and renamed when it is whole. */
#include "base/file.h"
#include "base/text.h"
#include "command/command.h"
#include "command/dialect.h"
#include "command/mcap.h"
#include "command/record.h"
#include "command/track.h"
#include "decode/decoder.h"
#include "lake/inspect.h"
#include "table/table.h"
#include "vocabulary/map.h"
#include "vocabulary/rows.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TITLE_MAX 256
#define PLACES_MAX 100000u

extern const struct command command_cat;

static const char *const formats[] = {"csv", "json", "jsonl", "parquet", "mcap", "gpx", "kml", "geojson"};

struct convert {
  struct invocation *in;
  const char *log, *output, *format;
  char temporary[PATH_LIMIT];
};

/* ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────── */

static const char *known_format(const char *name) {
  for (size_t i = 0; name && i < ARRAY_COUNT(formats); i++)
    if (strcmp(formats[i], name) == 0)
      return formats[i];
  return NULL;
}

static enum status choose_format(struct convert *convert, struct error *error) {
  static const char list[] = "csv, json, parquet, mcap, gpx, kml and geojson";
  const char *typed = invocation_option(convert->in, "format"), *dot = strrchr(path_name(convert->output), '.');
  convert->format = known_format(typed ? typed : dot ? dot + 1 : NULL);
  if (convert->format)
    return STATUS_OK;
  if (typed)
    return error_set(error, STATUS_SETTINGS, "there is no format '%s'; the formats are %s", typed, list);
  return error_set(error, STATUS_SETTINGS, "the ending of '%s' names no format; the formats are %s, or give --format",
                   convert->output, list);
}

static enum status parse(struct convert *convert, struct error *error) {
  struct invocation *in = convert->in;
  convert->log = in->arguments[0];
  convert->output = invocation_option(in, "output");
  if (!convert->output || !convert->output[0])
    return error_set(error, STATUS_SETTINGS, "say where to: uavlake convert %s -o FILE", convert->log);
  TRY(choose_format(convert, error));
  struct stat info;
  if (stat(convert->output, &info) == 0 && S_ISDIR(info.st_mode))
    return error_set(error, STATUS_SETTINGS, "%s is a folder; name a file in it", convert->output);
  if (file_exists(convert->output) && !invocation_option(in, "force"))
    return error_set(error, STATUS_EXISTS, "%s is there already; --force replaces it", convert->output);
  int size = snprintf(convert->temporary, sizeof convert->temporary, "%s.%d.part", convert->output, (int)getpid());
  return size < (int)sizeof convert->temporary ? STATUS_OK
                                               : error_set(error, STATUS_LIMIT, "the name of the output is too long");
}

/* ── csv, json, parquet ───────────────────────────────────────────────────────────────────────────────────────── */

static const struct option format_option = {.name = "format", .argument = "FORM"},
                           output_option = {.name = "output", .argument = "FILE"};

/* message: NULL for all. */
static enum status convert_records(const struct convert *convert, const char *message, struct error *error) {
  struct invocation *cat = arena_alloc(convert->in->arena, sizeof *cat);
  const char **arguments = arena_alloc_array(convert->in->arena, 2, sizeof *arguments);
  *cat = *convert->in;
  arguments[0] = convert->log;
  arguments[1] = message;
  cat->command = &command_cat;
  cat->arguments = arguments;
  cat->argument_count = message ? 2 : 1;
  if (cat->option_count + 2 > OPTION_VALUES_MAX)
    return error_set(error, STATUS_SETTINGS, "these are too many options");
  cat->options[cat->option_count].option = &format_option;
  cat->options[cat->option_count++].value = convert->format;
  cat->options[cat->option_count].option = &output_option;
  cat->options[cat->option_count++].value = convert->temporary;
  return command_cat.run(cat, error);
}

/* ── the log, and its clock ───────────────────────────────────────────────────────────────────────────────────── */

static enum status open_input(const struct convert *convert, struct input **ret_input, struct error *error) {
  struct bytes head;
  TRY(input_open_path(convert->log, ret_input, error));
  TRY(input_view(*ret_input, 1, &head, error));
  return head.size ? STATUS_OK : error_set(error, STATUS_BAD_DATA, "%s is empty", convert->log);
}

/* The first pass: kind, clock, flights, messages. */
static enum status inspect(const struct convert *convert, struct inspection *inspection, struct error *error) {
  scoped(input) struct input *input = NULL;
  struct bytes head;
  struct stat info;
  if (strcmp(convert->log, "-") == 0 || (stat(convert->log, &info) == 0 && !S_ISREG(info.st_mode)))
    return error_set(error, STATUS_SETTINGS, "%s needs a file: the log is read twice", convert->format);
  TRY(open_input(convert, &input, error));
  TRY(input_view(input, PROBE_HEAD, &head, error));
  const struct decoder *decoder = decode_probe(head, input_size(input), text_of(path_name(convert->log)), NULL);
  if (!decoder || decoder->kept_raw)
    return error_set(error, STATUS_UNSUPPORTED, "%s is %s, which holds no messages", convert->log,
                     decoder ? decoder->about : "of no kind that is known");
  int64_t file_time_us = (int64_t)info.st_mtim.tv_sec * US_PER_S + info.st_mtim.tv_nsec / 1000;
  enum status status = inspect_log(input, decoder, NULL, file_time_us, convert->in->arena, inspection, error);
  return status == STATUS_OK ? status : error_prefix(error, "%s", convert->log);
}

/* ── MCAP ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

struct mcap_kind { /* of a message, by its index */
  struct record_form *form;
  uint16_t schema;
  uint16_t *channels; /* by instance; 0 none yet */
  uint32_t channel_count;
};

struct mcap_run {
  const struct convert *convert;
  const struct clock_fit *clock; /* NULL: the log has no UTC, its own clock is taken */
  struct mcap *mcap;
  struct mcap_kind *kinds;
  uint32_t kind_count;
  uint64_t last_ns;
  struct buffer text;
  bool selected_any;
};

static bool is_wanted(void *context, const struct message *message) {
  const struct convert *convert = ((const struct mcap_run *)context)->convert;
  const char *wanted = invocation_option(convert->in, "message");
  return !wanted || strcmp(wanted, message->name) == 0;
}

static const char *schema_type(enum column_type type) {
  return type == COLUMN_BOOL                        ? "boolean"
         : type == COLUMN_F32 || type == COLUMN_F64 ? "number"
         : column_type_is_number(type)              ? "number" /* integers may carry a decimal factor */
                                                    : "string";
}

static void put_schema(const struct record_form *form, struct buffer *out) {
  const struct field *fields = record_form_fields(form);
  struct json_writer json = json_writer_of(out);
  json_object_begin(&json, NULL);
  json_c_string(&json, "type", "object");
  json_object_begin(&json, "properties");
  for (uint16_t i = 0; i < record_form_count(form); i++) {
    bool is_array = fields[i].is_array && fields[i].type != COLUMN_CHARS;
    json_object_begin(&json, fields[i].name);
    json_c_string(&json, "type", is_array ? "array" : schema_type(fields[i].type));
    if (is_array) {
      json_object_begin(&json, "items");
      json_c_string(&json, "type", schema_type(fields[i].type));
      json_object_end(&json);
    }
    if (fields[i].unit && fields[i].unit[0])
      json_c_string(&json, "description", fields[i].unit);
    json_object_end(&json);
  }
  json_object_end(&json);
  json_object_end(&json);
}

static struct mcap_kind *kind_of(struct mcap_run *run, const struct message *message, struct error *error) {
  if (message->index >= run->kind_count) {
    uint32_t count = MAX(message->index + 1u, run->kind_count * 2);
    run->kinds = memory_resize(run->kinds, count, sizeof *run->kinds);
    memset(run->kinds + run->kind_count, 0, (count - run->kind_count) * sizeof *run->kinds);
    run->kind_count = count;
  }
  struct mcap_kind *kind = &run->kinds[message->index];
  if (kind->form)
    return kind;
  struct record_options options = {.json = true, .scaled = invocation_option(run->convert->in, "scaled") != NULL};
  scoped(buffer) struct buffer schema = buffer_with_max((size_t)16 << 20);
  kind->form = record_form_new(run->convert->in->arena, message, &options);
  put_schema(kind->form, &schema);
  return mcap_schema(run->mcap, message->name, buffer_text(&schema), &kind->schema, error) == STATUS_OK ? kind : NULL;
}

/* "ATT", of several instances "BAT/0", "BAT/1". */
static enum status channel_of(struct mcap_run *run, struct mcap_kind *kind, const struct message *message,
                              int64_t instance, uint16_t *ret_channel, struct error *error) {
  uint32_t place = instance < 0 || instance > 4095 ? 0 : (uint32_t)instance;
  if (place >= kind->channel_count) {
    kind->channels = memory_resize(kind->channels, place + 1, sizeof *kind->channels);
    memset(kind->channels + kind->channel_count, 0, (place + 1 - kind->channel_count) * sizeof *kind->channels);
    kind->channel_count = place + 1;
  }
  char topic[TITLE_MAX];
  *ret_channel = kind->channels[place];
  if (*ret_channel)
    return STATUS_OK;
  if (message->instance_field >= 0)
    snprintf(topic, sizeof topic, "%s/%u", message->name, place);
  else
    snprintf(topic, sizeof topic, "%s", message->name);
  TRY(mcap_channel(run->mcap, kind->schema, topic, ret_channel, error));
  kind->channels[place] = *ret_channel;
  return STATUS_OK;
}

/* Of a record without a time: that of the one before, at first the log's start. */
static uint64_t time_ns(struct mcap_run *run, int64_t log_us) {
  int64_t us = run->clock ? clock_fit_utc(run->clock, log_us) : log_us;
  if (us != TIME_NONE && us >= 0)
    run->last_ns = (uint64_t)us * 1000;
  return run->last_ns;
}

static enum status put_batch(struct mcap_run *run, const struct batch *batch, struct error *error) {
  const struct message *message = batch->message;
  struct mcap_kind *kind = kind_of(run, message, error);
  if (!kind)
    return STATUS_LIMIT;
  for (uint32_t row = 0; row < batch->rows; row++) {
    uint16_t channel;
    int64_t instance = message->instance_field >= 0 ? column_i64(&batch->columns[message->instance_field], row) : -1;
    TRY(channel_of(run, kind, message, instance, &channel, error));
    buffer_clear(&run->text);
    record_form_put_row(kind->form, batch, row, &run->text);
    if (run->text.failed || !run->text.size)
      return error_set(error, STATUS_LIMIT, "a record of %s is too long for MCAP", message->name);
    TRY(mcap_message(run->mcap, channel, time_ns(run, batch->time_us[row]), run->text.data, run->text.size - 1, error));
    run->selected_any = true;
  }
  return STATUS_OK;
}

static enum status put_facts(struct mcap_run *run, const struct inspection *inspection, struct error *error) {
  const struct log_summary *summary = &inspection->summary;
  const char *const pairs[][2] = {{"file", path_name(run->convert->log)},
                                  {"kind", inspection->decoder->name},
                                  {"vehicle_class", summary->vehicle_class},
                                  {"autopilot", summary->autopilot},
                                  {"firmware", summary->firmware},
                                  {"board", summary->board},
                                  {"clock", run->clock ? "UTC" : "since power-on"}};
  return mcap_metadata(run->mcap, "log", pairs, ARRAY_COUNT(pairs), error);
}

static enum status put_all(struct mcap_run *run, struct decode *decode, struct error *error) {
  const struct batch *batch;
  do {
    TRY(decode_next(decode, &batch, error));
    if (batch)
      TRY(put_batch(run, batch, error));
  } while (batch);
  if (!run->selected_any)
    return error_set(error, STATUS_NOT_FOUND, "%s has no %s; 'uavlake info' lists its messages", run->convert->log,
                     invocation_option(run->convert->in, "message") ? invocation_option(run->convert->in, "message")
                                                                    : "messages");
  return mcap_finish(run->mcap, error);
}

static enum status write_mcap(struct mcap_run *run, const struct inspection *inspection, FILE *file,
                              struct error *error) {
  scoped(arena) struct arena *dialect = arena_new(0);
  scoped(input) struct input *input = NULL;
  scoped(decode) struct decode *decode = NULL;
  struct decode_options options = {.wanted = is_wanted, .context = run, .batch_rows = 1};
  TRY(dialect_of(run->convert->in, dialect, &options.dialect, error));
  TRY(open_input(run->convert, &input, error));
  TRY(decode_open(input, inspection->decoder, &options, &decode, error));
  TRY(mcap_open(file, &run->mcap, error));
  time_ns(run, inspection->summary.start_us);
  TRY(put_facts(run, inspection, error));
  return put_all(run, decode, error);
}

/* Not the file's own time: that would be taken for the log's. */
static bool is_utc(const char *source) {
  return source && strcmp(source, "file") != 0 && strcmp(source, "none") != 0 && source[0];
}

static enum status convert_mcap(const struct convert *convert, FILE *file, struct error *error) {
  struct inspection *inspection = arena_alloc(convert->in->arena, sizeof *inspection);
  TRY(inspect(convert, inspection, error));
  bool has_utc = is_utc(inspection->summary.clock.source);
  struct mcap_run run = {.convert = convert,
                         .clock = has_utc ? &inspection->summary.clock : NULL,
                         .text = buffer_with_max((size_t)256 << 20)};
  enum status status = write_mcap(&run, inspection, file, error);
  mcap_free(run.mcap);
  buffer_free(&run.text);
  for (uint32_t i = 0; i < run.kind_count; i++)
    free(run.kinds[i].channels);
  free(run.kinds);
  return status;
}

/* ── all messages in one Parquet file ─────────────────────────────────────────────────────────────────────────── */

#define LONG_ROWS 4096u
#define LONG_BYTES ((size_t)8 << 20)

static const struct field long_fields[] = {
    {.name = "message", .unit = "", .scale = 1, .type = COLUMN_TEXT, .count = 1},
    {.name = "instance", .unit = "", .scale = 1, .type = COLUMN_I64, .count = 1},
    {.name = "time", .unit = "", .scale = 1, .type = COLUMN_TIME, .count = 1},
    {.name = "time_s", .unit = "s", .scale = 1, .type = COLUMN_F64, .count = 1},
    {.name = "record", .unit = "", .scale = 1, .type = COLUMN_TEXT, .count = 1},
};

/* One row a record, in the order of the log; its fields as a JSON object. */
struct long_run {
  const struct convert *convert;
  const struct clock_fit *clock; /* NULL: UTC is not known */
  struct parquet_writer *writer;
  struct record_form **forms; /* by message index */
  uint32_t form_count, rows;
  struct buffer text;
  struct text messages[LONG_ROWS], records[LONG_ROWS];
  size_t starts[LONG_ROWS]; /* of the records in `text`, which may move while it grows */
  int64_t instances[LONG_ROWS], times[LONG_ROWS];
  double seconds[LONG_ROWS];
  uint64_t has_instance[LONG_ROWS / 64], has_time[LONG_ROWS / 64], has_utc[LONG_ROWS / 64];
};

static void mark(uint64_t *bits, uint32_t row, bool value) {
  bits[row / 64] = (bits[row / 64] & ~(UINT64_C(1) << row % 64)) | (uint64_t)value << row % 64;
}

static enum status put_long_rows(struct long_run *run, struct error *error) {
  const struct column columns[] = {{&long_fields[0], run->messages, NULL},
                                   {&long_fields[1], run->instances, run->has_instance},
                                   {&long_fields[2], run->times, run->has_utc},
                                   {&long_fields[3], run->seconds, run->has_time},
                                   {&long_fields[4], run->records, NULL}};
  for (uint32_t i = 0; i < run->rows; i++)
    run->records[i].data = (const char *)run->text.data + run->starts[i];
  uint32_t rows = run->rows;
  run->rows = 0;
  enum status status = rows ? parquet_rows(run->writer, columns, rows, error) : STATUS_OK;
  buffer_clear(&run->text);
  return status;
}

static const struct record_form *long_form_of(struct long_run *run, const struct message *message) {
  static const struct record_options options = {.json = true};
  if (message->index >= run->form_count) {
    uint32_t count = MAX(message->index + 1u, run->form_count * 2);
    run->forms = memory_resize(run->forms, count, sizeof *run->forms);
    memset(run->forms + run->form_count, 0, (count - run->form_count) * sizeof *run->forms);
    run->form_count = count;
  }
  if (!run->forms[message->index])
    run->forms[message->index] = record_form_new(run->convert->in->arena, message, &options);
  return run->forms[message->index];
}

static enum status put_long_batch(struct long_run *run, const struct batch *batch, struct error *error) {
  const struct message *message = batch->message;
  const struct record_form *form = long_form_of(run, message);
  for (uint32_t row = 0; row < batch->rows; row++) {
    uint32_t i = run->rows++;
    int64_t log_us = batch->time_us[row], utc_us = run->clock ? clock_fit_utc(run->clock, log_us) : TIME_NONE;
    run->starts[i] = run->text.size;
    record_form_put_row(form, batch, row, &run->text);
    if (run->text.failed)
      return error_set(error, STATUS_LIMIT, "a record of %s is too long for a Parquet file", message->name);
    run->records[i].size = run->text.size - run->starts[i] - 1;
    run->messages[i] = text_of(message->name);
    run->instances[i] = message->instance_field >= 0 ? column_i64(&batch->columns[message->instance_field], row) : 0;
    run->times[i] = utc_us;
    run->seconds[i] = (double)log_us * 1e-6;
    mark(run->has_instance, i, message->instance_field >= 0);
    mark(run->has_utc, i, utc_us != TIME_NONE);
    mark(run->has_time, i, log_us != TIME_NONE);
    if (run->rows == LONG_ROWS || run->text.size >= LONG_BYTES)
      TRY(put_long_rows(run, error));
  }
  return STATUS_OK;
}

static enum status write_long(struct long_run *run, const struct inspection *inspection, struct error *error) {
  scoped(arena) struct arena *dialect = arena_new(0);
  scoped(input) struct input *input = NULL;
  scoped(decode) struct decode *decode = NULL;
  struct decode_options options = {.batch_rows = 1};
  const struct batch *batch;
  uint64_t bytes, rows;
  TRY(dialect_of(run->convert->in, dialect, &options.dialect, error));
  TRY(open_input(run->convert, &input, error));
  TRY(decode_open(input, inspection->decoder, &options, &decode, error));
  TRY(parquet_create(run->convert->temporary, long_fields, ARRAY_COUNT(long_fields), NULL, NULL, 0, &run->writer,
                     error));
  do {
    TRY(decode_next(decode, &batch, error));
    if (batch)
      TRY(put_long_batch(run, batch, error));
  } while (batch);
  TRY(put_long_rows(run, error));
  return parquet_finish(run->writer, &bytes, &rows, error);
}

static enum status convert_parquet(const struct convert *convert, struct error *error) {
  struct inspection *inspection = arena_alloc(convert->in->arena, sizeof *inspection);
  const char *message = invocation_option(convert->in, "message");
  if (!message)
    TRY(inspect(convert, inspection, error));
  if (message || inspection->message_count == 1)
    return convert_records(convert, message ? message : inspection->messages[0].name, error);
  struct long_run *run = memory_new(sizeof *run);
  run->convert = convert;
  run->clock = is_utc(inspection->summary.clock.source) ? &inspection->summary.clock : NULL;
  run->text = buffer_with_max((size_t)256 << 20);
  enum status status = write_long(run, inspection, error);
  parquet_free(run->writer);
  buffer_free(&run->text);
  free(run->forms);
  free(run);
  return status;
}

/* ── tracks ───────────────────────────────────────────────────────────────────────────────────────────────────── */

struct track_run {
  const struct convert *convert;
  const struct track_form *form;
  const struct clock_fit *clock;
  FILE *file;
  bool places; /* this pass writes the places, the next the way */
  uint64_t place_count, point_count;
};

static enum status take_rows(void *context, const struct rows *rows, struct error *error) {
  struct track_run *run = context;
  (void)error;
  const struct column *lat = rows_column(rows, "lat_deg"), *lon = rows_column(rows, "lon_deg"),
                      *alt = rows_column(rows, "alt_msl_m"), *name = rows_column(rows, "file_name");
  if (!lat || !lon || rows_are_of(rows, "media") != run->places)
    return STATUS_OK;
  for (uint32_t row = 0; row < rows->count; row++) {
    struct track_point point = {clock_fit_utc(run->clock, rows->log_us[row]), rows_number(lat, row),
                                rows_number(lon, row), rows_number(alt, row), NULL};
    if (isnan(point.lat_deg) || isnan(point.lon_deg) || (point.lat_deg == 0 && point.lon_deg == 0))
      continue;
    char text[TITLE_MAX];
    if (!run->places) {
      run->form->point(run->file, run->point_count++, &point);
    } else if (run->place_count < PLACES_MAX) {
      struct text typed = name ? column_text(name, row) : TEXT("");
      snprintf(text, sizeof text, "%.*s", (int)typed.size, typed.data);
      if (!typed.size)
        snprintf(text, sizeof text, "picture %llu", (unsigned long long)run->place_count + 1);
      point.name = text;
      run->form->place(run->file, run->place_count++, &point);
    }
  }
  return STATUS_OK;
}

static struct map_facts facts_of(const struct inspection *inspection) {
  const struct log_summary *summary = &inspection->summary;
  struct map_facts facts = {.message_names = inspection->message_names, .message_count = inspection->message_count};
  memcpy(facts.motor_of_output, summary->motor_of_output, sizeof facts.motor_of_output);
  memcpy(facts.vehicle_class, summary->vehicle_class, sizeof facts.vehicle_class);
  facts.system_id = summary->system_id > 0 ? (uint32_t)summary->system_id : 0;
  return facts;
}

/* One pass over the log for one table. */
static enum status map_table(struct track_run *run, const struct inspection *inspection, const char *table,
                             struct error *error) {
  scoped(arena) struct arena *dialect = arena_new(0);
  scoped(input) struct input *input = NULL;
  scoped(map) struct map *map = NULL;
  scoped(decode) struct decode *decode = NULL;
  uint64_t tables[4] = {0};
  uint16_t index = schema_find(table)->index;
  struct map_facts facts = facts_of(inspection);
  const struct batch *batch;
  tables[index / 64] |= UINT64_C(1) << (index % 64);
  TRY(open_input(run->convert, &input, error));
  TRY(map_new(inspection->decoder->vocabulary, &facts, tables, &map, error));
  struct decode_options options = {.wanted = map_wants, .context = map};
  TRY(dialect_of(run->convert->in, dialect, &options.dialect, error));
  TRY(decode_open(input, inspection->decoder, &options, &decode, error));
  do {
    TRY(decode_next(decode, &batch, error));
    if (batch)
      TRY(map_batch(map, batch, take_rows, run, error));
  } while (batch);
  return map_end(map, take_rows, run, error);
}

static enum status convert_track(const struct convert *convert, FILE *file, struct error *error) {
  struct inspection *inspection = arena_alloc(convert->in->arena, sizeof *inspection);
  struct track_run run = {
      .convert = convert, .form = track_form_find(convert->format), .clock = &inspection->summary.clock, .file = file};
  const char *title = path_name(convert->log);
  TRY(inspect(convert, inspection, error));
  if (!inspection->decoder->vocabulary)
    return error_set(error, STATUS_UNSUPPORTED, "%s is %s: no positions are known in it", convert->log,
                     inspection->decoder->about);
  run.form->begin(file, title);
  run.places = true;
  TRY(map_table(&run, inspection, "media", error));
  run.form->way(file, run.place_count, title);
  run.places = false;
  TRY(map_table(&run, inspection, "position", error));
  run.form->end(file);
  if (!run.place_count && !run.point_count)
    return error_set(error, STATUS_NOT_FOUND, "%s has no positions; no %s was written", convert->log, convert->format);
  return STATUS_OK;
}

/* ── the command ──────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status write_file(const struct convert *convert,
                              enum status (*write)(const struct convert *convert, FILE *file, struct error *error),
                              struct error *error) {
  FILE *file = fopen(convert->temporary, "wb");
  if (!file)
    return error_set_errno(error, errno, "cannot create %s", convert->output);
  enum status status = write(convert, file, error);
  bool failed = ferror(file) != 0;
  if ((fclose(file) != 0 || failed) && status == STATUS_OK)
    return error_set_errno(error, errno, "%s can't be written completely", convert->output);
  return status;
}

static enum status write_any(const struct convert *convert, struct error *error) {
  if (strcmp(convert->format, "mcap") == 0)
    return write_file(convert, convert_mcap, error);
  if (track_form_find(convert->format))
    return write_file(convert, convert_track, error);
  if (strcmp(convert->format, "parquet") == 0)
    return convert_parquet(convert, error);
  return convert_records(convert, invocation_option(convert->in, "message"), error);
}

static void tell(const struct convert *convert) {
  struct stat info;
  char size[16];
  if (stat(convert->output, &info) != 0)
    return;
  if (!convert->in->json) {
    printf("%s: %s\n", convert->output, text_size(size, (uint64_t)info.st_size));
    return;
  }
  scoped(buffer) struct buffer text = buffer_with_max(PATH_LIMIT * 8);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "log", convert->log);
  json_c_string(&json, "output", convert->output);
  json_c_string(&json, "format", convert->format);
  json_i64(&json, "bytes", info.st_size);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status convert_run(struct invocation *in, struct error *error) {
  struct convert convert = {.in = in};
  TRY(parse(&convert, error));
  enum status status = write_any(&convert, error);
  if (status == STATUS_OK && rename(convert.temporary, convert.output) != 0)
    status = error_set_errno(error, errno, "%s can't be put in its place", convert.output);
  if (status != STATUS_OK)
    unlink(convert.temporary);
  else
    tell(&convert);
  return status;
}

const struct command command_convert = {
    .name = "convert",
    .arguments = "LOG",
    .about = "write a log as Parquet, MCAP, CSV, JSON, GPX, KML or GeoJSON",
    .details = "The ending of the output names the format. csv and json hold all messages, or one with --message; "
               "parquet of "
               "one message has its columns, of all messages one row a record with its fields as JSON. "
               "mcap holds all, each with its schema, for Foxglove and the libraries of MCAP: times are UTC where the "
               "log knows "
               "it. gpx, kml and geojson hold the way that was flown and the places of pictures.\n\n"
               "Examples:\n  uavlake convert 00000042.BIN -o flight.mcap\n"
               "  uavlake convert 00000042.BIN -o att.parquet --message ATT\n  uavlake convert log.ulg -o way.gpx",
    .options = (const struct option[]){{"output", 'o', "FILE", "the file to write"},
                                       {"format", 'f', "FORM", "another format than the ending says"},
                                       {"message", 'm', "NAME", "only this message (csv, json, parquet, mcap)"},
                                       {"fields", 0, "A,B,…", "only these fields (csv, json, parquet)"},
                                       {"from", 0, "TIME", "from here on (csv, json, parquet)"},
                                       {"to", 0, "TIME", "up to here, exclusive (csv, json, parquet)"},
                                       DIALECT_OPTION,
                                       {"scaled", 's', NULL, "apply the log's multipliers"},
                                       {"force", 0, NULL, "replace an output that is there"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = 1,
    .run = convert_run,
};
