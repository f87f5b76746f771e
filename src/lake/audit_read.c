/* audit_read: reads files and compares their SHA-256, what was not looked at longest first.
 *
 * Which: those that are there, without a fault already, older than --older-than; of these --sample of the bytes. What a
 * run that was cut off found right counts as done. A file that is found wrong keeps its old time, so that it comes
 * first again. How fast: after every stretch it is slept until the bytes read fit the rate. What was found right is
 * written down every few seconds. */
#include "lake/audit_private.h"

#include "base/file.h"
#include "lake/lake_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAVE_EVERY_S 2.0

struct reading {
  struct audit *audit;
  uint32_t *order; /* indexes of files */
  size_t count;
  uint64_t bytes; /* to read */
  uint64_t parts; /* to be saved */
  double begin_s, saved_s;
};

static void keep_rate(struct reading *reading) {
  uint64_t rate = reading->audit->options->rate;
  if (!rate)
    return;
  double early_s = (double)reading->audit->read_bytes / (double)rate - (clock_monotonic_s() - reading->begin_s);
  if (early_s <= 0.001)
    return;
  struct timespec rest = {.tv_sec = (time_t)early_s};
  rest.tv_nsec = (long)((early_s - (double)rest.tv_sec) * 1e9);
  nanosleep(&rest, NULL);
}

static void count_bytes(void *context, uint64_t bytes) {
  struct reading *reading = context;
  struct audit *audit = reading->audit;
  audit->read_bytes += bytes;
  keep_rate(reading);
  if (audit->callbacks->progress)
    audit->callbacks->progress(audit->callbacks->context, audit->read_files, reading->count, audit->read_bytes,
                               reading->bytes, clock_monotonic_s() - reading->begin_s);
}

static enum status open_file(struct audit *audit, const struct audit_file *file, struct input **ret_input,
                             struct error *error) {
  char path[PATH_LIMIT];
  struct store *store = lake_store(audit->lake);
  if (file->place == AUDIT_OBJECT)
    return store->driver->get(store, file->path, ret_input, error);
  TRY(path_join(path, lake_root(audit->lake), file->path, error));
  return input_open_path(path, ret_input, error);
}

static bool is_right(const struct audit_file *file, const char *sha256) {
  char wanted[SHA256_TEXT];
  for (int i = 0; i < 32; i++)
    snprintf(&wanted[2 * i], 3, "%02x", file->sha256[i]);
  return strcmp(wanted, sha256) == 0;
}

static const char *changed_text(struct reading *reading, const struct audit_file *file) {
  const char *text = "its SHA-256 is not the one that it had when it came in";
  if (!file->verified)
    return text;
  const char *time = audit_time(reading->audit, (int64_t)file->verified * US_PER_S);
  return arena_format(reading->audit->arena, "%s; it was last found right on %.10s at %.5s", text, time, time + 11);
}

static void check_file(struct reading *reading, struct audit_file *file) {
  scoped(input) struct input *input = NULL;
  struct error error = {0};
  char sha256[SHA256_TEXT];
  uint64_t bytes;
  bool object = file->place == AUDIT_OBJECT;
  enum status status = open_file(reading->audit, file, &input, &error);
  if (status == STATUS_OK)
    status = hash_input(input, sha256, &bytes, count_bytes, reading, &error);
  if (status == STATUS_OK && is_right(file, sha256)) {
    file->verified = (uint32_t)(clock_now_us() / US_PER_S);
    reading->parts |= UINT64_C(1) << (file->hash >> 58);
    return;
  }
  if (!audit_is_expected(reading->audit, file))
    return; /* taken away in the meantime */
  file->bad = true;
  reading->parts |= UINT64_C(1) << (file->hash >> 58);
  if (status != STATUS_OK)
    audit_tell_file(reading->audit, file, object ? "object_unreadable" : "table_unreadable", error.text);
  else
    audit_tell_file(reading->audit, file, object ? "object_changed" : "table_changed", changed_text(reading, file));
  file->verified = 0;
}

/* ---- which ---- */

static bool is_wanted(const struct audit *audit, const struct audit_file *file) {
  int64_t older_us = audit->options->older_than_us;
  if (!file->seen || file->bad || !file->has_sha256)
    return false;
  return !older_us || (int64_t)file->verified * US_PER_S < audit->started_us - older_us;
}

/* Found right by the run that this one goes on with. */
static bool is_done(const struct audit *audit, const struct audit_file *file) {
  return audit->resumed && file->seen && !file->bad && (int64_t)file->verified >= audit->started_us / US_PER_S;
}

static int compare_age(const void *a, const void *b, void *context) {
  const struct audit_file *files = context;
  const struct audit_file *x = &files[*(const uint32_t *)a], *y = &files[*(const uint32_t *)b];
  if (x->verified != y->verified)
    return x->verified < y->verified ? -1 : 1;
  return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* The first ones that make up the share of the bytes; what was done before counts. */
static void cut_sample(struct reading *reading, uint64_t all_bytes) {
  const struct audit *audit = reading->audit;
  double wanted = audit->options->sample * (double)all_bytes - (double)audit->earlier_bytes;
  double sum = 0;
  size_t count = 0;
  while (count < reading->count && sum < wanted)
    sum += (double)audit->files[reading->order[count++]].bytes;
  reading->count = count;
}

static void choose(struct reading *reading) {
  struct audit *audit = reading->audit;
  uint64_t all_bytes = 0;
  reading->order = memory_resize(NULL, MAX(audit->file_count, (size_t)1), sizeof *reading->order);
  for (size_t i = 0; i < audit->file_count; i++) {
    const struct audit_file *file = &audit->files[i];
    all_bytes += file->seen && file->has_sha256 ? file->bytes : 0;
    if (is_done(audit, file)) {
      audit->earlier_files++;
      audit->earlier_bytes += file->bytes;
    } else if (is_wanted(audit, file)) {
      reading->order[reading->count++] = (uint32_t)i;
    }
  }
  qsort_r(reading->order, reading->count, sizeof *reading->order, compare_age, audit->files);
  if (audit->options->sample > 0)
    cut_sample(reading, all_bytes);
  for (size_t i = 0; i < reading->count; i++)
    reading->bytes += audit->files[reading->order[i]].bytes;
}

static enum status save_now_and_then(struct reading *reading, struct error *error) {
  double now_s = clock_monotonic_s();
  if (now_s - reading->saved_s < SAVE_EVERY_S)
    return STATUS_OK;
  uint64_t parts = reading->parts;
  reading->parts = 0;
  reading->saved_s = now_s;
  return audit_verified_save(reading->audit, parts, error);
}

enum status audit_read(struct audit *audit, struct error *error) {
  struct reading reading = {.audit = audit, .begin_s = clock_monotonic_s()};
  reading.saved_s = reading.begin_s;
  choose(&reading);
  if (audit->earlier_files)
    audit_note(audit, "going on with the audit that was cut off: %llu file%s found right already",
               (unsigned long long)audit->earlier_files, text_plural(audit->earlier_files));
  enum status status = STATUS_OK;
  for (size_t i = 0; i < reading.count && status == STATUS_OK; i++) {
    check_file(&reading, &audit->files[reading.order[i]]);
    audit->read_files++;
    status = save_now_and_then(&reading, error);
  }
  free(reading.order);
  return status == STATUS_OK ? audit_verified_save(audit, reading.parts, error) : status;
}
