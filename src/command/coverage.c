/* coverage: what of a log is in the lake's tables, and what is left to read_uavlog. */
#include "lake/coverage.h"

#include "command/listing.h"
#include "decode/decoder.h"

#include <jansson.h>
#include <sys/stat.h>

struct target {
  const struct log_access *access; /* NULL: a file */
  const char *name, *title;        /* path or id; the file's name */
};

static enum status open_target(void *context, struct input **ret_input, struct error *error) {
  const struct target *target = context;
  return target->access->open(target->access->context, target->name, ret_input, error);
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static enum status measure(struct target *target, struct arena *arena, struct coverage *coverage, struct error *error) {
  struct stat info;
  struct coverage_source source = {
      .open = open_target, .context = target, .name = target->title, .file_time_us = TIME_NONE};
  if (stat(target->name, &info) == 0)
    source.file_time_us = (int64_t)info.st_mtim.tv_sec * US_PER_S;
  return coverage_measure(&source, arena, coverage, error);
}

/* ── as text ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *joined(struct arena *arena, const char *before, const char *word) {
  return before[0] ? arena_format(arena, "%s, %s", before, word) : word;
}

static const char *filled_columns(struct arena *arena, const struct table *table, const uint64_t filled[2]) {
  const char *list = "";
  for (uint16_t i = 0; i < table->column_count; i++)
    if (coverage_is_filled(filled, i))
      list = joined(arena, list, table->columns[i].name);
  return list;
}

static const char *left_fields(struct arena *arena, const struct coverage_message *message) {
  const char *list = "";
  for (uint16_t i = 0; i < message->field_count; i++)
    if (!message->field_read[i])
      list = joined(arena, list, message->fields[i].name);
  return list;
}

static void print_messages(struct arena *arena, const struct coverage *coverage) {
  struct cells *cells = cells_new(arena, 5);
  static const char *const titles[] = {"message", "records", "went to", "rows", "fields left to read_uavlog"};
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(cells, titles[i], i == 1 || i == 3);
  for (uint32_t i = 0; i < coverage->message_count; i++) {
    const struct coverage_message *message = &coverage->messages[i];
    const char *tables = message->state == COVERAGE_MAPPED    ? ""
                         : message->state == COVERAGE_OUTDONE ? "(outdone by a better source)"
                                                              : "(read_uavlog)";
    uint64_t rows = 0;
    for (uint32_t k = 0; k < message->part_count; k++) {
      tables = joined(arena, tables, message->parts[k].table->name);
      rows += message->parts[k].rows;
    }
    cells_add(cells, message->name, false);
    cells_add(cells, arena_format(arena, "%llu", (unsigned long long)message->records), true);
    cells_add(cells, tables, false);
    cells_add(cells, rows ? arena_format(arena, "%llu", (unsigned long long)rows) : "", true);
    cells_add(cells, message->state == COVERAGE_MAPPED ? left_fields(arena, message) : "", false);
  }
  cells_print(cells, stdout);
}

static void print_tables(struct arena *arena, const struct coverage *coverage) {
  struct cells *cells = cells_new(arena, 3);
  cells_add(cells, "table", false);
  cells_add(cells, "rows", true);
  cells_add(cells, "columns filled", false);
  for (uint32_t i = 0; i < coverage->table_count; i++) {
    const struct coverage_table *table = &coverage->tables[i];
    cells_add(cells, table->table->name, false);
    cells_add(cells, arena_format(arena, "%llu", (unsigned long long)table->rows), true);
    cells_add(cells, filled_columns(arena, table->table, table->filled), false);
  }
  cells_print(cells, stdout);
}

static void print_whole(struct arena *arena, const struct target *target, const struct coverage *coverage) {
  printf("%s: %s\n", target->name, coverage->decoder->about);
  if (coverage->reason) {
    printf("Nothing of it goes to the tables: %s.\n", coverage->reason);
    return;
  }
  print_tables(arena, coverage);
  putchar('\n');
  print_messages(arena, coverage);
  printf("\n%llu of %llu records (%.1f %%) went to tables, as %llu row%s; the rest is left to read_uavlog.\n",
         (unsigned long long)coverage->mapped_records, (unsigned long long)coverage->records,
         coverage->records ? 100.0 * (double)coverage->mapped_records / (double)coverage->records : 0,
         (unsigned long long)coverage->rows, coverage->rows == 1 ? "" : "s");
}

/* One line: what many logs are compared by. */
static void print_line(struct arena *arena, const struct target *target, const struct coverage *coverage) {
  const char *tables = "";
  for (uint32_t i = 0; i < coverage->table_count; i++)
    tables = joined(
        arena, tables,
        arena_format(arena, "%s %llu", coverage->tables[i].table->name, (unsigned long long)coverage->tables[i].rows));
  printf("%s: %s: %s\n", target->title, coverage->decoder->name,
         coverage->reason ? coverage->reason
         : tables[0]      ? tables
                          : "its messages fill no table");
}

/* ── as JSON ──────────────────────────────────────────────────────────────────────────────────────────────────── */

static void put_columns(struct json_writer *json, const struct table *table, const uint64_t filled[2]) {
  json_array_begin(json, "columns");
  for (uint16_t i = 0; i < table->column_count; i++)
    if (coverage_is_filled(filled, i))
      json_c_string(json, NULL, table->columns[i].name);
  json_array_end(json);
}

static void put_message(struct json_writer *json, const struct coverage_message *message) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", message->name);
  json_i64(json, "records", (int64_t)message->records);
  json_c_string(json, "state", coverage_state_name(message->state));
  json_array_begin(json, "tables");
  for (uint32_t i = 0; i < message->part_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "table", message->parts[i].table->name);
    json_i64(json, "rows", (int64_t)message->parts[i].rows);
    put_columns(json, message->parts[i].table, message->parts[i].filled);
    json_object_end(json);
  }
  json_array_end(json);
  json_array_begin(json, "left_fields");
  for (uint16_t i = 0; i < message->field_count; i++)
    if (message->state != COVERAGE_MAPPED || !message->field_read[i])
      json_c_string(json, NULL, message->fields[i].name);
  json_array_end(json);
  json_object_end(json);
}

