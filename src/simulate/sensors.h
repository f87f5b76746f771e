/* sensors: from what is true to what the autopilot measures and estimates. */
#ifndef UAVLAKE_SIMULATE_SENSORS_H
#define UAVLAKE_SIMULATE_SENSORS_H

#include "simulate/battery.h"
#include "simulate/sample.h"

struct sensors {
  struct random random;
  double gps_error_m[3], gps_velocity_error_m_s[3], gps_quality;
  double baro_drift_m, estimate_error_m[3], estimate_angle_error_deg[3], estimate_velocity_error_m_s[3];
  double gyro_bias_rad_s[IMUS][3], accelerometer_bias_m_s2[IMUS][3];
  double motor_phase[MOTORS_MAX], vibration_wander[3];
  double field_earth_ut[3], compass_iron_ut[2][3];
  double compass_misfit, gps_misfit, resistance_misfit, rate_out_trim[3];
  double radio_fade_db;
  double climb_filtered_m_s;
};

struct sensors sensors_new(const struct sortie_plan *plan);
/* Every tick: the quick ones (IMU phase, drifts, ESC heat). */
void sensors_step(struct sensors *sensors, struct sample *sample, const struct battery *battery, const struct air *air,
                  double dt_s);
/* Before records are written from the sample: everything else. */
void sensors_read(struct sensors *sensors, struct sample *sample, const struct battery *battery, const struct air *air,
                  const struct autopilot *autopilot);
/* 5 times a second. */
void sensors_fix(struct sensors *sensors, struct sample *sample, double dt_s);

#endif
