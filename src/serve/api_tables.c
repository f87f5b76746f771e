/* api_tables: what SQL can ask for, generated from the vocabulary. */
#include "serve/api.h"

#include "vocabulary/schema.h"
#include "warehouse/sql_view.h"

static void put_field(struct json_writer *json, const struct field *field, const char *about) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", field->name);
  json_c_string(json, "type", column_type_name(field->type));
  json_c_string(json, "unit", field->unit);
  json_c_string(json, "about", about);
  json_object_end(json);
}

static void put_table(struct json_writer *json, const struct table *table) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", table->name);
  json_c_string(json, "about", table->about);
  json_bool(json, "samples", table->has_time);
  json_array_begin(json, "columns");
  for (uint16_t i = 0; table->has_time && i < KEY_COUNT; i++)
    put_field(json, &schema_keys[i], "");
  for (uint16_t i = 0; i < table->column_count; i++)
    put_field(json, &table->columns[i], table->abouts ? table->abouts[i] : "");
  json_array_end(json);
  json_object_end(json);
}

static enum status get_tables(struct request *request, struct error *error) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  struct json_writer json = api_json(request);
  (void)error;
  json_object_begin(&json, NULL);
  json_array_begin(&json, "items");
  for (uint16_t i = 0; i < count; i++)
    put_table(&json, &tables[i]);
  for (size_t i = 0; sql_view_at(i); i++)
    sql_view_write_json(&json, sql_view_at(i));
  json_array_end(&json);
  json_object_end(&json);
  return STATUS_OK;
}

const struct resource api_tables = {
    .name = "tables",
    .about = "the tables, views and columns that SQL knows",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/tables",
             "every table with its columns, types, units and meanings; then the views, with their SQL", NULL,
             RIGHT_READ, get_tables},
            {NULL},
        },
};
