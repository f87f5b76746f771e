/* DataFlash binary logs, made here byte by byte: letters, units, salvage, boots, clocks. */
#include "whole_log.h"

/* ── a log in the making ──────────────────────────────────────────────────────────────────────────────────────── */

static uint8_t log_bytes[1 << 20];
static size_t log_size;

static void put(const void *data, size_t size) {
  assert_true(log_size + size <= sizeof log_bytes);
  memcpy(log_bytes + log_size, data, size);
  log_size += size;
}
static void put_u8(unsigned value) {
  put(&(uint8_t){(uint8_t)value}, 1);
}
static void put_u16(unsigned value) {
  put(&(uint16_t){(uint16_t)value}, 2);
}
static void put_u32(uint32_t value) {
  put(&value, 4);
}
static void put_u64(uint64_t value) {
  put(&value, 8);
}
static void put_f32(float value) {
  put(&value, 4);
}
static void put_chars(const char *text, size_t width) {
  char field[64] = {0};
  for (size_t i = 0; i < width && text[i]; i++)
    field[i] = text[i];
  put(field, width);
}
static void put_head(unsigned type) {
  put_u16(0x95A3);
  put_u8(type);
}

static void put_fmt(unsigned type, unsigned length, const char *name, const char *format, const char *columns) {
  put_head(128);
  put_u8(type);
  put_u8(length);
  put_chars(name, 4);
  put_chars(format, 16);
  put_chars(columns, 64);
}

static void put_fmt_of_fmt(void) {
  put_fmt(128, 89, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns");
}

/* ATT, type 10: TimeUS and three angles in centidegrees. */
static void put_att_format(void) {
  put_fmt(10, 17, "ATT", "Qccc", "TimeUS,Roll,Pitch,Yaw");
}
static void put_att(uint64_t us, int roll) {
  put_head(10);
  put_u64(us);
  put_u16((uint16_t)(int16_t)roll);
  put_u16(20);
  put_u16(30);
}

static void start(void) {
  log_size = 0;
  put_fmt_of_fmt();
  put_att_format();
}

static struct whole_log read_log(void) {
  struct whole_log log = whole_read(log_bytes, log_size, "dataflash", (struct decode_options){0});
  assert_ok(log.status);
  return log;
}

static void assert_undamaged(const struct whole_log *log) {
  assert_int_equal(log->report->damaged_bytes, 0);
  assert_int_equal(log->report->damage_count, 0);
  assert_int_equal(log->report->unknown_records, 0);
  assert_int_equal(log->report->bytes, log_size);
}

/* ── values ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void test_letters(void **state) {
  (void)state;
  start();
  put_fmt(20, 3 + 8 + 1 + 1 + 2 + 2 + 4 + 4 + 8 + 2 + 4 + 8 + 4, "NUM", "QbBhHiIqgfdL", "TimeUS,b,B,h,H,i,I,q,g,f,d,L");
  put_fmt(21, 3 + 8 + 2 + 2 + 4 + 4 + 1 + 4 + 16 + 64, "TXT", "QcCeEMnNZ", "TimeUS,c,C,e,E,M,n,N,Z");
  put_head(20);
  put_u64(UINT64_C(5000000000));
  put_u8(0x80);
  put_u8(0x80);
  put_u16(0x8000);
  put_u16(0x8000);
  put_u32(0x80000000);
  put_u32(0x80000000);
  put_u64((uint64_t)-7);
  put_u16(0x3555); /* half precision: 0.333251953125 */
  put_f32(1.5f);
  put(&(double){0.1}, 8);
  put_u32((uint32_t)-353632621);
  put_head(21);
  put_u64(UINT64_C(5000000001));
  put_u16((uint16_t)-150);
  put_u16(40000);
  put_u32((uint32_t)-12345678);
  put_u32(4000000000u);
  put_u8(200);
  put_chars("full", 4);
  put_chars("sixteen letters!", 16);
  put_chars("text", 64);
  struct whole_log log = read_log();
  const double expected[] = {5e9, -128, 128, -32768, 32768, -2147483648.0, 2147483648.0, -7, 0.333251953125, 1.5, 0.1};
  const struct whole_row *row = whole_row(&log, "NUM", 0);
  for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
    assert_true(row->raw[i] == expected[i]);
  assert_true(row->physical[11] == -353632621 * 1e-7);
  row = whole_row(&log, "TXT", 0);
  assert_true(row->physical[1] == -150 * 0.01 && row->physical[2] == 40000 * 0.01);
  assert_true(row->physical[3] == -12345678 * 0.01 && row->physical[4] == 4000000000.0 * 0.01);
  assert_true(row->raw[5] == 200);
  assert_string_equal(row->text[6], "full");
  assert_string_equal(row->text[7], "sixteen letters!");
  assert_string_equal(row->text[8], "text");
  assert_int_equal(row->time_us, 5000000001);
  assert_int_equal(row->message->fields[1].type, COLUMN_I16);
  assert_undamaged(&log);
  whole_end(&log);
}

