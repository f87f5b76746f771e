/* Counting without decoding: exact on clean logs whatever the threads, silent on all others. */
#include "unit.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "decode/dataflash_tally.h"

#include <stdlib.h>
#include <unistd.h>

#define SIZE (UINT64_C(72) << 20)
#define IMU_BYTES 20 /* head, TimeUS, I, 8 bytes that may hold anything */
#define MSG_BYTES 43

struct made {
  char path[64];
  uint64_t imu[3], msg, bytes, first_msg, last_msg;
};

static void put_fmt(FILE *file, uint8_t id, uint8_t length, const char *name, const char *format, const char *columns) {
  uint8_t record[89] = {0xA3, 0x95, 128, id, length};
  memcpy(record + 5, name, strlen(name));
  memcpy(record + 9, format, strlen(format));
  memcpy(record + 25, columns, strlen(columns));
  fwrite(record, 1, sizeof record, file);
}

static void put_fmtu(FILE *file, uint64_t time_us, uint8_t id, const char *units) {
  uint8_t record[44] = {0xA3, 0x95, 2};
  memcpy(record + 3, &time_us, 8);
  record[11] = id;
  memcpy(record + 12, units, strlen(units));
  memset(record + 28, '-', 16);
  fwrite(record, 1, sizeof record, file);
}

static void put_imu(FILE *file, struct made *made, uint64_t i) {
  uint8_t record[IMU_BYTES] = {0xA3, 0x95, 3};
  uint64_t time_us = 1000000 + i * 100;
  memcpy(record + 3, &time_us, 8);
  record[11] = (uint8_t)(i % 3);
  memcpy(record + 12, i % 7 ? "\xA3\x95\x03\xA3\x95\x80\xA3\x95" : "\0\0\0\0\0\0\0\0", 8); /* heads in the payload */
  made->imu[i % 3]++;
  fwrite(record, 1, sizeof record, file);
}

static void make_log(struct made *made) {
  *made = (struct made){.path = "/tmp/uavlake-tally-XXXXXX"};
  int fd = mkstemp(made->path);
  assert_true(fd >= 0);
  FILE *file = fdopen(fd, "wb");
  put_fmt(file, 128, 89, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns");
  put_fmt(file, 2, 44, "FMTU", "QBNN", "TimeUS,FmtType,UnitIds,MultIds");
  put_fmt(file, 3, IMU_BYTES, "IMU", "QBff", "TimeUS,I,A,B");
  put_fmt(file, 4, MSG_BYTES, "NOTE", "QNN", "TimeUS,A,B");
  put_fmtu(file, 1000, 3, "s#oo");
  uint64_t size = 4 * 89 + 44;
  for (uint64_t i = 0; size < SIZE; i++, size += IMU_BYTES) {
    put_imu(file, made, i);
    if (i % 500000 != 400000)
      continue;
    uint8_t note[MSG_BYTES] = {0xA3, 0x95, 4};
    uint64_t time_us = 1000000 + i * 100;
    memcpy(note + 3, &time_us, 8);
    fwrite(note, 1, sizeof note, file);
    made->first_msg = made->msg++ ? made->first_msg : time_us;
    made->last_msg = time_us;
    size += MSG_BYTES;
  }
  made->bytes = size;
  fclose(file);
}

static struct made log_made;

static int set_up(void **state) {
  (void)state;
  make_log(&log_made);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  return unlink(log_made.path);
}

static struct dataflash_tally *count(struct arena *arena, uint32_t threads) {
  struct dataflash_tally *tally = NULL;
  struct error failure;
  assert_int_equal(dataflash_tally_count(log_made.path, threads, arena, &tally, &failure), STATUS_OK);
  return tally;
}

static void clean_logs_are_counted(void **state) {
  (void)state;
  for (uint32_t threads = 1; threads <= 4; threads += 3) {
    scoped(arena) struct arena *arena = arena_new(0);
    const struct dataflash_tally *tally = count(arena, threads);
    assert_non_null(tally);
    assert_int_equal(tally->counts[128], 4);
    assert_int_equal(tally->counts[2], 1);
    assert_int_equal(tally->counts[4], log_made.msg);
    assert_int_equal(tally->counts[3], log_made.imu[0] + log_made.imu[1] + log_made.imu[2]);
    assert_true(tally->has_instance[3] && !tally->has_instance[4]);
    for (size_t i = 0; i < 3; i++)
      assert_int_equal(tally->instances[3][i], log_made.imu[i]);
    assert_int_equal(tally->first_us[4], log_made.first_msg);
    assert_int_equal(tally->last_us[4], log_made.last_msg);
    assert_true(tally->stretch_count >= 4 && tally->stretches[0].from == 0);
    assert_int_equal(tally->stretches[tally->stretch_count - 1].to, log_made.bytes);
    assert_true(tally->sampled[3] > 0 && tally->sampled[3] < tally->counts[3]);
  }
}

static void write_at(uint64_t offset, const void *bytes, size_t size) {
  FILE *file = fopen(log_made.path, "r+b");
  fseek(file, (long)offset, SEEK_SET);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  fclose(file);
}

/* A record in the middle that is not what it was: the answer is "not clean", whichever piece it lies in. */
static void damage_is_noticed(void **state) {
  (void)state;
  uint64_t places[] = {UINT64_C(5) << 20, UINT64_C(40) << 20, SIZE - (UINT64_C(2) << 20)};
  for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
    scoped(arena) struct arena *arena = arena_new(0);
    uint8_t before[64];
    FILE *file = fopen(log_made.path, "rb");
    fseek(file, (long)places[i], SEEK_SET);
    assert_int_equal(fread(before, 1, sizeof before, file), sizeof before);
    fclose(file);
    write_at(places[i], (uint8_t[64]){0}, 64);
    assert_null(count(arena, 2));
    write_at(places[i], before, sizeof before);
  }
}

static void append(const void *bytes, size_t size) {
  write_at(log_made.bytes, bytes, size);
}

/* A torn record at the end is what a power-off leaves: nothing else of the log is in doubt. */
static void a_torn_end_is_no_damage(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  append((uint8_t[]){0xA3, 0x95, 3, 0, 0}, 5);
  const struct dataflash_tally *tally = count(arena, 2);
  assert_non_null(tally);
  assert_int_equal(tally->counts[3], log_made.imu[0] + log_made.imu[1] + log_made.imu[2]);
  assert_int_equal(truncate(log_made.path, (off_t)log_made.bytes), 0);
}

static void small_logs_are_left_alone(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  char path[64];
  snprintf(path, sizeof path, "%s", log_made.path);
  assert_int_equal(truncate(log_made.path, 1000000), 0);
  assert_null(count(arena, 2));
  assert_int_equal(truncate(log_made.path, 0), 0);
  assert_null(count(arena, 2));
  assert_int_equal(truncate(log_made.path, (off_t)SIZE), 0); /* zeros only */
  assert_null(count(arena, 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clean_logs_are_counted),
      cmocka_unit_test(damage_is_noticed),
      cmocka_unit_test(a_torn_end_is_no_damage),
      cmocka_unit_test(small_logs_are_left_alone),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
