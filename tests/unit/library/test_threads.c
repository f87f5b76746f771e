/* The public library: many logs at once in many threads give what each gives alone; the caller's locale changes
 * nothing.
 */
#include "sample.h"

#include <locale.h>
#include <pthread.h>

enum { THREADS = 8, LOGS = 24 };

struct shared {
  struct sample samples[LOGS];
  struct digest expected[LOGS];
};
struct worker {
  const struct shared *shared;
  int first, wrong;
};

static void *read_logs(void *context) {
  struct worker *worker = context;
  for (int i = 0; i < LOGS; i++) {
    int index = (worker->first + i) % LOGS;
    const struct sample *sample = &worker->shared->samples[index];
    struct uavlog *log = NULL;
    struct uavlog_error failure;
    worker->wrong += strcmp(uavlog_probe(sample->data, sample->size, sample->size, NULL), "dataflash") != 0;
    if (uavlog_open_memory(sample->data, sample->size, NULL, &log, &failure) != UAVLOG_OK) {
      worker->wrong++;
      continue;
    }
    struct digest found = digest_log(log);
    worker->wrong += found.sum != worker->shared->expected[index].sum || found.status != UAVLOG_OK;
  }
  return NULL;
}

static void test_threads(void **state) {
  (void)state;
  struct shared shared;
  for (int i = 0; i < LOGS; i++) {
    shared.samples[i] = sample_new(200 + i * 150, i);
    shared.expected[i] = digest_log(open_sample(&shared.samples[i], NULL));
    assert_true(i == 0 || shared.expected[i].sum != shared.expected[i - 1].sum);
  }
  pthread_t threads[THREADS];
  struct worker workers[THREADS];
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (struct worker){&shared, i * 3, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, read_logs, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(workers[i].wrong, 0);
  }
  for (int i = 0; i < LOGS; i++)
    free(shared.samples[i].data);
}

/* Two logs by turns in one thread do not touch each other. */
static void test_interleaved(void **state) {
  (void)state;
  struct sample one = sample_new(3000, 1), two = sample_new(4000, 2);
  struct digest sums[2] = {{0}, {0}};
  struct uavlog *logs[2] = {open_sample(&one, NULL), open_sample(&two, NULL)};
  const struct uavlog_batch *batches[2];
  do {
    for (int i = 0; i < 2; i++)
      assert_log_ok(uavlog_next(logs[i], &batches[i], &error));
    for (int i = 0; i < 2; i++)
      if (batches[i])
        digest_batch(&sums[i], batches[i]);
  } while (batches[0] || batches[1]);
  uavlog_close(logs[0]);
  uavlog_close(logs[1]);
  assert_true(sums[0].sum == digest_log(open_sample(&one, NULL)).sum);
  assert_true(sums[1].sum == digest_log(open_sample(&two, NULL)).sum);
  free(one.data);
  free(two.data);
}

static const char text_log[] = "FMT, 128, 89, FMT, BBnNZ, Type,Length,Name,Format,Columns\n"
                               "FMT, 5, 15, TXT, Qf, TimeUS,Value\n"
                               "TXT, 1000000, 12.5\n"
                               "TXT, 2000000, 1.375e1\n";

static void test_locale(void **state) {
  (void)state;
  if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
    skip();
  const char *const names[] = {"TXT", NULL};
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.messages = names;
  struct uavlog *log;
  const struct uavlog_batch *batch;
  assert_log_ok(uavlog_open_memory(text_log, sizeof text_log - 1, &options, &log, &error));
  assert_log_ok(uavlog_next(log, &batch, &error));
  assert_true(uavlog_get_double(batch, 1, 1, 0) == 13.75);
  static const char waypoints[] = "47.1\t8.5\n47.2\t8.5\n47.2\t8.6\n";
  assert_string_equal(uavlog_probe(waypoints, sizeof waypoints - 1, sizeof waypoints - 1, NULL), "waypoints");
  char text[8];
  snprintf(text, sizeof text, "%.1f", 0.5);
  assert_string_equal(text, "0,5"); /* the caller's locale is as it was */
  uavlog_close(log);
  setlocale(LC_ALL, "C");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_interleaved),
                                     cmocka_unit_test(test_locale)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
