/* add: files and folders into the lake. */
#include "command/listing.h"
#include "command/progress.h"
#include "lake/maintenance.h"

#include <math.h>
#include <stdlib.h>

struct adding {
  struct invocation *in;
  struct progress progress;
  const char **tables; /* new files that may hold maintenance records */
  uint32_t table_count, table_capacity;
};

static void note_table(struct adding *adding, const struct add_event *event) {
  if (strcmp(event->outcome, "added") != 0 || (strcmp(event->kind, "csv") != 0 && strcmp(event->kind, "json") != 0))
    return;
  if (adding->table_count == adding->table_capacity) {
    adding->table_capacity = MAX(64u, adding->table_capacity * 2);
    adding->tables = memory_resize(adding->tables, adding->table_capacity, sizeof *adding->tables);
  }
  adding->tables[adding->table_count++] = arena_copy_text(adding->in->arena, event->path);
}

static void show_progress(void *context, const struct add_progress *p) {
  struct adding *adding = context;
  progress_show(&adding->progress, p->phase, p->files_done, p->files, p->bytes_done, p->bytes, p->seconds);
}

static void print_event_json(const struct add_event *event) {
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "path", event->path);
  json_c_string(&json, "outcome", event->outcome);
  json_c_string(&json, "kind", event->kind);
  json_c_string(&json, "log", event->log_id);
  json_c_string(&json, "vehicle", event->vehicle);
  json_c_string(&json, "text", event->text);
  json_object_end(&json);
  puts(buffer_text(&text));
}

/* What a person must know at once: trouble. The rest is in the summary. */
static void show_event(void *context, const struct add_event *event) {
  struct adding *adding = context;
  note_table(adding, event);
  bool trouble = strcmp(event->outcome, "quarantined") == 0 || strcmp(event->outcome, "failed") == 0 ||
                 strcmp(event->outcome, "waiting") == 0;
  if (adding->in->json && strcmp(event->outcome, "waiting") != 0)
    print_event_json(event);
  if (!trouble || (adding->in->json && strcmp(event->outcome, "waiting") != 0))
    return;
  struct error line; /* makes hostile names printable */
  error_set(&line, STATUS_OK, "%s%s%s: %s", event->outcome, event->path[0] ? " " : "", event->path, event->text);
  progress_clear(&adding->progress);
  fprintf(stderr, "%s\n", line.text);
}

