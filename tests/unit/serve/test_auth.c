/* Secrets of the three kinds, and the Host header. */
#include "serve/auth.h"

#include "base/clock.h"

#include "unit.h"

#include <unistd.h>

#define NOW INT64_C(1700000000000000)
static const struct identity owner = {"owner", RIGHTS_ALL}, reader = {"reader", RIGHT_READ};

static void a_link_becomes_one_session(void **state) {
  struct auth *auth = auth_new();
  char key[SECRET_TEXT], session[SECRET_TEXT] = "untouched", again[SECRET_TEXT];
  struct identity who;
  (void)state;
  assert_ok(auth_issue(auth, SECRET_LINK, &reader, 0, NOW, key, &error));
  assert_int_equal(strspn(key, "0123456789abcdef"), 64);
  assert_ok(auth_exchange(auth, key, NOW, session, &error));
  assert_string_not_equal(key, session);
  assert_ok(auth_check(auth, SECRET_SESSION, session, NOW, &who, &error));
  assert_string_equal(who.name, "reader");
  assert_int_equal(who.rights, RIGHT_READ);
  assert_status(STATUS_DENIED, auth_exchange(auth, key, NOW, again, &error));
  auth_free(auth);
}

static void kinds_are_told_apart(void **state) {
  struct auth *auth = auth_new();
  char link[SECRET_TEXT], token[SECRET_TEXT], session[SECRET_TEXT];
  struct identity who;
  (void)state;
  assert_ok(auth_issue(auth, SECRET_LINK, &owner, 0, NOW, link, &error));
  assert_ok(auth_issue(auth, SECRET_TOKEN, &owner, 0, NOW, token, &error));
  assert_status(STATUS_DENIED, auth_check(auth, SECRET_SESSION, link, NOW, &who, &error));
  assert_status(STATUS_DENIED, auth_check(auth, SECRET_SESSION, token, NOW, &who, &error));
  assert_status(STATUS_DENIED, auth_check(auth, SECRET_TOKEN, link, NOW, &who, &error));
  assert_status(STATUS_DENIED, auth_exchange(auth, token, NOW, session, &error));
  assert_ok(auth_check(auth, SECRET_TOKEN, token, NOW, &who, &error));
  auth_free(auth);
}

static void secrets_end(void **state) {
  struct auth *auth = auth_new();
  char session[SECRET_TEXT], token[SECRET_TEXT];
  struct identity who;
  (void)state;
  assert_ok(auth_issue(auth, SECRET_SESSION, &owner, 60, NOW, session, &error));
  assert_ok(auth_check(auth, SECRET_SESSION, session, NOW + 59 * US_PER_S, &who, &error));
  assert_status(STATUS_DENIED, auth_check(auth, SECRET_SESSION, session, NOW + 60 * US_PER_S, &who, &error));
  assert_ok(auth_issue(auth, SECRET_TOKEN, &owner, 0, NOW, token, &error));
  assert_ok(auth_check(auth, SECRET_TOKEN, token, NOW + 1000 * US_PER_DAY, &who, &error));
  auth_revoke(auth, SECRET_TOKEN, token);
  assert_status(STATUS_DENIED, auth_check(auth, SECRET_TOKEN, token, NOW, &who, &error));
  auth_free(auth);
}

static void nonsense_is_no_secret(void **state) {
  static const char *const wrong[] = {"", "x", "0000000000000000000000000000000000000000000000000000000000000000",
                                      "00000000000000000000000000000000000000000000000000000000000000000", NULL};
  struct auth *auth = auth_new();
  char session[SECRET_TEXT];
  struct identity who;
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
    assert_status(STATUS_DENIED, auth_check(auth, SECRET_SESSION, wrong[i], NOW, &who, &error));
    assert_status(STATUS_DENIED, auth_exchange(auth, wrong[i], NOW, session, &error));
  }
  auth_free(auth);
}

static void the_newest_have_room(void **state) {
  struct auth *auth = auth_new();
  char token[SECRET_TEXT], secret[SECRET_TEXT], session[SECRET_TEXT];
  struct identity who;
  (void)state;
  assert_ok(auth_issue(auth, SECRET_TOKEN, &owner, 0, NOW, token, &error));
  for (int i = 0; i < 2000; i++)
    assert_ok(auth_issue(auth, SECRET_LINK, &owner, 0, NOW, secret, &error));
  assert_ok(auth_exchange(auth, secret, NOW, session, &error));
  assert_ok(auth_check(auth, SECRET_TOKEN, token, NOW, &who, &error)); /* tokens stay */
  enum status status = STATUS_OK;
  for (int i = 0; i < 2000 && status == STATUS_OK; i++)
    status = auth_issue(auth, SECRET_TOKEN, &owner, 0, NOW, secret, &error);
  assert_status(STATUS_LIMIT, status);
  auth_free(auth);
}

static void hosts_of_this_machine(void **state) {
  static const char *const own[] = {"127.0.0.1",   "127.0.0.1:8100", "[::1]:8100",       "[::1]",           "localhost",
                                    "LocalHost:1", "localhost.:80",  "192.168.1.7:8100", "lake.example:443"};
  static const char *const others[] = {
      "",    ":80",   "evil.example",           "127.0.0.1.evil.example", "[::1",       "[::1]x",
      "::1", "a:b:c", "localhost.evil.example", "lake.example.org",       "local host", "127.0.0.1]:80"};
  const char *const names[] = {"lake.example", NULL};
  char machine[256];
  (void)state;
  for (size_t i = 0; i < ARRAY_COUNT(own); i++)
    if (!auth_host_is_own(own[i], names))
      fail_msg("'%s' is refused", own[i]);
  for (size_t i = 0; i < ARRAY_COUNT(others); i++)
    if (auth_host_is_own(others[i], names))
      fail_msg("'%s' is taken", others[i]);
  assert_false(auth_host_is_own(NULL, NULL));
  assert_false(auth_host_is_own("lake.example", NULL));
  assert_int_equal(gethostname(machine, sizeof machine), 0);
  assert_true(auth_host_is_own(machine, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_link_becomes_one_session),
      cmocka_unit_test(kinds_are_told_apart),
      cmocka_unit_test(secrets_end),
      cmocka_unit_test(nonsense_is_no_secret),
      cmocka_unit_test(the_newest_have_room),
      cmocka_unit_test(hosts_of_this_machine),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
