/* The public library: the same log by path, descriptor, pipe, memory and callback; readers that are short, fail or lie;
 * files that shrink or grow while they are read; arguments and bytes that make no sense. */
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
  const struct sample *sample;
  uint64_t piece, next, fail_at; /* bytes a call; where a forward reader is; offset that fails */
  int64_t failure;
};

static int64_t read_piece(void *context, uint64_t offset, void *data, size_t size) {
  struct source *source = context;
  assert_true(size > 0);
  if (source->fail_at && offset + size > source->fail_at)
    return source->failure;
  uint64_t left = offset < source->sample->size ? source->sample->size - offset : 0;
  size_t count = size < left ? size : (size_t)left;
  if (source->piece && count > source->piece)
    count = (size_t)source->piece;
  memcpy(data, source->sample->data + offset, count);
  return (int64_t)count;
}

static int64_t read_forward(void *context, uint64_t offset, void *data, size_t size) {
  struct source *source = context;
  assert_int_equal(offset, source->next);
  int64_t got = read_piece(context, offset, data, size);
  source->next += got > 0 ? (uint64_t)got : 0;
  return got;
}

static char path[] = "/tmp/uavlog-test-XXXXXX";

static int write_file(const struct sample *sample) {
  strcpy(strrchr(path, '-'), "-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0 && write(fd, sample->data, sample->size) == (ssize_t)sample->size);
  return fd;
}

static void assert_digest(struct digest found, struct digest expected) {
  assert_log_status(expected.status, found.status);
  assert_int_equal(found.rows, expected.rows);
  assert_true(found.sum == expected.sum);
}

static void test_path_and_descriptor(void **state) {
  (void)state;
  struct sample sample = sample_new(5000, 1);
  struct digest expected = digest_log(open_sample(&sample, NULL));
  assert_int_equal(expected.rows, 10003);
  int fd = write_file(&sample);
  struct uavlog *log;
  assert_log_ok(uavlog_open_path(path, NULL, &log, &error));
  assert_digest(digest_log(log), expected);
  assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
  assert_log_ok(uavlog_open_fd(fd, NULL, &log, &error));
  assert_digest(digest_log(log), expected);
  assert_int_equal(lseek(fd, 0, SEEK_CUR), 17); /* neither moved nor closed */
  close(fd);
  unlink(path);
  free(sample.data);
}

struct writer {
  const struct sample *sample;
  int fd;
};

static void *write_slowly(void *context) {
  struct writer *writer = context;
  for (size_t at = 0, size; at < writer->sample->size; at += size) {
    size = writer->sample->size - at < 1000 ? writer->sample->size - at : 1000;
    if (write(writer->fd, writer->sample->data + at, size) != (ssize_t)size)
      break;
  }
  close(writer->fd);
  return NULL;
}

static void test_pipe(void **state) {
  (void)state;
  struct sample sample = sample_new(5000, 2);
  int ends[2];
  pthread_t thread;
  assert_int_equal(pipe(ends), 0);
  struct writer writer = {&sample, ends[1]};
  assert_int_equal(pthread_create(&thread, NULL, write_slowly, &writer), 0);
  struct uavlog *log;
  assert_log_ok(uavlog_open_fd(ends[0], NULL, &log, &error));
  struct digest expected = digest_log(open_sample(&sample, NULL));
  assert_digest(digest_log(log), expected);
  pthread_join(thread, NULL);
  close(ends[0]);
  free(sample.data);
}

static void test_callback(void **state) {
  (void)state;
  struct sample sample = sample_new(5000, 3);
  struct digest expected = digest_log(open_sample(&sample, NULL));
  static const uint64_t pieces[] = {0, 7, 4096, 100003};
  for (size_t i = 0; i < 4; i++) {
    struct uavlog *log;
    struct source one = {.sample = &sample, .piece = pieces[i]}, two = one;
    assert_log_ok(uavlog_open_callback(read_piece, &one, sample.size, 0, NULL, &log, &error));
    assert_digest(digest_log(log), expected);
    assert_log_ok(uavlog_open_callback(read_forward, &two, UAVLOG_SIZE_UNKNOWN, 1, NULL, &log, &error));
    assert_digest(digest_log(log), expected);
    assert_int_equal(two.next, sample.size);
  }
  free(sample.data);
}

/* Fails in the middle: what was read stays known, and the failure stays. */
static void check_failure(const struct sample *sample, int64_t failure, enum uavlog_status expected) {
  struct source source = {.sample = sample, .fail_at = sample->size / 2, .failure = failure};
  struct uavlog *log;
  const struct uavlog_batch *batch;
  enum uavlog_status status;
  assert_log_ok(uavlog_open_callback(read_piece, &source, sample->size, 0, NULL, &log, &error));
  do
    status = uavlog_next(log, &batch, &error);
  while (status == UAVLOG_OK && batch);
  assert_log_status(expected, status);
  assert_log_status(expected, error.status);
  assert_true(strlen(error.text) > 10);
  assert_null(batch);
  error.text[0] = 0;
  source.fail_at = 0;
  assert_log_status(expected, uavlog_next(log, &batch, &error));
  assert_true(strlen(error.text) > 10);
  assert_log_status(expected, uavlog_next(log, &batch, NULL));
  assert_true(uavlog_message_rows(uavlog_find_message(log, "MIX")) > 100);
  uavlog_close(log);
  source.fail_at = 1; /* at once */
  assert_log_status(expected, uavlog_open_callback(read_piece, &source, sample->size, 0, NULL, &log, &error));
  assert_null(log);
}

static void test_failing_callback(void **state) {
  (void)state;
  struct sample sample = sample_new(8000, 0);
  check_failure(&sample, -EIO, UAVLOG_IO);
  check_failure(&sample, -ECANCELED, UAVLOG_CANCELLED);
  check_failure(&sample, -EACCES, UAVLOG_DENIED);
  check_failure(&sample, INT64_MIN, UAVLOG_IO);
  check_failure(&sample, INT64_MAX, UAVLOG_IO); /* more than was asked for */
  free(sample.data);
}

static struct digest read_while(const struct sample *sample, off_t new_size) {
  int fd = write_file(sample);
  struct uavlog *log;
  const struct uavlog_batch *batch;
  assert_log_ok(uavlog_open_path(path, NULL, &log, &error));
  assert_log_ok(uavlog_next(log, &batch, &error));
  struct digest first = {0};
  digest_batch(&first, batch);
  if (new_size < (off_t)sample->size)
    assert_int_equal(ftruncate(fd, new_size), 0);
  else
    assert_int_equal(pwrite(fd, sample->data + 89, 89, new_size - 89), 89);
  struct digest rest = digest_log(log);
  rest.rows += first.rows;
  rest.sum += first.sum;
  close(fd);
  unlink(path);
  return rest;
}

static void test_changing_file(void **state) {
  (void)state;
  struct sample sample = sample_new(30000, 0); /* 3.8 MB: more than a window */
  struct digest whole = digest_log(open_sample(&sample, NULL));
  struct digest shrunk = read_while(&sample, (off_t)sample.size / 2);
  assert_log_status(UAVLOG_OK, shrunk.status);
  assert_true(shrunk.rows > whole.rows / 3 && shrunk.rows < whole.rows * 2 / 3);
  assert_log_status(UAVLOG_OK, read_while(&sample, 0).status);
  assert_digest(read_while(&sample, (off_t)sample.size + 1000), whole);
  free(sample.data);
}

static enum uavlog_status open_bytes(const void *data, size_t size, const struct uavlog_options *options) {
  struct uavlog *log = (struct uavlog *)8; /* must be overwritten */
  error.text[0] = 0;
  enum uavlog_status status = uavlog_open_memory(data, size, options, &log, &error);
  assert_true((status == UAVLOG_OK) == (log != NULL));
  assert_true((status == UAVLOG_OK) == (error.text[0] == 0));
  if (log)
    status = digest_log(log).status;
  return status;
}

static void test_wrong_arguments(void **state) {
  (void)state;
  struct uavlog *log;
  assert_log_status(UAVLOG_USAGE, uavlog_open_path(NULL, NULL, &log, &error));
  assert_log_status(UAVLOG_USAGE, uavlog_open_path("x", NULL, NULL, &error));
  assert_log_status(UAVLOG_USAGE, uavlog_open_callback(NULL, NULL, 0, 0, NULL, &log, NULL));
  assert_log_status(UAVLOG_USAGE, open_bytes(NULL, 5, NULL));
  assert_log_status(UAVLOG_UNSUPPORTED, open_bytes(NULL, 0, NULL));
  assert_log_status(UAVLOG_NOT_FOUND, uavlog_open_path("/nowhere/at all\n", NULL, &log, &error));
  assert_null(strchr(error.text, '\n'));
  assert_log_status(UAVLOG_USAGE, uavlog_open_path("/tmp", NULL, &log, &error));
  assert_log_status(UAVLOG_IO, uavlog_open_fd(-1, NULL, &log, &error));
  assert_null(log);
}

static void *never(void *context, size_t size) {
  (void)context, (void)size;
  return NULL;
}

static void test_wrong_options(void **state) {
  (void)state;
  struct sample sample = sample_new(3, 0);
  struct {
    struct uavlog_options options;
    uint64_t beyond;
  } newer = {{.size = sizeof newer}, 0};
  assert_log_status(UAVLOG_OK, open_bytes(sample.data, sample.size, &newer.options));
  newer.beyond = 1;
  assert_log_status(UAVLOG_USAGE, open_bytes(sample.data, sample.size, &newer.options));
  assert_non_null(strstr(error.text, uavlog_version()));
  struct uavlog_options options = {.size = offsetof(struct uavlog_options, memory_limit), .memory_limit = 1};
  assert_log_status(UAVLOG_OK, open_bytes(sample.data, sample.size, &options)); /* older: the limit is not there yet */
  options.size = 0;
  assert_log_status(UAVLOG_USAGE, open_bytes(sample.data, sample.size, &options));
  options.size = SIZE_MAX;
  assert_log_status(UAVLOG_USAGE, open_bytes(sample.data, sample.size, &options));
  options = (struct uavlog_options)UAVLOG_OPTIONS_INIT;
  options.allocate = never;
  assert_log_status(UAVLOG_USAGE, open_bytes(sample.data, sample.size, &options));
  options.allocate = NULL;
  options.format = "no such\tformat";
  assert_log_status(UAVLOG_USAGE, open_bytes(sample.data, sample.size, &options));
  assert_non_null(strstr(error.text, "no such?format"));
  options.format = "unknown";
  assert_log_status(UAVLOG_UNSUPPORTED, open_bytes(sample.data, sample.size, &options));
  options.format = "dataflash";
  assert_log_status(UAVLOG_OK, open_bytes(sample.data, sample.size, &options));
  free(sample.data);
}

/* Any bytes, read as any format: an answer, and no more than the limit. */
static void test_garbage(void **state) {
  (void)state;
  uint32_t seed = 3;
  uint8_t bytes[3000];
  for (size_t format = 0; format <= uavlog_format_count(); format++)
    for (size_t round = 0; round < 40; round++) {
      struct uavlog_options options = UAVLOG_OPTIONS_INIT;
      options.format = uavlog_format_name(format); /* NULL at last: by content */
      size_t size = round * round * 2 % sizeof bytes;
      for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
      if (round % 3 == 0 && size > 4)
        memcpy(bytes, "\xA3\x95\x80\x80", 4);
      enum uavlog_status status = open_bytes(bytes, size, &options);
      assert_true(status == UAVLOG_OK || status == UAVLOG_BAD_DATA || status == UAVLOG_UNSUPPORTED);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_path_and_descriptor),
      cmocka_unit_test(test_pipe),
      cmocka_unit_test(test_callback),
      cmocka_unit_test(test_failing_callback),
      cmocka_unit_test(test_changing_file),
      cmocka_unit_test(test_wrong_arguments),
      cmocka_unit_test(test_wrong_options),
      cmocka_unit_test(test_garbage),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
