/* health: what is wearing out: the findings over the flights, as a table or one JSON object a line:
 *   vehicle, flight_id, log (the path it came from), kind, component, severity, confidence, from_s, to_s (seconds of
 *   the log's own clock), text, evidence (what it rests on), state. */
#include "base/clock.h"
#include "command/listing.h"
#include "lake/document.h"

#include <stdlib.h>

#define FILTERS_MAX 16

struct findings {
  struct arena *arena;
  json_t **items;
  uint32_t count, capacity;
};

static enum status collect(void *context, const char *id, const char *json, struct error *error) {
  (void)id, (void)error;
  struct findings *findings = context;
  json_t *finding = json_loads(json, 0, NULL);
  if (!finding)
    return STATUS_OK;
  if (findings->count == findings->capacity) {
    findings->capacity = MAX(findings->capacity * 2, 64u);
    findings->items = memory_resize(findings->items, findings->capacity, sizeof(json_t *));
  }
  findings->items[findings->count++] = finding;
  return STATUS_OK;
}

static void findings_scope_end(struct findings *findings) {
  for (uint32_t i = 0; i < findings->count; i++)
    json_decref(findings->items[i]);
  free(findings->items);
}

static enum status add_time(struct invocation *in, const char *option, enum filter_op op,
                            struct catalog_filter *filters, uint32_t *count, struct error *error) {
  const char *typed = invocation_option(in, option);
  int64_t time_us;
  if (!typed)
    return STATUS_OK;
  if (!clock_parse(text_of(typed), &time_us))
    return error_set(error, STATUS_SETTINGS, "--%s wants a time such as 2026-03-01 or 2026-03-01T10:00Z, not '%s'",
                     option, typed);
  filters[(*count)++] = (struct catalog_filter){"time", op,
                                                clock_format(arena_alloc(in->arena, CLOCK_TEXT_SIZE), time_us)};
  return STATUS_OK;
}

static enum status find(struct invocation *in, struct lake *lake, struct findings *findings, struct error *error) {
  static const char *const equal[] = {"vehicle", "flight", "kind", "component", "severity", "state"};
  struct catalog_filter filters[FILTERS_MAX];
  uint32_t count = 0;
  int64_t limit = 0;
  for (size_t i = 0; i < ARRAY_COUNT(equal); i++)
    if (invocation_option(in, equal[i]))
      filters[count++] = (struct catalog_filter){equal[i], FILTER_EQUAL, invocation_option(in, equal[i])};
  TRY(add_time(in, "from", FILTER_AT_LEAST, filters, &count, error));
  TRY(add_time(in, "to", FILTER_BELOW, filters, &count, error));
  TRY(invocation_number(in, "limit", 1, 1000000000, &limit, error));
  struct catalog_query query = {.collection = "findings",
                                .filters = filters,
                                .filter_count = count,
                                .order_by = "time",
                                .limit = (uint32_t)limit};
  return catalog_find(lake_catalog(lake), &query, collect, findings, error);
}

/* ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Where the finding's log came from; the log's id where the catalogue does not know. */
static const char *log_path(struct lake *lake, struct arena *arena, const char *id) {
  json_t *log = document_load(lake_catalog(lake), "logs", id);
  const char *path = arena_copy_text(arena, json_field(log, "path")[0] ? json_field(log, "path") : id);
  json_decref(log);
  return path;
}

static void put_number(struct json_writer *json, const char *name, const json_t *finding, const char *field) {
  const json_t *value = json_object_get(finding, field);
  if (json_is_number(value))
    json_double(json, name, json_number_value(value));
  else
    json_put_null(json, name);
}

static void put_evidence(struct json_writer *json, const json_t *finding) {
  static const char *const texts[] = {"feature", "since", "closed_by", "follows"};
  static const char *const numbers[] = {"value", "baseline", "limit", "seen"};
  json_object_begin(json, "evidence");
  for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
    if (json_field(finding, texts[i])[0])
      json_c_string(json, texts[i], json_field(finding, texts[i]));
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
    if (json_is_number(json_object_get(finding, numbers[i])))
      put_number(json, numbers[i], finding, numbers[i]);
  json_object_end(json);
}

