/* Which kind is a file? Own samples of every kind, samples that must not be taken for one, and the index of real logs.
 */
#include "whole_log.h"

static const char *kind_of(struct bytes bytes) {
  return decode_probe(bytes_of(bytes.data, MIN(bytes.size, PROBE_HEAD)), bytes.size, TEXT(""), NULL)->name;
}

static void check(const char *expected, const char *text, size_t size) {
  if (strcmp(kind_of(bytes_of(text, size)), expected) != 0)
    fail_msg("taken for %s, is %s: %.60s", kind_of(bytes_of(text, size)), expected, text);
}
#define CHECK(expected, text) check(expected, text, sizeof(text) - 1)

static void test_text_kinds(void **state) {
  (void)state;
  CHECK("csv", "a,b,c\n1,2,3\n4,5,6\n");
  CHECK("csv", "\xEF\xBB\xBFpart;hours\r\nmotor;12,5\r\n");
  CHECK("csv", "id,text\n1,\"two\nlines, and a comma\"\n2,plain\n");
  CHECK("text", "Dear team,\nthe left motor is worn.\n");
  CHECK("text", "\xFF\xFE"
                "a\0b\0\n\0");
  CHECK("text", "landed near Z\xFCrich\n");
  CHECK("json", " [ {\"a\": 1} ]\n");
  CHECK("json", "{\"a\": 1}\n{\"a\": 2}\n");
  CHECK("text", "{ not JSON }\n");
  CHECK("plan", "{\n  \"fileType\" : \"Plan\", \"version\": 42}");
  CHECK("gutma_json", "{\"exchange\":{\"message\":{\"flight_logging\":{}}}}");
  CHECK("parameters", "#NOTE: 1\nACRO_LOCKING,0\nBATT_MONITOR,4\n");
  CHECK("parameters", "1\t1\tACRO_LOCKING\t0\t2\n1\t1\tBATT_MONITOR\t4\t2\n1\t1\tBATT_CAPACITY\t3300\t6\n");
  CHECK("csv", "NAME,VALUE\nfoo,1\nbar,2\n");
  CHECK("waypoints", "47.1\t8.5\n47.2\t8.5\n47.2\t8.6\n");
  CHECK("waypoints", "RALLY 47.1 8.5 100 0 0 0\n");
  CHECK("nmea", "INFO $GPHDT,,*4F\nINFO $GPHDT,,*4F\n");
  CHECK("csv", "$GPHDT,,*00\n$GPHDT,,*01\n"); /* no sentence has its checksum */
  CHECK("paparazzi", "<configuration time_of_day=\"1594356783.16\" data_file=\"a.data\">\n");
  CHECK("dji_srt", "\xEF\xBB\xBF"
                   "1\r\n00:00:00,000 --> 00:00:01,000\r\n[iso : 100] [shutter : 1/240.0]\r\n");
  CHECK("text", "1\n00:00:00,000 --> 00:00:01,000\nWelcome to the film.\n");
  CHECK("dji_csv", "Id,Time(seconds),Latitude,Longitude\n1,0.3,47,8\n");
  CHECK("radio_csv", "Date,Time,RSSI(dB),Rud,Ele,Thr,Ail\n2024-05-01,10:00:00,70,0,0,0,0\n");
  CHECK("dji_app_log", "User ID\tx\nDate/Time (UTC)\tElapsed\n05/23/2018 20:50:18\t0.1\n");
}

static void test_binary_kinds(void **state) {
  (void)state;
  CHECK("unknown", "");
  CHECK("unknown", "\0\1\2\3\4\5\6\7");
  CHECK("ulog", "ULog\1\x12\x35\1\0\0\0\0\0\0\0\0");
  CHECK("mp4", "\0\0\0\x14"
               "ftypqt  \0\0\0\0qt  ");
  CHECK("mp4", "\0\0\0\x08"
               "wide\0\0\0\1mdat");
  CHECK("zip", "PK\3\4\x14\0");
  CHECK("gzip", "\x1F\x8B\x08\0\0\0\0\0\0\3");
  CHECK("zstd", "\x28\xB5\x2F\xFD\x20\0");
  CHECK("xz", "\xFD"
              "7zXZ\0\0\4");
  CHECK("image", "\x89PNG\r\n\x1A\n");
  CHECK("image", "MM\0*\0\0\0\x08");
  CHECK("jpeg", "\xFF\xD8\xFF\xE0\0\x10JFIF");
  CHECK("klv", "\x06\x0E\x2B\x34\x02\x0B\x01\x01\x0E\x01\x03\x01\x01\0\0\0\4\x41\2\1\x0B");
}

