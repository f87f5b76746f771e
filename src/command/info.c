/* info: what one file says of itself, without a lake. */
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "command/listing.h"
#include "decode/decoder.h"
#include "lake/inspect.h"

#include <math.h>
#include <sys/stat.h>

struct inspected_file {
  const char *path;
  uint64_t bytes;
  char sha256[SHA256_TEXT];
  struct inspection log;
  int64_t start_us, end_us; /* UTC */
  struct error unreadable;  /* status OK: it is not */
};

static enum status inspect_file(struct invocation *in, const char *path, struct inspected_file *ret_file,
                                struct error *error) {
  scoped(input) struct input *input = NULL;
  struct inspected_file file = {.path = path, .start_us = TIME_NONE, .end_us = TIME_NONE};
  struct stat info;
  struct bytes head;
  TRY(input_open_path(path, &input, error));
  TRY(input_view(input, PROBE_HEAD, &head, error));
  if (head.size == 0)
    return error_set(error, STATUS_BAD_DATA, "%s is empty", path);
  int64_t file_time_us = stat(path, &info) == 0 ? (int64_t)info.st_mtim.tv_sec * US_PER_S : TIME_NONE;
  file.bytes = input_size(input);
  file.log.decoder = decode_probe(head, file.bytes, text_of(path_name(path)), NULL);
  file.log.summary.system_id = -1;
  if (!file.log.decoder->kept_raw) {
    const struct decoder *decoder = file.log.decoder;
    enum status status = inspect_log(input, decoder, file_time_us, in->arena, &file.log, &file.unreadable);
    file.unreadable.status = status;
    file.log.decoder = decoder;
    if (status != STATUS_OK && status != STATUS_BAD_DATA)
      return error_set(error, status, "%s: %s", path, file.unreadable.text);
    if (status == STATUS_OK && decoder->vocabulary) {
      file.start_us = clock_fit_utc(&file.log.summary.clock, file.log.summary.start_us);
      file.end_us = clock_fit_utc(&file.log.summary.clock, file.log.summary.end_us);
    }
  }
  if (invocation_option(in, "hash") || in->json) {
    TRY(input_seek(input, 0, error));
    TRY(hash_input(input, file.sha256, &file.bytes, NULL, NULL, error));
  }
  *ret_file = file;
  return STATUS_OK;
}

static double message_rate_hz(const struct inspected_message *message) {
  double span_s = message->first_us == TIME_NONE ? 0 : (double)(message->last_us - message->first_us) * 1e-6;
  return message->count > 1 && span_s > 0 ? (double)(message->count - 1) / span_s : NAN;
}

static void json_messages(struct json_writer *json, const struct inspection *log) {
  json_array_begin(json, "messages");
  for (uint32_t i = 0; i < log->message_count; i++) {
    const struct inspected_message *message = &log->messages[i];
    json_object_begin(json, NULL);
    json_c_string(json, "name", message->name);
    json_i64(json, "count", (int64_t)message->count);
    json_double(json, "rate_hz", message_rate_hz(message));
    json_array_begin(json, "fields");
    for (uint16_t field = 0; field < message->field_count; field++) {
      json_object_begin(json, NULL);
      json_c_string(json, "name", message->fields[field].name);
      json_c_string(json, "type", column_type_name(message->fields[field].type));
      if (message->fields[field].unit[0])
        json_c_string(json, "unit", message->fields[field].unit);
      json_object_end(json);
    }
    json_array_end(json);
    json_object_end(json);
  }
  json_array_end(json);
}

static void json_damage(struct json_writer *json, const struct inspection *log) {
  json_array_begin(json, "damage");
  for (uint32_t i = 0; i < log->damage_count; i++) {
    const struct damage *damage = &log->damage[i];
    json_object_begin(json, NULL);
    json_i64(json, "offset", (int64_t)damage->offset);
    json_i64(json, "bytes", (int64_t)damage->bytes);
    json_c_string(json, "reason", damage->reason);
    json_double(json, "from_s", damage->from_us == TIME_NONE ? NAN : (double)damage->from_us * 1e-6);
    json_double(json, "to_s", damage->to_us == TIME_NONE ? NAN : (double)damage->to_us * 1e-6);
    json_object_end(json);
  }
  json_array_end(json);
}

static double duration_s(const struct inspected_file *file) {
  const struct log_summary *summary = &file->log.summary;
  return summary->start_us == TIME_NONE || file->unreadable.status != STATUS_OK || !file->log.decoder->vocabulary
             ? NAN
             : (double)(summary->end_us - summary->start_us) * 1e-6;
}

