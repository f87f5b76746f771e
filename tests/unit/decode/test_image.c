/* Images that are not JPEG, from the makers' smallest forms; cuts and any bytes are survived. */
#include "whole_log.h"

static uint8_t image[4096];
static size_t image_size;

static void put(const void *data, size_t size) {
  memcpy(image + image_size, data, size);
  image_size += size;
}

static void put_entry(uint16_t tag, uint16_t type, uint32_t count, uint32_t value) {
  put(&tag, 2), put(&type, 2), put(&count, 4), put(&value, 4);
}

/* A first directory of six entries at 8, a GPS directory at 100, its values at 200. */
static void make_tiff(uint32_t sub_directory) {
  memset(image, 0, sizeof image);
  image_size = 0;
  put("II*\0\x08\0\0\0\x06\0", 10);
  put_entry(0x100, 4, 1, 640);
  put_entry(0x101, 4, 1, 480);
  put_entry(0x10F, 2, 4, 0x0042414D); /* "MAB" */
  put_entry(0x14A, 4, 1, sub_directory);
  put_entry(0x8825, 4, 1, 100);
  put_entry(0x2BC, 1, 60, 300);
  image_size = 100;
  put("\4\0", 2);
  put_entry(1, 2, 2, 'S');
  put_entry(2, 5, 3, 200);
  put_entry(3, 2, 2, 'E');
  put_entry(4, 5, 3, 224);
  image_size = 200;
  put((uint32_t[]){33, 1, 30, 1, 36, 1, 18, 1, 15, 1, 0, 0}, 48);
  image_size = 300;
  put("<a xmlns:q=\"http://www.dji.com/drone-dji/1.0/\" q:GimbalYawDegree=\"12.5\"/>", 60 + 14);
  image_size = 512;
}

static const char *fact(const struct whole_log *log, const char *key) {
  const char *value = decode_get_fact(log->decode, key);
  return value ? value : "";
}

static void tiff_tells_size_and_place(void **state) {
  (void)state;
  make_tiff(0);
  struct whole_log log = whole_read(image, image_size, "image", (struct decode_options){0});
  assert_ok(log.status);
  assert_int_equal((int)log.rows[0].physical[0], 640);
  assert_string_equal(log.rows[0].text[2], "MAB");
  assert_string_equal(fact(&log, "lat"), "-33.51000000");
  assert_string_equal(fact(&log, "lon"), "18.25000000"); /* seconds 0/0: none */
  whole_end(&log);
}

static void directory_that_holds_itself_ends(void **state) {
  (void)state;
  make_tiff(8);
  struct whole_log log = whole_read(image, image_size, "image", (struct decode_options){0});
  assert_ok(log.status);
  whole_end(&log);
}

static uint32_t next_random(uint32_t *seed) {
  return *seed = *seed * 1664525u + 1013904223u;
}

static void survive(const uint8_t *data, size_t size) {
  struct whole_log log = whole_read(data, size, "image", (struct decode_options){0});
  assert_true(log.status == STATUS_OK || log.status == STATUS_BAD_DATA);
  whole_end(&log);
}

static void make_heic(void) {
  static const uint8_t heic[] = "\0\0\0\x14"
                                "ftypheic\0\0\0\0mif1"
                                "\0\0\0\x73"
                                "meta\0\0\0\0"
                                "\0\0\0\x24"
                                "iinf\0\0\0\0\0\1"
                                "\0\0\0\x16"
                                "infe\2\0\0\0\0\7\0\0"
                                "Exif\0\0"
                                "\0\0\0\x24"
                                "iprp"
                                "\0\0\0\x1C"
                                "ipco"
                                "\0\0\0\x14"
                                "ispe\0\0\0\0\0\0\4\0\0\0\3\0"
                                "\0\0\0\x1F"
                                "iloc\0\0\0\0\x44\0\0\1\0\7\0\0\0\1\0\0\0\x88\0\0\0\x1E";
  image_size = 0;
  put(heic, sizeof heic - 1);
  put("\0\0\0\0II*\0\x08\0\0\0\1\0\x0F\1\2\0\4\0\0\0ABC\0\0\0\0\0", 30);
}

static void heic_tells_its_size(void **state) {
  (void)state;
  make_heic();
  struct whole_log log = whole_read(image, image_size, "image", (struct decode_options){0});
  assert_ok(log.status);
  assert_int_equal((int)log.rows[0].physical[0], 1024);
  assert_int_equal((int)log.rows[0].physical[1], 768);
  whole_end(&log);
}

static void any_bytes_are_survived(void **state) {
  (void)state;
  uint8_t good[sizeof image];
  uint32_t seed = 11;
  for (int round = 0; round < 4000; round++) {
    if (round % 2)
      make_heic();
    else
      make_tiff(100);
    memcpy(good, image, image_size);
    for (uint32_t i = next_random(&seed) % 5 + 1; i; i--) {
      uint32_t at = (next_random(&seed) >> 8) % (uint32_t)image_size;
      good[at] = next_random(&seed) >> 31 ? 0xFF : (uint8_t)(next_random(&seed) >> 20);
    }
    survive(good, image_size);
  }
}

static void any_cut_is_survived(void **state) {
  (void)state;
  make_tiff(100);
  for (size_t size = 12; size < image_size; size++) {
    uint8_t *copy = memory_new(size);
    memcpy(copy, image, size);
    survive(copy, size);
    free(copy);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tiff_tells_size_and_place), cmocka_unit_test(directory_that_holds_itself_ends),
      cmocka_unit_test(heic_tells_its_size),       cmocka_unit_test(any_bytes_are_survived),
      cmocka_unit_test(any_cut_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
