/* listing: see listing.h. */
#include "command/listing.h"

#include "base/clock.h"
#include "base/text.h"
#include "lake/search.h"

#include <jansson.h>
#include <stdlib.h>

#define FILTERS_MAX 64
#define CELL_MAX 48u       /* characters; longer cells are cut with … */
#define LAST_CELL_MAX 500u /* the last one of a row has room */

struct cells {
  struct arena *arena;
  uint32_t columns;
  struct cell {
    const char *text;
    bool right;
  } * items;
  uint32_t count, capacity;
};

enum status open_lake(struct invocation *in, struct lake **ret_lake, struct error *error) {
  return lake_open(in->lake, ret_lake, error);
}

struct cells *cells_new(struct arena *arena, uint32_t columns) {
  struct cells *cells = arena_alloc(arena, sizeof *cells);
  cells->arena = arena;
  cells->columns = columns;
  return cells;
}

/* Characters, not bytes. */
static uint32_t width_of(const char *text) {
  uint32_t width = 0;
  for (const unsigned char *c = (const unsigned char *)text; *c; c++)
    width += (*c & 0xC0) != 0x80;
  return width;
}

static const char *shorten(struct arena *arena, const char *text, uint32_t limit) {
  char *copy = arena_copy_text(arena, text);
  uint32_t width = 0;
  for (unsigned char *c = (unsigned char *)copy; *c; c++) {
    if (*c < 0x20 || *c == 0x7f)
      *c = ' ';
    if ((*c & 0xC0) != 0x80 && ++width == limit && c[1]) {
      *c = 0;
      return arena_format(arena, "%s…", copy);
    }
  }
  return copy;
}

void cells_add(struct cells *cells, const char *text, bool right) {
  if (cells->count == cells->capacity) {
    uint32_t capacity = MAX(cells->capacity * 2, 64u);
    struct cell *items = arena_alloc_array(cells->arena, capacity, sizeof *items);
    if (cells->count)
      memcpy(items, cells->items, cells->count * sizeof *items);
    cells->items = items;
    cells->capacity = capacity;
  }
  bool last = cells->count % cells->columns == cells->columns - 1;
  cells->items[cells->count++] = (struct cell){shorten(cells->arena, text, last ? LAST_CELL_MAX : CELL_MAX), right};
}

void cells_print(const struct cells *cells, FILE *out) {
  uint32_t *widths = arena_alloc_array(cells->arena, cells->columns, sizeof *widths);
  for (uint32_t i = 0; i < cells->count; i++)
    widths[i % cells->columns] = MAX(widths[i % cells->columns], width_of(cells->items[i].text));
  for (uint32_t i = 0; i < cells->count; i++) {
    uint32_t column = i % cells->columns, padding = widths[column] - width_of(cells->items[i].text);
    bool last = column + 1 == cells->columns;
    if (cells->items[i].right)
      fprintf(out, "%*s%s%s", (int)padding, "", cells->items[i].text, last ? "\n" : "  ");
    else
      fprintf(out, "%s%*s%s", cells->items[i].text, last ? 0 : (int)padding, "", last ? "\n" : "  ");
  }
}

static const char *format_number(struct arena *arena, double value) {
  double size = value < 0 ? -value : value;
  return arena_format(arena,
                      size >= 100 || value == (double)(int64_t)value ? "%.0f"
                      : size >= 10                                   ? "%.1f"
                                                                     : "%.2f",
                      value);
}

static const char *format_field(struct arena *arena, const json_t *document, const struct listing_column *column) {
  const json_t *value = json_object_get(document, column->field);
  char *out = arena_alloc(arena, 32);
  int64_t time_us;
  switch (column->form) {
  case FORM_COUNT:
    return json_is_array(value) ? arena_format(arena, "%zu", json_array_size(value))
                                : arena_format(arena, "%lld", (long long)json_integer_value(value));
  case FORM_SIZE:
    return text_size(out, (uint64_t)json_integer_value(value));
  case FORM_SECONDS:
    return json_is_number(value) ? text_duration(out, json_number_value(value)) : "";
  case FORM_TIME:
    if (!json_is_string(value) || !clock_parse(text_of(json_string_value(value)), &time_us))
      return "";
    clock_format(out, time_us - time_us % US_PER_S);
    out[10] = ' ';
    out[19] = 0;
    return out;
  case FORM_ID:
    return json_is_string(value)
               ? arena_copy(arena, json_string_value(value), MIN(json_string_length(value), (size_t)12))
               : "";
  default:
    break;
  }
  if (json_is_string(value))
    return json_string_value(value);
  if (json_is_number(value))
    return format_number(arena, json_number_value(value));
  return json_is_true(value) ? "yes" : "";
}

