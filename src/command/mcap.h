/* mcap: messages of a log as an MCAP file, which Foxglove and its libraries read.
 *
 * Layout after the open specification (https://mcap.dev/spec): magic, Header, Chunks of schemas, channels and messages
 * with their MessageIndexes, DataEnd; a summary of schemas, channels, chunk indexes and statistics; Footer, magic.
 * Schemas are JSON Schema, messages JSON, chunks are compressed with zstd and carry a CRC-32. Memory: one chunk, and
 * 100 bytes a MiB of messages for the indexes. */
#ifndef UAVLAKE_MCAP_H
#define UAVLAKE_MCAP_H

#include "base/status.h"

#include <stdint.h>
#include <stdio.h>

struct mcap;

/* Writes to `file`, which stays the caller's and needs no seeking. */
must_check enum status mcap_open(FILE *file, struct mcap **ret_mcap, struct error *error);
/* A schema: `text` is JSON Schema. The id counts from 1. */
must_check enum status mcap_schema(struct mcap *mcap, const char *name, const char *text, uint16_t *ret_id,
                                   struct error *error);
must_check enum status mcap_channel(struct mcap *mcap, uint16_t schema, const char *topic, uint16_t *ret_id,
                                    struct error *error);
/* json: one object. time_ns: since 1970, or since power-on where the log has no UTC. */
must_check enum status mcap_message(struct mcap *mcap, uint16_t channel, uint64_t time_ns, const void *json,
                                    size_t size, struct error *error);
/* What is known of the whole log: pairs of name and value. */
must_check enum status mcap_metadata(struct mcap *mcap, const char *name, const char *const (*pairs)[2], uint32_t count,
                                     struct error *error);
/* Last chunk, summary and footer. */
must_check enum status mcap_finish(struct mcap *mcap, struct error *error);
void mcap_free(struct mcap *mcap);

#endif
