/* The public library: messages, fields, columns, filters, order, damage, totals, formats. */
#include "sample.h"

static const struct uavlog_batch *next_of(struct uavlog *log, const char *name) {
  const struct uavlog_batch *batch = NULL;
  do
    assert_log_ok(uavlog_next(log, &batch, &error));
  while (batch && strcmp(uavlog_message_name(uavlog_batch_message(batch)), name) != 0);
  return batch;
}

static void test_version(void **state) {
  (void)state;
  assert_string_equal(uavlog_version(), UAVLOG_VERSION);
  int major = 0, minor = 0, patch = 0;
  assert_int_equal(sscanf(UAVLOG_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
  assert_int_equal(UAVLOG_VERSION_NUMBER, major * 10000 + minor * 100 + patch);
  assert_string_equal(uavlog_status_name(UAVLOG_BUG), "bug");
  assert_string_equal(uavlog_status_name((enum uavlog_status)99), "unknown");
  assert_string_equal(uavlog_status_name((enum uavlog_status) - 1), "unknown");
}

static void test_formats(void **state) {
  (void)state;
  size_t count = uavlog_format_count();
  int found = 0;
  for (size_t i = 0; i < count; i++) {
    assert_true(strlen(uavlog_format_name(i)) > 0 && strlen(uavlog_format_about(i)) > 0);
    found += strcmp(uavlog_format_name(i), "dataflash") == 0 && uavlog_format_is_decoded(i);
    found += strcmp(uavlog_format_name(i), "unknown") == 0 && !uavlog_format_is_decoded(i);
  }
  assert_int_equal(found, 2);
  assert_null(uavlog_format_name(count));
  assert_null(uavlog_format_about(count));
  assert_false(uavlog_format_is_decoded(count));
}

static void test_probe(void **state) {
  (void)state;
  struct sample sample = sample_new(3, 0);
  int score = 0;
  assert_string_equal(uavlog_probe(sample.data, sample.size, sample.size, &score), "dataflash");
  assert_true(score > 50);
  assert_string_equal(uavlog_probe(sample.data, sample.size, UAVLOG_SIZE_UNKNOWN, NULL), "dataflash");
  assert_string_equal(uavlog_probe(NULL, 0, 0, NULL), "unknown");
  free(sample.data);
}

static void test_definitions(void **state) {
  (void)state;
  struct sample sample = sample_new(10, 0);
  struct uavlog *log = open_sample(&sample, NULL);
  assert_string_equal(uavlog_get_format(log), "dataflash");
  const struct uavlog_batch *batch = next_of(log, "MIX");
  const struct uavlog_message *mix = uavlog_batch_message(batch);
  assert_ptr_equal(mix, uavlog_find_message(log, "MIX"));
  assert_ptr_equal(mix, uavlog_get_message(log, uavlog_message_index(mix)));
  assert_null(uavlog_find_message(log, "NONE"));
  assert_null(uavlog_get_message(log, uavlog_message_count(log)));
  assert_int_equal(uavlog_message_id(mix), TYPE_MIX);
  assert_int_equal(uavlog_field_count(mix), 8);
  static const struct {
    const char *name;
    enum uavlog_type type;
    int elements, array;
  } expected[] = {{"TimeUS", UAVLOG_UINT64, 1, 0}, {"Small", UAVLOG_INT8, 1, 0},  {"Medium", UAVLOG_INT16, 1, 0},
                  {"Real", UAVLOG_FLOAT, 1, 0},    {"Wide", UAVLOG_DOUBLE, 1, 0}, {"Hundredths", UAVLOG_INT16, 1, 0},
                  {"Name", UAVLOG_CHARS, 16, 0},   {"List", UAVLOG_INT16, 32, 1}};
  for (uint16_t i = 0; i < 8; i++) {
    assert_string_equal(uavlog_field_name(mix, i), expected[i].name);
    assert_int_equal(uavlog_field_type(mix, i), expected[i].type);
    assert_int_equal(uavlog_field_elements(mix, i), expected[i].elements);
    assert_int_equal(uavlog_field_is_array(mix, i), expected[i].array);
    assert_int_equal(uavlog_find_field(mix, expected[i].name), i);
    assert_string_equal(uavlog_field_unit(mix, i), i == 0 ? uavlog_field_unit(mix, 0) : "");
  }
  assert_true(uavlog_field_scale(mix, 5) == 0.01);
  assert_int_equal(uavlog_time_field(mix), 0);
  assert_int_equal(uavlog_instance_field(mix), -1);
  assert_string_equal(uavlog_type_name(UAVLOG_INT16), "int16");
  uavlog_close(log);
  free(sample.data);
}

static void test_values(void **state) {
  (void)state;
  struct sample sample = sample_new(10, 4);
  struct uavlog *log = open_sample(&sample, NULL);
  const struct uavlog_batch *batch = next_of(log, "MIX");
  assert_int_equal(uavlog_batch_rows(batch), 10);
  assert_true(uavlog_batch_times_us(batch)[9] == 1009000);
  const int16_t *medium = uavlog_batch_values(batch, 2, UAVLOG_INT16);
  const int16_t *list = uavlog_batch_values(batch, 7, UAVLOG_INT16);
  double hundredths[10], fifth[10], name[10];
  uavlog_batch_doubles(batch, 5, 0, hundredths);
  uavlog_batch_doubles(batch, 7, 5, fifth);
  uavlog_batch_doubles(batch, 6, 0, name);
  assert_null(uavlog_batch_valid(batch, 2));
  for (int i = 0; i < 10; i++) {
    char text[16];
    snprintf(text, sizeof text, "row %d", i);
    assert_int_equal(medium[i], i * 3 - 4);
    assert_int_equal(list[i * 32 + 31], i + 3100);
    assert_true(hundredths[i] == i * 7 * 0.01 && fifth[i] == i + 500 && isnan(name[i]));
    assert_true(uavlog_get_double(batch, 3, (uint32_t)i, 0) == i * 0.25);
    assert_true(uavlog_get_double(batch, 4, (uint32_t)i, 0) == (double)i / 3 + 4);
    assert_int_equal(uavlog_get_int(batch, 1, (uint32_t)i, 0), i);
    assert_int_equal(uavlog_get_int(batch, 5, (uint32_t)i, 0), i * 7);
    assert_int_equal(uavlog_get_int(batch, 7, (uint32_t)i, 2), i + 200);
    struct uavlog_text found = uavlog_get_text(batch, 6, (uint32_t)i);
    assert_int_equal(found.size, strlen(text));
    assert_memory_equal(found.data, text, found.size);
  }
  batch = next_of(log, "BAR");
  assert_true((uint64_t)uavlog_get_int(batch, 1, 3, 0) == UINT64_MAX - 7);
  uavlog_close(log);
  free(sample.data);
}

/* Indexes that don't exist give the empty answer. */
static void test_nothing_there(void **state) {
  (void)state;
  struct sample sample = sample_new(2, 0);
  struct uavlog *log = open_sample(&sample, NULL);
  const struct uavlog_batch *batch = next_of(log, "MIX");
  const struct uavlog_message *mix = uavlog_batch_message(batch);
  double out[2] = {1, 1};
  assert_null(uavlog_field_name(mix, 8));
  assert_string_equal(uavlog_field_unit(mix, 8), "");
  assert_int_equal(uavlog_field_type(mix, 60000), UAVLOG_NO_TYPE);
  assert_int_equal(uavlog_field_elements(mix, 8), 0);
  assert_int_equal(uavlog_find_field(mix, "nothing"), -1);
  assert_null(uavlog_type_name(UAVLOG_NO_TYPE));
  assert_null(uavlog_batch_values(batch, 2, UAVLOG_INT32));
  assert_null(uavlog_batch_values(batch, 8, UAVLOG_INT16));
  assert_null(uavlog_batch_valid(batch, 8));
  uavlog_batch_doubles(batch, 8, 0, out);
  assert_true(isnan(out[0]) && isnan(out[1]));
  out[1] = 1;
  uavlog_batch_doubles(batch, 7, 32, out);
  assert_true(isnan(out[1]));
  assert_true(isnan(uavlog_get_double(batch, 2, 2, 0)) && isnan(uavlog_get_double(batch, 2, 0, 1)));
  assert_int_equal(uavlog_get_int(batch, 2, 2, 0) | uavlog_get_int(batch, 7, 1, 32) | uavlog_get_int(batch, 6, 1, 0),
                   0);
  assert_int_equal(uavlog_get_text(batch, 2, 0).size + uavlog_get_text(batch, 99, 0).size, 0);
  assert_false(uavlog_has_value(batch, 2, 2) || uavlog_has_value(batch, 8, 0));
  assert_true(uavlog_has_value(batch, 2, 1));
  assert_null(uavlog_fact_key(log, uavlog_fact_count(log)));
  assert_null(uavlog_fact_value(log, 1000000));
  assert_null(uavlog_find_fact(log, "nothing"));
  uavlog_close(log);
  uavlog_close(NULL);
  free(sample.data);
}

static void test_totals(void **state) {
  (void)state;
  struct sample sample = sample_new(1000, 0);
  struct uavlog *log = open_sample(&sample, NULL);
  const struct uavlog_batch *batch;
  do
    assert_log_ok(uavlog_next(log, &batch, &error));
  while (batch);
  assert_log_ok(uavlog_next(log, &batch, &error)); /* stays at the end */
  assert_null(batch);
  struct uavlog_totals totals = {.size = sizeof totals};
  uavlog_get_totals(log, &totals);
  assert_int_equal(totals.bytes, sample.size);
  assert_int_equal(totals.records, 2003);
  assert_int_equal(totals.bad_records + totals.unknown_records + totals.damaged_bytes + totals.damaged_places, 0);
  assert_true(totals.first_us == 1000000 && totals.last_us == 1999500 && !totals.truncated);
  assert_true(totals.memory_bytes > 0 && totals.memory_peak >= totals.memory_bytes && totals.memory_peak <= 64 << 20);
  assert_int_equal(uavlog_get_clock(log), UAVLOG_CLOCK_BOOT);
  const struct uavlog_message *bar = uavlog_find_message(log, "BAR");
  assert_int_equal(uavlog_message_rows(bar), 1000);
  assert_true(uavlog_message_first_us(bar) == 1000500 && uavlog_message_last_us(bar) == 1999500);
  assert_string_equal(uavlog_find_fact(log, "autopilot"), "ardupilot");
  int listed = 0;
  for (uint32_t i = 0; i < uavlog_fact_count(log); i++)
    listed |= strcmp(uavlog_fact_key(log, i), "autopilot") == 0 && strcmp(uavlog_fact_value(log, i), "ardupilot") == 0;
  assert_true(listed);
  struct {
    struct uavlog_totals totals;
    uint64_t beyond;
  } part = {{.size = offsetof(struct uavlog_totals, bad_records), .bad_records = 77}, 5};
  uavlog_get_totals(log, &part.totals); /* of an older caller: shorter */
  assert_true(part.totals.records == 2003 && part.totals.bad_records == 77 && part.beyond == 5);
  uavlog_close(log);
  free(sample.data);
}

static int is_bar(void *context, const struct uavlog_message *message) {
  ++*(int *)context;
  return uavlog_message_id(message) == TYPE_BAR && uavlog_find_field(message, "Big") == 1;
}

static void test_filters(void **state) {
  (void)state;
  struct sample sample = sample_new(500, 0);
  char name[] = "BAR"; /* the list may go once the log is open */
  const char *only_bar[] = {"NONE", name, NULL}, *const none[] = {NULL}, *const only_mix[] = {"MIX", NULL};
  int asked = 0;
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.messages = only_bar;
  struct uavlog *log = open_sample(&sample, &options);
  name[0] = 'X';
  only_bar[0] = NULL;
  assert_int_equal(digest_log(log).rows, 500);
  options.messages = NULL;
  options.wanted = is_bar;
  options.wanted_context = &asked;
  assert_int_equal(digest_log(open_sample(&sample, &options)).rows, 500);
  assert_int_equal(asked, 3);
  options.messages = only_mix;
  assert_int_equal(digest_log(open_sample(&sample, &options)).rows, 0);
  options.wanted = NULL;
  options.messages = none;
  log = open_sample(&sample, &options);
  const struct uavlog_batch *batch;
  assert_log_ok(uavlog_next(log, &batch, &error));
  assert_null(batch);
  assert_int_equal(uavlog_message_rows(uavlog_find_message(log, "MIX")), 500);
  uavlog_close(log);
  free(sample.data);
}

/* One row a batch: the records' own order. */
static void test_record_order(void **state) {
  (void)state;
  struct sample sample = sample_new(300, 0);
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.batch_rows = 1;
  struct uavlog *log = open_sample(&sample, &options);
  const struct uavlog_batch *batch;
  int64_t last_us = 0, rows = 0;
  for (;;) {
    assert_log_ok(uavlog_next(log, &batch, &error));
    if (!batch)
      break;
    assert_int_equal(uavlog_batch_rows(batch), 1);
    if (uavlog_message_id(uavlog_batch_message(batch)) == 128)
      continue;
    assert_true(uavlog_batch_times_us(batch)[0] > last_us);
    last_us = uavlog_batch_times_us(batch)[0];
    rows++;
  }
  assert_int_equal(rows, 600);
  uavlog_close(log);
  for (uint32_t batch_rows = 2; batch_rows < 700; batch_rows *= 3) {
    options.batch_rows = batch_rows;
    struct digest some = digest_log(open_sample(&sample, &options)), all = digest_log(open_sample(&sample, NULL));
    assert_true(some.rows == all.rows && some.sum == all.sum);
  }
  free(sample.data);
}

static void test_damage(void **state) {
  (void)state;
  struct sample sample = sample_new(100, 0);
  struct sample broken = {0};
  size_t at = 3 * 89 + 50 * (MIX_SIZE + BAR_SIZE);
  uint8_t zeros[777] = {0};
  sample_add(&broken, sample.data, at);
  sample_add(&broken, zeros, sizeof zeros);
  sample_add(&broken, sample.data + at, sample.size - at - 5); /* and the last record is torn */
  struct uavlog *log = open_sample(&broken, NULL);
  const struct uavlog_batch *batch;
  do
    assert_log_ok(uavlog_next(log, &batch, &error));
  while (batch);
  assert_int_equal(uavlog_damage_count(log), 1);
  struct uavlog_damage damage;
  assert_true(uavlog_get_damage(log, 0, &damage));
  assert_int_equal(damage.offset, at);
  assert_int_equal(damage.bytes, sizeof zeros);
  assert_true(strlen(damage.reason) > 3);
  assert_true(damage.from_us <= 1050000 && damage.to_us >= 1050000);
  assert_false(uavlog_get_damage(log, 1, &damage));
  assert_int_equal(damage.offset, at);
  struct uavlog_totals totals = {.size = sizeof totals};
  uavlog_get_totals(log, &totals);
  assert_true(totals.truncated && totals.damaged_bytes == sizeof zeros && totals.damaged_places == 1);
  assert_int_equal(uavlog_message_rows(uavlog_find_message(log, "MIX")), 100);
  assert_int_equal(uavlog_message_rows(uavlog_find_message(log, "BAR")), 99);
  uavlog_close(log);
  free(sample.data);
  free(broken.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_version),     cmocka_unit_test(test_formats), cmocka_unit_test(test_probe),
      cmocka_unit_test(test_definitions), cmocka_unit_test(test_values),  cmocka_unit_test(test_nothing_there),
      cmocka_unit_test(test_totals),      cmocka_unit_test(test_filters), cmocka_unit_test(test_record_order),
      cmocka_unit_test(test_damage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
