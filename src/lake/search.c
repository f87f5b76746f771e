/* search: see search.h. Records are made in search_record.c, expressions read in search_where.c, likeness is measured
 * in search_like.c; here are the walk over all records and the upkeep. */
#include "lake/search.h"

#include "base/text.h"
#include "lake/lake_private.h"
#include "lake/search_private.h"
#include "lake/search_where.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define REFRESH_BATCH 500u
#define WORDS_MAX ((size_t)64 << 10)
#define LINE_MAX_BYTES 200u

void search_add_hit(struct search_hits *hits, const char *flight, const char *why, double distance) {
  if (hits->count == hits->capacity) {
    uint32_t capacity = MAX(hits->capacity * 2, 64u);
    struct search_hit *items = arena_alloc_array(hits->arena, capacity, sizeof *items);
    if (hits->count)
      memcpy(items, hits->items, hits->count * sizeof *items);
    hits->items = items;
    hits->capacity = capacity;
  }
  hits->items[hits->count++] = (struct search_hit){arena_copy_text(hits->arena, flight), why, distance, NULL};
}

/* ---- upkeep ---- */

struct marked {
  struct arena *arena;
  const char *ids[REFRESH_BATCH];
  uint32_t count;
};

static enum status take_marked(void *context, const char *id, const char *json, struct error *error) {
  struct marked *marked = context;
  (void)json, (void)error;
  marked->ids[marked->count++] = arena_copy_text(marked->arena, id);
  return STATUS_OK;
}

static void add_line(struct buffer *words, const char *text) {
  if (text[0])
    buffer_format(words, "%.2000s\n", text);
}

static enum status add_finding_text(void *context, const char *id, const char *json, struct error *error) {
  (void)id, (void)error;
  json_t *finding = json_loads(json, 0, NULL);
  add_line(context, json_field(finding, "text"));
  json_decref(finding);
  return STATUS_OK;
}

/* What people and files say of the flight, a line each. */
static enum status add_words(struct lake *lake, const char *id, const json_t *flight, struct buffer *words,
                             struct error *error) {
  static const char *const fields[] = {"note", "operator", "payload", "vehicle", "vehicle_class", "firmware"};
  const char *name;
  json_t *value;
  const json_t *logs = json_object_get(flight, "logs");
  add_line(words, id);
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
    add_line(words, json_field(flight, fields[i]));
  json_object_foreach(json_object_get(flight, "tags"), name, value) {
    buffer_format(words, "%.100s=", name);
    add_line(words, json_is_string(value) ? json_string_value(value) : "");
  }
  for (size_t i = 0; i < json_array_size(logs) && i < 16; i++) {
    json_t *log = document_load(lake->catalog, "logs", json_string_value(json_array_get(logs, i)));
    add_line(words, json_field(log, "name"));
    add_line(words, json_field(log, "note"));
    json_decref(log);
  }
  struct catalog_filter filter = {"flight", FILTER_EQUAL, id};
  struct catalog_query query = {.collection = "findings", .filters = &filter, .filter_count = 1, .limit = 50};
  return catalog_find(lake->catalog, &query, add_finding_text, words, error);
}

static enum status refresh_flight(struct lake *lake, struct search_names *names, const char *id, struct error *error) {
  json_t *flight = document_load(lake->catalog, "flights", id);
  json_t *features = document_load(lake->catalog, "features", id);
  scoped(buffer) struct buffer record = buffer_with_max(2 * SEARCH_RECORD_MAX);
  scoped(buffer) struct buffer words = buffer_with_max(WORDS_MAX);
  enum status status;
  if (flight) {
    search_record_pack(names, flight, features, &record);
    status = catalog_put(lake->catalog, "search", id, buffer_text(&record), error);
    if (status == STATUS_OK)
      status = add_words(lake, id, flight, &words, error);
  } else {
    status = catalog_remove(lake->catalog, "search", id, error);
  }
  if (status == STATUS_OK)
    status = catalog_text_put(lake->catalog, id, id, buffer_text(&words), error);
  json_decref(flight);
  json_decref(features);
  return status;
}

/* The names are read inside the transaction: two programs that made records from the same older list would give one
 * place in it to different names. */
