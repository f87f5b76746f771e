/* SQL over a small lake: what is seen, what is refused, what stops. */
#include "warehouse/warehouse.h"

#include "base/clock.h"
#include "base/file.h"
#include "table/table.h"
#include "warehouse/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];
static struct catalog *catalog;
static struct warehouse *warehouse;

static const struct table *sample_table(void) {
  uint16_t count;
  const struct table *tables = schema_tables(&count);
  for (uint16_t i = 0; i < count; i++)
    if (tables[i].has_time && strcmp(tables[i].name, "attitude") == 0)
      return &tables[i];
  return NULL;
}

/* Two rows of a sample table; own columns are null. */
static void add_rows(const char *vehicle, int64_t time_us) {
  struct error error;
  struct commit *commit;
  const struct table *table = sample_table();
  struct text flight[2] = {TEXT("f1"), TEXT("f1")}, logs[2] = {TEXT("l1"), TEXT("l1")};
  struct text vehicles[2] = {text_of(vehicle), text_of(vehicle)};
  int64_t time[2] = {time_us, time_us + 500000};
  double t_s[2] = {0, 0.5};
  struct column columns[64] = {
      {&schema_keys[KEY_FLIGHT_ID], flight, NULL}, {&schema_keys[KEY_LOG_ID], logs, NULL},
      {&schema_keys[KEY_VEHICLE], vehicles, NULL}, {&schema_keys[KEY_TIME], time, NULL},
      {&schema_keys[KEY_T_S], t_s, NULL},
  };
  for (uint16_t i = 0; i < table->column_count; i++)
    columns[KEY_COUNT + i].field = &table->columns[i];
  assert_int_equal(commit_begin(root, &commit, &error), STATUS_OK);
  assert_int_equal(commit_rows(commit, table, vehicle, "2026-03-14", columns, 2, &error), STATUS_OK);
  assert_int_equal(commit_finish(commit, &error), STATUS_OK);
  assert_int_equal(commit_register(commit, catalog, NULL, 0, &error), STATUS_OK);
  commit_free(commit);
}

static int make_lake(void **state) {
  (void)state;
  struct error error;
  char path[PATH_LIMIT];
  strcpy(root, "/tmp/uavlake-test-XXXXXX");
  assert_non_null(mkdtemp(root));
  assert_int_equal(path_join(path, root, "catalog.sqlite", &error), STATUS_OK);
  assert_int_equal(catalog_open(path, &catalog, &error), STATUS_OK);
  add_rows("uav 1", 1773483302000000);
  add_rows("uav2", 1773483402000000);
  assert_int_equal(catalog_put(catalog, "flights", "f1",
                               "{\"id\":\"f1\",\"vehicle\":\"uav 1\",\"start\":\"2026-03-14T10:15:02Z\",\"end\":null,"
                               "\"airborne_s\":12.5,\"findings\":3,\"logs\":[\"l1\"],\"extra\":\"kept\"}",
                               &error),
                   STATUS_OK);
  assert_int_equal(catalog_put(catalog, "features", "f1",
                               "{\"vehicle\":\"uav 1\",\"log\":\"l1\",\"start\":\"2026-03-14T10:15:02Z\","
                               "\"features\":[[\"sag\",1,0.25,10],[\"share\",2,null,5]]}",
                               &error),
                   STATUS_OK);
  assert_int_equal(
      catalog_put(catalog, "logs", "l2",
                  "{\"id\":\"l2\",\"name\":\"bad.bin\",\"vehicle\":\"uav "
                  "1\",\"start\":\"2026-03-14T10:15:02Z\",\"end\":\"soon\","
                  "\"quality_findings\":[{\"rule\":\"gap\",\"severity\":12.5,\"from_s\":3,\"text\":\"a gap\"}],"
                  "\"damage\":[{\"offset\":10,\"bytes\":5,\"reason\":\"noise\"},{\"offset\":90,\"bytes\":1,"
                  "\"reason\":\"torn\"}]}",
                  &error),
      STATUS_OK);
  enum status status = warehouse_open(root, catalog, NULL, &warehouse, &error);
  if (status != STATUS_OK)
    print_message("%s\n", error.text);
  return status == STATUS_OK ? 0 : -1;
}

static int remove_lake(void **state) {
  (void)state;
  warehouse_close(warehouse);
  catalog_close(catalog);
  return tree_remove(root, NULL) == STATUS_OK ? 0 : -1;
}

static enum status into_buffer(void *context, const void *data, size_t size, struct error *error) {
  (void)error;
  buffer_add(context, data, size);
  return STATUS_OK;
}

