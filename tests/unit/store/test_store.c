/* The store's contract: whole or absent, never overwritten, verified, safe keys. */
#include "unit.h"

#include "base/clock.h"
#include "store/store.h"

#include <sys/stat.h>
#include <unistd.h>

static enum status put(struct store *store, const char *key, const char *content, const char *sha256,
                       struct error *reason) {
  struct input *input = input_open_memory(bytes_of(content, strlen(content)));
  enum status status = store->driver->put(store, key, input, sha256, NULL, 0, reason);
  input_close(input);
  return status;
}

static enum status count_object(void *context, const struct store_object *object, struct error *reason) {
  (void)reason;
  assert_true(store_key_is_safe(object->key));
  ++*(int *)context;
  return STATUS_OK;
}

static void objects_are_whole_or_absent(void **state) {
  (void)state;
  char *folder = new_folder(), sha256[SHA256_TEXT], found[SHA256_TEXT];
  struct store *store;
  struct input *input;
  uint64_t bytes;
  int count = 0;
  hash_bytes(bytes_of("content", 7), sha256);
  assert_ok(store_open(folder, NULL, &store, &error));
  assert_ok(put(store, "raw/a/b.bin", "content", sha256, &error));
  assert_ok(put(store, "raw/a/b.bin", "content", sha256, &error)); /* again: the same */
  assert_ok(store->driver->get(store, "raw/a/b.bin", &input, &error));
  assert_ok(hash_input(input, found, &bytes, NULL, NULL, &error));
  input_close(input);
  assert_string_equal(found, sha256);
  /* other content under the key, or content that is not what its hash says */
  char other[SHA256_TEXT];
  hash_bytes(bytes_of("other", 5), other);
  assert_status(STATUS_EXISTS, put(store, "raw/a/b.bin", "other", other, &error));
  assert_status(STATUS_BAD_DATA, put(store, "raw/a/c.bin", "changed", sha256, &error));
  assert_status(STATUS_NOT_FOUND, store->driver->get(store, "raw/a/c.bin", &input, &error));
  assert_ok(store->driver->list(store, "raw", count_object, &count, &error));
  assert_int_equal(count, 1);
  assert_ok(store->driver->remove(store, "raw/a/b.bin", &error));
  assert_ok(store->driver->remove(store, "raw/a/b.bin", &error));
  store_close(store);
  assert_ok(tree_remove(folder, &error));
  free(folder);
}

static void unsafe_keys_are_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"", "/etc/passwd", "a/../b", "..", "a//b", "a/./b", "a\nb", "a\\b", "a/", "\xff"};
  for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
    assert_false(store_key_is_safe(bad[i]));
  assert_true(store_key_is_safe("raw/uav=a/date=2026-01-01/source=carrier/0123-größe.bin"));
}

static void keys_follow_the_layout(void **state) {
  (void)state;
  char key[STORE_KEY_MAX];
  const char *sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  int64_t date_us = clock_from_civil(2026, 3, 1, 12, 0, 0);
  assert_ok(store_key(key, "uav 11/..", date_us, "carrier", sha256, TEXT("../x/00000042.BIN"), &error));
  assert_string_equal(key, "raw/uav=uav_11_../date=2026-03-01/source=carrier/0123456789abcdef-00000042.BIN");
  assert_ok(store_key(key, NULL, TIME_NONE, "payload", sha256, TEXT(""), &error));
  assert_string_equal(key, "raw/uav=unknown/date=unknown/source=payload/0123456789abcdef-unnamed");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(objects_are_whole_or_absent),
                                     cmocka_unit_test(unsafe_keys_are_refused),
                                     cmocka_unit_test(keys_follow_the_layout)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
