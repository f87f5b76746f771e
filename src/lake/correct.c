/* correct: see correct.h. The rows of tables are not rewritten: documents of the collection settings ("link:<log>",
 * "alias:<vehicle>") say what SQL shows for them (warehouse/view.c). */
#include "lake/correct.h"

#include "lake/part.h"
#include "lake/relate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* changes: stolen. */
static void note_history(json_t *document, const char *by, json_t *changes) {
  char time[CLOCK_TEXT_SIZE];
  if (!json_is_array(json_object_get(document, "history")))
    json_object_set_new(document, "history", json_array());
  json_array_append_new(
      json_object_get(document, "history"),
      json_pack("{s:s, s:s, s:o}", "time", clock_format(time, clock_now_us()), "by", by, "changes", changes));
}

static json_t *change_of(const char *field, const char *from, const char *to) {
  return json_pack("{s:{s:s?, s:s?}}", field, "from", from && from[0] ? from : NULL, "to", to && to[0] ? to : NULL);
}

static const char *flight_of(const json_t *log) {
  const char *first = json_string_value(json_array_get(json_object_get(log, "flights"), 0));
  return json_field(log, "flight")[0] ? json_field(log, "flight") : first ? first : "";
}

static void remove_from_list(json_t *document, const char *name, const char *value) {
  json_t *list = json_object_get(document, name);
  for (size_t i = json_array_size(list); i-- > 0;) {
    const char *item = json_string_value(json_array_get(list, i));
    if (item && strcmp(item, value) == 0)
      json_array_remove(list, i);
  }
}

/* ---- link and unlink ---- */

static enum status leave_flight(struct lake *lake, const char *log_id, const char *flight_id, bool forced,
                                struct error *error) {
  json_t *flight = document_load(lake->catalog, "flights", flight_id);
  if (!flight)
    return STATUS_OK;
  enum status status = STATUS_OK;
  bool describes = strcmp(json_field(flight, "primary_log"), log_id) == 0;
  bool alone = json_array_size(json_object_get(flight, "logs")) < 2;
  if (describes && !(alone && forced)) {
    status = error_set(error, STATUS_SETTINGS, "log %.12s describes the flight %s: unlink the other logs instead",
                       log_id, flight_id);
  } else if (!describes) {
    remove_from_list(flight, "logs", log_id);
    remove_from_list(flight, "photos", log_id);
    json_object_del(json_object_get(flight, "links"), log_id);
    part_remove(flight, log_id);
    status = document_store(lake->catalog, "flights", flight_id, flight, error);
  }
  json_decref(flight);
  return status;
}

/* Its times are those of its own clock again. */
static void restore_clock(json_t *log) {
  int64_t clock_us, start_us, end_us;
  char text[CLOCK_TEXT_SIZE];
  if (!clock_parse(text_of(json_field(log, "clock_start")), &clock_us) ||
      !clock_parse(text_of(json_field(log, "start")), &start_us))
    return;
  if (clock_parse(text_of(json_field(log, "end")), &end_us))
    json_object_set_new(log, "end", json_string(clock_format(text, end_us + clock_us - start_us)));
  json_object_set_new(log, "start", json_string(clock_format(text, clock_us)));
  json_object_del(log, "clock_start");
  json_object_del(log, "zone_inferred_h");
}

static enum status set_apart(struct lake *lake, json_t *log, struct error *error) {
  char id[SHA256_TEXT + 8];
  snprintf(id, sizeof id, "link:%.64s", json_field(log, "id"));
  json_t *view = json_pack("{s:s,s:s,s:s,s:i}", "kind", "link", "log", json_field(log, "id"), "flight", "", "shift_us",
                           0);
  enum status status = document_store(lake->catalog, "settings", id, view, error);
  json_decref(view);
  restore_clock(log);
  json_object_set_new(log, "linked", json_false());
  json_object_set_new(log, "corrected", json_true());
  json_object_set_new(log, "link_doubt", json_string("a person said that it belongs to no flight"));
  if (json_object_get(log, "flights"))
    json_object_set_new(log, "flights", json_array());
  json_object_del(log, "flight");
  json_object_del(log, "link");
  return status;
}

