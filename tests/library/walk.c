/* walk: reads one log through libuavlog in every way and compares; built against the installed library.
 *
 *   walk LOG            rows and digest; by path, by memory, by callback in small pieces, in batches of 1 and 100
 *   walk --starve LOG   again and again with an allocator that fails at one call and all after it, and with limits from
 *                       little to enough: each must end in "limit" or give all, and give everything back
 *
 * All on a thread with a small stack. Exit 0: all as it should be. */
#include "../unit/library/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct ledger {
  size_t held, most, calls, fail_from;
};

static void *ledger_allocate(void *context, size_t size) {
  struct ledger *ledger = context;
  ledger->calls++;
  void *memory = ledger->fail_from && ledger->calls >= ledger->fail_from ? NULL : malloc(size);
  ledger->held += memory ? size : 0;
  ledger->most = ledger->held > ledger->most ? ledger->held : ledger->most;
  return memory;
}

static void ledger_release(void *context, void *memory, size_t size) {
  ((struct ledger *)context)->held -= size;
  free(memory);
}

struct file {
  char *data;
  size_t size;
};

static struct file load(const char *path) {
  struct file file = {NULL, 0};
  FILE *in = fopen(path, "rb");
  if (!in)
    return file;
  fseek(in, 0, SEEK_END);
  long size = ftell(in);
  rewind(in);
  file.data = malloc((size_t)size + 1);
  file.size = file.data ? fread(file.data, 1, (size_t)size, in) : 0;
  fclose(in);
  return file;
}

static int64_t read_pieces(void *context, uint64_t offset, void *data, size_t size) {
  const struct file *file = context;
  size_t left = offset < file->size ? file->size - (size_t)offset : 0;
  size_t count = size < left ? size : left;
  count = count < 12345 ? count : 12345;
  memcpy(data, file->data + (left ? offset : 0), count);
  return (int64_t)count;
}

static struct digest finish(enum uavlog_status status, struct uavlog *log) {
  struct digest none = {.status = status};
  return status == UAVLOG_OK ? digest_log(log) : none;
}

static struct digest walk_callback(const struct file *file, struct ledger *ledger, size_t limit, uint32_t rows) {
  struct uavlog_options options = UAVLOG_OPTIONS_INIT;
  options.allocate = ledger_allocate;
  options.release = ledger_release;
  options.allocate_context = ledger;
  options.memory_limit = limit;
  options.batch_rows = rows;
  struct uavlog *log;
  enum uavlog_status status = uavlog_open_callback(read_pieces, (void *)(uintptr_t)file, file->size, 0, &options, &log,
                                                   NULL);
  return finish(status, log);
}

static int same(const char *what, struct digest found, struct digest expected) {
  if (found.status == expected.status && found.rows == expected.rows && found.sum == expected.sum)
    return 1;
  printf("%s: %s, %llu rows; expected %s, %llu rows\n", what, uavlog_status_name(found.status),
         (unsigned long long)found.rows, uavlog_status_name(expected.status), (unsigned long long)expected.rows);
  return 0;
}

static int compare(const char *path, const struct file *file) {
  struct uavlog *log;
  struct ledger ledger = {0};
  enum uavlog_status status = uavlog_open_path(path, NULL, &log, NULL);
  struct digest expected = finish(status, log);
  printf("%s %llu %016llx\n", uavlog_status_name(expected.status), (unsigned long long)expected.rows,
         (unsigned long long)expected.sum);
  status = uavlog_open_memory(file->data, file->size, NULL, &log, NULL);
  int good = same("memory", finish(status, log), expected);
  good &= same("callback", walk_callback(file, &ledger, 0, 0), expected);
  good &= same("batches of 1", walk_callback(file, &ledger, 0, 1), expected);
  good &= same("batches of 100", walk_callback(file, &ledger, 0, 100), expected);
  return good && ledger.held == 0;
}

static int starved(struct digest found, const struct ledger *ledger, struct digest expected) {
  if (ledger->held)
    return printf("%zu bytes were not given back\n", ledger->held), 0;
  return found.status == UAVLOG_LIMIT || same("starved", found, expected);
}

static int starve(const struct file *file) {
  struct ledger all = {0};
  struct digest expected = walk_callback(file, &all, 0, 0);
  int good = 1, limits = 0;
  for (size_t n = 1; n <= all.calls; n += n < 100 ? 1 : n / 20) {
    struct ledger ledger = {.fail_from = n};
    struct digest found = walk_callback(file, &ledger, 0, 0);
    limits += found.status == UAVLOG_LIMIT;
    good &= starved(found, &ledger, expected);
  }
  for (size_t limit = 100; limit <= 64 << 20; limit += limit / 4) {
    struct ledger ledger = {0};
    good &= starved(walk_callback(file, &ledger, limit, 0), &ledger, expected);
    if (ledger.most > limit)
      good = printf("%zu bytes were held under a limit of %zu\n", ledger.most, limit) < 0;
  }
  printf("%zu allocations, at most %zu bytes, %d times out of memory\n", all.calls, all.most, limits);
  return good && limits > 0;
}

struct task {
  const char *path; /* NULL: starve */
  struct file file;
  int good;
};

static void *work(void *context) {
  struct task *task = context;
  task->good = task->file.data && (task->path ? compare(task->path, &task->file) : starve(&task->file));
  return NULL;
}

/* The stack that uavlog.h promises to keep within. */
#define STACK_BYTES (256 << 10)

int main(int count, char **arguments) {
  int starving = count == 3 && strcmp(arguments[1], "--starve") == 0;
  if (count != 2 + starving)
    return fputs("usage: walk [--starve] LOG\n", stderr), 2;
  struct task task = {starving ? NULL : arguments[1], load(arguments[1 + starving]), 0};
  pthread_attr_t small;
  pthread_t thread;
  pthread_attr_init(&small);
  if (pthread_attr_setstacksize(&small, STACK_BYTES) != 0 || pthread_create(&thread, &small, work, &task) != 0)
    return 2;
  pthread_join(thread, NULL);
  free(task.file.data);
  return !task.good;
}
