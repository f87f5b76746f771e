/* Photographs, made here segment by segment, and the notes of the index of real ones. */
#include "whole_log.h"

#include "decode/jpeg_meta.h"

static uint8_t image[2 << 20];
static size_t image_size;

static void put(const void *data, size_t size) {
  assert_true(image_size + size <= sizeof image);
  memcpy(image + image_size, data, size);
  image_size += size;
}

static void put_segment(uint8_t marker, const void *body, size_t size) {
  uint8_t head[] = {0xFF, marker, (uint8_t)((size + 2) >> 8), (uint8_t)(size + 2)};
  put(head, sizeof head);
  put(body, size);
}

static void begin(void) {
  image_size = 0;
  put("\xFF\xD8", 2);
}

static void put_size(uint8_t marker, unsigned width, unsigned height) {
  uint8_t body[15] = {8, (uint8_t)(height >> 8), (uint8_t)height, (uint8_t)(width >> 8), (uint8_t)width, 3};
  put_segment(marker, body, sizeof body);
}

static void put_picture(void) {
  put_segment(0xDA, "\3\1\0\2\x11\3\x11\0\x3F\0", 10);
  put("\x12\x34\xFF\0\x56\xFF\xD9", 7);
}

static void put_xmp(const char *packet) {
  static char body[65000];
  size_t head = sizeof "http://ns.adobe.com/xap/1.0/";
  memcpy(body, "http://ns.adobe.com/xap/1.0/", head);
  memcpy(body + head, packet, strlen(packet));
  put_segment(0xE1, body, head + strlen(packet));
}

/* ── Exif: one directory after another, offsets counted from the TIFF header ──────────────────────────────────── */

static uint8_t tiff[4096];
static size_t tiff_size, tiff_values;

static void directory_begin(unsigned entries) {
  memcpy(tiff + tiff_size, &(uint16_t){(uint16_t)entries}, 2);
  tiff_values = tiff_size + 2 + 12 * entries + 4;
  tiff_size += 2;
}

static void entry(unsigned tag, unsigned type, unsigned count, const void *value, size_t size) {
  uint16_t head[2] = {(uint16_t)tag, (uint16_t)type};
  memcpy(tiff + tiff_size, head, 4);
  memcpy(tiff + tiff_size + 4, &count, 4);
  memset(tiff + tiff_size + 8, 0, 4);
  if (size <= 4) {
    memcpy(tiff + tiff_size + 8, value, size);
  } else {
    memcpy(tiff + tiff_size + 8, &(uint32_t){(uint32_t)tiff_values}, 4);
    memcpy(tiff + tiff_values, value, size);
    tiff_values += size;
  }
  tiff_size += 12;
}

static void entry_text(unsigned tag, const char *text) {
  entry(tag, 2, (unsigned)strlen(text) + 1, text, strlen(text) + 1);
}

static void directory_end(void) {
  memset(tiff + tiff_size, 0, 4);
  tiff_size = tiff_values;
}

/* offset NULL: the camera writes none. gps_date NULL: no GPS time. */
static void put_exif(const char *local, const char *offset, const char *gps_date) {
  memset(tiff, 0, sizeof tiff);
  memcpy(tiff, "II*\0\x08\0\0\0", 8);
  tiff_size = 8;
  const uint32_t camera_at = 200, gps_at = 400;
  directory_begin(4);
  entry_text(0x10F, "Maker");
  entry_text(0x110, "Maker One");
  entry(0x8769, 4, 1, &camera_at, 4);
  entry(0x8825, 4, 1, &gps_at, 4);
  directory_end();
  assert_true(tiff_size <= camera_at);
  tiff_size = camera_at;
  directory_begin(offset ? 3 : 2);
  entry(0x829A, 5, 1, (uint32_t[]){1, 250}, 8);
  entry_text(0x9003, local);
  if (offset)
    entry_text(0x9011, offset);
  directory_end();
  assert_true(tiff_size <= gps_at);
  tiff_size = gps_at;
  directory_begin(gps_date ? 6 : 4);
  entry_text(1, "S");
  entry(2, 5, 3, (uint32_t[]){33, 1, 30, 1, 36, 1}, 24);
  entry_text(3, "W");
  entry(4, 5, 3, (uint32_t[]){70, 1, 15, 1, 0, 1}, 24);
  if (gps_date) {
    entry(7, 5, 3, (uint32_t[]){10, 1, 30, 1, 5, 1}, 24);
    entry_text(0x1D, gps_date);
  }
  directory_end();
  static uint8_t body[6 + sizeof tiff];
  memcpy(body, "Exif\0\0", 6);
  memcpy(body + 6, tiff, tiff_size);
  put_segment(0xE1, body, 6 + tiff_size);
}