static enum status query_as(const char *format, const char *sql, const char *const *parameters, uint32_t count,
                            struct buffer *out, struct error *error) {
  struct result_output output = {.write = into_buffer, .context = out};
  scoped(result_writer) struct result_writer *writer = NULL;
  TRY(result_writer_open(format, &output, &writer, error));
  TRY(warehouse_query(warehouse, sql, parameters, count, result_writer_sink(writer), error));
  return result_writer_finish(writer, NULL, error);
}

static void expect(const char *sql, const char *csv_rows) {
  struct error error = {0};
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  if (query_as("csv", sql, NULL, 0, &out, &error) != STATUS_OK)
    fail_msg("%s: %s", sql, error.text);
  const char *rows = strstr(buffer_text(&out), "\n");
  assert_non_null(rows);
  assert_string_equal(rows + 1, csv_rows);
}

static void refused(const char *sql, enum status status, const char *part) {
  struct error error = {0};
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  enum status got = query_as("csv", sql, NULL, 0, &out, &error);
  if (got != status || !strstr(error.text, part))
    fail_msg("%s: %s, %s", sql, status_row(got)->name, error.text);
}

static void test_tables(void **state) {
  (void)state;
  expect("SELECT vehicle, count(*), min(time), max(t_s) FROM attitude GROUP BY vehicle ORDER BY vehicle",
         "uav 1,2,2026-03-14T10:15:02Z,0.5\nuav2,2,2026-03-14T10:16:42Z,0.5\n");
  expect("SELECT count(*) FROM \"ATTITUDE\" WHERE vehicle = 'uav2' AND flight_id = 'f1'", "2\n");
  expect("SELECT * FROM gps", ""); /* no file yet */
  expect("SELECT count(*) FROM attitude JOIN flights USING (flight_id)", "4\n");
}

static void test_refresh(void **state) {
  (void)state;
  struct error error;
  expect("SELECT count(*) FROM attitude", "4\n");
  add_rows("uav3", 0);
  assert_int_equal(warehouse_refresh(warehouse, &error), STATUS_OK);
  expect("SELECT count(*) FROM attitude", "6\n");
}

static void test_documents(void **state) {
  (void)state;
  expect(
      "SELECT flight_id, vehicle, start_time, end_time, airborne_s, findings, logs, document->>'$.extra' FROM flights",
      "f1,uav 1,2026-03-14T10:15:02Z,,12.5,3,\"[\"\"l1\"\"]\",kept\n");
  expect("SELECT flight_id, name, instance, value, weight FROM features ORDER BY instance",
         "f1,sag,1,0.25,10\nf1,share,2,,5\n");
  expect("SELECT count(*) FROM findings", "0\n");
  expect("SELECT count(*) FROM finding", "0\n");
  expect("SELECT name FROM feature WHERE instance = 2", "share\n");
  expect("SELECT name, start, \"end\" FROM logs", "bad.bin,2026-03-14T10:15:02Z,\n");
  expect("SELECT log_id, rule, severity, from_s, text FROM quality", "l2,gap,12.5,3,a gap\n");
  expect("SELECT log_id, \"offset\", bytes, reason FROM damage ORDER BY 2", "l2,10,5,noise\nl2,90,1,torn\n");
  expect("SELECT count(*) > 10 FROM (SHOW TABLES)", "true\n");
}

static void test_types(void **state) {
  (void)state;
  expect("SELECT sum(x), 1.50::DECIMAL(9,2), 170141183460469231731687303715884105727 FROM range(5) t(x)",
         "10,1.5,1.7014118346046923e+38\n");
  expect("SELECT [1, 2], {'a': 1, 'b': 'x'}, DATE '2026-01-02', INTERVAL 3 HOUR, 'a'::ENUM('a', 'b'), NULL",
         "\"[1,2]\",\"{\"\"a\"\":1,\"\"b\"\":\"\"x\"\"}\",2026-01-02,03:00:00,a,\n");
  expect("SELECT [1] AS a, 2 AS a; -- twice the same name", "[1],2\n");
  expect("SELECT 200::UTINYINT, -5::TINYINT, 18446744073709551615::UBIGINT, 0.1::FLOAT, true, '\\xFF'::BLOB",
         "200,-5,18446744073709551615,0.1,true,ff\n");
  expect("SELECT TIMESTAMP_S '2026-01-02 03:04:05', TIMESTAMPTZ '2026-01-02 03:04:05+01'",
         "2026-01-02T03:04:05Z,2026-01-02T02:04:05Z\n");
  expect("SELECT 'short', 'a text of more than twelve bytes', ''", "short,a text of more than twelve bytes,\"\"\n");
  expect(
      "SELECT count(*), sum(i), count(v) FROM (SELECT i, CASE WHEN i % 3 = 0 THEN i END AS v FROM range(10000) t(i))",
      "10000,49995000,3334\n");
  expect("WITH a AS (FROM range(3)) SELECT * FROM a", "0\n1\n2\n");
  expect("VALUES (1)", "1\n");
}

