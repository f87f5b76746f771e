/* compare: the quality rules that set two logs of one vehicle side by side (duplicated flight, in two places at once,
 * another vehicle under the name). Run when the vehicle is assessed, for the logs that have just been loaded, against
 * those within a day of them and the one before. Only logs whose clock knows UTC are compared.
 *
 * Findings are added to the log's document, which its loading wrote anew, so comparing twice finds the same. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NEAR_US US_PER_DAY
#define FIXES_MAX 256u
#define FINDINGS_MAX 8u /* a log */
#define PREVIOUS_MAX 16u

struct known_log {
  struct quality_log log;
  bool loaded; /* to be judged */
};
struct known_logs {
  struct arena *arena;
  struct known_log *items;
  uint32_t count, capacity;
};

static const char *copy_field(struct arena *arena, const json_t *document, const char *name) {
  return arena_copy_text(arena, json_field(document, name));
}

static void read_fixes(struct arena *arena, const json_t *document, struct quality_log *log) {
  const json_t *sketch = json_object_get(document, "sketch");
  uint32_t count = (uint32_t)MIN(json_array_size(sketch), FIXES_MAX);
  struct track_fix *fixes = arena_alloc_array(arena, MAX(count, 1u), sizeof *fixes);
  for (uint32_t i = 0; i < count; i++) {
    const json_t *fix = json_array_get(sketch, i);
    fixes[i] = (struct track_fix){log->start_us + (int64_t)(json_number_value(json_array_get(fix, 0)) * 1e6),
                                  json_number_value(json_array_get(fix, 1)), json_number_value(json_array_get(fix, 2))};
  }
  log->track = (struct track){fixes, count};
}

static bool knows_utc(const json_t *document) {
  const char *source = json_field(document, "clock_source");
  return strcmp(source, "gps") == 0 || strcmp(source, "system_time") == 0 || strcmp(source, "receiver") == 0;
}

static enum status take_log(void *context, const char *id, const char *text, struct error *error) {
  (void)error;
  struct known_logs *known = context;
  struct quality_log log = {.id = arena_copy_text(known->arena, id)};
  json_t *document = json_loads(text, 0, NULL);
  if (knows_utc(document) && clock_parse(text_of(json_field(document, "start")), &log.start_us) &&
      clock_parse(text_of(json_field(document, "end")), &log.end_us)) {
    log.name = copy_field(known->arena, document, "name");
    log.kind = copy_field(known->arena, document, "kind");
    log.source = copy_field(known->arena, document, "source");
    log.vehicle_uid = copy_field(known->arena, document, "vehicle_uid");
    log.vehicle_class = copy_field(known->arena, document, "vehicle_class");
    log.autopilot = copy_field(known->arena, document, "autopilot");
    if (!clock_parse(text_of(json_field(document, "added")), &log.added_us))
      log.added_us = 0;
    read_fixes(known->arena, document, &log);
    if (known->count == known->capacity) {
      known->capacity = MAX(known->capacity * 2, 32u);
      known->items = memory_resize(known->items, known->capacity, sizeof *known->items);
    }
    known->items[known->count++] = (struct known_log){log, strcmp(json_field(document, "state"), "loaded") == 0};
  }
  json_decref(document);
  return STATUS_OK;
}

/* The loaded logs, then those within a day of them, with up to PREVIOUS_MAX before: in order of their start. */
static enum status find_logs(struct lake *lake, const char *vehicle, struct known_logs *known, struct error *error) {
  struct catalog_filter loaded[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"state", FILTER_EQUAL, "loaded"}};
  struct catalog_query query = {.collection = "logs", .filters = loaded, .filter_count = 2};
  TRY(catalog_find(lake->catalog, &query, take_log, known, error));
  if (!known->count)
    return STATUS_OK;
  int64_t from_us = INT64_MAX, to_us = INT64_MIN;
  for (uint32_t i = 0; i < known->count; i++) {
    from_us = MIN(from_us, known->items[i].log.start_us);
    to_us = MAX(to_us, known->items[i].log.end_us);
  }
  known->count = 0;
  char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
  struct catalog_filter near[] = {{"vehicle", FILTER_EQUAL, vehicle},
                                  {"start", FILTER_AT_LEAST, clock_format(from, from_us - NEAR_US)},
                                  {"start", FILTER_BELOW, clock_format(to, to_us + US_PER_S)}};
  struct catalog_filter before[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"start", FILTER_BELOW, from}};
  query = (struct catalog_query){.collection = "logs",
                                 .filters = before,
                                 .filter_count = 2,
                                 .order_by = "start",
                                 .descending = true,
                                 .limit = PREVIOUS_MAX};
  TRY(catalog_find(lake->catalog, &query, take_log, known, error));
  query = (struct catalog_query){.collection = "logs", .filters = near, .filter_count = 3, .order_by = "start"};
  return catalog_find(lake->catalog, &query, take_log, known, error);
}

