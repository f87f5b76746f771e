/* tables: the data dictionary. */
#include "command/listing.h"
#include "vocabulary/schema_text.h"

static void print_tables_json(void) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t i = 0; i < count; i++) {
    scoped(buffer) struct buffer text = buffer_with_max(1 << 20);
    struct json_writer json = json_writer_of(&text);
    schema_write_json(&json, &tables[i]);
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

static enum status tables_run(struct invocation *in, struct error *error) {
  if (invocation_option(in, "markdown")) {
    scoped(buffer) struct buffer text = buffer_with_max(4 << 20);
    schema_write_markdown(&text);
    fputs(buffer_text(&text), stdout);
    return STATUS_OK;
  }
  if (in->argument_count) {
    const struct table *table = schema_find(in->arguments[0]);
    if (!table)
      return error_set(error, STATUS_NOT_FOUND, "there is no table '%s'; 'uavlake tables' lists them",
                       in->arguments[0]);
    print_table(in, table);
  } else if (in->json) {
    print_tables_json();
  } else {
    print_tables(in);
  }
  return STATUS_OK;
}

const struct command command_tables = {
    .name = "tables",
    .arguments = "[TABLE]",
    .about = "show the tables and their columns",
    .options = (const struct option[]){{"markdown", 0, NULL, "the whole data dictionary as Markdown"}, {NULL}},
    .most_arguments = 1,
    .run = tables_run,
};