static enum status refresh_batch(struct lake *lake, struct search_names *names, const struct marked *marked,
                                 struct error *error) {
  TRY(catalog_begin(lake->catalog, error));
  enum status status = search_names_load(lake->catalog, marked->arena, names, error);
  for (uint32_t i = 0; i < marked->count && status == STATUS_OK; i++)
    status = refresh_flight(lake, names, marked->ids[i], error);
  if (status == STATUS_OK)
    status = search_names_store(lake->catalog, names, error);
  if (status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  catalog_rollback(lake->catalog);
  return status;
}

enum status search_mark_log(struct lake *lake, const json_t *log, struct error *error) {
  const json_t *flights = json_object_get(log, "flights");
  for (size_t i = 0; i < json_array_size(flights); i++) {
    const char *flight = json_string_value(json_array_get(flights, i));
    if (flight)
      TRY(catalog_put(lake->catalog, "search", flight, "{\"stale\":1}", error));
  }
  return STATUS_OK;
}

/* The catalogue of an older version has flights and no marks: all are marked. */
static enum status mark_all(struct lake *lake, struct error *error) {
  json_t *names = document_load(lake->catalog, "settings", "search_names");
  bool known = names != NULL;
  json_decref(names);
  if (known)
    return STATUS_OK;
  scoped(arena) struct arena *arena = arena_new(0);
  const char *last = "";
  for (;;) {
    struct marked marked = {.arena = arena};
    struct catalog_filter filter = {"id", FILTER_AT_LEAST, last};
    struct catalog_query query = {
        .collection = "flights", .filters = &filter, .filter_count = 1, .limit = REFRESH_BATCH};
    TRY(catalog_find(lake->catalog, &query, take_marked, &marked, error));
    for (uint32_t i = 0; i < marked.count; i++)
      TRY(catalog_put(lake->catalog, "search", marked.ids[i], "{\"stale\":1}", error));
    if (marked.count < REFRESH_BATCH)
      return STATUS_OK;
    last = marked.ids[marked.count - 1];
  }
}

enum status search_refresh(struct lake *lake, struct error *error) {
  TRY(mark_all(lake, error));
  for (;;) {
    scoped(arena) struct arena *arena = arena_new(0);
    struct marked marked = {.arena = arena};
    struct search_names *names = arena_alloc(arena, sizeof *names);
    struct catalog_filter filter = {"stale", FILTER_EQUAL, "1"};
    struct catalog_query query = {
        .collection = "search", .filters = &filter, .filter_count = 1, .limit = REFRESH_BATCH};
    TRY(catalog_find(lake->catalog, &query, take_marked, &marked, error));
    if (!marked.count)
      return STATUS_OK;
    TRY(refresh_batch(lake, names, &marked, error));
  }
}

/* ---- the walk ---- */

struct walk {
  search_record_fn *visit;
  void *context;
  uint8_t *scratch;
};

static enum status visit_document(void *context, const char *id, const char *json, struct error *error) {
  const struct walk *walk = context;
  struct search_record record;
  return search_record_read(json, walk->scratch, &record) ? walk->visit(walk->context, id, &record, error) : STATUS_OK;
}

enum status search_walk(struct lake *lake, search_record_fn *visit, void *context, struct error *error) {
  scoped(memory) float *scratch = memory_new(SEARCH_RECORD_MAX);
  struct walk walk = {visit, context, (uint8_t *)scratch};
  struct catalog_query query = {.collection = "search", .any_order = true};
  return catalog_find(lake->catalog, &query, visit_document, &walk, error);
}

/* ---- expressions ---- */

struct filtering {
  struct where *where, *filter; /* filter: NULL none */
  struct search_hits *hits;
};

static enum status take_if_holds(void *context, const char *flight, const struct search_record *record,
                                 struct error *error) {
  const struct filtering *filtering = context;
  (void)error;
  bool holds = !filtering->where || where_holds(filtering->where, record); /* always asked: names are noted as known */
  if (holds && (!filtering->filter || where_holds(filtering->filter, record)))
    search_add_hit(filtering->hits, flight, "", 0);
  return STATUS_OK;
}

/* Names that share a piece with the unknown one. */
static const char *near_names(struct arena *arena, const struct search_names *names, const char *unknown) {
  const char *list = "";
  size_t size = MIN(strcspn(unknown, "_."), (size_t)5);
  for (uint32_t i = 0, found = 0; i < names->count && found < 6; i++)
    if (size >= 3 && strncasecmp(names->names[i], unknown, size) == 0 && ++found)
      list = arena_format(arena, "%s%s%s", list, list[0] ? ", " : "", names->names[i]);
  return list;
}

static int compare_hits(const void *a, const void *b) {
  const struct search_hit *x = a, *y = b;
  return strcmp(x->flight, y->flight);
}

/* What flights may have said of them, though none has yet. */
static bool is_usual(const char *name) {
  static const char *const usual[] = {"operator", "payload", "note",    "worst",   "vehicle", "vehicle_class",
                                      "firmware", "start",   "takeoff", "landing", "end",     "clock_source"};
  for (size_t i = 0; i < ARRAY_COUNT(usual); i++)
    if (strcmp(name, usual[i]) == 0)
      return true;
  return strncmp(name, "tags.", 5) == 0;
}

static enum status check_names(const struct where *where, struct arena *arena, const struct search_names *names,
                               struct error *error) {
  const char *unknown = where && names->count ? where_unknown_name(where, is_usual) : NULL;
  if (!unknown)
    return STATUS_OK;
  const char *near = near_names(arena, names, unknown);
  return error_set(error, STATUS_SETTINGS,
                   "no flight has a figure '%.100s'%s%.300s; 'uavlake flights --fields' lists all", unknown,
                   near[0] ? "; there are " : "", near);
}

static enum status find_where(struct lake *lake, struct arena *arena, const char *expression, const char *filter,
                              struct search_hits *ret_hits, struct error *error) {
  struct search_names *names = arena_alloc(arena, sizeof *names);
  *ret_hits = (struct search_hits){.arena = arena};
  struct filtering filtering = {.hits = ret_hits};
  TRY(search_refresh(lake, error));
  TRY(search_names_load(lake->catalog, arena, names, error));
  if (expression)
    TRY(where_parse(expression, names, arena, &filtering.where, error));
  if (filter)
    TRY(where_parse(filter, names, arena, &filtering.filter, error));
  TRY(search_walk(lake, take_if_holds, &filtering, error));
  if (ret_hits->count)
    qsort(ret_hits->items, ret_hits->count, sizeof *ret_hits->items, compare_hits);
  return check_names(filtering.where, arena, names, error);
}

enum status search_where(struct lake *lake, struct arena *arena, const char *expression, struct search_hits *ret_hits,
                         struct error *error) {
  return find_where(lake, arena, expression, NULL, ret_hits, error);
}

static enum status take_text_names(void *context, const char *flight, const struct search_record *record,
                                   struct error *error) {
  struct search_names *names = context;
  const char *at = record->texts.data, *end = at + record->texts.size;
  (void)flight, (void)error;
  while (at < end) {
    uint32_t i = 0;
    while (i < names->count && strcmp(names->names[i], at) != 0)
      i++;
    if (i == names->count && names->count < SEARCH_NAMES_MAX)
      names->names[names->count++] = arena_copy_text(names->arena, at);
    at += strlen(at) + 1;
    at += at < end ? strlen(at) + 1 : 0;
  }
  return STATUS_OK;
}

static int compare_names(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum status search_names(struct lake *lake, struct arena *arena, const char *const **ret_names, uint32_t *ret_count,
                         struct error *error) {
  struct search_names *names = arena_alloc(arena, sizeof *names);
  TRY(search_refresh(lake, error));
  TRY(search_names_load(lake->catalog, arena, names, error));
  TRY(search_walk(lake, take_text_names, names, error));
  qsort(names->names, names->count, sizeof names->names[0], compare_names);
  *ret_names = names->names;
  *ret_count = names->count;
  return STATUS_OK;
}

/* ---- words ---- */

/* How many of the words the line holds. */
static uint32_t count_words(const char *line, const char *words) {
  uint32_t count = 0;
  for (const char *at = words; *at;) {
    char word[64];
    size_t blank = strspn(at, " \t"), size = strcspn(at + blank, " \t");
    snprintf(word, sizeof word, "%.*s", (int)MIN(size, sizeof word - 1), at + blank);
    count += word[0] && strcasestr(line, word);
    at += blank + size;
  }
  return count;
}

/* The line that holds most of the words. */
static const char *found_line(struct arena *arena, const char *text, const char *words) {
  char line[LINE_MAX_BYTES + 1], best[LINE_MAX_BYTES + 1] = "";
  uint32_t most = 0;
  for (const char *at = text; *at;) {
    size_t size = strcspn(at, "\n");
    snprintf(line, sizeof line, "%.*s", (int)MIN(size, (size_t)LINE_MAX_BYTES), at);
    uint32_t count = count_words(line, words);
    if (count > most || !best[0]) {
      most = count;
      memcpy(best, line, sizeof best);
    }
    at += size + (at[size] == '\n');
  }
  return text_to_utf8(arena, text_of(best)); /* the cut may have split a character */
}

static enum status take_text(void *context, const char *id, const char *subject, struct error *error) {
  struct search_hits *hits = context;
  (void)error;
  search_add_hit(hits, subject, "", 0);
  hits->items[hits->count - 1].text = arena_copy_text(hits->arena, id);
  return STATUS_OK;
}

/* By flight; hits of one flight in the order they came in, which is that of their addresses. */
static int compare_places(const void *a, const void *b) {
  const struct search_hit *x = *(const struct search_hit *const *)a, *y = *(const struct search_hit *const *)b;
  int order = strcmp(x->flight, y->flight);
  return order ? order : (x > y) - (x < y);
}

static int compare_id(const void *flight, const void *place) {
  return strcmp(flight, (*(const struct search_hit *const *)place)->flight);
}

/* The hits, sorted by flight; free() it. */
static const struct search_hit **sorted_places(const struct search_hits *hits) {
  const struct search_hit **places = memory_new(MAX((size_t)hits->count, (size_t)1) * sizeof *places);
  for (uint32_t i = 0; i < hits->count; i++)
    places[i] = &hits->items[i];
  qsort(places, hits->count, sizeof *places, compare_places);
  return places;
}

static void drop_nameless(struct search_hits *hits) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < hits->count; i++)
    if (hits->items[i].flight)
      hits->items[kept++] = hits->items[i];
  hits->count = kept;
}

