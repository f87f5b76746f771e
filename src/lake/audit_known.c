/* audit_known: what is known of a file that is wrong, and how to mend it.
 *
 * An original: its log, flights and rows, and whether its right bytes lie elsewhere: at the paths that it was added
 * from, which are read and compared, or in an archive that is in the lake. A table file: the logs whose rows it holds,
 * from whose originals it is made again. */
#include "lake/audit_private.h"

#include "base/file.h"
#include "lake/lake_private.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define COPIES_LOOKED_AT 4u
#define LOGS_NAMED 8u

/* ---- copies ---- */

struct copies {
  struct arena *arena;
  const char *paths[COPIES_LOOKED_AT];
  uint32_t count;
};

static void add_path(struct copies *copies, const char *path) {
  for (uint32_t i = 0; i < copies->count; i++)
    if (strcmp(copies->paths[i], path) == 0)
      return;
  if (path[0] && copies->count < COPIES_LOOKED_AT)
    copies->paths[copies->count++] = arena_copy_text(copies->arena, path);
}

static enum status take_path(void *context, const char *id, const char *json, struct error *error) {
  (void)json, (void)error;
  add_path(context, id);
  return STATUS_OK;
}

static bool has_content(const char *path, uint64_t bytes, const char *sha256) {
  struct stat stat_of;
  char found[SHA256_TEXT];
  uint64_t read;
  scoped(input) struct input *input = NULL;
  if (stat(path, &stat_of) != 0 || !S_ISREG(stat_of.st_mode) || (uint64_t)stat_of.st_size != bytes)
    return false;
  return input_open_path(path, &input, NULL) == STATUS_OK &&
         hash_input(input, found, &read, NULL, NULL, NULL) == STATUS_OK && strcmp(found, sha256) == 0;
}

/* A path that holds the log's right bytes, NULL none. */
static const char *find_copy(struct audit *audit, struct arena *arena, const char *log_id, const json_t *log) {
  struct copies copies = {.arena = arena};
  struct catalog_filter filter = {"log", FILTER_EQUAL, log_id};
  struct catalog_query query = {
      .collection = "files", .filters = &filter, .filter_count = 1, .limit = COPIES_LOOKED_AT};
  add_path(&copies, audit_text(log, "path"));
  if (catalog_find(lake_catalog(audit->lake), &query, take_path, &copies, NULL) != STATUS_OK)
    return NULL;
  for (uint32_t i = 0; i < copies.count; i++)
    if (has_content(copies.paths[i], audit_number(log, "bytes"), log_id))
      return copies.paths[i];
  return NULL;
}

/* As a shell takes it. */
static const char *quote(struct arena *arena, const char *text) {
  scoped(buffer) struct buffer out = buffer_with_max((size_t)64 << 10);
  buffer_add_byte(&out, '\'');
  for (; *text; text++)
    if (*text == '\'')
      buffer_add_text(&out, "'\\''");
    else
      buffer_add_byte(&out, (uint8_t)*text);
  buffer_add_byte(&out, '\'');
  return arena_copy_text(arena, buffer_text(&out));
}

static const char *object_remedy(struct audit *audit, struct arena *arena, const struct audit_file *file,
                                 const char *log_id, const json_t *log) {
  const char *copy = find_copy(audit, arena, log_id, log);
  char root[PATH_MAX];
  const char *where = quote(
      arena, arena_format(arena, "%s/%s", realpath(lake_root(audit->lake), root) ? root : "LAKE", file->path));
  bool on_disk = strcmp(lake_store(audit->lake)->driver->name, "disk") == 0;
  if (copy && on_disk)
    return arena_format(arena, "install -D -m 444 %s %s", quote(arena, copy), where);
  if (copy)
    return arena_format(arena, "put %s in its place: it has the right bytes", quote(arena, copy));
  if (audit_text(log, "archive")[0])
    return arena_format(arena, "take '%s' out of the archive with the id %.12s, and put it in its place",
                        audit_text(log, "inside"), audit_text(log, "archive"));
  return "bring it back from a backup: no path that it was added from holds its right bytes any more";
}

/* ---- the two kinds of files ---- */

static uint32_t list_texts(struct arena *arena, const json_t *list, const char **texts, uint32_t most) {
  uint32_t count = 0;
  for (size_t i = 0; i < json_array_size(list) && count < most; i++) {
    const char *text = json_string_value(json_array_get(list, i));
    if (text)
      texts[count++] = arena_copy_text(arena, text);
  }
  return count;
}

static void tell_object(struct audit *audit, struct arena *arena, const struct audit_file *file, const char *what,
                        const char *text) {
  char id[SHA256_TEXT];
  const char *flights[LOGS_NAMED];
  for (int i = 0; i < 32; i++)
    snprintf(&id[2 * i], 3, "%02x", file->sha256[i]);
  json_t *log = document_load(lake_catalog(audit->lake), "logs", id);
  uint64_t rows = audit_number(log, "rows");
  struct audit_fault fault = {.what = what, .path = file->path, .log = id, .flights = flights};
  fault.name = audit_text(log, "name");
  fault.vehicle = audit_text(log, "vehicle");
  fault.flight_count = list_texts(arena, json_object_get(log, "flights"), flights, LOGS_NAMED);
  fault.text = text;
  if (rows)
    fault.text = arena_format(arena, "%s; the %llu row%s made from it stay in the tables", text,
                              (unsigned long long)rows, text_plural(rows));
  fault.remedy = object_remedy(audit, arena, file, id, log);
  audit_tell(audit, &fault);
  json_decref(log);
}

static void tell_table(struct audit *audit, struct arena *arena, const struct audit_file *file, const char *what,
                       const char *text) {
  const char *logs[LOGS_NAMED] = {""};
  json_t *document = document_load(lake_catalog(audit->lake), "table_files", file->path);
  const json_t *list = json_object_get(document, "logs");
  uint32_t count = list_texts(arena, list, logs, LOGS_NAMED);
  struct audit_fault fault = {.what = what, .path = file->path, .text = text};
  scoped(buffer) struct buffer remedy = buffer_with_max(4096);
  for (uint32_t i = 0; i < count; i++)
    buffer_format(&remedy, "%s --log %.12s", i ? "" : "uavlake recompute", logs[i]);
  if (json_array_size(list) > count)
    buffer_format(&remedy, " (and %zu more)", json_array_size(list) - count);
  fault.vehicle = audit_text(document, "vehicle");
  fault.log = json_array_size(list) == 1 ? logs[0] : "";
  fault.remedy = buffer_text(&remedy);
  audit_tell(audit, &fault);
  json_decref(document);
}

void audit_tell_file(struct audit *audit, const struct audit_file *file, const char *what, const char *text) {
  scoped(arena) struct arena *arena = arena_new(0);
  if (file->place == AUDIT_OBJECT)
    tell_object(audit, arena, file, what, text);
  else
    tell_table(audit, arena, file, what, text);
}
