/* Paths against patterns, and the routes of the server as declared. */
#include "serve/http.h"

#include "unit.h"

static int set_up(void **state) {
  *state = arena_new(0);
  return 0;
}

static int tear_down(void **state) {
  arena_free(*state);
  return 0;
}

static void patterns_take_parts(void **state) {
  struct route_captures c;
  assert_true(route_matches("/api/v1/flights/{id}/series", "/api/v1/flights/a b.c-1/series", *state, &c));
  assert_int_equal(c.count, 1);
  assert_string_equal(c.values[0], "a b.c-1");
  assert_true(route_matches("/x/{id}.{form}", "/x/name.with.dots.csv", *state, &c));
  assert_int_equal(c.count, 2);
  assert_string_equal(c.values[0], "name.with.dots");
  assert_string_equal(c.values[1], "csv");
  assert_true(route_matches("/x/{id}/y",
                            "/x/a\x1f"
                            "b/y",
                            *state, &c)); /* sent as a%2Fb */
  assert_string_equal(c.values[0], "a/b");
}

static void other_paths_do_not_match(void **state) {
  static const char *const pairs[][2] = {
      {"/api/v1/flights", "/api/v1/flights/"},
      {"/api/v1/flights", "/api/v1/flight"},
      {"/api/v1/flights/{id}", "/api/v1/flights/"},
      {"/api/v1/flights/{id}", "/api/v1/flights"},
      {"/api/v1/flights/{id}", "/api/v1/flights/a/b"},
      {"/x/{id}.{form}", "/x/name"},
      {"/x/{id}.{form}", "/x/.csv"},
      {"/x/{id}.{form}", "/x/name."},
      {"/x", ""},
      {"/x", "x"},
      {"/x", "//x"},
  };
  struct route_captures c;
  for (size_t i = 0; i < ARRAY_COUNT(pairs); i++)
    if (route_matches(pairs[i][0], pairs[i][1], *state, &c))
      fail_msg("'%s' takes '%s'", pairs[i][0], pairs[i][1]);
}

static void methods_are_told_apart(void **state) {
  struct route_captures c;
  bool other_method;
  assert_non_null(route_find("GET", "/api/v1/flights/x", *state, &c, &other_method));
  assert_non_null(route_find("HEAD", "/api/v1/flights/x", *state, &c, &other_method));
  assert_null(route_find("POST", "/api/v1/flights/x", *state, &c, &other_method));
  assert_true(other_method);
  assert_null(route_find("GET", "/api/v1/nothing", *state, &c, &other_method));
  assert_false(other_method);
  assert_non_null(route_find("POST", "/api/v1/query", *state, &c, &other_method));
}

/* What every later resource must keep to. */
static void routes_are_sound(void **state) {
  (void)state;
  for (size_t i = 0; resource_list[i]; i++)
    for (const struct route *route = resource_list[i]->routes; route->method; route++) {
      assert_true(strcmp(route->method, "GET") == 0 || strcmp(route->method, "POST") == 0);
      assert_int_equal(route->pattern[0], '/');
      assert_true(strlen(route->about) > 5);
      assert_non_null(route->handle);
      if (route->right == RIGHT_NONE)
        assert_string_equal(route->pattern, "/healthz"); /* all else wants a secret */
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(patterns_take_parts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(other_paths_do_not_match, set_up, tear_down),
      cmocka_unit_test_setup_teardown(methods_are_told_apart, set_up, tear_down),
      cmocka_unit_test(routes_are_sound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
