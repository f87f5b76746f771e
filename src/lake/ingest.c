/* ingest: files → the lake. `uavlake add`.
 *
 * Files are taken in slices (bounded memory, and what is done shows up early). In a slice:
 *   look     every file on its own, in parallel: hash, probe, first pass                        nothing is written
 *   store    new bytes go to their key, then all documents in one transaction                   state stored, kept_raw,
 * quarantined link     one after another: flights that several logs tell get one id load     the logs in order of
 * vehicle and time, cut into as many stretches as there are workers; a stretch is one commit: second pass, Parquet
 * files, then files and documents in one transaction                    state loaded and at the end, a vehicle at a
 * time, findings                                                  state assessed
 *
 * Killed at any instant: objects are whole or absent, tables visible or not, documents old or new. The next add removes
 * what nobody names and goes on with the logs that stand at `stored` or `loaded`. */
#include "base/file.h"
#include "base/pool.h"
#include "lake/document.h"
#include "lake/lake_private.h"
#include "lake/metadata.h"
#include "lake/search.h"
#include "lake/unpack.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SLICE_FILES 256u
#define SLICE_BYTES (UINT64_C(512) << 20)
#define PROGRESS_EVERY_S 0.1

/* A file found, before it is looked at. */
struct found {
  const char *path;
  uint64_t bytes;
  bool resumed;
};

/* A vehicle with new flights, and since when it must be judged. */
struct touched {
  char vehicle[72];
  char from[CLOCK_TEXT_SIZE];
};

/* An archive that is stored, and whose files wait to be taken in. All in the ingest's arena. */
struct archive_job {
  char sha256[SHA256_TEXT];
  const char *key, *path, *name, *reason; /* reason: why the rest of it can't be read, "" none */
  uint32_t depth;                         /* of the files in it */
  json_t *members;                        /* [{path, log, reason or damage}] */
  uint32_t taken, refused;
  bool read, settled; /* all its files are unpacked; all are taken in */
};

struct ingest {
  struct lake *lake;
  const struct add_options *options;
  const struct add_callbacks *callbacks;
  struct add_result *result;
  uint32_t workers;
  struct arena *arena; /* lives as long as the add */
  struct found *found;
  uint32_t found_count, found_capacity;
  struct touched *touched;
  uint32_t touched_count;
  struct archive_job *archives;
  uint32_t archive_count;
  uint64_t slice_bytes; /* unpacked for the present slice */
  struct unpack_limits limits;
  double started_s;

  struct log_job **jobs; /* of the slice */
  uint32_t job_count;

  pthread_mutex_t mutex; /* guards what follows and the callbacks */
  struct add_progress progress;
  double last_progress_s;
};

static void tell_event(struct ingest *ingest, const struct log_job *job) {
  static const char *const names[] = {"", "added", "duplicate", "kept_raw", "quarantined", "failed"};
  if (ingest->callbacks->event)
    ingest->callbacks->event(ingest->callbacks->context,
                             &(struct add_event){job->path, names[job->outcome],
                                                 job->log.decoder ? job->log.decoder->name : "", job->sha256,
                                                 job->vehicle ? job->vehicle : "", job->text});
}

/* files/bytes: just done. Called by several threads. */
static void tell_progress(struct ingest *ingest, const char *phase, uint64_t files, uint64_t bytes, bool now) {
  pthread_mutex_lock(&ingest->mutex);
  ingest->progress.phase = phase;
  ingest->progress.files_done += files;
  ingest->progress.bytes_done += bytes;
  double time_s = clock_monotonic_s();
  if (ingest->callbacks->progress && (now || time_s - ingest->last_progress_s > PROGRESS_EVERY_S)) {
    ingest->last_progress_s = time_s;
    ingest->progress.seconds = time_s - ingest->started_s;
    ingest->callbacks->progress(ingest->callbacks->context, &ingest->progress);
  }
  pthread_mutex_unlock(&ingest->mutex);
}

