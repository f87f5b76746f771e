/* The expressions of `flights --where`: what holds, what is refused, and that nothing hostile does harm. */
#include "lake/search_record.h"
#include "lake/search_where.h"

#include "unit.h"

struct fixture {
  struct arena *arena;
  struct search_names *names;
  float space[SEARCH_RECORD_MAX / sizeof(float)];
  struct search_record record;
};

static int set_up(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  f->arena = arena_new(0);
  f->names = arena_alloc(f->arena, sizeof *f->names);
  *f->names = (struct search_names){.arena = f->arena};
  json_t *flight = json_loads(
      "{\"vehicle\":\"uav11\",\"airborne_s\":90.5,\"starts_in_air\":false,\"note\":\"Böen am Grat\","
      "\"start\":\"2026-03-02T14:50:55Z\",\"findings\":0,\"tags\":{\"site\":\"north\",\"crew\":7},"
      "\"track\":[[1,2]],\"logs\":[\"a\",\"b\"]}",
      0, NULL);
  json_t *features = json_loads("{\"features\":[[\"vibration_m_s2\",0,3.5,1],[\"vibration_m_s2\",1,24,1],"
                                "[\"battery_sag_v\",0,0.1,1],[\"gps_hdop\",0,null,1]]}",
                                0, NULL);
  scoped(buffer) struct buffer text = buffer_with_max(1 << 20);
  search_record_pack(f->names, flight, features, &text);
  json_decref(flight);
  json_decref(features);
  assert_true(search_record_read(buffer_text(&text), (uint8_t *)f->space, &f->record));
  *state = f;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *f = *state;
  arena_free(f->arena);
  free(f);
  return 0;
}

static bool holds(struct fixture *f, const char *expression) {
  struct where *where;
  assert_ok(where_parse(expression, f->names, f->arena, &where, &error));
  return where_holds(where, &f->record);
}

static void test_what_holds(void **state) {
  static const char *const true_ones[] = {"airborne_s > 90",
                                          "airborne_s = 90.5",
                                          "airborne_s != 3",
                                          "battery_sag_v = 0.1",
                                          "battery_sag_v[0] <= 0.1",
                                          "vibration_m_s2 > 20",
                                          "vibration_m_s2 < 4",
                                          "vibration_m_s2[1] >= 24",
                                          "NOT vibration_m_s2[0] > 20",
                                          "vehicle = 'uav11'",
                                          "vehicle in ('uav12', \"uav11\")",
                                          "vehicle not in ('uav12')",
                                          "vehicle like 'UAV%'",
                                          "vehicle like '_av1_'",
                                          "note ~ 'grat'",
                                          "note like '%am%'",
                                          "start >= '2026-03-02' and start < '2026-03-03'",
                                          "starts_in_air = false",
                                          "findings = 0",
                                          "tags.site = 'north'",
                                          "tags.crew = 7",
                                          "logs = 2",
                                          "gps_hdop is missing",
                                          "note is not missing",
                                          "(airborne_s > 100 or tags.crew = 7) and not vehicle = 'x'",
                                          "airborne_s > 100 or airborne_s > 200 or airborne_s > 50",
                                          "tags.site in ('south','north')"};
  for (size_t i = 0; i < ARRAY_COUNT(true_ones); i++)
    if (!holds(*state, true_ones[i]))
      fail_msg("does not hold: %s", true_ones[i]);
}

static void test_what_does_not(void **state) {
  static const char *const false_ones[] = {"airborne_s > 91",
                                           "airborne_s is missing",
                                           "vibration_m_s2[2] > 0",
                                           "vehicle = 'UAV11'",
                                           "gps_hdop > 0",
                                           "gps_hdop < 0",
                                           "gps_hdop != 1",
                                           "note like 'am'",
                                           "tags.crew = 8",
                                           "not airborne_s > 3",
                                           "airborne_s > 3 and airborne_s > 100",
                                           "vehicle = 11",
                                           "airborne_s = 'uav11'",
                                           "track is not missing"};
  for (size_t i = 0; i < ARRAY_COUNT(false_ones); i++)
    if (holds(*state, false_ones[i]))
      fail_msg("holds: %s", false_ones[i]);
}

static void test_precedence(void **state) {
  assert_true(holds(*state, "findings = 0 or findings = 1 and airborne_s > 1000"));
  assert_false(holds(*state, "(findings = 0 or findings = 1) and airborne_s > 1000"));
}

static bool is_usual(const char *name) {
  return strcmp(name, "operator") == 0;
}

static void test_refused(void **state) {
  struct fixture *f = *state;
  static const char *const wrong[] = {"",
                                      "airborne_s",
                                      "airborne_s >",
                                      "> 3",
                                      "airborne_s > 3 or",
                                      "(airborne_s > 3",
                                      "airborne_s > 3)",
                                      "airborne_s in 3",
                                      "airborne_s in (",
                                      "vehicle = uav11",
                                      "vehicle = 'uav11",
                                      "airborne_s > 3; DROP TABLE flights",
                                      "vibration[ > 3",
                                      "airborne_s not = 3",
                                      "airborne_s is 3",
                                      "a = 1 b = 2",
                                      "airborne_s > 1e",
                                      "\xff = 1"};
  struct where *where;
  for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
    if (where_parse(wrong[i], f->names, f->arena, &where, &error) != STATUS_SETTINGS)
      fail_msg("is taken: %s", wrong[i]);
  assert_ok(where_parse("vibratoin > 3", f->names, f->arena, &where, &error));
  where_holds(where, &f->record);
  assert_string_equal(where_unknown_name(where, is_usual), "vibratoin");
  assert_ok(where_parse("operator is missing", f->names, f->arena, &where, &error));
  assert_true(where_holds(where, &f->record));
  assert_null(where_unknown_name(where, is_usual));
}

static void test_hostile(void **state) {
  struct fixture *f = *state;
  struct where *where;
  char deep[9000];
  memset(deep, '(', sizeof deep);
  deep[8000] = 0;
  assert_int_equal(where_parse(deep, f->names, f->arena, &where, &error), STATUS_SETTINGS);
  deep[8000] = '(';
  deep[sizeof deep - 1] = 0;
  assert_int_equal(where_parse(deep, f->names, f->arena, &where, &error), STATUS_SETTINGS);
  static const char pieces[][16] = {"airborne_s", " and ",      "(",   ")", " not ", "'a'", "3",       " in ", "like ",
                                    "%",          "is missing", "[1]", ">", "=",     ",",   "vehicle", "\"",   " or "};
  srand(1);
  for (int round = 0; round < 20000; round++) {
    char text[400] = "";
    for (int i = rand() % 20; i >= 0; i--)
      strcat(text, pieces[(size_t)rand() % ARRAY_COUNT(pieces)]);
    if (where_parse(text, f->names, f->arena, &where, &error) == STATUS_OK)
      where_holds(where, &f->record);
  }
}

static void test_damaged_record(void **state) {
  struct fixture *f = *state;
  struct search_record record;
  static const char *const damaged[] = {"",
                                        "{}",
                                        "{\"stale\":1}",
                                        "{\"r\"",
                                        "{\"r\":",
                                        "{\"r\":\"",
                                        "{\"r\":\"A\"}",
                                        "{\"r\":\"////\"}",
                                        "{\"r\":\"AAB\"}"};
  for (size_t i = 0; i < ARRAY_COUNT(damaged); i++)
    if (search_record_read(damaged[i], (uint8_t *)f->space, &record))
      assert_true(record.number_count == 0 && !search_record_text(&record, "vehicle"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_what_holds, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_what_does_not, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_precedence, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_damaged_record, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