static void test_halves(void **state) {
  (void)state;
  static const struct {
    unsigned half;
    float value;
  } cases[] = {{0x0000, 0.0f},     {0x8000, -0.0f},    {0x3C00, 1.0f},     {0xC000, -2.0f},
               {0x7BFF, 65504.0f}, {0x0400, 0x1p-14f}, {0x0001, 0x1p-24f}, {0x03FF, 1023 * 0x1p-24f},
               {0x0200, 0x1p-15f}, {0x7C00, INFINITY}, {0xFC00, -INFINITY}};
  start();
  put_fmt(20, 13, "HALF", "Qg", "TimeUS,V");
  for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
    put_head(20);
    put_u64(i);
    put_u16(cases[i].half);
  }
  put_head(20);
  put_u64(99);
  put_u16(0x7E00);
  struct whole_log log = read_log();
  for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
    assert_true(whole_row(&log, "HALF", i)->raw[1] == (double)cases[i].value);
    assert_int_equal(signbit(whole_row(&log, "HALF", i)->raw[1]) != 0, signbit(cases[i].value) != 0);
  }
  assert_true(isnan(whole_row(&log, "HALF", ARRAY_COUNT(cases))->raw[1]));
  whole_end(&log);
}

static void test_arrays(void **state) {
  (void)state;
  start();
  put_fmt(20, 3 + 8 + 64, "ISBD", "Qa", "TimeUS,x");
  for (int n = 0; n < 2; n++) {
    put_head(20);
    put_u64((uint64_t)n);
    for (int i = 0; i < 32; i++)
      put_u16((uint16_t)(int16_t)(n * 1000 - i));
  }
  scoped(input) struct input *input = input_open_memory(bytes_of(log_bytes, log_size));
  scoped(decode) struct decode *decode = NULL;
  assert_ok(decode_open(input, NULL, &(struct decode_options){0}, &decode, &error));
  const struct batch *batch;
  do
    assert_ok(decode_next(decode, &batch, &error));
  while (batch && strcmp(batch->message->name, "ISBD") != 0);
  assert_non_null(batch);
  assert_int_equal(batch->rows, 2);
  assert_true(batch->message->fields[1].is_array);
  assert_int_equal(batch->message->fields[1].count, 32);
  assert_true(column_element(&batch->columns[1], 1, 0) == 1000);
  assert_true(column_element(&batch->columns[1], 1, 31) == 969);
  assert_true(column_element(&batch->columns[1], 0, 31) == -31);
}