static void count_outcome(struct ingest *ingest, const struct log_job *job) {
  struct add_result *result = ingest->result;
  uint64_t *counters[] = {NULL,           &result->added, &result->duplicate, &result->kept_raw, &result->quarantined,
                          &result->failed};
  ++*counters[job->outcome];
  if (job->outcome != JOB_DUPLICATE && job->outcome != JOB_FAILED)
    result->bytes += job->bytes;
  tell_event(ingest, job);
  if (job->sidecar_error) { /* counts as a file of its own */
    struct log_job sidecar = {.path = arena_format(job->arena, "%s" METADATA_SUFFIX, job->path), .outcome = JOB_FAILED};
    snprintf(sidecar.text, sizeof sidecar.text, "%s", job->sidecar_error);
    result->files++;
    result->failed++;
    tell_event(ingest, &sidecar);
  }
}

/* ---- finding the files ---- */

static void add_found(struct ingest *ingest, const char *path, uint64_t bytes, bool resumed) {
  if (ingest->found_count == ingest->found_capacity) {
    ingest->found_capacity = MAX(ingest->found_capacity * 2, 256u);
    ingest->found = memory_resize(ingest->found, ingest->found_capacity, sizeof *ingest->found);
  }
  ingest->found[ingest->found_count++] = (struct found){arena_copy_text(ingest->arena, path), bytes, resumed};
  ingest->progress.files++;
  ingest->progress.bytes += bytes;
}

static enum status take_file(void *context, const char *path, uint64_t bytes, struct error *error) {
  (void)error;
  if (!metadata_is_sidecar(path)) /* it goes with its log */
    add_found(context, path, bytes, false);
  return STATUS_OK;
}

static void take_skipped(void *context, const char *path, const struct error *reason) {
  struct ingest *ingest = context;
  struct log_job job = {.path = path, .outcome = JOB_FAILED};
  snprintf(job.text, sizeof job.text, "%s", reason->text);
  ingest->result->files++;
  count_outcome(ingest, &job);
}

static enum status find_files(struct ingest *ingest, const char *const *paths, uint32_t path_count,
                              struct error *error) {
  struct walk_callbacks walk = {take_file, take_skipped, ingest};
  for (uint32_t i = 0; i < path_count; i++) {
    char *resolved = realpath(paths[i], NULL); /* the same file has the same name, wherever the user stands */
    enum status status = folder_walk(resolved ? resolved : paths[i], &walk, error);
    free(resolved);
    TRY(status);
  }
  return STATUS_OK;
}

static enum status take_unfinished(void *context, const char *id, const char *json, struct error *error) {
  (void)json, (void)error;
  add_found(context, id, 0, true);
  return STATUS_OK;
}

/* Logs that an add stored, but did not come to load. */
static enum status find_unfinished(struct ingest *ingest, struct error *error) {
  struct catalog_filter filter = {"state", FILTER_EQUAL, "stored"};
  struct catalog_query query = {.collection = "logs", .filters = &filter, .filter_count = 1};
  return catalog_find(ingest->lake->catalog, &query, take_unfinished, ingest, error);
}

/* ---- look ---- */

static struct log_job *new_job(struct ingest *ingest, const struct found *found) {
  struct arena *arena = arena_new(0);
  struct log_job *job = arena_alloc(arena, sizeof *job);
  job->arena = arena;
  job->quality_score = NAN;
  job->added_us = clock_now_us();
  job->start_us = job->end_us = job->date_us = TIME_NONE;
  job->path = found->path;
  job->name = path_name(found->path);
  job->bytes = found->bytes;
  if (!found->resumed)
    return job;
  const char *json;
  struct error error;
  if (catalog_get(ingest->lake->catalog, arena, "logs", found->path, &json, &error) != STATUS_OK ||
      document_read_job(job, json, &error) != STATUS_OK) {
    job->outcome = JOB_FAILED;
    memcpy(job->text, error.text, sizeof job->text);
  }
  return job;
}

static void look_task(void *context, uint32_t index) {
  struct ingest *ingest = context;
  struct log_job *job = ingest->jobs[index];
  if (job->outcome == JOB_OPEN)
    job_look(ingest->lake, job, ingest->options);
  bool done = job->outcome == JOB_DUPLICATE || job->outcome == JOB_FAILED;
  tell_progress(ingest, "looking", done, done ? job->bytes : 0, false);
}

static int compare_hash(const void *a, const void *b) {
  const struct log_job *const *x = a, *const *y = b;
  int order = strcmp((*x)->sha256, (*y)->sha256);
  return order ? order : strcmp((*x)->path, (*y)->path);
}

