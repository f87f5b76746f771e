/* metadata: what people say of a log, a flight or a vehicle, checked by one table of fields, with its history.
 *
 *   {"vehicle": "uav11", "operator": "p-07", "payload": "lambda", "source": "carrier", "note": "…", "tags": {"site":
 * "north"}}
 *
 * It comes from the flags of `add`, from a sidecar FILE.meta.json beside the log (which says more of this one file, so
 * it wins), and from `annotate` afterwards. null takes a field or a tag away. What changed when and by what stands in
 * the document's `history`. The same table makes the JSON schema that is shipped (docs/metadata.schema.json). */
#ifndef UAVLAKE_METADATA_H
#define UAVLAKE_METADATA_H

#include "lake/lake.h"

#include <jansson.h>

#define METADATA_SUFFIX ".meta.json"

/* FILE.meta.json, and FILE is there. */
bool metadata_is_sidecar(const char *path);
/* Of the log at `log_path`. *ret_metadata is NULL where there is no sidecar; else the caller decrefs it. The error
 * names the sidecar and the JSON path. */
must_check enum status metadata_read_sidecar(const char *log_path, json_t **ret_metadata, struct error *error);
/* Of the flags of an add; the caller decrefs it. */
json_t *metadata_of_options(const struct add_options *options);
/* `name`: what the error text begins with. */
must_check enum status metadata_check(const json_t *metadata, const char *name, struct error *error);
/* Later wins, tag by tag. */
void metadata_merge(json_t *into, const json_t *from);
/* Writes `metadata` but vehicle and source into the document and notes in its history what changed; by: "add",
 * "sidecar", "annotate" or who it was. Returns whether anything changed. */
bool metadata_apply(json_t *document, const json_t *metadata, const char *by);
/* JSON schema (2020-12); the caller decrefs it. */
json_t *metadata_schema(void);

#endif
