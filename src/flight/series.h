/* series: samples over a whole log in bounded memory. When it is full, every second sample goes and from then on only
 * every second one (fourth, eighth, …) is taken. Samples may come out of order between calls; series_sort puts them
 * right. */
#ifndef UAVLAKE_SERIES_H
#define UAVLAKE_SERIES_H

#include "base/clock.h"

#define SERIES_MAX 16384u

struct sample {
  int64_t log_us;
  double a, b; /* meaning given by the series */
};

struct series {
  struct sample *items; /* from the heap */
  uint32_t count;
  uint32_t stride, seen;
};

void series_add(struct series *series, int64_t log_us, double a, double b);
void series_sort(struct series *series);
void series_free(struct series *series);
/* Index of the first sample at or after `log_us`. */
uint32_t series_at(const struct series *series, int64_t log_us);
/* Median of `count` values, which are reordered; NAN for none. */
double median_of(double *values, uint32_t count);

#endif