static void print_json(const struct target *target, const struct coverage *coverage) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "log", target->name);
  json_c_string(&json, "name", target->title);
  json_c_string(&json, "kind", coverage->decoder->name);
  json_c_string(&json, "reason", coverage->reason ? coverage->reason : "");
  json_i64(&json, "records", (int64_t)coverage->records);
  json_i64(&json, "mapped_records", (int64_t)coverage->mapped_records);
  json_i64(&json, "rows", (int64_t)coverage->rows);
  json_array_begin(&json, "tables");
  for (uint32_t i = 0; i < coverage->table_count; i++) {
    json_object_begin(&json, NULL);
    json_c_string(&json, "table", coverage->tables[i].table->name);
    json_i64(&json, "rows", (int64_t)coverage->tables[i].rows);
    put_columns(&json, coverage->tables[i].table, coverage->tables[i].filled);
    json_object_end(&json);
  }
  json_array_end(&json);
  json_array_begin(&json, "messages");
  for (uint32_t i = 0; i < coverage->message_count; i++)
    put_message(&json, &coverage->messages[i]);
  json_array_end(&json);
  json_object_end(&json);
  puts(buffer_text(&text));
}

/* ── which logs ───────────────────────────────────────────────────────────────────────────────────────────────── */

struct run {
  struct invocation *in;
  const struct log_access *access;
  bool many, all;
  uint32_t measured, failed;
};

