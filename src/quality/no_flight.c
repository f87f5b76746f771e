/* no_flight: a vehicle's own log that holds attitude but no flight: it was never armed and never moved (a bench test, a
 * log that was cut), or the records that tell of arming are missing. And a flight of less than 10 s in the air, which
 * is too short for any indicator. Nothing is wrong with such a log, so 3 points. */
#include "quality/quality.h"

#include "decode/decoder.h"
#include "vocabulary/rows.h"

#define LEAST_RECORDS 50u
#define SHORT_S 10.0

struct armed {
  uint64_t records;
};

static void armed_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  if (rows_column(rows, "roll_deg"))
    ((struct armed *)state)->records += rows->count;
}

static uint32_t armed_check(void *state, const struct decode *decode, const struct log_summary *log,
                            struct quality_finding *findings, uint32_t room) {
  const struct armed *armed = state;
  double air_s = quality_air_s(log), log_s = (double)(log->end_us - log->start_us) * 1e-6;
  if (!room || armed->records < LEAST_RECORDS || strcmp(decode_get_decoder(decode)->source, "carrier") != 0)
    return 0;
  if (!log->flight_count)
    *findings = quality_say(3, TIME_NONE, TIME_NONE, 0, SHORT_S,
                            "the log of %.0f s holds no flight: the vehicle was not armed, or arming was not logged",
                            log_s);
  else if (air_s > 0 && air_s < SHORT_S)
    *findings = quality_say(3, log->flights[0].start_us, log->flights[0].end_us, air_s, SHORT_S,
                            "only %.1f s in the air: too short to judge the vehicle's condition", air_s);
  else
    return 0;
  return 1;
}

const struct rule rule_no_flight = {.name = "no_flight",
                                    .about = "no flight in the log, or one too short to judge",
                                    .points = "3",
                                    .limit = "10 s in the air",
                                    .reason = "the indicators rest on 20 means of half a second and more",
                                    .tables = (const char *const[]){"attitude", NULL},
                                    .state_size = sizeof(struct armed),
                                    .rows = armed_rows,
                                    .check = armed_check};