struct printing {
  struct invocation *in;
  const struct listing *listing;
  struct arena *arena;
  struct cells *cells;
  uint64_t count;
};

static bool is_right(enum listing_form form) {
  return form == FORM_NUMBER || form == FORM_SIZE || form == FORM_SECONDS || form == FORM_COUNT;
}

static enum status print_document(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct printing *printing = context;
  printing->count++;
  if (printing->in->json) {
    puts(text);
    return STATUS_OK;
  }
  json_t *document = json_loads(text, 0, NULL);
  for (const struct listing_column *column = printing->listing->columns; column->field; column++)
    cells_add(printing->cells, format_field(printing->arena, document, column), is_right(column->form));
  json_decref(document);
  return STATUS_OK;
}

static uint32_t add_filters(struct invocation *in, const struct listing *listing, struct catalog_filter *filters) {
  static const char *const equal[] = {"kind", "source", "state", "severity", "operator", "payload"};
  uint32_t count = 0;
  const char *vehicle = invocation_option(in, "vehicle");
  if (vehicle)
    filters[count++] = (struct catalog_filter){strcmp(listing->collection, "vehicles") == 0 ? "id" : "vehicle",
                                               FILTER_EQUAL, vehicle};
  for (size_t i = 0; i < ARRAY_COUNT(equal); i++)
    if (invocation_option(in, equal[i]))
      filters[count++] = (struct catalog_filter){equal[i], FILTER_EQUAL, invocation_option(in, equal[i])};
  for (int i = 0; invocation_option_at(in, "tag", i) && count < FILTERS_MAX; i++) {
    struct text rest = text_of(invocation_option_at(in, "tag", i));
    struct text key = text_cut(&rest, '=');
    filters[count++] = (struct catalog_filter){arena_format(in->arena, "tags.%.*s", (int)key.size, key.data),
                                               FILTER_EQUAL, rest.data ? rest.data : ""};
  }
  return count;
}

/* --from and --to, on the collection's time field. */
static enum status add_times(struct invocation *in, const struct listing *listing, struct catalog_filter *filters,
                             uint32_t *count, struct error *error) {
  static const struct {
    const char *option;
    enum filter_op op;
  } ends[] = {{"from", FILTER_AT_LEAST}, {"to", FILTER_BELOW}};
  for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
    const char *typed = invocation_option(in, ends[i].option);
    int64_t time_us;
    if (!typed)
      continue;
    if (!clock_parse(text_of(typed), &time_us))
      return error_set(error, STATUS_SETTINGS, "--%s wants a time such as 2026-03-01 or 2026-03-01T10:00Z, not '%s'",
                       ends[i].option, typed);
    char *text = arena_alloc(in->arena, CLOCK_TEXT_SIZE);
    filters[(*count)++] = (struct catalog_filter){listing->order_by, ends[i].op, clock_format(text, time_us)};
  }
  return STATUS_OK;
}

static void print_cells(const struct printing *printing) {
  const struct listing *listing = printing->listing;
  if (printing->count)
    cells_print(printing->cells, stdout);
  else
    printf("no %s\n", listing->many);
  if (printing->count > 1)
    printf("%llu %s\n", (unsigned long long)printing->count, listing->many);
}

enum status listing_print(struct invocation *in, const struct listing *listing, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  TRY(open_lake(in, &lake, error));
  struct catalog_filter filters[FILTERS_MAX + 8];
  uint32_t count = add_filters(in, listing, filters);
  TRY(add_times(in, listing, filters, &count, error));
  int64_t limit = 0;
  TRY(invocation_number(in, "limit", 1, 1000000000, &limit, error));
  uint32_t columns = 0;
  while (listing->columns[columns].field)
    columns++;
  struct printing printing = {in, listing, in->arena, cells_new(in->arena, columns), 0};
  for (uint32_t i = 0; i < columns; i++)
    cells_add(printing.cells, listing->columns[i].title, is_right(listing->columns[i].form));
  struct catalog_query query = {.collection = listing->collection,
                                .filters = filters,
                                .filter_count = count,
                                .order_by = listing->order_by,
                                .descending = listing->descending,
                                .limit = (uint32_t)limit};
  TRY(catalog_find(lake_catalog(lake), &query, print_document, &printing, error));
  if (!in->json)
    print_cells(&printing);
  return STATUS_OK;
}

/* ---- hits of a search ---- */

/* "tags.site" in {"tags": {"site": …}}. */
static const json_t *value_at(const json_t *document, const char *path) {
  const char *dot = strchr(path, '.');
  char key[128];
  if (!dot || (size_t)(dot - path) >= sizeof key)
    return json_object_get(document, path);
  snprintf(key, sizeof key, "%.*s", (int)(dot - path), path);
  return json_object_get(json_object_get(document, key), dot + 1);
}

