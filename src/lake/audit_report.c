/* audit_report: the run that may be gone on with, the report's JSON, and the last reports in the catalogue.
 *
 * A run writes {"kind": "audit_run", "started": …, "choice": …} into `jobs`, "audit_run", when it begins, and takes it
 * away with its report. One that finds the document with its own choice of files goes on with that run: what was found
 * right since `started` is not read again. */
#include "lake/audit_private.h"

#include "lake/lake_private.h"

#include <stdio.h>
#include <stdlib.h>

#define REPORT_MAX ((size_t)16 << 20)
#define GO_ON_US (30 * US_PER_DAY) /* what was cut off longer ago begins anew */
#define RUN_ID "audit_run"

/* ---- the run ---- */

static const char *extent_of(const struct audit_options *options) {
  if (options->quick)
    return "quick";
  return options->sample > 0 ? "sample" : options->older_than_us ? "older" : "whole";
}

static const char *choice_of(struct audit *audit) {
  return arena_format(audit->arena, "%s %.9g %lld", extent_of(audit->options), audit->options->sample,
                      (long long)audit->options->older_than_us);
}

/* Takes the start of the run that was cut off, where there is one to go on with. */
static void look_for_run(struct audit *audit) {
  json_t *run = document_load(lake_catalog(audit->lake), "jobs", RUN_ID);
  int64_t started_us;
  if (run && !audit->options->restart && strcmp(audit_text(run, "choice"), choice_of(audit)) == 0 &&
      clock_parse(text_of(audit_text(run, "started")), &started_us) && audit->started_us - started_us < GO_ON_US) {
    audit->started_us = started_us;
    audit->resumed = true;
  }
  json_decref(run);
}

enum status audit_run_begin(struct audit *audit, struct error *error) {
  audit->started_us = clock_now_us();
  if (audit->options->quick)
    return STATUS_OK;
  look_for_run(audit);
  json_t *run = json_pack("{s:s,s:s,s:s}", "kind", "audit_run", "started", audit_time(audit, audit->started_us),
                          "choice", choice_of(audit));
  enum status status = document_store(lake_catalog(audit->lake), "jobs", RUN_ID, run, error);
  json_decref(run);
  return status;
}

/* ---- how much was looked at ---- */

static void put_ages(const struct audit *audit, struct json_writer *json) {
  static const struct {
    const char *name;
    int64_t end_us;
  } ages[] = {{"within a day", US_PER_DAY},
              {"within a week", 7 * US_PER_DAY},
              {"within 30 days", 30 * US_PER_DAY},
              {"within 90 days", 90 * US_PER_DAY},
              {"within a year", 365 * US_PER_DAY},
              {"longer ago", INT64_MAX},
              {"never", 0}};
  uint64_t files[ARRAY_COUNT(ages)] = {0}, bytes[ARRAY_COUNT(ages)] = {0};
  int64_t now_us = clock_now_us();
  for (size_t i = 0; i < audit->file_count; i++) {
    const struct audit_file *file = &audit->files[i];
    size_t age = file->verified && !file->bad ? 0 : ARRAY_COUNT(ages) - 1;
    while (age < ARRAY_COUNT(ages) - 1 && now_us - (int64_t)file->verified * US_PER_S > ages[age].end_us)
      age++;
    files[age]++;
    bytes[age] += file->bytes;
  }
  json_array_begin(json, "ages");
  for (size_t i = 0; i < ARRAY_COUNT(ages); i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "name", ages[i].name);
    json_i64(json, "files", (int64_t)files[i]);
    json_i64(json, "bytes", (int64_t)bytes[i]);
    json_object_end(json);
  }
  json_array_end(json);
}

/* Of what is there; a file that has no SHA-256 in the catalogue can't be verified. */
static void put_verified(const struct audit *audit, struct json_writer *json) {
  uint64_t files = 0, bytes = 0;
  uint32_t oldest = UINT32_MAX;
  for (size_t i = 0; i < audit->file_count; i++) {
    const struct audit_file *file = &audit->files[i];
    if (!file->verified || file->bad)
      continue;
    files++;
    bytes += file->bytes;
    oldest = MIN(oldest, file->verified);
  }
  json_object_begin(json, "verified");
  json_i64(json, "files", (int64_t)files);
  json_i64(json, "bytes", (int64_t)bytes);
  json_time(json, "oldest", oldest == UINT32_MAX ? TIME_NONE : (int64_t)oldest * US_PER_S);
  put_ages(audit, json);
  json_object_end(json);
}

/* ---- the report ---- */

static void put_run(struct audit *audit, struct json_writer *json, const char *id) {
  const struct audit_options *options = audit->options;
  json_c_string(json, "id", id);
  json_c_string(json, "kind", "audit");
  json_c_string(json, "state", audit->faults ? "faults" : "good");
  json_time(json, "time", clock_now_us());
  json_time(json, "started", audit->started_us);
  json_double(json, "seconds", clock_monotonic_s() - audit->begin_s);
  json_c_string(json, "extent", extent_of(options));
  if (options->sample > 0)
    json_double(json, "sample", options->sample);
  if (options->older_than_us)
    json_double(json, "older_than_s", (double)options->older_than_us * 1e-6);
  if (options->rate)
    json_i64(json, "rate", (int64_t)options->rate);
  json_bool(json, "resumed", audit->earlier_files > 0);
}

