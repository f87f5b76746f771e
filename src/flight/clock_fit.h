/* clock_fit: fitting a log's clock to UTC. The result is struct clock_fit of flight.h. */
#ifndef UAVLAKE_CLOCK_FIT_H
#define UAVLAKE_CLOCK_FIT_H

#include "flight/flight.h"
#include "flight/series.h"

/* samples: log_us, a = UTC − log clock in µs. Sorts them. False where there are none. */
bool clock_fit_samples(struct series *samples, const char *source, struct clock_fit *ret_fit);

#endif
