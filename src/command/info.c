/* info: what one file says of itself, without a lake, at once.
 *
 * Readable form: identity, times, counts and rates, what was lost, parameters that were changed. With --json one object
 * a file, whose keys are part of the interface; what is beyond them stands under "more". The SHA-256 takes as long as
 * the reading, so it is only made where asked for (--json, --hash), on a thread of its own beside the survey. */
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "command/listing.h"
#include "command/dialect.h"
#include "command/survey.h"
#include "decode/decoder.h"

#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

#define STRIP_CELLS 64u
#define PARAMETERS_SHOWN 20u
#define DAMAGE_SHOWN 10u

struct inspected_file {
  const char *path;
  uint64_t bytes;
  char sha256[SHA256_TEXT];
  struct survey log;
  int64_t start_us, end_us; /* UTC */
  struct error unreadable;  /* status OK: it is not */
};

/* ── the hash, on the side ────────────────────────────────────────────────────────────────────────────────────── */

struct hashing {
  const char *path;
  pthread_t thread;
  bool started, done;
  char sha256[SHA256_TEXT];
  uint64_t bytes;
  struct error error;
};

static enum status hash_file(struct hashing *hashing, struct error *error) {
  scoped(input) struct input *input = NULL;
  TRY(input_open_path(hashing->path, &input, error));
  return hash_input(input, hashing->sha256, &hashing->bytes, NULL, NULL, error);
}

static void *run_hashing(void *context) {
  struct hashing *hashing = context;
  hashing->error.status = hash_file(hashing, &hashing->error);
  return NULL;
}

static void hashing_begin(struct hashing *hashing) {
  hashing->started = pthread_create(&hashing->thread, NULL, run_hashing, hashing) == 0;
  if (!hashing->started)
    run_hashing(hashing);
}

static void hashing_end(struct hashing *hashing) {
  if (hashing->started)
    pthread_join(hashing->thread, NULL);
  hashing->started = false;
}

static void hashing_scope_end(struct hashing *hashing) {
  hashing_end(hashing);
}

/* ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static enum status survey_file(struct invocation *in, struct inspected_file *file, struct error *error) {
  struct stat info;
  int64_t file_time_us = stat(file->path, &info) == 0 ? (int64_t)info.st_mtim.tv_sec * US_PER_S : TIME_NONE;
  const struct decoder *decoder = file->log.decoder;
  if (decoder->kept_raw)
    return STATUS_OK;
  bool whole = in->json || invocation_option(in, "whole");
  const struct mavlink_dialect *dialect;
  TRY(dialect_of(in, in->arena, &dialect, error));
  enum status status = survey_log(file->path, decoder, dialect, whole, file_time_us, in->arena, &file->log,
                                  &file->unreadable);
  file->unreadable.status = status;
  file->log.decoder = decoder;
  if (status != STATUS_OK && status != STATUS_BAD_DATA)
    return error_set(error, status, "%s: %s", file->path, file->unreadable.text);
  if (status == STATUS_OK && decoder->vocabulary) {
    file->start_us = clock_fit_utc(&file->log.summary.clock, file->log.summary.start_us);
    file->end_us = clock_fit_utc(&file->log.summary.clock, file->log.summary.end_us);
  }
  return STATUS_OK;
}

static enum status inspect_file(struct invocation *in, const char *path, struct inspected_file *file,
                                struct error *error) {
  scoped(input) struct input *input = NULL;
  scoped(hashing) struct hashing hashing = {.path = path};
  struct bytes head;
  *file = (struct inspected_file){.path = path, .start_us = TIME_NONE, .end_us = TIME_NONE};
  struct stat info;
  if (strcmp(path, "-") == 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)))
    return error_set(error, STATUS_SETTINGS,
                     "info reads a log more than once, which '%s' does not allow; save it to a file first", path);
  TRY(input_open_path(path, &input, error));
  TRY(input_view(input, PROBE_HEAD, &head, error));
  if (head.size == 0)
    return error_set(error, STATUS_BAD_DATA, "%s is empty", path);
  file->bytes = input_size(input);
  file->log.decoder = decode_probe(head, file->bytes, text_of(path_name(path)), NULL);
  file->log.summary.system_id = -1;
  bool hash = invocation_option(in, "hash") || in->json;
  if (hash)
    hashing_begin(&hashing);
  TRY(survey_file(in, file, error));
  if (!hash)
    return STATUS_OK;
  hashing_end(&hashing);
  if (hashing.error.status != STATUS_OK)
    return error_set(error, hashing.error.status, "%s", hashing.error.text);
  memcpy(file->sha256, hashing.sha256, sizeof file->sha256);
  file->bytes = hashing.bytes;
  return STATUS_OK;
}

/* ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

static double rate_hz(uint64_t count, int64_t first_us, int64_t last_us) {
  double span_s = first_us == TIME_NONE || last_us == TIME_NONE ? 0 : (double)(last_us - first_us) * 1e-6;
  return count > 1 && span_s > 0 ? (double)(count - 1) / span_s : NAN;
}

static void json_fields(struct json_writer *json, const struct survey_message *message) {
  json_array_begin(json, "fields");
  for (uint16_t i = 0; i < message->field_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "name", message->fields[i].name);
    json_c_string(json, "type", column_type_name(message->fields[i].type));
    if (message->fields[i].unit[0])
      json_c_string(json, "unit", message->fields[i].unit);
    json_object_end(json);
  }
  json_array_end(json);
}

static void json_message(struct json_writer *json, const struct survey_message *message,
                         const struct survey_instance *instance) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", message->name);
  if (instance)
    json_i64(json, "instance", instance->number);
  json_i64(json, "count", (int64_t)(instance ? instance->count : message->count));
  json_double(json, "rate_hz",
              instance ? rate_hz(instance->count, instance->first_us, instance->last_us)
                       : rate_hz(message->count, message->first_us, message->last_us));
  json_fields(json, message);
  json_object_end(json);
}

static void json_messages(struct json_writer *json, const struct survey *log) {
  json_array_begin(json, "messages");
  for (uint32_t i = 0; i < log->message_count; i++) {
    const struct survey_message *message = &log->messages[i];
    for (uint32_t k = 0; k < message->instance_count; k++)
      json_message(json, message, &message->instances[k]);
    if (!message->instance_count)
      json_message(json, message, NULL);
  }
  json_array_end(json);
}

static double seconds_of(int64_t us) {
  return us == TIME_NONE ? NAN : (double)us * 1e-6;
}

static void json_damage(struct json_writer *json, const struct survey *log) {
  json_array_begin(json, "damage");
  for (uint32_t i = 0; i < log->damage_count; i++) {
    const struct damage *damage = &log->damage[i];
    json_object_begin(json, NULL);
    json_i64(json, "offset", (int64_t)damage->offset);
    json_i64(json, "bytes", (int64_t)damage->bytes);
    json_c_string(json, "reason", damage->reason);
    json_double(json, "from_s", seconds_of(damage->from_us));
    json_double(json, "to_s", seconds_of(damage->to_us));
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

static void json_parameters(struct json_writer *json, const struct survey *log) {
  json_array_begin(json, "changed_parameters");
  for (uint32_t i = 0; i < log->parameter_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "name", log->parameters[i].name);
    json_double(json, "value", log->parameters[i].value);
    json_double(json, "default", log->parameters[i].standard);
    json_object_end(json);
  }
  json_array_end(json);
}

/* What may change with the program. */
static void json_more(struct json_writer *json, const struct inspected_file *file) {
  const struct survey *log = &file->log;
  const struct log_summary *summary = &log->summary;
  json_object_begin(json, "more");
  json_c_string(json, "path", file->path);
  json_c_string(json, "kept_raw", log->decoder->kept_raw);
  if (file->unreadable.status != STATUS_OK)
    json_c_string(json, "unreadable", file->unreadable.text);
  json_c_string(json, "vehicle_uid", summary->vehicle_uid[0] ? summary->vehicle_uid : NULL);
  if (summary->system_id >= 0)
    json_i64(json, "system_id", summary->system_id);
  json_c_string(json, "clock_source", summary->clock.source);
  json_i64(json, "flights", summary->flight_count);
  json_i64(json, "records", (int64_t)log->report.records);
  json_i64(json, "damaged_places", (int64_t)log->report.damaged_places);
  json_i64(json, "damaged_bytes", (int64_t)log->report.damaged_bytes);
  json_bool(json, "truncated", log->report.truncated);
  if (log->defaults_known)
    json_parameters(json, log);
  json_object_begin(json, "facts");
  for (uint32_t i = 0; i < log->fact_count; i++)
    json_c_string(json, log->facts[i].key, log->facts[i].value);
  json_object_end(json);
  json_object_end(json);
}

