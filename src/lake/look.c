/* look: the first pass over one file. What is it (hash, probe), is it here already, whose is it and when did it fly?
 *
 * The file is read where it lies; nothing is written. The store checks the hash again while it copies, so a file that
 * changes between the two is noticed. */
#include "lake/correct.h"
#include "lake/lake_private.h"
#include "lake/metadata.h"

#include "base/file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void end_job(struct log_job *job, enum job_outcome outcome, const char *text) {
  job->outcome = outcome;
  snprintf(job->text, sizeof job->text, "%s", text);
}

static enum status open_bytes(struct lake *lake, struct log_job *job, struct input **ret_input, struct error *error) {
  if (job->resumed)
    return lake->store->driver->get(lake->store, job->key, ret_input, error);
  return input_open_path(job->file ? job->file : job->path, ret_input, error);
}

/* Size, time and stamp of the file. */
static enum status look_at_file(struct log_job *job, struct error *error) {
  struct stat info;
  if (job->resumed)
    return STATUS_OK;
  if (stat(job->file ? job->file : job->path, &info) != 0)
    return error_set_errno(error, errno, "cannot look at %s", job->path);
  job->bytes = (uint64_t)info.st_size;
  job->date_us = (int64_t)info.st_mtim.tv_sec * US_PER_S + info.st_mtim.tv_nsec / 1000;
  job->date_from_file = true;
  if (job->inside)
    return STATUS_OK; /* a file that is gone soon has no stamp */
  snprintf(job->stamp, sizeof job->stamp, "%llx-%llx-%llx-%llx.%lx-%llx.%lx", (unsigned long long)info.st_dev,
           (unsigned long long)info.st_ino, (unsigned long long)info.st_size, (unsigned long long)info.st_mtim.tv_sec,
           (unsigned long)info.st_mtim.tv_nsec, (unsigned long long)info.st_ctim.tv_sec,
           (unsigned long)info.st_ctim.tv_nsec);
  return STATUS_OK;
}

static bool is_final(const char *state) {
  return strcmp(state, "assessed") == 0 || strcmp(state, "kept_raw") == 0 || strcmp(state, "quarantined") == 0 ||
         strcmp(state, "loaded") == 0;
}

/* Is the log in the catalogue, beyond `stored`? */
static bool is_known(struct lake *lake, const char *sha256) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *json;
  if (catalog_get(lake->catalog, arena, "logs", sha256, &json, NULL) != STATUS_OK)
    return false;
  json_t *document = json_loads(json, 0, NULL);
  const char *state = json_string_value(json_object_get(document, "state"));
  bool known = state && is_final(state);
  json_decref(document);
  return known;
}

/* The same path with the same stamp was added before: its bytes need not be read again. */
static bool seen_before(struct lake *lake, struct log_job *job) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *json;
  if (job->resumed || job->inside || catalog_get(lake->catalog, arena, "files", job->path, &json, NULL) != STATUS_OK)
    return false;
  json_t *document = json_loads(json, 0, NULL);
  const char *stamp = json_string_value(json_object_get(document, "stamp"));
  const char *log = json_string_value(json_object_get(document, "log"));
  bool same = stamp && log && strlen(log) == 64 && strcmp(stamp, job->stamp) == 0 && is_known(lake, log);
  if (same)
    memcpy(job->sha256, log, SHA256_TEXT);
  json_decref(document);
  return same;
}

/* Does a real decoder claim this file's suffix? Then bytes that nobody recognises are damage, not another kind of file.
 */
static const struct decoder *claims_suffix(const char *name) {
  const char *dot = strrchr(name, '.');
  if (!dot)
    return NULL;
  for (size_t i = 0; decoder_list[i]; i++) {
    struct text rest = text_of(decoder_list[i]->suffixes);
    while (!decoder_list[i]->kept_raw && rest.data) {
      struct text suffix = text_trim(text_cut(&rest, ' '));
      if (suffix.size == strlen(dot + 1) && strncasecmp(suffix.data, dot + 1, suffix.size) == 0)
        return decoder_list[i];
    }
  }
  return NULL;
}

static enum status recognise(struct log_job *job, struct input *input, struct error *error) {
  struct bytes head;
  TRY(input_view(input, PROBE_HEAD, &head, error));
  job->log.decoder = decode_probe(head, job->bytes, text_of(job->name), NULL);
  if (!job->source)
    job->source = job->log.decoder->source;
  const struct decoder *claimed = strcmp(job->log.decoder->name, "unknown") == 0 ? claims_suffix(job->name) : NULL;
  if (claimed) {
    snprintf(job->text, sizeof job->text, "it is named like %s, but its content is not: nothing in it can be read",
             claimed->about);
    job->outcome = JOB_QUARANTINED;
  } else if (job->log.decoder->kept_raw) {
    end_job(job, JOB_KEPT_RAW, job->log.decoder->kept_raw);
  }
  return STATUS_OK;
}

/* The vehicle's name in the lake: what the user says; the MAVLink system id where it was set (1 is the factory
 * default); the board's own id; the name that the craft was given;
 * nothing. */
