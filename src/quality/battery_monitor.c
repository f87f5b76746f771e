/* battery_monitor: the battery's sensor says nothing or is not calibrated, so all that rests on it (capacity,
 * resistance, time left) is wrong. Looked at in the air, where at least 30 s were logged, of the first battery:
 *   current    never over 0.05 A, or on average below -1 A, or the very same number for a minute: no vehicle flies on
 *              that, so there is no sensor, or its pin, scale or offset (BATT_AMP_PERVLT, BATT_AMP_OFFSET) is wrong
 *   voltage    never over 2 V (one empty cell has 3), or the very same number for a minute
 * 5 points each. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define LEAST_AIR_S 30.0
#define STUCK_S 60.0
#define LEAST_SAMPLES 20u
#define NO_CURRENT_A 0.05
#define NEGATIVE_A -1.0
#define NO_VOLTAGE_V 2.0

struct level {
  double least, most, sum;
  uint64_t count;
  int64_t first_us, last_us;
};
struct monitor {
  struct level volts, amps;
};

static void level_add(struct level *level, double value, int64_t now_us) {
  if (!isfinite(value))
    return;
  if (!level->count++) {
    level->least = level->most = value;
    level->first_us = now_us;
  }
  level->least = fmin(level->least, value);
  level->most = fmax(level->most, value);
  level->sum += value;
  level->last_us = now_us;
}

static void monitor_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct monitor *monitor = state;
  const struct column *instance = rows_column(rows, "instance");
  const struct column *volts = rows_column(rows, "voltage_v"), *amps = rows_column(rows, "current_a");
  for (uint32_t i = 0; (volts || amps) && i < rows->count; i++) {
    if (rows_number(instance, i) > 0 || !quality_in_air(log, rows->log_us[i]))
      continue;
    level_add(&monitor->volts, rows_number(volts, i), rows->log_us[i]);
    level_add(&monitor->amps, rows_number(amps, i), rows->log_us[i]);
  }
}

static double level_span_s(const struct level *level) {
  return (double)(level->last_us - level->first_us) * 1e-6;
}

static bool is_judged(const struct level *level) {
  return level->count >= LEAST_SAMPLES && level_span_s(level) >= LEAST_AIR_S;
}

static bool is_stuck(const struct level *level) {
  return level->least == level->most && level_span_s(level) >= STUCK_S;
}

static bool judge_current(const struct level *amps, struct quality_finding *finding) {
  if (!is_judged(amps))
    return false;
  double mean = amps->sum / (double)amps->count;
  if (fmax(fabs(amps->least), fabs(amps->most)) <= NO_CURRENT_A)
    *finding = quality_say(5, amps->first_us, amps->last_us, amps->most, NO_CURRENT_A,
                           "battery 1 shows no current in %.0f s of flight: there is no sensor, or it is not set up",
                           level_span_s(amps));
  else if (mean < NEGATIVE_A)
    *finding = quality_say(5, amps->first_us, amps->last_us, mean, NEGATIVE_A,
                           "battery 1 shows %.1f A on average in flight: the current sensor's offset is wrong", mean);
  else if (is_stuck(amps))
    *finding = quality_say(5, amps->first_us, amps->last_us, amps->most, 0,
                           "battery 1 shows exactly %.4g A for %.0f s of flight: the current sensor is stuck",
                           amps->most, level_span_s(amps));
  else
    return false;
  return true;
}

static bool judge_voltage(const struct level *volts, struct quality_finding *finding) {
  if (!is_judged(volts))
    return false;
  if (volts->most < NO_VOLTAGE_V)
    *finding = quality_say(5, volts->first_us, volts->last_us, volts->most, NO_VOLTAGE_V,
                           "battery 1 shows at most %.2f V in flight: the voltage sensor is not set up", volts->most);
  else if (is_stuck(volts))
    *finding = quality_say(5, volts->first_us, volts->last_us, volts->most, 0,
                           "battery 1 shows exactly %.4g V for %.0f s of flight: the voltage sensor is stuck",
                           volts->most, level_span_s(volts));
  else
    return false;
  return true;
}

static uint32_t monitor_check(void *state, const struct decode *decode, const struct log_summary *log,
                              struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct monitor *monitor = state;
  uint32_t added = 0;
  if (added < room)
    added += judge_current(&monitor->amps, &findings[added]);
  if (added < room)
    added += judge_voltage(&monitor->volts, &findings[added]);
  return added;
}

const struct rule rule_battery_monitor = {
    .name = "battery_monitor",
    .about = "the battery's current or voltage is missing, stuck or not calibrated",
    .points = "5 for the current, 5 for the voltage",
    .limit = "in the air for 30 s: current over 0.05 A, not below -1 A on average; voltage over 2 V; neither the same "
             "number for a minute",
    .reason = "no vehicle flies on less; an empty lithium cell has 3 V",
    .tables = (const char *const[]){"battery", NULL},
    .state_size = sizeof(struct monitor),
    .rows = monitor_rows,
    .check = monitor_check};
