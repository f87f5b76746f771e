/* Encodings against bytes worked out by hand from the format's specification, and against small decoders. */
#include "table/parquet_encode.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint64_t take_varint(struct reader *reader) {
  uint64_t value = 0;
  for (uint32_t shift = 0;; shift += 7) {
    uint8_t byte = read_u8(reader);
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80)
      return value;
  }
}

static int64_t take_zigzag(struct reader *reader) {
  uint64_t value = take_varint(reader);
  return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static uint64_t take_bits(const uint8_t *data, size_t at, uint32_t width) {
  uint64_t value = 0;
  for (uint32_t bit = 0; bit < width; bit++)
    value |= (uint64_t)(data[(at + bit) / 8] >> ((at + bit) % 8) & 1) << bit;
  return value;
}

/* Decodes the hybrid of runs and groups; returns the count of values. */
static uint32_t decode_hybrid(struct bytes bytes, uint32_t width, uint32_t *values, uint32_t most) {
  struct reader reader = reader_of(bytes);
  uint32_t count = 0;
  while (reader_left(&reader)) {
    uint64_t head = take_varint(&reader);
    uint32_t here = (uint32_t)(head >> 1) * (head & 1 ? 8 : 1);
    struct bytes data = read_bytes(&reader, head & 1 ? (size_t)here / 8 * width : (width + 7) / 8);
    for (uint32_t i = 0; i < here && count < most; i++)
      values[count++] = (uint32_t)take_bits(data.data, head & 1 ? (size_t)i * width : 0, width);
  }
  assert_false(reader.overrun);
  return count;
}

static void test_levels_by_hand(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(1000);
  uint64_t valid[2] = {0x05, 0};
  encode_levels(&out, valid, 3); /* one group: head 1 << 1 | 1, bits 101 */
  assert_int_equal(out.size, 2);
  assert_memory_equal(out.data, "\x03\x05", 2);
  buffer_clear(&out);
  encode_level_run(&out, true, 1000); /* 1000 << 1 = 2000 */
  assert_int_equal(out.size, 3);
  assert_memory_equal(out.data, "\xd0\x0f\x01", 3);
}

static void test_levels_round(void **state) {
  (void)state;
  uint32_t got[700];
  for (uint32_t rows = 1; rows < 600; rows += 7) {
    uint64_t valid[10] = {0};
    for (uint32_t row = 0; row < rows; row++)
      if (row % 200 < 130 || row % 3 == 0)
        valid[row / 64] |= UINT64_C(1) << row % 64;
    scoped(buffer) struct buffer out = buffer_with_max(1000);
    encode_levels(&out, valid, rows);
    assert_true(decode_hybrid(bytes_of(out.data, out.size), 1, got, 700) >= rows);
    for (uint32_t row = 0; row < rows; row++)
      assert_int_equal(got[row], valid[row / 64] >> row % 64 & 1);
  }
}

static void test_indices_round(void **state) {
  (void)state;
  uint32_t indices[1000], got[1008];
  for (uint32_t width = 1; width <= 20; width++) {
    for (uint32_t i = 0; i < 1000; i++)
      indices[i] = (i / 100 % 2 ? i * 2654435761u : i / 100) & ((1u << width) - 1);
    for (uint32_t count = 1; count <= 1000; count += 111) {
      scoped(buffer) struct buffer out = buffer_with_max(10000);
      encode_indices(&out, indices, count, width);
      assert_true(decode_hybrid(bytes_of(out.data, out.size), width, got, 1008) >= count);
      assert_memory_equal(got, indices, count * sizeof *got);
    }
  }
  assert_int_equal(encode_index_width(1), 1);
  assert_int_equal(encode_index_width(2), 1);
  assert_int_equal(encode_index_width(3), 2);
  assert_int_equal(encode_index_width(256), 8);
  assert_int_equal(encode_index_width(257), 9);
}

static void decode_delta(struct bytes bytes, int64_t *values, uint32_t count) {
  struct reader reader = reader_of(bytes);
  assert_int_equal(take_varint(&reader), 128);
  assert_int_equal(take_varint(&reader), 4);
  assert_int_equal(take_varint(&reader), count);
  values[0] = take_zigzag(&reader);
  for (uint32_t at = 1; at < count;) {
    uint64_t least = (uint64_t)take_zigzag(&reader);
    struct bytes widths = read_bytes(&reader, 4);
    for (uint32_t m = 0; m < 4 && at < count; m++) {
      struct bytes data = read_bytes(&reader, (size_t)widths.data[m] * 4);
      for (uint32_t i = 0; i < 32 && at < count; i++, at++)
        values[at] = (int64_t)((uint64_t)values[at - 1] + least +
                               take_bits(data.data, (size_t)i * widths.data[m], widths.data[m]));
    }
  }
  assert_false(reader.overrun);
  assert_int_equal(reader_left(&reader), 0);
}

static void test_delta_round(void **state) {
  (void)state;
  int64_t values[400], got[400];
  for (uint32_t kind = 0; kind < 4; kind++) {
    for (uint32_t i = 0; i < 400; i++)
      values[i] = kind == 0   ? 1700000000000000 + (int64_t)i * 2500
                  : kind == 1 ? (int64_t)(i * i * UINT64_C(0x9E3779B97F4A7C15))
                  : kind == 2 ? (i % 2 ? INT64_MAX : INT64_MIN)
                              : -(int64_t)i * i;
    for (uint32_t count = 1; count <= 400; count += 21) {
      scoped(buffer) struct buffer out = buffer_with_max(10000);
      encode_delta(&out, values, count);
      decode_delta(bytes_of(out.data, out.size), got, count);
      assert_memory_equal(values, got, count * sizeof *got);
    }
  }
}

static void test_bools(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(100);
  encode_bools(&out, (uint8_t[]){1, 0, 1, 1, 0, 0, 0, 1, 1}, 9);
  assert_int_equal(out.size, 2);
  assert_memory_equal(out.data, "\x8d\x01", 2);
}

static void test_distinct(void **state) {
  (void)state;
  struct distinct distinct = {0};
  uint32_t values[3000], indices[3000];
  for (uint32_t i = 0; i < 3000; i++)
    values[i] = i % 50 * 7;
  assert_true(distinct_find(&distinct, values, 4, 3000, 100, indices));
  assert_int_equal(distinct.count, 50);
  for (uint32_t i = 0; i < 3000; i++)
    assert_int_equal(distinct.values[indices[i]], values[i]);
  assert_false(distinct_find(&distinct, values, 4, 3000, 49, indices));
  for (uint32_t i = 0; i < 3000; i++)
    values[i] = i;
  assert_false(distinct_find(&distinct, values, 4, 3000, 3000, indices)); /* given up early */
  double floats[4] = {0.0, -0.0, 1.5, 0.0};
  assert_true(distinct_find(&distinct, floats, 8, 4, 4, indices));
  assert_int_equal(distinct.count, 3); /* by bits: the two zeros differ */
  distinct_free(&distinct);
}

static void test_full_buffer(void **state) {
  (void)state;
  scoped(buffer) struct buffer out = buffer_with_max(40);
  int64_t values[200] = {0};
  for (uint32_t i = 0; i < 200; i++)
    values[i] = (int64_t)(i * i * UINT64_C(0x9E3779B97F4A7C15));
  encode_delta(&out, values, 200);
  assert_true(out.failed);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_levels_by_hand), cmocka_unit_test(test_levels_round),
                                     cmocka_unit_test(test_indices_round),  cmocka_unit_test(test_delta_round),
                                     cmocka_unit_test(test_bools),          cmocka_unit_test(test_distinct),
                                     cmocka_unit_test(test_full_buffer)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
