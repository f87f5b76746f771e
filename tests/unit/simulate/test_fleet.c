/* The fleet: the same seed gives the same bytes whatever the number of threads, and every file is whole in its format.
 */
#include "unit.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/hash.h"
#include "simulate/fleet.h"

static struct fleet_options options_of(const char *out, uint64_t seed, uint32_t workers) {
  return (struct fleet_options){.out = out,
                                .vehicles = 6,
                                .flights = 12,
                                .seed = seed,
                                .start_us = clock_from_civil(2026, 3, 1, 0, 0, 0),
                                .duration_s = 60,
                                .photos = 1,
                                .default_faults = true,
                                .workers = workers};
}

struct digest {
  struct hash *hash;
  const char *root;
  struct arena *arena;
  uint32_t files;
  uint64_t bytes;
};

static enum status add_file(void *context, const char *path, uint64_t size, struct error *reason) {
  struct digest *digest = context;
  struct bytes content;
  TRY(file_read(digest->arena, path, (size_t)64 << 20, &content, reason));
  assert_int_equal(content.size, size);
  hash_add(digest->hash, path + strlen(digest->root), strlen(path) - strlen(digest->root));
  hash_add(digest->hash, content.data, content.size);
  digest->files++;
  digest->bytes += size;
  return STATUS_OK;
}

static void digest_of(const char *root, char ret_sha256[SHA256_TEXT], uint32_t *ret_files, uint64_t *ret_bytes) {
  struct digest digest = {hash_new(), root, arena_new(0), 0, 0};
  assert_ok(folder_walk(root, &(struct walk_callbacks){add_file, NULL, &digest}, &error));
  hash_end(digest.hash, ret_sha256);
  arena_free(digest.arena);
  *ret_files = digest.files;
  *ret_bytes = digest.bytes;
}

static void simulate(const char *root, uint64_t seed, uint32_t workers, char ret_sha256[SHA256_TEXT]) {
  struct fleet_options options = options_of(root, seed, workers);
  struct fleet_result result;
  uint32_t files;
  uint64_t bytes;
  assert_ok(fleet_simulate(&options, NULL, NULL, &result, &error));
  digest_of(root, ret_sha256, &files, &bytes);
  assert_int_equal(result.vehicles, 6);
  assert_int_equal(result.flights, 12);
  assert_int_equal(result.files, files);
  assert_int_equal(result.bytes, bytes);
}

static void the_seed_is_the_fleet(void **state) {
  (void)state;
  char first[SHA256_TEXT], again[SHA256_TEXT], other[SHA256_TEXT];
  char *folders[3] = {new_folder(), new_folder(), new_folder()};
  simulate(folders[0], 5, 1, first);
  simulate(folders[1], 5, 3, again);
  simulate(folders[2], 6, 2, other);
  assert_string_equal(first, again);
  assert_string_not_equal(first, other);
  for (int i = 0; i < 3; i++) {
    assert_ok(tree_remove(folders[i], &error));
    free(folders[i]);
  }
}

/* Every record begins with its marker and is as long as its FMT says; returns how many there are of `name`. */
static uint32_t walk_dataflash(struct bytes log, const char *name) {
  uint8_t length[256] = {[128] = 89};
  char names[256][5] = {"FMT"};
  uint32_t count = 0;
  size_t at = 0;
  while (at < log.size) {
    assert_true(log.size - at >= 3);
    assert_int_equal(log.data[at], 0xa3);
    assert_int_equal(log.data[at + 1], 0x95);
    uint8_t type = log.data[at + 2];
    assert_true(length[type] > 3 && length[type] <= log.size - at);
    if (type == 128) {
      length[log.data[at + 3]] = log.data[at + 4];
      memcpy(names[log.data[at + 3]], log.data + at + 5, 4);
    }
    count += strcmp(names[type], name) == 0;
    at += length[type];
  }
  return count;
}

