/* audit: names first, then bytes.
 *
 * Under the writers' lock the names on both sides are collected: documents of logs, flights and table files on the one,
 * objects of the store and files below tables/ on the other. What stands on one side only is a fault. Then, without the
 * lock, each object and each table file is read and its SHA-256 compared with the one that it had when it came in: rot
 * of the disk and changes by hand both show. A file written before hashes were kept is compared by size alone. */
#include "lake/audit.h"

#include "base/clock.h"
#include "base/file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* A file that should be there. */
struct expected {
  const char *path;   /* key or path in the lake */
  const char *log;    /* "" of a table file */
  const char *sha256; /* "" not known */
  uint64_t bytes;
  bool is_object, seen;
};

struct named_log {
  const char *id;
  bool needs_rows, has_rows;
};

struct audit {
  struct lake *lake;
  const struct audit_options *options;
  const struct audit_callbacks *callbacks;
  struct audit_result *result;
  struct arena *arena;
  struct expected *files; /* sorted by path once collected */
  size_t file_count, file_capacity;
  struct named_log *logs; /* in the order of their ids */
  size_t log_count, log_capacity;
  uint64_t done, done_bytes, bytes;
  double begin_s;
};

static void tell(struct audit *audit, const char *what, const char *path, const char *log, const char *text) {
  struct audit_fault fault = {what, path, log, text};
  audit->result->faults++;
  audit->callbacks->fault(audit->callbacks->context, &fault);
}

/* ── what the catalogue says ──────────────────────────────────────────────────────────────────────────────────── */

static void add_share(struct audit_share *shares, uint32_t *count, uint32_t most, const char *name, uint64_t bytes) {
  uint32_t i = 0;
  while (i < *count && strcmp(shares[i].name, name) != 0)
    i++;
  if (i == most)
    i = most - 1;
  else if (i == *count)
    snprintf(shares[(*count)++].name, sizeof shares->name, "%s", name);
  shares[i].count++;
  shares[i].bytes += bytes;
}

static struct expected *expect(struct audit *audit) {
  if (audit->file_count == audit->file_capacity) {
    audit->file_capacity = MAX((size_t)1024, audit->file_capacity * 2);
    audit->files = memory_resize(audit->files, audit->file_capacity, sizeof *audit->files);
  }
  return &audit->files[audit->file_count++];
}

static const char *text_in(const json_t *document, const char *field) {
  const char *text = json_string_value(json_object_get(document, field));
  return text ? text : "";
}

static uint64_t number_in(const json_t *document, const char *field) {
  return (uint64_t)MAX(json_integer_value(json_object_get(document, field)), 0);
}

static void take_log_name(struct audit *audit, const char *id, bool needs_rows) {
  if (audit->log_count == audit->log_capacity) {
    audit->log_capacity = MAX((size_t)1024, audit->log_capacity * 2);
    audit->logs = memory_resize(audit->logs, audit->log_capacity, sizeof *audit->logs);
  }
  audit->logs[audit->log_count++] = (struct named_log){arena_copy_text(audit->arena, id), needs_rows, false};
}

static enum status take_log(void *context, const char *id, const char *json, struct error *error) {
  struct audit *audit = context;
  struct audit_result *result = audit->result;
  json_t *document = json_loads(json, 0, NULL);
  const char *key = text_in(document, "key"), *state = text_in(document, "state");
  (void)error;
  bool is_loaded = strcmp(state, "loaded") == 0 || strcmp(state, "assessed") == 0;
  take_log_name(audit, id, is_loaded && number_in(document, "rows") > 0);
  if (key[0]) {
    struct expected *file = expect(audit);
    *file = (struct expected){arena_copy_text(audit->arena, key),
                              audit->logs[audit->log_count - 1].id,
                              audit->logs[audit->log_count - 1].id,
                              number_in(document, "bytes"),
                              true,
                              false};
    char month[8] = "";
    snprintf(month, sizeof month, "%.7s", text_in(document, "added"));
    add_share(result->kinds, &result->kind_count, AUDIT_KINDS_MAX, text_in(document, "kind"), file->bytes);
    add_share(result->months, &result->month_count, AUDIT_MONTHS_MAX, month, file->bytes);
    result->objects++;
    result->object_bytes += file->bytes;
  }
  json_decref(document);
  return STATUS_OK;
}

