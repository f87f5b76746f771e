/* transform: what a number means in words, and numbers made of several. Private to this folder. */
#ifndef UAVLAKE_TRANSFORM_H
#define UAVLAKE_TRANSFORM_H

#include "vocabulary/rules.h"

/* Does the transform give text? */
bool transform_gives_text(enum transform transform);
/* Is it about a state that a message repeats, so that only changes are rows? */
bool transform_is_edge(enum transform transform);
/* What of a value decides whether the state has changed. */
double transform_state(enum transform transform, double value);
/* Is a log's first value no news where it says "no"? */
bool transform_starts_at_no(enum transform transform);
/* The word for a number; size 0: no word, the value is null. Room for words that are made: 64 bytes, living as long as
 * the row. */
struct text transform_word(enum transform transform, double value, const char *vehicle_class, char room[64]);
/* One number of several. */
double transform_combine(enum transform transform, const double *values, uint32_t count);

#endif
