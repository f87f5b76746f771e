/* dataflash_reader: the streaming, salvaging reader of binary DataFlash records, used by the decoders of ArduPilot's
 * .bin and of PX4's older .px4log, which share the framing. */
#ifndef UAVLAKE_DATAFLASH_READER_H
#define UAVLAKE_DATAFLASH_READER_H

#include "decode/dataflash_kind.h"

#define DATAFLASH_KINDS_MAX 1024

/* The decoder's state. Offsets `at`, `previous`, … count from the window's first byte. */
struct dataflash_reader {
  struct dataflash_kind *kinds[256]; /* by record type, of the present boot */
  uint8_t length[256];               /* of the whole record; 0: no such type */
  struct dataflash_kind *all[DATAFLASH_KINDS_MAX];
  uint32_t count;
  struct dataflash_units units;
  uint32_t units_version;

  const uint8_t *window;
  bool loaded; /* the window holds what comes next */
  size_t size;
  bool last; /* the window reaches the end of the log */
  uint64_t window_offset;
  size_t at;       /* the next record, or where the search for one goes on */
  size_t previous; /* the record before `at`, SIZE_MAX: none in this window */
  int64_t now_us;  /* log clock of the last record that had one */

  bool searching;        /* the chain is broken: looking for the next record */
  bool padding;          /* nothing but 00 and FF since the damage began */
  uint64_t padding_from; /* offset in the log */
  uint64_t damage_offset;
  const char *damage_reason;
  int unknown_type; /* of the record at the damage's begin, -1: none */
  int64_t damage_us;

  bool boot_candidate; /* FMT of FMT came again: a fall of the clock now means a new boot */
  int64_t boot_us;
  bool defined_since[256];
  uint32_t boots;

  struct dataflash_kind *given;
  bool limit_reached;
  bool ended;
  uint32_t drained;
};

enum status dataflash_reader_open(struct decode *d, struct error *error);
enum status dataflash_reader_next(struct decode *d, const struct batch **ret_batch, struct error *error);

/* What the first bytes of a file say: how many FMT records are found, and whether PX4 wrote them. */
struct dataflash_head {
  unsigned formats;
  bool at_start; /* the first byte begins one */
  bool px4;      /* a TIME record type with StartTime is among them */
};
void dataflash_head_read(struct bytes head, struct dataflash_head *ret_head);

#endif
