/* The contract of a store: whole or absent, never overwritten, verified, listed, copied, tagged, read at any place.
 *
 *   store_contract [LOCATION]     without: a new folder of this machine
 *
 * On S3 it needs an empty prefix; what it puts it removes. */
#include "unit.h"

#include "base/hash.h"
#include "base/pool.h"
#include "store/store.h"

static const char *location;
static struct store *store;
static char *folder;

static int open_it(void **state) {
  (void)state;
  folder = new_folder();
  struct store_options options = {.state_folder = folder};
  enum status status = store_open(location ? location : folder, &options, &store, &error);
  if (status != STATUS_OK)
    fprintf(stderr, "%s\n", error.text);
  return status == STATUS_OK ? 0 : -1;
}

static int close_it(void **state) {
  (void)state;
  store_close(store);
  assert_ok(tree_remove(folder, &error));
  free(folder);
  return 0;
}

static enum status put_bytes(const char *key, struct bytes bytes, const char *sha256, struct error *reason) {
  struct input *input = input_open_memory(bytes);
  struct store_tag tags[] = {{"kind", "ulog"}, {"note", "a b/c+d=e"}};
  enum status status = store->driver->put(store, key, input, sha256, tags, 2, reason);
  input_close(input);
  return status;
}

static void put_ok(const char *key, struct bytes bytes) {
  char sha256[SHA256_TEXT];
  hash_bytes(bytes, sha256);
  assert_ok(put_bytes(key, bytes, sha256, &error));
}

static void assert_holds(const char *key, struct bytes bytes) {
  scoped(input) struct input *input = NULL;
  char expected[SHA256_TEXT], found[SHA256_TEXT];
  uint64_t size;
  hash_bytes(bytes, expected);
  assert_ok(store->driver->get(store, key, &input, &error));
  assert_int_equal(input_size(input), bytes.size);
  assert_ok(hash_input(input, found, &size, NULL, NULL, &error));
  assert_string_equal(found, expected);
}

static void assert_absent(const char *key) {
  struct input *input;
  struct store_object object;
  assert_status(STATUS_NOT_FOUND, store->driver->get(store, key, &input, &error));
  assert_status(STATUS_NOT_FOUND, store->driver->look(store, key, &object, &error));
}

static void remove_ok(const char *key) {
  assert_ok(store->driver->remove(store, key, &error));
}

static struct bytes noise(size_t size) {
  uint8_t *data = malloc(size ? size : 1);
  uint32_t state = 12345;
  for (size_t i = 0; i < size; i++) {
    state = state * 1664525u + 1013904223u;
    data[i] = (uint8_t)(state >> 24);
  }
  return bytes_of(data, size);
}

static void free_noise(struct bytes bytes) {
  free((void *)(uintptr_t)bytes.data);
}

static void whole_or_absent(void **state) {
  (void)state;
  static const char key[] = "raw/a/b.bin";
  char sha256[SHA256_TEXT], other[SHA256_TEXT];
  struct bytes content = bytes_of("content", 7);
  hash_bytes(content, sha256);
  hash_bytes(bytes_of("other", 5), other);
  assert_absent(key);
  put_ok(key, content);
  put_ok(key, content); /* again: the same */
  assert_holds(key, content);
  assert_status(STATUS_EXISTS, put_bytes(key, bytes_of("other", 5), other, &error));
  assert_holds(key, content);
  assert_status(STATUS_BAD_DATA, put_bytes("raw/a/c.bin", bytes_of("changed", 7), sha256, &error));
  assert_absent("raw/a/c.bin");
  remove_ok(key);
  remove_ok(key);
  assert_absent(key);
}

