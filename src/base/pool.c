/* pool: threads that draw the next index until none is left. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define WORKERS_MAX 256u

struct pool {
  void (*task)(void *context, uint32_t index);
  void *context;
  uint32_t count;
  _Atomic uint32_t next;
};

uint32_t pool_cores(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  int cores = CPU_COUNT(&set);
  return cores < 1 ? 1 : (uint32_t)cores;
}

static void *draw(void *argument) {
  struct pool *pool = argument;
  uint32_t index;
  while ((index = atomic_fetch_add(&pool->next, 1u)) < pool->count)
    pool->task(pool->context, index);
  return NULL;
}

void pool_run(uint32_t workers, uint32_t count, void (*task)(void *context, uint32_t index), void *context) {
  struct pool pool = {task, context, count, 0};
  pthread_t threads[WORKERS_MAX];
  uint32_t started = 0;
  uint32_t wanted = MIN(MIN(workers, count), WORKERS_MAX);
  while (started + 1 < wanted && pthread_create(&threads[started], NULL, draw, &pool) == 0)
    started++;
  draw(&pool);
  for (uint32_t i = 0; i < started; i++)
    pthread_join(threads[i], NULL);
}
