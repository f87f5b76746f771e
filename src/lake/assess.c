/* assess: a vehicle's features over its flights → findings. A flight that arrives late changes the history of those
 * after it, so judging starts at the earliest new flight and goes on to the last. Findings of a flight are replaced as
 * a whole: assessing twice gives the same documents. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HISTORY_MAX 200u /* flights before the first judged one that a baseline may rest on */
#define FINDINGS_MAX 64u

static void parse_features(const json_t *document, struct feature_list *list) {
  const json_t *items = json_object_get(document, "features");
  for (size_t i = 0; i < json_array_size(items) && list->count < ARRAY_COUNT(list->items); i++) {
    const json_t *item = json_array_get(items, i);
    const char *name = json_string_value(json_array_get(item, 0));
    const json_t *value = json_array_get(item, 2);
    if (!name)
      continue;
    struct feature *feature = &list->items[list->count++];
    snprintf(feature->name, sizeof feature->name, "%s", name);
    feature->instance = (int32_t)json_integer_value(json_array_get(item, 1));
    feature->value = json_is_number(value) ? json_number_value(value) : NAN;
    feature->weight = json_number_value(json_array_get(item, 3));
  }
}

static enum status collect_features(void *context, const char *id, const char *text, struct error *error) {
  (void)error;
  struct flight_history *history = context;
  if ((history->count & (history->count - 1)) == 0) {
    uint32_t capacity = MAX(history->count * 2, 1u);
    history->lists = memory_resize(history->lists, capacity, sizeof *history->lists);
    history->flights = memory_resize(history->flights, capacity, sizeof *history->flights);
    history->logs = memory_resize(history->logs, capacity, sizeof *history->logs);
    history->starts = memory_resize(history->starts, capacity, sizeof *history->starts);
  }
  json_t *document = json_loads(text, 0, NULL);
  uint32_t i = history->count++;
  history->lists[i] = memory_new(sizeof **history->lists);
  parse_features(document, history->lists[i]);
  snprintf(history->flights[i], sizeof history->flights[i], "%s", id);
  snprintf(history->logs[i], sizeof history->logs[i], "%s", json_field(document, "log"));
  snprintf(history->starts[i], sizeof history->starts[i], "%s", json_field(document, "start"));
  json_decref(document);
  return STATUS_OK;
}

static void free_history(struct flight_history *history) {
  for (uint32_t i = 0; i < history->count; i++)
    free(history->lists[i]);
  free(history->lists);
  free(history->flights);
  free(history->logs);
  free(history->starts);
}

/* The flights from `from` on and up to HISTORY_MAX before them, oldest first. */
static enum status load_history(struct lake *lake, const char *vehicle, const char *from,
                                struct flight_history *history, struct error *error) {
  struct catalog_filter before[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"start", FILTER_BELOW, from}};
  struct catalog_query query = {.collection = "features", .filters = before, .filter_count = 2, .order_by = "start"};
  uint64_t earlier;
  TRY(catalog_count(lake->catalog, &query, &earlier, error));
  if (earlier > HISTORY_MAX)
    query.offset = (uint32_t)(earlier - HISTORY_MAX);
  TRY(catalog_find(lake->catalog, &query, collect_features, history, error));
  struct catalog_filter since[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"start", FILTER_AT_LEAST, from}};
  query = (struct catalog_query){.collection = "features", .filters = since, .filter_count = 2, .order_by = "start"};
  return catalog_find(lake->catalog, &query, collect_features, history, error);
}

struct id_list {
  char (*ids)[256];
  uint32_t count;
};

static enum status collect_id(void *context, const char *id, const char *text, struct error *error) {
  (void)text, (void)error;
  struct id_list *list = context;
  if ((list->count & (list->count - 1)) == 0)
    list->ids = memory_resize(list->ids, MAX(list->count * 2, 1u), sizeof *list->ids);
  snprintf(list->ids[list->count++], sizeof *list->ids, "%s", id);
  return STATUS_OK;
}

enum status assess_forget(struct lake *lake, const char *flight, struct error *error) {
  struct id_list list = {0};
  struct catalog_filter filter = {"flight", FILTER_EQUAL, flight};
  struct catalog_query query = {.collection = "findings", .filters = &filter, .filter_count = 1};
  enum status status = catalog_find(lake->catalog, &query, collect_id, &list, error);
  for (uint32_t i = 0; i < list.count && status == STATUS_OK; i++)
    status = catalog_remove(lake->catalog, "findings", list.ids[i], error);
  free(list.ids);
  return status;
}

/* Seconds of the log's clock → seconds from take-off, as t_s in the tables; of a flight that never left the ground:
 * from its start. */
static double takeoff_offset_s(const json_t *flight, const struct feature_list *features) {
  int64_t start_us, takeoff_us;
  double start_s = NAN;
  for (uint32_t i = 0; i < features->count && isnan(start_s); i++)
    if (strcmp(features->items[i].name, "flight_start_s") == 0)
      start_s = features->items[i].value;
  if (!clock_parse(text_of(json_field(flight, "start")), &start_us) ||
      !clock_parse(text_of(json_field(flight, "takeoff")), &takeoff_us))
    return -start_s;
  return -start_s - (double)(takeoff_us - start_us) * 1e-6;
}

