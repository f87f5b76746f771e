/* grid: the tables of one flight brought onto common time bins, so that values of different messages can be set side by
 * side, in any order of arrival and in bounded memory. A bin is half a second, longer where the flight would need more
 * than GRID_BINS. */
#ifndef UAVLAKE_GRID_H
#define UAVLAKE_GRID_H

#include "flight/flight.h"

#define GRID_BINS 2048u

struct grid {
  int64_t start_us, bin_us;
  uint32_t first_airborne,
      end_airborne; /* bins well in the air: 3 s after take-off … 3 s before landing; equal: none */
  uint32_t bins;
};

/* Means of one value. */
struct channel {
  float sum[GRID_BINS];
  uint16_t count[GRID_BINS];
};

/* Vehicles that never leave the ground have their whole active span as "airborne". */
void grid_begin(struct grid *grid, const struct flight *flight);
/* GRID_BINS: outside of the flight. */
uint32_t grid_bin(const struct grid *grid, int64_t log_us);
/* Log clock of a bin's middle, in s. */
double grid_time_s(const struct grid *grid, uint32_t bin);
/* Values that are not finite, or outside of the grid, are left out. */
void channel_add(struct channel *channel, uint32_t bin, double value);
/* NAN: no value in this bin. */
double channel_mean(const struct channel *channel, uint32_t bin);
/* Means of the airborne bins that have one, in order of time. Returns their number; `bins` (may be NULL) gets which. */
uint32_t channel_collect(const struct grid *grid, const struct channel *channel, double values[GRID_BINS],
                         uint16_t bins[GRID_BINS]);
/* Quantile over the airborne bins' means. *ret_count (may be NULL): bins that had one. */
double channel_quantile(const struct grid *grid, const struct channel *channel, double q, uint32_t *ret_count);

#endif
