/* api: what the resources share: lists of documents with filters and pages, and SQL results taken row by row. */
#ifndef UAVLAKE_API_H
#define UAVLAKE_API_H

#include "catalog/catalog.h"
#include "serve/http.h"
#include "warehouse/warehouse.h"

/* A query parameter that filters documents. */
struct api_filter {
  const char *parameter, *field;
  enum filter_op op;
  bool is_time; /* read as ISO 8601 and compared in the catalogue's own form */
};

struct api_listing {
  const char *collection, *order_by;
  bool descending;
  const struct api_filter *filters; /* ended by a NULL parameter */
};

/* Replies {"total":…,"offset":…,"items":[…]} by the request's filters, limit (default 100, at most 1000) and offset. */
must_check enum status api_list(struct request *request, const struct api_listing *listing, struct error *error);
/* The document named by capture 0 as the array or value of the reply: `"name": {…}`. */
must_check enum status api_get(struct request *request, const char *collection, const char *id, const char **ret_json,
                               struct error *error);
/* `"name": [documents]`, where field = value, at most `limit`. */
must_check enum status api_put_documents(struct request *request, struct json_writer *json, const char *name,
                                         const struct catalog_query *query, struct error *error);

#define LISTING_PARAMETERS                                                                                             \
  {"limit", "at most so many (100; up to 1000)", "integer"}, {                                                         \
    "offset", "leave out so many", "integer"                                                                           \
  }

/* Runs SQL with the request's warehouse; parameters are values of $1, $2, … */
must_check enum status api_query(struct request *request, const char *sql, const char *const *parameters,
                                 uint32_t parameter_count, const struct result_sink *sink, struct error *error);

/* The beginning and the end of a JSON reply. */
struct json_writer api_json(struct request *request);

/* Text of a field of a JSON document in the arena; "" where it is missing. */
const char *api_text_field(struct arena *arena, const char *json, const char *field);

#endif
