/* Checksums against the check values of their definitions, whole and in pieces. */
#include "unit.h"

#include "base/crc.h"

static void check_values(void **state) {
  (void)state;
  struct bytes digits = bytes_of("123456789", 9);
  assert_int_equal(crc32c_add(0, digits), 0xE3069283);
  assert_true(crc64nvme_add(0, digits) == UINT64_C(0xAE8B14860A799888));
  assert_int_equal(crc32c_add(0, bytes_of("", 0)), 0);
  assert_true(crc64nvme_add(0, bytes_of("", 0)) == 0);
}

/* RFC 3720 B.4: 32 bytes of zeros, ones, and rising. */
static void vectors_of_iscsi(void **state) {
  (void)state;
  uint8_t data[32] = {0};
  assert_int_equal(crc32c_add(0, bytes_of(data, 32)), 0x8A9136AA);
  memset(data, 0xFF, 32);
  assert_int_equal(crc32c_add(0, bytes_of(data, 32)), 0x62A8AB43);
  for (uint8_t i = 0; i < 32; i++)
    data[i] = i;
  assert_int_equal(crc32c_add(0, bytes_of(data, 32)), 0x46DD794E);
}

/* Bit by bit, as the definition says. */
static uint64_t slow64(struct bytes bytes) {
  uint64_t crc = ~UINT64_C(0);
  for (size_t i = 0; i < bytes.size; i++) {
    crc ^= bytes.data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = (crc >> 1) ^ (crc & 1 ? UINT64_C(0x9A6C9329AC4BC9B5) : 0);
  }
  return ~crc;
}

static void pieces_give_the_same(void **state) {
  (void)state;
  uint8_t data[1000];
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t)(i * 167 + i / 7);
  for (size_t size = 0; size < sizeof data; size += 13) {
    struct bytes all = bytes_of(data, size);
    uint64_t whole = crc64nvme_add(0, all);
    assert_true(whole == slow64(all));
    size_t cut = size / 3;
    struct bytes tail = bytes_of(data + cut, size - cut);
    assert_true(crc64nvme_add(crc64nvme_add(0, bytes_of(data, cut)), tail) == whole);
    assert_int_equal(crc32c_add(crc32c_add(0, bytes_of(data, cut)), tail), crc32c_add(0, all));
  }
}

static void base64_of_every_ending(void **state) {
  (void)state;
  char out[BASE64_SIZE(6)];
  static const char *const cases[][2] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
    base64_encode(out, bytes_of(cases[i][0], strlen(cases[i][0])));
    assert_string_equal(out, cases[i][1]);
  }
  crc32c_text(out, 0xE3069283);
  assert_string_equal(out, "4waSgw==");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(check_values), cmocka_unit_test(vectors_of_iscsi),
                                     cmocka_unit_test(pieces_give_the_same), cmocka_unit_test(base64_of_every_ending)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
