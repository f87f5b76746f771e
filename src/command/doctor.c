/* doctor: what works, what is missing, what to do. */
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "command/listing.h"
#include "lake/picture.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#define LITTLE_SPACE (UINT64_C(1) << 30)

enum verdict { VERDICT_OK, VERDICT_NOTE, VERDICT_BAD };

struct doctor {
  struct invocation *in;
  struct lake *lake; /* NULL: could not be opened */
  uint32_t bad;
};

static void say(struct doctor *doctor, const char *name, enum verdict verdict, const char *text) {
  static const char *const words[] = {"ok", "note", "bad"};
  static const char *const marks[] = {"✓", "–", "✗"};
  doctor->bad += verdict == VERDICT_BAD;
  if (!doctor->in->json) {
    printf("%s %-10s %s\n", marks[verdict], name, text);
    return;
  }
  scoped(buffer) struct buffer line = buffer_with_max(8192);
  struct json_writer json = json_writer_of(&line);
  json_object_begin(&json, NULL);
  json_c_string(&json, "check", name);
  json_c_string(&json, "verdict", words[verdict]);
  json_c_string(&json, "text", text);
  json_object_end(&json);
  puts(buffer_text(&line));
}

static void check_lake(struct doctor *doctor) {
  struct error error;
  if (open_lake(doctor->in, &doctor->lake, &error) == STATUS_OK)
    say(doctor, "lake", VERDICT_OK, arena_format(doctor->in->arena, "%s opens", doctor->in->lake));
  else
    say(doctor, "lake", error.status == STATUS_NOT_FOUND ? VERDICT_NOTE : VERDICT_BAD, error.text);
}

static enum status count_states(void *context, const char *id, const char *json, struct error *error) {
  (void)id, (void)error;
  uint64_t *waiting = context;
  json_t *document = json_loads(json, 0, NULL);
  const char *state = json_string_value(json_object_get(document, "state"));
  *waiting += state && (strcmp(state, "stored") == 0 || strcmp(state, "loaded") == 0);
  json_decref(document);
  return STATUS_OK;
}

static void check_catalog(struct doctor *doctor) {
  struct error error;
  uint64_t logs = 0, waiting = 0;
  struct catalog_query query = {.collection = "logs"};
  enum status status = catalog_count(lake_catalog(doctor->lake), &query, &logs, &error);
  if (status == STATUS_OK)
    status = catalog_find(lake_catalog(doctor->lake), &query, count_states, &waiting, &error);
  if (status != STATUS_OK)
    say(doctor, "catalogue", VERDICT_BAD, error.text);
  else if (waiting)
    say(doctor, "catalogue", VERDICT_NOTE,
        arena_format(doctor->in->arena,
                     "%llu logs; %llu of them were cut off in an add: the next 'uavlake add' completes them",
                     (unsigned long long)logs, (unsigned long long)waiting));
  else
    say(doctor, "catalogue", VERDICT_OK, arena_format(doctor->in->arena, "%llu logs", (unsigned long long)logs));
}

static void check_store(struct doctor *doctor) {
  struct error error;
  char path[PATH_LIMIT];
  enum status status = path_join(path, doctor->in->lake, "tmp/doctor", &error);
  if (status == STATUS_OK)
    status = file_write(path, bytes_of("x", 1), &error);
  if (status == STATUS_OK)
    status = tree_remove(path, &error);
  say(doctor, "store", status == STATUS_OK ? VERDICT_OK : VERDICT_BAD,
      status == STATUS_OK ? "can be written" : error.text);
}

static void check_space(struct doctor *doctor) {
  struct statvfs info;
  char size[16];
  if (statvfs(doctor->in->lake, &info) != 0)
    return;
  uint64_t space = (uint64_t)info.f_bavail * info.f_frsize;
  say(doctor, "disk", space < LITTLE_SPACE ? VERDICT_NOTE : VERDICT_OK,
      arena_format(doctor->in->arena, "%s are free%s", text_size(size, space),
                   space < LITTLE_SPACE ? ": that is little" : ""));
}

static enum status ignore_begin(void *context, const struct field *fields, uint16_t count, struct error *error) {
  (void)context, (void)fields, (void)count, (void)error;
  return STATUS_OK;
}
static enum status ignore_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  (void)context, (void)columns, (void)rows, (void)error;
  return STATUS_OK;
}

static void check_warehouse(struct doctor *doctor) {
  struct error error;
  struct warehouse *warehouse;
  struct result_sink sink = {NULL, ignore_begin, ignore_rows};
  enum status status = lake_warehouse(doctor->lake, &warehouse, &error);
  if (status == STATUS_OK)
    status = warehouse_query(warehouse, "SELECT count(*) FROM attitude", NULL, 0, &sink, &error);
  say(doctor, "warehouse", status == STATUS_OK ? VERDICT_OK : VERDICT_BAD,
      status == STATUS_OK ? "DuckDB answers" : error.text);
}

static void check_pictures(struct doctor *doctor) {
  const char *missing = picture_missing();
  const char *text = missing ? arena_format(doctor->in->arena, "small ones of films cannot be made: %s", missing)
                             : "small ones of films can be made";
  say(doctor, "pictures", missing ? VERDICT_NOTE : VERDICT_OK, text);
}

static enum status doctor_run(struct invocation *in, struct error *error) {
  struct doctor doctor = {.in = in};
  say(&doctor, "program", VERDICT_OK, "uavlake " UAVLAKE_VERSION);
  check_lake(&doctor);
  if (doctor.lake) {
    check_catalog(&doctor);
    check_store(&doctor);
    check_space(&doctor);
    check_warehouse(&doctor);
    check_pictures(&doctor);
  }
  lake_close(doctor.lake);
  return doctor.bad
             ? error_set(error, STATUS_SETTINGS, "%s", doctor.bad == 1 ? "one check is bad" : "some checks are bad")
             : STATUS_OK;
}

const struct command command_doctor = {
    .name = "doctor",
    .arguments = "",
    .about = "say what works, what is missing and what to do",
    .run = doctor_run,
};
