/* retry: see retry.h. */
#include "base/retry.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define TOKENS 500u
#define COST_ANSWER 5u
#define COST_SILENCE 10u
#define ASKED_MOST_MS 300000u /* a service that asks for more is not waited for */

void retry_budget_init(struct retry_budget *budget, const struct retry_options *options) {
  *budget = (struct retry_budget){.options = *options, .tokens = TOKENS};
  budget->options.attempts = options->attempts ? options->attempts : 3;
  budget->options.base_ms = options->base_ms ? options->base_ms : 1000;
  budget->options.most_ms = options->most_ms ? options->most_ms : 20000;
  pthread_mutex_init(&budget->lock, NULL);
}

void retry_budget_end(struct retry_budget *budget) {
  pthread_mutex_destroy(&budget->lock);
}

static uint32_t draw(uint32_t most) {
  uint32_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
    random = (uint32_t)(uintptr_t)&random >> 4;
  return (uint32_t)(((uint64_t)random * (most + UINT64_C(1))) >> 32);
}

bool retry_again(struct retry_budget *budget, enum retry_cause cause, uint32_t tries, uint32_t asked_ms,
                 uint32_t *ret_delay_ms, uint32_t *paid) {
  uint32_t cost = cause == RETRY_SILENCE ? COST_SILENCE : COST_ANSWER;
  if (tries >= budget->options.attempts || asked_ms > ASKED_MOST_MS)
    return false;
  pthread_mutex_lock(&budget->lock);
  bool enough = budget->tokens >= cost;
  budget->tokens -= enough ? cost : 0;
  pthread_mutex_unlock(&budget->lock);
  if (!enough)
    return false;
  uint64_t most = (uint64_t)budget->options.base_ms << MIN(tries ? tries - 1 : 0, 20u);
  *paid = cost;
  *ret_delay_ms = MAX(draw((uint32_t)MIN(most, budget->options.most_ms)), asked_ms);
  return true;
}

void retry_success(struct retry_budget *budget, uint32_t paid) {
  pthread_mutex_lock(&budget->lock);
  budget->tokens = MIN(TOKENS, budget->tokens + (paid ? paid : 1));
  pthread_mutex_unlock(&budget->lock);
}

void retry_sleep(uint32_t delay_ms) {
  struct timespec left = {delay_ms / 1000, (long)(delay_ms % 1000) * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    ;
}
