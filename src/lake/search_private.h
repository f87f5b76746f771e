/* search_private: what the files of the search share. */
#ifndef UAVLAKE_SEARCH_PRIVATE_H
#define UAVLAKE_SEARCH_PRIVATE_H

#include "lake/search.h"
#include "lake/search_record.h"

#define SEARCH_TOLD_MAX 1000u /* so many hits of a search for words say where they stand */

void search_add_hit(struct search_hits *hits, const char *flight, const char *why, double distance);

/* Called a flight, by its id; the record lives during the call. The callback must not call the catalogue. */
typedef enum status search_record_fn(void *context, const char *flight, const struct search_record *record,
                                     struct error *error);
must_check enum status search_walk(struct lake *lake, search_record_fn *visit, void *context, struct error *error);

#endif
