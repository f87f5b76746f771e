/* Tables, JSON and lines of text: splitting, numbers, times, and what each decoder makes of broken input. */
#include "decode/csv_split.h"
#include "decode/text_value.h"
#include "whole_log.h"

#include <math.h>

static double number(const char *text) {
  double value = NAN;
  return text_value_number(text_of(text), '.', &value) ? value : NAN;
}

static void test_numbers_are_those_of_strtod(void **state) {
  static const char *const texts[] = {"0",
                                      "-0.0",
                                      "1.5",
                                      "4.188108651124536",
                                      "0.1",
                                      "123456789012345678",
                                      "9.9e-5",
                                      "1e22",
                                      "1e23",
                                      "2.2250738585072014e-308",
                                      "-12.3E+4",
                                      "+7",
                                      ".5",
                                      "5.",
                                      "0.00013066734156636677",
                                      "1e400",
                                      "179769313486231570814527423731704356798070",
                                      "9007199254740993",
                                      "1.7976931348623157e308"};
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    assert_true(number(texts[i]) == strtod(texts[i], NULL));
  char text[64];
  uint64_t random = 12345;
  for (int i = 0; i < 20000; i++) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    snprintf(text, sizeof text, "%.*g", 1 + (int)(random >> 59) % 19,
             (double)(int64_t)random * pow(10, (int)(random >> 32 & 31) - 28));
    assert_true(number(text) == strtod(text, NULL));
  }
}

static void test_words_are_no_numbers(void **state) {
  static const char *const texts[] = {"", "-", ".", "1e", "0x10", "1,5", "1 2", "nan", "inf", "--1", "1-", "e5"};
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    assert_true(isnan(number(texts[i])));
  double value;
  assert_true(text_value_number(TEXT(" 1,5 "), ',', &value) && value == 1.5);
  assert_true(text_value_is_none(TEXT(" N/A ")));
  assert_false(text_value_is_none(TEXT("0")));
}

static int64_t time_of(const char *text, enum date_order order, struct text_time *time) {
  *time = (struct text_time){0};
  return text_value_time(text_of(text), order, time) ? time->us : TIME_NONE;
}

static void test_times_of_many_forms_are_one_instant(void **state) {
  static const char *const texts[] = {
      "2024-05-01T20:50:18Z",   "2024-05-01 20:50:18",       "2024:05:01 20:50:18",       "2024/5/1 20:50:18",
      "01.05.2024 20:50:18",    "2024-05-01T22:50:18+02:00", "2024-05-01 16:20:18 -0430", "2024-05-01T20:50:18 UTC",
      "2024-05-01 08:50:18 PM", "2024-05-01 20:50:18.000"};
  struct text_time time;
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    assert_int_equal(time_of(texts[i], DATE_UNKNOWN, &time), INT64_C(1714596618000000));
  assert_int_equal(time_of("05/01/2024 20:50:18", DATE_MONTH_FIRST, &time), INT64_C(1714596618000000));
  time_of("05/01/2024 20:50:18", DATE_UNKNOWN, &time);
  assert_true(time.ambiguous);
  assert_int_equal(time_of("05/23/2024", DATE_UNKNOWN, &time), INT64_C(1716422400000000));
  assert_int_equal(time.told, DATE_MONTH_FIRST);
  assert_int_equal(time_of("08:42:57.270", DATE_UNKNOWN, &time), INT64_C(31377270000));
  assert_false(time.has_date);
}

static void test_what_is_no_time_is_refused(void **state) {
  static const char *const texts[] = {"2024-13-01",  "2024-02-30", "12",        "25:00:00",  "10:61",
                                      "2024-05-01T", "1.2.3.4",    "10:00:00x", "99/99/2024"};
  struct text_time time;
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    assert_int_equal(time_of(texts[i], DATE_UNKNOWN, &time), TIME_NONE);
}

static void test_units_stand_in_headers(void **state) {
  struct text name;
  (void)state;
  const struct text_unit *unit = text_unit_of_header(TEXT(" speed [km/h]"), &name);
  assert_non_null(unit);
  assert_string_equal(unit->si, "m/s");
  assert_true(text_is(name, "speed"));
  assert_string_equal(text_unit_of_header(TEXT("Bat%(%)"), &name)->symbol, "%");
  assert_true(text_is(name, "Bat%"));
  assert_null(text_unit_of_header(TEXT("Time(text)"), &name));
  assert_true(text_is(name, "Time(text)"));
}

