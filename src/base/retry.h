/* retry: when to try again, and after how long, as AWS's SDKs do in their "standard" mode.
 *
 * Shared by all requests to one service: a budget of tokens that failures use up and successes fill, so that a service
 * that is down is not made busier. Delays are drawn from 0 to base × 2^(tries − 1), at most 20 s ("full jitter").
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior". Thread-safe. */
#ifndef UAVLAKE_RETRY_H
#define UAVLAKE_RETRY_H

#include "base/status.h"

#include <pthread.h>

struct retry_options {
  uint32_t attempts; /* in all; 0: 3 */
  uint32_t base_ms;  /* 0: 1,000 */
  uint32_t most_ms;  /* 0: 20,000 */
};

struct retry_budget {
  struct retry_options options;
  pthread_mutex_t lock;
  uint32_t tokens;
};

enum retry_cause { RETRY_ANSWER, RETRY_SILENCE }; /* the service said so; nothing came back */

void retry_budget_init(struct retry_budget *budget, const struct retry_options *options);
void retry_budget_end(struct retry_budget *budget);
/* May a request that failed `tries` times try again? Takes tokens (*paid) and gives the delay; asked_ms: the least that
 * the service asked for (Retry-After), 0 none. */
bool retry_again(struct retry_budget *budget, enum retry_cause cause, uint32_t tries, uint32_t asked_ms,
                 uint32_t *ret_delay_ms, uint32_t *paid);
/* A request succeeded: gives back what its last try cost, or one token. */
void retry_success(struct retry_budget *budget, uint32_t paid);
/* Sleeps, however often a signal interrupts. */
void retry_sleep(uint32_t delay_ms);

#endif
