/* The views that come with the lake: their heads say the truth, they need nothing but what they name, and what they
 * compute is right on rows small enough to work out by hand. */
#include "warehouse/sql_view.h"

#include "base/file.h"
#include "warehouse/format.h"
#include "warehouse/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char root[64];
static struct catalog *catalog;

static int make_lake(void **state) {
  (void)state;
  struct error error;
  char path[PATH_LIMIT];
  strcpy(root, "/tmp/uavlake-test-XXXXXX");
  return mkdtemp(root) && path_join(path, root, "catalog.sqlite", &error) == STATUS_OK &&
                 catalog_open(path, &catalog, &error) == STATUS_OK
             ? 0
             : -1;
}

static int remove_lake(void **state) {
  (void)state;
  catalog_close(catalog);
  return tree_remove(root, NULL) == STATUS_OK ? 0 : -1;
}

static void put(const char *collection, const char *id, const char *json) {
  struct error error;
  if (catalog_put(catalog, collection, id, json, &error) != STATUS_OK)
    fail_msg("%s: %s", id, error.text);
}

/* ---- heads ---- */

struct comparison {
  const struct sql_view *view;
  uint64_t rows;
};

/* What results make of a declared type: dates are written as text. */
static enum column_type result_type(struct text declared) {
  static const struct {
    const char *name;
    enum column_type type;
  } types[] = {{"float", COLUMN_F32}, {"double", COLUMN_F64}, {"int32", COLUMN_I32}, {"int64", COLUMN_I64},
               {"bool", COLUMN_BOOL}, {"text", COLUMN_TEXT},  {"date", COLUMN_TEXT}, {"time", COLUMN_TIME}};
  for (size_t i = 0; i < ARRAY_COUNT(types); i++)
    if (text_is(declared, types[i].name))
      return types[i].type;
  return COLUMN_TYPE_COUNT;
}

static enum status compare_columns(void *context, const struct field *fields, uint16_t count, struct error *error) {
  const struct sql_view *view = ((struct comparison *)context)->view;
  (void)error;
  assert_int_equal(count, view->column_count);
  for (uint16_t i = 0; i < count; i++) {
    const struct sql_view_column *column = &view->columns[i];
    if (!text_is(column->name, fields[i].name) || result_type(column->type) != fields[i].type)
      fail_msg("%s: column %u is %s %s, its head says %.*s %.*s", view->name, i + 1u, fields[i].name,
               column_type_name(fields[i].type), (int)column->name.size, column->name.data, (int)column->type.size,
               column->type.data);
  }
  return STATUS_OK;
}

static enum status count_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  (void)columns, (void)error;
  ((struct comparison *)context)->rows += rows;
  return STATUS_OK;
}

/* Each in a warehouse of its own, which has prepared nothing else. */
static void test_empty_lake(void **state) {
  (void)state;
  for (size_t i = 0; sql_view_at(i); i++) {
    scoped(warehouse) struct warehouse *warehouse = NULL;
    struct error error;
    char sql[128];
    struct comparison comparison = {sql_view_at(i), 0};
    struct result_sink sink = {&comparison, compare_columns, count_rows};
    struct warehouse_options options = {.threads = 1};
    assert_int_equal(warehouse_open(root, catalog, &options, &warehouse, &error), STATUS_OK);
    snprintf(sql, sizeof sql, "SELECT * FROM %s", comparison.view->name);
    if (warehouse_query(warehouse, sql, NULL, 0, &sink, &error) != STATUS_OK)
      fail_msg("%s: %s", comparison.view->name, error.text);
    assert_int_equal(comparison.rows, 0);
  }
}

static void test_names(void **state) {
  (void)state;
  for (size_t i = 0; sql_view_at(i); i++) {
    const struct sql_view *view = sql_view_at(i);
    assert_int_equal(sql_view_find(view->name), i);
    assert_null(schema_find(view->name));
    assert_null(document_view_find(view->name));
    assert_true(view->column_count > 0 && view->column_count < SQL_VIEW_COLUMNS_MAX);
    assert_true(view->about.size > 0);
    assert_null(strchr(view->sql, ';'));
    for (uint32_t c = 0; c < view->column_count; c++)
      assert_true(view->columns[c].about.size > 0);
    if (i)
      assert_true(strcmp(sql_view_at(i - 1)->name, view->name) < 0);
  }
  assert_int_equal(sql_view_find("no_such_view"), -1);
}