/* Of equal files in one slice the first is taken. */
static void mark_twins(struct ingest *ingest) {
  qsort(ingest->jobs, ingest->job_count, sizeof *ingest->jobs, compare_hash);
  for (uint32_t i = 1; i < ingest->job_count; i++) {
    struct log_job *job = ingest->jobs[i], *before = ingest->jobs[i - 1];
    bool twin = job->sha256[0] && strcmp(job->sha256, before->sha256) == 0 && before->outcome != JOB_FAILED;
    if (twin && job->outcome != JOB_FAILED) {
      if (job->resumed) { /* keep the one whose place in the store is known */
        ingest->jobs[i - 1] = job;
        ingest->jobs[i] = before;
        job = before;
      }
      job->outcome = JOB_DUPLICATE;
      job->text[0] = 0;
    }
  }
}

/* ---- store ---- */

/* What stands beside the object where the store can: kind and source, then what people said. */
static uint32_t object_tags(struct log_job *job, struct store_tag tags[STORE_TAGS_MAX]) {
  static const char *const names[] = {"operator", "payload"};
  uint32_t count = 0;
  const char *key;
  json_t *value, *typed = job->typed ? json_loads(job->typed, 0, NULL) : NULL;
  tags[count++] = (struct store_tag){"kind", job->log.decoder->name};
  tags[count++] = (struct store_tag){"source", job->source};
  for (size_t i = 0; i < ARRAY_COUNT(names); i++)
    if (json_field(typed, names[i])[0])
      tags[count++] = (struct store_tag){names[i], arena_copy_text(job->arena, json_field(typed, names[i]))};
  json_object_foreach(json_object_get(typed, "tags"), key, value) {
    if (count < STORE_TAGS_MAX && json_is_string(value))
      tags[count++] = (struct store_tag){arena_copy_text(job->arena, key),
                                         arena_copy_text(job->arena, json_string_value(value))};
  }
  json_decref(typed);
  return count;
}

static void store_task(void *context, uint32_t index) {
  struct ingest *ingest = context;
  struct log_job *job = ingest->jobs[index];
  if (job->outcome == JOB_DUPLICATE || job->outcome == JOB_FAILED || job->resumed)
    return;
  struct error error;
  struct store *store = ingest->lake->store;
  scoped(input) struct input *input = NULL;
  struct store_tag tags[STORE_TAGS_MAX];
  uint32_t tag_count = object_tags(job, tags);
  enum status status = store_key(job->key, job->vehicle, job->date_us, job->source, job->sha256, text_of(job->name),
                                 &error);
  if (status == STATUS_OK)
    status = input_open_path(job->file ? job->file : job->path, &input, &error);
  if (status == STATUS_OK)
    status = store->driver->put(store, job->key, input, job->sha256, tags, tag_count, &error);
  if (status != STATUS_OK) {
    job->outcome = JOB_FAILED;
    memcpy(job->text, error.text, sizeof job->text);
  }
  bool done = job->outcome != JOB_OPEN;
  tell_progress(ingest, "storing", done, done ? job->bytes : 0, false);
}

static const char *stored_state(const struct log_job *job) {
  switch (job->outcome) {
  case JOB_KEPT_RAW: /* an archive is done when the files in it are */
    return unpack_is_archive(job->log.decoder) ? "stored" : "kept_raw";
  case JOB_QUARANTINED:
    return "quarantined";
  default:
    return job->log.decoder->vocabulary ? "stored" : "assessed";
  }
}

static enum status put_stored(struct ingest *ingest, struct log_job *job, struct error *error) {
  if (job->outcome == JOB_FAILED)
    return STATUS_OK;
  if (job->outcome != JOB_DUPLICATE)
    TRY(document_put_log(ingest->lake, job, stored_state(job), error));
  else if (job->sidecar)
    TRY(document_take_sidecar(ingest->lake, job, error));
  return document_put_file(ingest->lake, job, error);
}

static enum status register_stored(struct ingest *ingest, struct error *error) {
  TRY(catalog_begin(ingest->lake->catalog, error));
  for (uint32_t i = 0; i < ingest->job_count; i++) {
    enum status status = put_stored(ingest, ingest->jobs[i], error);
    if (status != STATUS_OK) {
      catalog_rollback(ingest->lake->catalog);
      return status;
    }
  }
  return catalog_commit(ingest->lake->catalog, error);
}

