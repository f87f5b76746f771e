/* bench: how fast this machine decodes the user's own logs. Every column of every message is made and thrown away, so
 * the figures bound what add, cat and query can reach here.
 *
 * MB are 10^6 bytes. CPU is user and system time: of the thread for a file, of the whole process for the total, so what
 * the reading costs is in it. Peak memory is the process's, all threads together. */
#include "base/file.h"
#include "base/pool.h"
#include "command/listing.h"
#include "decode/decode.h"
#include "decode/decoder.h"

#include <sys/resource.h>
#include <time.h>

struct measured {
  const char *path, *kind;
  uint64_t bytes, rows, damaged_bytes;
  double wall_s, cpu_s;
  struct error error; /* status OK: none */
};

struct bench {
  struct measured *files;
  uint32_t rounds;
};

static double clock_s(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static enum status decode_whole(struct measured *file, struct error *error) {
  scoped(input) struct input *input = NULL;
  scoped(decode) struct decode *decode = NULL;
  const struct batch *batch;
  struct bytes head;
  TRY(input_open_path(file->path, &input, error));
  TRY(input_view(input, 1, &head, error));
  if (head.size == 0)
    return error_set(error, STATUS_BAD_DATA, "%s is empty", file->path);
  enum status status = decode_open(input, NULL, &(struct decode_options){0}, &decode, error);
  if (status != STATUS_OK)
    return error_prefix(error, "%s", file->path);
  file->kind = decode_get_decoder(decode)->name;
  file->rows = 0;
  do {
    if (decode_next(decode, &batch, error) != STATUS_OK)
      return error_prefix(error, "%s", file->path);
    file->rows += batch ? batch->rows : 0;
  } while (batch);
  file->bytes = decode_get_report(decode)->bytes;
  file->damaged_bytes = decode_get_report(decode)->damaged_bytes;
  return STATUS_OK;
}

/* The fastest of the rounds: what else the machine did can only slow one down. */
static void measure(void *context, uint32_t index) {
  struct bench *bench = context;
  struct measured *file = &bench->files[index];
  for (uint32_t round = 0; round < bench->rounds; round++) {
    double wall_s = clock_s(CLOCK_MONOTONIC), cpu_s = clock_s(CLOCK_THREAD_CPUTIME_ID);
    file->error.status = decode_whole(file, &file->error);
    wall_s = clock_s(CLOCK_MONOTONIC) - wall_s;
    cpu_s = clock_s(CLOCK_THREAD_CPUTIME_ID) - cpu_s;
    if (file->error.status != STATUS_OK)
      return;
    if (round == 0 || cpu_s < file->cpu_s) {
      file->wall_s = wall_s;
      file->cpu_s = cpu_s;
    }
  }
}

static double rate(uint64_t bytes, double seconds) {
  return seconds > 0 ? (double)bytes * 1e-6 / seconds : 0;
}

/* getrusage's figure would include what the parent process held before exec. */
static double peak_mib(void) {
  FILE *status = fopen("/proc/self/status", "re");
  char line[256];
  long kib = 0;
  while (status && fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %ld", &kib) == 1)
      return (double)kib / 1024;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_maxrss / 1024;
}

static void json_rates(struct json_writer *json, const struct measured *file) {
  json_i64(json, "bytes", (int64_t)file->bytes);
  json_i64(json, "rows", (int64_t)file->rows);
  json_double(json, "wall_s", file->wall_s);
  json_double(json, "cpu_s", file->cpu_s);
  json_double(json, "mb_per_s", rate(file->bytes, file->wall_s));
  json_double(json, "mb_per_cpu_s", rate(file->bytes, file->cpu_s));
}

static void print_json(const struct measured *files, uint32_t count, const struct measured *total, uint32_t threads) {
  scoped(buffer) struct buffer text = buffer_with_max((size_t)64 << 20);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_array_begin(&json, "files");
  for (uint32_t i = 0; i < count; i++) {
    json_object_begin(&json, NULL);
    json_c_string(&json, "path", files[i].path);
    json_c_string(&json, "kind", files[i].kind);
    if (files[i].error.status != STATUS_OK)
      json_c_string(&json, "unreadable", files[i].error.text);
    json_rates(&json, &files[i]);
    json_i64(&json, "damaged_bytes", (int64_t)files[i].damaged_bytes);
    json_object_end(&json);
  }
  json_array_end(&json);
  json_object_begin(&json, "total");
  json_rates(&json, total);
  json_object_end(&json);
  json_i64(&json, "threads", threads);
  json_double(&json, "peak_mib", peak_mib());
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void add_row(struct arena *arena, struct cells *cells, const struct measured *file) {
  cells_add(cells, file->path, false);
  cells_add(cells, file->kind ? file->kind : "", false);
  cells_add(cells, arena_format(arena, "%.1f", (double)file->bytes * 1e-6), true);
  cells_add(cells, arena_format(arena, "%llu", (unsigned long long)file->rows), true);
  cells_add(cells, arena_format(arena, "%.3f", file->wall_s), true);
  cells_add(cells, arena_format(arena, "%.3f", file->cpu_s), true);
  cells_add(cells, arena_format(arena, "%.0f", rate(file->bytes, file->wall_s)), true);
  cells_add(cells, arena_format(arena, "%.0f", rate(file->bytes, file->cpu_s)), true);
}

static void print_table(struct arena *arena, const struct measured *files, uint32_t count,
                        const struct measured *total) {
  static const char *const titles[] = {"file", "kind", "MB", "rows", "s", "CPU s", "MB/s", "MB per CPU s"};
  struct cells *cells = cells_new(arena, ARRAY_COUNT(titles));
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(cells, titles[i], i > 1);
  uint32_t good = 0;
  for (uint32_t i = 0; i < count; i++)
    if (files[i].error.status == STATUS_OK && ++good)
      add_row(arena, cells, &files[i]);
  if (good == 0)
    return;
  if (good > 1)
    add_row(arena, cells, total);
  cells_print(cells, stdout);
  printf("peak memory %.1f MiB\n", peak_mib());
}

/* One round over all files is also measured as a whole: with threads that is where their gain shows. */
static struct measured measure_all(struct bench *bench, uint32_t count, uint32_t threads) {
  struct measured total = {.path = "total"};
  double wall_s = clock_s(CLOCK_MONOTONIC), cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
  pool_run(threads, count, measure, bench);
  total.wall_s = (clock_s(CLOCK_MONOTONIC) - wall_s) / bench->rounds;
  total.cpu_s = (clock_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_s) / bench->rounds;
  for (uint32_t i = 0; i < count; i++) {
    total.bytes += bench->files[i].bytes;
    total.rows += bench->files[i].rows;
  }
  return total;
}

static enum status bench_run(struct invocation *in, struct error *error) {
  if (strcmp(in->arguments[0], "decode") != 0)
    return error_set(error, STATUS_SETTINGS, "there is no bench '%s'; the one there is: uavlake bench decode FILE…",
                     in->arguments[0]);
  int64_t threads = 1, rounds = 1;
  TRY(invocation_number(in, "threads", 1, 256, &threads, error));
  TRY(invocation_number(in, "rounds", 1, 1000, &rounds, error));
  uint32_t count = (uint32_t)in->argument_count - 1;
  struct bench bench = {arena_alloc_array(in->arena, count, sizeof *bench.files), (uint32_t)rounds};
  for (uint32_t i = 0; i < count; i++)
    bench.files[i].path = in->arguments[i + 1];
  struct measured total = measure_all(&bench, count, (uint32_t)threads);
  if (in->json)
    print_json(bench.files, count, &total, (uint32_t)threads);
  else
    print_table(in->arena, bench.files, count, &total);
  for (uint32_t i = 0; i < count; i++)
    if (bench.files[i].error.status != STATUS_OK)
      return error_set(error, bench.files[i].error.status, "%s", bench.files[i].error.text);
  return STATUS_OK;
}

const struct command command_bench = {
    .name = "bench",
    .arguments = "decode FILE…",
    .about = "measure how fast logs are decoded here",
    .details =
        "Decodes all columns of all messages of each file, without output, and prints rows, MB/s of the clock on "
        "the wall, MB per second of CPU, and peak memory. Threads work on different files.\n\n"
        "Example: uavlake bench decode logs/*.BIN --threads 4",
    .options = (const struct option[]){{"threads", 0, "COUNT", "decode so many files at once (default 1)"},
                                       {"rounds", 0, "COUNT", "measure so often, show the fastest (default 1)"},
                                       {NULL}},
    .least_arguments = 2,
    .most_arguments = -1,
    .run = bench_run,
};