/* ── reading back ─────────────────────────────────────────────────────────────────────────────────────────────── */

struct photograph {
  struct input *input;
  struct decode *decode;
  const struct batch *batch; /* NULL: nothing readable */
  enum status status;
};

static struct photograph read_bytes_as_jpeg(const void *data, size_t size) {
  struct photograph p = {.input = input_open_memory(bytes_of(data, size))};
  p.status = decode_open(p.input, decoder_find("jpeg"), &(struct decode_options){0}, &p.decode, &error);
  if (p.status == STATUS_OK)
    p.status = decode_next(p.decode, &p.batch, &error);
  if (p.status != STATUS_OK)
    p.batch = NULL;
  return p;
}

static struct photograph read_image(void) {
  return read_bytes_as_jpeg(image, image_size);
}

static void photograph_end(struct photograph *p) {
  decode_close(p->decode);
  input_close(p->input);
}

static const struct column *column_of(const struct photograph *p, const char *name) {
  assert_non_null(p->batch);
  for (uint16_t i = 0; i < p->batch->message->field_count; i++)
    if (strcmp(p->batch->message->fields[i].name, name) == 0)
      return &p->batch->columns[i];
  fail_msg("there is no column %s", name);
  return NULL;
}

static double number(const struct photograph *p, const char *name) {
  return column_double(column_of(p, name), 0);
}

static int64_t whole(const struct photograph *p, const char *name) {
  return column_i64(column_of(p, name), 0);
}

static bool known(const struct photograph *p, const char *name) {
  return column_is_valid(column_of(p, name), 0);
}

static void assert_text(const struct photograph *p, const char *name, const char *expected) {
  struct text text = column_text(column_of(p, name), 0);
  assert_true(known(p, name));
  assert_true(text_is(text, expected));
}

static bool is_near(double a, double b) {
  return fabs(a - b) < 1e-9;
}

/* ── tests ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static void test_exif(void **state) {
  (void)state;
  begin();
  put_exif("2024:05:01 12:30:06", NULL, "2024:05:01");
  put_size(0xC2, 4000, 3000);
  put_picture();
  struct photograph p = read_image();
  assert_int_equal(whole(&p, "width_px"), 4000);
  assert_int_equal(whole(&p, "height_px"), 3000);
  assert_text(&p, "model", "Maker One");
  assert_true(is_near(number(&p, "lat_deg"), -33.51) && is_near(number(&p, "lon_deg"), -70.25));
  assert_true(is_near(number(&p, "exposure_s"), 0.004));
  assert_text(&p, "time_local", "2024-05-01T12:30:06");
  assert_text(&p, "offset", "+02:00");
  assert_int_equal(p.batch->time_us[0], INT64_C(1714559405000000));
  assert_true(!known(&p, "alt_msl_m") && !known(&p, "iso") && !known(&p, "lens"));
  assert_string_equal(decode_get_fact(p.decode, "camera"), "Maker One");
  assert_string_equal(decode_get_fact(p.decode, "created"), "2024-05-01T10:30:05Z");
  assert_int_equal(decode_get_report(p.decode)->records, 1);
  assert_int_equal(decode_get_report(p.decode)->clock, DECODE_CLOCK_UTC);
  assert_ok(decode_next(p.decode, &p.batch, &error));
  assert_null(p.batch);
  photograph_end(&p);
}

static void test_times(void **state) {
  (void)state;
  begin();
  put_exif("2024:05:01 12:30:00", "-03:30", NULL);
  put_size(0xC0, 10, 10);
  put_picture();
  struct photograph p = read_image();
  assert_int_equal(whole(&p, "time_utc"), INT64_C(1714579200000000)); /* 16:00 */
  photograph_end(&p);
  begin();
  put_exif("2024:05:01 12:30:00", NULL, NULL);
  put_size(0xC0, 10, 10);
  put_picture();
  p = read_image();
  assert_false(known(&p, "time_utc"));
  assert_int_equal(decode_get_report(p.decode)->clock, DECODE_CLOCK_NONE);
  assert_string_equal(decode_get_fact(p.decode, "created"), "2024-05-01T12:30:00");
  photograph_end(&p);
}