/* ── units ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void put_unit_formats(void) {
  put_fmt(30, 3 + 8 + 1 + 64, "UNIT", "QbZ", "TimeUS,Id,Label");
  put_fmt(31, 3 + 8 + 1 + 8, "MULT", "Qbd", "TimeUS,Id,Mult");
  put_fmt(32, 3 + 8 + 1 + 32, "FMTU", "QBNN", "TimeUS,FmtType,UnitIds,MultIds");
}
static void put_unit(char id, const char *label) {
  put_head(30);
  put_u64(1);
  put_u8((uint8_t)id);
  put_chars(label, 64);
}
static void put_mult(char id, float factor) {
  put_head(31);
  put_u64(1);
  put_u8((uint8_t)id);
  put(&(double){(double)factor}, 8);
}
static void put_fmtu(unsigned type, const char *units, const char *mults) {
  put_head(32);
  put_u64(1);
  put_u8(type);
  put_chars(units, 16);
  put_chars(mults, 16);
}

static void test_units(void **state) {
  (void)state;
  start();
  put_unit_formats();
  put_fmt(20, 3 + 8 + 1 + 2 + 4 + 4 + 4, "BAT", "QBcfIi", "TimeUS,Inst,Temp,CurrTot,Raw,Odd");
  put_fmtu(20, "s#Oad?", "F-BC-?");
  put_fmtu(10, "sddh", "FBBB");
  put_unit('d', "deg");
  put_unit('h', "degheading");
  put_unit('a', "Ah");
  put_mult('B', 0.01f);
  put_mult('C', 0.001f);
  put_mult('-', 0);
  put_mult('?', 1);
  put_head(20);
  put_u64(2000000);
  put_u8(3);
  put_u16(2512);
  put_f32(500);
  put_u32(7);
  put_u32(8);
  put_att(2000001, 100);
  struct whole_log log = read_log();
  const struct whole_row *row = whole_row(&log, "BAT", 0);
  const struct field *fields = row->message->fields;
  assert_int_equal(row->message->instance_field, 1);
  assert_int_equal(row->message->time_field, 0);
  assert_string_equal(fields[0].unit, "s");
  assert_true(fields[0].scale == 1e-6); /* from the standard table: this log has no F */
  assert_true(fields[2].scale == 0.01); /* by the letter; not again by the multiplier */
  assert_string_equal(fields[2].unit, "degC");
  assert_true(fields[3].scale == 0.001); /* float32 0.001 rounded to 7 digits */
  assert_string_equal(fields[3].unit, "Ah");
  assert_true(fields[4].scale == 1); /* '-' has factor 0 and means none */
  assert_true(fields[5].scale == 1);
  assert_string_equal(fields[5].unit, "");
  assert_string_equal(whole_row(&log, "ATT", 0)->message->fields[3].unit, "deg");
  assert_true(whole_row(&log, "ATT", 0)->physical[1] == 1);
  whole_end(&log);
}

/* 4.7 writes FMTU after the first data; then the unit comes late and the letter's factor stays. */
static void test_late_units(void **state) {
  (void)state;
  start();
  put_unit_formats();
  for (unsigned i = 0; i < 5000; i++)
    put_att(i, 100);
  put_fmtu(10, "sddh", "FBBB");
  put_unit('d', "degree");
  put_att(6000, 100);
  struct whole_log log = read_log();
  const struct message *att = whole_message(&log, "ATT");
  assert_int_equal(att->count, 5001);
  assert_int_equal(log.given, log.report->records);
  assert_string_equal(att->fields[1].unit, "degree");
  assert_true(att->fields[1].scale == 0.01);
  whole_end(&log);
}

/* ── formats that lie, change or surprise ─────────────────────────────────────────────────────────────────────── */

static void test_redefinition(void **state) {
  (void)state;
  start();
  put_att(1, 1);
  put_fmt(10, 13, "ATT", "Qh", "TimeUS,Roll");
  for (int i = 0; i < 3; i++) {
    put_head(10);
    put_u64(2);
    put_u16(77);
  }
  put_att_format();
  put_att(3, 3);
  struct whole_log log = read_log();
  assert_undamaged(&log);
  assert_int_equal(whole_count(&log, "ATT"), 5);
  const struct whole_row *row = NULL;
  unsigned short_rows = 0, long_rows = 0;
  for (uint32_t i = 0; i < log.count; i++) {
    row = &log.rows[i];
    if (strcmp(row->message->name, "ATT") == 0 && row->message->field_count == 2)
      short_rows += row->raw[1] == 77;
    else if (strcmp(row->message->name, "ATT") == 0)
      long_rows += row->raw[0] == row->raw[1] || fabs(row->physical[1] - 0.01 * row->raw[0]) < 1e-9;
  }
  assert_int_equal(short_rows, 3);
  assert_int_equal(long_rows, 2);
  whole_end(&log);
}

