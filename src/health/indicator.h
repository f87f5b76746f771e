/* indicator: all that a file of this folder needs to be an indicator. Private to this folder. */
#ifndef UAVLAKE_INDICATOR_H
#define UAVLAKE_INDICATOR_H

#include "flight/row_values.h"
#include "health/fit.h"
#include "health/grid.h"
#include "health/judgement.h"

#include <stdio.h>
#include <stdlib.h>

#endif
