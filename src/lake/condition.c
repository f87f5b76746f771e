/* condition: which findings of a vehicle still stand.
 *
 * Each flight is judged alone, so a worn bearing gives a finding on every flight. Over the flights they are one: the
 * same kind, part and feature. Of such a row only the last finding is open, with `since` and `seen` (flights), and the
 * earlier ones are `repeated`. It is `closed`, by the first later flight that measured the same feature and found
 * nothing. A flight that could not measure it closes nothing; but counts and instants (…_count, …_at_s) are features
 * of a flight only where something happened, so their absence means that nothing did. */
#include "lake/document.h"
#include "lake/lake_private.h"

#include <math.h>
#include <stdlib.h>

/* The vehicle's findings in question, as documents, oldest first. */
struct row {
  json_t **findings;
  uint32_t count;
};

static enum status collect(void *context, const char *id, const char *text, struct error *error) {
  struct row *row = context;
  (void)id, (void)error;
  json_t *document = json_loads(text, 0, NULL);
  if (!document)
    return STATUS_OK;
  if ((row->count & (row->count - 1)) == 0)
    row->findings = memory_resize(row->findings, MAX(row->count * 2, 1u), sizeof *row->findings);
  row->findings[row->count++] = document;
  return STATUS_OK;
}

static void row_free(struct row *row) {
  for (uint32_t i = 0; i < row->count; i++)
    json_decref(row->findings[i]);
  free(row->findings);
}

/* Those before `from` that are open, and all from then on. */
static enum status load_row(struct lake *lake, const char *vehicle, const char *from, struct row *row,
                            struct error *error) {
  struct catalog_filter before[] = {
      {"vehicle", FILTER_EQUAL, vehicle}, {"state", FILTER_EQUAL, "open"}, {"time", FILTER_BELOW, from}};
  struct catalog_filter since[] = {{"vehicle", FILTER_EQUAL, vehicle}, {"time", FILTER_AT_LEAST, from}};
  struct catalog_query query = {.collection = "findings", .filters = before, .filter_count = 3, .order_by = "time"};
  TRY(catalog_find(lake->catalog, &query, collect, row, error));
  query.filters = since;
  query.filter_count = 2;
  return catalog_find(lake->catalog, &query, collect, row, error);
}

static bool is_same(const json_t *a, const json_t *b) {
  static const char *const fields[] = {"kind", "component", "feature"};
  for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
    if (strcmp(json_field(a, fields[i]), json_field(b, fields[i])) != 0)
      return false;
  return true;
}

/* The next finding of the same row, NULL where there is none. */
static json_t *find_next(const struct row *row, uint32_t index) {
  for (uint32_t i = index + 1; i < row->count; i++)
    if (is_same(row->findings[index], row->findings[i]))
      return row->findings[i];
  return NULL;
}

static bool ends_in(const char *name, const char *ending) {
  size_t size = strlen(name), length = strlen(ending);
  return size >= length && strcmp(name + size - length, ending) == 0;
}

static bool was_measured(const struct feature_list *list, const char *name) {
  for (uint32_t i = 0; i < list->count; i++)
    if (strcmp(list->items[i].name, name) == 0 && isfinite(list->items[i].value))
      return true;
  return list->count > 0 && (ends_in(name, "_count") || ends_in(name, "_at_s"));
}

/* The first flight after the finding's and before `end` that speaks against it; NULL: none. */
static const char *find_closing(const json_t *finding, const struct flight_history *history, const char *end) {
  const char *time = json_field(finding, "time");
  for (uint32_t i = 0; i < history->count; i++)
    if (strcmp(history->starts[i], time) > 0 && (!end || strcmp(history->starts[i], end) < 0) &&
        was_measured(history->lists[i], json_field(finding, "feature")))
      return history->flights[i];
  return NULL;
}

/* What a finding takes over from the one before it in its row. */
static void continue_row(json_t *next, const json_t *finding) {
  json_object_set(next, "since", json_object_get(finding, "since"));
  json_object_set_new(next, "seen", json_integer(json_integer_value(json_object_get(finding, "seen")) + 1));
}

static void settle(const struct row *row, uint32_t index, const struct flight_history *history) {
  json_t *finding = row->findings[index], *next = find_next(row, index);
  if (!json_object_get(finding, "since")) {
    json_object_set(finding, "since", json_object_get(finding, "time"));
    json_object_set_new(finding, "seen", json_integer(1));
  }
  const char *closing = find_closing(finding, history, next ? json_field(next, "time") : NULL);
  json_object_del(finding, "closed_by");
  if (closing)
    json_object_set_new(finding, "closed_by", json_string(closing));
  else if (next)
    continue_row(next, finding);
  json_object_set_new(finding, "state", json_string(closing ? "closed" : next ? "repeated" : "open"));
}

/* What a finding of the window says of its row is found out anew. */
static void forget(const struct row *row, const char *from) {
  for (uint32_t i = 0; i < row->count; i++)
    if (strcmp(json_field(row->findings[i], "time"), from) >= 0) {
      json_object_del(row->findings[i], "since");
      json_object_del(row->findings[i], "seen");
    }
}

enum status condition_settle(struct lake *lake, const char *vehicle, const struct flight_history *history,
                             struct error *error) {
  struct row row = {0};
  if (history->count == 0)
    return STATUS_OK;
  const char *from = history->starts[0];
  enum status status = load_row(lake, vehicle, from, &row, error);
  if (status == STATUS_OK)
    forget(&row, from);
  for (uint32_t i = 0; i < row.count && status == STATUS_OK; i++) {
    settle(&row, i, history);
    status = document_store(lake->catalog, "findings", json_field(row.findings[i], "id"), row.findings[i], error);
  }
  row_free(&row);
  return status;
}
