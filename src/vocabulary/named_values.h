/* named_values: the last number that came under each name; bounded. Private to this folder. */
#ifndef UAVLAKE_NAMED_VALUES_H
#define UAVLAKE_NAMED_VALUES_H

#include "base/arena.h"
#include "base/text.h"

struct named_values;

struct named_values *named_values_new(struct arena *arena);
/* Past 8192 names, and names over 64 bytes, are not kept. */
void named_values_set(struct named_values *values, struct text name, double value);
/* NAN: none came. */
double named_values_get(const struct named_values *values, struct text name);

#endif
