/* mavlink_frame: the checksum, eight bytes a step (see mavlink_frame.h).
 *
 * table[k][b] is the checksum's state after byte b and k zero bytes, from state 0. As the checksum is linear, the state
 * after eight bytes is the xor of eight look-ups that don't wait for each other (Kounavis and Berry, "slicing-by-8").
 *
 * One step from state c over byte e gives c>>8 ^ table[0][(c^e) & FF]. The 256 entries of table[0] differ in their high
 * bytes, so c and the result tell whether there is an e, and which: with that the CRC_EXTRA of a message that the
 * dialect does not know is read from a frame. */
#include "decode/mavlink_frame.h"

#include <pthread.h>

static struct mavlink_crc tables;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void) {
  for (unsigned byte = 0; byte < 256; byte++) {
    unsigned crc = byte;
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0x8408u : 0);
    tables.table[0][byte] = (uint16_t)crc;
    tables.extra_of_high[crc >> 8] = (uint8_t)byte;
  }
  for (int k = 1; k < 8; k++)
    for (unsigned byte = 0; byte < 256; byte++) {
      uint16_t crc = tables.table[k - 1][byte];
      tables.table[k][byte] = (uint16_t)(crc >> 8 ^ tables.table[0][crc & 0xFF]);
    }
}

const struct mavlink_crc *mavlink_crc_tables(void) {
  pthread_once(&tables_once, make_tables);
  return &tables;
}

int mavlink_crc_extra(const struct mavlink_crc *t, const struct mavlink_frame *frame) {
  uint16_t crc = mavlink_crc_body(t, frame);
  uint16_t wanted = (uint16_t)(frame->crc ^ crc >> 8);
  uint8_t index = t->extra_of_high[wanted >> 8];
  return t->table[0][index] == wanted ? (index ^ crc) & 0xFF : -1;
}
