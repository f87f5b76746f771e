/* companion: a film and the subtitle file of the same name beside it (DJI_0001.MP4, DJI_0001.SRT) are told of each
 * other. Names are compared by path without the suffix; the documents of both get `companion`, the other's id. The film
 * takes the place that the subtitles tell where its own container tells none. */
#include "base/file.h"
#include "lake/document.h"
#include "lake/lake_private.h"

#include <jansson.h>
#include <stdlib.h>

struct lone {
  json_t *log;
  struct text stem;
  bool film;
};

struct lone_list {
  struct lone *items;
  uint32_t count;
};

static struct text stem_of(const char *path) {
  const char *dot = strrchr(path_name(path), '.');
  return text_from(path, dot ? (size_t)(dot - path) : strlen(path));
}

static enum status collect(void *context, const char *id, const char *text, struct error *error) {
  (void)id, (void)error;
  struct lone_list *list = context;
  if ((list->count & (list->count - 1)) == 0)
    list->items = memory_resize(list->items, MAX(list->count * 2, 1u), sizeof *list->items);
  json_t *log = json_loads(text, 0, NULL);
  list->items[list->count++] = (struct lone){log, stem_of(json_field(log, "path")),
                                             strcmp(json_field(log, "kind"), "mp4") == 0};
  return STATUS_OK;
}

/* By stem, films first. */
static int compare(const void *a, const void *b) {
  const struct lone *x = a, *y = b;
  int order = memcmp(x->stem.data, y->stem.data, MIN(x->stem.size, y->stem.size));
  if (!order)
    order = (x->stem.size > y->stem.size) - (x->stem.size < y->stem.size);
  return order ? order : (int)y->film - (int)x->film;
}

static enum status store_pair(struct lake *lake, json_t *film, json_t *subtitles, struct error *error) {
  json_object_set(film, "companion", json_object_get(subtitles, "id"));
  json_object_set(subtitles, "companion", json_object_get(film, "id"));
  json_object_set_new(film, "alone", json_false());
  json_object_set_new(subtitles, "alone", json_false());
  static const char *const place[] = {"lat", "lon"};
  for (size_t i = 0; i < ARRAY_COUNT(place); i++)
    if (!json_object_get(film, place[i]) && json_object_get(subtitles, place[i]))
      json_object_set(film, place[i], json_object_get(subtitles, place[i]));
  TRY(document_store(lake->catalog, "logs", json_field(film, "id"), film, error));
  return document_store(lake->catalog, "logs", json_field(subtitles, "id"), subtitles, error);
}

static enum status link_pairs(struct lake *lake, const struct lone_list *list, struct error *error) {
  for (uint32_t i = 0; i + 1 < list->count; i++) {
    const struct lone *film = &list->items[i], *next = &list->items[i + 1];
    if (film->film && !next->film && text_equal(film->stem, next->stem))
      TRY(store_pair(lake, film->log, next->log, error));
  }
  return STATUS_OK;
}

enum status link_companions(struct lake *lake, struct error *error) {
  struct lone_list list = {0};
  struct catalog_filter filter = {"alone", FILTER_EQUAL, "1"};
  struct catalog_query query = {.collection = "logs", .filters = &filter, .filter_count = 1};
  enum status status = catalog_find(lake->catalog, &query, collect, &list, error);
  if (list.count)
    qsort(list.items, list.count, sizeof *list.items, compare);
  bool begun = status == STATUS_OK && list.count > 1 && (status = catalog_begin(lake->catalog, error)) == STATUS_OK;
  if (begun)
    status = link_pairs(lake, &list, error);
  for (uint32_t i = 0; i < list.count; i++)
    json_decref(list.items[i].log);
  free(list.items);
  if (begun && status == STATUS_OK)
    return catalog_commit(lake->catalog, error);
  if (begun)
    catalog_rollback(lake->catalog);
  return status;
}