static int compare_start(const void *a, const void *b) {
  const struct known_log *x = a, *y = b;
  if (x->log.start_us != y->log.start_us)
    return x->log.start_us < y->log.start_us ? -1 : 1;
  return strcmp(x->log.id, y->log.id);
}

static const struct quality_log *previous_of(const struct known_logs *known, uint32_t index) {
  for (uint32_t i = index; i-- > 0;)
    if (strcmp(known->items[i].log.kind, known->items[index].log.kind) == 0)
      return &known->items[i].log;
  return NULL;
}

static bool ask(const struct rule *rule, const struct known_logs *known, uint32_t index,
                struct quality_finding *finding) {
  const struct quality_log *log = &known->items[index].log;
  if (rule->pairs == PAIRS_PREVIOUS) {
    const struct quality_log *previous = previous_of(known, index);
    return previous && rule->compare(log, previous, finding);
  }
  uint32_t first = index;
  while (first && known->items[first - 1].log.start_us > log->start_us - NEAR_US) /* no log lasts a day */
    first--;
  for (uint32_t i = first; i < known->count && known->items[i].log.start_us <= log->end_us; i++)
    if (i != index && known->items[i].log.end_us >= log->start_us && rule->compare(log, &known->items[i].log, finding))
      return true;
  return false;
}

static void set_number(json_t *object, const char *name, double value) {
  json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());
}

static void append_finding(json_t *document, const struct quality_finding *finding) {
  json_t *list = json_object_get(document, "quality_findings"), *item = json_object();
  if (!json_is_array(list)) {
    list = json_array();
    json_object_set_new(document, "quality_findings", list);
  }
  json_object_set_new(item, "rule", json_string(finding->rule));
  set_number(item, "severity", finding->severity);
  set_number(item, "from_s", finding->from_s);
  set_number(item, "to_s", finding->to_s);
  set_number(item, "value", finding->value);
  set_number(item, "limit", finding->limit);
  json_object_set_new(item, "text", json_string(finding->text));
  json_array_append_new(list, item);
}

/* The flights that this log describes have its score. */
static enum status score_flights(struct lake *lake, const json_t *log, double score, struct error *error) {
  const json_t *ids = json_object_get(log, "flights");
  for (size_t i = 0; i < json_array_size(ids); i++) {
    const char *id = json_string_value(json_array_get(ids, i));
    json_t *flight = id ? document_load(lake->catalog, "flights", id) : NULL;
    enum status status = STATUS_OK;
    if (flight && strcmp(json_field(flight, "primary_log"), json_field(log, "id")) == 0) {
      set_number(flight, "quality", score);
      status = document_store(lake->catalog, "flights", id, flight, error);
    }
    json_decref(flight);
    TRY(status);
  }
  return STATUS_OK;
}

static enum status put_findings(struct lake *lake, const char *id, const struct quality_finding *findings,
                                uint32_t count, struct error *error) {
  json_t *document = document_load(lake->catalog, "logs", id);
  if (!document)
    return error_set(error, STATUS_BUG, "the log %s is not in the catalogue", id);
  double score = json_number_value(json_object_get(document, "quality"));
  for (uint32_t i = 0; i < count; i++) {
    append_finding(document, &findings[i]);
    score -= findings[i].severity;
  }
  score = fmax(0, score);
  set_number(document, "quality", score);
  enum status status = document_store(lake->catalog, "logs", id, document, error);
  if (status == STATUS_OK)
    status = score_flights(lake, document, score, error);
  json_decref(document);
  return status;
}

static enum status judge_logs(struct lake *lake, const struct known_logs *known, struct error *error) {
  for (uint32_t index = 0; index < known->count; index++) {
    struct quality_finding findings[FINDINGS_MAX];
    uint32_t count = 0;
    for (size_t i = 0; rule_list[i] && known->items[index].loaded && count < FINDINGS_MAX; i++)
      if (rule_list[i]->compare && ask(rule_list[i], known, index, &findings[count]))
        findings[count++].rule = rule_list[i]->name;
    if (count)
      TRY(put_findings(lake, known->items[index].log.id, findings, count, error));
  }
  return STATUS_OK;
}

enum status compare_logs(struct lake *lake, const char *vehicle, struct error *error) {
  struct known_logs known = {.arena = arena_new(0)};
  enum status status = find_logs(lake, vehicle, &known, error);
  if (known.count)
    qsort(known.items, known.count, sizeof *known.items, compare_start);
  if (status == STATUS_OK)
    status = judge_logs(lake, &known, error);
  free(known.items);
  arena_free(known.arena);
  return status;
}