static void test_wrong_lengths(void **state) {
  (void)state;
  start();
  put_fmt(20, 15, "LONG", "Qh", "TimeUS,V");       /* two bytes more than its letters */
  put_fmt(21, 13, "SHRT", "Qhii", "TimeUS,V,W,X"); /* only two columns fit */
  put_fmt(22, 0, "NONE", "", "");
  put_fmt(23, 17, "LETT", "Q?h", "TimeUS,Strange,Lost");
  put_head(20);
  put_u64(1);
  put_u16(11);
  put_u16(0xFFFF);
  put_head(21);
  put_u64(2);
  put_u16(12);
  put_head(23);
  put_u64(3);
  put_u32(0x04030201);
  put_u16(0x0605);
  put_att(4, 4);
  struct whole_log log = read_log();
  assert_true(whole_row(&log, "LONG", 0)->raw[1] == 11);
  assert_true(whole_row(&log, "SHRT", 0)->raw[1] == 12);
  assert_int_equal(whole_row(&log, "SHRT", 0)->message->field_count, 2);
  const struct message *strange = whole_row(&log, "LETT", 0)->message;
  assert_int_equal(strange->field_count, 2);
  assert_true(strange->fields[1].is_array && strange->fields[1].count == 6);
  assert_int_equal(whole_count(&log, "ATT"), 1);
  assert_int_equal(log.report->damaged_bytes, 0);
  assert_int_equal(log.report->damage_count, 2); /* LONG and SHRT, told once each */
  whole_end(&log);
}

/* The declared length never leads to a record, what the letters add up to does. */
static void test_length_is_the_damage(void **state) {
  (void)state;
  start();
  put_fmt(20, 14, "WRNG", "Qh", "TimeUS,V");
  for (unsigned i = 0; i < 50; i++) {
    put_head(20);
    put_u64(i);
    put_u16(i);
    put_att(i, 1);
  }
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATT"), 50);
  assert_int_equal(whole_count(&log, "WRNG"), 50);
  assert_int_equal(log.report->damaged_bytes, 0);
  whole_end(&log);
}

/* ── salvage ──────────────────────────────────────────────────────────────────────────────────────────────────── */

#define ATTS 40u
static size_t att_offset(unsigned n) {
  return 2 * 89 + (size_t)n * 17;
}
static void make_atts(void) {
  start();
  for (unsigned i = 0; i < ATTS; i++)
    put_att(1000000 + i, (int)i);
}
static bool has_roll(const struct whole_log *log, unsigned roll) {
  for (uint32_t i = 0; i < log->count; i++)
    if (strcmp(log->rows[i].message->name, "ATT") == 0 && log->rows[i].raw[1] == roll)
      return true;
  return false;
}
/* All but `lost` rolls must be there, and only `lost` must be missing. */
static void assert_rolls(const struct whole_log *log, unsigned lost, unsigned first_lost) {
  assert_int_equal(whole_count(log, "ATT"), ATTS - lost);
  for (unsigned i = 0; i < ATTS; i++)
    assert_int_equal(has_roll(log, i), i < first_lost || i >= first_lost + lost);
}
static void insert_bytes(size_t at, const void *bytes, size_t size) {
  memmove(log_bytes + at + size, log_bytes + at, log_size - at);
  memcpy(log_bytes + at, bytes, size);
  log_size += size;
}

static void test_inserted_bytes(void **state) {
  (void)state;
  make_atts();
  insert_bytes(att_offset(20) + 6, "\xA3\x95\x0A noise", 9); /* with a marker and a known type */
  struct whole_log log = read_log();
  assert_rolls(&log, 1, 20);
  assert_int_equal(log.report->damage_count, 1);
  assert_int_equal(log.report->damage[0].offset, att_offset(20));
  assert_int_equal(log.report->damage[0].bytes, 17 + 9);
  assert_int_equal(log.report->damage[0].from_us, 1000019);
  assert_int_equal(log.report->damage[0].to_us, 1000021);
  assert_false(log.report->truncated);
  whole_end(&log);
}

static void test_broken_heads(void **state) {
  (void)state;
  for (size_t byte = 0; byte < 3; byte++) {
    make_atts();
    log_bytes[att_offset(20) + byte] ^= 0x55;
    struct whole_log log = read_log();
    assert_rolls(&log, 1, 20);
    assert_int_equal(log.report->damaged_bytes, 17);
    assert_int_equal(log.report->damage[0].offset, att_offset(20));
    assert_int_equal(log.report->unknown_records, byte == 2);
    whole_end(&log);
  }
}

