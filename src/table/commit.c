/* commit: the files of one batch of logs, one a table, vehicle and date.
 *
 * Rows come log by log and in the order of time within a log, so a file is sorted by flight and time when the caller
 * takes the logs in that order; nothing is sorted here. All writers share one compressor and its scratch memory, hold
 * no file descriptor while they wait, and together keep at most WAITING_MAX bytes of rows: past that the fullest one
 * writes a row group.
 *
 * Crash safety: the files are written, renamed and then made durable by one syncfs for all (60 files of 20 kB on
 * ext4: 190 ms with an fsync each, 15 ms with one syncfs, 8 ms with neither). A name that became durable before its
 * bytes does no harm, as a file counts only when the catalogue names it, which happens later; table_clean removes what
 * no catalogue names.
 *
 * One commit belongs to one thread; several commits may run side by side, as their ids differ. */
#include "table/parquet_file.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define WAITING_MAX ((size_t)64 << 20)
#define COLUMNS_MAX 512

struct commit_file {
  const struct table *table;
  char *vehicle; /* as given, for the catalogue */
  char *part;    /* as it stands in the path */
  char date[16];
  char *path;                    /* relative to the root */
  struct parquet_writer *writer; /* NULL once finished */
  size_t waiting;
  uint64_t rows, bytes;
  char sha256[SHA256_TEXT];
  char **logs; /* whose rows it holds; only where the table has a column log_id */
  uint32_t log_count;
  bool in_place;
};

struct commit {
  char *root;
  char id[40];
  struct parquet_tools *tools;
  struct commit_file *files;
  uint32_t file_count, file_capacity;
  uint32_t *slots; /* hash table of file index + 1 */
  uint32_t slot_count;
  size_t waiting;
  bool registered;
};

int32_t table_field_id(const char *name) {
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (; *name; name++)
    hash = (hash ^ (uint8_t)*name) * 16777619u;
  return (int32_t)(hash & 0x7FFFFFFF) | 1;
}

/* ---- one file ---- */

static uint32_t file_hash(const struct table *table, const char *part, const char *date) {
  return (uint32_t)table_field_id(part) * 31u + (uint32_t)table_field_id(date) * 17u + table->index * 0x9E3779B1u;
}

static void slots_grow(struct commit *commit) {
  commit->slot_count = MAX(64u, commit->slot_count * 2);
  commit->slots = memory_resize(commit->slots, commit->slot_count, sizeof *commit->slots);
  memset(commit->slots, 0, commit->slot_count * sizeof *commit->slots);
  for (uint32_t i = 0; i < commit->file_count; i++) {
    const struct commit_file *file = &commit->files[i];
    uint32_t at = file_hash(file->table, file->part, file->date);
    while (commit->slots[at &= commit->slot_count - 1])
      at++;
    commit->slots[at] = i + 1;
  }
}

/* The slot of the file, or the free slot where it belongs. */
static uint32_t *file_slot(struct commit *commit, const struct table *table, const char *part, const char *date) {
  if ((commit->file_count + 1) * 2 > commit->slot_count)
    slots_grow(commit);
  uint32_t at = file_hash(table, part, date), index;
  while ((index = commit->slots[at &= commit->slot_count - 1])) {
    const struct commit_file *file = &commit->files[index - 1];
    if (file->table == table && strcmp(file->part, part) == 0 && strcmp(file->date, date) == 0)
      break;
    at++;
  }
  return &commit->slots[at];
}

/* "2026-11-23" or "unknown"; anything else would be a path of the caller's choosing. */
static const char *safe_date(const char *date) {
  int64_t time_us;
  bool good = date && strlen(date) == 10 && clock_parse(text_of(date), &time_us);
  return good ? date : "unknown";
}

static uint16_t table_fields(const struct table *table, struct field *fields, int32_t *ids) {
  uint16_t count = 0;
  for (uint16_t i = 0; table->has_time && i < KEY_COUNT; i++)
    fields[count++] = schema_keys[i];
  for (uint16_t i = 0; i < table->column_count; i++)
    fields[count++] = table->columns[i];
  for (uint16_t i = 0; i < count; i++)
    ids[i] = table_field_id(fields[i].name);
  return count;
}

