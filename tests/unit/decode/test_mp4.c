/* Films, made here box by box: times, telemetry, and what hostile bytes do. */
#include "whole_log.h"

#include "decode/dji_subtitle.h"

static void assert_near_(double a, double b, int line) {
  if (!(fabs(a - b) < 1e-9))
    fail_msg("line %d: %.12g is not %.12g", line, a, b);
}
#define assert_near(a, b) assert_near_(a, b, __LINE__)

static uint8_t film[1 << 16];
static size_t film_size;

static void put(const void *data, size_t size) {
  assert_true(film_size + size <= sizeof film);
  memcpy(film + film_size, data, size);
  film_size += size;
}

static void put_u16(unsigned value) {
  put((uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void put_u32(uint32_t value) {
  put_u16(value >> 16);
  put_u16(value & 0xFFFF);
}

static void put_zeros(size_t count) {
  for (size_t i = 0; i < count; i++)
    put("", 1);
}

/* Begins a box (with version and flags where `full`); box_end writes its size. */
static size_t box_begin(const char *name, bool full) {
  size_t at = film_size;
  put_u32(0);
  put(name, 4);
  if (full)
    put_u32(0);
  return at;
}

static void box_end(size_t at) {
  uint32_t size = (uint32_t)(film_size - at);
  for (int i = 0; i < 4; i++)
    film[at + (size_t)i] = (uint8_t)(size >> (24 - 8 * i));
}

static void put_entry(const char *key, char type, uint8_t size, uint16_t repeat, const void *data) {
  size_t bytes = (size_t)size * repeat;
  put(key, 4);
  put(&type, 1);
  put(&size, 1);
  put_u16(repeat);
  put(data, bytes);
  put_zeros((4 - bytes % 4) % 4);
}

static size_t nest_begin(const char *key) {
  size_t at = film_size;
  put(key, 4);
  put("\0\1\0\0", 4);
  return at;
}

static void nest_end(size_t at) {
  size_t size = film_size - at - 8;
  film[at + 6] = (uint8_t)(size >> 8);
  film[at + 7] = (uint8_t)size;
}

/* One payload with a position; fix as GPSF says. Returns its size. */
static size_t put_payload(uint8_t fix) {
  size_t at = film_size, device = nest_begin("DEVC");
  put_entry("DVID", 'L', 4, 1, "\0\0\0\1");
  size_t stream = nest_begin("STRM");
  put_entry("GPSF", 'L', 4, 1, (uint8_t[]){0, 0, 0, fix});
  put_entry("GPSU", 'U', 16, 1, "240501100000.000");
  put_entry("SCAL", 'l', 4, 1, "\0\0\0\2");
  put_entry("GPS5", 'l', 20, 1, "\0\0\0\x5E\0\0\0\x11\0\0\0\x64\0\0\0\4\0\0\0\6");
  nest_end(stream);
  nest_end(device);
  return film_size - at;
}

static void put_track(const char *handler, const char *format, size_t offset, size_t size) {
  size_t trak = box_begin("trak", false), mdia = box_begin("mdia", false), box = box_begin("mdhd", true);
  put_u32(0), put_u32(0), put_u32(1000), put_u32(2000), put_u32(0x15C70000);
  box_end(box);
  box = box_begin("hdlr", true);
  put_u32(0), put(handler, 4), put_zeros(12), put("name", 5);
  box_end(box);
  size_t minf = box_begin("minf", false), stbl = box_begin("stbl", false);
  box = box_begin("stsd", true);
  put_u32(1), put_u32(86), put(format, 4), put_zeros(24), put_u16(1920), put_u16(1080), put_zeros(50);
  box_end(box);
  box = box_begin("stts", true);
  put_u32(1), put_u32(1), put_u32(1000);
  box_end(box);
  box = box_begin("stsc", true);
  put_u32(1), put_u32(1), put_u32(1), put_u32(1);
  box_end(box);
  box = box_begin("stsz", true);
  put_u32(0), put_u32(1), put_u32((uint32_t)size);
  box_end(box);
  box = box_begin("stco", true);
  put_u32(1), put_u32((uint32_t)offset);
  box_end(box);
  box_end(stbl), box_end(minf), box_end(mdia), box_end(trak);
}

static void make_film(uint32_t created_1904, uint8_t fix, const char *user_name, const char *user_text) {
  film_size = 0;
  size_t box = box_begin("ftyp", false);
  put("mp42\0\0\0\0", 8);
  box_end(box);
  box = box_begin("mdat", false);
  size_t at = film_size, size = put_payload(fix);
  box_end(box);
  size_t moov = box_begin("moov", false);
  box = box_begin("mvhd", true);
  put_u32(created_1904), put_u32(0), put_u32(1000), put_u32(2000), put_zeros(80);
  box_end(box);
  put_track("vide", "hvc1", at, size);
  put_track("meta", "gpmd", at, size);
  if (user_name) {
    size_t udta = box_begin("udta", false);
    box = box_begin(user_name, false);
    put_u16((unsigned)strlen(user_text)), put_u16(0x15C7), put(user_text, strlen(user_text));
    box_end(box), box_end(udta);
  }
  box_end(moov);
}

#define CREATED(unix) (uint32_t)((unix) + UINT32_C(2082844800))
#define ELEVEN 1714561200u /* 2024-05-01 11:00:00 */

static const char *fact(const struct whole_log *log, const char *key) {
  const char *value = decode_get_fact(log->decode, key);
  return value ? value : "";
}

static struct whole_log read_film(void) {
  return whole_read(film, film_size, "mp4", (struct decode_options){0});
}

static void gps_tells_the_zone(void **state) {
  (void)state;
  make_film(CREATED(ELEVEN), 3, NULL, NULL);
  struct whole_log log = read_film();
  assert_int_equal(log.status, STATUS_OK);
  assert_string_equal(fact(&log, "created"), "2024-05-01T10:00:00Z");
  assert_string_equal(fact(&log, "time_basis"), "gps");
  assert_string_equal(fact(&log, "lat"), "47.00000000");
  const struct whole_row *place = NULL;
  for (uint32_t i = 0; i < log.count; i++)
    if (strcmp(log.rows[i].message->name, "GPS5") == 0)
      place = &log.rows[i];
  assert_non_null(place);
  assert_near(place->physical[0], 47); /* divided by SCAL 2 */
  assert_near(place->physical[5], 3);
  whole_end(&log);
}

static void stale_position_is_not_believed(void **state) {
  (void)state;
  make_film(CREATED(ELEVEN), 0, NULL, NULL);
  struct whole_log log = read_film();
  assert_string_equal(fact(&log, "lat"), "");
  assert_string_equal(fact(&log, "time_basis"), "camera clock, zone unknown");
  assert_string_equal(fact(&log, "created"), "2024-05-01T11:00:00"); /* no Z: nobody said it were UTC */
  whole_end(&log);
}

static void written_zone_counts(void **state) {
  (void)state;
  make_film(CREATED(ELEVEN), 0,
            "\xA9"
            "day",
            "2024-05-01T11:00:00+0200");
  struct whole_log log = read_film();
  assert_string_equal(fact(&log, "created"), "2024-05-01T09:00:00Z");
  assert_string_equal(fact(&log, "time_basis"), "camera clock and zone");
  whole_end(&log);
}

static void clock_of_1970_and_of_nothing(void **state) {
  (void)state;
  make_film(ELEVEN, 0, NULL, NULL);
  struct whole_log log = read_film();
  assert_string_equal(fact(&log, "created"), "2024-05-01T11:00:00");
  whole_end(&log);
  make_film(0, 0, NULL, NULL);
  log = read_film();
  assert_string_equal(fact(&log, "created"), "");
  whole_end(&log);
}

static void place_in_user_data(void **state) {
  (void)state;
  make_film(0, 0,
            "\xA9"
            "xyz",
            "-33.5000-070.2500+512.5/");
  struct whole_log log = read_film();
  assert_string_equal(fact(&log, "lat"), "-33.50000000");
  assert_string_equal(fact(&log, "lon"), "-70.25000000");
  assert_string_equal(fact(&log, "alt"), "512.500");
  whole_end(&log);
}

/* Every cut ends in rows, or in BAD_DATA with a reason; never in anything else. */
static void any_cut_is_survived(void **state) {
  (void)state;
  make_film(CREATED(ELEVEN), 3,
            "\xA9"
            "xyz",
            "+47.1+008.5/");
  size_t whole = film_size;
  for (size_t size = 0; size < whole; size++) {
    uint8_t *copy = memory_new(size + 1);
    memcpy(copy, film, size);
    struct whole_log log = whole_read(copy, size, "mp4", (struct decode_options){0});
    assert_true(log.status == STATUS_OK || log.status == STATUS_BAD_DATA);
    whole_end(&log);
    free(copy);
  }
}

static uint32_t next_random(uint32_t *seed) {
  return *seed = *seed * 1664525u + 1013904223u;
}

static void any_bytes_are_survived(void **state) {
  (void)state;
  static uint8_t good[sizeof film];
  make_film(CREATED(ELEVEN), 3,
            "\xA9"
            "xyz",
            "+47.1+008.5/");
  memcpy(good, film, film_size);
  uint32_t seed = 7;
  for (int round = 0; round < 3000; round++) {
    memcpy(film, good, film_size);
    for (uint32_t i = next_random(&seed) % 6 + 1; i; i--) {
      uint32_t at = (next_random(&seed) >> 8) % (uint32_t)film_size, kind = next_random(&seed) >> 30;
      film[at] = kind == 0 ? 0xFF : kind == 1 ? 0 : (uint8_t)(next_random(&seed) >> 20);
    }
    struct whole_log log = whole_read(film, film_size, "mp4", (struct decode_options){0});
    assert_true(log.status == STATUS_OK || log.status == STATUS_BAD_DATA || log.status == STATUS_LIMIT);
    whole_end(&log);
  }
}

/* A table that claims four thousand million samples costs no more than the file is long. */
static void hostile_counts_are_bounded(void **state) {
  (void)state;
  make_film(CREATED(ELEVEN), 3, NULL, NULL);
  for (size_t i = 0; i + 16 < film_size; i++)
    if (memcmp(film + i, "stsz", 4) == 0) {
      memset(film + i + 8, 0, 3);
      film[i + 11] = 8;               /* every sample of 8 bytes … */
      memset(film + i + 12, 0xFF, 4); /* … and 2^32 - 1 of them */
    }
  struct whole_log log = read_film();
  assert_int_equal(log.status, STATUS_OK);
  assert_true(log.report->damaged_places > 0);
  whole_end(&log);
}

static void one_row_a_batch(void **state) {
  (void)state;
  make_film(CREATED(ELEVEN), 3, NULL, NULL);
  struct whole_log log = whole_read(film, film_size, "mp4", (struct decode_options){.batch_rows = 1});
  assert_int_equal(log.status, STATUS_OK);
  assert_int_equal(log.given, 4); /* two tracks, a position, the film */
  whole_end(&log);
}

/* ── subtitles ────────────────────────────────────────────────────────────────────────────────────────────────── */

static struct dji_subtitle parse(const char *text) {
  struct dji_subtitle subtitle;
  dji_subtitle_parse(text_of(text), &subtitle);
  return subtitle;
}

static void subtitle_dialects(void **state) {
  (void)state;
  struct dji_subtitle s = parse("HOME(149.0251,-20.2532) 2017.8.5 14:11:51\nGPS(149.0251,-20.2533,16) Hb:1.9 Hs:2.1\n"
                                "ISO:100 TV:60 EV: 0 IR:F2.8");
  assert_string_equal(s.local_time, "2017-08-05T14:11:51");
  assert_near(s.lat_deg, -20.2533);
  assert_near(s.home_lon_deg, 149.0251);
  assert_near(s.satellites, 16);
  assert_near(s.alt_rel_m, 1.9);
  assert_near(s.shutter_s, 1.0 / 60);
  assert_near(s.f_number, 2.8);
  s = parse("2022.06.21 16:06:17\r\nGPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M\r\n"); /* latitude first */
  assert_near(s.lat_deg, 36.6146);
  assert_near(s.lon_deg, -6.112);
  assert_true(isnan(s.satellites));
  s = parse("F/5.6, SS 400, ISO 100, EV -1.7, GPS (-58.85, -34.23, 15), HOME (-58.84, -34.24, -57.98m), D 698.70m, "
            "H 85.80m, H.S 1.50m/s, V.S n/a, F.PRY (2.7\xC2\xB0, -7.0\xC2\xB0, 110.1\xC2\xB0), G.PRY (-24.4\xC2\xB0, "
            "0.0\xC2\xB0, 110.4\xC2\xB0)");
  assert_near(s.f_number, 5.6);
  assert_near(s.lat_deg, -34.23);
  assert_near(s.distance_m, 698.7);
  assert_near(s.alt_rel_m, 85.8);
  assert_near(s.speed_m_s, 1.5);
  assert_true(isnan(s.climb_m_s));
  assert_near(s.flight_roll_deg, -7);
  assert_near(s.gimbal_pitch_deg, -24.4);
  s = parse("<font size=\"28\">FrameCnt: 1, DiffTime: 20ms\n2021-12-25 12:27:52.373\n[iso: 220] [shutter: 1/8000.0] "
            "[fnum: 280] [focal_len: 240] [latitude: 3.41531] [longtitude: -3.37440] [rel_alt: -2.400 abs_alt: 0.401] "
            "</font>");
  assert_string_equal(s.local_time, "2021-12-25T12:27:52.373");
  assert_near(s.shutter_s, 1.0 / 8000);
  assert_near(s.f_number, 2.8);
  assert_near(s.focal_length_mm, 24);
  assert_near(s.lon_deg, -3.3744);
  assert_near(s.alt_rel_m, -2.4);
  assert_near(s.alt_msl_m, 0.401);
}

static void subtitle_without_telemetry(void **state) {
  (void)state;
  struct dji_subtitle s;
  assert_false(dji_subtitle_parse(TEXT("Good morning. How are you?"), &s));
  assert_false(dji_subtitle_parse(TEXT(""), &s));
  assert_false(dji_subtitle_parse(TEXT("GPS("), &s));
  assert_false(dji_subtitle_parse(TEXT("2024-13-41 99:99:99"), &s));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gps_tells_the_zone),
      cmocka_unit_test(stale_position_is_not_believed),
      cmocka_unit_test(written_zone_counts),
      cmocka_unit_test(clock_of_1970_and_of_nothing),
      cmocka_unit_test(place_in_user_data),
      cmocka_unit_test(any_cut_is_survived),
      cmocka_unit_test(any_bytes_are_survived),
      cmocka_unit_test(hostile_counts_are_bounded),
      cmocka_unit_test(one_row_a_batch),
      cmocka_unit_test(subtitle_dialects),
      cmocka_unit_test(subtitle_without_telemetry),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
