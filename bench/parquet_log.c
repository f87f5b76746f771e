/* parquet_log: a log's messages as table files, timed, and dumped for other writers.
 *
 *   parquet_log LOG FOLDER
 *
 * Decodes the log into memory, one table a message with the lake's key columns before its own, commits all of them
 * below FOLDER/lake as an add would, and prints: files, rows, raw bytes, CPU seconds and wall seconds of the commit,
 * bytes written. Then leaves a dump a message in FOLDER for parquet.py (layout: tests/differential/parquet_write.c). */
#include "base/clock.h"
#include "base/file.h"
#include "decode/decode.h"
#include "table/table.h"

#include <stdio.h>
#include <stdlib.h>

struct gathered {
  const struct message *message;
  struct table table;
  struct field *fields;
  uint8_t **values;
  int64_t *times;
  uint32_t rows, capacity;
};

static struct gathered tables[4096];
static uint32_t table_count;

static struct gathered *table_of(const struct message *message, struct arena *arena) {
  struct gathered *found = &tables[message->index];
  table_count = MAX(table_count, message->index + 1);
  if (!found->message) {
    found->message = message;
    found->fields = arena_alloc_array(arena, message->field_count + 1u, sizeof *found->fields);
    found->values = arena_alloc_array(arena, message->field_count + 1u, sizeof *found->values);
    memcpy(found->fields, message->fields, message->field_count * sizeof *found->fields);
    found->table = (struct table){.name = arena_copy_text(arena, message->name),
                                  .columns = found->fields,
                                  .column_count = message->field_count,
                                  .index = (uint16_t)message->index,
                                  .has_time = true};
  }
  return found;
}

static void gather(const struct batch *batch, struct arena *arena) {
  struct gathered *table = table_of(batch->message, arena);
  if (table->rows + batch->rows > table->capacity) {
    table->capacity = MAX(table->rows + batch->rows, table->capacity * 2);
    table->times = memory_resize(table->times, table->capacity, sizeof *table->times);
    for (uint16_t c = 0; c < table->table.column_count; c++)
      table->values[c] = memory_resize(table->values[c], table->capacity, column_width(&table->fields[c]));
  }
  memcpy(table->times + table->rows, batch->time_us, batch->rows * sizeof *table->times);
  for (uint16_t c = 0; c < table->table.column_count; c++) {
    size_t width = column_width(&table->fields[c]);
    if (table->fields[c].type == COLUMN_TEXT || table->fields[c].type == COLUMN_BYTES)
      memset(table->values[c] + table->rows * width, 0, batch->rows * width); /* views die with the batch */
    else
      memcpy(table->values[c] + table->rows * width, batch->columns[c].values, batch->rows * width);
  }
  table->rows += batch->rows;
}

static enum status read_log(const char *path, struct arena *arena, struct decode **ret_decode, struct error *error) {
  struct input *input;
  const struct batch *batch;
  TRY(input_open_path(path, &input, error));
  TRY(decode_open(input, NULL, &(struct decode_options){0}, ret_decode, error));
  for (;;) {
    TRY(decode_next(*ret_decode, &batch, error));
    if (!batch)
      return STATUS_OK;
    gather(batch, arena);
  }
}

/* Key columns of `rows` rows, all of one flight. */
static void make_keys(struct column *columns, const struct gathered *table, struct arena *arena) {
  static const char *const names[] = {"uav11-20260314T101502Z",
                                      "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea", "uav11"};
  for (int k = 0; k < 3; k++) {
    struct text *texts = arena_alloc_array(arena, table->rows + 1u, sizeof *texts);
    for (uint32_t row = 0; row < table->rows; row++)
      texts[row] = text_of(names[k]);
    columns[k] = (struct column){&schema_keys[k], texts, NULL};
  }
  int64_t *time = arena_alloc_array(arena, table->rows + 1u, sizeof *time);
  double *t_s = arena_alloc_array(arena, table->rows + 1u, sizeof *t_s);
  for (uint32_t row = 0; row < table->rows; row++) {
    time[row] = table->times[row] == TIME_NONE ? TIME_NONE : table->times[row] + INT64_C(1773483302000000);
    t_s[row] = (double)(table->times[row] - 35000000) * 1e-6;
  }
  columns[KEY_TIME] = (struct column){&schema_keys[KEY_TIME], time, NULL};
  columns[KEY_T_S] = (struct column){&schema_keys[KEY_T_S], t_s, NULL};
}

