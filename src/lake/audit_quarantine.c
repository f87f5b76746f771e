/* audit_quarantine: how much stands in quarantine, since when, and why. No fault: it waits for a person. */
#include "lake/audit_private.h"

#define LISTED 50u

struct state {
  uint64_t logs, bytes;
  char oldest[CLOCK_TEXT_SIZE];
  struct buffer list; /* JSON array without brackets */
};

static void *begin(struct audit *audit) {
  struct state *state = arena_alloc(audit->arena, sizeof *state);
  state->list = buffer_with_max((size_t)256 << 10);
  return state;
}

static void end(void *opaque) {
  buffer_free(&((struct state *)opaque)->list);
}

static void take_log(struct audit *audit, void *opaque, const char *id, const json_t *log) {
  static const char *const fields[] = {"name", "kind", "vehicle", "added", "reason"};
  struct state *state = opaque;
  const char *added = audit_text(log, "added");
  (void)audit;
  if (strcmp(audit_text(log, "state"), "quarantined") != 0)
    return;
  state->bytes += audit_number(log, "bytes");
  if (!state->oldest[0] || strcmp(added, state->oldest) < 0)
    snprintf(state->oldest, sizeof state->oldest, "%s", added);
  if (state->logs++ >= LISTED)
    return;
  struct json_writer json = {&state->list, state->logs > 1};
  json_object_begin(&json, NULL);
  json_c_string(&json, "log", id);
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
    json_c_string(&json, fields[i], audit_text(log, fields[i]));
  json_object_end(&json);
}

static void put(struct audit *audit, void *opaque, struct json_writer *json) {
  struct state *state = opaque;
  scoped(buffer) struct buffer list = buffer_with_max((size_t)257 << 10);
  (void)audit;
  json_i64(json, "logs", (int64_t)state->logs);
  json_i64(json, "bytes", (int64_t)state->bytes);
  json_c_string(json, "oldest", state->oldest[0] ? state->oldest : NULL);
  buffer_format(&list, "[%s]", buffer_text(&state->list));
  json_raw(json, "list", buffer_text(&list));
}

const struct audit_check audit_check_quarantine = {
    .name = "quarantine", .begin = begin, .log = take_log, .put = put, .end = end};
