/* PX4's events in words: dictionaries in pieces, arguments of all kinds, and input that is none. */
#include "unit.h"
#include "vocabulary/px4_event.h"

#include <lzma.h>
#include <stdlib.h>

static const char good[] =
    "{\"components\":{\"0\":{\"event_groups\":{\"default\":{\"events\":{\"9\":{\"name\":\"shared\",\"message\":"
    "\"Common to all\"}}}}},"
    "\"1\":{\"enums\":{\"part_t\":{\"type\":\"uint16_t\",\"is_bitfield\":true,\"entries\":{\"1\":{\"name\":\"gps\"},"
    "\"4\":{\"description\":\"the compass\",\"name\":\"mag\"}}}},"
    "\"event_groups\":{\"health\":{\"events\":{\"5\":{\"name\":\"broken\",\"message\":\"Broken: {1} after {2:.2m/s} "
    "<param>{3}</param> \\\\{{4}\",\"arguments\":[{\"type\":\"px4::part_t\"},{\"type\":\"float\"},{\"type\":"
    "\"int8_t\"}]}}}}}}}";

static char hex[8192];

static struct text pack(const char *json) {
  uint8_t packed[4096];
  size_t size = 0;
  assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)json, strlen(json), packed,
                                           &size, sizeof packed),
                   LZMA_OK);
  for (size_t i = 0; i < size; i++)
    snprintf(hex + 2 * i, 3, "%02x", packed[i]);
  return text_of(hex);
}

static void add_in_pieces(struct px4_events *events, struct text text) {
  for (size_t at = 0; at < text.size; at += 100)
    px4_events_add(events, (struct text){text.data + at, MIN((size_t)100, text.size - at)}, at > 0);
}

static void assert_text(struct text text, const char *wanted) {
  if (!text_is(text, wanted))
    fail_msg("\"%.*s\" instead of \"%s\"", (int)text.size, text.data, wanted);
}

static void test_words(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  struct px4_events *events = px4_events_new();
  add_in_pieces(events, pack(good));
  const uint8_t arguments[] = {5, 0, 0, 0, 0xC0, 0x3F, 0xFD}; /* bits 1 and 4; 1.5; -3 */
  assert_text(px4_event_name(events, 0x01000005), "broken");
  assert_text(px4_event_text(events, 0x01000005, bytes_of(arguments, sizeof arguments), arena),
              "Broken: gps, the compass after 1.50 m/s -3 {");
  /* Missing arguments are left out. */
  assert_text(px4_event_text(events, 0x01000005, bytes_of(arguments, 2), arena), "Broken: gps, the compass after   {");
  assert_text(px4_event_text(events, 0x01000009, bytes_of(NULL, 0), arena), "Common to all");
  assert_text(px4_event_text(events, 0x02000005, bytes_of(NULL, 0), arena), "event 5 of component 2");
  assert_text(px4_event_name(events, 0x02000005), "px4_event");
  assert_text(px4_event_enum_name(events, "part_t", 4), "mag");
  assert_null(px4_event_enum_name(events, "part_t", 2).data);
  px4_events_free(events);
}

static void test_two_dictionaries(void **state) {
  (void)state;
  scoped(arena) struct arena *arena = arena_new(0);
  struct px4_events *events = px4_events_new();
  add_in_pieces(events, pack(good));
  add_in_pieces(events, pack("{\"components\":{\"3\":{\"event_groups\":{\"a\":{\"events\":{\"1\":{\"message\":\"From "
                             "the camera\"}}}}}}}"));
  assert_text(px4_event_text(events, 0x03000001, bytes_of(NULL, 0), arena), "From the camera");
  assert_text(px4_event_name(events, 0x01000005), "broken");
  px4_events_free(events);
}

static void expect_nothing(struct text text, size_t size) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct px4_events *events = px4_events_new();
  add_in_pieces(events, (struct text){text.data, MIN(size, text.size)});
  assert_text(px4_event_text(events, 0x01000005, bytes_of(NULL, 0), arena), "event 5 of component 1");
  assert_text(px4_event_name(events, 0x01000005), "px4_event");
  px4_events_free(events);
}

static void test_what_is_no_dictionary(void **state) {
  (void)state;
  expect_nothing(text_of(""), 0);
  expect_nothing(text_of("zz no hex"), 99);
  expect_nothing(text_of("fd377a585a0000"), 99);
  struct text packed = pack(good);
  for (size_t size = 2; size < packed.size - 2; size += 38)
    expect_nothing(packed, size);
  static const char *const wrong[] = {"",
                                      "[]",
                                      "12",
                                      "{\"components\":[1]}",
                                      "{\"components\":{\"1\":{\"event_groups\":{\"a\":{\"events\":{\"5\":7}}}}}}",
                                      "{\"components\":{\"1\":{\"event_groups\":\"a\",\"enums\":4}}}"};
  for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
    expect_nothing(pack(wrong[i]), SIZE_MAX);
}

/* A dictionary that unpacks to more than its limit is left out. */
static void test_bomb(void **state) {
  (void)state;
  size_t bytes = (size_t)8 << 20, size = 0;
  uint8_t *zeros = calloc(bytes, 1), packed[8192];
  struct text text = {NULL, 0};
  assert_non_null(zeros);
  assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, zeros, bytes, packed, &size, sizeof packed),
                   LZMA_OK);
  assert_true(2 * size < sizeof hex);
  for (size_t i = 0; i < size; i++)
    snprintf(hex + 2 * i, 3, "%02x", packed[i]);
  text = text_of(hex);
  expect_nothing(text, text.size);
  free(zeros);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_two_dictionaries),
      cmocka_unit_test(test_what_is_no_dictionary),
      cmocka_unit_test(test_bomb),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