static struct column *columns_of(struct gathered *table, struct arena *arena) {
  struct column *columns = arena_alloc_array(arena, KEY_COUNT + table->table.column_count + 1u, sizeof *columns);
  make_keys(columns, table, arena);
  for (uint16_t c = 0; c < table->table.column_count; c++)
    columns[KEY_COUNT + c] = (struct column){&table->fields[c], table->values[c], NULL};
  return columns;
}

static void put(FILE *out, const void *data, size_t size) {
  if (fwrite(data, 1, size, out) != size)
    abort();
}

static void dump_column(FILE *out, const struct column *column, uint32_t rows) {
  const struct field *field = column->field;
  uint16_t size = (uint16_t)strlen(field->name);
  uint8_t type = (uint8_t)field->type, array = field->is_array, validity = 0;
  put(out, &size, 2);
  put(out, field->name, size);
  put(out, &type, 1);
  put(out, &array, 1);
  put(out, &field->count, 2);
  put(out, &field->scale, 8);
  put(out, &validity, 1);
  if (field->type != COLUMN_TEXT && field->type != COLUMN_BYTES) {
    put(out, column->values, column_width(field) * rows);
    return;
  }
  uint32_t offset = 0;
  put(out, &offset, 4);
  for (uint32_t row = 0; row < rows; row++) {
    offset += (uint32_t)column_text(column, row).size;
    put(out, &offset, 4);
  }
  for (uint32_t row = 0; row < rows; row++)
    put(out, column_text(column, row).data, column_text(column, row).size);
}

static void dump_table(const char *folder, struct gathered *table, const struct column *columns) {
  char path[PATH_LIMIT];
  uint32_t count = KEY_COUNT + table->table.column_count;
  if (path_join(path, folder, table->table.name, NULL) != STATUS_OK)
    abort();
  strncat(path, ".dump", sizeof path - strlen(path) - 1);
  FILE *out = fopen(path, "wb");
  if (!out)
    abort();
  put(out, &count, 4);
  put(out, &table->rows, 4);
  for (uint32_t c = 0; c < count; c++)
    dump_column(out, &columns[c], table->rows);
  fclose(out);
}

static enum status commit_all(const char *root, struct arena *arena, struct error *error) {
  uint64_t rows = 0, raw = 0, files = 0;
  struct column **columns = arena_alloc_array(arena, table_count + 1u, sizeof *columns);
  for (uint32_t i = 0; i < table_count; i++)
    columns[i] = tables[i].rows ? columns_of(&tables[i], arena) : NULL;
  double cpu = clock_cpu_s(), wall = clock_monotonic_s();
  scoped(commit) struct commit *commit = NULL;
  TRY(commit_begin(root, &commit, error));
  for (uint32_t i = 0; i < table_count; i++) {
    if (!tables[i].rows)
      continue;
    TRY(commit_rows(commit, &tables[i].table, "uav11", "2026-03-14", columns[i], tables[i].rows, error));
    files++;
    rows += tables[i].rows;
    raw += (uint64_t)tables[i].rows * 40;
    for (uint16_t c = 0; c < tables[i].table.column_count; c++)
      raw += tables[i].rows * column_width(&tables[i].fields[c]);
  }
  double rows_cpu = clock_cpu_s();
  TRY(commit_finish(commit, error));
  printf("{\"files\": %llu, \"rows\": %llu, \"raw\": %llu, \"rows_cpu_s\": %.6f, \"cpu_s\": %.6f, \"wall_s\": %.6f}\n",
         (unsigned long long)files, (unsigned long long)rows, (unsigned long long)raw, rows_cpu - cpu,
         clock_cpu_s() - cpu, clock_monotonic_s() - wall);
  return STATUS_OK;
}

int main(int argc, char **argv) {
  struct error error = {0};
  char root[PATH_LIMIT];
  scoped(arena) struct arena *arena = arena_new(0);
  scoped(decode) struct decode *decode = NULL;
  if (argc != 3)
    return 2;
  enum status status = read_log(argv[1], arena, &decode, &error);
  if (status == STATUS_OK)
    status = path_join(root, argv[2], "lake", &error);
  if (status == STATUS_OK)
    status = folder_create(root, &error);
  for (int i = 0; i < 3 && status == STATUS_OK; i++) /* the first warms up */
    status = commit_all(root, arena, &error);
  for (uint32_t i = 0; i < table_count && status == STATUS_OK; i++)
    if (tables[i].rows)
      dump_table(argv[2], &tables[i], columns_of(&tables[i], arena));
  if (status != STATUS_OK)
    fprintf(stderr, "%s\n", error.text);
  return status_row(status)->exit_code;
}