static void test_many_chunks(void **state) {
  (void)state;
  struct error error;
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  assert_int_equal(query_as("csv", "SELECT CASE WHEN i % 2 = 0 THEN i END, 'text number ' || i FROM range(10000) t(i)",
                            NULL, 0, &out, &error),
                   STATUS_OK);
  struct text rest = text_of(buffer_text(&out));
  text_cut(&rest, '\n');
  for (int i = 0; i < 10000; i++) {
    char want[64];
    snprintf(want, sizeof want, i % 2 ? ",text number %d" : "%d,text number %d", i, i);
    assert_true(text_is(text_cut(&rest, '\n'), want));
  }
}

static void test_parameters(void **state) {
  (void)state;
  struct error error;
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  const char *values[] = {"uav 1", "0.2", NULL};
  assert_int_equal(query_as("jsonl", "SELECT t_s FROM attitude WHERE vehicle = $1 AND t_s > $2 AND $3 IS NULL", values,
                            3, &out, &error),
                   STATUS_OK);
  assert_string_equal(buffer_text(&out), "{\"t_s\":0.5}\n");
  assert_int_equal(query_as("jsonl", "SELECT 1", values, 1, &out, &error), STATUS_SETTINGS);
  assert_non_null(strstr(error.text, "parameters"));
}

static void test_only_reading(void **state) {
  (void)state;
  const char *const writing[] = {
      "DROP VIEW attitude",
      "CREATE TABLE x(i INT)",
      "COPY (SELECT 1) TO 'out.csv'",
      "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'",
      "EXPLAIN (ANALYZE) DELETE FROM flights",
      "DELETE FROM flights",
      "INSERT INTO flights(flight_id) VALUES ('x')",
      "WITH a AS (SELECT 1) INSERT INTO flights(flight_id) SELECT 'x'",
      "SET threads=1",
      "SET enable_external_access=true",
      "RESET lock_configuration",
      "ATTACH ':memory:' AS other",
      "CALL pragma_version()",
      "BEGIN",
      "PREPARE p AS SELECT 1",
  };
  refused("SELECT 1 FROM flights WHERE false UNION ALL SELECT 1; DROP TABLE flights", STATUS_SETTINGS, "one statement");
  refused("", STATUS_SETTINGS, "one statement");
  expect("SELECT count(*) FROM flights", "1\n");
  for (size_t i = 0; i < ARRAY_COUNT(writing); i++)
    refused(writing[i], STATUS_DENIED, "");
  refused("LOAD json", STATUS_DENIED, "");
  refused("INSTALL httpfs", STATUS_DENIED, "");
  refused("ATTACH '/tmp/x.duckdb'", STATUS_DENIED, "");
  refused("EXPORT DATABASE '/tmp/x'", STATUS_DENIED, "");
  expect("SELECT count(*) FROM flights", "1\n"); /* nothing of it happened */
  struct error error;
  scoped(buffer) struct buffer out = buffer_with_max(1 << 20);
  assert_int_equal(query_as("table", "EXPLAIN ANALYZE SELECT count(*) FROM attitude", NULL, 0, &out, &error),
                   STATUS_OK);
}

static void test_no_other_files(void **state) {
  (void)state;
  char sql[256];
  refused("SELECT * FROM read_text('/etc/passwd')", STATUS_DENIED, "");
  refused("SELECT * FROM '/etc/passwd'", STATUS_SETTINGS, "does not exist");
  refused("SELECT * FROM glob('/etc/*')", STATUS_DENIED, "");
  refused("SELECT * FROM read_csv('/etc/passwd')", STATUS_DENIED, "");
  refused("SELECT * FROM parquet_metadata('/etc/passwd')", STATUS_DENIED, "");
  snprintf(sql, sizeof sql, "SELECT * FROM read_blob('%s/catalog.sqlite')", root);
  refused(sql, STATUS_DENIED, "");
  snprintf(sql, sizeof sql, "SELECT * FROM read_blob('%s/tables/../catalog.sqlite')", root);
  refused(sql, STATUS_DENIED, "");
  refused("SELECT * FROM read_text('http://127.0.0.1:1/')", STATUS_DENIED, "");
}

