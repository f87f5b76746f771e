/* imu_disagree: two of the autopilot's IMUs measure different things in flight, so one of them is wrong. The means of
 * each step (a second or longer, with ten samples of each) are compared; a difference beyond the limit for 10 s in a
 * row counts. Limits: twice what ArduPilot lets a vehicle arm with, 0.75 m/s² (ARMING_ACCTHRESH) and 5 deg/s, because
 * vibration and the distance between the IMUs add to it in flight. 10 points. */
#include "quality/lane.h"
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define SENSORS 3u
#define AXES 6u /* accelerations, then turn rates */
#define ACCEL_M_S2 1.5
#define GYRO_DEG_S 10.0
#define LASTING_S 10.0
#define LEAST_SAMPLES 10u /* a step: fewer samples of a vibrating airframe have no mean */

struct imus {
  struct lane lanes[SENSORS][AXES];
  bool seen[SENSORS];
};

static void imus_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  static const char *const names[AXES] = {"accel_x_m_s2", "accel_y_m_s2", "accel_z_m_s2",
                                          "gyro_x_deg_s", "gyro_y_deg_s", "gyro_z_deg_s"};
  struct imus *imus = state;
  const struct column *instance = rows_column(rows, "instance"), *axes[AXES];
  for (uint32_t axis = 0; axis < AXES; axis++)
    axes[axis] = rows_column(rows, names[axis]);
  for (uint32_t i = 0; i < rows->count; i++) {
    double sensor = instance ? rows_number(instance, i) : 0;
    if (!(sensor >= 0 && sensor < SENSORS))
      continue;
    uint32_t cell = lane_cell(log, rows->log_us[i]);
    for (uint32_t axis = 0; axis < AXES; axis++) {
      double value = rows_number(axes[axis], i);
      imus->seen[(int)sensor] |= axis < 3 && isfinite(value) && value != 0; /* all 0: not fitted */
      lane_add(&imus->lanes[(int)sensor][axis], cell, value);
    }
  }
}

/* Length of the difference of two sensors' vectors; NAN: too few samples. */
static double difference(const struct imus *imus, uint32_t sensor, uint32_t axis, uint32_t cell) {
  double sum = 0;
  for (uint32_t i = axis; i < axis + 3; i++) {
    if (imus->lanes[sensor][i].cells[cell].count < LEAST_SAMPLES || imus->lanes[0][i].cells[cell].count < LEAST_SAMPLES)
      return NAN;
    double delta = lane_mean(&imus->lanes[sensor][i], cell) - lane_mean(&imus->lanes[0][i], cell);
    sum += delta * delta;
  }
  return sqrt(sum);
}

static struct lane_run find_run(const struct imus *imus, const struct log_summary *log, uint32_t sensor, uint32_t axis,
                                double limit) {
  struct lane_run run = {0};
  for (uint32_t i = 0; i < log->flight_count; i++) {
    uint32_t end, cell = lane_air(log, &log->flights[i], &end);
    for (run.present = 0; cell < end; cell++)
      lane_run_add(&run, cell, difference(imus, sensor, axis, cell), limit);
  }
  return run;
}

static uint32_t imus_check(void *state, const struct decode *decode, const struct log_summary *log,
                           struct quality_finding *findings, uint32_t room) {
  (void)decode;
  const struct imus *imus = state;
  double step_s = (double)lane_step_us(log) * 1e-6;
  uint32_t added = 0;
  for (uint32_t sensor = 1; sensor < SENSORS && imus->seen[0] && imus->seen[sensor]; sensor++)
    for (uint32_t axis = 0; axis < AXES && added < room; axis += 3) {
      struct lane_run run = find_run(imus, log, sensor, axis, axis ? GYRO_DEG_S : ACCEL_M_S2);
      if (run.count * step_s < LASTING_S)
        continue;
      int64_t from_us = lane_time_us(log, run.from), to_us = lane_time_us(log, run.from + run.count);
      findings[added++] = quality_say(10, from_us, to_us, run.worst, run.limit,
                                      "%s 1 and %u differ by up to %.1f %s for %.0f s in flight: one of them is wrong",
                                      axis ? "gyroscopes" : "accelerometers", sensor + 1, run.worst,
                                      axis ? "deg/s" : "m/s2", run.count * step_s);
    }
  return added;
}

const struct rule rule_imu_disagree = {
    .name = "imu_disagree",
    .about = "two IMUs measure different things",
    .points = "10 a pair, for accelerometers and for gyroscopes",
    .limit = "means of a second in the air within 1.5 m/s2 and 10 deg/s; more for 10 s counts",
    .reason = "twice ArduPilot's arming limits, ARMING_ACCTHRESH 0.75 m/s2 and 5 deg/s",
    .tables = (const char *const[]){"imu", NULL},
    .state_size = sizeof(struct imus),
    .rows = imus_rows,
    .check = imus_check};
