/* Input: the same bytes come out of files, memory and callbacks, through views of any size; hashing; walking folders.
 */
#include "unit.h"

#include "base/hash.h"
#include "base/input.h"

#include <unistd.h>

#define SIZE (3u * 1000 * 1000 + 7)

static uint8_t byte_at(size_t i) {
  return (uint8_t)(i * 2654435761u >> 13);
}

static int64_t read_pattern(void *context, uint64_t offset, void *data, size_t size) {
  (void)context;
  size = MIN(MIN(size, (size_t)777), offset < SIZE ? (size_t)(SIZE - offset) : 0); /* short reads */
  for (size_t i = 0; i < size; i++)
    ((uint8_t *)data)[i] = byte_at(offset + i);
  return (int64_t)size;
}

static void check_views(struct input *input) {
  size_t position = 0, wants[] = {1, 17, 4096, INPUT_VIEW_MAX, 300000}, turn = 0;
  for (;;) {
    struct bytes view;
    size_t want = wants[turn++ % ARRAY_COUNT(wants)];
    assert_ok(input_view(input, want, &view, &error));
    assert_true(view.size >= MIN(want, SIZE - position));
    if (view.size == 0)
      break;
    size_t taken = MIN(view.size, want / 2 + 1);
    assert_int_equal(view.data[0], byte_at(position));
    assert_int_equal(view.data[taken - 1], byte_at(position + taken - 1));
    input_skip(input, taken);
    position += taken;
    assert_true(input_offset(input) == position);
  }
  assert_int_equal(position, SIZE);
  struct bytes view;
  assert_ok(input_seek(input, 12345, &error));
  assert_ok(input_view(input, 10, &view, &error));
  assert_int_equal(view.data[3], byte_at(12348));
  uint8_t tail[10];
  size_t got;
  assert_ok(input_read_at(input, SIZE - 4, tail, 10, &got, &error));
  assert_int_equal(got, 4);
  assert_int_equal(tail[3], byte_at(SIZE - 1));
}

static void all_sources_agree(void **state) {
  (void)state;
  uint8_t *bytes = malloc(SIZE);
  for (size_t i = 0; i < SIZE; i++)
    bytes[i] = byte_at(i);
  char *folder = new_folder(), path[PATH_LIMIT];
  assert_ok(path_join(path, folder, "pattern", &error));
  assert_ok(file_write(path, bytes_of(bytes, SIZE), &error));
  struct input *inputs[] = {input_open_memory(bytes_of(bytes, SIZE)), input_open_callback(read_pattern, NULL, SIZE),
                            NULL};
  assert_ok(input_open_path(path, &inputs[2], &error));
  for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
    check_views(inputs[i]);
    input_close(inputs[i]);
  }
  assert_ok(tree_remove(folder, &error));
  free(folder);
  free(bytes);
}

static void pipes_go_forward_only(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(write(ends[1], "abcdef", 6), 6);
  close(ends[1]);
  struct input *input;
  struct bytes view;
  assert_ok(input_open_fd(ends[0], &input, &error));
  assert_ok(input_view(input, 6, &view, &error));
  assert_memory_equal(view.data, "abcdef", 6);
  assert_ok(input_seek(input, 4, &error));
  assert_ok(input_view(input, 6, &view, &error));
  assert_int_equal(view.size, 2);
  assert_status(STATUS_UNSUPPORTED, input_seek(input, 0, &error));
  input_close(input);
  close(ends[0]);
}

static void hash_is_sha256(void **state) {
  (void)state;
  char sha256[SHA256_TEXT];
  hash_bytes(bytes_of("abc", 3), sha256); /* FIPS 180-2, appendix B.1 */
  assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static enum status count_file(void *context, const char *path, uint64_t bytes, struct error *reason) {
  (void)path, (void)bytes, (void)reason;
  ++*(int *)context;
  return STATUS_OK;
}

static void walk_survives_loops(void **state) {
  (void)state;
  char *folder = new_folder(), path[PATH_LIMIT];
  int files = 0;
  assert_ok(path_join(path, folder, "a/b/file", &error));
  assert_ok(path_join(path, folder, "a/b", &error));
  assert_ok(folder_create(path, &error));
  assert_ok(path_join(path, folder, "a/b/file", &error));
  assert_ok(file_write(path, bytes_of("x", 1), &error));
  assert_ok(path_join(path, folder, "a/b/loop", &error));
  assert_int_equal(symlink(folder, path), 0);
  struct walk_callbacks walk = {count_file, NULL, &files};
  assert_ok(folder_walk(folder, &walk, &error));
  assert_int_equal(files, 1);
  assert_ok(tree_remove(folder, &error));
  assert_false(file_exists(folder));
  free(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(all_sources_agree), cmocka_unit_test(pipes_go_forward_only),
                                     cmocka_unit_test(hash_is_sha256), cmocka_unit_test(walk_survives_loops)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