/* Of several texts of a flight the best stays. */
static void keep_best(struct search_hits *hits) {
  const struct search_hit **places = sorted_places(hits);
  for (uint32_t i = 0, first = 0; i < hits->count; i++)
    if (i && strcmp(places[i]->flight, places[first]->flight) == 0)
      hits->items[places[i] - hits->items].flight = NULL;
    else
      first = i;
  free(places);
  drop_nameless(hits);
}

static enum status find_text(struct lake *lake, struct arena *arena, const char *words, struct search_hits *ret_hits,
                             struct error *error) {
  *ret_hits = (struct search_hits){.arena = arena};
  TRY(search_refresh(lake, error));
  TRY(catalog_text_find(lake->catalog, words, take_text, ret_hits, error));
  keep_best(ret_hits);
  return STATUS_OK;
}

/* The line of each hit: read when it is known which hits there are. */
static void tell_lines(struct lake *lake, const char *words, struct search_hits *hits) {
  scoped(arena) struct arena *arena = arena_new(0);
  for (uint32_t i = 0; i < MIN(hits->count, SEARCH_TOLD_MAX); i++) {
    const char *text;
    if (catalog_text_get(lake->catalog, arena, hits->items[i].text, &text, NULL) == STATUS_OK)
      hits->items[i].why = found_line(hits->arena, text, words);
    arena_reset(arena);
  }
}

