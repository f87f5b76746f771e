/* MAVLink recordings, made here frame by frame: layout, units, stamps, clocks, salvage. */
#include "whole_log.h"

#include "decode/mavlink_dialect.h"
#include "decode/mavlink_frame.h"

/* ── a recording in the making ────────────────────────────────────────────────────────────────────────────────── */

enum {
  HEARTBEAT = 0,
  SYSTEM_TIME = 2,
  ATTITUDE = 30,
  GLOBAL_POSITION_INT = 33,
  BATTERY_STATUS = 147,
  STATUSTEXT = 253
};
enum stamp { STAMP_BIG, STAMP_LITTLE, STAMP_NONE };

#define START_US INT64_C(1714557600000000) /* 2024-05-01 10:00 */

static uint8_t log_bytes[2 << 20];
static size_t log_size;
static enum stamp log_stamp;

static void begin(enum stamp stamp) {
  log_size = 0;
  log_stamp = stamp;
}

static void put(const void *data, size_t size) {
  assert_true(log_size + size <= sizeof log_bytes);
  memcpy(log_bytes + log_size, data, size);
  log_size += size;
}

static void put_u8(unsigned value) {
  put(&(uint8_t){(uint8_t)value}, 1);
}

static void put_stamp(int64_t us) {
  uint64_t value = log_stamp == STAMP_BIG ? __builtin_bswap64((uint64_t)us) : (uint64_t)us;
  if (log_stamp != STAMP_NONE)
    put(&value, 8);
}

struct sender {
  uint8_t system, component;
};
static const struct sender vehicle = {1, 1}, ground = {255, 190};

static void put_crc(size_t from, unsigned extra) {
  const struct mavlink_crc *tables = mavlink_crc_tables();
  uint16_t crc = mavlink_crc_bytes(tables, log_bytes + from, log_size - from);
  crc = mavlink_crc_step(tables, crc, (uint8_t)extra);
  put(&crc, 2);
}

static unsigned extra_of(uint32_t id) {
  const struct mavlink_definition *definition = mavlink_dialect_find(mavlink_dialect_ardupilotmega(), id);
  return definition ? definition->crc_extra : 99;
}

static void put_v1(int64_t us, struct sender sender, uint32_t id, const void *payload, size_t size) {
  put_stamp(us);
  put_u8(MAVLINK_V1);
  size_t from = log_size;
  put(&(uint8_t[]){(uint8_t)size, 7, sender.system, sender.component, (uint8_t)id}, 5);
  put(payload, size);
  put_crc(from, extra_of(id));
}

static void put_v2_extra(int64_t us, struct sender sender, uint32_t id, const void *payload, size_t size,
                         bool is_signed, unsigned extra) {
  const uint8_t *bytes = payload;
  while (size > 1 && bytes[size - 1] == 0)
    size--;
  put_stamp(us);
  put_u8(MAVLINK_V2);
  size_t from = log_size;
  put(&(uint8_t[]){(uint8_t)size, is_signed, 0, 9, sender.system, sender.component, (uint8_t)id, (uint8_t)(id >> 8),
                   (uint8_t)(id >> 16)},
      9);
  put(payload, size);
  put_crc(from, extra);
  if (is_signed)
    put("signature 13b", 13);
}

static void put_v2(int64_t us, struct sender sender, uint32_t id, const void *payload, size_t size) {
  put_v2_extra(us, sender, id, payload, size, false, extra_of(id));
}

struct heartbeat {
  uint32_t custom_mode;
  uint8_t type, autopilot, base_mode, status, version;
} __attribute__((packed));

static void put_heartbeat(int64_t us, struct sender sender, uint8_t type, uint8_t autopilot) {
  struct heartbeat payload = {5, type, autopilot, 81, 4, 3};
  put_v2(us, sender, HEARTBEAT, &payload, sizeof payload);
}

struct attitude {
  uint32_t boot_ms;
  float values[6];
};