static enum status writer_open(struct commit *commit, struct commit_file *file, struct error *error) {
  struct field fields[COLUMNS_MAX];
  int32_t ids[COLUMNS_MAX];
  char folder[PATH_LIMIT], path[PATH_LIMIT + 64], temporary[PATH_LIMIT + 64];
  if (file->table->column_count + KEY_COUNT > COLUMNS_MAX)
    return error_set(error, STATUS_BUG, "Table %s has more than %d columns", file->table->name, COLUMNS_MAX);
  scoped(arena) struct arena *arena = arena_new(0);
  TRY(path_join(folder, commit->root,
                arena_format(arena, "tables/%s/uav=%s/date=%s", file->table->name, file->part, file->date), error));
  TRY(folder_create(folder, error));
  snprintf(path, sizeof path, "%s/%s.parquet", folder, commit->id);
  snprintf(temporary, sizeof temporary, "%s/.tmp-%s.parquet", folder, commit->id);
  file->path = memory_copy_text(path + strlen(commit->root) + 1);
  uint16_t count = table_fields(file->table, fields, ids);
  struct parquet_metadata metadata[] = {{"uavlake.table", file->table->name}, {"uavlake.commit", commit->id}};
  return parquet_create_waiting(commit->tools, path, temporary, fields, count, ids, metadata, ARRAY_COUNT(metadata),
                                &file->writer, error);
}

static void file_free(struct commit_file *file) {
  parquet_free(file->writer);
  free(file->vehicle);
  free(file->part);
  free(file->path);
  for (uint32_t i = 0; i < file->log_count; i++)
    free(file->logs[i]);
  free(file->logs);
}

static enum status file_find(struct commit *commit, const struct table *table, const char *vehicle, const char *date,
                             struct commit_file **ret_file, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *part = text_safe_part(arena, text_of(vehicle && *vehicle ? vehicle : "unknown"));
  date = safe_date(date);
  uint32_t *slot = file_slot(commit, table, part, date);
  if (*slot) {
    *ret_file = &commit->files[*slot - 1];
    return STATUS_OK;
  }
  struct commit_file file = {.table = table};
  file.vehicle = memory_copy_text(vehicle && *vehicle ? vehicle : "unknown");
  file.part = memory_copy_text(part);
  snprintf(file.date, sizeof file.date, "%s", date);
  enum status status = writer_open(commit, &file, error);
  if (status != STATUS_OK) {
    file_free(&file);
    return status;
  }
  if (commit->file_count == commit->file_capacity) {
    commit->file_capacity = MAX(64u, commit->file_capacity * 2);
    commit->files = memory_resize(commit->files, commit->file_capacity, sizeof *commit->files);
  }
  commit->files[commit->file_count++] = file;
  *slot = commit->file_count;
  *ret_file = &commit->files[*slot - 1];
  return STATUS_OK;
}

static void note_log(struct commit_file *file, struct text id) {
  for (uint32_t i = file->log_count; i > 0; i--) /* most likely the last one */
    if (text_is(id, file->logs[i - 1]))
      return;
  if ((file->log_count & (file->log_count - 1)) == 0)
    file->logs = memory_resize(file->logs, MAX(1u, file->log_count * 2), sizeof *file->logs);
  file->logs[file->log_count++] = memory_copy_part(id.data, id.size);
}

/* Remembers whose rows go into the file, so that erasing a log finds its files. */
static void note_logs(struct commit_file *file, const struct column *column, uint32_t rows) {
  if (!column->values || column->field->type != COLUMN_TEXT)
    return;
  struct text last = {NULL, 0};
  for (uint32_t row = 0; row < rows; row++) {
    struct text id = column_text(column, row);
    if (!id.size || (id.data == last.data && id.size == last.size))
      continue;
    note_log(file, id);
    last = id;
  }
}

/* ---- commit ---- */

