/* link: names of flights, and whether two spans are one flight. */
#include "flight/flight.h"
#include "flight/geo.h"

#include <math.h>
#include <stdio.h>

#define REBOOT_MOST_US (120 * US_PER_S) /* power lost, booted, GPS found again */
#define REBOOT_UNPLACED_US (30 * US_PER_S)
#define REBOOT_NEAR_M 300.0
#define REBOOT_SPEED_M_S 40.0
#define CLOCK_SLACK_US (2 * US_PER_S)

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

bool flight_continues(const struct flight_end *end, const struct flight_end *begin) {
  int64_t gap_us = begin->utc_us - end->utc_us;
  if (!end->in_air || !begin->in_air || gap_us < -CLOCK_SLACK_US || gap_us > REBOOT_MOST_US)
    return false;
  if (isnan(end->lat_deg) || isnan(begin->lat_deg))
    return gap_us <= REBOOT_UNPLACED_US;
  double distance_m = geo_distance_m(end->lat_deg, end->lon_deg, begin->lat_deg, begin->lon_deg);
  return distance_m <= REBOOT_NEAR_M + REBOOT_SPEED_M_S * fmax((double)gap_us * 1e-6, 0);
}
