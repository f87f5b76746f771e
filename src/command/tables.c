/* tables: the data dictionary: tables and the views over them. */
#include "command/listing.h"
#include "vocabulary/schema_text.h"
#include "warehouse/sql_view.h"

static void print_tables_json(void) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t i = 0; i < count; i++) {
    scoped(buffer) struct buffer text = buffer_with_max(1 << 20);
    struct json_writer json = json_writer_of(&text);
    schema_write_json(&json, &tables[i]);
    puts(buffer_text(&text));
  }
  for (size_t i = 0; sql_view_at(i); i++) {
    scoped(buffer) struct buffer text = buffer_with_max(1 << 20);
    struct json_writer json = json_writer_of(&text);
    sql_view_write_json(&json, sql_view_at(i));
    puts(buffer_text(&text));
  }
}

static void print_tables(struct invocation *in) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  struct cells *cells = cells_new(in->arena, 3);
  for (uint16_t i = 0; i < count; i++) {
    cells_add(cells, tables[i].name, false);
    cells_add(cells,
              arena_format(in->arena, "%u columns", tables[i].column_count + (tables[i].has_time ? KEY_COUNT : 0)),
              true);
    cells_add(cells, tables[i].about, false);
  }
  cells_print(cells, stdout);
  puts("\nViews over them:");
  cells = cells_new(in->arena, 3);
  for (size_t i = 0; sql_view_at(i); i++) {
    const struct sql_view *view = sql_view_at(i);
    cells_add(cells, view->name, false);
    cells_add(cells, arena_format(in->arena, "%u columns", view->column_count), true);
    ptrdiff_t sentence = text_find(view->about, ". "); /* the first tells enough here */
    int size = (int)(sentence < 0 ? (ptrdiff_t)view->about.size : sentence + 1);
    cells_add(cells, arena_format(in->arena, "%.*s", size, view->about.data), false);
  }
  cells_print(cells, stdout);
}

static void print_table(struct invocation *in, const struct table *table) {
  struct cells *cells = cells_new(in->arena, 4);
  static const char *const abouts[KEY_COUNT] = {"the flight", "the log: SHA-256 of its bytes", "the vehicle", "UTC",
                                                "seconds from take-off"};
  for (int i = 0; table->has_time && i < KEY_COUNT; i++) {
    cells_add(cells, schema_keys[i].name, false);
    cells_add(cells, column_type_name(schema_keys[i].type), false);
    cells_add(cells, schema_keys[i].unit, false);
    cells_add(cells, abouts[i], false);
  }
  for (uint16_t i = 0; i < table->column_count; i++) {
    cells_add(cells, table->columns[i].name, false);
    cells_add(cells, column_type_name(table->columns[i].type), false);
    cells_add(cells, table->columns[i].unit, false);
    cells_add(cells, table->abouts[i], false);
  }
  printf("%s: %s\n", table->name, table->about);
  cells_print(cells, stdout);
}

static void print_view(struct invocation *in, const struct sql_view *view) {
  struct cells *cells = cells_new(in->arena, 4);
  for (uint32_t i = 0; i < view->column_count; i++) {
    const struct sql_view_column *column = &view->columns[i];
    cells_add(cells, arena_format(in->arena, "%.*s", (int)column->name.size, column->name.data), false);
    cells_add(cells, arena_format(in->arena, "%.*s", (int)column->type.size, column->type.data), false);
    cells_add(cells, arena_format(in->arena, "%.*s", (int)column->unit.size, column->unit.data), false);
    cells_add(cells, arena_format(in->arena, "%.*s", (int)column->about.size, column->about.data), false);
  }
  printf("%s: %.*s\n", view->name, (int)view->about.size, view->about.data);
  cells_print(cells, stdout);
  printf("\nIts SQL:\n%s", view->sql);
}

static enum status print_one(struct invocation *in, const char *name, struct error *error) {
  const struct table *table = schema_find(name);
  int view = sql_view_find(name);
  if (!table && view < 0)
    return error_set(error, STATUS_NOT_FOUND, "there is no table or view '%s'; 'uavlake tables' lists them", name);
  scoped(buffer) struct buffer text = buffer_with_max(1 << 20);
  struct json_writer json = json_writer_of(&text);
  if (in->json && table)
    schema_write_json(&json, table);
  else if (in->json)
    sql_view_write_json(&json, sql_view_at((size_t)view));
  else if (table)
    print_table(in, table);
  else
    print_view(in, sql_view_at((size_t)view));
  if (in->json)
    puts(buffer_text(&text));
  return STATUS_OK;
}

static enum status tables_run(struct invocation *in, struct error *error) {
  if (invocation_option(in, "markdown")) {
    scoped(buffer) struct buffer text = buffer_with_max(4 << 20);
    schema_write_markdown(&text);
    sql_view_write_markdown(&text);
    fputs(buffer_text(&text), stdout);
    return STATUS_OK;
  }
  if (in->argument_count)
    return print_one(in, in->arguments[0], error);
  if (in->json)
    print_tables_json();
  else
    print_tables(in);
  return STATUS_OK;
}

const struct command command_tables = {
    .name = "tables",
    .arguments = "[TABLE]",
    .about = "show the tables and views, and their columns",
    .options = (const struct option[]){{"markdown", 0, NULL, "the whole data dictionary as Markdown"}, {NULL}},
    .most_arguments = 1,
    .run = tables_run,
};
