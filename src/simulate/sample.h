/* sample: all that the autopilot knows at one instant; what both log writers write from, so that they agree.
 *
 * Units are those of the lake: degrees, m, m/s, V, A, µT, Pa. */
#ifndef UAVLAKE_SIMULATE_SAMPLE_H
#define UAVLAKE_SIMULATE_SAMPLE_H

#include "simulate/mission.h"

#define IMUS 2

/* One flight as it is planned: what the vehicle is, where, when and in which state. */
struct sortie_plan {
  char vehicle[24]; /* "uav11" */
  struct vehicle build;
  int system_id;
  uint32_t board_uid[3];
  char firmware[48], firmware_hash[9];
  int firmware_version[3];
  double home_lat_deg, home_lon_deg, home_alt_m;
  int64_t boot_utc_us;   /* UTC when the autopilot started */
  int64_t log_after_us;  /* from then to the first record */
  double ground_clock_s; /* error of the ground station's clock */
  double duration_s, runway_rad;
  double wind_m_s, wind_from_rad, gust_m_s;
  double air_degc, pressure_pa;
  double charge_ratio;
  int photos;
  uint64_t seed;
  struct mission mission;
};

struct gps_fix {
  double lat_deg, lon_deg, alt_m, velocity_m_s[3];
  double speed_m_s, course_deg, hdop, vdop, horizontal_m, vertical_m, speed_accuracy_m_s;
  int satellites, status;
  int64_t time_us; /* boot clock */
};

struct sample {
  const struct sortie_plan *plan;
  int64_t time_us; /* since boot */
  int64_t utc_us;
  bool armed, airborne;
  int mode, item;
  /* truth, for photos and the fleet's record */
  struct body body;
  /* estimate */
  double lat_deg, lon_deg, alt_m, position_m[3], velocity_m_s[3];
  double roll_deg, pitch_deg, yaw_deg, rate_deg_s[3];
  double want_roll_deg, want_pitch_deg, want_yaw_deg, want_rate_deg_s[3], rate_out[3];
  double want_height_m, want_climb_m_s;
  double gyro_bias_deg_s[3], velocity_ratio, position_ratio, height_ratio, compass_ratio, tilt_error;
  /* sensors */
  struct gps_fix gps;
  double gyro_rad_s[IMUS][3], accelerometer_m_s2[IMUS][3], imu_degc[IMUS];
  double vibration_m_s2[IMUS][3];
  uint32_t clipped[IMUS];
  double baro_alt_m, baro_pa, baro_degc, baro_climb_m_s, ground_pa;
  double compass_ut[2][3], compass_offset_ut[2][3];
  double airspeed_m_s, airspeed_pa;
  /* power */
  double battery_v, battery_rest_v, battery_a, battery_mah, battery_wh, battery_degc, battery_ohm, battery_percent;
  double board_v, servo_v, mcu_degc;
  double esc_degc[MOTORS_MAX], esc_a[MOTORS_MAX], esc_mah[MOTORS_MAX];
  int servo_us[8];
  double throttle_in, throttle_out, throttle_hover;
  int rc_us[8], rc_percent;
  /* navigation */
  double waypoint_m, waypoint_bearing_deg, track_error_m, wind_m_s[2];
  double target_lat_deg, target_lon_deg;
  /* link and computer */
  int radio_rssi, radio_remote_rssi, radio_noise, radio_errors, link_lost;
  double load_ratio;
  uint32_t loop_max_us, slow_loops, log_dropped, log_blocks;
  int photos;
};

/* North and east of home → degrees, on the sphere of 6,378,100 m that the firmware uses too. */
void place_of(const struct sortie_plan *plan, double north_m, double east_m, double *ret_lat_deg, double *ret_lon_deg);

#endif