/* A log that can't be read is told, and the others go on. */
static void cover(struct run *run, const char *name, const char *title, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct coverage coverage;
  struct error own;
  struct target target = {run->access, name, title};
  enum status status = measure(&target, arena, &coverage, &own);
  if (status != STATUS_OK && run->all) { /* the lake keeps what can't be read, and says so */
    coverage = (struct coverage){.decoder = decoder_find("unknown"), .reason = own.text};
  } else if (status != STATUS_OK) {
    if (!strstr(own.text, name))
      error_prefix(&own, "%s", name);
    fprintf(stderr, "uavlake: %s\n", own.text);
    *error = own;
    run->failed++;
    return;
  }
  run->measured++;
  if (run->in->json)
    print_json(&target, &coverage);
  else if (run->many)
    print_line(arena, &target, &coverage);
  else
    print_whole(arena, &target, &coverage);
}

struct ids {
  struct buffer names; /* id and name of each, ended by NUL */
};

static enum status take_id(void *context, const char *id, const char *json, struct error *error) {
  struct ids *ids = context;
  (void)error;
  json_t *log = json_loads(json, 0, NULL);
  const char *name = json_string_value(json_object_get(log, "name"));
  buffer_add(&ids->names, id, strlen(id) + 1);
  buffer_add(&ids->names, name ? name : "", strlen(name ? name : "") + 1);
  json_decref(log);
  return STATUS_OK;
}

static enum status cover_all(struct run *run, struct lake *lake, struct error *error) {
  struct catalog_query query = {.collection = "logs", .order_by = "start"};
  struct ids ids = {buffer_with_max((size_t)256 << 20)};
  run->many = run->all = true;
  enum status status = catalog_find(lake_catalog(lake), &query, take_id, &ids, error);
  for (size_t at = 0; at < ids.names.size && status == STATUS_OK;) {
    const char *id = (char *)ids.names.data + at, *name = id + strlen(id) + 1;
    cover(run, id, name, error);
    at += strlen(id) + strlen(name) + 2;
  }
  buffer_free(&ids.names);
  return status;
}

static enum status cover_named(struct run *run, struct error *error) {
  for (int i = 0; i < run->in->argument_count; i++) {
    const char *const *names;
    uint32_t count;
    TRY(run->access->find(run->access->context, run->in->arguments[i], run->in->arena, &names, &count, error));
    run->many |= count > 1 || run->in->argument_count > 1;
    for (uint32_t k = 0; k < count; k++)
      cover(run, names[k], base_name(names[k]), error);
  }
  return STATUS_OK;
}

/* Files need no lake. */
static bool are_files(const struct invocation *in) {
  struct stat info;
  for (int i = 0; i < in->argument_count; i++)
    if (stat(in->arguments[i], &info) != 0)
      return false;
  return true;
}

static enum status coverage_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  bool all = invocation_option(in, "all") != NULL;
  struct run run = {.in = in, .access = &log_access_files};
  if (all == (in->argument_count > 0))
    return error_set(error, STATUS_SETTINGS, "say which logs (files, or ids of the lake's logs or flights), or --all");
  if (all || !are_files(in)) {
    TRY(open_lake(in, &lake, error));
    run.access = lake_log_access(lake, true);
  }
  TRY(all ? cover_all(&run, lake, error) : cover_named(&run, error));
  if (!run.failed)
    return STATUS_OK;
  return error_set(error, STATUS_BAD_DATA, "%u of %u logs could not be read", run.failed, run.failed + run.measured);
}

const struct command command_coverage = {
    .name = "coverage",
    .arguments = "[LOG…]",
    .about = "show what of a log is in the tables, and what is left to read_uavlog",
    .details =
        "LOG is a file, or the id of one of the lake's logs or flights. One log is shown whole: its tables with the\n"
        "columns that it fills, then its messages with the tables that they went to and the fields that no table\n"
        "holds. Several logs, or --all of the lake, are shown in a line each.\n\n"
        "A message is outdone where the log has a better source of the same: EKF1 is not mapped where XKF1 is.\n"
        "What is left stays queryable: SELECT * FROM read_uavlog('LOG', 'MESSAGE').",
    .options = (const struct option[]){{"all", 0, NULL, "every log of the lake"}, {NULL}},
    .most_arguments = -1,
    .run = coverage_run,
};