/* ---- load ---- */

/* A stretch of the slice's logs: one commit, by one worker. */
struct stretch {
  struct ingest *ingest;
  struct log_job **jobs;
  uint32_t count;
  struct error error;
  enum status status;
};

static enum status load_jobs(struct stretch *stretch, struct commit *commit, struct error *error) {
  for (uint32_t i = 0; i < stretch->count; i++) {
    struct log_job *job = stretch->jobs[i];
    enum status status = job_load(stretch->ingest->lake, job, commit, error);
    if (status != STATUS_OK)
      return error_prefix(error, "%s", job->path);
    tell_progress(stretch->ingest, "decoding", 1, job->bytes, false);
  }
  return commit_finish(commit, error);
}

static enum status register_jobs(struct stretch *stretch, struct commit *commit, struct error *error) {
  struct lake *lake = stretch->ingest->lake;
  const char **ids = memory_new(MAX(stretch->count, 1u) * sizeof *ids);
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < stretch->count && status == STATUS_OK; i++) {
    ids[i] = stretch->jobs[i]->sha256;
    status = document_put_log(lake, stretch->jobs[i], "loaded", error);
    if (status == STATUS_OK)
      status = document_put_flights(lake, stretch->jobs[i], error);
  }
  if (status == STATUS_OK)
    status = commit_register(commit, lake->catalog, ids, stretch->count, error);
  free(ids);
  return status;
}

static enum status load_stretch(struct stretch *stretch, struct error *error) {
  struct catalog *catalog = stretch->ingest->lake->catalog;
  scoped(commit) struct commit *commit = NULL;
  TRY(commit_begin(stretch->ingest->lake->root, &commit, error));
  TRY(load_jobs(stretch, commit, error));
  TRY(catalog_begin(catalog, error));
  enum status status = register_jobs(stretch, commit, error);
  if (status == STATUS_OK)
    return catalog_commit(catalog, error);
  catalog_rollback(catalog);
  return status;
}

static void load_task(void *context, uint32_t index) {
  struct stretch *stretch = (struct stretch *)context + index;
  stretch->status = load_stretch(stretch, &stretch->error);
  if (stretch->status != STATUS_OK)
    return;
  for (uint32_t i = 0; i < stretch->count; i++)
    stretch->jobs[i]->outcome = JOB_ADDED;
}

static int compare_place(const void *a, const void *b) {
  const struct log_job *const *x = a, *const *y = b;
  int order = strcmp((*x)->vehicle, (*y)->vehicle);
  if (order)
    return order;
  if ((*x)->start_us != (*y)->start_us)
    return (*x)->start_us < (*y)->start_us ? -1 : 1;
  return (int)(*y)->priority - (int)(*x)->priority;
}

/* The best teller of a vehicle's flights comes first and gives them their names. */
static int compare_priority(const void *a, const void *b) {
  const struct log_job *const *x = a, *const *y = b;
  int order = strcmp((*x)->vehicle, (*y)->vehicle);
  if (!order)
    order = (int)(*y)->priority - (int)(*x)->priority;
  return order ? order : compare_place(a, b);
}

/* Cuts the sorted jobs into `wanted` stretches of about equal bytes. */
static uint32_t cut_stretches(struct ingest *ingest, struct log_job **jobs, uint32_t count, struct stretch *stretches,
                              uint32_t wanted) {
  uint64_t total = 0, sum = 0;
  for (uint32_t i = 0; i < count; i++)
    total += jobs[i]->bytes;
  uint32_t made = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (made == 0 || (made < wanted && sum * wanted >= total * made))
      stretches[made++] = (struct stretch){.ingest = ingest, .jobs = &jobs[i]};
    stretches[made - 1].count++;
    sum += jobs[i]->bytes;
  }
  return made;
}

