/* frozen_sensor: an accelerometer or barometer that gives the very same number again and again. Real sensors always
 * show noise; 50 equal samples over at least 5 s in a row are a frozen one (ArduPilot counts 5 equal samples at 1 kHz
 * as stuck). 0 is what stands
 * for a sensor that is not fitted. Only in the air: on the ground, and in simple simulators, a coarse barometer may
 * well stand still. 20 points. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#include <stdio.h>

#define SENSORS 3 /* instances watched */
#define EQUAL_SAMPLES 50u
#define EQUAL_US (5 * US_PER_S)

struct frozen_run {
  double value;
  int64_t since_us;
  uint32_t count;
};
struct frozen {
  struct frozen_run accel[SENSORS], baro[SENSORS];
  const char *found;
  int instance;
  int64_t from_us, to_us;
};

static void watch(struct frozen *frozen, struct frozen_run *run, const char *what, int instance, double value,
                  int64_t now_us) {
  if (value != run->value || run->count == 0) {
    *run = (struct frozen_run){value, now_us, 1};
    return;
  }
  run->count++;
  if (run->count < EQUAL_SAMPLES || now_us - run->since_us < EQUAL_US)
    return;
  if (!frozen->found || now_us - run->since_us > frozen->to_us - frozen->from_us) {
    frozen->found = what;
    frozen->instance = instance;
    frozen->from_us = run->since_us;
    frozen->to_us = now_us;
  }
}

static void frozen_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  (void)log;
  struct frozen *frozen = state;
  bool imu = strcmp(rows->table->name, "imu") == 0;
  const struct column *instance = rows_column(rows, "instance"),
                      *value = rows_column(rows, imu ? "accel_x_m_s2" : "pressure_pa");
  for (uint32_t i = 0; value && i < rows->count; i++) {
    double sensor = instance ? rows_number(instance, i) : 0, number = rows_number(value, i);
    if (!(sensor >= 0 && sensor < SENSORS) || isnan(number) || number == 0 || rows->log_us[i] == TIME_NONE)
      continue;
    struct frozen_run *run = imu ? &frozen->accel[(int)sensor] : &frozen->baro[(int)sensor];
    watch(frozen, run, imu ? "accelerometer" : "barometer", (int)sensor, number, rows->log_us[i]);
  }
}

static bool in_the_air(const struct log_summary *log, int64_t from_us, int64_t to_us) {
  for (uint32_t i = 0; i < log->flight_count; i++) {
    const struct flight *flight = &log->flights[i];
    if (flight->takeoff_us != TIME_NONE &&
        MIN(to_us, flight->landing_us) - MAX(from_us, flight->takeoff_us) >= EQUAL_US)
      return true;
  }
  return false;
}

static uint32_t frozen_check(void *state, const struct decode *decode, const struct log_summary *log,
                             struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct frozen *frozen = state;
  if (!room || !frozen->found || !in_the_air(log, frozen->from_us, frozen->to_us))
    return 0;
  *findings = (struct quality_finding){.severity = 20,
                                       .from_s = (double)frozen->from_us * 1e-6,
                                       .to_s = (double)frozen->to_us * 1e-6,
                                       .value = (double)(frozen->to_us - frozen->from_us) * 1e-6,
                                       .limit = (double)EQUAL_US * 1e-6};
  snprintf(findings->text, sizeof findings->text, "%s %d gave the same value for %.1f s", frozen->found,
           frozen->instance + 1, (double)(frozen->to_us - frozen->from_us) * 1e-6);
  return 1;
}

const struct rule rule_frozen_sensor = {
    .name = "frozen_sensor",
    .about = "a sensor repeats its value",
    .points = "20",
    .limit = "in the air 50 equal samples over 5 s of an accelerometer or barometer; 0 is a sensor that is not fitted",
    .reason = "real sensors show noise; ArduPilot takes 5 equal samples at 1 kHz for stuck",
    .tables = (const char *const[]){"imu", "baro", NULL},
    .state_size = sizeof(struct frozen),
    .rows = frozen_rows,
    .check = frozen_check};
