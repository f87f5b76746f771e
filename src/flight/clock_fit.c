/* clock_fit: the log's clock against UTC, from samples that know both.
 *
 * Offset: the median of UTC − log clock over all samples, which one wrong sample can't move. Drift: Theil–Sen (the
 * median slope between pairs half the log apart), where the log lasts over five minutes; quartz is good to some 100
 * ppm, more is not believed. Error bar: 1.4826 × the median absolute deviation (P. J. Rousseeuw, C. Croux, 1993), not
 * below the resolution of a GPS stamp. */
#include "flight/clock_fit.h"

#include <math.h>
#include <stdlib.h>

#define DRIFT_SPAN_US (300 * US_PER_S)
#define DRIFT_MAX 500e-6
#define LEAST_ERROR_S 0.001

int64_t clock_fit_utc(const struct clock_fit *fit, int64_t log_us) {
  if (log_us == TIME_NONE)
    return TIME_NONE;
  double drift_us = fit->drift * (double)(log_us - fit->reference_us);
  return log_us + fit->offset_us + (int64_t)drift_us;
}

/* Slope of (UTC − log clock) over the log clock. */
static double find_drift(const struct series *samples) {
  uint32_t half = samples->count / 2;
  double *slopes = memory_new(MAX(half, 1u) * sizeof *slopes);
  uint32_t count = 0;
  for (uint32_t i = 0; i + half < samples->count; i++) {
    double span_us = (double)(samples->items[i + half].log_us - samples->items[i].log_us);
    if (span_us > 0 && count < half)
      slopes[count++] = (samples->items[i + half].a - samples->items[i].a) / span_us;
  }
  double drift = median_of(slopes, count);
  free(slopes);
  return isfinite(drift) && fabs(drift) < DRIFT_MAX ? drift : 0;
}

bool clock_fit_samples(struct series *samples, const char *source, struct clock_fit *ret_fit) {
  if (samples->count == 0)
    return false;
  series_sort(samples);
  struct clock_fit fit = {.source = source, .reference_us = samples->items[0].log_us};
  int64_t span_us = samples->items[samples->count - 1].log_us - samples->items[0].log_us;
  if (span_us > DRIFT_SPAN_US && samples->count >= 20)
    fit.drift = find_drift(samples);
  double *rest = memory_new(samples->count * sizeof *rest);
  for (uint32_t i = 0; i < samples->count; i++)
    rest[i] = samples->items[i].a - fit.drift * (double)(samples->items[i].log_us - fit.reference_us);
  double offset_us = median_of(rest, samples->count);
  for (uint32_t i = 0; i < samples->count; i++)
    rest[i] = fabs(rest[i] - offset_us);
  fit.error_s = fmax(LEAST_ERROR_S, 1.4826e-6 * median_of(rest, samples->count));
  free(rest);
  fit.offset_us = (int64_t)offset_us;
  *ret_fit = fit;
  return true;
}