static void odd_keys(void **state) {
  (void)state;
  static const char *const keys[] = {"raw/uav=7/date=2026-01-01/source=carrier/0123-a+b.bin",
                                     "raw/with blank/x y.bin",
                                     "raw/gr\u00f6\u00dfe/\u65e5\u672c.bin",
                                     "raw/a%2Fb&c;d,e.bin",
                                     "raw/~!@$()'*.bin",
                                     "raw/quote\"<tag>.bin"};
  for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
    put_ok(keys[i], bytes_of(keys[i], strlen(keys[i])));
  for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
    assert_holds(keys[i], bytes_of(keys[i], strlen(keys[i])));
    remove_ok(keys[i]);
  }
  char longest[STORE_KEY_MAX - 100] = "raw/";
  memset(longest + 4, 'k', sizeof longest - 5);
  for (size_t i = 200; i < sizeof longest - 1; i += 200) /* a folder's name has 255 bytes at most */
    longest[i] = '/';
  put_ok(longest, bytes_of("x", 1));
  assert_holds(longest, bytes_of("x", 1));
  remove_ok(longest);
  struct input *input;
  assert_status(STATUS_SETTINGS, store->driver->get(store, "raw/../x", &input, &error));
  assert_status(STATUS_SETTINGS, put_bytes("../x", bytes_of("", 0), "", &error));
}

/* Sizes around every border: none, one window, several stretches, one piece and parts. */
static void every_size(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 262143, 262144, 262145, 1 << 20, 5000000, 10 << 20, (10 << 20) + 1, 26000000};
  for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
    char key[64], sha256[SHA256_TEXT];
    struct bytes bytes = noise(sizes[i]);
    struct store_object object;
    snprintf(key, sizeof key, "raw/sizes/%zu", sizes[i]);
    put_ok(key, bytes);
    assert_holds(key, bytes);
    assert_ok(store->driver->look(store, key, &object, &error));
    assert_int_equal(object.bytes, sizes[i]);
    assert_string_equal(object.key, key);
    hash_bytes(bytes, sha256);
    if (object.sha256[0])
      assert_string_equal(object.sha256, sha256);
    if (bytes.size) {
      char wrong[SHA256_TEXT];
      memset(wrong, 'a', 64);
      wrong[64] = 0;
      assert_status(STATUS_BAD_DATA, put_bytes("raw/sizes/wrong", bytes, wrong, &error));
      assert_absent("raw/sizes/wrong");
    }
    remove_ok(key);
    free_noise(bytes);
  }
}

static void any_place(void **state) {
  (void)state;
  struct bytes bytes = noise(6000000);
  put_ok("raw/place", bytes);
  scoped(input) struct input *input = NULL;
  assert_ok(store->driver->get(store, "raw/place", &input, &error));
  static const uint64_t places[] = {0, 5999990, 262144, 262143, 3000000, 3000100, 100, 6000000, 7000000};
  for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
    uint8_t data[1000];
    size_t got, expected = places[i] < bytes.size ? MIN(sizeof data, bytes.size - places[i]) : 0;
    assert_ok(input_read_at(input, places[i], data, sizeof data, &got, &error));
    assert_int_equal(got, expected);
    if (got)
      assert_memory_equal(data, bytes.data + places[i], got);
  }
  remove_ok("raw/place");
  free_noise(bytes);
}

struct seen {
  int count;
  uint64_t bytes;
};

static enum status see(void *context, const struct store_object *object, struct error *reason) {
  (void)reason;
  struct seen *seen = context;
  assert_true(store_key_is_safe(object->key));
  assert_true(strncmp(object->key, "raw/list/", 9) == 0);
  seen->count++;
  seen->bytes += object->bytes;
  return STATUS_OK;
}

static void put_one(void *context, uint32_t index) {
  _Atomic uint32_t *failed = context;
  char key[64], sha256[SHA256_TEXT];
  struct error reason;
  snprintf(key, sizeof key, "raw/list/%u/%u", index % 7, index);
  hash_bytes(bytes_of(key, strlen(key)), sha256);
  if (put_bytes(key, bytes_of(key, strlen(key)), sha256, &reason) != STATUS_OK) {
    fprintf(stderr, "%s\n", reason.text);
    ++*failed;
  }
}

static void remove_one(void *context, uint32_t index) {
  _Atomic uint32_t *failed = context;
  char key[64];
  struct error reason;
  snprintf(key, sizeof key, "raw/list/%u/%u", index % 7, index);
  *failed += store->driver->remove(store, key, &reason) != STATUS_OK;
}