static void print_line(const json_t *finding, const char *log) {
  static const char *const named[][2] = {{"kind", "kind"}, {"component", "component"}, {"severity", "severity"}};
  scoped(buffer) struct buffer text = buffer_with_max(64 << 10);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "vehicle", json_field(finding, "vehicle"));
  json_c_string(&json, "flight_id", json_field(finding, "flight"));
  json_c_string(&json, "log", log);
  for (size_t i = 0; i < ARRAY_COUNT(named); i++)
    json_c_string(&json, named[i][0], json_field(finding, named[i][1]));
  put_number(&json, "confidence", finding, "confidence");
  put_number(&json, "from_s", finding, "from_s");
  put_number(&json, "to_s", finding, "to_s");
  json_c_string(&json, "text", json_field(finding, "text"));
  put_evidence(&json, finding);
  json_c_string(&json, "state", json_field(finding, "state"));
  json_object_end(&json);
  puts(buffer_text(&text));
}

static void print_json(struct lake *lake, struct arena *arena, const struct findings *findings) {
  const char *id = "", *path = ""; /* findings of one log follow each other */
  for (uint32_t i = 0; i < findings->count; i++) {
    const json_t *finding = findings->items[i];
    if (strcmp(json_field(finding, "log"), id) != 0) {
      id = json_field(finding, "log");
      path = log_path(lake, arena, id);
    }
    print_line(finding, path);
  }
}

/* ── table ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *short_time(struct arena *arena, const json_t *finding) {
  char *text = arena_copy_text(arena, json_field(finding, "time"));
  if (strlen(text) > 19) {
    text[10] = ' ';
    text[19] = 0;
  }
  return text;
}

static void print_table(struct arena *arena, const struct findings *findings) {
  static const char *const titles[] = {"flight (UTC)", "vehicle", "severity", "kind",
                                       "component",    "conf.",   "state",    "finding"};
  struct cells *cells = cells_new(arena, ARRAY_COUNT(titles));
  for (size_t i = 0; i < ARRAY_COUNT(titles); i++)
    cells_add(cells, titles[i], i == 5);
  for (uint32_t i = 0; i < findings->count; i++) {
    const json_t *finding = findings->items[i];
    cells_add(cells, short_time(arena, finding), false);
    cells_add(cells, json_field(finding, "vehicle"), false);
    cells_add(cells, json_field(finding, "severity"), false);
    cells_add(cells, json_field(finding, "kind"), false);
    cells_add(cells, json_field(finding, "component"), false);
    cells_add(cells, arena_format(arena, "%.2f", json_number_value(json_object_get(finding, "confidence"))), true);
    cells_add(cells, json_field(finding, "state"), false);
    cells_add(cells, json_field(finding, "text"), false);
  }
  if (findings->count)
    cells_print(cells, stdout);
  else
    puts("no findings");
  if (findings->count > 1)
    printf("%u findings\n", findings->count);
}

static enum status health_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  scoped(findings) struct findings findings = {in->arena, NULL, 0, 0};
  TRY(open_lake(in, &lake, error));
  TRY(find(in, lake, &findings, error));
  if (in->json)
    print_json(lake, in->arena, &findings);
  else
    print_table(in->arena, &findings);
  return STATUS_OK;
}

const struct command command_health = {
    .name = "health",
    .arguments = "",
    .about = "list what is wearing out, with evidence",
    .details =
        "A finding is open until a later flight measured the same and found nothing; of one that comes on several "
        "flights the last is open, the others are repeated.\n\n"
        "With --json each line is an object: vehicle, flight_id, log (where it came from), kind, component, severity, "
        "confidence, from_s and to_s (seconds of the log's own clock), text, evidence, state.\n\n"
        "Examples:\n  uavlake health --state open\n  uavlake health --vehicle uav11 --json",
    .options = (const struct option[]){{"vehicle", 'v', "NAME", "only this vehicle"},
                                       {"flight", 'f', "ID", "only this flight"},
                                       {"kind", 0, "KIND", "only this kind: battery, propulsion, …"},
                                       {"component", 0, "PART", "only this part: \"motor 3\""},
                                       {"severity", 0, "LEVEL", "info, warning or critical"},
                                       {"state", 0, "STATE", "open, repeated or closed"},
                                       {"from", 0, "TIME", "only flights from this time on (2026-03-01)"},
                                       {"to", 0, "TIME", "only flights before this time"},
                                       {"limit", 'n', "COUNT", "at most so many"},
                                       {NULL}},
    .run = health_run,
};
