/* dataflash_kind: one record type of a binary DataFlash log: its definition, its message, and the way from rows of
 * bytes to columns.
 *
 * Records found in the present window are noted by their offset only. dataflash_kind_flush turns all noted ones into
 * columns, a tight loop a column; the window must still be there then. */
#ifndef UAVLAKE_DATAFLASH_KIND_H
#define UAVLAKE_DATAFLASH_KIND_H

#include "decode/dataflash_format.h"

enum dataflash_special {
  DATAFLASH_PLAIN,
  DATAFLASH_FMT,
  DATAFLASH_UNIT,
  DATAFLASH_MULT,
  DATAFLASH_FMTU,
  DATAFLASH_TEXT,      /* MSG: facts */
  DATAFLASH_PARAMETER, /* PARM: facts */
  DATAFLASH_VERSION,   /* VER: facts */
};

struct dataflash_kind {
  struct dataflash_definition definition;
  struct dataflash_layout layout;
  struct message *message;
  enum dataflash_special special;
  int time_column; /* -1: none, the time of the record before is taken */
  int us_per_count;
  uint8_t time_offset, time_width;
  bool has_units;
  uint8_t unit_ids[DATAFLASH_COLUMNS_MAX], factor_ids[DATAFLASH_COLUMNS_MAX];
  uint32_t units_version; /* of the log's unit tables at the last dataflash_kind_resolve */
  bool odd_length;        /* declared otherwise than its letters add up; reported at the first record */

  /* Records noted in the window. `stop` is where the reader must look up: when the next batch is full, or at every
   * record of kinds that need a look each time. */
  uint32_t *offsets;
  int64_t *times; /* beside offsets; only where there is no time column */
  uint32_t noted, stop, room;
  struct batch_builder *builder;
  uint32_t capacity;

  /* The last record of the noted ones that became rows, for comparing ends: batches and windows must not decide. */
  uint8_t last[255], last_length; /* length 0: none */
  uint8_t framed_length;          /* as the reader steps over such records now, … */
  uint32_t framed_from;           /* … from this noted one on */
};

/* NULL at the memory limit. The kind lives as long as the decode. */
struct dataflash_kind *dataflash_kind_new(struct decode *d, const struct dataflash_definition *definition);
/* Log clock of one record in µs; TIME_NONE where the kind has none or it can't be true. */
int64_t dataflash_kind_time(const struct dataflash_kind *kind, const uint8_t *record);
/* May a clock go on from `before` to `us`? It may fall (another boot), but a leap of more than a day is a broken stamp.
 */
static inline bool dataflash_time_follows(int64_t before, int64_t us) {
  return us != TIME_NONE && (before == TIME_NONE || us < before + US_PER_DAY);
}
/* The reader will step over records of this kind by another length than until now. */
static inline void dataflash_kind_frame(struct dataflash_kind *kind, uint8_t length) {
  if (kind->framed_length == length)
    return;
  kind->framed_length = length;
  kind->framed_from = kind->noted;
  kind->last_length = 0;
}
/* The last record before the present one that was framed alike; NULL where there is none. */
static inline const uint8_t *dataflash_kind_before(const struct dataflash_kind *kind, const uint8_t *window) {
  if (kind->noted > kind->framed_from)
    return window + kind->offsets[kind->noted - 1];
  return kind->noted == 0 && kind->last_length ? kind->last : NULL;
}
/* Turns the noted records into rows; false at the memory limit. */
bool dataflash_kind_flush(struct decode *d, struct dataflash_kind *kind, const uint8_t *window);
/* Sets the next `stop` after a note or a flush. */
static inline void dataflash_kind_arm(struct dataflash_kind *kind) {
  bool every = kind->special != DATAFLASH_PLAIN || kind->time_column < 0 || kind->odd_length;
  kind->stop = every ? MIN(kind->noted + 1, kind->room) : kind->room;
}
/* Empties the batch that was given out. */
void dataflash_kind_release(struct dataflash_kind *kind);
/* Units and scales from the log's tables as far as they are known by now. */
void dataflash_kind_resolve(struct dataflash_kind *kind, const struct dataflash_units *units);

#endif
