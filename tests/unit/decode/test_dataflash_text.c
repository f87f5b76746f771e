/* DataFlash text logs: values, odd lines, clocks, torn ends. */
#include "whole_log.h"

static struct whole_log read_text(const char *text) {
  struct whole_log log = whole_read(text, strlen(text), "dataflash_text", (struct decode_options){0});
  assert_ok(log.status);
  return log;
}

#define HEAD                                                                                                           \
  "9\r\n\r\nArduCopter V3.1 (5c6503e2)\r\nFree RAM: 1044\r\nFMT, 128, 89, FMT, BBnNZ, Type,Length,Name,Format\r\n"     \
  "FMT, 1, 19, ATT, IccC, TimeMS,DesRoll,Roll,Yaw\r\nFMT, 3, 6, MODE, Mh, Mode,ThrCrs\r\nFMT, 132, 67, MSG, Z, "       \
  "Message\r\n"                                                                                                        \
  "FMT, 13, 4, EV, B, Id\r\nFMT, 10, 3, STRT, , \r\n"

static void test_values(void **state) {
  (void)state;
  struct whole_log log = read_text(HEAD "ATT, 1500, 0.05, -12.34, 189.54\r\nMODE, Stabilize, 424\r\nMODE, 5, 424\r\n"
                                        "MSG, Arming: safety, motors, all fine\r\nATT,1600,nan,-inf,1e2\r\nSTRT\r\n");
  const struct whole_row *row = whole_row(&log, "ATT", 0);
  assert_true(row->raw[0] == 1500 && row->raw[1] == 0.05 && row->raw[2] == -12.34 && row->raw[3] == 189.54);
  assert_true(row->physical[3] == 189.54); /* scaled already */
  assert_int_equal(row->time_us, 1500000);
  assert_true(isnan(whole_row(&log, "ATT", 1)->raw[1]) && whole_row(&log, "ATT", 1)->raw[2] == -INFINITY);
  assert_true(whole_row(&log, "ATT", 1)->raw[3] == 100);
  assert_string_equal(whole_row(&log, "MODE", 0)->text[0], "Stabilize");
  assert_string_equal(whole_row(&log, "MODE", 1)->text[0], "5");
  assert_string_equal(whole_row(&log, "MSG", 0)->text[0], "Arming: safety, motors, all fine");
  assert_int_equal(whole_row(&log, "MSG", 0)->time_us, 1575000); /* third of three between two clocks */
  assert_int_equal(whole_message(&log, "STRT")->count, 1);
  assert_int_equal(log.report->damage_count, 0);
  assert_string_equal(decode_get_fact(log.decode, "firmware"), "ArduCopter V3.1");
  assert_string_equal(decode_get_fact(log.decode, "firmware_hash"), "5c6503e2");
  whole_end(&log);
}

static void test_exact_numbers(void **state) {
  (void)state;
  static const char *const numbers[] = {"-39.4950300",
                                        "176.7483511",
                                        "0.1",
                                        "3.118068E-05",
                                        "123456789012345",
                                        "0.000001",
                                        ".5",
                                        "5.",
                                        "9007199254740993",
                                        "1.7976931348623157e308",
                                        "-0.0",
                                        "2.2250738585072014e-308",
                                        "0.30000000000000004"};
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
    char text[512];
    snprintf(text, sizeof text, "FMT, 1, 7, X, f, V\nX, %s\n", numbers[i]);
    struct whole_log log = read_text(text);
    assert_true(whole_row(&log, "X", 0)->raw[0] == strtod(numbers[i], NULL));
    whole_end(&log);
  }
}

static void test_bad_lines(void **state) {
  (void)state;
  struct whole_log log = read_text(
      HEAD "ATT, 1, 1, 1, 1\nATT, 2, 1\nATT, 3, 1, x1, 1\nQQQ, 1, 2\nATT, 4, 1, 1, 1\n\xFF\xFE\x01\n"
           "EV, 11\n");
  assert_int_equal(whole_count(&log, "ATT"), 2);
  assert_int_equal(whole_count(&log, "EV"), 1);
  assert_int_equal(log.report->bad_records, 2);
  assert_int_equal(log.report->damage_count, 3 + 1);
  assert_int_equal(log.report->damage[0].bytes, strlen("ATT, 2, 1\n"));
  assert_string_equal(log.report->damage[2].reason, "line of unknown type");
  assert_int_equal(log.report->damage[0].from_us, 1000);
  assert_false(log.report->truncated);
  whole_end(&log);
}