static const char *name_vehicle(struct log_job *job) {
  const struct log_summary *summary = &job->log.summary;
  if (summary->system_id > 1)
    return arena_format(job->arena, "uav%02d", summary->system_id);
  if (summary->vehicle_uid[0])
    return arena_format(job->arena, "board-%.16s", summary->vehicle_uid);
  if (summary->system_id == 1)
    return "uav01";
  const char *craft = inspection_fact(&job->log, "vehicle_name");
  if (craft && strcmp(job->log.decoder->source, "carrier") == 0)
    return text_safe_part(job->arena, text_of(craft));
  return "unknown";
}

static void set_times(struct log_job *job) {
  const struct log_summary *summary = &job->log.summary;
  int64_t created;
  job->start_us = job->end_us = TIME_NONE;
  if (job->log.decoder->vocabulary && summary->start_us != TIME_NONE) {
    job->start_us = clock_fit_utc(&summary->clock, summary->start_us);
    job->end_us = clock_fit_utc(&summary->clock, summary->end_us);
  } else if (inspection_fact(&job->log, "created") &&
             clock_parse(text_of(inspection_fact(&job->log, "created")), &created)) {
    job->start_us = job->end_us = created;
  }
  if (job->start_us != TIME_NONE && strcmp(summary->clock.source ? summary->clock.source : "", "file") != 0) {
    job->date_us = summary->flight_count ? clock_fit_utc(&summary->clock, summary->flights[0].start_us) : job->start_us;
    job->date_from_file = false;
  }
}

static uint8_t priority_of(const struct log_job *job) {
  if (strcmp(job->log.decoder->source, "carrier") == 0)
    return 3;
  return strcmp(job->log.decoder->source, "ground_station") == 0 ? 2 : 1;
}

static const char *copy_json(struct log_job *job, const json_t *value) {
  char *text = json_dumps(value, JSON_COMPACT);
  const char *copy = arena_copy_text(job->arena, text ? text : "{}");
  free(text);
  return copy;
}

/* What people say of the file: by options, and by a sidecar, which says more of this one file. */
static void hear(struct log_job *job, const struct add_options *options) {
  struct error error;
  json_t *typed = json_object(), *said = metadata_of_options(options), *sidecar = NULL;
  metadata_apply(typed, said, "add");
  if (metadata_read_sidecar(job->path, &sidecar, &error) != STATUS_OK)
    job->sidecar_error = arena_copy_text(job->arena, error.text);
  if (sidecar) {
    const char *vehicle = json_string_value(json_object_get(sidecar, "vehicle"));
    const char *source = json_string_value(json_object_get(sidecar, "source"));
    metadata_apply(typed, sidecar, "sidecar");
    job->vehicle = vehicle ? arena_copy_text(job->arena, vehicle) : job->vehicle;
    job->source = source ? arena_copy_text(job->arena, source) : job->source;
    job->sidecar = copy_json(job, sidecar);
  }
  json_object_del(typed, "history"); /* which begins with what the log came in with */
  job->typed = copy_json(job, typed);
  json_decref(typed);
  json_decref(said);
  json_decref(sidecar);
}

static enum status look(struct lake *lake, struct log_job *job, const struct add_options *options,
                        struct error *error) {
  TRY(look_at_file(job, error));
  if (!job->resumed)
    hear(job, options);
  if (seen_before(lake, job)) {
    end_job(job, JOB_DUPLICATE, "");
    return STATUS_OK;
  }
  scoped(input) struct input *input = NULL;
  TRY(open_bytes(lake, job, &input, error));
  uint64_t bytes;
  TRY(hash_input(input, job->sha256, &bytes, NULL, NULL, error));
  job->bytes = bytes;
  if (!job->resumed && is_known(lake, job->sha256)) {
    end_job(job, JOB_DUPLICATE, "");
    return STATUS_OK;
  }
  TRY(input_seek(input, 0, error));
  job->dialect = options->dialect;
  job->vehicle = job->vehicle ? job->vehicle : options->vehicle;
  job->source = job->source ? job->source : options->source;
  TRY(recognise(job, input, error));
  if (bytes == 0)
    end_job(job, JOB_QUARANTINED, "the file is empty");
  job->log.summary.system_id = -1;
  job->start_us = job->end_us = TIME_NONE;
  if (job->outcome == JOB_OPEN) {
    TRY(input_seek(input, 0, error));
    struct error reason;
    enum status status = inspect_log(input, job->log.decoder, job->dialect, job->date_us, job->arena, &job->log,
                                     &reason);
    if (status == STATUS_BAD_DATA || status == STATUS_LIMIT || status == STATUS_UNSUPPORTED)
      end_job(job, JOB_QUARANTINED, reason.text);
    else if (status != STATUS_OK)
      return error_set(error, status, "%s", reason.text);
    else
      set_times(job);
  }
  job->priority = priority_of(job);
  if (!job->vehicle)
    job->vehicle = name_vehicle(job);
  if (!job->resumed)
    job->vehicle = correct_vehicle_name(lake, job->arena, job->vehicle);
  return STATUS_OK;
}

void job_look(struct lake *lake, struct log_job *job, const struct add_options *options) {
  struct error error;
  if (look(lake, job, options, &error) != STATUS_OK)
    end_job(job, JOB_FAILED, error.text);
}
