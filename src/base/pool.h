/* pool: a number of tasks done by a few threads. */
#ifndef UAVLAKE_POOL_H
#define UAVLAKE_POOL_H

#include "base/status.h"

/* Threads worth starting: the cores this process may use, at least 1. */
uint32_t pool_cores(void);

/* Calls task(context, index) for every index below count, from at most `workers` threads (the caller is one of them),
 * and returns when all are done. Tasks start in order of their index. */
void pool_run(uint32_t workers, uint32_t count, void (*task)(void *context, uint32_t index), void *context);

#endif
