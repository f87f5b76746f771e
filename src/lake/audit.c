/* audit: names first, then bytes.
 *
 * Under the writers' lock the catalogue is walked once: documents of logs, table files, flights, findings and vehicles
 * go to the checks (audit_*.c, the list stands in meson.build). Then, still under the lock, the checks look at what is
 * in the store and below tables/. What stands on one side only is a fault. Without the lock the files that the options
 * choose are read and compared with the SHA-256 that they came in with: rot of the disk and changes by hand both show.
 */
#include "lake/audit_private.h"

#include "base/file.h"
#include "lake/lake_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#define CHECK(name) extern const struct audit_check audit_check_##name;
#include "audit_check_list.h"
#undef CHECK

const struct audit_check *const audit_check_list[] = {
#define CHECK(name) &audit_check_##name,
#include "audit_check_list.h"
#undef CHECK
    NULL,
};

#define CHECKS_MAX 24u
_Static_assert(ARRAY_COUNT(audit_check_list) <= CHECKS_MAX + 1, "raise CHECKS_MAX");

/* ---- what the checks share ---- */

static void count_kind(struct audit *audit, const char *what) {
  uint32_t i = 0;
  while (i < audit->fault_kind_count && strcmp(audit->fault_kinds[i].name, what) != 0)
    i++;
  if (i == ARRAY_COUNT(audit->fault_kinds))
    return;
  if (i == audit->fault_kind_count)
    snprintf(audit->fault_kinds[audit->fault_kind_count++].name, sizeof audit->fault_kinds[0].name, "%s", what);
  audit->fault_kinds[i].count++;
}

static void list_fault(struct audit *audit, const struct audit_fault *fault) {
  struct json_writer json = {&audit->fault_list, audit->faults > 1};
  json_object_begin(&json, NULL);
  json_c_string(&json, "fault", fault->what);
  json_c_string(&json, "path", fault->path);
  json_c_string(&json, "log", fault->log[0] ? fault->log : NULL);
  json_c_string(&json, "name", fault->name[0] ? fault->name : NULL);
  json_c_string(&json, "vehicle", fault->vehicle[0] ? fault->vehicle : NULL);
  json_array_begin(&json, "flights");
  for (uint32_t i = 0; i < fault->flight_count; i++)
    json_c_string(&json, NULL, fault->flights[i]);
  json_array_end(&json);
  json_c_string(&json, "text", fault->text);
  json_c_string(&json, "remedy", fault->remedy[0] ? fault->remedy : NULL);
  json_object_end(&json);
}

void audit_tell(struct audit *audit, const struct audit_fault *told) {
  struct audit_fault fault = *told;
  const char **texts[] = {&fault.log, &fault.name, &fault.vehicle, &fault.remedy};
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    if (!*texts[i])
      *texts[i] = "";
  audit->faults++;
  count_kind(audit, fault.what);
  if (audit->faults <= AUDIT_FAULT_LIST_MAX)
    list_fault(audit, &fault);
  audit->callbacks->fault(audit->callbacks->context, &fault);
}

void audit_note(struct audit *audit, const char *format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  if (audit->callbacks->note)
    audit->callbacks->note(audit->callbacks->context, text);
}

const char *audit_text(const json_t *document, const char *field) {
  const char *text = json_string_value(json_object_get(document, field));
  return text ? text : "";
}

uint64_t audit_number(const json_t *document, const char *field) {
  return (uint64_t)MAX(json_integer_value(json_object_get(document, field)), 0);
}

const char *audit_time(struct audit *audit, int64_t time_us) {
  char text[CLOCK_TEXT_SIZE];
  return arena_copy_text(audit->arena, clock_format(text, time_us));
}

/* ---- the walk ---- */

enum collection_kind { LOGS, TABLE_FILES, FLIGHTS, FINDINGS, VEHICLES };

struct walk {
  struct audit *audit;
  void *const *states;
  enum collection_kind kind;
};

