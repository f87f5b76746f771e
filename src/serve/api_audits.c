/* api_audits: the reports of the last audits: a short line of each, one whole, and one as a page to keep or print. */
#include "serve/api.h"

#include "lake/audit.h"

#include <jansson.h>
#include <stdlib.h>

/* What a list of reports tells of each. */
static const char *const told[] = {"id",         "state",      "time",         "seconds", "extent",
                                   "faults",     "objects",    "object_bytes", "tables",  "table_bytes",
                                   "read_files", "read_bytes", "fault_kinds"};

static enum status put_line(void *context, const char *id, const char *text, struct error *error) {
  json_t *report = json_loads(text, 0, NULL), *line = json_object();
  const json_t *verified = json_object_get(report, "verified");
  (void)id, (void)error;
  for (size_t i = 0; i < ARRAY_COUNT(told); i++)
    if (json_object_get(report, told[i]))
      json_object_set(line, told[i], json_object_get(report, told[i]));
  if (json_object_get(verified, "bytes"))
    json_object_set(line, "verified_bytes", json_object_get(verified, "bytes"));
  char *written = json_dumps(line, JSON_COMPACT);
  json_raw(context, NULL, written ? written : "{}");
  free(written);
  json_decref(line);
  json_decref(report);
  return STATUS_OK;
}

static enum status list_audits(struct request *request, struct error *error) {
  struct catalog_filter filter = {"kind", FILTER_EQUAL, "audit"};
  struct catalog_query query = {
      .collection = "jobs", .filters = &filter, .filter_count = 1, .order_by = "time", .descending = true};
  struct catalog *catalog = server_catalog(request->server);
  int64_t limit = AUDIT_REPORTS_MAX, offset = 0;
  uint64_t total;
  TRY(request_number(request, "limit", 1, 1000, &limit, error));
  TRY(request_number(request, "offset", 0, INT32_MAX, &offset, error));
  TRY(catalog_count(catalog, &query, &total, error));
  query.limit = (uint32_t)limit;
  query.offset = (uint32_t)offset;
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_i64(&json, "total", (int64_t)total);
  json_i64(&json, "offset", offset);
  json_array_begin(&json, "items");
  TRY(catalog_find(catalog, &query, put_line, &json, error));
  json_array_end(&json);
  json_object_end(&json);
  return STATUS_OK;
}

static enum status get_audit(struct request *request, struct error *error) {
  const char *report;
  TRY(audit_report_get(server_catalog(request->server), request->arena, request->captures.values[0], &report, error));
  buffer_add_text(&request->reply.body, report);
  return STATUS_OK;
}

/* Saved, not shown: a page in a page of this site could do more than a file. */
static enum status get_page(struct request *request, struct error *error) {
  const char *report;
  TRY(audit_report_get(server_catalog(request->server), request->arena, request->captures.values[0], &report, error));
  TRY(audit_page(report, &request->reply.body, error));
  request->reply.media_type = "text/html; charset=utf-8";
  request->reply.file_name = arena_format(request->arena, "audit-%.10s.html",
                                          api_text_field(request->arena, report, "time"));
  return STATUS_OK;
}

const struct resource api_audits = {
    .name = "audits",
    .about = "reports of audits: what was found wrong, what storage costs, how quality went",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/audits", "the last audits, the latest first",
             (const struct route_parameter[]){
                 {"limit", "at most so many (50)", "integer"}, {"offset", "leave out so many", "integer"}, {NULL}},
             RIGHT_READ, list_audits},
            {"GET", "/api/v1/audits/{id}", "one report; 'last' is the latest", NULL, RIGHT_READ, get_audit},
            {"GET", "/api/v1/audits/{id}/page", "the report as one HTML page", NULL, RIGHT_READ, get_page, "text/html"},
            {NULL},
        },
};