static void put_attitude(int64_t us, uint32_t boot_ms, float roll) {
  struct attitude payload = {boot_ms, {roll, -0.5f, 0, 0, 0, 0}};
  put_v2(us, vehicle, ATTITUDE, &payload, sizeof payload);
}

/* `count` attitudes, 100 ms apart; roll counts them. */
static void put_attitudes(int count) {
  for (int i = 0; i < count; i++)
    put_attitude(START_US + i * INT64_C(100000), 1000 + (uint32_t)i * 100, (float)i);
}

static struct whole_log read_log(void) {
  return whole_read(log_bytes, log_size, "mavlink", (struct decode_options){0});
}

static int probe_log(const char **ret_name) {
  int score;
  *ret_name = decode_probe(bytes_of(log_bytes, log_size), log_size, TEXT(""), &score)->name;
  return score;
}

/* ── tests ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void test_checksum(void **state) {
  (void)state;
  const struct mavlink_crc *tables = mavlink_crc_tables();
  /* The catalogue's check value of CRC-16/MCRF4XX. */
  assert_int_equal(mavlink_crc_bytes(tables, (const uint8_t *)"123456789", 9), 0x6F91);
  uint8_t bytes[300];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(i * 7 + 3);
  for (size_t size = 0; size < sizeof bytes; size++) {
    uint16_t slow = 0xFFFF;
    for (size_t i = 0; i < size; i++)
      slow = mavlink_crc_step(tables, slow, bytes[i]);
    assert_int_equal(mavlink_crc_bytes(tables, bytes, size), slow);
  }
}

static void test_dialect_is_sound(void **state) {
  (void)state;
  const struct mavlink_dialect *dialect = mavlink_dialect_ardupilotmega();
  assert_int_equal(dialect->count, 301);
  for (uint32_t i = 0; i < dialect->count; i++) {
    const struct mavlink_definition *definition = &dialect->definitions[i];
    assert_ptr_equal(mavlink_dialect_find(dialect, definition->id), definition);
    assert_true(definition->field_count <= MAVLINK_FIELDS_MAX);
    unsigned bytes = 0;
    for (uint16_t f = 0; f < definition->field_count; f++) {
      const struct mavlink_field *field = &dialect->fields[definition->first_field + f];
      unsigned size = (unsigned)column_type_size(field->type) * field->count;
      assert_true(field->offset + size <= definition->max_length);
      bytes += size;
    }
    assert_int_equal(bytes, definition->max_length);
  }
  assert_null(mavlink_dialect_find(dialect, 0xFFFFFF));
}

static void test_both_versions(void **state) {
  (void)state;
  begin(STAMP_BIG);
  struct attitude payload = {1500, {0.25f, -0.5f, 3, 0, 0, 0}};
  put_v1(START_US, vehicle, ATTITUDE, &payload, sizeof payload);
  put_v2(START_US + 10, vehicle, ATTITUDE, &payload, sizeof payload);
  put_v2_extra(START_US + 20, ground, ATTITUDE, &payload, sizeof payload, true, extra_of(ATTITUDE));
  struct whole_log log = read_log();
  assert_int_equal(log.status, STATUS_OK);
  assert_int_equal(log.count, 3);
  for (unsigned i = 0; i < 3; i++) {
    const struct whole_row *row = whole_row(&log, "ATTITUDE", i);
    assert_int_equal(row->time_us, START_US + 10 * (int)i);
    assert_true(row->raw[0] == (i == 2 ? 255 : 1) && row->raw[1] == (i == 2 ? 190 : 1));
    assert_true(row->raw[2] == 1500 && row->physical[2] == 1.5);
    assert_true(row->raw[3] == 0.25 && row->raw[4] == -0.5 && row->raw[5] == 3 && row->raw[8] == 0);
  }
  assert_int_equal(log.report->clock, DECODE_CLOCK_UTC);
  assert_int_equal(log.report->records, 3);
  assert_int_equal(log.report->bytes, log_size);
  assert_int_equal(log.report->damaged_bytes + log.report->bad_records, 0);
  whole_end(&log);
}

