/* mavlink_kind: the frames of one message number, collected row by row and turned into columns when a batch is full. */
#ifndef UAVLAKE_MAVLINK_KIND_H
#define UAVLAKE_MAVLINK_KIND_H

#include "decode/decoder.h"
#include "decode/mavlink_dialect.h"
#include "decode/mavlink_frame.h"

#define MAVLINK_STAGE_SLACK 32u
#define MAVLINK_OWN_COLUMNS 2 /* system_id and component_id come before the message's own fields */

struct mavlink_kind {
  const struct mavlink_definition *definition; /* NULL: a number that the dialect does not know */
  const struct mavlink_field *fields;
  struct message *message;
  struct batch_builder *builder; /* made for the first row */
  uint8_t *stage;                /* capacity payloads of `stride` bytes, zero-padded, and MAVLINK_STAGE_SLACK */
  uint8_t *systems, *components; /* the builder's first two columns */
  int64_t *times;
  uint32_t id, stride, rows, capacity;
  int16_t boot_ms_offset; /* of time_boot_ms in the payload, -1 none */
  bool special;           /* the reader looks into it: facts */
};

/* definition NULL: an unknown id, kept as bytes. NULL at the memory limit. */
struct mavlink_kind *mavlink_kind_new(struct decode *d, const struct mavlink_dialect *dialect,
                                      const struct mavlink_definition *definition, uint32_t id);
/* Makes room for the first row. False at the memory limit. */
bool mavlink_kind_prepare(struct decode *d, struct mavlink_kind *kind);
/* Adds one frame's row, without checks: room must be there, and MAVLINK_FRAME_MAX + 16 readable bytes from the payload
 * on. Copies and clears in steps of 16 bytes, past the row's end: the next row is not written yet, and the stage has
 * slack. */
static inline void mavlink_kind_add(struct mavlink_kind *kind, const struct mavlink_frame *frame, int64_t time_us) {
  uint32_t row = kind->rows++, stride = kind->stride, length = MIN(frame->length, stride);
  uint8_t *to = kind->stage + (size_t)row * stride;
  kind->systems[row] = frame->system;
  kind->components[row] = frame->component;
  kind->times[row] = time_us;
  for (uint32_t i = 0; i < length; i += 16)
    memcpy(to + i, frame->payload + i, 16);
  for (uint32_t i = length; i < stride; i += 16)
    memset(to + i, 0, 16);
}
void mavlink_kind_add_unknown(struct mavlink_kind *kind, const struct mavlink_frame *frame, int64_t time_us);
/* The collected rows as columns; kind->rows is 0 afterwards. NULL where there are none. */
const struct batch *mavlink_kind_give(struct mavlink_kind *kind);

#endif