static void touch_vehicle(struct ingest *ingest, const struct log_job *job) {
  char from[CLOCK_TEXT_SIZE];
  const struct log_summary *summary = &job->log.summary;
  clock_format(from, summary->flight_count ? clock_fit_utc(&summary->clock, summary->flights[0].start_us)
                                           : INT64_C(253402300799) * US_PER_S);
  uint32_t i = 0;
  while (i < ingest->touched_count && strcmp(ingest->touched[i].vehicle, job->vehicle) != 0)
    i++;
  if (i == ingest->touched_count) {
    ingest->touched = memory_resize(ingest->touched, ++ingest->touched_count, sizeof *ingest->touched);
    ingest->touched[i] = (struct touched){.from = "9999"};
    snprintf(ingest->touched[i].vehicle, sizeof ingest->touched[i].vehicle, "%s", job->vehicle);
  }
  if (strcmp(from, ingest->touched[i].from) < 0)
    memcpy(ingest->touched[i].from, from, sizeof from);
}

/* A log that can't be loaded for a reason of its own is quarantined; a lake that can't be written ends the add. */
static enum status settle_failed(struct ingest *ingest, struct stretch *stretch, struct error *error) {
  if (stretch->status == STATUS_OK)
    return STATUS_OK;
  bool log_is_bad = stretch->status == STATUS_BAD_DATA || stretch->status == STATUS_UNSUPPORTED ||
                    stretch->status == STATUS_LIMIT;
  if (!log_is_bad || stretch->count == 0) {
    *error = stretch->error;
    return stretch->status;
  }
  if (stretch->count == 1) {
    struct log_job *job = stretch->jobs[0];
    job->outcome = JOB_QUARANTINED;
    memcpy(job->text, stretch->error.text, sizeof job->text);
    return document_put_log(ingest->lake, job, "quarantined", error);
  }
  for (uint32_t i = 0; i < stretch->count; i++) { /* one by one, to find the bad one */
    struct stretch single = {.ingest = ingest, .jobs = &stretch->jobs[i], .count = 1};
    load_task(&single, 0);
    TRY(settle_failed(ingest, &single, error));
  }
  return STATUS_OK;
}

static enum status load_slice(struct ingest *ingest, struct error *error) {
  struct log_job **jobs = memory_new(MAX(ingest->job_count, 1u) * sizeof(struct log_job *));
  uint32_t count = 0;
  for (uint32_t i = 0; i < ingest->job_count; i++)
    if (ingest->jobs[i]->outcome == JOB_OPEN && ingest->jobs[i]->log.decoder->vocabulary)
      jobs[count++] = ingest->jobs[i];
    else if (ingest->jobs[i]->outcome == JOB_OPEN)
      ingest->jobs[i]->outcome = JOB_ADDED;
  qsort(jobs, count, sizeof(struct log_job *), compare_priority);
  enum status status = link_flights(ingest->lake, jobs, count, &ingest->result->flights, error);
  qsort(jobs, count, sizeof(struct log_job *), compare_place);
  struct stretch *stretches = memory_new(ingest->workers * sizeof *stretches);
  uint32_t stretch_count = status == STATUS_OK ? cut_stretches(ingest, jobs, count, stretches, ingest->workers) : 0;
  pool_run(ingest->workers, stretch_count, load_task, stretches);
  for (uint32_t i = 0; i < stretch_count && status == STATUS_OK; i++)
    status = settle_failed(ingest, &stretches[i], error);
  for (uint32_t i = 0; i < count; i++)
    if (jobs[i]->outcome == JOB_ADDED)
      touch_vehicle(ingest, jobs[i]);
  free(stretches);
  free(jobs);
  return status;
}

/* ---- slices ---- */

static void note_archive(struct ingest *ingest, const struct log_job *job) {
  struct arena *arena = ingest->arena;
  ingest->archives = memory_resize(ingest->archives, ingest->archive_count + 1, sizeof *ingest->archives);
  struct archive_job *archive = &ingest->archives[ingest->archive_count++];
  *archive = (struct archive_job){.key = arena_copy_text(arena, job->key),
                                  .path = arena_copy_text(arena, job->path),
                                  .name = arena_copy_text(arena, job->name),
                                  .depth = job->depth + 1,
                                  .members = json_array()};
  memcpy(archive->sha256, job->sha256, sizeof archive->sha256);
}

static int compare_path(const void *a, const void *b) {
  const struct log_job *const *x = a, *const *y = b;
  return strcmp((*x)->path, (*y)->path);
}

