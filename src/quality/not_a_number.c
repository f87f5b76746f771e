/* not_a_number: NaN or infinity in the records that everything rests on (attitude, acceleration, turn rate, position,
 * speed, pressure) in flight, after the message had shown numbers: the estimator broke down, or a division by zero. A
 * field that never holds a number is not logged, and no fault. Over one value in a thousand, and at least 3: 10 points,
 * plus the share in percent, at most 30. */
#include "quality/quality.h"

#include "vocabulary/rows.h"

#define SHARE 0.001
#define LEAST_VALUES 3u

static const struct number {
  const char *table, *column;
} numbers[] = {
    {"attitude", "roll_deg"},      {"attitude", "pitch_deg"},    {"attitude", "yaw_deg"},      {"imu", "accel_x_m_s2"},
    {"imu", "accel_y_m_s2"},       {"imu", "accel_z_m_s2"},      {"imu", "gyro_x_deg_s"},      {"imu", "gyro_y_deg_s"},
    {"imu", "gyro_z_deg_s"},       {"position", "lat_deg"},      {"position", "lon_deg"},      {"position", "north_m"},
    {"velocity", "vel_north_m_s"}, {"velocity", "vel_east_m_s"}, {"velocity", "vel_down_m_s"}, {"baro", "pressure_pa"},
};

struct counts {
  struct {
    uint64_t good, bad;
    int64_t first_us, last_us;
  } columns[ARRAY_COUNT(numbers)];
};

static void counts_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct counts *counts = state;
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
    const struct column *column = rows_are_of(rows, numbers[i].table) ? rows_column(rows, numbers[i].column) : NULL;
    for (uint32_t row = 0; column && row < rows->count; row++) {
      if (!quality_in_air(log, rows->log_us[row]))
        continue;
      if (isfinite(rows_number(column, row))) {
        counts->columns[i].good++;
      } else if (counts->columns[i].good) {
        if (!counts->columns[i].bad++)
          counts->columns[i].first_us = rows->log_us[row];
        counts->columns[i].last_us = rows->log_us[row];
      }
    }
  }
}

static uint32_t counts_check(void *state, const struct decode *decode, const struct log_summary *log,
                             struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct counts *counts = state;
  size_t worst = 0;
  double worst_share = 0;
  for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
    uint64_t all = counts->columns[i].good + counts->columns[i].bad;
    double share = all && counts->columns[i].bad >= LEAST_VALUES ? (double)counts->columns[i].bad / (double)all : 0;
    if (share > worst_share) {
      worst_share = share;
      worst = i;
    }
  }
  if (!room || worst_share <= SHARE)
    return 0;
  int64_t first_us = counts->columns[worst].first_us;
  *findings = quality_say(fmin(30, 10 + 100 * worst_share), first_us, counts->columns[worst].last_us, worst_share,
                          SHARE, "%s.%s is not a number in %.1f %% of its values in flight, first at second %.1f",
                          numbers[worst].table, numbers[worst].column, worst_share * 100, (double)first_us * 1e-6);
  return 1;
}

const struct rule rule_not_a_number = {
    .name = "not_a_number",
    .about = "NaN or infinity where numbers were",
    .points = "10, plus the share in percent, at most 30",
    .limit = "one value in a thousand of attitude, IMU, position, velocity or pressure in flight, and at least 3",
    .reason = "no sensor measures it; the autopilot's estimator gives it when it breaks down",
    .tables = (const char *const[]){"attitude", "imu", "position", "velocity", "baro", NULL},
    .state_size = sizeof(struct counts),
    .rows = counts_rows,
    .check = counts_check};