static void print_summary_json(const struct add_result *result) {
  scoped(buffer) struct buffer text = buffer_with_max(4096);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_i64(&json, "files", (int64_t)result->files);
  json_i64(&json, "added", (int64_t)result->added);
  json_i64(&json, "duplicate", (int64_t)result->duplicate);
  json_i64(&json, "quarantined", (int64_t)result->quarantined);
  json_i64(&json, "kept_raw", (int64_t)result->kept_raw);
  json_i64(&json, "failed", (int64_t)result->failed);
  json_i64(&json, "bytes", (int64_t)result->bytes);
  json_i64(&json, "flights", (int64_t)result->flights);
  json_i64(&json, "findings", (int64_t)result->findings);
  json_double(&json, "seconds", round(result->seconds * 1e3) / 1e3);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void print_summary(const struct add_result *result) {
  char size[16], duration[24];
  printf("%llu file%s in %s: %llu added (%s, %llu flight%s, %llu finding%s), %llu duplicate, %llu kept raw, %llu "
         "quarantined",
         (unsigned long long)result->files, text_plural(result->files), text_duration(duration, result->seconds),
         (unsigned long long)result->added, text_size(size, result->bytes), (unsigned long long)result->flights,
         text_plural(result->flights), (unsigned long long)result->findings, text_plural(result->findings),
         (unsigned long long)result->duplicate, (unsigned long long)result->kept_raw,
         (unsigned long long)result->quarantined);
  if (result->failed)
    printf(", %llu failed", (unsigned long long)result->failed);
  putchar('\n');
}

static enum status check_tags(struct invocation *in, struct add_options *options, struct error *error) {
  const char **tags = arena_alloc_array(in->arena, OPTION_VALUES_MAX, sizeof *tags);
  for (const char *tag; (tag = invocation_option_at(in, "tag", (int)options->tag_count));) {
    if (!strchr(tag, '=') || tag[0] == '=')
      return error_set(error, STATUS_SETTINGS, "--tag wants KEY=VALUE, not '%s'", tag);
    tags[options->tag_count++] = tag;
  }
  options->tags = tags;
  return STATUS_OK;
}

static void tell_refused(void *context, uint64_t line, const char *column, const char *value, const char *reason) {
  (void)column, (void)value;
  fprintf(stderr, "refused %s:%llu: %s\n", (const char *)context, (unsigned long long)line, reason);
}

/* Tables of work on vehicles become records too. A table that only looks like one is no trouble: it is in the lake. */
static void import_tables(const struct adding *adding, struct lake *lake, const char *vehicle) {
  for (uint32_t i = 0; i < adding->table_count; i++) {
    const char *path = adding->tables[i];
    struct maintenance_options options = {.vehicle = vehicle};
    struct maintenance_callbacks callbacks = {(void *)(uintptr_t)path, NULL, tell_refused};
    struct maintenance_result result;
    if (!maintenance_is_table(path) ||
        maintenance_import(lake, path, &options, &callbacks, &result, NULL) != STATUS_OK || adding->in->json)
      continue;
    printf("%s: %llu maintenance record%s, %llu refused\n", path, (unsigned long long)result.added,
           text_plural(result.added), (unsigned long long)result.refused);
  }
}

/* What was not done makes the exit code, after the summary. */
static enum status judge(const struct add_result *result, struct error *error) {
  if (result->failed)
    return error_set(error, STATUS_IO, "%llu of %llu files could not be added; their reasons stand above",
                     (unsigned long long)result->failed, (unsigned long long)result->files);
  if (result->quarantined)
    return error_set(
        error, STATUS_BAD_DATA,
        "%llu of %llu files are quarantined (stored, but not readable): see 'uavlake logs --state quarantined'",
        (unsigned long long)result->quarantined, (unsigned long long)result->files);
  return STATUS_OK;
}

static enum status add_run(struct invocation *in, struct error *error) {
  struct add_options options = {.vehicle = invocation_option(in, "uav"),
                                .source = invocation_option(in, "source"),
                                .operator= invocation_option(in, "operator"),
                                .payload = invocation_option(in, "payload"),
                                .note = invocation_option(in, "note")};
  int64_t workers = 0;
  TRY(invocation_number(in, "workers", 1, 256, &workers, error));
  options.workers = (uint32_t)workers;
  TRY(check_tags(in, &options, error));
  scoped(lake) struct lake *lake = NULL;
  TRY(open_lake(in, &lake, error));
  struct adding adding = {.in = in, .progress = progress_of(in)};
  struct add_callbacks callbacks = {&adding, show_progress, show_event};
  struct add_result result;
  enum status status = lake_add(lake, in->arguments, (uint32_t)in->argument_count, &options, &callbacks, &result,
                                error);
  progress_clear(&adding.progress);
  if (status == STATUS_OK)
    import_tables(&adding, lake, options.vehicle);
  free(adding.tables);
  TRY(status);
  if (in->json)
    print_summary_json(&result);
  else
    print_summary(&result);
  return judge(&result, error);
}

const struct command command_add = {
    .name = "add",
    .arguments = "PATH…",
    .about = "take files and folders into the lake",
    .details = "Every file is known by its content, hashed, stored, decoded, loaded into tables and assessed. A file "
               "that is there\n"
               "already is noticed and not stored again; broken ones are salvaged, unreadable ones quarantined with "
               "the reason. An add\n"
               "that was cut off is completed by the next one.\n\n"
               "Example: uavlake add /media/sdcard --uav uav11 --tag site=north",
    .options = (const struct option[]){{"uav", 'u', "NAME", "the vehicle, where the logs don't say it"},
                                       {"source", 's', "SOURCE",
                                        "carrier, payload, ground_station, simulator, user_experience or maintenance"},
                                       {"operator", 0, "NAME", "who flew (a pseudonym)"},
                                       {"payload", 0, "NAME", "what was carried"},
                                       {"note", 0, "TEXT", "a remark"},
                                       {"tag", 't', "KEY=VALUE", "a tag (repeatable)"},
                                       {"workers", 'w', "COUNT", "threads (default: one a core)"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = -1,
    .run = add_run,
};