/* Cuts with every split of the text into two views and expects the same records. */
static void check_records(const char *text, const char *const *cells, uint32_t records) {
  struct csv_record *record = calloc(1, sizeof *record);
  struct csv_splitter s = {.view = bytes_of(text, strlen(text)), .dialect = {',', '\n', true}};
  for (uint32_t i = 0; i < records; i++) {
    char joined[512] = "";
    assert_true(csv_split(&s, true, record));
    for (uint32_t k = 0; k < record->count; k++) {
      char plain[256];
      const struct csv_cell *cell = &record->cells[k];
      size_t size = cell->escaped ? csv_unescape(cell, plain) : cell->size;
      if (!cell->escaped)
        memcpy(plain, cell->data, size);
      snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%.*s", k ? "|" : "", (int)size, plain);
    }
    assert_string_equal(joined, cells[i]);
  }
  assert_false(csv_split(&s, true, record));
  for (size_t cut = 0; cut < strlen(text); cut++) {
    struct csv_splitter part = {.view = bytes_of(text, cut), .dialect = {',', '\n', true}};
    size_t before = 0;
    while (csv_split(&part, false, record))
      before += record->bytes;
    assert_int_equal(before, part.at);
    assert_true(before <= cut);
  }
  free(record);
}

static void test_records_are_cut(void **state) {
  (void)state;
  const char *const cells[] = {"a|b|c", "1|two, \"three\"\nfour|", "|5\" blade|x", "qtail|r|", "last"};
  check_records("a,b,c\r\n1,\"two, \"\"three\"\"\nfour\",\r\n,5\" blade,x\n\"q\"tail,r,\nlast", cells,
                ARRAY_COUNT(cells));
  const char *const one[] = {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|y"};
  check_records("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,y", one, 1);
}

static struct whole_log read_text(const char *kind, const char *text, struct decode_options options) {
  return whole_read(text, strlen(text), kind, options);
}

static void test_ragged_rows_keep_what_they_have(void **state) {
  (void)state;
  struct whole_log log = read_text("csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n", (struct decode_options){0});
  assert_int_equal(log.status, STATUS_OK);
  assert_int_equal(log.count, 4);
  assert_true(whole_row(&log, "row", 1)->physical[1] == 5 && isnan(whole_row(&log, "row", 1)->physical[2]));
  assert_int_equal(log.report->damage_count, 2);
  assert_int_equal(log.report->damage[0].offset, 12);
  assert_string_equal(log.report->damage[1].reason, "a row with too many columns");
  whole_end(&log);
}

static void test_rows_come_in_batches_of_any_size(void **state) {
  (void)state;
  for (uint32_t rows = 1; rows < 4; rows++) {
    struct whole_log log = read_text("csv", "t,w\n1,x\n2,\n3,z\n4,u\n", (struct decode_options){.batch_rows = rows});
    assert_int_equal(log.count, 4);
    assert_string_equal(whole_row(&log, "row", 1)->text[1], "");
    assert_string_equal(whole_row(&log, "row", 3)->text[1], "u");
    whole_end(&log);
    log = read_text("nmea", "$GPGSV,1,1,04,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45*7A\n",
                    (struct decode_options){.batch_rows = rows});
    assert_int_equal(whole_count(&log, "GSV"), 4);
    whole_end(&log);
    log = read_text("json", "[{\"a\":1},{\"a\":2},{\"a\":3}]", (struct decode_options){.batch_rows = rows});
    assert_int_equal(whole_count(&log, "row"), 3);
    whole_end(&log);
  }
}

/* Whatever the bytes, each decoder ends, and counts no more rows than there are bytes. */
static void test_broken_bytes_never_stop_a_decoder(void **state) {
  static const char *const kinds[] = {"csv",         "dji_csv", "litchi_csv", "qgc_csv",      "radio_csv",
                                      "dji_app_log", "json",    "gutma_json", "mavlink_json", "nmea",
                                      "parameters",  "plan",    "waypoints",  "text"};
  static const char seed[] =
      "Date,Time,GPS,FM\n2024-05-01,10:00:00,\"47 8\",A\n{\"meta\":{\"type\":\"A\"},\"data\":[1,2,{\"b\":"
      "\"\\u00e9\"}]}\n$GPHDT,1,T*35\nRC1_MIN\t1000\nQGC WPL 110\n0\t1\t0\t16\t0\t0\t0\t0\t47\t8\t9\t1\n";
  char bytes[sizeof seed];
  uint32_t random = 1;
  (void)state;
  for (int round = 0; round < 400; round++) {
    memcpy(bytes, seed, sizeof seed);
    for (int i = 0; i < 1 + round % 12; i++) {
      random = random * 1664525u + 1013904223u;
      bytes[(random >> 8) % (sizeof seed - 1)] = (random >> 28) & 1 ? (char)(random >> 20)
                                                                    : "\",\n{}[]:*$\t\\"[(random >> 20) % 12];
    }
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
      struct whole_log log = whole_read(bytes, 1 + (random >> 4) % (sizeof seed - 1), kinds[i],
                                        (struct decode_options){.batch_rows = 1 + (uint32_t)round % 5});
      assert_true(log.status == STATUS_OK || log.status == STATUS_BAD_DATA);
      assert_true(log.given <= 4 * sizeof seed);
      whole_end(&log);
    }
  }
}

