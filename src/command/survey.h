/* survey: what info tells of a log: identity, times, counts, damage, changed parameters.
 *
 * Normally by one decode of all of it. A large binary DataFlash log is counted without decoding (dataflash_tally.h) and
 * only samples of it are decoded, unless all is asked for; counts are exact either way. */
#ifndef UAVLAKE_SURVEY_H
#define UAVLAKE_SURVEY_H

#include "flight/flight.h"

struct survey_instance {
  int64_t number;
  uint64_t count;
  int64_t first_us, last_us; /* of the message's where only samples were decoded */
};
#define SURVEY_INSTANCES_MAX 64u

struct survey_message {
  const char *name;
  uint64_t count;
  int64_t first_us, last_us; /* log clock */
  const struct field *fields;
  uint16_t field_count;
  const struct survey_instance *instances; /* by number; none where the message tells none apart */
  uint32_t instance_count;
};

struct survey_parameter {
  const char *name;
  double value, standard;
};

struct mavlink_dialect;
/* All in the arena that was passed in. */
struct survey {
  const struct decoder *decoder;
  const struct mavlink_dialect *dialect; /* NULL: ArduPilot's */
  uint64_t bytes;
  struct log_summary summary;      /* zero where the kind has no flights */
  struct decode_report report;     /* counts only: the lists are those below */
  struct survey_message *messages; /* those that occur */
  uint32_t message_count;
  struct damage *damage;
  uint32_t damage_count;
  struct decode_fact *facts;
  uint32_t fact_count;
  struct survey_parameter *parameters; /* that differ from their defaults, by name */
  uint32_t parameter_count;
  bool defaults_known;   /* the log tells defaults */
  uint32_t sample_count; /* stretches that were decoded; 0: all of it */
};

#define SURVEY_SAMPLE_FROM (UINT64_C(256) << 20) /* smaller logs are always decoded as a whole */

/* whole: decode all of it, however large. file_time_us: the file's own time. STATUS_BAD_DATA: nothing is readable. */
must_check enum status survey_log(const char *path, const struct decoder *decoder,
                                  const struct mavlink_dialect *dialect, bool whole, int64_t file_time_us,
                                  struct arena *arena, struct survey *ret_survey, struct error *error);

#endif