static void test_deleted_and_zeroed(void **state) {
  (void)state;
  make_atts();
  memmove(log_bytes + att_offset(10) + 5, log_bytes + att_offset(12) + 9, log_size - att_offset(12) - 9);
  log_size -= 2 * 17 + 4;
  struct whole_log log = read_log();
  assert_rolls(&log, 3, 10);
  assert_true(log.report->damaged_bytes > 0);
  whole_end(&log);
  make_atts();
  memset(log_bytes + att_offset(10) + 4, 0, 3 * 17);
  log = read_log();
  assert_rolls(&log, 4, 10);
  assert_int_equal(log.report->damaged_bytes, 4 * 17);
  whole_end(&log);
}

static void test_markers_in_payload(void **state) {
  (void)state;
  make_atts();
  for (unsigned i = 0; i < ATTS; i += 2) /* in all of them they would be a chain of their own */
    memcpy(log_bytes + att_offset(i) + 13, "\xA3\x95\x0A", 3);
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATT"), ATTS);
  assert_undamaged(&log);
  whole_end(&log);
  log_bytes[att_offset(20)] = 0;
  log = read_log();
  assert_rolls(&log, 1, 20);
  whole_end(&log);
}

static void test_ends(void **state) {
  (void)state;
  for (size_t cut = 1; cut < 17; cut++) { /* a torn record is no damage */
    make_atts();
    log_size -= cut;
    struct whole_log log = read_log();
    assert_int_equal(whole_count(&log, "ATT"), ATTS - 1);
    assert_true(log.report->truncated);
    assert_int_equal(log.report->damage_count, 0);
    whole_end(&log);
  }
  static const uint8_t fills[] = {0, 0xFF};
  for (size_t i = 0; i < 2; i++) { /* neither is padding, however long */
    for (size_t pad = 1; pad < 600000; pad = pad * 8 + 3) {
      make_atts();
      memset(log_bytes + log_size, fills[i], pad);
      log_size += pad;
      struct whole_log log = read_log();
      assert_int_equal(whole_count(&log, "ATT"), ATTS);
      assert_int_equal(log.report->damage_count, 0);
      assert_false(log.report->truncated);
      whole_end(&log);
    }
  }
}

static void test_damaged_start(void **state) {
  (void)state;
  make_atts();
  memset(log_bytes, 'x', 20);
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATT"), ATTS);
  assert_int_equal(log.report->damaged_bytes, 89);
  whole_end(&log);
  log_size = 0;
  for (int i = 0; i < 1000; i++)
    put_u8((unsigned)i * 7);
  log = whole_read(log_bytes, log_size, "dataflash", (struct decode_options){0});
  assert_status(STATUS_BAD_DATA, log.status);
  whole_end(&log);
}

/* Records of a type without FMT stand between the others: those others must all be there. */
static void test_lost_definition(void **state) {
  (void)state;
  start();
  for (unsigned i = 0; i < ATTS; i++) {
    put_att(1000000 + i, (int)i);
    put_head(99);
    put_u64(i);
  }
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATT"), ATTS);
  assert_int_equal(log.report->unknown_records, ATTS);
  assert_int_equal(log.report->damaged_bytes, ATTS * 11);
  whole_end(&log);
}

/* ── clocks and boots ─────────────────────────────────────────────────────────────────────────────────────────── */

static void put_file(void) {
  put_head(40);
  put_u8('x');
}

static void test_clocks(void **state) {
  (void)state;
  start();
  put_fmt(40, 4, "FILE", "B", "Data");
  put_fmt(41, 9, "OLD", "IH", "TimeMS,V");
  put_fmt(42, 15, "GPS", "IIf", "TimeMS,T,Alt");
  put_file();
  put_att(5000, 1);
  put_file();
  put_file();
  put_head(41);
  put_u32(7);
  put_u16(1);
  put_file();
  put_head(42);
  put_u32(345600000);
  put_u32(9);
  put_f32(3);
  put_file();
  struct whole_log log = read_log();
  assert_true(whole_row(&log, "FILE", 0)->time_us == TIME_NONE);
  assert_int_equal(whole_row(&log, "FILE", 1)->time_us, 5000);
  assert_int_equal(whole_row(&log, "FILE", 2)->time_us, 5000);
  assert_int_equal(whole_row(&log, "OLD", 0)->time_us, 7000);
  assert_int_equal(whole_row(&log, "FILE", 3)->time_us, 7000);
  assert_int_equal(whole_row(&log, "GPS", 0)->time_us, 9000); /* its TimeMS is GPS time of week */
  assert_int_equal(whole_row(&log, "FILE", 4)->time_us, 9000);
  assert_int_equal(log.report->first_us, 5000);
  assert_int_equal(log.report->last_us, 9000);
  whole_end(&log);
}