static void test_an_endless_line_is_bounded(void **state) {
  size_t size = (size_t)5 << 20;
  char *text = malloc(size);
  (void)state;
  memset(text, 'x', size);
  memcpy(text, "a,b\n1,2\n3,4\n5,\"6\n", 17);
  memcpy(text + size - 5, "\n7,8\n", 5);
  struct whole_log log = whole_read(text, size, "csv", (struct decode_options){0});
  assert_int_equal(log.status, STATUS_OK);
  assert_int_equal(log.count, 3);
  assert_true(whole_row(&log, "row", 2)->physical[1] == 8);
  assert_true(log.report->damaged_bytes > size - 100);
  whole_end(&log);
  memset(text, '[', size);
  log = whole_read(text, size, "json", (struct decode_options){0});
  assert_int_equal(log.status, STATUS_BAD_DATA);
  whole_end(&log);
  memset(text, ' ', size);
  memcpy(text, "{\"a\":\"", 6);
  memcpy(text + size - 10, "\"}{\"a\":\"b\"", 10);
  log = whole_read(text, size, "json", (struct decode_options){0});
  assert_int_equal(log.status, STATUS_OK);
  assert_true(log.count >= 1);
  whole_end(&log);
  free(text);
}

static void test_local_time_is_said_to_be_local(void **state) {
  (void)state;
  struct whole_log log = read_text("csv", "time,v\n2024-05-01 10:00:00,1\n2024-05-01 10:00:02,2\n",
                                   (struct decode_options){0});
  assert_int_equal(log.report->clock, DECODE_CLOCK_BOOT);
  assert_int_equal(log.report->last_us, 2 * US_PER_S);
  assert_string_equal(decode_get_fact(log.decode, "created"), "2024-05-01T10:00:00");
  assert_string_equal(decode_get_fact(log.decode, "time_basis"), "local clock, zone unknown");
  whole_end(&log);
  log = read_text("csv", "time (UTC),v\n2024-05-01 10:00:00,1\n2024-05-01 10:00:02,2\n", (struct decode_options){0});
  assert_int_equal(log.report->clock, DECODE_CLOCK_UTC);
  assert_int_equal(log.report->first_us, INT64_C(1714557600000000));
  whole_end(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers_are_those_of_strtod),
      cmocka_unit_test(test_words_are_no_numbers),
      cmocka_unit_test(test_times_of_many_forms_are_one_instant),
      cmocka_unit_test(test_what_is_no_time_is_refused),
      cmocka_unit_test(test_units_stand_in_headers),
      cmocka_unit_test(test_records_are_cut),
      cmocka_unit_test(test_ragged_rows_keep_what_they_have),
      cmocka_unit_test(test_rows_come_in_batches_of_any_size),
      cmocka_unit_test(test_broken_bytes_never_stop_a_decoder),
      cmocka_unit_test(test_an_endless_line_is_bounded),
      cmocka_unit_test(test_local_time_is_said_to_be_local),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
