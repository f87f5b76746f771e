/* audit_rows: do the tables hold the rows that each log gave?
 *
 * Of documents: the logs that share files (the files of one commit, or of a compaction) make a group; the rows of the
 * group's logs and the rows of its files must be the same number. A whole audit also counts the rows themselves, a log
 * and table, with SQL; what was written meanwhile is left out. */
#include "lake/audit_private.h"

#include "lake/lake_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLES_MAX 128u

struct log_rows {
  const char *id;
  uint64_t rows;      /* that it gave */
  uint64_t file_rows; /* of files that name it first; after join_groups, of a group's first log: of the group */
  uint64_t counted;
  uint32_t group;            /* index of a log of the same group; its own of the first one */
  bool has_file, is_excused; /* excused: a file that holds its rows is damaged, which is told already */
};

struct table_rows {
  char name[48];
  uint64_t rows, counted;
};

struct state {
  struct audit *audit;
  struct log_rows *logs; /* in the order of their ids */
  uint32_t log_count, log_capacity;
  struct table_rows tables[TABLES_MAX];
  uint32_t table_count;
  struct table_rows *counting;
  bool is_counted;
  uint64_t counted;
};

static void *begin(struct audit *audit) {
  struct state *state = arena_alloc(audit->arena, sizeof *state);
  state->audit = audit;
  return state;
}

static void end(void *opaque) {
  free(((struct state *)opaque)->logs);
}

static void take_log(struct audit *audit, void *opaque, const char *id, const json_t *log) {
  struct state *state = opaque;
  const char *at = audit_text(log, "state");
  bool loaded = strcmp(at, "loaded") == 0 || strcmp(at, "assessed") == 0;
  if (state->log_count == state->log_capacity) {
    state->log_capacity = MAX(1024u, state->log_capacity * 2);
    state->logs = memory_resize(state->logs, state->log_capacity, sizeof *state->logs);
  }
  state->logs[state->log_count] = (struct log_rows){.id = arena_copy_text(audit->arena, id),
                                                    .rows = loaded ? audit_number(log, "rows") : 0,
                                                    .group = state->log_count};
  state->log_count++;
}