static enum status unlink_log(struct lake *lake, const char *log_id, const char *by, struct error *error) {
  json_t *log = document_load(lake->catalog, "logs", log_id);
  const char *flight = flight_of(log);
  enum status status;
  if (!flight[0]) {
    status = error_set(error, STATUS_SETTINGS, "log %.12s belongs to no flight; there is nothing to unlink", log_id);
  } else {
    status = leave_flight(lake, log_id, flight, false, error);
    if (status == STATUS_OK) {
      note_history(log, by, change_of("flight", flight, NULL));
      status = set_apart(lake, log, error);
    }
    if (status == STATUS_OK)
      status = document_store(lake->catalog, "logs", log_id, log, error);
  }
  json_decref(log);
  return status;
}

/* The clock's shift where a person names the flight: by track; else by whole quarters of an hour; else both begin
 * together. */
static int64_t shift_to(const struct member *member, const struct reference *flight) {
  struct track_match match, best = {0};
  double best_score = 0;
  if (member->trusted)
    return 0;
  for (int64_t zone_us = -ZONE_MAX_US; zone_us <= ZONE_MAX_US && member->track.count; zone_us += ZONE_STEP_US) {
    bool fits = track_match(&flight->track, &member->track, zone_us, 300 * US_PER_S, &match);
    if (fits && track_match_score(&match) > best_score) {
      best_score = track_match_score(&match);
      best = match;
    }
  }
  if (best_score > 0)
    return best.shift_us;
  for (int64_t zone_us = -ZONE_MAX_US; zone_us <= ZONE_MAX_US; zone_us += ZONE_STEP_US)
    if (member->start_us + zone_us >= flight->start_us && member->start_us + zone_us <= flight->end_us)
      return zone_us;
  return flight->start_us - member->start_us;
}

static enum status link_log(struct lake *lake, const char *log_id, const char *flight_id, const char *by,
                            struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct relation relation = {.method = "said by a person", .confidence = 1, .distance_m = NAN};
  struct reference flight;
  struct member member;
  json_t *log = document_load(lake->catalog, "logs", log_id);
  char *before = memory_copy_text(flight_of(log));
  enum status status = relate_read_flight(lake, arena, flight_id, &flight, error);
  if (status == STATUS_OK && before[0] && strcmp(before, flight_id) != 0)
    status = leave_flight(lake, log_id, before, true, error);
  if (status == STATUS_OK) {
    restore_clock(log);
    json_object_set_new(log, "corrected", json_true());
    note_history(log, by, change_of("flight", before, flight_id));
    status = document_store(lake->catalog, "logs", log_id, log, error);
  }
  if (status == STATUS_OK) {
    relate_member_of(arena, log, &member);
    relation.member = &member;
    relation.flight = &flight;
    relation.shift_us = shift_to(&member, &flight);
    status = relate_store(lake, &relation, error);
  }
  json_decref(log);
  free(before);
  return status;
}