static void print_json(const struct inspected_file *file) {
  const struct log_summary *summary = &file->log.summary;
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "path", file->path);
  json_c_string(&json, "kind", file->log.decoder->name);
  json_i64(&json, "bytes", (int64_t)file->bytes);
  json_c_string(&json, "sha256", file->sha256);
  json_c_string(&json, "kept_raw", file->log.decoder->kept_raw);
  if (file->unreadable.status != STATUS_OK)
    json_c_string(&json, "unreadable", file->unreadable.text);
  json_c_string(&json, "vehicle", summary->vehicle_class[0] ? summary->vehicle_class : NULL);
  json_c_string(&json, "vehicle_uid", summary->vehicle_uid[0] ? summary->vehicle_uid : NULL);
  if (summary->system_id >= 0)
    json_i64(&json, "system_id", summary->system_id);
  json_c_string(&json, "firmware", summary->firmware[0] ? summary->firmware : NULL);
  json_c_string(&json, "board", summary->board[0] ? summary->board : NULL);
  json_time(&json, "start", file->start_us);
  json_time(&json, "end", file->end_us);
  json_c_string(&json, "clock_source", summary->clock.source);
  json_double(&json, "duration_s", duration_s(file));
  json_i64(&json, "flights", summary->flight_count);
  json_i64(&json, "records", (int64_t)file->log.report.records);
  json_messages(&json, &file->log);
  json_i64(&json, "damaged_bytes", (int64_t)file->log.report.damaged_bytes);
  json_bool(&json, "truncated", file->log.report.truncated);
  json_damage(&json, &file->log);
  json_object_begin(&json, "facts");
  for (uint32_t i = 0; i < file->log.fact_count; i++)
    json_c_string(&json, file->log.facts[i].key, file->log.facts[i].value);
  json_object_end(&json);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void print_line(const char *name, const char *value) {
  struct error line; /* makes what the log says printable */
  if (!value || !value[0])
    return;
  error_set(&line, STATUS_OK, "%s", value);
  printf("%-12s %s\n", name, line.text);
}

static void print_messages(struct invocation *in, const struct inspection *log) {
  struct cells *cells = cells_new(in->arena, 4);
  static const char *const titles[] = {"message", "count", "rate Hz", "fields"};
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(cells, titles[i], i == 1 || i == 2);
  for (uint32_t i = 0; i < log->message_count; i++) {
    const struct inspected_message *message = &log->messages[i];
    double rate_hz = message_rate_hz(message);
    scoped(buffer) struct buffer fields = buffer_with_max(8192);
    for (uint16_t field = 0; field < message->field_count; field++)
      buffer_format(&fields, "%s%s", field ? " " : "", message->fields[field].name);
    cells_add(cells, message->name, false);
    cells_add(cells, arena_format(in->arena, "%llu", (unsigned long long)message->count), true);
    cells_add(cells, isnan(rate_hz) ? "" : arena_format(in->arena, "%.1f", rate_hz), true);
    cells_add(cells, buffer_text(&fields), false);
  }
  putchar('\n');
  cells_print(cells, stdout);
}

static void print_damage(const struct inspection *log) {
  char size[16];
  if (log->report.truncated)
    puts("the last record is torn: the recording ended by power-off");
  if (!log->report.damaged_places)
    return;
  printf("damage: %llu places, %s lost\n", (unsigned long long)log->report.damaged_places,
         text_size(size, log->report.damaged_bytes));
  for (uint32_t i = 0; i < MIN(log->damage_count, 10u); i++)
    printf("  byte %llu, %llu bytes: %s\n", (unsigned long long)log->damage[i].offset,
           (unsigned long long)log->damage[i].bytes, log->damage[i].reason);
  if (log->damage_count > 10)
    puts("  …");
}

static void print_readable(struct invocation *in, const struct inspected_file *file) {
  const struct log_summary *summary = &file->log.summary;
  char size[16], time[CLOCK_TEXT_SIZE], duration[24];
  print_line("file", file->path);
  print_line("kind", arena_format(in->arena, "%s (%s)", file->log.decoder->name, file->log.decoder->about));
  print_line("size", text_size(size, file->bytes));
  print_line("sha256", file->sha256);
  print_line("kept raw", file->log.decoder->kept_raw);
  if (file->unreadable.status != STATUS_OK)
    print_line("unreadable", file->unreadable.text);
  print_line("vehicle", summary->vehicle_class);
  print_line("uid", summary->vehicle_uid);
  print_line("firmware", summary->firmware);
  print_line("board", summary->board);
  if (file->start_us != TIME_NONE)
    print_line("start",
               arena_format(in->arena, "%s (clock: %s)", clock_format(time, file->start_us), summary->clock.source));
  if (!isnan(duration_s(file)))
    print_line("duration", text_duration(duration, duration_s(file)));
  if (file->log.decoder->vocabulary)
    print_line("flights", arena_format(in->arena, "%u", summary->flight_count));
  print_line("doubt", summary->note);
  for (uint32_t i = 0; i < file->log.fact_count && !file->log.decoder->vocabulary; i++)
    print_line(file->log.facts[i].key, file->log.facts[i].value);
  print_damage(&file->log);
  if (file->log.message_count)
    print_messages(in, &file->log);
}

static enum status info_run(struct invocation *in, struct error *error) {
  enum status worst = STATUS_OK;
  for (int i = 0; i < in->argument_count; i++) {
    struct inspected_file *file = arena_alloc(in->arena, sizeof *file);
    TRY(inspect_file(in, in->arguments[i], file, error));
    if (in->json)
      print_json(file);
    else
      print_readable(in, file);
    if (file->unreadable.status != STATUS_OK)
      worst = error_set(error, STATUS_BAD_DATA, "%s: nothing in it can be read", in->arguments[i]);
  }
  return worst;
}

const struct command command_info = {
    .name = "info",
    .arguments = "FILE…",
    .about = "show what a log file holds, without a lake",
    .details = "Example: uavlake info 00000042.BIN --json",
    .options = (const struct option[]){{"hash", 0, NULL, "also the SHA-256 (always in --json)"}, {NULL}},
    .least_arguments = 1,
    .most_arguments = -1,
    .run = info_run,
};
