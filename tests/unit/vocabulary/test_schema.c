/* The declaration of the tables: complete, consistent, only types that every warehouse knows. */
#include "made_batch.h"

#include "vocabulary/schema_text.h"

#include <jansson.h>

static void test_tables_are_there(void **state) {
  (void)state;
  static const char *const names[] = {
      "flights",   "position",  "attitude",    "velocity",     "imu",       "vibration",  "battery",   "power",
      "motor",     "esc",       "gps",         "compass",      "baro",      "airspeed",   "estimator", "rc",
      "radio",     "mode",      "event",       "message",      "parameter", "mission",    "remote_id", "media",
      "gimbal",    "wind",      "rangefinder", "optical_flow", "terrain",   "navigation", "control",   "pid",
      "servo",     "scheduler", "logs",        "feature",      "finding",   "quality",    "damage",    "maintenance",
      "component", "forecast",  "incident"};
  for (size_t i = 0; i < ARRAY_COUNT(names); i++)
    if (!schema_find(names[i]))
      fail_msg("no table %s", names[i]);
  assert_null(schema_find("no_such_table"));
  assert_int_equal(schema_column(schema_find("attitude"), "no_such_column"), -1);
}

static void test_columns_are_sound(void **state) {
  (void)state;
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  assert_true(count <= 128); /* bits of summary_tables and map_new */
  for (uint16_t t = 0; t < count; t++) {
    assert_int_equal(tables[t].index, t);
    assert_ptr_equal(schema_find(tables[t].name), &tables[t]);
    assert_true(tables[t].about[0] && tables[t].column_count > 0);
    for (uint16_t c = 0; c < tables[t].column_count; c++) {
      const struct field *field = &tables[t].columns[c];
      enum column_type type = field->type;
      assert_true(type == COLUMN_BOOL || type == COLUMN_I32 || type == COLUMN_I64 || type == COLUMN_F32 ||
                  type == COLUMN_F64 || type == COLUMN_TIME || type == COLUMN_TEXT);
      assert_true(field->scale == 1 && field->count == 1 && !field->is_array);
      assert_true(tables[t].abouts[c][0]);
      assert_int_equal(schema_column(&tables[t], field->name), c); /* no name twice */
      for (int key = 0; tables[t].has_time && key < KEY_COUNT; key++)
        assert_string_not_equal(field->name, schema_keys[key].name);
    }
  }
}

/* A float has 24 bits: degrees of a float are metres apart. */
static void test_places_are_doubles(void **state) {
  (void)state;
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t t = 0; t < count; t++)
    for (uint16_t c = 0; c < tables[t].column_count; c++)
      if (strstr(tables[t].columns[c].name, "lat_deg") || strstr(tables[t].columns[c].name, "lon_deg"))
        assert_int_equal(tables[t].columns[c].type, COLUMN_F64);
}

static void test_dictionary_names_every_column(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max((size_t)1 << 20);
  schema_write_markdown(&out);
  assert_false(out.failed);
  assert_non_null(strstr(buffer_text(&out), "\n## battery\n"));
  assert_non_null(strstr(buffer_text(&out), "| `resistance_ohm` | float | ohm |"));
}

static void test_json_is_json(void **state) {
  (void)state;
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t t = 0; t < count; t++) {
    scoped(buffer) struct buffer out = buffer_with_max((size_t)1 << 20);
    struct json_writer json = json_writer_of(&out);
    schema_write_json(&json, &tables[t]);
    json_t *root = json_loads(buffer_text(&out), 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "name")), tables[t].name);
    assert_int_equal(json_array_size(json_object_get(root, "columns")),
                     tables[t].column_count + (tables[t].has_time ? KEY_COUNT : 0));
    json_decref(root);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tables_are_there),   cmocka_unit_test(test_columns_are_sound),
      cmocka_unit_test(test_places_are_doubles), cmocka_unit_test(test_dictionary_names_every_column),
      cmocka_unit_test(test_json_is_json),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
