/* ulog_topic: one topic of a ULog: its layout, its message, and the way from rows of bytes to columns.
 *
 * Records found in the present window are noted by their offset only; ulog_topic_flush turns all noted ones into
 * columns, a tight loop a column, while the window is still there. All instances of a topic are one message, told
 * apart by its last column, multi_id. */
#ifndef UAVLAKE_ULOG_TOPIC_H
#define UAVLAKE_ULOG_TOPIC_H

#include "decode/ulog_format.h"

struct ulog_topic {
  const struct ulog_format *format;
  struct ulog_layout layout;
  struct message *message;
  int64_t time_offset; /* of the u64 "timestamp" in the record, -1 none */
  uint32_t *offsets;   /* of the noted records' data in the window */
  uint8_t *instances;
  int64_t *times; /* only where there is no timestamp */
  uint32_t noted, room, capacity;
  bool proven; /* a record of it was read */
  struct batch_builder *builder;
};

/* NULL: the format can't be laid out, or the memory limit is reached (the arena says so). */
struct ulog_topic *ulog_topic_new(struct decode *d, const struct ulog_formats *formats,
                                  const struct ulog_format *format);
/* Log clock of a record's data in µs; TIME_NONE where it can't be true. */
int64_t ulog_topic_time(const struct ulog_topic *topic, const uint8_t *data);
/* False at the memory limit. */
bool ulog_topic_flush(struct decode *d, struct ulog_topic *topic, const uint8_t *window);
/* Empties the batch that was given out. */
void ulog_topic_release(struct ulog_topic *topic);

#endif