/* Every byte string must be answered; a read past the end shows under the sanitizers. */
static void test_any_bytes(void **state) {
  (void)state;
  uint32_t seed = 7;
  for (int round = 0; round < 3000; round++) {
    size_t size = (size_t)round % 97;
    uint8_t *bytes = malloc(size ? size : 1);
    for (size_t i = 0; i < size; i++) {
      seed = seed * 1664525 + 1013904223;
      bytes[i] = (uint8_t)(round % 3 ? seed >> 24 : 32 + (seed >> 24) % 96);
    }
    assert_non_null(kind_of(bytes_of(bytes, size)));
    free(bytes);
  }
}

/* ── real logs, where they are ────────────────────────────────────────────────────────────────────────────────── */

static const struct {
  const char *theirs, *ours;
} words[] = {
    {"battery_csv", "csv"},
    {"blackbox", "blackbox"},
    {"dataflash_bin", "dataflash"},
    {"dji_app_log", "dji_app_log"},
    {"dji_csv", "dji_csv"},
    {"dataflash_log", "dataflash_text"},
    {"dji_txt", "dji_txt"},
    {"image_metadata_csv", "csv"},
    {"dataflash_log_zip", "zip"},
    {"jpeg", "jpeg"},
    {"jpeg_thermal", "jpeg"},
    {"klv", "klv"},
    {"labels", "text"},
    {"maintenance_csv", "csv"},
    {"mavlink_raw", "mavlink"},
    {"mp4", "mp4"},
    {"nmea_txt", "nmea"},
    {"paparazzi_log", "paparazzi"},
    {"parm", "parameters"},
    {"px4_csv", "csv"},
    {"px4_px4log", "px4log"},
    {"px4_ulg", "ulog"},
    {"px4_ulg_zip", "zip"},
    {"qgc_plan", "plan"},
    {"radio_csv", "radio_csv"},
    {"srt", "dji_srt"},
    {"tlog", "mavlink"},
    {"waypoints", "waypoints"},
};

static const char *ours_of(struct text theirs) {
  for (size_t i = 0; i < ARRAY_COUNT(words); i++)
    if (text_is(theirs, words[i].theirs))
      return words[i].ours;
  return "a kind that this test does not know";
}

/* ../shared beside the source tree, unless UAVLAKE_SHARED says where. */
static const char *shared_folder(struct arena *arena) {
  const char *set = getenv("UAVLAKE_SHARED"), *slash = strrchr(__FILE__, '/');
  if (set)
    return set;
  return arena_format(arena, "%.*s/../../../../shared", (int)(slash ? slash - __FILE__ : 0), __FILE__);
}

static bool file_is_of_kind(const char *path, const char *expected) {
  scoped(input) struct input *input = NULL;
  struct bytes head;
  assert_ok(input_open_path(path, &input, &error));
  assert_ok(input_view(input, PROBE_HEAD, &head, &error));
  const char *got = decode_probe(head, input_size(input), TEXT(""), NULL)->name;
  if (strcmp(got, expected) != 0)
    print_error("%s: is %s, taken for %s\n", path, expected, got);
  return strcmp(got, expected) == 0;
}

static void test_index_of_real_logs(void **state) {
  (void)state;
  struct arena *arena = arena_new(0);
  const char *logs = arena_format(arena, "%s/logs", shared_folder(arena));
  struct bytes index;
  unsigned files = 0, wrong = 0;
  const char *path = arena_format(arena, "%s/index.tsv", logs);
  if (!file_exists(path) || file_read(arena, path, 1 << 20, &index, &error) != STATUS_OK) {
    arena_free(arena);
    skip();
  }
  struct text rest = text_from(index.data, index.size);
  text_cut(&rest, '\n');
  while (rest.data) {
    struct text line = text_cut(&rest, '\n'), name = text_cut(&line, '\t');
    text_cut(&line, '\t');
    text_cut(&line, '\t');
    struct text kind = text_cut(&line, '\t');
    if (!name.size)
      continue;
    files++;
    wrong += !file_is_of_kind(arena_format(arena, "%s/%.*s", logs, (int)name.size, name.data), ours_of(kind));
  }
  arena_free(arena);
  assert_true(files > 50);
  assert_int_equal(wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text_kinds),
      cmocka_unit_test(test_binary_kinds),
      cmocka_unit_test(test_any_bytes),
      cmocka_unit_test(test_index_of_real_logs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
