/* map: a log's messages → rows of the lake's tables, by mapping rows kept as data (one .tsv a source format).
 *
 * A log is read twice: first only the tables that the summary needs (clock, phases, identity), then all, when it is
 * known which messages exist (priorities), which outputs are motors (SERVOk_FUNCTION) and which estimator core was in
 * use. Decoding is cheap enough for that, and memory stays bounded. */
#ifndef UAVLAKE_MAP_H
#define UAVLAKE_MAP_H

#include "decode/decode.h"
#include "vocabulary/schema.h"

struct map;

#define MAP_HOMES_MAX 64u

/* What the first pass learnt and the second needs. All may be empty in the first pass. */
struct map_facts {
  /* Messages that occur in the log (names), so that a lower-priority source is used only where a higher one is absent.
   */
  const char *const *message_names;
  uint32_t message_count;
  /* motor number (from 1) of output k (from 1), 0 = not a motor; filled from SERVOk_FUNCTION. */
  uint8_t motor_of_output[33];
  char vehicle_class[16]; /* copter, plane, …: chooses the mode names; "" unknown */
  struct {
    int64_t from_us; /* log clock */
    double alt_msl_m;
  } homes[MAP_HOMES_MAX]; /* altitude of home, in time order, for sources that know no height over it */
  uint32_t home_count;
  uint32_t system_id; /* MAVLink: the vehicle's system; 0 = take it from the first vehicle heartbeat */
};

/* tables: bit per table index that is wanted, NULL for all. STATUS_NOT_FOUND where no mapping exists for source_format.
 */
must_check enum status map_new(const char *source_format, const struct map_facts *facts, const uint64_t *tables,
                               struct map **ret_map, struct error *error);
void map_free(struct map *map);
static inline void map_scope_end(struct map **map) {
  map_free(*map);
}
/* For decode_options.wanted (context = the map): is any rule of this map fed by the message? Also notes how the log
 * defines it, so that a source whose field this firmware lacks keeps no lower one out; without these calls every source
 * in message_names counts. */
bool map_wants(void *map, const struct message *message);
/* Maps one batch; calls `rows` once a rule that it feeds. */
must_check enum status map_batch(struct map *map, const struct batch *batch, rows_fn rows, void *context,
                                 struct error *error);
/* Rows that were held back (edges, chunks); call once after the last batch. */
must_check enum status map_end(struct map *map, rows_fn rows, void *context, struct error *error);

/* Does any rule of the source format read this field of the message? field NULL: any field. */
bool map_reads(const char *source_format, const char *message, const char *field);

/* Enumerations: name of a value in a set ("copter_mode", 5 → "LOITER"); NULL unknown. */
const char *enum_name(const char *set, int64_t value);

#endif
