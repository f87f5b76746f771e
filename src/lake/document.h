/* document: reading and writing the catalogue's documents as jansson objects. */
#ifndef UAVLAKE_DOCUMENT_H
#define UAVLAKE_DOCUMENT_H

#include "catalog/catalog.h"

#include <jansson.h>

/* Text of a field, "" where it is missing or no text. */
const char *json_field(const json_t *document, const char *name);
/* The document, to be freed with json_decref; NULL where there is none. */
json_t *document_load(struct catalog *catalog, const char *collection, const char *id);
must_check enum status document_store(struct catalog *catalog, const char *collection, const char *id,
                                      const json_t *document, struct error *error);
/* Adds `value` to the array `name`, once. */
void document_list_once(json_t *document, const char *name, const char *value);

#endif