static void test_units_and_arrays(void **state) {
  (void)state;
  begin(STAMP_BIG);
  struct {
    uint32_t boot_ms;
    int32_t lat, lon, alt, relative_alt;
    int16_t vx, vy, vz;
    uint16_t heading;
  } position = {1000, 473000000, -85000000, 431200, 30100, 150, -20, 5, 9000};
  put_v2(START_US, vehicle, GLOBAL_POSITION_INT, &position, 28);
  struct {
    int32_t consumed, energy;
    int16_t temperature;
    uint16_t voltages[10];
    int16_t current;
    uint8_t id, function, type;
    int8_t remaining;
  } __attribute__((packed)) battery = {1200, 3, 2500, {4100, 4090}, 1234, 1, 0, 0, 77};
  put_v2(START_US, vehicle, BATTERY_STATUS, &battery, sizeof battery);
  put_v2(START_US, vehicle, STATUSTEXT, "\6Arming motors", 15);
  struct whole_log log = read_log();
  const struct whole_row *row = whole_row(&log, "GLOBAL_POSITION_INT", 0);
  assert_true(row->raw[3] == 473000000 && fabs(row->physical[3] - 47.3) < 1e-9);
  assert_true(fabs(row->physical[5] - 431.2) < 1e-9 && fabs(row->physical[7] - 1.5) < 1e-12);
  assert_true(fabs(row->physical[10] - 90) < 1e-9);
  const struct message *message = whole_message(&log, "GLOBAL_POSITION_INT");
  assert_string_equal(message->fields[3].name, "lat");
  assert_string_equal(message->fields[3].unit, "deg");
  assert_string_equal(message->fields[7].unit, "m/s");
  message = whole_message(&log, "BATTERY_STATUS");
  assert_string_equal(message->fields[6].name, "voltages");
  assert_true(message->fields[6].is_array && message->fields[6].count == 10 && message->fields[6].scale == 1e-3);
  assert_int_equal(message->instance_field, 2);
  row = whole_row(&log, "BATTERY_STATUS", 0);
  assert_true(fabs(row->physical[6] - 4.1) < 1e-9 && fabs(row->physical[7] - 12.34) < 1e-9);
  assert_string_equal(whole_row(&log, "STATUSTEXT", 0)->text[3], "Arming motors");
  whole_end(&log);
}

static void test_unknown_is_kept(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(3);
  put_v2_extra(START_US + 300000, vehicle, 0xABCDEF, "what is this", 12, false, 17);
  put_attitude(START_US + 400000, 1400, 4);
  struct whole_log log = read_log();
  assert_int_equal(log.report->unknown_records, 1);
  assert_int_equal(log.report->records, 4);
  const struct whole_row *row = whole_row(&log, "UNKNOWN_11259375", 0);
  assert_string_equal(row->text[2], "what is this");
  assert_int_equal(row->time_us, START_US + 300000);
  assert_int_equal(log.report->damaged_bytes, 0);
  whole_end(&log);
}

static void test_wrong_checksum_is_stepped_over(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(5);
  size_t hit = log_size / 5 * 2 + 8 + 10 + 3;
  log_bytes[hit] ^= 4;
  struct whole_log log = read_log();
  assert_int_equal(log.report->bad_records, 1);
  assert_int_equal(whole_count(&log, "ATTITUDE"), 4);
  assert_int_equal(log.report->damaged_places, 1);
  assert_string_equal(log.report->damage[0].reason, "wrong checksum");
  whole_end(&log);
}

static void test_another_dialect_is_named(void **state) {
  (void)state;
  begin(STAMP_BIG);
  for (int i = 0; i < 4; i++) {
    put_attitude(START_US + i * 100000, 1000, 1);
    put_v2_extra(START_US + i * 100000, vehicle, GLOBAL_POSITION_INT, &i, 4, false, 200);
  }
  struct whole_log log = read_log();
  assert_int_equal(log.report->bad_records, 4);
  assert_int_equal(log.report->records, 4);
  assert_string_equal(log.report->damage[0].reason, "wrong checksum");
  assert_string_equal(log.report->damage[2].reason, "message of another dialect");
  whole_end(&log);
}