enum status commit_begin(const char *root, struct commit **ret_commit, struct error *error) {
  uint32_t random;
  if (getrandom(&random, sizeof random, 0) != sizeof random)
    return error_set_errno(error, errno, "The system gives no random numbers");
  struct commit *commit = memory_new(sizeof *commit);
  commit->root = memory_copy_text(root);
  commit->tools = parquet_tools_new();
  snprintf(commit->id, sizeof commit->id, "c%014" PRIx64 "%08" PRIx32, (uint64_t)clock_now_us(), random);
  *ret_commit = commit;
  return STATUS_OK;
}

const char *commit_id(const struct commit *commit) {
  return commit->id;
}

static enum status flush_fullest(struct commit *commit, struct error *error) {
  struct commit_file *fullest = &commit->files[0];
  for (uint32_t i = 1; i < commit->file_count; i++)
    if (commit->files[i].waiting > fullest->waiting)
      fullest = &commit->files[i];
  commit->waiting -= fullest->waiting;
  fullest->waiting = 0;
  return parquet_flush(fullest->writer, error);
}

enum status commit_rows(struct commit *commit, const struct table *table, const char *vehicle, const char *date,
                        const struct column *columns, uint32_t rows, struct error *error) {
  struct commit_file *file;
  if (!rows)
    return STATUS_OK;
  TRY(file_find(commit, table, vehicle, date, &file, error));
  if (!file->writer)
    return error_set(error, STATUS_BUG, "Rows for table %s came after the end of commit %s", table->name, commit->id);
  TRY(parquet_rows(file->writer, columns, rows, error));
  int log_id = table->has_time ? KEY_LOG_ID : schema_column(table, "log_id");
  if (log_id >= 0)
    note_logs(file, &columns[log_id], rows);
  commit->waiting -= file->waiting;
  file->waiting = parquet_waiting_bytes(file->writer);
  commit->waiting += file->waiting;
  while (commit->waiting > WAITING_MAX)
    TRY(flush_fullest(commit, error));
  return STATUS_OK;
}

/* Makes all files and their names durable at once. */
static enum status sync_all(const struct commit *commit, struct error *error) {
  scoped(descriptor) int fd = open(commit->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || syncfs(fd) != 0)
    return error_set_errno(error, errno, "The tables below %s can't be made durable", commit->root);
  return STATUS_OK;
}

/* What an audit compares it with. The file lies in the page cache still. */
static enum status hash_file(const struct commit *commit, struct commit_file *file, struct error *error) {
  scoped(input) struct input *input = NULL;
  char path[PATH_LIMIT];
  uint64_t bytes;
  TRY(path_join(path, commit->root, file->path, error));
  TRY(input_open_path(path, &input, error));
  return hash_input(input, file->sha256, &bytes, NULL, NULL, error);
}

enum status commit_finish(struct commit *commit, struct error *error) {
  for (uint32_t i = 0; i < commit->file_count; i++) {
    struct commit_file *file = &commit->files[i];
    if (!file->writer)
      continue;
    TRY(parquet_finish_unsynced(file->writer, &file->bytes, &file->rows, error));
    file->in_place = true;
    parquet_free(file->writer);
    file->writer = NULL;
    TRY(hash_file(commit, file, error));
  }
  return commit->file_count ? sync_all(commit, error) : STATUS_OK;
}

static enum status register_file(const struct commit *commit, const struct commit_file *file, struct catalog *catalog,
                                 const char *const *log_ids, uint32_t log_count, struct error *error) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)16 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "table", file->table->name);
  json_c_string(&json, "vehicle", file->vehicle);
  json_c_string(&json, "date", file->date);
  json_c_string(&json, "commit", commit->id);
  json_c_string(&json, "path", file->path);
  json_i64(&json, "rows", (int64_t)file->rows);
  json_i64(&json, "bytes", (int64_t)file->bytes);
  json_c_string(&json, "sha256", file->sha256);
  json_array_begin(&json, "logs");
  for (uint32_t i = 0; i < file->log_count; i++)
    json_c_string(&json, NULL, file->logs[i]);
  for (uint32_t i = 0; !file->log_count && i < log_count; i++)
    json_c_string(&json, NULL, log_ids[i]);
  json_array_end(&json);
  json_object_end(&json);
  if (text.failed)
    return error_set(error, STATUS_LIMIT, "File %s holds the rows of too many logs", file->path);
  return catalog_put(catalog, "table_files", file->path, buffer_text(&text), error);
}

