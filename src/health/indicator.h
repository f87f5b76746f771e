/* indicator: all that a file of this folder needs to be an indicator. Private to this folder. */
#ifndef UAVLAKE_INDICATOR_H
#define UAVLAKE_INDICATOR_H

#include "health/fit.h"
#include "health/grid.h"
#include "health/judgement.h"
#include "vocabulary/rows.h"

#include <stdio.h>
#include <stdlib.h>

/* The sensor number of a row: column `instance`, 0 where there is none. */
static inline uint32_t rows_instance(const struct column *instance, uint32_t row) {
  double value = rows_number(instance, row);
  return value > 0 && value < 256 ? (uint32_t)value : 0;
}

#endif