static void test_noise_is_passed(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(10);
  size_t noise_at = log_size;
  for (int i = 0; i < 500; i++)
    put_u8((unsigned)(i * 37 + 0xFE));
  for (int i = 10; i < 20; i++)
    put_attitude(START_US + i * 100000, 1000, (float)i);
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATTITUDE"), 20);
  assert_int_equal(log.report->damaged_places, 1);
  assert_int_equal(log.report->damage[0].offset, noise_at);
  assert_int_equal(log.report->damage[0].bytes, 500);
  assert_int_equal(log.report->damage[0].from_us, START_US + 900000);
  assert_int_equal(log.report->damage[0].to_us, START_US + 1000000);
  whole_end(&log);
}

/* Bytes lost within a stamp: the frame behind it is whole and is kept, with the time of the one before. */
static void test_lost_stamp(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(3);
  size_t cut = log_size;
  put_attitude(START_US + 300000, 1300, 3);
  put_attitude(START_US + 400000, 1400, 4);
  memmove(log_bytes + cut, log_bytes + cut + 5, log_size - cut - 5);
  log_size -= 5;
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATTITUDE"), 5);
  assert_int_equal(whole_row(&log, "ATTITUDE", 3)->time_us, START_US + 200000);
  assert_int_equal(whole_row(&log, "ATTITUDE", 4)->time_us, START_US + 400000);
  assert_int_equal(log.report->damaged_bytes, 3);
  whole_end(&log);
}

static void test_broken_stamp(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(5);
  log_bytes[log_size / 5 * 2 + 2] ^= 0x40;
  struct whole_log log = read_log();
  assert_int_equal(whole_count(&log, "ATTITUDE"), 5);
  assert_int_equal(whole_row(&log, "ATTITUDE", 2)->time_us, START_US + 100000);
  assert_int_equal(log.report->last_us, START_US + 400000);
  assert_string_equal(log.report->damage[0].reason, "broken time stamp");
  whole_end(&log);
}

/* Two sessions in one file: the jump is real, as the next record shares it. */
static void test_session_jump(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(3);
  for (int i = 0; i < 3; i++)
    put_attitude(START_US + 5 * US_PER_DAY + i * 100000, 1000, 9);
  struct whole_log log = read_log();
  assert_int_equal(whole_row(&log, "ATTITUDE", 3)->time_us, START_US + 5 * US_PER_DAY);
  assert_int_equal(log.report->damaged_bytes, 0);
  whole_end(&log);
}

static void test_torn_end(void **state) {
  (void)state;
  for (size_t cut = 1; cut < 30; cut++) {
    begin(STAMP_BIG);
    put_attitudes(5);
    log_size -= cut;
    struct whole_log log = read_log();
    assert_int_equal(whole_count(&log, "ATTITUDE"), 4);
    assert_true(log.report->truncated);
    assert_int_equal(log.report->damaged_bytes, 0);
    whole_end(&log);
  }
}

static void test_boot_clock(void **state) {
  (void)state;
  begin(STAMP_BIG);
  for (int i = 0; i < 5; i++)
    put_attitude(47333000 + i * 1000, 47000, 1);
  struct whole_log log = read_log();
  assert_int_equal(log.report->clock, DECODE_CLOCK_BOOT);
  assert_int_equal(log.report->first_us, 47333000);
  whole_end(&log);
}

static void test_little_stamps(void **state) {
  (void)state;
  begin(STAMP_LITTLE);
  put_attitudes(5);
  const char *name;
  assert_true(probe_log(&name) >= 95);
  assert_string_equal(name, "mavlink");
  struct whole_log log = read_log();
  assert_int_equal(whole_row(&log, "ATTITUDE", 4)->time_us, START_US + 400000);
  assert_int_equal(log.report->clock, DECODE_CLOCK_UTC);
  whole_end(&log);
}

