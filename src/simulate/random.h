/* random: the simulator's own dice, so that a seed means the same flight on every machine. */
#ifndef UAVLAKE_SIMULATE_RANDOM_H
#define UAVLAKE_SIMULATE_RANDOM_H

#include <stdint.h>

struct random {
  uint64_t state[4];
};

struct random random_new(uint64_t seed);
/* A seed made from a seed and two numbers, so that each flight has dice of its own whatever is flown before it. */
uint64_t random_mix(uint64_t seed, uint64_t a, uint64_t b);
uint64_t random_next(struct random *random);
double random_unit(struct random *random); /* 0 ≤ x < 1 */
double random_between(struct random *random, double low, double high);
/* Mean 0, standard deviation 1; never beyond ±3.5. */
double random_normal(struct random *random);

/* First-order Gauss-Markov process: wanders with standard deviation `sigma` and forgets with time constant `tau_s`. */
void random_wander(struct random *random, double *value, double sigma, double tau_s, double dt_s);

#endif
