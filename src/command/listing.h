/* listing: documents of the catalogue as an aligned table or as JSON lines, with the filters that all lists share. */
#ifndef UAVLAKE_LISTING_H
#define UAVLAKE_LISTING_H

#include "command/command.h"
#include "lake/lake.h"

/* How a field is shown to people. */
enum listing_form { FORM_TEXT, FORM_NUMBER, FORM_SIZE, FORM_SECONDS, FORM_TIME, FORM_COUNT, FORM_ID };

struct listing_column {
  const char *field, *title;
  enum listing_form form;
};

struct listing {
  const char *collection;
  const struct listing_column *columns; /* ended by a NULL field */
  const char *order_by;
  bool descending;
  const char *one, *many; /* "flight", "flights" for the closing line */
};

/* The shared filter options, to be put into a command's option list. */
#define LISTING_OPTIONS                                                                                                \
  {"vehicle", 'v', "NAME", "only this vehicle"},                                                                       \
      {"from", 0, "TIME", "only from this time on (2026-03-01, 2026-03-01T10:00Z)"},                                   \
      {"to", 0, "TIME", "only before this time"}, {"state", 0, "STATE", "only in this state"},                         \
      {"operator", 0, "NAME", "only with this operator"}, {"payload", 0, "NAME", "only with this payload"},            \
      {"tag", 't', "KEY=VALUE", "only with this tag (repeatable)"}, {                                                  \
    "limit", 'n', "COUNT", "at most so many"                                                                           \
  }

/* Filters from the options --vehicle, --kind, --source, --state, --severity, --operator, --payload, --tag,
 * --from, --to, --limit as far as given. */
must_check enum status listing_print(struct invocation *in, const struct listing *listing, struct error *error);

struct search_hits;
/* The documents of these hits that pass the same filters, in this order; the last column says why, where hits do. */
must_check enum status listing_print_hits(struct invocation *in, struct lake *lake, const struct listing *listing,
                                          const struct search_hits *hits, struct error *error);

/* Rows of cells, printed with columns as wide as their widest cell. */
struct cells;
struct cells *cells_new(struct arena *arena, uint32_t columns);
void cells_add(struct cells *cells, const char *text, bool right); /* row by row */
void cells_print(const struct cells *cells, FILE *out);

/* The log, flight, vehicle or finding of this id, or whose id alone begins so. */
must_check enum status document_find(struct lake *lake, struct arena *arena, const char *typed, const char **ret_json,
                                     const char **ret_collection, struct error *error);

/* Opens the lake that the user named. */
must_check enum status open_lake(struct invocation *in, struct lake **ret_lake, struct error *error);

#endif
