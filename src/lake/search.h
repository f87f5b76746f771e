/* search: flights by what is known of them: an expression over figures and metadata, words of their messages and notes,
 * or likeness to another flight.
 *
 * Each flight has a record in the collection `search`: its document's numbers and texts, its tags and its features, put
 * into one short text that is read without parsing JSON, so that 10,000 flights are gone through in a few hundredths of
 * a second. A flight whose document or features change is marked by the catalogue, and its record is made anew by the
 * next add or search. */
#ifndef UAVLAKE_SEARCH_H
#define UAVLAKE_SEARCH_H

#include "lake/lake.h"

#include <jansson.h>

struct search_hit {
  const char *flight;
  const char *why;  /* the line that was found, or what is alike; "" for expressions, and after 1,000 found lines */
  double distance;  /* of search_like: 0 the same; else 0 */
  const char *text; /* of words: id of the text in the catalogue; else NULL */
};
/* In the arena that was passed in; in the order of the search: by flight, best first, nearest first. */
struct search_hits {
  struct search_hit *items;
  uint32_t count, capacity;
  struct arena *arena;
};

/* An expression: see search_where.h. */
must_check enum status search_where(struct lake *lake, struct arena *arena, const char *expression,
                                    struct search_hits *ret_hits, struct error *error);
/* Flights with all these words in one of their texts: messages and events of a log, or notes, tags, names of files and
 * findings. The last word may be a beginning. */
must_check enum status search_text(struct lake *lake, struct arena *arena, const char *words,
                                   struct search_hits *ret_hits, struct error *error);
/* The `limit` nearest flights of the same vehicle class, by the features that both have. STATUS_NOT_FOUND: no such
 * flight, or it has too few features. */
must_check enum status search_like(struct lake *lake, struct arena *arena, const char *flight, uint32_t limit,
                                   struct search_hits *ret_hits, struct error *error);
/* All that is asked for together, NULL not; at least one. In the order of likeness, else of words, else by flight. */
struct search_query {
  const char *where, *text, *like;
  const char *filter; /* an expression of the program's own, beside the one that was typed */
  uint32_t like_limit;
};
must_check enum status search_flights(struct lake *lake, struct arena *arena, const struct search_query *query,
                                      struct search_hits *ret_hits, struct error *error);
/* What expressions may name, sorted. */
must_check enum status search_names(struct lake *lake, struct arena *arena, const char *const **ret_names,
                                    uint32_t *ret_count, struct error *error);

/* Marks the flights of a log's document, of which something was said. */
must_check enum status search_mark_log(struct lake *lake, const json_t *log, struct error *error);
/* Makes the records of flights that were marked. */
must_check enum status search_refresh(struct lake *lake, struct error *error);

#endif