static enum status finish(struct lake *lake, enum status status, struct error *error) {
  if (status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  catalog_rollback(lake->catalog);
  return status;
}

enum status correct_link(struct lake *lake, const char *log_id, const char *flight_id, const char *by,
                         struct error *error) {
  TRY(catalog_begin(lake->catalog, error));
  return finish(lake, link_log(lake, log_id, flight_id, by, error), error);
}

enum status correct_unlink(struct lake *lake, const char *log_id, const char *by, struct error *error) {
  TRY(catalog_begin(lake->catalog, error));
  return finish(lake, unlink_log(lake, log_id, by, error), error);
}

/* ---- vehicles ---- */

struct renaming {
  const char *field, *to;
  char (*ids)[256];
  uint32_t count;
};

static enum status collect_id(void *context, const char *id, const char *text, struct error *error) {
  (void)text, (void)error;
  struct renaming *renaming = context;
  if ((renaming->count & (renaming->count - 1)) == 0)
    renaming->ids = memory_resize(renaming->ids, MAX(renaming->count * 2, 1u), sizeof *renaming->ids);
  snprintf(renaming->ids[renaming->count++], sizeof *renaming->ids, "%s", id);
  return STATUS_OK;
}

/* In every document of the collection whose `field` is `from`. */
static enum status rename_in(struct lake *lake, const char *collection, const char *field, const char *from,
                             const char *to, struct error *error) {
  struct renaming renaming = {.field = field, .to = to};
  struct catalog_filter filter = {field, FILTER_EQUAL, from};
  struct catalog_query query = {.collection = collection, .filters = &filter, .filter_count = 1};
  enum status status = catalog_find(lake->catalog, &query, collect_id, &renaming, error);
  for (uint32_t i = 0; i < renaming.count && status == STATUS_OK; i++) {
    json_t *document = document_load(lake->catalog, collection, renaming.ids[i]);
    json_object_set_new(document, field, json_string(to));
    status = document_store(lake->catalog, collection, renaming.ids[i], document, error);
    json_decref(document);
  }
  free(renaming.ids);
  return status;
}

static enum status put_alias(struct lake *lake, const char *from, const char *to, struct error *error) {
  char id[128];
  snprintf(id, sizeof id, "alias:%.100s", from);
  TRY(rename_in(lake, "settings", "alias_to", from, to, error));
  json_t *alias = json_pack("{s:s,s:s,s:s}", "kind", "alias", "from", from, "alias_to", to);
  enum status status = document_store(lake->catalog, "settings", id, alias, error);
  json_decref(alias);
  if (status != STATUS_OK)
    return status;
  snprintf(id, sizeof id, "alias:%.100s", to); /* a name that comes back is no alias any more */
  return catalog_remove(lake->catalog, "settings", id, error);
}

/* The document of `to` takes over what `from`'s says. */
static enum status join_documents(struct lake *lake, const char *from, const char *to, bool merge, const char *by,
                                  struct error *error) {
  json_t *old = document_load(lake->catalog, "vehicles", from), *new = document_load(lake->catalog, "vehicles", to);
  enum status status = STATUS_OK;
  if (!old)
    status = error_set(error, STATUS_NOT_FOUND, "there is no vehicle '%s'; 'uavlake vehicles' lists them", from);
  else if (merge && !new)
    status = error_set(error, STATUS_NOT_FOUND, "there is no vehicle '%s'; to give '%s' that name, rename it", to,
                       from);
  else if (!merge && new)
    status = error_set(error, STATUS_EXISTS, "there is a vehicle '%s' already; if both are one, merge them", to);
  if (status == STATUS_OK) {
    if (!new)
      new = json_incref(old);
    json_object_set_new(new, "id", json_string(to));
    json_object_set_new(new, "name", json_string(to));
    const json_t *aliases = json_object_get(old, "aliases");
    for (size_t i = 0; old != new &&i < json_array_size(aliases); i++)
      document_list_once(new, "aliases", json_string_value(json_array_get(aliases, i)));
    document_list_once(new, "aliases", from);
    remove_from_list(new, "aliases", to);
    note_history(new, by, change_of(merge ? "merged" : "name", from, to));
    status = document_store(lake->catalog, "vehicles", to, new, error);
  }
  json_decref(old);
  json_decref(new);
  return status == STATUS_OK ? catalog_remove(lake->catalog, "vehicles", from, error) : status;
}

static enum status join_vehicles(struct lake *lake, const char *from, const char *to, bool merge, const char *by,
                                 struct error *error) {
  static const char *const collections[] = {"logs", "flights", "features", "findings", "maintenance", "settings"};
  TRY(join_documents(lake, from, to, merge, by, error));
  for (size_t i = 0; i < ARRAY_COUNT(collections); i++)
    TRY(rename_in(lake, collections[i], "vehicle", from, to, error));
  TRY(put_alias(lake, from, to, error));
  return document_put_vehicle(lake, to, error);
}

enum status correct_vehicle(struct lake *lake, const char *from, const char *to, bool merge, const char *by,
                            struct error *error) {
  uint64_t findings = 0;
  scoped(arena) struct arena *arena = arena_new(0);
  if (strcmp(from, to) == 0)
    return error_set(error, STATUS_SETTINGS, "both names are '%s'", from);
  if (!to[0] || strlen(to) > 64 || strcmp(to, "unknown") == 0 || strcmp(text_safe_part(arena, text_of(to)), to) != 0)
    return error_set(error, STATUS_SETTINGS, "'%s' cannot name a vehicle: use letters, digits, '-', '_' and '.'", to);
  TRY(catalog_begin(lake->catalog, error));
  TRY(finish(lake, join_vehicles(lake, from, to, merge, by, error), error));
  return merge ? assess_vehicle(lake, to, "", &findings, error) : STATUS_OK;
}

const char *correct_vehicle_name(struct lake *lake, struct arena *arena, const char *name) {
  char id[128];
  snprintf(id, sizeof id, "alias:%.100s", name);
  json_t *alias = document_load(lake->catalog, "settings", id);
  const char *to = alias ? arena_copy_text(arena, json_field(alias, "alias_to")) : name;
  json_decref(alias);
  return to;
}
