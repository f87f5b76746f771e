/* schema: parses columns.tsv, which is embedded in the program, once.
 *
 * "@name kind about" begins a table (kind: samples or documents); the lines after it are its columns: name, type, unit,
 * meaning. */
#include "vocabulary/schema.h"

#include "vocabulary/embedded.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLES_MAX 64
#define TABLE_COLUMNS_MAX 80

const struct field schema_keys[KEY_COUNT] = {
    [KEY_FLIGHT_ID] = {"flight_id", "", 1, COLUMN_TEXT, 1, false, 1},
    [KEY_LOG_ID] = {"log_id", "", 1, COLUMN_TEXT, 1, false, 1},
    [KEY_VEHICLE] = {"vehicle", "", 1, COLUMN_TEXT, 1, false, 1},
    [KEY_TIME] = {"time", "", 1, COLUMN_TIME, 1, false, 1},
    [KEY_T_S] = {"t_s", "s", 1, COLUMN_F64, 1, false, 1},
};

static struct {
  pthread_once_t once;
  struct arena *arena; /* lives as long as the program */
  struct table tables[TABLES_MAX];
  uint16_t count;
} schema = {.once = PTHREAD_ONCE_INIT};

static enum column_type type_named(struct text name) {
  static const struct {
    const char *name;
    enum column_type type;
  } types[] = {{"float", COLUMN_F32}, {"double", COLUMN_F64}, {"int32", COLUMN_I32}, {"int64", COLUMN_I64},
               {"bool", COLUMN_BOOL}, {"text", COLUMN_TEXT},  {"time", COLUMN_TIME}};
  for (size_t i = 0; i < ARRAY_COUNT(types); i++)
    if (text_is(name, types[i].name))
      return types[i].type;
  fprintf(stderr, "columns.tsv: unknown type '%.*s'\n", (int)name.size, name.data);
  abort(); /* ours: the file is part of the program */
}

static const char *copy(struct text text) {
  return arena_copy(schema.arena, text.data, text.size);
}

static void begin_table(struct text line) {
  struct table *table = &schema.tables[schema.count];
  table->name = copy(text_cut(&line, '\t'));
  table->has_time = text_is(text_cut(&line, '\t'), "samples");
  table->about = copy(line);
  table->index = schema.count++;
  table->columns = arena_alloc_array(schema.arena, TABLE_COLUMNS_MAX, sizeof(struct field));
  table->abouts = arena_alloc_array(schema.arena, TABLE_COLUMNS_MAX, sizeof(char *));
}

static void add_column(struct text line) {
  struct table *table = &schema.tables[schema.count - 1];
  struct field *fields = (struct field *)(uintptr_t)table->columns; /* ours until parsing ends */
  const char **abouts = (const char **)(uintptr_t)table->abouts;
  struct field *field = &fields[table->column_count];
  field->name = copy(text_cut(&line, '\t'));
  field->type = type_named(text_cut(&line, '\t'));
  field->unit = copy(text_cut(&line, '\t'));
  field->scale = field->storage_scale = 1;
  field->count = 1;
  abouts[table->column_count++] = copy(line);
}

static void parse(void) {
  schema.arena = arena_new(0);
  struct text rest = {vocabulary_columns, vocabulary_columns_size};
  while (rest.data) {
    struct text line = text_cut(&rest, '\n');
    if (line.size == 0 || line.data[0] == '#')
      continue;
    if (line.data[0] == '@')
      begin_table((struct text){line.data + 1, line.size - 1});
    else
      add_column(line);
  }
}

const struct table *schema_tables(uint16_t *ret_count) {
  pthread_once(&schema.once, parse);
  if (ret_count)
    *ret_count = schema.count;
  return schema.tables;
}

const struct table *schema_find(const char *name) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t i = 0; i < count; i++)
    if (strcmp(tables[i].name, name) == 0)
      return &tables[i];
  return NULL;
}

int schema_column(const struct table *table, const char *name) {
  for (uint16_t i = 0; i < table->column_count; i++)
    if (strcmp(table->columns[i].name, name) == 0)
      return i;
  return -1;
}
