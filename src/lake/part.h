/* part: a flight that a reboot split over several logs: what each tells, and the flight that they tell together.
 *
 * The flight's document keeps each log's part under "parts", and its own figures are made from them: from the first
 * start to the last end, sums of what adds up, the time between them counted as airborne, and a note that names the
 * gap. The log of the longest part is the primary one. */
#ifndef UAVLAKE_PART_H
#define UAVLAKE_PART_H

#include "lake/document.h"

/* told: what this log tells of the flight (described as a document of its own; stays the caller's). The document's own
 * figures become the first part where it has none yet. */
void part_add(json_t *document, const char *log, const json_t *told);
/* The log tells of another flight: what the others tell remains. */
void part_remove(json_t *document, const char *log);
bool part_is_known(const json_t *document, const char *log);

#endif