enum status commit_register(struct commit *commit, struct catalog *catalog, const char *const *log_ids,
                            uint32_t log_count, struct error *error) {
  for (uint32_t i = 0; i < commit->file_count; i++) {
    if (!commit->files[i].in_place)
      return error_set(error, STATUS_BUG, "Commit %s was registered before it was finished", commit->id);
    TRY(register_file(commit, &commit->files[i], catalog, log_ids, log_count, error));
  }
  commit->registered = true;
  return STATUS_OK;
}

/* Removes the file and the folders (date, vehicle, table) that it leaves empty. */
static void remove_file(const char *root, const char *path) {
  char full[PATH_LIMIT];
  if (path_join(full, root, path, NULL) != STATUS_OK || unlink(full) != 0)
    return;
  for (int level = 0; level < 3; level++) {
    *strrchr(full, '/') = 0;
    if (rmdir(full) != 0)
      return;
  }
}

void commit_free(struct commit *commit) {
  if (!commit)
    return;
  for (uint32_t i = 0; i < commit->file_count; i++) {
    if (commit->files[i].in_place && !commit->registered)
      remove_file(commit->root, commit->files[i].path);
    file_free(&commit->files[i]);
  }
  parquet_tools_free(commit->tools);
  free(commit->files);
  free(commit->slots);
  free(commit->root);
  free(commit);
}

/* ---- cleaning ---- */

struct clean {
  const char *root;
  struct arena *arena;
  const char **known; /* sorted */
  const char **orphans;
  size_t known_count, known_capacity, orphan_count, orphan_capacity;
};

static void list_add(const char ***list, size_t *count, size_t *capacity, const char *text) {
  if (*count == *capacity) {
    *capacity = MAX((size_t)256, *capacity * 2);
    *list = memory_resize(*list, *capacity, sizeof **list);
  }
  (*list)[(*count)++] = text;
}

static enum status clean_known(void *context, const char *id, const char *json, struct error *error) {
  struct clean *clean = context;
  (void)json, (void)error;
  list_add(&clean->known, &clean->known_count, &clean->known_capacity, arena_copy_text(clean->arena, id));
  return STATUS_OK;
}

static int text_compare(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum status clean_file(void *context, const char *path, uint64_t bytes, struct error *error) {
  struct clean *clean = context;
  (void)bytes, (void)error;
  const char *name = path_name(path), *relative = path + strlen(clean->root) + 1;
  bool ours = strncmp(name, ".tmp-", 5) == 0 || text_ends_ignore_case(text_of(name), ".parquet");
  bool known = clean->known_count &&
               bsearch(&relative, clean->known, clean->known_count, sizeof *clean->known, text_compare) != NULL;
  if (ours && !known)
    list_add(&clean->orphans, &clean->orphan_count, &clean->orphan_capacity, arena_copy_text(clean->arena, relative));
  return STATUS_OK;
}

static enum status clean_look(struct clean *clean, struct catalog *catalog, struct error *error) {
  struct catalog_query query = {.collection = "table_files"};
  struct walk_callbacks callbacks = {.file = clean_file, .context = clean};
  char folder[PATH_LIMIT];
  TRY(path_join(folder, clean->root, "tables", error));
  if (access(folder, F_OK) != 0)
    return STATUS_OK;
  TRY(catalog_find(catalog, &query, clean_known, clean, error));
  if (clean->known_count)
    qsort(clean->known, clean->known_count, sizeof *clean->known, text_compare);
  return folder_walk(folder, &callbacks, error);
}

enum status table_clean(const char *root, struct catalog *catalog, uint64_t *ret_removed, struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct clean clean = {.root = root, .arena = arena};
  enum status status = clean_look(&clean, catalog, error);
  for (size_t i = 0; status == STATUS_OK && i < clean.orphan_count; i++)
    remove_file(root, clean.orphans[i]);
  if (status == STATUS_OK && ret_removed)
    *ret_removed = clean.orphan_count;
  free(clean.known);
  free(clean.orphans);
  return status;
}
