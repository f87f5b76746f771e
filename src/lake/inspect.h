/* inspect: what one log says of itself, by one quick pass: clock, flights, identity, messages, damage. Needs no lake.
 */
#ifndef UAVLAKE_INSPECT_H
#define UAVLAKE_INSPECT_H

#include "flight/flight.h"
#include "vocabulary/map.h"

#define INSPECTION_DAMAGE_MAX 100u

struct inspected_message {
  const char *name;
  uint64_t count;
  int64_t first_us, last_us; /* log clock */
  const struct field *fields;
  uint16_t field_count;
  int16_t time_field; /* -1 none */
};

/* All in the arena that was passed in. */
struct inspection {
  const struct decoder *decoder;
  struct log_summary summary;         /* zero where the kind has no flights (images) */
  struct decode_report report;        /* counts only: the lists are those below */
  struct inspected_message *messages; /* those that occur */
  uint32_t message_count;
  const char **message_names; /* the same, names only */
  struct damage *damage;      /* the first ones */
  uint32_t damage_count;
  struct decode_fact *facts;
  uint32_t fact_count;
};

/* input: at offset 0. dialect: a user's own of MAVLink, NULL for ArduPilot's. file_time_us: the file's own time, used
 * where the log has none. */
must_check enum status inspect_log(struct input *input, const struct decoder *decoder,
                                   const struct mavlink_dialect *dialect, int64_t file_time_us, struct arena *arena,
                                   struct inspection *ret_inspection, struct error *error);
/* What the second pass must know; points into the inspection. */
struct map_facts inspection_map_facts(const struct inspection *inspection);
/* NULL: not known. */
const char *inspection_fact(const struct inspection *inspection, const char *key);

#endif