static void test_xmp(void **state) {
  (void)state;
  begin();
  put_xmp("<x drone-dji:AbsoluteAltitude=\"+198.41\" drone-dji:GimbalYawDegree = '-140' Camera:BandName=\"LWIR\">"
          "<drone-dji:RelativeAltitude>\n+39.90 </drone-dji:RelativeAltitude><tiff:Make>Other</tiff:Make>"
          "<a exif:GPSLatitude=\"47,18.5N\" exif:GPSLongitude=\"8,30,36W\" drone-dji:FlightYawDegree=\"1385/10\"/>");
  put_size(0xC0, 640, 480);
  put_picture();
  struct photograph p = read_image();
  assert_true(is_near(number(&p, "alt_msl_m"), 198.41) && is_near(number(&p, "alt_rel_m"), 39.9));
  assert_true(is_near(number(&p, "gimbal_yaw_deg"), -140) && is_near(number(&p, "flight_yaw_deg"), 138.5));
  assert_true(fabs(number(&p, "lat_deg") - (47 + 18.5 / 60)) < 1e-9 && is_near(number(&p, "lon_deg"), -8.51));
  assert_text(&p, "make", "Other");
  assert_true(whole(&p, "thermal") == 1 && whole(&p, "xmp") == 1);
  assert_false(known(&p, "gimbal_pitch_deg"));
  photograph_end(&p);
}

static struct photograph read_with_xmp(const char *packet) {
  begin();
  put_xmp(packet);
  put_size(0xC0, 640, 480);
  put_picture();
  return read_image();
}

static void test_xmp_of_makers(void **state) {
  (void)state;
  struct photograph p = read_with_xmp(
      "<a xmlns:q='x' xmlns:dd=\"http://www.dji.com/drone-dji/1.0/\" dd:GpsLatitude=\"1.5\" "
      "dd:GpsLongtitude=\"2.5\" dd:UTCAtExposure=\"2024-05-01T10:00:00.5\" "
      "dd:DroneSerialNumber=\"1581F\" dd:RtkStdLat=\"0.03\" dd:RtkStdLon=\"0.04\"/>");
  assert_true(is_near(number(&p, "lat_deg"), 1.5) && is_near(number(&p, "lon_deg"), 2.5));
  assert_true(is_near(number(&p, "horizontal_accuracy_m"), 0.05));
  assert_text(&p, "vehicle_serial", "1581F");
  assert_text(&p, "time_basis", "gps");
  photograph_end(&p);
  p = read_with_xmp(
      "<a drone-parrot:CameraPitchDegree=\"-45.5\" Camera:BandName=\"Red Edge\" "
      "Camera:AboveGroundAltitude=\"81.5\" FLIR:MAVYaw=\"12\" xmp:CreateDate=\"2024-05-01T12:00:00+02:00\"/>");
  assert_true(is_near(number(&p, "gimbal_pitch_deg"), -45.5) && is_near(number(&p, "flight_yaw_deg"), 12));
  assert_true(is_near(number(&p, "height_ground_m"), 81.5));
  assert_text(&p, "band", "Red Edge");
  assert_text(&p, "time_basis", "camera clock and zone");
  photograph_end(&p);
}

static void put_extended(const char *part, uint32_t size, uint32_t at) {
  char body[256] = "http://ns.adobe.com/xmp/extension/";
  uint32_t big[2] = {__builtin_bswap32(size), __builtin_bswap32(at)};
  memset(body + 35, 'A', 32);
  memcpy(body + 67, big, 8);
  memcpy(body + 75, part, strlen(part));
  put_segment(0xE1, body, 75 + strlen(part));
}