/* A new file shows in a view that was prepared before it came. */
static void test_refresh(void **state) {
  (void)state;
  scoped(warehouse) struct warehouse *warehouse = NULL;
  struct error error;
  struct comparison comparison = {sql_view_at((size_t)sql_view_find("flights_daily")), 0};
  struct result_sink sink = {&comparison, compare_columns, count_rows};
  assert_int_equal(warehouse_open(root, catalog, NULL, &warehouse, &error), STATUS_OK);
  assert_int_equal(warehouse_query(warehouse, "SELECT * FROM flights_daily", NULL, 0, &sink, &error), STATUS_OK);
  assert_int_equal(comparison.rows, 0);
  put("flights", "h1", "{\"id\":\"h1\",\"vehicle\":\"uav9\",\"start\":\"2025-03-01T23:30:00Z\",\"airborne_s\":9}");
  assert_int_equal(warehouse_refresh(warehouse, &error), STATUS_OK);
  assert_int_equal(warehouse_query(warehouse, "SELECT * FROM flights_daily", NULL, 0, &sink, &error), STATUS_OK);
  assert_int_equal(comparison.rows, 1);
}

/* ---- what they say ---- */

static enum status into_buffer(void *context, const void *data, size_t size, struct error *error) {
  (void)error;
  buffer_add(context, data, size);
  return STATUS_OK;
}

static void expect(const char *sql, const char *csv_rows) {
  struct error error = {0};
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  scoped(warehouse) struct warehouse *warehouse = NULL;
  struct result_output output = {.write = into_buffer, .context = &out};
  scoped(result_writer) struct result_writer *writer = NULL;
  assert_int_equal(warehouse_open(root, catalog, NULL, &warehouse, &error), STATUS_OK);
  assert_int_equal(result_writer_open("csv", &output, &writer, &error), STATUS_OK);
  if (warehouse_query(warehouse, sql, NULL, 0, result_writer_sink(writer), &error) != STATUS_OK)
    fail_msg("%s: %s", sql, error.text);
  assert_int_equal(result_writer_finish(writer, NULL, &error), STATUS_OK);
  const char *rows = strstr(buffer_text(&out), "\n");
  assert_non_null(rows);
  assert_string_equal(rows + 1, csv_rows);
}

/* One battery over six flights: 20, 22, 24, 30, 40, 60 mΩ, and a flight of another vehicle. */
static void put_flights(void) {
  static const int resistance_mohm[] = {20, 22, 24, 30, 40, 60};
  char id[16], json[512];
  for (int i = 0; i < 6; i++) {
    snprintf(id, sizeof id, "f%d", i + 1);
    snprintf(json, sizeof json,
             "{\"id\":\"%s\",\"vehicle\":\"uav1\",\"vehicle_class\":\"copter\",\"start\":\"2026-03-0%dT10:00:00Z\","
             "\"airborne_s\":1800,\"distance_m\":2000,\"findings\":%d,\"clock_source\":\"gps\"}",
             id, i / 2 + 1, i == 5);
    put("flights", id, json);
    snprintf(json, sizeof json,
             "{\"vehicle\":\"uav1\",\"log\":\"l%d\",\"start\":\"2026-03-0%dT1%d:00:00Z\",\"features\":"
             "[[\"battery_resistance_ohm\",0,0.0%d,90],[\"battery_cells\",0,4,90]]}",
             i + 1, i / 2 + 1, i, resistance_mohm[i]);
    put("features", id, json);
  }
  put("flights", "g1",
      "{\"id\":\"g1\",\"vehicle\":\"uav2\",\"start\":\"2026-03-01T23:30:00Z\",\"takeoff\":"
      "\"2026-03-01T23:30:10Z\",\"clock_source\":\"file\"}");
  put("features", "g1",
      "{\"vehicle\":\"uav2\",\"log\":\"m1\",\"start\":\"2026-03-01T23:30:00Z\",\"features\":"
      "[[\"flight_start_s\",0,100,1],[\"failsafe_radio_count\",0,2,1],[\"failsafe_radio_at_s\",0,140,1]]}");
  put("vehicles", "uav1", "{\"id\":\"uav1\",\"flights\":6,\"airborne_s\":10800}");
  for (int i = 0; i < 2; i++) { /* take-offs 220 m apart, and a reach of 0.02° to the north */
    snprintf(id, sizeof id, "s%d", i);
    snprintf(
        json, sizeof json,
        "{\"id\":\"%s\",\"vehicle\":\"uav3\",\"home_lat_deg\":47.10%d,\"home_lon_deg\":11.001,\"min_lat_deg\":47.1,"
        "\"max_lat_deg\":47.121,\"min_lon_deg\":11.001,\"max_lon_deg\":11.001}",
        id, 2 * i + 1);
    put("flights", id, json);
  }
  put("findings", "x1",
      "{\"id\":\"x1\",\"vehicle\":\"uav1\",\"flight\":\"f6\",\"kind\":\"battery\",\"component\":\"battery 1\","
      "\"severity\":\"info\",\"text\":\"a little\",\"state\":\"open\"}");
  put("findings", "x2",
      "{\"id\":\"x2\",\"vehicle\":\"uav1\",\"flight\":\"f6\",\"kind\":\"battery\",\"component\":\"battery 1\","
      "\"severity\":\"critical\",\"text\":\"a lot\",\"state\":\"open\"}");
}

