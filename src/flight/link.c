/* link: names of flights, and whether two spans are one flight. */
#include "flight/flight.h"

#include <stdio.h>

void flight_make_id(struct flight *flight, const char *vehicle, const struct clock_fit *clock) {
  char time[CLOCK_TEXT_SIZE], compact[CLOCK_TEXT_SIZE];
  int64_t start_us = clock_fit_utc(clock, flight->start_us);
  clock_format(time, start_us - start_us % US_PER_S);
  size_t used = 0;
  for (const char *c = time; *c; c++)
    if (*c != '-' && *c != ':')
      compact[used++] = *c;
  compact[used] = 0;
  snprintf(flight->id, sizeof flight->id, "%.64s-%s", vehicle, compact);
}

bool flight_same(int64_t a_start, int64_t a_end, int64_t b_start, int64_t b_end) {
  int64_t overlap = MIN(a_end, b_end) - MAX(a_start, b_start);
  int64_t shorter = MIN(a_end - a_start, b_end - b_start);
  return overlap > 0 && overlap * 2 >= shorter;
}
