/* blackbox_kind: the messages that a blackbox log is given out as, and the way from numbers to their columns.
 *
 *   main    I and P frames: every loop iteration that was logged. "motor[0]", "motor[1]", … become one array column.
 *           motor_ratio is reckoned: 0 at the lowest, 1 at the highest output the header names
 *   slow, gps, home   S, G, H frames
 *   event   E frames
 *   mode, arming      changes of the flight mode, and of armed or not, as slow frames and the log's begin and end tell
 *   header  the lines of the header; lists of numbers give a row for each number as well, "rollPID[1]" */
#ifndef UAVLAKE_BLACKBOX_KIND_H
#define UAVLAKE_BLACKBOX_KIND_H

#include "decode/blackbox_header.h"

/* Where a decoded number goes. */
struct blackbox_place {
  uint16_t column, element, width; /* width: elements a row */
};

struct blackbox_kind {
  struct message *message;
  struct batch_builder *builder; /* NULL until the first row */
  uint32_t capacity;
  uint16_t place_count;
  struct blackbox_place *places;
  int16_t time_column, ratio_column, motor_column;
  int32_t motor_low, motor_high;
};

/* A frame letter's message for this session: that of an earlier session where it is defined the same. NULL at the
 * memory limit. */
struct blackbox_kind *blackbox_kind_of_layout(struct decode *d, const char *name, uint32_t id,
                                              const struct blackbox_layout *layout,
                                              const struct blackbox_config *config, struct blackbox_kind **known,
                                              uint32_t known_count);
struct blackbox_kind *blackbox_kind_of_fields(struct decode *d, const char *name, uint32_t id,
                                              const struct field *fields, uint16_t count);
/* Counts a row and readies its place; NULL where nobody wants it or the memory limit is reached (*limit). */
struct batch_builder *blackbox_kind_row(struct decode *d, struct blackbox_kind *kind, bool *limit);
/* Ends the row; true where the batch is full. */
bool blackbox_kind_end_row(struct decode *d, struct blackbox_kind *kind, int64_t time_us);
/* boot_us: for the column "time", unwrapped. */
void blackbox_kind_store(struct blackbox_kind *kind, const int32_t *values, int64_t boot_us);
/* Rows whose time was not known yet get this one. */
void blackbox_kind_patch_times(struct blackbox_kind *kind, int64_t time_us);
/* Reckons what is reckoned and gives the batch out. */
const struct batch *blackbox_kind_give(struct blackbox_kind *kind);

#endif
