/* mavlink_frame: one MAVLink frame as bytes: where its parts are, and whether its checksum is right.
 *
 * v1: FE length sequence system component id payload checksum             = length + 8
 * v2: FD length incompatible compatible sequence system component id[3] payload checksum [signature 13] = length + 12
 * The checksum is X.25 (start FFFF, reflected 8408, no final xor) over all after the marker, then over the message's
 * CRC_EXTRA, which makes it fail where sender and reader disagree about the message. */
#ifndef UAVLAKE_MAVLINK_FRAME_H
#define UAVLAKE_MAVLINK_FRAME_H

#include "base/bytes.h"

#define MAVLINK_V1 0xFE
#define MAVLINK_V2 0xFD
#define MAVLINK_FRAME_MAX 280u
#define MAVLINK_HEADER_MAX 10u
#define MAVLINK_STAMP 8u

struct mavlink_frame {
  const uint8_t *payload;
  uint32_t id;
  uint32_t size;  /* whole frame, from the marker on */
  uint16_t crc;   /* as it stands in the frame */
  uint8_t length; /* of the payload */
  uint8_t header; /* bytes before the payload, the marker included */
  uint8_t system, component;
  bool opaque; /* v2 with an incompatible flag other than "signed": its payload can't be read */
};

/* Reads the frame whose marker is at `at`; MAVLINK_FRAME_MAX bytes must be there (padding will do). False: no marker.
 */
static inline bool mavlink_frame_read(const uint8_t *at, struct mavlink_frame *frame) {
  uint8_t length = at[1];
  frame->length = length;
  if (at[0] == MAVLINK_V2) {
    frame->header = 10;
    frame->system = at[5];
    frame->component = at[6];
    frame->id = load_u32(at + 6) >> 8;
    frame->size = length + 12u + (at[2] & 1 ? 13u : 0u);
    frame->opaque = (at[2] & 0xFE) != 0;
  } else if (at[0] == MAVLINK_V1) {
    frame->header = 6;
    frame->system = at[3];
    frame->component = at[4];
    frame->id = at[5];
    frame->size = length + 8u;
    frame->opaque = false;
  } else {
    return false;
  }
  frame->payload = at + frame->header;
  frame->crc = load_u16(frame->payload + length);
  return true;
}

/* Tables of the checksum for eight bytes at a time; made once, thread-safe. */
struct mavlink_crc {
  uint16_t table[8][256];
  uint8_t extra_of_high[256]; /* index of the table's entry with this high byte: the step is a permutation of it */
};
const struct mavlink_crc *mavlink_crc_tables(void);

static inline uint16_t mavlink_crc_step(const struct mavlink_crc *tables, uint16_t crc, uint8_t byte) {
  return (uint16_t)(crc >> 8 ^ tables->table[0][(crc ^ byte) & 0xFF]);
}
static inline uint16_t mavlink_crc_eight(const struct mavlink_crc *t, const uint8_t *at, uint16_t crc) {
  uint64_t x = load_u64(at) ^ crc;
  return (uint16_t)(t->table[7][x & 0xFF] ^ t->table[6][x >> 8 & 0xFF] ^ t->table[5][x >> 16 & 0xFF] ^
                    t->table[4][x >> 24 & 0xFF] ^ t->table[3][x >> 32 & 0xFF] ^ t->table[2][x >> 40 & 0xFF] ^
                    t->table[1][x >> 48 & 0xFF] ^ t->table[0][x >> 56]);
}

static inline uint16_t mavlink_crc_four(const struct mavlink_crc *t, const uint8_t *at, uint16_t crc) {
  uint32_t x = load_u32(at) ^ crc;
  return (uint16_t)(t->table[3][x & 0xFF] ^ t->table[2][x >> 8 & 0xFF] ^ t->table[1][x >> 16 & 0xFF] ^
                    t->table[0][x >> 24]);
}

static inline uint16_t mavlink_crc_two(const struct mavlink_crc *t, const uint8_t *at, uint16_t crc) {
  uint16_t x = (uint16_t)(load_u16(at) ^ crc);
  return (uint16_t)(t->table[1][x & 0xFF] ^ t->table[0][x >> 8]);
}

static inline uint16_t mavlink_crc_bytes(const struct mavlink_crc *t, const uint8_t *at, size_t size) {
  uint16_t crc = 0xFFFF;
  for (; size >= 8; size -= 8, at += 8)
    crc = mavlink_crc_eight(t, at, crc);
  if (size & 4) {
    crc = mavlink_crc_four(t, at, crc);
    at += 4;
  }
  if (size & 2) {
    crc = mavlink_crc_two(t, at, crc);
    at += 2;
  }
  return size & 1 ? mavlink_crc_step(t, crc, *at) : crc;
}

static inline uint16_t mavlink_crc_body(const struct mavlink_crc *t, const struct mavlink_frame *frame) {
  return mavlink_crc_bytes(t, frame->payload - frame->header + 1, frame->header - 1u + frame->length);
}

/* The CRC_EXTRA with which a frame's checksum would be right, or -1: damage (255 of 256 damaged frames have none). */
int mavlink_crc_extra(const struct mavlink_crc *tables, const struct mavlink_frame *frame);
static inline bool mavlink_crc_is_right(const struct mavlink_crc *t, const struct mavlink_frame *frame,
                                        uint8_t crc_extra) {
  return mavlink_crc_step(t, mavlink_crc_body(t, frame), crc_extra) == frame->crc;
}

#endif
