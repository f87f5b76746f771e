/* api_status: is the server well, what does the lake hold, and the same for machines (Prometheus text format 0.0.4). */
#include "serve/api.h"

#include "base/clock.h"

#include <stdio.h>

struct count {
  const char *name, *collection, *about;
  struct catalog_filter filter; /* of field NULL: all documents */
};
static const struct count counts[] = {
    {"vehicles", "vehicles", "vehicles known", {NULL}},
    {"flights", "flights", "flights known", {NULL}},
    {"logs", "logs", "logs kept", {NULL}},
    {"quarantined", "logs", "logs set aside with a reason", {"state", FILTER_EQUAL, "quarantined"}},
    {"findings", "findings", "findings that are open", {"state", FILTER_EQUAL, "open"}},
    {"table_files", "table_files", "Parquet files of the tables", {NULL}},
};

static enum status count_documents(struct request *request, const struct count *count, uint64_t *ret_count,
                                   struct error *error) {
  struct catalog_query query = {
      .collection = count->collection, .filters = &count->filter, .filter_count = count->filter.field != NULL};
  return catalog_count(server_catalog(request->server), &query, ret_count, error);
}

static enum status put_revision(struct request *request, struct json_writer *json, struct error *error) {
  uint64_t revision;
  char text[24];
  TRY(server_revision(request->server, &revision, error));
  snprintf(text, sizeof text, "%016llx", (unsigned long long)revision);
  json_c_string(json, "revision", text);
  return STATUS_OK;
}

static enum status get_revision(struct request *request, struct error *error) {
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  TRY(put_revision(request, &json, error));
  json_object_end(&json);
  return STATUS_OK;
}

static enum status get_status(struct request *request, struct error *error) {
  struct json_writer json = api_json(request);
  json_object_begin(&json, NULL);
  json_c_string(&json, "version", UAVLAKE_VERSION);
  json_c_string(&json, "lake", lake_root(server_lake(request->server)));
  json_c_string(&json, "user", request->identity.name);
  json_time(&json, "time", clock_now_us());
  json_double(&json, "uptime_s", server_uptime_s(request->server));
  TRY(put_revision(request, &json, error));
  json_object_begin(&json, "counts");
  for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
    uint64_t number;
    TRY(count_documents(request, &counts[i], &number, error));
    json_i64(&json, counts[i].name, (int64_t)number);
  }
  json_object_end(&json);
  json_object_end(&json);
  return STATUS_OK;
}

static enum status get_health(struct request *request, struct error *error) {
  uint64_t number;
  TRY(count_documents(request, &counts[0], &number, error));
  buffer_add_text(&request->reply.body, "{\"status\":\"ok\"}");
  return STATUS_OK;
}

static void put_metric(struct buffer *out, const char *name, const char *type, const char *about) {
  buffer_format(out, "# HELP uavlake_%s %s\n# TYPE uavlake_%s %s\n", name, about, name, type);
}

static enum status get_metrics(struct request *request, struct error *error) {
  struct buffer *out = &request->reply.body;
  request->reply.media_type = "text/plain; version=0.0.4; charset=utf-8";
  put_metric(out, "info", "gauge", "the program's version");
  buffer_format(out, "uavlake_info{version=\"%s\"} 1\n", UAVLAKE_VERSION);
  put_metric(out, "uptime_seconds", "gauge", "seconds since the server started");
  buffer_format(out, "uavlake_uptime_seconds %.3f\n", server_uptime_s(request->server));
  for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
    uint64_t number;
    TRY(count_documents(request, &counts[i], &number, error));
    put_metric(out, counts[i].name, "gauge", counts[i].about);
    buffer_format(out, "uavlake_%s %llu\n", counts[i].name, (unsigned long long)number);
  }
  put_metric(out, "http_replies_total", "counter", "requests answered, by class of status");
  for (int class = 2; class <= 5; class ++)
    buffer_format(out, "uavlake_http_replies_total{class=\"%dxx\"} %llu\n", class,
                  (unsigned long long)server_replies(request->server, class));
  return STATUS_OK;
}

const struct resource api_status = {
    .name = "status",
    .about = "the server and the lake as a whole",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/status", "what the lake holds", NULL, RIGHT_READ, get_status},
            {"GET", "/api/v1/revision", "changes when the lake does; cheap to ask every second", NULL, RIGHT_READ,
             get_revision},
            {"GET", "/healthz", "whether the server is well", NULL, RIGHT_NONE, get_health},
            {"GET", "/metrics", "counts for Prometheus", NULL, RIGHT_READ, get_metrics, "text/plain"},
            {NULL},
        },
};