static void test_errors_help(void **state) {
  (void)state;
  refused("SELECT * FROM atitude", STATUS_SETTINGS, "The tables are: logs, flights, vehicles");
  refused("SELECT rol_deg FROM attitude", STATUS_SETTINGS, "rol_deg");
  refused("SELEC 1", STATUS_SETTINGS, "syntax error");
  refused("SELECT 1 +", STATUS_SETTINGS, "syntax error");
  refused("SELECT 'x'::INT", STATUS_SETTINGS, "Conversion Error");
  refused("SELECT error('told')", STATUS_SETTINGS, "told");
}

static enum status refuse_rows(void *context, const struct column *columns, uint32_t rows, struct error *error) {
  (void)context, (void)columns, (void)rows;
  return error_set(error, STATUS_IO, "the reader went away");
}

static void test_sink_fails(void **state) {
  (void)state;
  struct error error;
  struct result_sink sink = {.rows = refuse_rows};
  assert_int_equal(warehouse_query(warehouse, "FROM range(1000000)", NULL, 0, &sink, &error), STATUS_IO);
  assert_string_equal(error.text, "the reader went away");
  expect("SELECT 1", "1\n");
}

static const char endless[] =
    "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE (a.range * b.range) % 7 = 3";

static void test_timeout(void **state) {
  (void)state;
  struct error error;
  struct warehouse *hasty;
  struct warehouse_options options = {.timeout_s = 0.05, .threads = 1};
  struct result_sink sink = {0};
  assert_int_equal(warehouse_open(root, catalog, &options, &hasty, &error), STATUS_OK);
  assert_int_equal(warehouse_query(hasty, endless, NULL, 0, &sink, &error), STATUS_CANCELLED);
  assert_non_null(strstr(error.text, "stopped after 0.05 s"));
  assert_int_equal(warehouse_query(hasty, "SELECT 1", NULL, 0, &sink, &error), STATUS_OK);
  warehouse_close(hasty);
}

static void test_cancel(void **state) {
  (void)state;
  struct error error;
  struct warehouse *stopped;
  volatile bool cancel = true;
  struct warehouse_options options = {.cancel = &cancel, .threads = 1};
  struct result_sink sink = {0};
  assert_int_equal(warehouse_open(root, catalog, &options, &stopped, &error), STATUS_OK);
  assert_int_equal(warehouse_query(stopped, endless, NULL, 0, &sink, &error), STATUS_CANCELLED);
  assert_string_equal(error.text, "The query was cancelled");
  warehouse_close(stopped);
}

static void test_memory_limit(void **state) {
  (void)state;
  struct error error;
  struct warehouse *small;
  struct warehouse_options options = {.memory_limit = 64 << 20, .threads = 1};
  struct result_sink sink = {0};
  assert_int_equal(warehouse_open(root, catalog, &options, &small, &error), STATUS_OK);
  assert_int_equal(warehouse_query(small, "SELECT list(i || 'some text that takes room') FROM range(20000000) t(i)",
                                   NULL, 0, &sink, &error),
                   STATUS_LIMIT);
  warehouse_close(small);
}

static void test_spill_folder_goes(void **state) {
  (void)state;
  struct error error;
  struct warehouse *other;
  char path[PATH_LIMIT];
  assert_int_equal(warehouse_open(root, catalog, NULL, &other, &error), STATUS_OK);
  warehouse_close(other);
  warehouse_close(warehouse);
  warehouse = NULL;
  assert_int_equal(path_join(path, root, "tmp", &error), STATUS_OK);
  assert_int_equal(rmdir(path), 0);
  assert_int_equal(warehouse_open("/nowhere/at/all", catalog, NULL, &other, &error), STATUS_NOT_FOUND);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tables),         cmocka_unit_test(test_documents),
      cmocka_unit_test(test_types),          cmocka_unit_test(test_many_chunks),
      cmocka_unit_test(test_parameters),     cmocka_unit_test(test_only_reading),
      cmocka_unit_test(test_no_other_files), cmocka_unit_test(test_errors_help),
      cmocka_unit_test(test_sink_fails),     cmocka_unit_test(test_timeout),
      cmocka_unit_test(test_cancel),         cmocka_unit_test(test_memory_limit),
      cmocka_unit_test(test_refresh),        cmocka_unit_test(test_spill_folder_goes),
  };
  return cmocka_run_group_tests(tests, make_lake, remove_lake);
}