static void test_bare_stream(void **state) {
  (void)state;
  begin(STAMP_NONE);
  put_attitudes(5);
  struct whole_log log = read_log();
  assert_int_equal(log.report->clock, DECODE_CLOCK_BOOT);
  assert_int_equal(whole_row(&log, "ATTITUDE", 4)->time_us, 1400000);
  whole_end(&log);
  struct {
    uint64_t utc_us;
    uint32_t boot_ms;
  } __attribute__((packed)) clock = {(uint64_t)START_US + 2000000, 2000};
  put_v2(0, vehicle, SYSTEM_TIME, &clock, sizeof clock);
  log = read_log();
  assert_int_equal(log.report->clock, DECODE_CLOCK_UTC);
  assert_int_equal(whole_row(&log, "ATTITUDE", 4)->time_us, START_US + 1400000);
  whole_end(&log);
}

static void test_facts(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_heartbeat(START_US, ground, 6, 8);
  put_heartbeat(START_US, (struct sender){3, 1}, 2, 3);
  uint8_t version[78] = {0};
  memcpy(version + 16, &(uint32_t){4u << 24 | 5u << 16 | 7u << 8 | 255}, 4);
  for (int i = 0; i < 12; i++)
    version[60 + i] = (uint8_t)(0x10 + i);
  put_v2(START_US, (struct sender){3, 1}, 148, version, sizeof version);
  struct whole_log log = read_log();
  assert_string_equal(decode_get_fact(log.decode, "system_id"), "3");
  assert_string_equal(decode_get_fact(log.decode, "autopilot"), "ardupilot");
  assert_string_equal(decode_get_fact(log.decode, "vehicle_class"), "copter");
  assert_string_equal(decode_get_fact(log.decode, "vehicle_type"), "MAV_TYPE_QUADROTOR");
  assert_string_equal(decode_get_fact(log.decode, "firmware"), "ArduCopter V4.5.7");
  assert_string_equal(decode_get_fact(log.decode, "vehicle_uid"), "13121110171615141b1a1918");
  whole_end(&log);
}

static bool wants_nothing(void *context, const struct message *message) {
  (void)context, (void)message;
  return false;
}

static void test_counts_without_rows(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(50);
  struct whole_log log = whole_read(log_bytes, log_size, "mavlink", (struct decode_options){.wanted = wants_nothing});
  assert_int_equal(log.given, 0);
  assert_int_equal(whole_message(&log, "ATTITUDE")->count, 50);
  assert_int_equal(whole_message(&log, "ATTITUDE")->last_us, START_US + 4900000);
  whole_end(&log);
}

static void test_one_row_keeps_the_order(void **state) {
  (void)state;
  begin(STAMP_BIG);
  for (int i = 0; i < 20; i++) {
    put_heartbeat(START_US + i * 1000, vehicle, 2, 3);
    put_attitude(START_US + i * 1000 + 1, 1000, 1);
  }
  struct whole_log log = whole_read(log_bytes, log_size, "mavlink", (struct decode_options){.batch_rows = 1});
  assert_int_equal(log.count, 40);
  for (uint32_t i = 1; i < log.count; i++)
    assert_true(log.rows[i].time_us > log.rows[i - 1].time_us);
  whole_end(&log);
}

/* Gives a few bytes at a time, as a slow pipe does. */
static int64_t read_piece(void *context, uint64_t offset, void *data, size_t size) {
  (void)context;
  size_t left = offset < log_size ? log_size - (size_t)offset : 0;
  size_t piece = MIN(MIN(size, left), (size_t)(1 + offset % 70001));
  memcpy(data, log_bytes + offset, piece);
  return (int64_t)piece;
}

