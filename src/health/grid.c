/* grid: see grid.h. */
#include "health/grid.h"

#include "health/fit.h"

#include <math.h>

#define BIN_US (US_PER_S / 2)
#define MARGIN_US (3 * US_PER_S)

void grid_begin(struct grid *grid, const struct flight *flight) {
  int64_t span_us = MAX(flight->end_us - flight->start_us, INT64_C(1));
  *grid = (struct grid){.start_us = flight->start_us, .bin_us = MAX(BIN_US, span_us / (GRID_BINS - 1) + 1)};
  grid->bins = (uint32_t)MIN(span_us / grid->bin_us + 1, (int64_t)GRID_BINS);
  bool flew = flight->takeoff_us != TIME_NONE && flight->landing_us != TIME_NONE;
  int64_t from_us = flew ? flight->takeoff_us + MARGIN_US : flight->start_us;
  int64_t to_us = flew ? flight->landing_us - MARGIN_US : flight->end_us;
  if (to_us <= from_us)
    return;
  grid->first_airborne = (uint32_t)MIN(MAX((from_us - grid->start_us) / grid->bin_us, INT64_C(0)), (int64_t)grid->bins);
  grid->end_airborne = (uint32_t)MIN(MAX((to_us - grid->start_us) / grid->bin_us, INT64_C(0)), (int64_t)grid->bins);
}

uint32_t grid_bin(const struct grid *grid, int64_t log_us) {
  if (log_us == TIME_NONE || log_us < grid->start_us)
    return GRID_BINS;
  int64_t bin = (log_us - grid->start_us) / grid->bin_us;
  return bin < (int64_t)grid->bins ? (uint32_t)bin : GRID_BINS;
}

double grid_time_s(const struct grid *grid, uint32_t bin) {
  return ((double)grid->start_us + ((double)bin + 0.5) * (double)grid->bin_us) * 1e-6;
}

void channel_add(struct channel *channel, uint32_t bin, double value) {
  if (bin >= GRID_BINS || !isfinite(value) || fabs(value) > 1e12 || channel->count[bin] == UINT16_MAX)
    return;
  channel->sum[bin] += (float)value;
  channel->count[bin]++;
}

double channel_mean(const struct channel *channel, uint32_t bin) {
  return bin < GRID_BINS && channel->count[bin] ? (double)channel->sum[bin] / channel->count[bin] : NAN;
}

uint32_t channel_collect(const struct grid *grid, const struct channel *channel, double values[GRID_BINS],
                         uint16_t bins[GRID_BINS]) {
  uint32_t count = 0;
  for (uint32_t bin = grid->first_airborne; bin < grid->end_airborne; bin++) {
    double mean = channel_mean(channel, bin);
    if (isnan(mean))
      continue;
    if (bins)
      bins[count] = (uint16_t)bin;
    values[count++] = mean;
  }
  return count;
}

double channel_quantile(const struct grid *grid, const struct channel *channel, double q, uint32_t *ret_count) {
  double values[GRID_BINS];
  uint32_t count = channel_collect(grid, channel, values, NULL);
  if (ret_count)
    *ret_count = count;
  return fit_quantile(values, count, q);
}
