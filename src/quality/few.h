/* few: up to FEW_MAX values picked evenly from any number of them, for a median in bounded memory. When it is full,
 * every second value goes and from then on only every second one is taken. */
#ifndef UAVLAKE_FEW_H
#define UAVLAKE_FEW_H

#include "flight/series.h"

#include <math.h>

#define FEW_MAX 256u

struct few {
  double values[FEW_MAX];
  uint32_t count, stride, seen;
};

/* What is no number is left out. */
static inline void few_add(struct few *few, double value) {
  if (!isfinite(value) || few->seen++ % MAX(few->stride, 1u))
    return;
  if (few->count == FEW_MAX) {
    for (uint32_t i = 0; i < FEW_MAX / 2; i++)
      few->values[i] = few->values[2 * i];
    few->count = FEW_MAX / 2;
    few->stride = MAX(few->stride, 1u) * 2;
  }
  few->values[few->count++] = value;
}

/* NAN for none. */
static inline double few_median(const struct few *few) {
  double values[FEW_MAX];
  memcpy(values, few->values, few->count * sizeof *values);
  return median_of(values, few->count);
}

#endif