/* NULL: there is none. id may be NULL. */
static struct named_log *find_log(struct audit *audit, const char *id) {
  size_t low = 0, high = id ? audit->log_count : 0;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = strcmp(audit->logs[middle].id, id);
    if (order == 0)
      return &audit->logs[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static enum status take_table_file(void *context, const char *id, const char *json, struct error *error) {
  struct audit *audit = context;
  json_t *document = json_loads(json, 0, NULL);
  size_t i;
  const json_t *log;
  (void)error;
  *expect(audit) = (struct expected){
      arena_copy_text(audit->arena, id), "",    arena_copy_text(audit->arena, text_in(document, "sha256")),
      number_in(document, "bytes"),      false, false};
  audit->result->tables++;
  audit->result->table_bytes += number_in(document, "bytes");
  audit->result->table_rows += number_in(document, "rows");
  json_array_foreach(json_object_get(document, "logs"), i, log) {
    struct named_log *named = find_log(audit, json_string_value(log));
    if (named)
      named->has_rows = true;
  }
  json_decref(document);
  return STATUS_OK;
}

static enum status take_flight(void *context, const char *id, const char *json, struct error *error) {
  struct audit *audit = context;
  json_t *document = json_loads(json, 0, NULL);
  const json_t *logs = json_object_get(document, "logs"), *log;
  bool any = json_array_size(logs) == 0;
  size_t i;
  (void)error;
  json_array_foreach(logs, i, log) any |= find_log(audit, json_string_value(log)) != NULL;
  if (!any)
    tell(audit, "flight_without_log", arena_copy_text(audit->arena, id), "", "none of its logs is in the catalogue");
  json_decref(document);
  return STATUS_OK;
}

static int compare_paths(const void *a, const void *b) {
  return strcmp(((const struct expected *)a)->path, ((const struct expected *)b)->path);
}

static enum status read_catalog(struct audit *audit, struct error *error) {
  struct catalog *catalog = lake_catalog(audit->lake);
  TRY(catalog_find(catalog, &(struct catalog_query){.collection = "logs"}, take_log, audit, error));
  TRY(catalog_find(catalog, &(struct catalog_query){.collection = "table_files"}, take_table_file, audit, error));
  TRY(catalog_find(catalog, &(struct catalog_query){.collection = "flights"}, take_flight, audit, error));
  if (audit->file_count)
    qsort(audit->files, audit->file_count, sizeof *audit->files, compare_paths);
  for (size_t i = 0; i < audit->log_count; i++)
    if (audit->logs[i].needs_rows && !audit->logs[i].has_rows)
      tell(audit, "log_without_rows", audit->logs[i].id, audit->logs[i].id, "no file of the tables holds its rows");
  return STATUS_OK;
}

/* ── what is there ────────────────────────────────────────────────────────────────────────────────────────────── */

static void see(struct audit *audit, const char *path, uint64_t bytes, const char *unknown, const char *unknown_text) {
  struct expected wanted = {.path = path};
  struct expected *file = audit->file_count
                              ? bsearch(&wanted, audit->files, audit->file_count, sizeof *audit->files, compare_paths)
                              : NULL;
  if (!file) {
    tell(audit, unknown, path, "", unknown_text);
    return;
  }
  file->seen = true;
  audit->bytes += bytes;
  if (bytes == file->bytes)
    return;
  char text[160];
  snprintf(text, sizeof text, "it has %llu bytes, and had %llu when it came in", (unsigned long long)bytes,
           (unsigned long long)file->bytes);
  tell(audit, file->is_object ? "object_changed" : "table_changed", path, file->log, text);
  file->sha256 = ""; /* said already */
}

static enum status see_object(void *context, const struct store_object *object, struct error *error) {
  (void)error;
  see(context, object->key, object->bytes, "object_unknown", "no log of the catalogue names it");
  return STATUS_OK;
}

static enum status see_table(void *context, const char *path, uint64_t bytes, struct error *error) {
  struct audit *audit = context;
  (void)error;
  see(audit, path + strlen(lake_root(audit->lake)) + 1, bytes, "table_unknown", "no commit names it");
  return STATUS_OK;
}

static void skipped_table(void *context, const char *path, const struct error *reason) {
  struct audit *audit = context;
  tell(audit, "table_unreadable", path + strlen(lake_root(audit->lake)) + 1, "", reason->text);
}

static enum status look_around(struct audit *audit, struct error *error) {
  struct store *store = lake_store(audit->lake);
  struct walk_callbacks walk = {.file = see_table, .skipped = skipped_table, .context = audit};
  char folder[PATH_LIMIT];
  TRY(store->driver->list(store, "raw", see_object, audit, error));
  TRY(path_join(folder, lake_root(audit->lake), "tables", error));
  if (file_exists(folder))
    TRY(folder_walk(folder, &walk, error));
  for (size_t i = 0; i < audit->file_count; i++)
    if (!audit->files[i].seen)
      tell(audit, audit->files[i].is_object ? "object_missing" : "table_missing", audit->files[i].path,
           audit->files[i].log, "it is in the catalogue, but not there");
  return STATUS_OK;
}

/* ── the bytes ────────────────────────────────────────────────────────────────────────────────────────────────── */

static void count_bytes(void *context, uint64_t bytes) {
  struct audit *audit = context;
  audit->done_bytes += bytes;
  audit->result->read_bytes += bytes;
  if (audit->callbacks->progress)
    audit->callbacks->progress(audit->callbacks->context, audit->done, audit->file_count, audit->done_bytes,
                               audit->bytes, clock_monotonic_s() - audit->begin_s);
}

static enum status open_file(struct audit *audit, const struct expected *file, struct input **ret_input,
                             struct error *error) {
  char path[PATH_LIMIT];
  struct store *store = lake_store(audit->lake);
  if (file->is_object)
    return store->driver->get(store, file->path, ret_input, error);
  TRY(path_join(path, lake_root(audit->lake), file->path, error));
  return input_open_path(path, ret_input, error);
}

static void check_bytes(struct audit *audit, const struct expected *file) {
  scoped(input) struct input *input = NULL;
  struct error error = {0};
  char sha256[SHA256_TEXT];
  uint64_t bytes;
  enum status status = open_file(audit, file, &input, &error);
  if (status == STATUS_OK)
    status = hash_input(input, sha256, &bytes, count_bytes, audit, &error);
  if (status != STATUS_OK)
    tell(audit, file->is_object ? "object_unreadable" : "table_unreadable", file->path, file->log, error.text);
  else if (strcmp(sha256, file->sha256) != 0)
    tell(audit, file->is_object ? "object_changed" : "table_changed", file->path, file->log,
         "its SHA-256 is not the one that it had when it came in");
}

/* ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────── */

static int compare_shares(const void *a, const void *b) {
  const struct audit_share *x = a, *y = b;
  return x->bytes < y->bytes ? 1 : x->bytes > y->bytes ? -1 : strcmp(x->name, y->name);
}

static int compare_months(const void *a, const void *b) {
  return strcmp(((const struct audit_share *)a)->name, ((const struct audit_share *)b)->name);
}

static enum status collect(struct audit *audit, struct error *error) {
  TRY(lake_lock(audit->lake, NULL, NULL, error));
  enum status status = read_catalog(audit, error);
  if (status == STATUS_OK)
    status = look_around(audit, error);
  lake_unlock(audit->lake);
  return status;
}

static enum status keep_result(struct audit *audit, struct error *error) {
  const struct audit_result *result = audit->result;
  scoped(buffer) struct buffer text = buffer_with_max(4096);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "kind", "audit");
  json_time(&json, "time", clock_now_us());
  json_bool(&json, "quick", audit->options->quick);
  json_i64(&json, "objects", (int64_t)result->objects);
  json_i64(&json, "tables", (int64_t)result->tables);
  json_i64(&json, "faults", (int64_t)result->faults);
  json_object_end(&json);
  return catalog_put(lake_catalog(audit->lake), "settings", "audit", buffer_text(&text), error);
}

enum status lake_audit(struct lake *lake, const struct audit_options *options, const struct audit_callbacks *callbacks,
                       struct audit_result *ret_result, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct audit audit = {.lake = lake, .options = options, .callbacks = callbacks, .result = ret_result, .arena = arena};
  *ret_result = (struct audit_result){0};
  audit.begin_s = clock_monotonic_s();
  enum status status = collect(&audit, error);
  for (size_t i = 0; status == STATUS_OK && !options->quick && i < audit.file_count; i++, audit.done++)
    if (audit.files[i].seen && audit.files[i].sha256[0])
      check_bytes(&audit, &audit.files[i]);
  qsort(ret_result->kinds, ret_result->kind_count, sizeof *ret_result->kinds, compare_shares);
  qsort(ret_result->months, ret_result->month_count, sizeof *ret_result->months, compare_months);
  ret_result->seconds = clock_monotonic_s() - audit.begin_s;
  if (status == STATUS_OK)
    status = keep_result(&audit, error);
  free(audit.files);
  free(audit.logs);
  return status;
}
