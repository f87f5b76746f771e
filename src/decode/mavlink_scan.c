/* mavlink_scan: choosing the layout of a MAVLink recording (see mavlink_scan.h).
 *
 * A .tlog has eight bytes before each frame, µs since 1970, most significant first. Some writers put them least
 * significant first, some recordings are the bare bytes of the link. The layout with the longest chain of right frames
 * from the first byte wins; where the beginning is damaged, the layout of the right frames further on decides. */
#include "decode/mavlink_scan.h"

#define SCAN_FRAMES 64u
#define UTC_FROM (INT64_C(1104537600) * US_PER_S) /* 2005-01-01 */
#define UTC_TO (INT64_C(4102444800) * US_PER_S)   /* 2100-01-01 */
#define BOOT_TO (INT64_C(3650) * US_PER_DAY)
#define SYSTEM_TIME 2u

bool mavlink_stamp_is_utc(int64_t stamp) {
  return stamp >= UTC_FROM && stamp < UTC_TO;
}

bool mavlink_stamp_is_plausible(int64_t stamp) {
  return mavlink_stamp_is_utc(stamp) || (stamp >= 0 && stamp < BOOT_TO);
}

/* The frame at `at`, only where it lies wholly in the head. */
static bool read_whole(struct bytes head, size_t at, struct mavlink_frame *frame) {
  if (at >= head.size)
    return false;
  size_t left = head.size - at;
  uint8_t copy[MAVLINK_FRAME_MAX];
  const uint8_t *from = head.data + at;
  if (left < MAVLINK_FRAME_MAX) {
    memset(copy, 0, sizeof copy);
    memcpy(copy, from, left);
    from = copy;
  }
  bool is_whole = mavlink_frame_read(from, frame) && frame->size <= left;
  frame->payload = head.data + at + (is_whole ? frame->header : 0); /* not in the copy */
  return is_whole;
}

static bool is_right(const struct mavlink_dialect *dialect, const struct mavlink_frame *frame) {
  const struct mavlink_definition *definition = frame->opaque ? NULL : mavlink_dialect_find(dialect, frame->id);
  return definition && mavlink_crc_is_right(mavlink_crc_tables(), frame, definition->crc_extra);
}

static void scan_chain(const struct mavlink_dialect *dialect, struct bytes head, enum mavlink_stamps stamps,
                       struct mavlink_scan *scan) {
  size_t at = 0, size = mavlink_stamp_size(stamps);
  int64_t before = TIME_NONE;
  bool unbroken = true;
  struct mavlink_frame frame;
  *scan = (struct mavlink_scan){.stamps = stamps};
  for (unsigned i = 0; i < SCAN_FRAMES && read_whole(head, at + size, &frame); i++) {
    if (size) {
      int64_t stamp = mavlink_stamp_read(stamps, head.data + at);
      if (!mavlink_stamp_is_plausible(stamp) ||
          (before != TIME_NONE && (stamp < before - US_PER_DAY || stamp > before + US_PER_DAY)))
        return;
      scan->utc |= i == 0 && mavlink_stamp_is_utc(stamp);
      before = stamp;
      scan->framed++;
    }
    unbroken = unbroken && is_right(dialect, &frame);
    scan->chained += unbroken;
    if (!unbroken && !size)
      return;
    at += size + frame.size;
  }
}

/* Some old recorders wrote as many bytes of a frame as its payload has. */
static uint32_t count_cut(struct bytes head, enum mavlink_stamps stamps) {
  size_t at = 0;
  uint32_t count = 0;
  int64_t before = TIME_NONE;
  while (count < SCAN_FRAMES && at + MAVLINK_STAMP + 8 <= head.size && head.data[at + MAVLINK_STAMP] == MAVLINK_V1) {
    int64_t stamp = mavlink_stamp_read(stamps, head.data + at);
    if (!mavlink_stamp_is_utc(stamp) ||
        (before != TIME_NONE && (stamp < before - US_PER_S || stamp > before + US_PER_DAY)))
      break;
    before = stamp;
    at += MAVLINK_STAMP + (size_t)head.data[at + MAVLINK_STAMP + 1];
    count++;
  }
  return count;
}

/* time_unix_usec u64 at 0, time_boot_ms u32 at 8; zeros at the end may be cut off. */
static void look_for_clock(const struct mavlink_frame *frame, struct mavlink_scan *scan) {
  uint8_t payload[12] = {0};
  memcpy(payload, frame->payload, MIN(frame->length, sizeof payload));
  int64_t utc = (int64_t)load_u64(payload);
  if (frame->id != SYSTEM_TIME || scan->has_clock || frame->component != 1 || !mavlink_stamp_is_utc(utc))
    return;
  scan->has_clock = true;
  scan->boot_utc_us = utc - (int64_t)load_u32(payload + 8) * 1000;
}

/* All right frames of the head, wherever they are. Votes tell what stands before them. */
static void scan_anywhere(const struct mavlink_dialect *dialect, struct bytes head, struct mavlink_scan *scan) {
  unsigned big = 0, little = 0;
  struct mavlink_frame frame;
  for (size_t at = 0; at < head.size;) {
    bool marker = head.data[at] == MAVLINK_V1 || head.data[at] == MAVLINK_V2;
    if (!marker || !read_whole(head, at, &frame) || !is_right(dialect, &frame)) {
      at++;
      continue;
    }
    if (at >= MAVLINK_STAMP) {
      big += mavlink_stamp_is_utc((int64_t)load_u64_be(head.data + at - MAVLINK_STAMP));
      little += mavlink_stamp_is_utc((int64_t)load_u64(head.data + at - MAVLINK_STAMP));
    }
    look_for_clock(&frame, scan);
    scan->found++;
    scan->found_bytes += frame.size;
    at += frame.size;
  }
  if (scan->chained >= 2 || scan->framed >= 2)
    return;
  if (big * 2 > scan->found) {
    scan->stamps = MAVLINK_STAMPS_BIG;
    scan->utc = true;
  } else if (little * 2 > scan->found) {
    scan->stamps = MAVLINK_STAMPS_LITTLE;
    scan->utc = true;
  }
}

void mavlink_scan_head(const struct mavlink_dialect *dialect, struct bytes head, struct mavlink_scan *ret_scan) {
  static const enum mavlink_stamps layouts[] = {MAVLINK_STAMPS_BIG, MAVLINK_STAMPS_NONE, MAVLINK_STAMPS_LITTLE};
  struct mavlink_scan best = {.stamps = MAVLINK_STAMPS_NONE};
  for (size_t i = 0; i < ARRAY_COUNT(layouts); i++) {
    struct mavlink_scan scan;
    scan_chain(dialect, head, layouts[i], &scan);
    if (scan.chained > best.chained || (scan.chained == best.chained && scan.framed > best.framed))
      best = scan;
  }
  scan_anywhere(dialect, head, &best);
  best.cut = MAX(count_cut(head, MAVLINK_STAMPS_LITTLE), count_cut(head, MAVLINK_STAMPS_BIG));
  *ret_scan = best;
}
