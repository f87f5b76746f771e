/* quarantine: files that could not be read: list them, try them again, or keep them as they are. */
#include "base/clock.h"
#include "command/dialect.h"
#include "command/listing.h"
#include "lake/quarantine.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* ---- list ---- */

struct quarantined {
  struct invocation *in;
  struct cells *cells;
  uint64_t count;
};

static const char *field(const json_t *document, const char *name) {
  const char *value = json_string_value(json_object_get(document, name));
  return value ? value : "";
}

/* "3 d", "5 h", "12 min" */
static const char *age_text(char text[24], double age_s) {
  if (age_s >= 2 * 86400)
    snprintf(text, 24, "%.0f d", floor(age_s / 86400));
  else if (age_s >= 2 * 3600)
    snprintf(text, 24, "%.0f h", floor(age_s / 3600));
  else
    snprintf(text, 24, "%.0f min", floor(age_s / 60));
  return text;
}

static void print_one_json(const json_t *document, double age_s) {
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "log", field(document, "id"));
  json_c_string(&json, "name", field(document, "name"));
  json_c_string(&json, "kind", field(document, "kind"));
  json_c_string(&json, "vehicle", field(document, "vehicle"));
  json_i64(&json, "bytes", json_integer_value(json_object_get(document, "bytes")));
  json_c_string(&json, "added", field(document, "added"));
  json_double(&json, "age_s", floor(age_s));
  json_c_string(&json, "reason", field(document, "reason"));
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status list_one(void *context, const char *id, const char *text, struct error *error) {
  (void)error;
  struct quarantined *quarantined = context;
  struct arena *arena = quarantined->in->arena;
  json_t *document = json_loads(text, 0, NULL);
  int64_t added_us;
  double age_s = 0;
  char age[24], size[16];
  if (clock_parse(text_of(field(document, "added")), &added_us))
    age_s = (double)(clock_now_us() - added_us) * 1e-6;
  quarantined->count++;
  if (quarantined->in->json) {
    print_one_json(document, age_s);
  } else {
    struct error line; /* makes text from logs printable */
    cells_add(quarantined->cells, arena_format(arena, "%.12s", id), false);
    cells_add(quarantined->cells, arena_copy_text(arena, age_text(age, age_s)), true);
    cells_add(quarantined->cells, arena_copy_text(arena, field(document, "kind")), false);
    cells_add(quarantined->cells,
              arena_copy_text(arena, text_size(size, (uint64_t)json_integer_value(json_object_get(document, "bytes")))),
              true);
    error_set(&line, STATUS_OK, "%s", field(document, "name"));
    cells_add(quarantined->cells, arena_copy_text(arena, line.text), false);
    error_set(&line, STATUS_OK, "%s", field(document, "reason"));
    cells_add(quarantined->cells, arena_copy_text(arena, line.text), false);
  }
  json_decref(document);
  return STATUS_OK;
}

static const struct catalog_filter is_quarantined = {"state", FILTER_EQUAL, "quarantined"};
static const struct catalog_query all_quarantined = {
    .collection = "logs", .filters = &is_quarantined, .filter_count = 1, .order_by = "added"};

static enum status list(struct invocation *in, struct lake *lake, struct error *error) {
  static const char *const titles[] = {"log", "age", "kind", "size", "name", "reason"};
  struct quarantined quarantined = {.in = in, .cells = cells_new(in->arena, ARRAY_COUNT(titles))};
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(quarantined.cells, titles[i], i == 1 || i == 3);
  TRY(catalog_find(lake_catalog(lake), &all_quarantined, list_one, &quarantined, error));
  if (in->json)
    return STATUS_OK;
  if (quarantined.count)
    cells_print(quarantined.cells, stdout);
  printf("%llu file%s in quarantine\n", (unsigned long long)quarantined.count, text_plural(quarantined.count));
  return STATUS_OK;
}

/* ---- which ---- */

struct id_list {
  struct arena *arena;
  const char **ids;
  uint32_t count;
};

static void add_id(struct id_list *list, const char *id) {
  if ((list->count & (list->count - 1)) == 0)
    list->ids = memory_resize(list->ids, MAX(list->count * 2, 1u), sizeof *list->ids);
  list->ids[list->count++] = arena_copy_text(list->arena, id);
}

static enum status collect_id(void *context, const char *id, const char *text, struct error *error) {
  (void)text, (void)error;
  add_id(context, id);
  return STATUS_OK;
}