static enum status put_finding(struct lake *lake, const char *vehicle, const struct flight_history *history,
                               uint32_t index, const struct finding *finding, double offset_s, struct error *error) {
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  char id[256];
  snprintf(id, sizeof id, "%s-%s-%s-%s", history->flights[index], finding->kind, finding->component, finding->feature);
  for (char *c = id; *c; c++)
    if (*c == ' ')
      *c = '_';
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "id", id);
  json_c_string(&json, "vehicle", vehicle);
  json_c_string(&json, "flight", history->flights[index]);
  json_c_string(&json, "log", history->logs[index]);
  json_c_string(&json, "time", history->starts[index]);
  json_c_string(&json, "kind", finding->kind);
  json_c_string(&json, "component", finding->component);
  json_c_string(&json, "severity", severity_name(finding->severity));
  json_double(&json, "confidence", finding->confidence);
  json_double(&json, "from_s", finding->from_s);
  json_double(&json, "to_s", finding->to_s);
  json_double(&json, "from_t_s", finding->from_s + offset_s);
  json_double(&json, "to_t_s", finding->to_s + offset_s);
  json_c_string(&json, "feature", finding->feature);
  json_double(&json, "value", finding->value);
  json_double(&json, "baseline", finding->baseline);
  json_double(&json, "limit", finding->limit);
  json_c_string(&json, "text", finding->text);
  json_c_string(&json, "state", "open");
  json_object_end(&json);
  return catalog_put(lake->catalog, "findings", id, buffer_text(&text), error);
}

static enum status set_flight_condition(struct lake *lake, const char *flight, const struct finding *findings,
                                        uint32_t count, struct error *error) {
  json_t *document = document_load(lake->catalog, "flights", flight);
  if (!document)
    return STATUS_OK;
  enum severity worst = SEVERITY_INFO;
  for (uint32_t i = 0; i < count; i++)
    worst = MAX(worst, findings[i].severity);
  json_object_set_new(document, "findings", json_integer(count));
  json_object_set_new(document, "worst", json_string(count ? severity_name(worst) : ""));
  enum status status = document_store(lake->catalog, "flights", flight, document, error);
  json_decref(document);
  return status;
}

static enum status judge_flight(struct lake *lake, const char *vehicle, const struct flight_history *history,
                                uint32_t index, uint64_t *ret_findings, struct error *error) {
  struct finding findings[FINDINGS_MAX];
  uint32_t count = health_judge((const struct feature_list *const *)history->lists, index + 1, findings, FINDINGS_MAX);
  TRY(assess_forget(lake, history->flights[index], error));
  json_t *flight = document_load(lake->catalog, "flights", history->flights[index]);
  double offset_s = takeoff_offset_s(flight, history->lists[index]);
  json_decref(flight);
  for (uint32_t i = 0; i < count; i++)
    TRY(put_finding(lake, vehicle, history, index, &findings[i], offset_s, error));
  *ret_findings += count;
  return set_flight_condition(lake, history->flights[index], findings, count, error);
}

/* Logs that were loaded are now assessed. */
static enum status finish_logs(struct lake *lake, const char *vehicle, struct error *error) {
  struct id_list list = {0};
  struct catalog_filter filters[] = {{"state", FILTER_EQUAL, "loaded"}, {"vehicle", FILTER_EQUAL, vehicle}};
  struct catalog_query query = {.collection = "logs", .filters = filters, .filter_count = 2};
  enum status status = catalog_find(lake->catalog, &query, collect_id, &list, error);
  for (uint32_t i = 0; i < list.count && status == STATUS_OK; i++)
    status = document_set_log_state(lake, list.ids[i], "assessed", error);
  free(list.ids);
  return status;
}

enum status assess_vehicle(struct lake *lake, const char *vehicle, const char *from, uint64_t *ret_findings,
                           struct error *error) {
  struct flight_history history = {0};
  enum status status = load_history(lake, vehicle, from, &history, error);
  if (status == STATUS_OK)
    status = catalog_begin(lake->catalog, error);
  bool begun = status == STATUS_OK;
  for (uint32_t i = 0; i < history.count && status == STATUS_OK; i++)
    if (strcmp(history.starts[i], from) >= 0)
      status = judge_flight(lake, vehicle, &history, i, ret_findings, error);
  if (status == STATUS_OK)
    status = condition_settle(lake, vehicle, &history, error);
  if (status == STATUS_OK && strcmp(vehicle, "unknown") != 0)
    status = compare_logs(lake, vehicle, error);
  if (status == STATUS_OK)
    status = finish_logs(lake, vehicle, error);
  if (status == STATUS_OK && strcmp(vehicle, "unknown") != 0)
    status = document_put_vehicle(lake, vehicle, error);
  free_history(&history);
  if (begun && status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  if (begun)
    catalog_rollback(lake->catalog);
  return status;
}
