/* transform: what a number means in words, and numbers made of several. Private to this folder. */
#ifndef UAVLAKE_TRANSFORM_H
#define UAVLAKE_TRANSFORM_H

#include "vocabulary/rules.h"

/* Does the transform give text? */
bool transform_gives_text(enum transform transform);
/* The word for a number; size 0: no word, the value is null. Room for words that are made: 64 bytes, living as long as
 * the row. */
struct text transform_word(enum transform transform, double value, const char *vehicle_class, char room[64]);
/* One number of several. */
double transform_combine(enum transform transform, const double *values, uint32_t count);

#endif