static enum status run_slice(struct ingest *ingest, struct error *error) {
  pool_run(ingest->workers, ingest->job_count, look_task, ingest);
  mark_twins(ingest);
  pool_run(ingest->workers, ingest->job_count, store_task, ingest);
  TRY(register_stored(ingest, error));
  enum status status = load_slice(ingest, error);
  qsort(ingest->jobs, ingest->job_count, sizeof *ingest->jobs, compare_path);
  for (uint32_t i = 0; i < ingest->job_count; i++)
    if (ingest->jobs[i]->outcome != JOB_OPEN)
      count_outcome(ingest, ingest->jobs[i]);
  return status;
}

static void free_slice(struct ingest *ingest) {
  for (uint32_t i = 0; i < ingest->job_count; i++) {
    const struct log_job *job = ingest->jobs[i];
    if (unpack_is_archive(job->log.decoder) && job->outcome == JOB_KEPT_RAW)
      note_archive(ingest, job);
    arena_free(job->arena);
  }
  ingest->job_count = 0;
}

/* ---- archives ----
 *
 * Files of several archives share a slice, so that many small archives cost little. An archive counts as done when all
 * slices with files of it are; until then it stands at `stored`, and the next add goes on with it. */

static void note_member(struct archive_job *archive, const char *inside, const char *name, const char *value) {
  json_t *member = json_object();
  json_object_set_new(member, "path", json_string(inside));
  json_object_set_new(member, name, json_string(value));
  json_array_append_new(archive->members, member);
}

/* Tells of something inside, or of the archive itself, that could not be read. */
static void tell_refused(struct ingest *ingest, const char *path, const char *reason) {
  struct log_job job = {.path = path, .outcome = JOB_FAILED};
  snprintf(job.text, sizeof job.text, "%s", reason);
  ingest->result->files++;
  count_outcome(ingest, &job);
}

static void add_member(struct ingest *ingest, uint32_t index, const struct unpacked *unpacked) {
  const struct archive_job *archive = &ingest->archives[index];
  struct found found = {arena_format(ingest->arena, "%s/%s", archive->path, unpacked->inside), unpacked->bytes, false};
  struct log_job *job = new_job(ingest, &found);
  job->file = arena_copy_text(job->arena, unpacked->file);
  job->inside = arena_copy_text(job->arena, unpacked->inside);
  job->archive_index = index;
  memcpy(job->archive, archive->sha256, sizeof job->archive);
  job->depth = archive->depth;
  ingest->progress.files++;
  ingest->progress.bytes += unpacked->bytes;
  ingest->result->files++;
  ingest->jobs[ingest->job_count++] = job;
}

static void take_unpacked(struct ingest *ingest, uint32_t index, const struct unpacked *unpacked) {
  struct archive_job *archive = &ingest->archives[index];
  const char *reason = unpacked->refused ? unpacked->refused : unpacked->damage;
  if (reason) {
    note_member(archive, unpacked->inside, unpacked->refused ? "reason" : "damage", reason);
    tell_refused(ingest, arena_format(ingest->arena, "%s/%s", archive->path, unpacked->inside), reason);
  }
  archive->refused += unpacked->refused != NULL;
  if (!unpacked->refused)
    add_member(ingest, index, unpacked);
}

static enum status settle_archive(struct ingest *ingest, struct archive_job *archive, struct error *error) {
  json_t *document = document_load(ingest->lake->catalog, "logs", archive->sha256);
  if (!document)
    return error_set(error, STATUS_BUG, "the archive %s is not in the catalogue", archive->sha256);
  char refused[48] = "";
  if (archive->refused)
    snprintf(refused, sizeof refused, ", %u refused", archive->refused);
  const char *text = arena_format(ingest->arena, "an archive: %u file%s taken in%s%s%s", archive->taken,
                                  archive->taken == 1 ? "" : "s", refused, archive->reason[0] ? "; " : "",
                                  archive->reason);
  json_object_set_new(document, "state", json_string("kept_raw"));
  json_object_set_new(document, "reason", json_string(text));
  json_object_set(document, "members", archive->members);
  enum status status = document_store(ingest->lake->catalog, "logs", archive->sha256, document, error);
  json_decref(document);
  archive->settled = true;
  return status;
}