static void print_json(const struct inspected_file *file) {
  const struct log_summary *summary = &file->log.summary;
  scoped(buffer) struct buffer text = buffer_with_max((size_t)256 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "kind", file->log.decoder->name);
  json_i64(&json, "bytes", (int64_t)file->bytes);
  json_c_string(&json, "sha256", file->sha256);
  json_c_string(&json, "vehicle", summary->vehicle_class[0] ? summary->vehicle_class : NULL);
  json_c_string(&json, "firmware", summary->firmware[0] ? summary->firmware : NULL);
  json_c_string(&json, "board", summary->board[0] ? summary->board : NULL);
  json_time(&json, "start", file->start_us);
  json_time(&json, "end", file->end_us);
  json_double(&json, "duration_s", duration_s(file));
  json_messages(&json, &file->log);
  json_damage(&json, &file->log);
  json_more(&json, file);
  json_object_end(&json);
  puts(buffer_text(&text));
}

/* ── for people ───────────────────────────────────────────────────────────────────────────────────────────────── */

static void print_line(const char *name, const char *value) {
  struct error line; /* makes what the log says printable */
  if (!value || !value[0])
    return;
  error_set(&line, STATUS_OK, "%s", value);
  printf("%-12s %s\n", name, line.text);
}

static void add_message(struct arena *arena, struct cells *cells, const struct survey_message *message,
                        const struct survey_instance *instance, bool first) {
  uint64_t count = instance ? instance->count : message->count;
  double rate = instance ? rate_hz(count, instance->first_us, instance->last_us)
                         : rate_hz(count, message->first_us, message->last_us);
  scoped(buffer) struct buffer fields = buffer_with_max(8192);
  for (uint16_t i = 0; first && i < message->field_count; i++)
    buffer_format(&fields, "%s%s", i ? " " : "", message->fields[i].name);
  cells_add(cells,
            instance ? arena_format(arena, "%s[%lld]", message->name, (long long)instance->number) : message->name,
            false);
  cells_add(cells, arena_format(arena, "%llu", (unsigned long long)count), true);
  cells_add(cells, isnan(rate) ? "" : arena_format(arena, "%.1f", rate), true);
  cells_add(cells, buffer_text(&fields), false);
}

static void print_messages(struct invocation *in, const struct survey *log) {
  struct cells *cells = cells_new(in->arena, 4);
  static const char *const titles[] = {"message", "count", "rate Hz", "fields"};
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(cells, titles[i], i == 1 || i == 2);
  for (uint32_t i = 0; i < log->message_count; i++) {
    const struct survey_message *message = &log->messages[i];
    for (uint32_t k = 0; k < message->instance_count; k++)
      add_message(in->arena, cells, message, &message->instances[k], k == 0);
    if (!message->instance_count)
      add_message(in->arena, cells, message, NULL, true);
  }
  putchar('\n');
  cells_print(cells, stdout);
}

/* The file as a strip: full blocks are whole, shades have damage, dots are lost. */
static void print_strip(const struct inspected_file *file) {
  double lost[STRIP_CELLS] = {0}, cell_bytes = (double)file->bytes / STRIP_CELLS;
  for (uint32_t i = 0; i < file->log.damage_count; i++) {
    double from = (double)file->log.damage[i].offset, to = from + MAX(1.0, (double)file->log.damage[i].bytes);
    for (uint32_t cell = 0; cell < STRIP_CELLS; cell++) {
      double begin = cell * cell_bytes, end = begin + cell_bytes;
      lost[cell] += MAX(0.0, MIN(to, end) - MAX(from, begin));
    }
  }
  printf("%-12s ", "map");
  for (uint32_t cell = 0; cell < STRIP_CELLS; cell++)
    fputs(lost[cell] <= 0                  ? "█"
          : lost[cell] < cell_bytes / 2    ? "▓"
          : lost[cell] < cell_bytes * 0.98 ? "░"
                                           : "·",
          stdout);
  putchar('\n');
}