static void test_extended_xmp(void **state) {
  (void)state;
  begin();
  put_extended("Degree=\"7\"/>", 36, 24); /* the parts may come in any order */
  put_extended("<a drone-dji:GimbalPitch", 36, 0);
  put_extended("beyond", 36, 34);
  put_extended("other size", 99, 0);
  put_size(0xC0, 640, 480);
  put_picture();
  struct photograph p = read_image();
  assert_true(is_near(number(&p, "gimbal_pitch_deg"), 7));
  assert_int_equal(decode_get_report(p.decode)->damaged_bytes, 2 * (4 + 75) + 6 + 10);
  photograph_end(&p);
}

/* Entities are not expanded; thousands of values without an end cost no more than a packet of that size. */
static void test_xmp_bomb(void **state) {
  (void)state;
  struct photograph p = read_with_xmp("<!DOCTYPE a [<!ENTITY b \"&c;&c;&c;\"><!ENTITY c \"&b;&b;&b;\">]>"
                                      "<a drone-dji:GimbalYawDegree=\"&b;\" drone-dji:FlightYawDegree=\"3\"/>");
  assert_false(known(&p, "gimbal_yaw_deg"));
  assert_true(is_near(number(&p, "flight_yaw_deg"), 3));
  photograph_end(&p);
  static char packet[64000];
  const char *open = "drone-dji:GpsLatitude=\"";
  for (size_t at = 0; at + strlen(open) < sizeof packet; at += strlen(open))
    memcpy(packet + at, open, strlen(open));
  p = read_with_xmp(packet);
  assert_int_equal(p.status, STATUS_OK);
  assert_false(known(&p, "lat_deg"));
  photograph_end(&p);
}

static void test_end_of_the_picture(void **state) {
  (void)state;
  begin();
  put_size(0xC0, 640, 480);
  put_picture();
  struct photograph p = read_image();
  assert_false(decode_get_report(p.decode)->truncated);
  photograph_end(&p);
  image_size -= 2;
  p = read_image();
  assert_int_equal(p.status, STATUS_OK);
  assert_true(decode_get_report(p.decode)->truncated);
  photograph_end(&p);
}

static void test_sensor_image_in_segments(void **state) {
  (void)state;
  static uint8_t piece[61440];
  begin();
  put_size(0xC0, 320, 256);
  for (int i = 0; i < 2; i++)
    put_segment(0xE4, piece, sizeof piece);
  put_segment(0xE4, piece, 320 * 256 * 2 - 2 * sizeof piece);
  put_picture();
  struct photograph p = read_image();
  assert_int_equal(whole(&p, "thermal"), 1);
  photograph_end(&p);
}

/* Whatever is broken in a segment, the picture's size is still found. */
static void test_broken_segments(void **state) {
  (void)state;
  begin();
  put_segment(0xE1, "Exif\0\0II*\0\xFF\xFF\xFF\xFF", 14);
  put_segment(0xE1, "Exif\0\0MM\0*\0\0\0\x08\xFF\xFF\1\2\3", 19);
  put_xmp("drone-dji:RelativeAltitude=\"");
  put_segment(0xE1, "Ex", 2);
  put("no segment", 10);
  put_size(0xC0, 640, 480);
  put_picture();
  struct photograph p = read_image();
  assert_int_equal(whole(&p, "width_px"), 640);
  assert_false(known(&p, "alt_rel_m"));
  assert_int_equal(decode_get_report(p.decode)->damaged_bytes, 10);
  photograph_end(&p);
}

static void test_cut_anywhere(void **state) {
  (void)state;
  begin();
  put_exif("2024:05:01 12:30:06", "+02:00", "2024:05:01");
  put_xmp("<x drone-dji:AbsoluteAltitude=\"+198.41\"/>");
  put_size(0xC0, 640, 480);
  size_t picture = image_size;
  put_picture();
  for (size_t size = 0; size <= image_size; size++) {
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, image, size);
    struct photograph p = read_bytes_as_jpeg(copy, size);
    assert_int_equal(p.status, size < picture ? STATUS_BAD_DATA : STATUS_OK);
    photograph_end(&p);
    free(copy);
  }
}