/* Runs the slice as it is filled, then settles the archives that are through. */
static enum status run_members(struct ingest *ingest, struct error *error) {
  if (ingest->job_count)
    TRY(run_slice(ingest, error));
  for (uint32_t i = 0; i < ingest->job_count; i++) {
    const struct log_job *job = ingest->jobs[i];
    struct archive_job *archive = &ingest->archives[job->archive_index];
    bool failed = job->outcome == JOB_FAILED;
    archive->taken += !failed;
    archive->refused += failed;
    if (job->inside)
      note_member(archive, job->inside, failed ? "reason" : "log", failed ? job->text : job->sha256);
  }
  free_slice(ingest);
  TRY(unpack_clean(ingest->lake, error));
  ingest->slice_bytes = 0;
  for (uint32_t i = 0; i < ingest->archive_count; i++)
    if (ingest->archives[i].read && !ingest->archives[i].settled)
      TRY(settle_archive(ingest, &ingest->archives[i], error));
  return STATUS_OK;
}

static bool concerns_archive(enum status status) {
  return status == STATUS_BAD_DATA || status == STATUS_LIMIT || status == STATUS_UNSUPPORTED;
}

/* `reason` gets why the rest can't be read; the returned failure is the lake's. */
static enum status read_members(struct ingest *ingest, uint32_t index, struct error *reason, struct error *error) {
  scoped(unpack) struct unpack *unpack = NULL;
  scoped(arena) struct arena *arena = arena_new(0);
  const struct archive_job *archive = &ingest->archives[index];
  bool more = true;
  enum status status = unpack_open(ingest->lake, archive->key, archive->sha256, archive->name, &ingest->limits, &unpack,
                                   reason);
  while (status == STATUS_OK && more) {
    struct unpacked unpacked;
    arena_reset(arena);
    status = unpack_next(unpack, arena, &unpacked, &more, reason);
    if (status != STATUS_OK || !more)
      break;
    take_unpacked(ingest, index, &unpacked);
    ingest->slice_bytes += unpacked.bytes;
    if (ingest->job_count == SLICE_FILES || ingest->slice_bytes >= SLICE_BYTES)
      TRY(run_members(ingest, error));
  }
  if (status == STATUS_OK)
    reason->text[0] = 0; /* what a single file left there */
  if (status == STATUS_OK || concerns_archive(status))
    return STATUS_OK;
  *error = *reason;
  return status;
}

static enum status take_archive(struct ingest *ingest, uint32_t index, struct error *error) {
  struct error reason = {.text = ""};
  if (ingest->archives[index].depth > ingest->limits.depth)
    snprintf(reason.text, sizeof reason.text, "archives within archives are opened to a depth of %u",
             ingest->limits.depth);
  else
    TRY(read_members(ingest, index, &reason, error));
  struct archive_job *archive = &ingest->archives[index];
  if (reason.text[0])
    tell_refused(ingest, archive->path, reason.text);
  archive->reason = arena_copy_text(ingest->arena, reason.text);
  archive->read = true;
  return STATUS_OK;
}

/* Archives of the slice before, and those that are found in them. */
static enum status take_archives(struct ingest *ingest, struct error *error) {
  enum status status = STATUS_OK;
  for (uint32_t i = 0; i < ingest->archive_count && status == STATUS_OK; i++) {
    status = take_archive(ingest, i, error);
    if (status == STATUS_OK && i + 1 == ingest->archive_count)
      status = run_members(ingest, error);
  }
  for (uint32_t i = 0; i < ingest->archive_count; i++)
    json_decref(ingest->archives[i].members);
  for (uint32_t i = 0; i < ingest->job_count; i++) /* after a failure */
    arena_free(ingest->jobs[i]->arena);
  ingest->job_count = ingest->archive_count = 0;
  return status;
}

static enum status take_slices(struct ingest *ingest, struct error *error) {
  enum status status = STATUS_OK;
  ingest->jobs = memory_new(SLICE_FILES * sizeof *ingest->jobs);
  for (uint32_t next = 0; next < ingest->found_count && status == STATUS_OK;) {
    uint64_t bytes = 0;
    for (ingest->job_count = 0; next < ingest->found_count && ingest->job_count < SLICE_FILES && bytes < SLICE_BYTES;
         next++) {
      bytes += ingest->found[next].bytes;
      ingest->jobs[ingest->job_count++] = new_job(ingest, &ingest->found[next]);
    }
    status = run_slice(ingest, error);
    free_slice(ingest);
    if (status == STATUS_OK)
      status = take_archives(ingest, error);
  }
  free(ingest->jobs);
  return status;
}