static void test_windows(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(30000);
  scoped(input) struct input *input = input_open_callback(read_piece, NULL, log_size);
  scoped(decode) struct decode *log = NULL;
  assert_ok(decode_open(input, NULL, &(struct decode_options){0}, &log, &error));
  const struct batch *batch;
  uint64_t rows = 0;
  for (;;) {
    assert_ok(decode_next(log, &batch, &error));
    if (!batch)
      break;
    for (uint32_t i = 0; i < batch->rows; i++)
      assert_true(column_double(&batch->columns[3], i) == (double)rows++);
  }
  assert_int_equal(rows, 30000);
  assert_int_equal(decode_get_report(log)->bytes, log_size);
  assert_int_equal(decode_get_report(log)->damaged_bytes, 0);
}

static void test_nothing_readable(void **state) {
  (void)state;
  begin(STAMP_BIG);
  for (int i = 0; i < 5000; i++)
    put_u8((unsigned)(i * i * 31 >> 3) | (i % 5 ? 0u : 0xFDu));
  struct whole_log log = read_log();
  assert_int_equal(log.status, STATUS_BAD_DATA);
  whole_end(&log);
  log = whole_read(log_bytes, 0, "mavlink", (struct decode_options){0});
  assert_int_equal(log.status, STATUS_BAD_DATA);
  whole_end(&log);
}

/* More unknown numbers than are kept apart: the rest is counted. */
static void test_many_unknown(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(3);
  for (uint32_t i = 0; i < 300; i++)
    put_v2_extra(START_US + 300000, vehicle, 100000 + i, "x", 1, false, 17);
  put_attitude(START_US + 400000, 1400, 4);
  struct whole_log log = read_log();
  assert_int_equal(log.report->unknown_records, 300);
  assert_int_equal(log.report->records, 4);
  assert_int_equal(log.report->message_count, 257);
  whole_end(&log);
}

static void test_memory_limit(void **state) {
  (void)state;
  begin(STAMP_BIG);
  put_attitudes(3);
  struct whole_log log = whole_read(log_bytes, log_size, "mavlink", (struct decode_options){.memory_limit = 5000});
  assert_int_equal(log.status, STATUS_LIMIT);
  whole_end(&log);
}

static void test_any_bytes_end(void **state) {
  (void)state;
  uint32_t seed = 1;
  for (int round = 0; round < 200; round++) {
    begin((enum stamp)(round % 3));
    put_attitudes(20);
    for (int i = 0; i < 30; i++) {
      seed = seed * 1664525 + 1013904223;
      log_bytes[seed % log_size] = (uint8_t)(seed >> 24);
    }
    struct whole_log log = read_log();
    assert_true(log.status == STATUS_OK || log.status == STATUS_BAD_DATA);
    assert_true(log.given <= 20 + log.report->unknown_records);
    whole_end(&log);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_checksum),
      cmocka_unit_test(test_dialect_is_sound),
      cmocka_unit_test(test_both_versions),
      cmocka_unit_test(test_units_and_arrays),
      cmocka_unit_test(test_unknown_is_kept),
      cmocka_unit_test(test_wrong_checksum_is_stepped_over),
      cmocka_unit_test(test_another_dialect_is_named),
      cmocka_unit_test(test_noise_is_passed),
      cmocka_unit_test(test_lost_stamp),
      cmocka_unit_test(test_broken_stamp),
      cmocka_unit_test(test_session_jump),
      cmocka_unit_test(test_torn_end),
      cmocka_unit_test(test_boot_clock),
      cmocka_unit_test(test_little_stamps),
      cmocka_unit_test(test_bare_stream),
      cmocka_unit_test(test_facts),
      cmocka_unit_test(test_counts_without_rows),
      cmocka_unit_test(test_one_row_keeps_the_order),
      cmocka_unit_test(test_windows),
      cmocka_unit_test(test_nothing_readable),
      cmocka_unit_test(test_many_unknown),
      cmocka_unit_test(test_memory_limit),
      cmocka_unit_test(test_any_bytes_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