/* More than a page of S3's listing, put from several threads. */
static void listing(void **state) {
  (void)state;
  enum { COUNT = 1100 };
  _Atomic uint32_t failed = 0;
  struct seen seen = {0};
  put_ok("rawhide/list/1", bytes_of("x", 1)); /* a prefix is a folder */
  pool_run(8, COUNT, put_one, &failed);
  assert_int_equal(failed, 0);
  assert_ok(store->driver->list(store, "raw", see, &seen, &error));
  assert_int_equal(seen.count, COUNT);
  assert_true(seen.bytes > COUNT * 10u);
  pool_run(8, COUNT, remove_one, &failed);
  assert_int_equal(failed, 0);
  seen = (struct seen){0};
  assert_ok(store->driver->list(store, "raw", see, &seen, &error));
  assert_ok(store->driver->list(store, "nothing/there", see, &seen, &error));
  assert_int_equal(seen.count, 0);
  remove_ok("rawhide/list/1");
}

static void put_same(void *context, uint32_t index) {
  uint8_t *outcomes = context;
  char text[32], sha256[SHA256_TEXT];
  struct error reason;
  snprintf(text, sizeof text, "content %u", index % 2);
  hash_bytes(bytes_of(text, strlen(text)), sha256);
  outcomes[index] = (uint8_t)put_bytes("raw/race", bytes_of(text, strlen(text)), sha256, &reason);
}

/* Two contents want one key at once: one wins, all who brought it are content, the others are told. */
static void races(void **state) {
  (void)state;
  for (int round = 0; round < 10; round++) {
    uint8_t outcomes[16];
    pool_run(8, 16, put_same, outcomes);
    scoped(input) struct input *input = NULL;
    struct bytes view;
    assert_ok(store->driver->get(store, "raw/race", &input, &error));
    assert_ok(input_view(input, 9, &view, &error));
    unsigned winner = view.data[8] - '0';
    for (unsigned i = 0; i < 16; i++)
      assert_int_equal(outcomes[i], i % 2 == winner ? STATUS_OK : STATUS_EXISTS);
    remove_ok("raw/race");
  }
}

static void copies(void **state) {
  (void)state;
  struct bytes content = bytes_of("copied", 6);
  put_ok("raw/from a+b", content);
  put_ok("raw/taken", bytes_of("other", 5));
  assert_ok(store->driver->copy(store, "raw/from a+b", "raw/to=1", &error));
  assert_ok(store->driver->copy(store, "raw/from a+b", "raw/to=1", &error));
  assert_holds("raw/to=1", content);
  assert_status(STATUS_EXISTS, store->driver->copy(store, "raw/from a+b", "raw/taken", &error));
  assert_status(STATUS_NOT_FOUND, store->driver->copy(store, "raw/nothing", "raw/x", &error));
  remove_ok("raw/from a+b");
  remove_ok("raw/to=1");
  remove_ok("raw/taken");
}

static void tags(void **state) {
  (void)state;
  if (!store->driver->set_tags)
    skip();
  scoped(arena) struct arena *arena = arena_new(0);
  struct store_tag found[STORE_TAGS_MAX], wanted[] = {{"hold", "n\u00f6 & never"}};
  uint32_t count;
  put_ok("raw/tagged", bytes_of("x", 1));
  assert_ok(store->driver->get_tags(store, "raw/tagged", arena, found, &count, &error));
  assert_int_equal(count, 2);
  int note = strcmp(found[0].key, "note") == 0 ? 0 : 1;
  assert_string_equal(found[note].value, "a b/c+d=e");
  assert_ok(store->driver->set_tags(store, "raw/tagged", wanted, 1, &error));
  assert_ok(store->driver->get_tags(store, "raw/tagged", arena, found, &count, &error));
  assert_int_equal(count, 1);
  assert_string_equal(found[0].value, "n_ _ never");
  remove_ok("raw/tagged");
}

static void clean_removes_nothing_whole(void **state) {
  (void)state;
  put_ok("raw/kept", bytes_of("x", 1));
  assert_ok(store->driver->clean(store, &error));
  assert_holds("raw/kept", bytes_of("x", 1));
  remove_ok("raw/kept");
}

int main(int argc, char **argv) {
  location = argc > 1 ? argv[1] : NULL;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_or_absent), cmocka_unit_test(odd_keys), cmocka_unit_test(every_size),
      cmocka_unit_test(any_place),       cmocka_unit_test(listing),  cmocka_unit_test(races),
      cmocka_unit_test(copies),          cmocka_unit_test(tags),     cmocka_unit_test(clean_removes_nothing_whole),
  };
  return cmocka_run_group_tests(tests, open_it, close_it);
}