static void test_flights_daily(void **state) {
  (void)state;
  expect("SELECT day, vehicle, flights, ground_runs, airborne_s, distance_m, findings FROM flights_daily ORDER BY day, "
         "vehicle",
         "2026-03-01,uav1,2,0,3600,4000,0\n2026-03-01,uav2,0,1,0,0,0\n"
         "2026-03-02,uav1,2,0,3600,4000,0\n2026-03-03,uav1,2,0,3600,4000,1\n");
}

/* The normal is the median of the first three as long as six or fewer flights stand before. */
static void test_feature_history(void **state) {
  (void)state;
  expect("SELECT flight_id, value, earlier, normal FROM feature_history WHERE name = 'battery_resistance_ohm' "
         "ORDER BY start_time",
         "f1,0.02,0,\nf2,0.022,1,\nf3,0.024,2,\nf4,0.03,3,0.022\nf5,0.04,4,0.022\nf6,0.06,5,0.022\n");
}

static void test_battery_history(void **state) {
  (void)state;
  expect("SELECT flight_id, vehicle, battery, component, cells, cell_resistance_mohm, round(resistance_trend, 3) "
         "FROM battery_history WHERE start_time >= '2026-03-03' ORDER BY start_time",
         "f5,uav1,0,battery 1,4,10,1.818\nf6,uav1,0,battery 1,4,15,2.727\n");
}

static void test_fleet_health(void **state) {
  (void)state;
  expect("SELECT vehicle, open_findings, open_critical, most_urgent, airborne_h_since_maintenance FROM fleet_health",
         "uav1,2,1,a lot,3\n");
}

static void test_failsafe_history(void **state) {
  (void)state;
  expect("SELECT flight_id, failsafe, times, first_s FROM failsafe_history", "g1,failsafe_radio,2,30\n");
}

static void test_flight_book(void **state) {
  (void)state;
  expect("SELECT date, vehicle, airborne_min, is_time_certain, flight_id FROM flight_book WHERE vehicle = 'uav2' OR "
         "flight_id = 'f1' ORDER BY flight_id",
         "2026-03-01,uav1,30,true,f1\n2026-03-01,uav2,,false,g1\n");
}

static void test_sites(void **state) {
  (void)state;
  expect("SELECT round(lat_deg, 3), round(lon_deg, 3), flights, vehicles, round(farthest_m) FROM sites",
         "47.102,11.001,2,1,2224\n");
}

static int put_flights_first(void **state) {
  (void)state;
  put_flights();
  return 0;
}

int main(void) {
  const struct CMUnitTest empty[] = {
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_empty_lake),
      cmocka_unit_test(test_refresh),
  };
  const struct CMUnitTest filled[] = {
      cmocka_unit_test_setup(test_flights_daily, put_flights_first),
      cmocka_unit_test(test_feature_history),
      cmocka_unit_test(test_battery_history),
      cmocka_unit_test(test_fleet_health),
      cmocka_unit_test(test_failsafe_history),
      cmocka_unit_test(test_flight_book),
      cmocka_unit_test(test_sites),
  };
  int failed = cmocka_run_group_tests(empty, make_lake, remove_lake);
  return failed + cmocka_run_group_tests(filled, make_lake, remove_lake);
}