static void print_damage(const struct inspected_file *file) {
  const struct survey *log = &file->log;
  char size[16];
  if (log->report.truncated)
    print_line("cut off", "the last record is torn: the recording ended by power-off");
  if (!log->report.damaged_places)
    return;
  printf("%-12s %llu place%s, %s lost\n", "damage", (unsigned long long)log->report.damaged_places,
         log->report.damaged_places == 1 ? "" : "s", text_size(size, log->report.damaged_bytes));
  print_strip(file);
  for (uint32_t i = 0; i < MIN(log->damage_count, DAMAGE_SHOWN); i++) {
    const struct damage *damage = &log->damage[i];
    printf("%-12s byte %llu, %llu bytes: %s", "", (unsigned long long)damage->offset, (unsigned long long)damage->bytes,
           damage->reason);
    if (damage->from_us != TIME_NONE && damage->to_us != TIME_NONE && damage->to_us >= damage->from_us)
      printf(" (%.3f s)", (double)(damage->to_us - damage->from_us) * 1e-6);
    putchar('\n');
  }
  if (log->damage_count > DAMAGE_SHOWN)
    printf("%-12s … --json lists %u\n", "", log->damage_count);
}

static void print_parameters(struct invocation *in, const struct survey *log) {
  uint32_t shown = invocation_option(in, "parameters") ? log->parameter_count : PARAMETERS_SHOWN;
  if (!log->defaults_known || !log->parameter_count)
    return;
  struct cells *cells = cells_new(in->arena, 3);
  static const char *const titles[] = {"parameter", "value", "default"};
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(cells, titles[i], i > 0);
  for (uint32_t i = 0; i < MIN(shown, log->parameter_count); i++) {
    cells_add(cells, log->parameters[i].name, false);
    cells_add(cells, arena_format(in->arena, "%.7g", log->parameters[i].value), true);
    cells_add(cells, arena_format(in->arena, "%.7g", log->parameters[i].standard), true);
  }
  printf("\n%u parameter%s from the default\n", log->parameter_count,
         log->parameter_count == 1 ? " differs" : "s differ");
  cells_print(cells, stdout);
  if (shown < log->parameter_count)
    printf("… %u more; --parameters shows all\n", log->parameter_count - shown);
}

static void print_times(struct invocation *in, const struct inspected_file *file) {
  const struct log_summary *summary = &file->log.summary;
  char time[CLOCK_TEXT_SIZE], duration[24];
  if (file->start_us != TIME_NONE)
    print_line("start",
               arena_format(in->arena, "%s (clock: %s)", clock_format(time, file->start_us), summary->clock.source));
  if (file->end_us != TIME_NONE)
    print_line("end", clock_format(time, file->end_us));
  if (!isnan(duration_s(file)))
    print_line("duration", text_duration(duration, duration_s(file)));
  if (file->log.decoder->vocabulary && !file->log.sample_count)
    print_line("flights", arena_format(in->arena, "%u", summary->flight_count));
  if (file->log.sample_count)
    print_line("read",
               arena_format(in->arena,
                            "all records counted; %u samples decoded for clock, vehicle and parameters (--whole "
                            "decodes all, and counts flights)",
                            file->log.sample_count));
  else
    print_line("doubt", summary->note);
}

static void print_readable(struct invocation *in, const struct inspected_file *file) {
  const struct log_summary *summary = &file->log.summary;
  char size[16];
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
  print_times(in, file);
  for (uint32_t i = 0; i < file->log.fact_count && !file->log.decoder->vocabulary; i++)
    print_line(file->log.facts[i].key, file->log.facts[i].value);
  print_damage(file);
  if (file->log.message_count)
    print_messages(in, &file->log);
  print_parameters(in, &file->log);
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
    .details =
        "Identity, times, messages with counts and rates (each instance apart), what is damaged and where, parameters "
        "that differ from their defaults where the log knows these.\n\n"
        "A DataFlash log over 256 MB is counted without decoding it, and only samples are decoded: counts are exact, "
        "clock, vehicle and parameters come from the samples, flights are not counted. --whole and --json decode all "
        "of it.\n\n"
        "With --json one object a file: kind, bytes, sha256, vehicle, firmware, board, start, end, duration_s, "
        "messages "
        "(name, instance where there are several, count, rate_hz, fields), damage (offset, bytes, reason, from_s, "
        "to_s); everything else is under more.\n\n"
        "Example: uavlake info 00000042.BIN --json",
    .options = (const struct option[]){{"hash", 0, NULL, "also the SHA-256 (always in --json)"},
                                       DIALECT_OPTION,
                                       {"whole", 'w', NULL, "decode all of a large log"},
                                       {"parameters", 'p', NULL, "all changed parameters, not only the first 20"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = -1,
    .run = info_run,
};
