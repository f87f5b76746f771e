/* catalog: documents about logs, vehicles, flights, findings, jobs and table files.
 *
 * A document is a JSON object in a collection, under an id. The same contract holds for every member (sqlite now); one
 * member is one file ending in `const struct catalog_driver catalog_<name>`. Thread-safe: calls of several threads are
 * taken one after another; several processes may open the same catalogue. */
#ifndef UAVLAKE_CATALOG_H
#define UAVLAKE_CATALOG_H

#include "base/arena.h"
#include "base/json.h"

struct catalog;

/* Collections: logs, vehicles, flights, findings, features, table_files, maintenance, jobs, files (paths that were
 * added), settings, search. Others are refused (STATUS_BUG). A put to flights or features also marks the document of
 * the same id in search: {"stale":1}. */
must_check enum status catalog_open(const char *path, struct catalog **ret_catalog, struct error *error);
void catalog_close(struct catalog *catalog);
static inline void catalog_scope_end(struct catalog **catalog) {
  catalog_close(*catalog);
}

/* Inserts or replaces. `json`: one object. */
must_check enum status catalog_put(struct catalog *catalog, const char *collection, const char *id, const char *json,
                                   struct error *error);
/* Text of the document in the arena; STATUS_NOT_FOUND. */
must_check enum status catalog_get(struct catalog *catalog, struct arena *arena, const char *collection, const char *id,
                                   const char **ret_json, struct error *error);
/* Removes it; STATUS_OK also where it was not there. */
must_check enum status catalog_remove(struct catalog *catalog, const char *collection, const char *id,
                                      struct error *error);

enum filter_op { FILTER_EQUAL, FILTER_AT_LEAST, FILTER_BELOW, FILTER_CONTAINS };
struct catalog_filter {
  const char *field; /* top-level or dotted path: "vehicle", "tags.site" */
  enum filter_op op;
  const char *value; /* numbers too: compared as numbers where the document holds a number */
};
struct catalog_query {
  const char *collection;
  const struct catalog_filter *filters;
  uint32_t filter_count;
  const char *order_by; /* field; NULL: by id */
  bool descending;
  bool any_order;         /* as it is fastest; order_by is not looked at */
  uint32_t limit, offset; /* limit 0: all */
};
/* Called a document; a failure returned ends the walk and is handed on. The texts live during the call only. The
 * callback must not call the catalogue. */
typedef enum status (*catalog_document_fn)(void *context, const char *id, const char *json, struct error *error);
must_check enum status catalog_find(struct catalog *catalog, const struct catalog_query *query,
                                    catalog_document_fn document, void *context, struct error *error);
must_check enum status catalog_count(struct catalog *catalog, const struct catalog_query *query, uint64_t *ret_count,
                                     struct error *error);

/* Texts that can be searched by their words. `subject`: what the text tells of; several texts may tell of one. An empty
 * text removes it. */
must_check enum status catalog_text_put(struct catalog *catalog, const char *id, const char *subject, const char *text,
                                        struct error *error);
/* Called once a text that holds all words (letters and digits; the last may be a beginning), the best first. Texts
 * whose subject has no document in search are left out. The callback must not call the catalogue. */
typedef enum status (*catalog_text_fn)(void *context, const char *id, const char *subject, struct error *error);
must_check enum status catalog_text_find(struct catalog *catalog, const char *words, catalog_text_fn hit, void *context,
                                         struct error *error);
/* In the arena; STATUS_NOT_FOUND. */
must_check enum status catalog_text_get(struct catalog *catalog, struct arena *arena, const char *id,
                                        const char **ret_text, struct error *error);

/* All puts and removes between begin and commit happen together or not at all; other threads wait. */
must_check enum status catalog_begin(struct catalog *catalog, struct error *error);
must_check enum status catalog_commit(struct catalog *catalog, struct error *error);
void catalog_rollback(struct catalog *catalog);

#endif
