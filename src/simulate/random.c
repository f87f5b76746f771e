/* random: xoshiro256** seeded by splitmix64 (Blackman and Vigna, "Scrambled linear pseudorandom number generators").
 *
 * The normal deviate is the sum of four 16-bit uniforms (Irwin-Hall), scaled: no logarithm or cosine, whose last bits
 * differ between C libraries. */
#include "simulate/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

struct random random_new(uint64_t seed) {
  struct random random;
  for (int i = 0; i < 4; i++)
    random.state[i] = splitmix(&seed);
  return random;
}

uint64_t random_mix(uint64_t seed, uint64_t a, uint64_t b) {
  uint64_t state = seed;
  state = splitmix(&state) ^ a;
  state = splitmix(&state) ^ b;
  return splitmix(&state);
}

static uint64_t rotate(uint64_t x, int bits) {
  return (x << bits) | (x >> (64 - bits));
}

uint64_t random_next(struct random *random) {
  uint64_t *s = random->state, result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return result;
}

double random_unit(struct random *random) {
  return (double)(random_next(random) >> 11) * 0x1p-53;
}

double random_between(struct random *random, double low, double high) {
  return low + (high - low) * random_unit(random);
}

double random_normal(struct random *random) {
  uint64_t bits = random_next(random);
  uint64_t sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
  /* four uniforms: mean 2, variance 4/12 */
  return ((double)sum * 0x1p-16 - 2.0 + 0x1p-15) * 1.7320508075688772;
}

void random_wander(struct random *random, double *value, double sigma, double tau_s, double dt_s) {
  *value += -*value * dt_s / tau_s + sigma * sqrt(2 * dt_s / tau_s) * random_normal(random);
}