static bool passes(const json_t *document, const struct catalog_filter *filters, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const char *value = json_string_value(value_at(document, filters[i].field));
    int order = value ? strcmp(value, filters[i].value) : -1;
    if (filters[i].op == FILTER_EQUAL      ? order != 0
        : filters[i].op == FILTER_AT_LEAST ? order < 0
                                           : !value || order >= 0)
      return false;
  }
  return true;
}

static void put_hit_json(json_t *document, const struct search_hit *hit) {
  if (hit->why[0])
    json_object_set_new(document, "why", json_string(hit->why));
  if (hit->distance > 0)
    json_object_set_new(document, "distance", json_real(hit->distance));
  char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));
  puts(text);
  free(text);
}

static enum status print_hit(struct printing *printing, struct lake *lake, const struct search_hit *hit,
                             const struct catalog_filter *filters, uint32_t filter_count, bool explained,
                             struct error *error) {
  scoped(arena) struct arena *arena = arena_new(0);
  const char *text;
  TRY(catalog_get(lake_catalog(lake), arena, printing->listing->collection, hit->flight, &text, error));
  json_t *document = json_loads(text, 0, NULL);
  if (passes(document, filters, filter_count)) {
    printing->count++;
    if (printing->in->json)
      put_hit_json(document, hit);
    for (const struct listing_column *column = printing->listing->columns; column->field && !printing->in->json;
         column++)
      cells_add(printing->cells, arena_copy_text(printing->arena, format_field(printing->arena, document, column)),
                is_right(column->form));
    if (!printing->in->json && explained)
      cells_add(printing->cells, hit->why, false);
  }
  json_decref(document);
  return STATUS_OK;
}

enum status listing_print_hits(struct invocation *in, struct lake *lake, const struct listing *listing,
                               const struct search_hits *hits, struct error *error) {
  struct catalog_filter filters[FILTERS_MAX + 8];
  uint32_t count = add_filters(in, listing, filters), columns = 0;
  int64_t limit = INT64_MAX;
  TRY(add_times(in, listing, filters, &count, error));
  TRY(invocation_number(in, "limit", 1, 1000000000, &limit, error));
  bool explained = hits->count && hits->items[0].why[0]; /* the first ones of a search are, or none */
  while (listing->columns[columns].field)
    columns++;
  struct printing printing = {in, listing, in->arena, cells_new(in->arena, columns + explained), 0};
  for (uint32_t i = 0; i < columns; i++)
    cells_add(printing.cells, listing->columns[i].title, is_right(listing->columns[i].form));
  if (explained)
    cells_add(printing.cells, "why", false);
  for (uint32_t i = 0; i < hits->count && (int64_t)printing.count < limit; i++)
    TRY(print_hit(&printing, lake, &hits->items[i], filters, count, explained, error));
  if (!in->json)
    print_cells(&printing);
  return STATUS_OK;
}

/* ---- one document ---- */

static const char *const collections[] = {"flights", "logs", "vehicles", "findings"};

struct match {
  struct arena *arena;
  const char *json;
  uint32_t count;
};

static enum status take_match(void *context, const char *id, const char *json, struct error *error) {
  (void)id, (void)error;
  struct match *match = context;
  match->json = arena_copy_text(match->arena, json);
  match->count++;
  return STATUS_OK;
}

enum status document_find(struct lake *lake, struct arena *arena, const char *typed, const char **ret_json,
                          const char **ret_collection, struct error *error) {
  char past[256];
  snprintf(past, sizeof past, "%.250s\x7f", typed);
  for (size_t i = 0; i < ARRAY_COUNT(collections); i++) {
    *ret_collection = collections[i];
    if (catalog_get(lake_catalog(lake), arena, collections[i], typed, ret_json, error) == STATUS_OK)
      return STATUS_OK;
  }
  for (size_t i = 0; i < ARRAY_COUNT(collections); i++) {
    struct match match = {arena, NULL, 0};
    struct catalog_filter filters[] = {{"id", FILTER_AT_LEAST, typed}, {"id", FILTER_BELOW, past}};
    struct catalog_query query = {.collection = collections[i], .filters = filters, .filter_count = 2, .limit = 2};
    TRY(catalog_find(lake_catalog(lake), &query, take_match, &match, error));
    *ret_collection = collections[i];
    *ret_json = match.json;
    if (match.count == 1)
      return STATUS_OK;
    if (match.count > 1)
      return error_set(error, STATUS_SETTINGS, "more than one of the %s begins with '%s': type more of it",
                       collections[i], typed);
  }
  return error_set(error, STATUS_NOT_FOUND,
                   "no log, flight, vehicle or finding is called '%s': see 'uavlake flights' and 'uavlake logs'",
                   typed);
}