static void hand_over(const struct walk *walk, const struct audit_check *check, void *state, const char *id,
                      const json_t *document) {
  void (*const hooks[])(struct audit *, void *, const char *, const json_t *) = {
      [LOGS] = check->log,         [TABLE_FILES] = check->table_file, [FLIGHTS] = check->flight,
      [FINDINGS] = check->finding, [VEHICLES] = check->vehicle,
  };
  if (hooks[walk->kind])
    hooks[walk->kind](walk->audit, state, id, document);
}

static enum status take_document(void *context, const char *id, const char *text, struct error *error) {
  const struct walk *walk = context;
  json_t *document = json_loads(text, 0, NULL);
  (void)error;
  for (size_t i = 0; audit_check_list[i]; i++)
    hand_over(walk, audit_check_list[i], walk->states[i], id, document);
  json_decref(document);
  return STATUS_OK;
}

static enum status walk_catalog(struct audit *audit, void *const *states, struct error *error) {
  static const char *const collections[] = {"logs", "table_files", "flights", "findings", "vehicles"};
  struct walk walk = {audit, states, LOGS};
  for (size_t i = 0; i < ARRAY_COUNT(collections); i++) {
    struct catalog_query query = {.collection = collections[i]}; /* in the order of their ids */
    walk.kind = (enum collection_kind)i;
    TRY(catalog_find(lake_catalog(audit->lake), &query, take_document, &walk, error));
  }
  return STATUS_OK;
}

/* ---- the sequence ---- */

static enum status collect(struct audit *audit, void *const *states, struct error *error) {
  TRY(lake_lock(audit->lake, NULL, NULL, error));
  enum status status = walk_catalog(audit, states, error);
  audit_sort_files(audit);
  for (size_t i = 0; status == STATUS_OK && audit_check_list[i]; i++)
    if (audit_check_list[i]->look)
      status = audit_check_list[i]->look(audit, states[i], error);
  lake_unlock(audit->lake);
  return status;
}

static enum status run(struct audit *audit, void *const *states, struct error *error) {
  TRY(audit_run_begin(audit, error));
  TRY(collect(audit, states, error));
  TRY(audit_verified_load(audit, error));
  if (!audit->options->quick)
    TRY(audit_read(audit, error));
  for (size_t i = 0; audit_check_list[i]; i++)
    if (audit_check_list[i]->judge)
      TRY(audit_check_list[i]->judge(audit, states[i], error));
  return STATUS_OK;
}

/* One audit of a lake at a time: two would only slow each other down, and forget what the other had looked at. */
static enum status lock_audits(const struct lake *lake, int *ret_lock, struct error *error) {
  char path[PATH_LIMIT];
  TRY(path_join(path, lake_root(lake), "audit.lock", error));
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return error_set_errno(error, errno, "cannot open %s", path);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    descriptor_close(fd);
    return error_set(error, STATUS_EXISTS, "another audit of %s is running: let it end, or end it first",
                     lake_root(lake));
  }
  *ret_lock = fd;
  return STATUS_OK;
}

enum status lake_audit(struct lake *lake, const struct audit_options *options, const struct audit_callbacks *callbacks,
                       struct arena *arena, const char **ret_report, uint64_t *ret_faults, struct error *error) {
  scoped(descriptor) int lock = -1;
  scoped(arena) struct arena *own = arena_new(0);
  void *states[CHECKS_MAX] = {NULL};
  TRY(lock_audits(lake, &lock, error));
  struct audit audit = {.lake = lake, .options = options, .callbacks = callbacks, .arena = own};
  audit.fault_list = buffer_with_max((size_t)4 << 20);
  audit.begin_s = clock_monotonic_s();
  for (size_t i = 0; audit_check_list[i]; i++)
    states[i] = audit_check_list[i]->begin ? audit_check_list[i]->begin(&audit) : NULL;
  enum status status = run(&audit, states, error);
  if (status == STATUS_OK)
    status = audit_report_keep(&audit, states, arena, ret_report, error);
  for (size_t i = 0; audit_check_list[i]; i++)
    if (audit_check_list[i]->end)
      audit_check_list[i]->end(states[i]);
  *ret_faults = audit.faults;
  buffer_free(&audit.fault_list);
  free(audit.files);
  return status;
}