/* The logs that were named, or all that are quarantined where none was. list->ids is to be freed. */
static enum status find_ids(struct invocation *in, struct lake *lake, struct id_list *list, struct error *error) {
  if (in->argument_count == 1)
    return catalog_find(lake_catalog(lake), &all_quarantined, collect_id, list, error);
  for (int i = 1; i < in->argument_count; i++) {
    const char *text, *collection;
    TRY(document_find(lake, in->arena, in->arguments[i], &text, &collection, error));
    if (strcmp(collection, "logs") != 0)
      return error_set(error, STATUS_SETTINGS, "'%s' is one of the %s; a log is wanted", in->arguments[i], collection);
    json_t *document = json_loads(text, 0, NULL);
    add_id(list, field(document, "id"));
    json_decref(document);
  }
  return STATUS_OK;
}

/* ---- retry and release ---- */

static void tell_event(void *context, const struct add_event *event) {
  const struct invocation *in = context;
  if (!event->log_id || !event->log_id[0])
    return;
  if (in->json) {
    scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
    struct json_writer json = json_writer_of(&text);
    json_object_begin(&json, NULL);
    json_c_string(&json, "log", event->log_id);
    json_c_string(&json, "outcome", event->outcome);
    json_c_string(&json, "text", event->text);
    json_object_end(&json);
    puts(buffer_text(&text));
  } else {
    printf("log %.12s: %s%s%s\n", event->log_id, event->outcome, event->text[0] ? ": " : "", event->text);
  }
}

static enum status retry(struct invocation *in, struct lake *lake, const struct id_list *list, struct error *error) {
  scoped(arena) struct arena *dialect = arena_new(0);
  const char *by = invocation_option(in, "by");
  struct add_options options = {0};
  struct add_result result;
  struct add_callbacks callbacks = {in, NULL, tell_event};
  TRY(dialect_of(in, dialect, &options.dialect, error));
  TRY(quarantine_retry(lake, list->ids, list->count, by && by[0] ? by : "retry", &options, &callbacks, &result, error));
  if (!in->json)
    printf("%u tried again: %llu read, %llu still quarantined\n", list->count, (unsigned long long)result.added,
           (unsigned long long)result.quarantined);
  return STATUS_OK;
}

static enum status release(struct invocation *in, struct lake *lake, const struct id_list *list, struct error *error) {
  const char *by = invocation_option(in, "by"), *why = invocation_option(in, "why");
  if (in->argument_count == 1 || !by || !by[0] || !why || !why[0])
    return error_set(error, STATUS_SETTINGS,
                     "release wants the logs, and who says so and why: uavlake quarantine release ID… --by NAME --why "
                     "TEXT");
  TRY(lake_lock(lake, NULL, NULL, error));
  for (uint32_t i = 0; i < list->count; i++) {
    TRY(quarantine_release(lake, list->ids[i], by, why, error));
    printf(in->json ? "{\"log\":\"%s\",\"state\":\"kept_raw\"}\n" : "log %.12s: kept as it is\n", list->ids[i]);
  }
  return STATUS_OK;
}

static enum status quarantine_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  const char *what = in->argument_count ? in->arguments[0] : "list";
  bool lists = strcmp(what, "list") == 0 && in->argument_count <= 1, retries = strcmp(what, "retry") == 0;
  if (!lists && !retries && strcmp(what, "release") != 0)
    return error_set(error, STATUS_SETTINGS,
                     "usage: uavlake quarantine [list | retry [ID…] | release ID… --by NAME --why "
                     "TEXT]");
  TRY(open_lake(in, &lake, error));
  if (lists)
    return list(in, lake, error);
  struct id_list ids = {.arena = in->arena};
  enum status status = find_ids(in, lake, &ids, error);
  if (status == STATUS_OK)
    status = retries ? retry(in, lake, &ids, error) : release(in, lake, &ids, error);
  free(ids.ids);
  return status;
}

const struct command command_quarantine = {
    .name = "quarantine",
    .arguments = "[list | retry [ID…] | release ID…]",
    .about = "files that could not be read: list them, try them again, or keep them as they are",
    .details =
        "A file that nothing can be read from is stored all the same, and quarantined with the reason. 'retry' reads "
        "it "
        "again, after\nan update or with a dialect of your own; without an ID it tries all. 'release' takes it out of "
        "quarantine and keeps its\nbytes unread; who said so and why stays in its history.\n\nExamples:\n"
        "  uavlake quarantine\n  uavlake quarantine retry --dialect ours.xml\n"
        "  uavlake quarantine release 3f2a --by p-07 --why \"a test file\"",
    .options = (const struct option[]){DIALECT_OPTION,
                                       {"by", 0, "NAME", "who says so (a pseudonym), for the history"},
                                       {"why", 0, "TEXT", "why it is released"},
                                       {NULL}},
    .most_arguments = -1,
    .run = quarantine_run,
};