/* A flipped high bit of one stamp must not stretch the log by years. */
static void test_broken_stamp(void **state) {
  (void)state;
  make_atts();
  put_fmt(40, 4, "FILE", "B", "Data");
  put_att(UINT64_C(1000100) + (UINT64_C(1) << 46), 1);
  put_file();
  struct whole_log log = read_log();
  assert_int_equal(log.report->last_us, 1000000 + ATTS - 1);
  assert_int_equal(whole_row(&log, "FILE", 0)->time_us, 1000000 + ATTS - 1);
  assert_int_equal(whole_row(&log, "ATT", ATTS)->time_us,
                   1000100 + (INT64_C(1) << 46)); /* the row itself is as it was written */
  whole_end(&log);
}

static void test_boots(void **state) {
  (void)state;
  start();
  put_fmt(50, 12, "OLD", "QB", "TimeUS,V");
  put_att(90000000, 1);
  put_fmt_of_fmt();
  put_fmt(10, 13, "ATT", "Qh", "TimeUS,Roll"); /* another firmware */
  put_head(10);
  put_u64(1000000);
  put_u16(5);
  put_head(50); /* the second boot does not define this type: its length is not known */
  put_u64(1000001);
  put_u8(1);
  for (unsigned i = 0; i < 3; i++) {
    put_head(10);
    put_u64(1000002);
    put_u16(5);
  }
  struct whole_log log = read_log();
  assert_string_equal(decode_get_fact(log.decode, "boots"), "2");
  assert_int_equal(whole_count(&log, "ATT"), 5);
  assert_int_equal(whole_count(&log, "OLD"), 0);
  assert_int_equal(log.report->unknown_records, 1);
  whole_end(&log);
  start(); /* the definitions come again, but the clock goes on: the same boot */
  put_att(1000, 1);
  put_fmt_of_fmt();
  put_att(1001, 1);
  log = read_log();
  assert_null(decode_get_fact(log.decode, "boots"));
  assert_int_equal(whole_count(&log, "ATT"), 2);
  whole_end(&log);
}

/* ── facts, order, wishes ─────────────────────────────────────────────────────────────────────────────────────── */

static bool want_nothing(void *context, const struct message *message) {
  (void)context;
  (void)message;
  return false;
}

static void test_facts_without_rows(void **state) {
  (void)state;
  start();
  put_fmt(60, 75, "MSG", "QZ", "TimeUS,Message");
  put_fmt(61, 31, "PARM", "QNf", "TimeUS,Name,Value");
  static const char *const texts[] = {"Throttle armed", "ArduCopter V4.3.7 (a1b2c3d4)",
                                      "CubeOrange 0034003A 30375106 34383934"};
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
    put_head(60);
    put_u64(i);
    put_chars(texts[i], 64);
  }
  put_head(61);
  put_u64(9);
  put_chars("SYSID_THISMAV", 16);
  put_f32(7);
  struct whole_log log = whole_read(log_bytes, log_size, "dataflash", (struct decode_options){.wanted = want_nothing});
  assert_ok(log.status);
  assert_int_equal(log.given, 0);
  assert_int_equal(whole_message(&log, "MSG")->count, 3);
  assert_int_equal(whole_message(&log, "PARM")->first_us, 9);
  assert_string_equal(decode_get_fact(log.decode, "firmware"), "ArduCopter V4.3.7");
  assert_string_equal(decode_get_fact(log.decode, "firmware_hash"), "a1b2c3d4");
  assert_string_equal(decode_get_fact(log.decode, "vehicle_class"), "copter");
  assert_string_equal(decode_get_fact(log.decode, "board"), "CubeOrange");
  assert_string_equal(decode_get_fact(log.decode, "vehicle_uid"), "0034003a3037510634383934");
  assert_string_equal(decode_get_fact(log.decode, "system_id"), "7");
  assert_string_equal(decode_get_fact(log.decode, "autopilot"), "ardupilot");
  whole_end(&log);
}

