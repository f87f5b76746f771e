/* no_rc: the radio control's message is logged, but no channel had a value in 30 s and more of flight: nobody could
 * take over, or the receiver is not set up. Flights that need none (a ground station or a companion computer flies)
 * look the same, so it costs only 2 points. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define LEAST_AIR_S 30.0
#define LEAST_RECORDS 20u

struct control {
  uint64_t values;
};

static void control_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct control *control = state;
  const struct column *pulse = rows_column(rows, "pulse_us"), *stick = rows_column(rows, "stick_ratio");
  for (uint32_t i = 0; i < rows->count; i++)
    if ((rows_number(pulse, i) > 0 || isfinite(rows_number(stick, i))) && quality_in_air(log, rows->log_us[i]))
      control->values++;
}

static uint64_t count_records(const struct decode *decode) {
  static const char *const names[] = {"RCIN", "RC_CHANNELS", "RC_CHANNELS_RAW", "input_rc"};
  const struct decode_report *report = decode_get_report(decode);
  uint64_t records = 0;
  for (uint32_t i = 0; i < report->message_count; i++)
    for (size_t k = 0; k < ARRAY_COUNT(names); k++)
      if (strcmp(report->messages[i]->name, names[k]) == 0)
        records += report->messages[i]->count;
  return records;
}

static uint32_t control_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  const struct control *control = state;
  double air_s = quality_air_s(log);
  if (!room || control->values || air_s < LEAST_AIR_S || count_records(decode) < LEAST_RECORDS)
    return 0;
  *findings = quality_say(2, TIME_NONE, TIME_NONE, air_s, LEAST_AIR_S,
                          "no channel of the radio control had a value in %.0f s of flight: nobody could take over",
                          air_s);
  return 1;
}

const struct rule rule_no_rc = {.name = "no_rc",
                                .about = "the radio control was never received in flight",
                                .points = "2",
                                .limit = "one channel with a value in a flight of 30 s, where the message is logged",
                                .reason = "receivers give 800 to 2200 us; 0 is no signal",
                                .tables = (const char *const[]){"rc", NULL},
                                .state_size = sizeof(struct control),
                                .rows = control_rows,
                                .check = control_check};
