/* The public library: the memory limit covers all, every allocation may fail, everything is given back. */
#include "sample.h"

struct ledger {
  size_t held, most, calls, fail_from; /* this call and all after it get NULL; 0: none */
};

static void *ledger_allocate(void *context, size_t size) {
  struct ledger *ledger = context;
  if (++ledger->calls >= ledger->fail_from && ledger->fail_from)
    return NULL;
  ledger->held += size;
  ledger->most = ledger->held > ledger->most ? ledger->held : ledger->most;
  uint8_t *memory = malloc(size);
  memset(memory, 0xA5, size);
  return memory;
}

static void ledger_release(void *context, void *memory, size_t size) {
  memset(memory, 0x5A, size);
  ((struct ledger *)context)->held -= size;
  free(memory);
}

static int64_t read_sample(void *context, uint64_t offset, void *data, size_t size) {
  const struct sample *sample = context;
  size_t left = offset < sample->size ? sample->size - (size_t)offset : 0;
  memcpy(data, sample->data + (left ? offset : 0), size < left ? size : left);
  return (int64_t)(size < left ? size : left);
}

/* Opens, reads all, closes; by callback, so that there is a window too. */
static enum uavlog_status read_all(struct sample *sample, struct ledger *ledger, size_t limit,
                                   struct uavlog_totals *totals) {
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.allocate = ledger_allocate;
  options.release = ledger_release;
  options.allocate_context = ledger;
  options.memory_limit = limit;
  struct uavlog *log;
  const struct uavlog_batch *batch = NULL;
  enum uavlog_status status = uavlog_open_callback(read_sample, sample, sample->size, 0, &options, &log, &error);
  if (status != UAVLOG_OK)
    return status;
  do
    status = uavlog_next(log, &batch, &error);
  while (status == UAVLOG_OK && batch);
  totals->size = sizeof *totals;
  uavlog_get_totals(log, totals);
  assert_int_equal(totals->memory_bytes, ledger->held);
  uavlog_close(log);
  return status;
}

static void test_limit(void **state) {
  (void)state;
  struct sample sample = sample_new(3000, 0);
  size_t good = 0, refused = 0;
  for (size_t limit = 1; limit < 8 << 20; limit += 1 + limit / 9) {
    struct ledger ledger = {0};
    struct uavlog_totals totals = {0};
    enum uavlog_status status = read_all(&sample, &ledger, limit, &totals);
    assert_true(ledger.most <= limit);
    assert_int_equal(ledger.held, 0);
    if (status == UAVLOG_OK) {
      assert_int_equal(totals.memory_peak, ledger.most);
      good++;
      continue;
    }
    assert_int_equal(good, 0); /* once it is enough, more is enough too */
    assert_log_status(UAVLOG_LIMIT, status);
    assert_non_null(strstr(error.text, "limit"));
    refused++;
  }
  assert_true(good > 3 && refused > 30);
  free(sample.data);
}

/* The n-th allocation and all after it fail, for every n: an error, nothing lost, nothing held. */
static void test_no_memory(void **state) {
  (void)state;
  struct sample sample = sample_new(3000, 0);
  enum uavlog_status status = UAVLOG_LIMIT;
  size_t n = 1;
  for (; status != UAVLOG_OK; n++) {
    struct ledger ledger = {.fail_from = n};
    struct uavlog_totals totals = {0};
    status = read_all(&sample, &ledger, 0, &totals);
    assert_int_equal(ledger.held, 0);
    assert_true(status == UAVLOG_OK || status == UAVLOG_LIMIT);
    if (status == UAVLOG_LIMIT)
      assert_non_null(strstr(error.text, "no memory left"));
  }
  assert_true(n > 20);
  free(sample.data);
}

/* 100 MB need no more than 1 MB. */
static int64_t read_endless(void *context, uint64_t offset, void *data, size_t size) {
  const struct sample *sample = context;
  uint64_t length = sample->size - 3 * 89, end = UINT64_C(100) << 20;
  size_t done = 0;
  while (done < size && offset + done < end) {
    uint64_t at = offset + done;
    uint64_t from = at < 3 * 89 ? at : 3 * 89 + (at - 3 * 89) % length;
    uint64_t part = (at < 3 * 89 ? 3 * 89 : sample->size) - from;
    part = part < size - done ? part : size - done;
    memcpy((uint8_t *)data + done, sample->data + from, (size_t)part);
    done += (size_t)part;
  }
  return (int64_t)done;
}

static void test_flat(void **state) {
  (void)state;
  struct sample sample = sample_new(3000, 0);
  struct ledger ledger = {0};
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.allocate = ledger_allocate;
  options.release = ledger_release;
  options.allocate_context = &ledger;
  struct uavlog *log;
  const struct uavlog_batch *batch = NULL;
  assert_log_ok(uavlog_open_callback(read_endless, &sample, UAVLOG_SIZE_UNKNOWN, 1, &options, &log, &error));
  uint64_t rows = 0;
  size_t early = 0;
  do {
    assert_log_ok(uavlog_next(log, &batch, &error));
    rows += batch ? uavlog_batch_rows(batch) : 0;
    if (rows < 100000)
      early = ledger.most;
  } while (batch);
  assert_true(rows > 1500000);
  assert_true(ledger.most <= early + 4096 && ledger.most < 4 << 20);
  uavlog_close(log);
  assert_int_equal(ledger.held, 0);
  free(sample.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_limit), cmocka_unit_test(test_no_memory),
                                     cmocka_unit_test(test_flat)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