static void test_torn_end(void **state) {
  (void)state;
  struct whole_log log = read_text(HEAD "ATT, 1, 1, 1, 1\nATT, 2, 1, 1");
  assert_int_equal(whole_count(&log, "ATT"), 1);
  assert_true(log.report->truncated);
  assert_int_equal(log.report->damage_count, 0);
  whole_end(&log);
}

static void test_gps_clock(void **state) {
  (void)state;
  struct whole_log log = read_text("FMT, 130, 45, GPS, BIHI, Status,TimeMS,Week,T\nFMT, 13, 4, EV, B, Id\nEV, 1\n"
                                   "GPS, 3, 109206800, 1774, 66937\nEV, 2\n");
  assert_true(whole_row(&log, "EV", 0)->time_us == TIME_NONE);
  assert_int_equal(whole_row(&log, "EV", 1)->time_us, 66937000);
  whole_end(&log);
  log = read_text("FMT, 130, 35, GPS, BI, Status,Time\nFMT, 13, 4, EV, B, Id\nGPS, 3, 308900200\nEV, 2\n");
  assert_int_equal(whole_row(&log, "EV", 0)->time_us, INT64_C(308900200000));
  whole_end(&log);
}

static void test_spread_clock(void **state) {
  (void)state;
  struct whole_log log = read_text(
      "FMT, 1, 11, CTUN, I, TimeMS\nFMT, 13, 4, EV, B, Id\nEV, 0\nCTUN, 1000\nEV, 1\nEV, 2\nEV, 3\n"
      "CTUN, 1400\nEV, 4\nCTUN, 99000\nEV, 5\n");
  static const int64_t expected[] = {TIME_NONE, 1100000, 1200000, 1300000, 1400000, 99000000};
  for (unsigned i = 0; i < ARRAY_COUNT(expected); i++)
    assert_true(whole_row(&log, "EV", i)->time_us == expected[i]);
  whole_end(&log);
}

static void test_units(void **state) {
  (void)state;
  struct whole_log log = read_text(
      "FMT,128,89,FMT,BBnNZ,Type,Length,Name,Format,Columns\nFMT,1,15,BAT,QBcI,TimeUS,Inst,Temp,Used\n"
      "FMT,30,76,UNIT,QbZ,TimeUS,Id,Label\nFMT,31,20,MULT,Qbd,TimeUS,Id,Mult\n"
      "FMT,32,44,FMTU,QBNN,TimeUS,FmtType,UnitIds,MultIds\nUNIT,1,97,Ah\nMULT,1,67,0.0010000000474974513\n"
      "FMTU,1,1,s#Oa,F-BC\nBAT,5,1,25.5,700\n");
  const struct whole_row *row = whole_row(&log, "BAT", 0);
  assert_int_equal(row->message->instance_field, 1);
  assert_true(row->message->fields[2].scale == 1); /* the letter's factor is in the text already */
  assert_true(row->message->fields[3].scale == 0.001);
  assert_string_equal(row->message->fields[3].unit, "Ah");
  assert_int_equal(row->time_us, 5);
  whole_end(&log);
}

static void test_probe(void **state) {
  (void)state;
  static const char log[] = HEAD, prose[] = "FMTs are nice, said nobody\n";
  assert_string_equal(decode_probe(bytes_of(log, sizeof log - 1), sizeof log, TEXT(""), NULL)->name, "dataflash_text");
  assert_string_not_equal(decode_probe(bytes_of(prose, sizeof prose - 1), sizeof prose, TEXT(""), NULL)->name,
                          "dataflash_text");
}

static void test_any_bytes(void **state) {
  (void)state;
  static const char model[] = HEAD "ATT, 1, 1, 1, 1\nMODE, Auto, 1\nMSG, hello\nEV, 11\nATT, 1, 1, 1, 1\n";
  char text[sizeof model];
  uint32_t random = 7;
  for (int round = 0; round < 400; round++) {
    memcpy(text, model, sizeof model);
    for (int hit = 0; hit < 1 + round % 20; hit++) {
      random = random * 1664525u + 1013904223u;
      text[(random >> 8) % (sizeof model - 1)] = (char)(random >> 24);
    }
    struct whole_log log = whole_read(text, sizeof model - 1, "dataflash_text", (struct decode_options){0});
    if (log.report && log.status == STATUS_OK)
      assert_int_equal(log.given, log.report->records);
    whole_end(&log);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),   cmocka_unit_test(test_exact_numbers), cmocka_unit_test(test_bad_lines),
      cmocka_unit_test(test_torn_end), cmocka_unit_test(test_gps_clock),     cmocka_unit_test(test_spread_clock),
      cmocka_unit_test(test_units),    cmocka_unit_test(test_probe),         cmocka_unit_test(test_any_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
