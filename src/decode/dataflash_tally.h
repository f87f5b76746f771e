/* dataflash_tally: counts the records of a large binary DataFlash log without decoding them, on several threads.
 *
 * Works on logs that are one clean chain of records up to their last megabyte; for any other it says so, and the caller
 * decodes the whole log instead. While counting it also picks stretches of whole records, the head, one in every 32 MB
 * and the tail, that together are a small log of their own: decoded, they tell clock, facts and parameters. */
#ifndef UAVLAKE_DATAFLASH_TALLY_H
#define UAVLAKE_DATAFLASH_TALLY_H

#include "base/arena.h"
#include "base/input.h"

struct dataflash_stretch {
  uint64_t from, to; /* offsets in the log; a record begins at each */
};

struct dataflash_tally {
  uint64_t counts[256];                 /* records by type */
  uint64_t sampled[256];                /* of these, in the stretches */
  uint64_t first_at[256], last_at[256]; /* offset of the first and last record of a type */
  int64_t first_us[256], last_us[256];  /* their log clock, TIME_NONE where the type has none */
  uint64_t instances[256][256];         /* by type and value of the instance column; zero where there is none */
  bool has_instance[256];
  struct dataflash_stretch *stretches; /* in order */
  uint32_t stretch_count;
};

#define DATAFLASH_TALLY_MIN (UINT64_C(64) << 20) /* smaller logs are not worth it */

/* *ret_tally is NULL where the log is not clean. All in the arena (about a megabyte). Fails only where reading does. */
must_check enum status dataflash_tally_count(const char *path, uint32_t threads, struct arena *arena,
                                             struct dataflash_tally **ret_tally, struct error *error);

#endif
