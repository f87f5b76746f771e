/* mavlink_scan: what kind of stream is this? Looked at once, over the first bytes. */
#ifndef UAVLAKE_MAVLINK_SCAN_H
#define UAVLAKE_MAVLINK_SCAN_H

#include "decode/mavlink_dialect.h"
#include "decode/mavlink_frame.h"

#include "base/clock.h"

/* What stands before each frame. */
enum mavlink_stamps { MAVLINK_STAMPS_BIG, MAVLINK_STAMPS_LITTLE, MAVLINK_STAMPS_NONE };

static inline uint32_t mavlink_stamp_size(enum mavlink_stamps stamps) {
  return stamps == MAVLINK_STAMPS_NONE ? 0 : MAVLINK_STAMP;
}
/* µs, whatever they are since; 8 bytes must be there. */
static inline int64_t mavlink_stamp_read(enum mavlink_stamps stamps, const uint8_t *at) {
  return (int64_t)(stamps == MAVLINK_STAMPS_BIG ? load_u64_be(at) : load_u64(at));
}
/* A date from 2005 to 2100. */
bool mavlink_stamp_is_utc(int64_t stamp);
/* That, or a time since boot of less than ten years. */
bool mavlink_stamp_is_plausible(int64_t stamp);

struct mavlink_scan {
  enum mavlink_stamps stamps;
  uint32_t chained; /* frames with right checksums that follow one another from the first byte on */
  uint32_t framed;  /* the same, whatever the checksums, but with stamps that go on from one another */
  uint32_t cut;     /* records of a recorder that stores a frame's first `length` bytes only: nothing can be checked */
  uint32_t found;   /* frames with right checksums anywhere */
  size_t found_bytes;
  bool utc;            /* the first plausible stamp is a date */
  bool has_clock;      /* a SYSTEM_TIME with a date was found: … */
  int64_t boot_utc_us; /* … the UTC instant of that vehicle's boot */
};
void mavlink_scan_head(const struct mavlink_dialect *dialect, struct bytes head, struct mavlink_scan *ret_scan);

#endif