enum status search_text(struct lake *lake, struct arena *arena, const char *words, struct search_hits *ret_hits,
                        struct error *error) {
  TRY(find_text(lake, arena, words, ret_hits, error));
  tell_lines(lake, words, ret_hits);
  return STATUS_OK;
}

/* ---- together ---- */

#define LIKE_MOST 1000u /* where the nearest are thinned out by words or an expression */

/* Those of `hits` that are among `others` too. */
static void keep_common(struct search_hits *hits, const struct search_hits *others) {
  const struct search_hit **places = sorted_places(others);
  for (uint32_t i = 0; i < hits->count; i++)
    if (!bsearch(hits->items[i].flight, places, others->count, sizeof *places, compare_id))
      hits->items[i].flight = NULL;
  free(places);
  drop_nameless(hits);
}

enum status search_flights(struct lake *lake, struct arena *arena, const struct search_query *query,
                           struct search_hits *ret_hits, struct error *error) {
  struct search_hits found[3] = {0};
  uint32_t count = 0, nearest = query->where || query->filter || query->text ? LIKE_MOST : query->like_limit;
  if (query->like)
    TRY(search_like(lake, arena, query->like, nearest, &found[count++], error));
  if (query->text)
    TRY(find_text(lake, arena, query->text, &found[count++], error));
  if (query->where || query->filter)
    TRY(find_where(lake, arena, query->where, query->filter, &found[count++], error));
  for (uint32_t i = 1; i < count; i++)
    keep_common(&found[0], &found[i]);
  if (query->like)
    found[0].count = MIN(found[0].count, query->like_limit);
  else if (query->text)
    tell_lines(lake, query->text, &found[0]);
  *ret_hits = found[0];
  return STATUS_OK;
}
