/* series: see series.h. */
#include "flight/series.h"

#include <math.h>
#include <stdlib.h>

void series_add(struct series *series, int64_t log_us, double a, double b) {
  if (!series->items) {
    series->items = memory_new(SERIES_MAX * sizeof *series->items);
    series->stride = 1;
  }
  if (series->seen++ % series->stride)
    return;
  if (series->count == SERIES_MAX) {
    for (uint32_t i = 0; i < SERIES_MAX / 2; i++)
      series->items[i] = series->items[2 * i];
    series->count = SERIES_MAX / 2;
    series->stride *= 2;
  }
  series->items[series->count++] = (struct sample){log_us, a, b};
}

static int compare_samples(const void *a, const void *b) {
  const struct sample *x = a, *y = b;
  return (x->log_us > y->log_us) - (x->log_us < y->log_us);
}

void series_sort(struct series *series) {
  for (uint32_t i = 1; i < series->count; i++)
    if (series->items[i].log_us < series->items[i - 1].log_us) {
      qsort(series->items, series->count, sizeof *series->items, compare_samples);
      return;
    }
}

void series_free(struct series *series) {
  free(series->items);
  series->items = NULL;
}

uint32_t series_at(const struct series *series, int64_t log_us) {
  uint32_t low = 0, high = series->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (series->items[middle].log_us < log_us)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double median_of(double *values, uint32_t count) {
  if (count == 0)
    return NAN;
  qsort(values, count, sizeof *values, compare_doubles);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
