/* schema_text: the data dictionary, as Markdown and as JSON, from the one declaration. */
#include "vocabulary/schema_text.h"

static const char *kind_of(const struct table *table) {
  return table->has_time ? "samples" : "documents";
}

static void markdown_column(struct buffer *out, const struct field *field, const char *about) {
  buffer_format(out, "| `%s` | %s | %s | %s |\n", field->name, column_type_name(field->type), field->unit, about);
}

void schema_write_markdown(struct buffer *out) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  buffer_add_text(out, "# Tables\n\nMade by `uavlake tables --markdown`. Tables of samples begin with the key columns "
                       "`flight_id`, `log_id`, `vehicle`, `time` "
                       "(UTC) and `t_s` (seconds from take-off).\n");
  for (uint16_t i = 0; i < count; i++) {
    buffer_format(out, "\n## %s\n\n%s (%s)\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", tables[i].name,
                  tables[i].about, kind_of(&tables[i]));
    for (uint16_t column = 0; column < tables[i].column_count; column++)
      markdown_column(out, &tables[i].columns[column], tables[i].abouts[column]);
  }
}

static void json_column(struct json_writer *json, const struct field *field, const char *about) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", field->name);
  json_c_string(json, "type", column_type_name(field->type));
  json_c_string(json, "unit", field->unit);
  json_c_string(json, "about", about);
  json_object_end(json);
}

void schema_write_json(struct json_writer *json, const struct table *table) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", table->name);
  json_c_string(json, "about", table->about);
  json_c_string(json, "kind", kind_of(table));
  json_array_begin(json, "columns");
  for (int i = 0; table->has_time && i < KEY_COUNT; i++)
    json_column(json, &schema_keys[i], "key");
  for (uint16_t i = 0; i < table->column_count; i++)
    json_column(json, &table->columns[i], table->abouts[i]);
  json_array_end(json);
  json_object_end(json);
}