/* ---- assess ---- */

static enum status touch_loaded(void *context, const char *id, const char *json, struct error *error) {
  (void)id, (void)error;
  struct ingest *ingest = context;
  json_t *document = json_loads(json, 0, NULL);
  struct log_job job = {.vehicle = json_field(document, "vehicle")};
  touch_vehicle(ingest, &job);
  const char *start = json_field(document, "start");
  for (uint32_t i = 0; i < ingest->touched_count && start[0]; i++)
    if (strcmp(ingest->touched[i].vehicle, job.vehicle) == 0 && strcmp(start, ingest->touched[i].from) < 0)
      snprintf(ingest->touched[i].from, sizeof ingest->touched[i].from, "%s", start);
  json_decref(document);
  return STATUS_OK;
}

static enum status assess_all(struct ingest *ingest, struct error *error) {
  struct catalog_filter filter = {"state", FILTER_EQUAL, "loaded"};
  struct catalog_query query = {.collection = "logs", .filters = &filter, .filter_count = 1};
  TRY(catalog_find(ingest->lake->catalog, &query, touch_loaded, ingest, error));
  uint64_t linked = 0;
  TRY(link_companions(ingest->lake, error));
  TRY(relate_logs(ingest->lake, &linked, error));
  for (uint32_t i = 0; i < ingest->touched_count; i++)
    TRY(assess_vehicle(ingest->lake, ingest->touched[i].vehicle, ingest->touched[i].from, &ingest->result->findings,
                       error));
  return search_refresh(ingest->lake, error);
}

/* ---- the whole ---- */

struct waiting {
  const struct add_callbacks *callbacks;
};

static void tell_waiting(void *context) {
  const struct waiting *waiting = context;
  if (waiting->callbacks->event)
    waiting->callbacks->event(waiting->callbacks->context,
                              &(struct add_event){"", "waiting", "", "", "",
                                                  "another uavlake is adding to this lake; waiting until it is done"});
}

static enum status clean_up(struct lake *lake, struct error *error) {
  char temporary[PATH_LIMIT];
  TRY(path_join(temporary, lake->root, "tmp", error));
  TRY(lake->store->driver->clean(lake->store, error));
  TRY(tree_remove(temporary, error)); /* what was unpacked or spilled, wherever the originals go */
  TRY(folder_create(temporary, error));
  return table_clean(lake->root, lake->catalog, NULL, error);
}

static enum status run(struct ingest *ingest, const char *const *paths, uint32_t path_count, struct error *error) {
  TRY(clean_up(ingest->lake, error));
  ingest->limits = unpack_limits_of(ingest->lake);
  TRY(find_unfinished(ingest, error));
  TRY(find_files(ingest, paths, path_count, error));
  ingest->result->files += ingest->found_count;
  TRY(take_slices(ingest, error));
  tell_progress(ingest, "assessing", 0, 0, true);
  return assess_all(ingest, error);
}

static enum status check_options(const struct add_options *options, struct error *error) {
  json_t *said = metadata_of_options(options);
  enum status status = metadata_check(said, "the options", error);
  json_decref(said);
  return status;
}

enum status lake_add(struct lake *lake, const char *const *paths, uint32_t path_count,
                     const struct add_options *options, const struct add_callbacks *callbacks,
                     struct add_result *ret_result, struct error *error) {
  struct waiting waiting = {callbacks};
  *ret_result = (struct add_result){0};
  TRY(check_options(options, error));
  TRY(lake_lock(lake, tell_waiting, &waiting, error));
  struct ingest ingest = {.lake = lake,
                          .options = options,
                          .callbacks = callbacks,
                          .result = ret_result,
                          .workers = options->workers ? options->workers : pool_cores(),
                          .arena = arena_new(0),
                          .started_s = clock_monotonic_s(),
                          .mutex = PTHREAD_MUTEX_INITIALIZER};
  enum status status = run(&ingest, paths, path_count, error);
  ret_result->seconds = clock_monotonic_s() - ingest.started_s;
  free(ingest.found);
  free(ingest.archives);
  free(ingest.touched);
  arena_free(ingest.arena);
  lake_unlock(lake);
  return status;
}