static void test_any_bytes_end(void **state) {
  (void)state;
  uint32_t seed = 3;
  for (int round = 0; round < 500; round++) {
    begin();
    put_exif("2024:05:01 12:30:06", "+02:00", "2024:05:01");
    put_xmp("<x drone-dji:AbsoluteAltitude=\"+198.41\" exif:GPSLatitude=\"47,18.5N\"/>");
    put_size(0xC0, 640, 480);
    put_picture();
    for (int i = 0; i < 20; i++) {
      seed = seed * 1664525 + 1013904223;
      image[seed % image_size] = (uint8_t)(seed >> 24);
    }
    struct photograph p = read_image();
    assert_true(p.status == STATUS_OK || p.status == STATUS_BAD_DATA);
    photograph_end(&p);
  }
}

/* ── real photographs, where they are: the index notes size, GPS and what the flight controller wrote ─────────── */

static void check_note(const struct photograph *p, const char *path, const char *kind, const char *note) {
  unsigned width, height;
  if (strstr(note, "corrupt"))
    note = strstr(note, "; ") + 2;
  assert_int_equal(sscanf(note, "%ux%u", &width, &height), 2);
  bool good = whole(p, "width_px") == width && whole(p, "height_px") == height;
  good = good && known(p, "lat_deg") == !strstr(note, "no GPS");
  good = good && whole(p, "thermal") == (strcmp(kind, "jpeg_thermal") == 0);
  const char *relative = strstr(note, "RelAlt="), *pitch = strstr(note, "GimbalPitch=");
  good = good && (!relative || is_near(number(p, "alt_rel_m"), strtod(relative + 7, NULL)));
  good = good && (!pitch || is_near(number(p, "gimbal_pitch_deg"), strtod(pitch + 12, NULL)));
  if (!good)
    fail_msg("%s is not what the index says: %s", path, note);
}

static void test_index_of_real_photographs(void **state) {
  (void)state;
  const char *set = getenv("UAVLAKE_SHARED"), *slash = strrchr(__FILE__, '/');
  char folder[1024], line[4096], path[2048];
  if (set)
    snprintf(folder, sizeof folder, "%s/logs", set);
  else
    snprintf(folder, sizeof folder, "%.*s/../../../../shared/logs", (int)(slash ? slash - __FILE__ : 0), __FILE__);
  snprintf(path, sizeof path, "%s/index.tsv", folder);
  FILE *index = fopen(path, "r");
  if (!index)
    skip();
  int images = 0;
  while (fgets(line, sizeof line, index)) {
    struct text rest = text_trim(text_of(line)), columns[9];
    for (int i = 0; i < 9; i++)
      columns[i] = text_cut(&rest, '\t');
    if (!text_starts(columns[3], "jpeg"))
      continue;
    images++;
    char kind[32], note[512];
    snprintf(kind, sizeof kind, "%.*s", (int)columns[3].size, columns[3].data);
    snprintf(note, sizeof note, "%.*s", (int)columns[8].size, columns[8].data);
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)columns[0].size, columns[0].data);
    struct photograph p = {0};
    assert_ok(input_open_path(path, &p.input, &error));
    assert_ok(decode_open(p.input, NULL, &(struct decode_options){0}, &p.decode, &error));
    assert_ok(decode_next(p.decode, &p.batch, &error));
    check_note(&p, path, kind, note);
    photograph_end(&p);
  }
  fclose(index);
  assert_true(images > 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_exif),
      cmocka_unit_test(test_times),
      cmocka_unit_test(test_xmp),
      cmocka_unit_test(test_xmp_of_makers),
      cmocka_unit_test(test_extended_xmp),
      cmocka_unit_test(test_xmp_bomb),
      cmocka_unit_test(test_end_of_the_picture),
      cmocka_unit_test(test_sensor_image_in_segments),
      cmocka_unit_test(test_broken_segments),
      cmocka_unit_test(test_cut_anywhere),
      cmocka_unit_test(test_any_bytes_end),
      cmocka_unit_test(test_index_of_real_photographs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
