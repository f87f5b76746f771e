/* coverage: what of a log the lake's tables hold, and what is left to read_uavlog. Needs no lake.
 *
 * The log is mapped as an add would map it, and the rows are counted by the message that made them. A message is
 *   mapped    it made rows;
 *   outdone   there is a mapping for it, but this log has a better source of the same (or none of its records passes
 *             the mapping's conditions);
 *   left      no mapping: read_uavlog reads it. */
#ifndef UAVLAKE_COVERAGE_H
#define UAVLAKE_COVERAGE_H

#include "flight/flight.h"

enum coverage_state { COVERAGE_MAPPED, COVERAGE_OUTDONE, COVERAGE_LEFT };

/* Rows that one message made for one table, and which of the table's columns they filled. */
struct coverage_part {
  const struct table *table;
  uint64_t rows;
  uint64_t filled[2]; /* a bit a column */
};

struct coverage_message {
  const char *name;
  uint64_t records;
  enum coverage_state state;
  const struct field *fields;
  uint16_t field_count;
  bool *field_read; /* some rule reads it */
  struct coverage_part *parts;
  uint32_t part_count;
};

struct coverage_table {
  const struct table *table;
  uint64_t rows;
  uint64_t filled[2];
};

/* All in the arena that was passed in. */
struct coverage {
  const struct decoder *decoder;
  const char *reason; /* why nothing is mapped: the kind is kept raw, or has no vocabulary; NULL where it is */
  struct coverage_message *messages; /* those that occur, in order of definition */
  uint32_t message_count;
  struct coverage_table *tables; /* those with rows */
  uint32_t table_count;
  uint64_t records, mapped_records; /* records of mapped messages */
  uint64_t rows;
};

/* open: gives the log's bytes from the start; called twice, each input is closed here. name: for its suffix. */
struct coverage_source {
  enum status (*open)(void *context, struct input **ret_input, struct error *error);
  void *context;
  const char *name;
  int64_t file_time_us;
};
must_check enum status coverage_measure(const struct coverage_source *source, struct arena *arena,
                                        struct coverage *ret_coverage, struct error *error);
const char *coverage_state_name(enum coverage_state state);
static inline bool coverage_is_filled(const uint64_t filled[2], uint16_t column) {
  return column < 128 && filled[column / 64] >> (column % 64) & 1;
}

#endif
