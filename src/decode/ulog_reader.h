/* ulog_reader: the streaming, salvaging reader of ULog. */
#ifndef UAVLAKE_ULOG_READER_H
#define UAVLAKE_ULOG_READER_H

#include "decode/ulog_note.h"
#include "decode/ulog_topic.h"

#define ULOG_SECTIONS_MAX 4 /* the log, and up to three appended parts */

/* What a subscription's number stands for. */
struct ulog_subscription {
  struct ulog_topic *topic; /* NULL: none, or one that can't be read */
  uint16_t whole, trimmed;  /* payload sizes, with the number's two bytes; of an opaque one 0 where not known */
  uint8_t instance;
  bool opaque; /* its format, or the subscription itself, is missing: its records are passed over */
};

/* The decoder's state. Offsets `at`, … count from the window's first byte. */
struct ulog_reader {
  struct ulog_formats formats;
  struct ulog_notes notes;
  struct ulog_topic **topics;
  uint32_t topic_count;
  struct ulog_subscription *subscriptions; /* by number */
  uint32_t subscription_count;

  const uint8_t *window;
  size_t size; /* up to the section's end at most */
  bool loaded;
  bool last; /* the window reaches the section's end */
  uint64_t window_offset;
  size_t at;
  uint64_t section_ends[ULOG_SECTIONS_MAX];
  uint32_t section_count, section;

  bool data_begun; /* definitions are over */
  int64_t now_us;  /* log clock of the last record */

  bool searching;
  uint64_t damage_offset;
  const char *damage_reason;
  int64_t damage_us;
  bool padding; /* nothing but 00 and FF since the damage began */
  bool torn;    /* it began with a message that leads out of the log: no damage where nothing follows */

  struct batch_builder *given;
  struct ulog_topic *given_topic;
  bool limit_reached, ended;
  uint32_t drained;
};

enum status ulog_reader_open(struct decode *d, struct error *error);
enum status ulog_reader_next(struct decode *d, const struct batch **ret_batch, struct error *error);

#endif