static struct log_rows *find_log(struct state *state, struct text id) {
  uint32_t low = 0, high = id.data ? state->log_count : 0;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    const char *at = state->logs[middle].id;
    int order = strncmp(at, id.data, id.size);
    if (order == 0 && at[id.size])
      order = 1;
    if (order == 0)
      return &state->logs[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

static uint32_t group_of(struct state *state, uint32_t log) {
  while (state->logs[log].group != log)
    log = state->logs[log].group = state->logs[state->logs[log].group].group;
  return log;
}

static struct table_rows *find_table(struct state *state, const char *name) {
  for (uint32_t i = 0; i < state->table_count; i++)
    if (strcmp(state->tables[i].name, name) == 0)
      return &state->tables[i];
  if (state->table_count == TABLES_MAX || strlen(name) >= sizeof state->tables[0].name)
    return NULL;
  struct table_rows *table = &state->tables[state->table_count++];
  snprintf(table->name, sizeof table->name, "%s", name);
  return table;
}

static void take_file(struct audit *audit, void *opaque, const char *path, const json_t *file) {
  struct state *state = opaque;
  struct table_rows *table = find_table(state, audit_text(file, "table"));
  struct log_rows *first = NULL;
  const json_t *id;
  size_t i;
  json_array_foreach(json_object_get(file, "logs"), i, id) {
    struct log_rows *log = find_log(state, text_of(json_string_value(id)));
    if (!log)
      continue;
    log->has_file = true;
    if (first)
      state->logs[group_of(state, (uint32_t)(log - state->logs))].group = group_of(state,
                                                                                   (uint32_t)(first - state->logs));
    else
      first = log;
  }
  if (table)
    table->rows += audit_number(file, "rows");
  if (first)
    first->file_rows += audit_number(file, "rows");
  else
    audit_tell(audit, &(struct audit_fault){.what = "table_without_log",
                                            .path = path,
                                            .vehicle = audit_text(file, "vehicle"),
                                            .text = "none of the logs whose rows it holds is in the catalogue",
                                            .remedy = "add its logs again"});
}

/* ---- counting ---- */

static enum status take_counts(void *opaque, const struct column *columns, uint32_t rows, struct error *error) {
  struct state *state = opaque;
  (void)error;
  for (uint32_t row = 0; row < rows; row++) {
    struct log_rows *log = column_is_valid(&columns[0], row) ? find_log(state, column_text(&columns[0], row)) : NULL;
    if (!log)
      continue;
    uint64_t count = (uint64_t)column_double(&columns[1], row);
    log->counted += count;
    state->counting->counted += count;
    state->counted += count;
  }
  return STATUS_OK;
}

static enum status take_head(void *opaque, const struct field *fields, uint16_t field_count, struct error *error) {
  (void)opaque, (void)fields, (void)field_count, (void)error;
  return STATUS_OK;
}

static enum status count_rows(struct state *state, struct error *error) {
  struct warehouse *warehouse;
  struct result_sink sink = {state, take_head, take_counts};
  TRY(lake_warehouse(state->audit->lake, &warehouse, error));
  for (uint32_t i = 0; i < state->table_count; i++) {
    scoped(arena) struct arena *arena = arena_new(0);
    state->counting = &state->tables[i];
    const char *sql = arena_format(arena, "SELECT log_id, CAST(count(*) AS DOUBLE) FROM \"%s\" GROUP BY 1",
                                   state->tables[i].name);
    TRY(warehouse_query(warehouse, sql, NULL, 0, &sink, error));
  }
  return STATUS_OK;
}

/* ---- faults ---- */

/* Erased, loaded again or compacted since the names were collected? Then nothing can be said of it. */
static bool has_changed(struct state *state, const struct log_rows *log) {
  json_t *document = document_load(lake_catalog(state->audit->lake), "logs", log->id);
  bool changed = !document || audit_number(document, "rows") != log->rows;
  json_decref(document);
  return changed;
}

static void tell(struct state *state, const struct log_rows *log, const char *what, const char *text) {
  struct audit *audit = state->audit;
  json_t *document = document_load(lake_catalog(audit->lake), "logs", log->id);
  char remedy[64];
  snprintf(remedy, sizeof remedy, "uavlake recompute --log %.12s", log->id);
  audit_tell(audit, &(struct audit_fault){.what = what,
                                          .path = log->id,
                                          .log = log->id,
                                          .name = audit_text(document, "name"),
                                          .vehicle = audit_text(document, "vehicle"),
                                          .text = text,
                                          .remedy = remedy});
  json_decref(document);
}

static void excuse_logs(struct state *state) {
  const struct audit *audit = state->audit;
  for (size_t i = 0; i < audit->file_count; i++) {
    if (audit->files[i].place != AUDIT_TABLE || !audit->files[i].bad)
      continue;
    json_t *document = document_load(lake_catalog(audit->lake), "table_files", audit->files[i].path);
    const json_t *id;
    size_t k;
    json_array_foreach(json_object_get(document, "logs"), k, id) {
      struct log_rows *log = find_log(state, text_of(json_string_value(id)));
      if (log)
        log->is_excused = true;
    }
    json_decref(document);
  }
}

static void compare_log(struct state *state, const struct log_rows *log) {
  char text[160];
  if (log->rows && !log->has_file) {
    tell(state, log, "log_without_rows", "no file of the tables holds its rows");
    return;
  }
  if (!state->is_counted || log->counted == log->rows || log->is_excused || has_changed(state, log))
    return;
  snprintf(text, sizeof text, "the tables hold %" PRIu64 " of its rows, and it gave %" PRIu64, log->counted, log->rows);
  tell(state, log, "rows_differ", text);
}

static void compare_groups(struct state *state) {
  for (uint32_t i = 0; i < state->log_count; i++) {
    struct log_rows *log = &state->logs[i], *group = &state->logs[group_of(state, i)];
    if (log == group)
      continue;
    group->rows += log->has_file ? log->rows : 0;
    group->file_rows += log->file_rows;
    log->rows = log->file_rows = 0;
  }
  for (uint32_t i = 0; i < state->log_count; i++) {
    const struct log_rows *log = &state->logs[i];
    char text[200];
    if (log->rows == log->file_rows || !log->has_file)
      continue;
    snprintf(text, sizeof text,
             "the files that hold its rows have %" PRIu64 " rows, and the logs in them gave %" PRIu64, log->file_rows,
             log->rows);
    tell(state, log, "rows_differ", text);
  }
}

static bool is_whole(const struct audit *audit) {
  return !audit->options->quick && !audit->options->older_than_us && audit->options->sample <= 0;
}

static enum status judge(struct audit *audit, void *opaque, struct error *error) {
  struct state *state = opaque;
  struct error reason = {0};
  (void)error;
  if (is_whole(audit) && state->table_count) {
    state->is_counted = count_rows(state, &reason) == STATUS_OK;
    if (!state->is_counted)
      audit_note(audit, "the rows of each log were not counted: %s", reason.text);
  }
  excuse_logs(state);
  for (uint32_t i = 0; i < state->log_count; i++)
    compare_log(state, &state->logs[i]);
  if (!state->is_counted)
    compare_groups(state);
  return STATUS_OK;
}

static void put(struct audit *audit, void *opaque, struct json_writer *json) {
  const struct state *state = opaque;
  (void)audit;
  uint64_t written = 0;
  for (uint32_t i = 0; i < state->table_count; i++)
    written += state->tables[i].rows;
  json_i64(json, "written", (int64_t)written);
  if (state->is_counted)
    json_i64(json, "counted", (int64_t)state->counted);
  json_array_begin(json, "tables");
  for (uint32_t i = 0; i < state->table_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "name", state->tables[i].name);
    json_i64(json, "rows", (int64_t)state->tables[i].rows);
    if (state->is_counted)
      json_i64(json, "counted", (int64_t)state->tables[i].counted);
    json_object_end(json);
  }
  json_array_end(json);
}

const struct audit_check audit_check_rows = {
    .name = "rows", .begin = begin, .log = take_log, .table_file = take_file, .judge = judge, .put = put, .end = end};
