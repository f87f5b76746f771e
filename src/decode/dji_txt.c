/* dji_txt: DJI flight record (DJIFlightRecord_*.txt), binary in spite of its name.
 *
 * u64 offset, u16 length of the details, u8 version, from version 6 on a prefix of 100 bytes (12 before). There is no
 * magic, so the blocks are walked. Up to version 12 the offset is that of the details, and records {type u8, length u8,
 * body, FF} lie before it, from the prefix (version 12: from 536) on. From 13 on it is that of the records {type u8,
 * length u16, body, FF}, and blocks {type u8, length u16, body} stand from 100 on (facts: walking real
 * files). */
#include "decode/shape.h"

/* Records from `at` on that end in FF, at most three are looked at; one that the head cuts counts. */
static int count_records(struct bytes head, uint64_t at, uint64_t end, bool wide) {
  int count = 0;
  while (count < 3 && at + 4 <= end && at + 4 <= head.size) {
    uint64_t length = wide ? load_u16(head.data + at + 1) : head.data[at + 1];
    uint64_t last = at + (wide ? 3u : 2u) + length;
    if (last >= end || (last < head.size && head.data[last] != 0xFF))
      return 0;
    at = last + 1;
    count++;
  }
  return count;
}

/* Do the details (block 0) and the version of their encryption (block 1) stand before the records? */
static bool blocks_lead_to(struct bytes head, uint64_t records) {
  uint64_t at = 100;
  for (uint8_t type = 0; type < 2; type++) {
    if (at + 3 > head.size || head.data[at] != type)
      return false;
    at += 3u + load_u16(head.data + at + 1);
  }
  return at <= records;
}

static int dji_txt_probe(const struct probe *probe) {
  struct bytes head = probe->head;
  if (head.size < 100)
    return 0;
  uint64_t offset = load_u64(head.data);
  uint8_t version = head.data[10];
  if (version < 1 || version > 14 || offset > probe->size)
    return 0;
  if (version >= 13)
    return blocks_lead_to(head, offset) ? 95 : 0;
  uint64_t begin = version < 6 ? 12 : version < 12 ? 100 : 536, end = offset && version < 12 ? offset : probe->size;
  return count_records(head, begin, end, false) == 3 ? 80 : 0;
}

const struct decoder decoder_dji_txt = {
    .name = "dji_txt",
    .about = "DJI flight record",
    .suffixes = "txt",
    .source = "ground_station",
    .kept_raw = "DJI encrypts the records since app version 13 with keys from its server; older ones are not decoded "
                "yet; the bytes are kept as they are",
    .probe = dji_txt_probe,
};
