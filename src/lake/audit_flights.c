/* audit_flights: flights, logs and findings that name each other are all there. */
#include "lake/audit_private.h"

#include <stdlib.h>

struct name {
  const char *id, *by; /* by: the log that names it, "" */
};

struct names {
  struct name *list; /* in the order of their ids */
  size_t count, capacity;
};

struct state {
  struct names logs, flights, wanted; /* wanted: in any order, until they are compared */
};

static void add_name(struct audit *audit, struct names *names, const char *id, const char *by) {
  if (names->count == names->capacity) {
    names->capacity = MAX((size_t)1024, names->capacity * 2);
    names->list = memory_resize(names->list, names->capacity, sizeof *names->list);
  }
  names->list[names->count++] = (struct name){arena_copy_text(audit->arena, id), by};
}

static int compare_names(const void *a, const void *b) {
  return strcmp(((const struct name *)a)->id, ((const struct name *)b)->id);
}

static bool has_name(const struct names *names, const char *id) {
  struct name wanted = {.id = id};
  return id && names->count && bsearch(&wanted, names->list, names->count, sizeof wanted, compare_names) != NULL;
}

static void *begin(struct audit *audit) {
  return arena_alloc(audit->arena, sizeof(struct state));
}

static void end(void *opaque) {
  struct state *state = opaque;
  free(state->logs.list);
  free(state->flights.list);
  free(state->wanted.list);
}

static void take_log(struct audit *audit, void *opaque, const char *id, const json_t *log) {
  struct state *state = opaque;
  const json_t *flight;
  size_t i;
  add_name(audit, &state->logs, id, "");
  id = state->logs.list[state->logs.count - 1].id;
  json_array_foreach(json_object_get(log, "flights"), i, flight) if (json_is_string(flight))
      add_name(audit, &state->wanted, json_string_value(flight), id);
  if (audit_text(log, "flight")[0])
    add_name(audit, &state->wanted, audit_text(log, "flight"), id);
}

static void take_flight(struct audit *audit, void *opaque, const char *id, const json_t *flight) {
  struct state *state = opaque;
  const json_t *logs = json_object_get(flight, "logs"), *log;
  bool any = json_array_size(logs) == 0;
  size_t i;
  add_name(audit, &state->flights, id, "");
  json_array_foreach(logs, i, log) any |= has_name(&state->logs, json_string_value(log));
  if (any)
    return;
  const char *flights[] = {id};
  audit_tell(audit, &(struct audit_fault){.what = "flight_without_log",
                                          .path = id,
                                          .vehicle = audit_text(flight, "vehicle"),
                                          .flights = flights,
                                          .flight_count = 1,
                                          .text = "none of its logs is in the catalogue",
                                          .remedy = "add its logs again"});
}

static void take_finding(struct audit *audit, void *opaque, const char *id, const json_t *finding) {
  struct state *state = opaque;
  const char *flights[] = {audit_text(finding, "flight")};
  if (!flights[0][0] || has_name(&state->flights, flights[0]))
    return;
  audit_tell(audit, &(struct audit_fault){.what = "finding_without_flight",
                                          .path = id,
                                          .log = audit_text(finding, "log"),
                                          .vehicle = audit_text(finding, "vehicle"),
                                          .flights = flights,
                                          .flight_count = 1,
                                          .text = "it tells of a flight that is not in the catalogue",
                                          .remedy = "add the flight's logs again"});
}

static enum status look(struct audit *audit, void *opaque, struct error *error) {
  struct state *state = opaque;
  const char *last = "";
  (void)error;
  if (state->wanted.count)
    qsort(state->wanted.list, state->wanted.count, sizeof *state->wanted.list, compare_names);
  for (size_t i = 0; i < state->wanted.count; i++) {
    const struct name *name = &state->wanted.list[i];
    char remedy[64];
    if (strcmp(name->id, last) == 0 || has_name(&state->flights, name->id))
      continue;
    last = name->id;
    snprintf(remedy, sizeof remedy, "uavlake recompute --log %.12s", name->by);
    audit_tell(audit, &(struct audit_fault){.what = "flight_missing",
                                            .path = name->id,
                                            .log = name->by,
                                            .flights = &last,
                                            .flight_count = 1,
                                            .text = "a log names this flight, which is not in the catalogue",
                                            .remedy = remedy});
  }
  return STATUS_OK;
}

static void put(struct audit *audit, void *opaque, struct json_writer *json) {
  const struct state *state = opaque;
  (void)audit;
  json_i64(json, "known", (int64_t)state->flights.count);
}

const struct audit_check audit_check_flights = {
    .name = "flights",
    .begin = begin,
    .log = take_log,
    .flight = take_flight,
    .finding = take_finding,
    .look = look,
    .put = put,
    .end = end,
};