static void put_counts(const struct audit *audit, struct json_writer *json) {
  json_i64(json, "faults", (int64_t)audit->faults);
  json_i64(json, "objects", (int64_t)audit->known_files[AUDIT_OBJECT]);
  json_i64(json, "object_bytes", (int64_t)audit->known_bytes[AUDIT_OBJECT]);
  json_i64(json, "tables", (int64_t)audit->known_files[AUDIT_TABLE]);
  json_i64(json, "table_bytes", (int64_t)audit->known_bytes[AUDIT_TABLE]);
  json_i64(json, "read_files", (int64_t)audit->read_files);
  json_i64(json, "read_bytes", (int64_t)audit->read_bytes);
  json_i64(json, "earlier_files", (int64_t)audit->earlier_files);
  json_i64(json, "earlier_bytes", (int64_t)audit->earlier_bytes);
}

static void put_faults(struct audit *audit, struct json_writer *json) {
  scoped(buffer) struct buffer list = buffer_with_max((size_t)5 << 20);
  json_object_begin(json, "fault_kinds");
  for (uint32_t i = 0; i < audit->fault_kind_count; i++)
    json_i64(json, audit->fault_kinds[i].name, (int64_t)audit->fault_kinds[i].count);
  json_object_end(json);
  buffer_format(&list, "[%s]", buffer_text(&audit->fault_list));
  json_raw(json, "fault_list", buffer_text(&list));
}

static void write_report(struct audit *audit, void *const *states, const char *id, struct buffer *text) {
  struct json_writer json = json_writer_of(text);
  json_object_begin(&json, NULL);
  put_run(audit, &json, id);
  put_counts(audit, &json);
  put_faults(audit, &json);
  put_verified(audit, &json);
  for (size_t i = 0; audit_check_list[i]; i++) {
    if (!audit_check_list[i]->put)
      continue;
    json_object_begin(&json, audit_check_list[i]->name);
    audit_check_list[i]->put(audit, states[i], &json);
    json_object_end(&json);
  }
  json_object_end(&json);
}

/* ---- the last ones ---- */

struct old_reports {
  struct arena *arena;
  const char *ids[AUDIT_REPORTS_MAX * 2];
  uint32_t seen, count;
};

static enum status take_old(void *context, const char *id, const char *json, struct error *error) {
  struct old_reports *old = context;
  (void)json, (void)error;
  if (old->seen++ >= AUDIT_REPORTS_MAX && old->count < ARRAY_COUNT(old->ids))
    old->ids[old->count++] = arena_copy_text(old->arena, id);
  return STATUS_OK;
}

static enum status forget_old(struct audit *audit, struct error *error) {
  struct old_reports old = {.arena = audit->arena};
  struct catalog_filter filter = {"kind", FILTER_EQUAL, "audit"};
  struct catalog_query query = {
      .collection = "jobs", .filters = &filter, .filter_count = 1, .order_by = "time", .descending = true};
  TRY(catalog_find(lake_catalog(audit->lake), &query, take_old, &old, error));
  for (uint32_t i = 0; i < old.count; i++)
    TRY(catalog_remove(lake_catalog(audit->lake), "jobs", old.ids[i], error));
  return STATUS_OK;
}

enum status audit_report_keep(struct audit *audit, void *const *states, struct arena *arena, const char **ret_report,
                              struct error *error) {
  struct catalog *catalog = lake_catalog(audit->lake);
  scoped(buffer) struct buffer text = buffer_with_max(REPORT_MAX);
  const char *id = arena_format(audit->arena, "audit-%s", audit_time(audit, clock_now_us()));
  write_report(audit, states, id, &text);
  if (text.failed)
    return error_set(error, STATUS_LIMIT, "the audit's report has more than %zu bytes", REPORT_MAX);
  TRY(catalog_put(catalog, "jobs", id, buffer_text(&text), error));
  TRY(forget_old(audit, error));
  if (!audit->options->quick)
    TRY(catalog_remove(catalog, "jobs", RUN_ID, error));
  *ret_report = arena_copy_text(arena, buffer_text(&text));
  return STATUS_OK;
}

struct found_report {
  struct arena *arena;
  const char *text;
};

static enum status take_report(void *context, const char *id, const char *json, struct error *error) {
  struct found_report *found = context;
  (void)id, (void)error;
  found->text = arena_copy_text(found->arena, json);
  return STATUS_OK;
}

enum status audit_report_get(struct catalog *catalog, struct arena *arena, const char *id, const char **ret_report,
                             struct error *error) {
  struct catalog_filter filter = {"kind", FILTER_EQUAL, "audit"};
  struct catalog_query query = {
      .collection = "jobs", .filters = &filter, .filter_count = 1, .order_by = "time", .descending = true, .limit = 1};
  struct found_report found = {arena, NULL};
  if (id && strcmp(id, "last") != 0) {
    if (strncmp(id, "audit-", 6) != 0)
      return error_set(error, STATUS_NOT_FOUND, "there is no report of an audit '%s'", id);
    return catalog_get(catalog, arena, "jobs", id, ret_report, error);
  }
  TRY(catalog_find(catalog, &query, take_report, &found, error));
  if (!found.text)
    return error_set(error, STATUS_NOT_FOUND, "no audit has run yet: 'uavlake audit' does one");
  *ret_report = found.text;
  return STATUS_OK;
}
