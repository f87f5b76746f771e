/* doubtful_date: the date that the log claims can hardly be right.
 *   before 2009   older than ArduPilot and PX4: a receiver whose ten-bit week number rolled over (1024 weeks, 19.6
 *                 years) or a clock that started from 1980 or 2000
 *   to come       over a day after it came into the lake
 *   day, week     GPS time steps by a whole number of days within the log: midnight was passed without the date, or the
 *                 week number rolled over
 * 15 points. A date that is only a guess from the file is no_gps_time's. */
#include "quality/gps_clock.h"
#include "quality/quality.h"

#define FIRST_YEAR 2009
#define DAY_S 86400.0
#define SLACK_S 5.0

static void date_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  gps_clock_rows(state, log, rows);
}

/* Days that GPS time steps by, 0: it does not; *ret_cell is the cell after it. */
static double find_day_step(const struct gps_clock *clock, uint32_t *ret_cell) {
  double last = NAN;
  for (uint32_t cell = 0; cell < LANE_CELLS; cell++) {
    double value = lane_mean(&clock->ahead_s, cell);
    if (isnan(value))
      continue;
    double days = round((value - last) / DAY_S);
    *ret_cell = cell;
    if (days != 0 && fabs(value - last - days * DAY_S) < SLACK_S)
      return days;
    last = value;
  }
  return 0;
}

static uint32_t date_check(void *state, const struct decode *decode, const struct log_summary *log,
                           struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const char *source = log->clock.source ? log->clock.source : "none";
  int64_t start_us = clock_fit_utc(&log->clock, log->start_us), now_us = clock_now_us();
  uint32_t cell = 0;
  char date[16];
  double days = find_day_step(state, &cell);
  if (!room || log->start_us == TIME_NONE || strcmp(source, "file") == 0 || strcmp(source, "none") == 0)
    return 0;
  int64_t first_us = clock_from_civil(FIRST_YEAR, 1, 1, 0, 0, 0);
  clock_format_date(date, start_us);
  if (start_us < first_us)
    *findings = quality_say(15, TIME_NONE, TIME_NONE, (double)start_us * 1e-6, (double)first_us * 1e-6,
                            "the log says %s: a week number that rolled over, or a clock that was never set", date);
  else if (start_us > now_us + US_PER_DAY)
    *findings = quality_say(15, TIME_NONE, TIME_NONE, (double)start_us * 1e-6, (double)now_us * 1e-6,
                            "the log says %s, which is still to come: the week number or the clock is wrong", date);
  else if (days != 0)
    *findings = quality_say(
        15, lane_time_us(log, cell), lane_time_us(log, cell), days, 0,
        "GPS time steps by %.0f day%s at second %.0f: midnight or a week was passed with a wrong date", days,
        fabs(days) == 1 ? "" : "s", (double)lane_time_us(log, cell) * 1e-6);
  else
    return 0;
  return 1;
}

const struct rule rule_doubtful_date = {
    .name = "doubtful_date",
    .about = "the log's date can hardly be right",
    .points = "15",
    .limit = "2009 to a day after it came in; no step of whole days within the log",
    .reason = "ArduPilot and PX4 began in 2009; GPS counts weeks with ten bits, which roll over every 1024 weeks "
              "(1999, 2019, 2038); NMEA time has no date",
    .tables = (const char *const[]){"gps", NULL},
    .state_size = sizeof(struct gps_clock),
    .rows = date_rows,
    .check = date_check};