static void test_order(void **state) {
  (void)state;
  start();
  put_fmt(40, 4, "FILE", "B", "Data");
  for (unsigned i = 0; i < 100; i++) {
    put_att(i, 1);
    put_file();
  }
  struct whole_log log = whole_read(log_bytes, log_size, "dataflash", (struct decode_options){.batch_rows = 1});
  assert_ok(log.status);
  assert_int_equal(log.count, 203);
  for (uint32_t i = 3; i < log.count; i++)
    assert_string_equal(log.rows[i].message->name, i % 2 ? "ATT" : "FILE");
  whole_end(&log);
}

/* ── recognising, hostile bytes ───────────────────────────────────────────────────────────────────────────────── */

static const char *kind_of(void) {
  return decode_probe(bytes_of(log_bytes, log_size), log_size, TEXT(""), NULL)->name;
}

static void test_probe(void **state) {
  (void)state;
  make_atts();
  assert_string_equal(kind_of(), "dataflash");
  memset(log_bytes, 0, 30);
  assert_string_equal(kind_of(), "dataflash");
  log_size = 0;
  put_fmt(10, 17, "ATT", "ff", "qw,qx");
  put_fmt(129, 11, "TIME", "Q", "StartTime");
  assert_string_equal(kind_of(), "px4log");
  log_size = 0;
  put("just text\n", 10);
  assert_string_not_equal(kind_of(), "dataflash");
}

static void test_px4log(void **state) {
  (void)state;
  log_size = 0;
  put_fmt(10, 7, "ATT", "f", "Roll");
  put_fmt(129, 11, "TIME", "Q", "StartTime");
  for (unsigned i = 0; i < 3; i++) {
    put_head(129);
    put_u64(1000 * (i + 1));
    put_head(10);
    put_f32((float)i);
  }
  struct whole_log log = whole_read(log_bytes, log_size, "px4log", (struct decode_options){0});
  assert_ok(log.status);
  assert_int_equal(whole_row(&log, "ATT", 2)->time_us, 3000);
  assert_string_equal(decode_get_fact(log.decode, "autopilot"), "px4");
  whole_end(&log);
}

/* Whatever the bytes: it ends, gives out what it counts, and the sanitizers stay silent. */
static void test_any_bytes(void **state) {
  (void)state;
  uint32_t random = 1;
  for (int round = 0; round < 400; round++) {
    make_atts();
    put_fmt(60, 75, "MSG", "QZ", "TimeUS,Message");
    put_unit_formats();
    put_fmtu(10, "sddh", "FBBB");
    put_fmt_of_fmt();
    for (unsigned i = 0; i < ATTS; i++)
      put_att(i, (int)i);
    for (int hit = 0; hit < 1 + round % 30; hit++) {
      random = random * 1664525u + 1013904223u;
      log_bytes[(random >> 8) % log_size] = (uint8_t)(random >> 24);
    }
    struct whole_log log = whole_read(log_bytes, log_size - round % 50, "dataflash", (struct decode_options){0});
    if (log.report && log.status == STATUS_OK)
      assert_int_equal(log.given, log.report->records);
    whole_end(&log);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_letters),
      cmocka_unit_test(test_halves),
      cmocka_unit_test(test_arrays),
      cmocka_unit_test(test_units),
      cmocka_unit_test(test_late_units),
      cmocka_unit_test(test_redefinition),
      cmocka_unit_test(test_wrong_lengths),
      cmocka_unit_test(test_length_is_the_damage),
      cmocka_unit_test(test_inserted_bytes),
      cmocka_unit_test(test_broken_heads),
      cmocka_unit_test(test_deleted_and_zeroed),
      cmocka_unit_test(test_markers_in_payload),
      cmocka_unit_test(test_ends),
      cmocka_unit_test(test_damaged_start),
      cmocka_unit_test(test_lost_definition),
      cmocka_unit_test(test_clocks),
      cmocka_unit_test(test_boots),
      cmocka_unit_test(test_broken_stamp),
      cmocka_unit_test(test_facts_without_rows),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_probe),
      cmocka_unit_test(test_px4log),
      cmocka_unit_test(test_any_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