/* Stamps rise and frames follow each other without a gap; returns the number of frames. */
static uint32_t walk_telemetry(struct bytes log) {
  uint64_t before = 0;
  uint32_t count = 0;
  size_t at = 0;
  while (at < log.size) {
    assert_true(log.size - at >= 8 + 12);
    uint64_t stamp = load_u64_be(log.data + at);
    assert_true(stamp > before);
    before = stamp;
    assert_int_equal(log.data[at + 8], 0xfd);
    uint8_t size = log.data[at + 9];
    assert_true(size > 0 && 8u + 12 + size <= log.size - at);
    if (size > 1) /* zeros at the end are not sent */
      assert_int_not_equal(log.data[at + 8 + 10 + size - 1], 0);
    at += 8 + 12 + (size_t)size;
    count++;
  }
  return count;
}

static enum status check_file(void *context, const char *path, uint64_t size, struct error *reason) {
  uint32_t *kinds = context;
  struct arena *arena = arena_new(0);
  struct bytes content;
  (void)size;
  TRY(file_read(arena, path, (size_t)64 << 20, &content, reason));
  struct text name = text_of(path);
  if (text_ends_ignore_case(name, ".bin")) {
    kinds[0]++;
    assert_true(walk_dataflash(content, "ATT") > 500);
    assert_int_equal(walk_dataflash(content, "VER"), 1);
    assert_int_equal(walk_dataflash(content, "ARM"), 2);
  } else if (text_ends_ignore_case(name, ".tlog")) {
    kinds[1]++;
    assert_true(walk_telemetry(content) > 1000);
  } else if (text_ends_ignore_case(name, ".jpg")) {
    kinds[2]++;
    assert_int_equal(load_u16_be(content.data), 0xffd8);
    assert_int_equal(load_u16_be(content.data + content.size - 2), 0xffd9);
  }
  arena_free(arena);
  return STATUS_OK;
}

static void every_file_is_whole(void **state) {
  (void)state;
  char *root = new_folder();
  struct fleet_options options = options_of(root, 9, 2);
  struct fleet_result result;
  uint32_t kinds[3] = {0};
  options.default_faults = false;
  assert_ok(fleet_simulate(&options, NULL, NULL, &result, &error));
  assert_ok(folder_walk(root, &(struct walk_callbacks){check_file, NULL, kinds}, &error));
  assert_int_equal(kinds[0], 12);
  assert_true(kinds[1] > 5);
  assert_int_equal(kinds[2], 6); /* hexa and two planes, two flights each */
  assert_ok(tree_remove(root, &error));
  free(root);
}

static void a_brown_out_ends_in_the_air(void **state) {
  (void)state;
  char *root = new_folder();
  struct fleet_options options = {.out = root,
                                  .vehicles = 1,
                                  .flights = 3,
                                  .seed = 2,
                                  .start_us = 0,
                                  .duration_s = 60,
                                  .faults = {FAULT_BROWN_OUT},
                                  .fault_count = 1,
                                  .workers = 1};
  struct fleet_result result;
  struct arena *arena = arena_new(0);
  struct bytes truth, maintenance;
  char path[PATH_LIMIT];
  assert_ok(fleet_simulate(&options, NULL, NULL, &result, &error));
  assert_ok(path_join(path, root, "fleet.json", &error));
  assert_ok(file_read(arena, path, (size_t)1 << 20, &truth, &error));
  assert_non_null(strstr((const char *)truth.data, "\"ends_in_air\":true"));
  assert_ok(path_join(path, root, "maintenance.csv", &error));
  assert_ok(file_read(arena, path, (size_t)1 << 20, &maintenance, &error));
  assert_non_null(strstr((const char *)maintenance.data, ",power_module,"));
  arena_free(arena);
  assert_ok(tree_remove(root, &error));
  free(root);
}

static void too_few_flights_are_refused(void **state) {
  (void)state;
  struct fleet_options options = {.out = "/nowhere", .vehicles = 6, .flights = 5};
  struct fleet_result result;
  assert_status(STATUS_SETTINGS, fleet_simulate(&options, NULL, NULL, &result, &error));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_seed_is_the_fleet),
      cmocka_unit_test(every_file_is_whole),
      cmocka_unit_test(a_brown_out_ends_in_the_air),
      cmocka_unit_test(too_few_flights_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
