/* sensors: noise, drift and interference of GPS, IMU, barometer, compass, battery monitor, radio and estimator.
 *
 * GPS: correlated position error (1 m, 50 s) that grows with the fault, fewer satellites and a larger HDOP with it.
 * IMU: white noise, a bias, and a once-a-turn shake of each motor: amplitude (base + imbalance)·(rpm/rpm_max)², phase
 * by the true revolutions, so that a spectrum shows the lines it would show. VIBE is the standard deviation the
 * firmware would find, with wander. Barometer: p = p₀·(1 − 2.25577e-5·h)^5.25588 (ISO 2533) plus drift and wind error.
 * Compass: a field of 48 µT, 64° down and 3.5° east, hard iron that calibration has taken out, and the power cables'
 * field that grows with the current. Radio: free space, 20·log10 of the distance. Test ratios are innovation over gate:
 * small while sensors agree, above 1 when they are refused. */
#include "simulate/sensors.h"

#include <math.h>
#include <string.h>

#define DEGREES (180 / M_PI)
#define EARTH_M 6378100.0
#define FIELD_UT 48.0
#define FIELD_DOWN_RAD (64 / DEGREES)
#define FIELD_EAST_RAD (3.5 / DEGREES)
#define CLIP_M_S2 (16 * GRAVITY_M_S2)

void place_of(const struct sortie_plan *plan, double north_m, double east_m, double *ret_lat_deg, double *ret_lon_deg) {
  *ret_lat_deg = plan->home_lat_deg + north_m / EARTH_M * DEGREES;
  *ret_lon_deg = plan->home_lon_deg + east_m / (EARTH_M * cos(plan->home_lat_deg / DEGREES)) * DEGREES;
}

struct sensors sensors_new(const struct sortie_plan *plan) {
  struct sensors sensors = {.random = random_new(random_mix(plan->seed, 77, 1))};
  struct random *random = &sensors.random;
  double level = FIELD_UT * cos(FIELD_DOWN_RAD);
  sensors.field_earth_ut[0] = level * cos(FIELD_EAST_RAD);
  sensors.field_earth_ut[1] = level * sin(FIELD_EAST_RAD);
  sensors.field_earth_ut[2] = FIELD_UT * sin(FIELD_DOWN_RAD);
  for (int imu = 0; imu < IMUS; imu++)
    for (int axis = 0; axis < 3; axis++) {
      sensors.gyro_bias_rad_s[imu][axis] = 0.002 * random_normal(random);
      sensors.accelerometer_bias_m_s2[imu][axis] = 0.04 * random_normal(random);
    }
  /* of the vehicle, not of the flight */
  struct random own = random_new(random_mix((uint64_t)plan->system_id, 5, plan->board_uid[0]));
  for (int compass = 0; compass < 2; compass++)
    for (int axis = 0; axis < 3; axis++)
      sensors.compass_iron_ut[compass][axis] = random_between(&own, -12, 12);
  for (int axis = 0; axis < 3; axis++)
    sensors.gps_error_m[axis] = 0.5 * random_normal(random);
  return sensors;
}

/* --- GPS --- */

static void estimate_position(struct sensors *sensors, struct sample *sample) {
  const struct body *body = &sample->body;
  for (int axis = 0; axis < 3; axis++) {
    sample->position_m[axis] = body->position_m[axis] + sensors->estimate_error_m[axis];
    sample->velocity_m_s[axis] = body->velocity_m_s[axis] + sensors->estimate_velocity_error_m_s[axis];
  }
  place_of(sample->plan, sample->position_m[0], sample->position_m[1], &sample->lat_deg, &sample->lon_deg);
  sample->alt_m = sample->plan->home_alt_m - sample->position_m[2];
}

void sensors_fix(struct sensors *sensors, struct sample *sample, double dt_s) {
  struct random *random = &sensors->random;
  const struct body *body = &sample->body;
  double worse = sample->plan->build.condition.gps_noise_ratio;
  struct gps_fix *fix = &sample->gps;
  random_wander(random, &sensors->gps_quality, 1, 25, dt_s);
  for (int axis = 0; axis < 3; axis++) {
    double up = axis == 2 ? 1.7 : 1;
    random_wander(random, &sensors->gps_error_m[axis], 0.45 * up * worse, 45 / sqrt(worse), dt_s);
    fix->velocity_m_s[axis] = body->velocity_m_s[axis] + 0.04 * up * worse * random_normal(random);
  }
  double north = body->position_m[0] + sensors->gps_error_m[0] + 0.03 * worse * random_normal(random);
  double east = body->position_m[1] + sensors->gps_error_m[1] + 0.03 * worse * random_normal(random);
  place_of(sample->plan, north, east, &fix->lat_deg, &fix->lon_deg);
  fix->alt_m = sample->plan->home_alt_m - body->position_m[2] + sensors->gps_error_m[2];
  fix->speed_m_s = hypot(fix->velocity_m_s[0], fix->velocity_m_s[1]);
  if (fix->speed_m_s > 0.3)
    fix->course_deg = fmod(atan2(fix->velocity_m_s[1], fix->velocity_m_s[0]) * DEGREES + 360, 360);
  double bad = (worse - 1) / 5; /* 0 … 1 */
  fix->satellites = (int)lrint(clamp(17 - 9 * bad + 1.2 * sensors->gps_quality, 4, 24));
  fix->hdop = clamp(0.75 + 1.6 * bad - 0.06 * (1 + 3 * bad) * sensors->gps_quality, 0.5, 9);
  fix->vdop = 1.6 * fix->hdop;
  fix->horizontal_m = 0.6 * worse * (fix->hdop / 0.75);
  fix->vertical_m = 1.6 * fix->horizontal_m;
  fix->speed_accuracy_m_s = 0.15 * worse;
  fix->status = fix->satellites < 6 ? 2 : bad > 0.3 ? 3 : 4;
  fix->time_us = sample->time_us;
}

/* --- IMU --- */

static void shake(const struct sensors *sensors, const struct sample *sample, int imu, double ret_shake[3]) {
  const struct vehicle *build = &sample->plan->build;
  double through = build->condition.isolation_ratio * (imu ? 1.25 : 1);
  static const double base[3] = {3.2, 3.0, 4.2}, share[3] = {1, 0.9, 0.7};
  memset(ret_shake, 0, 3 * sizeof *ret_shake);
  for (int i = 0; i < build->airframe->motors; i++) {
    double turn = sample->body.motors[i].rpm / build->airframe->motor_rpm_max;
    for (int axis = 0; axis < 3; axis++) {
      double amplitude = (base[axis] + share[axis] * build->condition.imbalance_m_s2[i]) * turn * turn * through;
      ret_shake[axis] += amplitude * sin(sensors->motor_phase[i] + 1.57 * axis);
    }
  }
}

static double vibration_of(const struct sensors *sensors, const struct sample *sample, int imu, int axis) {
  const struct vehicle *build = &sample->plan->build;
  double through = build->condition.isolation_ratio * (imu ? 1.25 : 1), power = 0.0004;
  static const double base[3] = {3.2, 3.0, 4.2}, share[3] = {1, 0.9, 0.7};
  for (int i = 0; i < build->airframe->motors; i++) {
    double turn = sample->body.motors[i].rpm / build->airframe->motor_rpm_max;
    double amplitude = (base[axis] + share[axis] * build->condition.imbalance_m_s2[i]) * turn * turn * through;
    power += amplitude * amplitude / 2;
  }
  double bumps = 0.4 * fabs(sample->body.angular_acceleration[axis]) * 0.1;
  return (sqrt(power) + bumps) * clamp(1 + 0.12 * sensors->vibration_wander[axis], 0.5, 1.6);
}

static void read_imu(struct sensors *sensors, struct sample *sample, double air_degc) {
  struct random *random = &sensors->random;
  for (int imu = 0; imu < IMUS; imu++) {
    double shaken[3];
    shake(sensors, sample, imu, shaken);
    for (int axis = 0; axis < 3; axis++) {
      double wobble = 0.004 * shaken[(axis + 1) % 3];
      sample->gyro_rad_s[imu][axis] = sample->body.rate[axis] + sensors->gyro_bias_rad_s[imu][axis] * 0.1 + wobble +
                                      0.0015 * random_normal(random);
      sample->accelerometer_m_s2[imu][axis] = sample->body.specific_force_m_s2[axis] +
                                              sensors->accelerometer_bias_m_s2[imu][axis] + shaken[axis] +
                                              0.05 * random_normal(random);
      sample->vibration_m_s2[imu][axis] = vibration_of(sensors, sample, imu, axis);
    }
    /* peaks beyond the range become likely when the shake is large */
    double worst = fmax(sample->vibration_m_s2[imu][2], sample->vibration_m_s2[imu][0]);
    if (worst > CLIP_M_S2 / 5 && random_unit(random) < (worst - CLIP_M_S2 / 5) / CLIP_M_S2)
      sample->clipped[imu] += 1 + (uint32_t)(random_unit(random) * 4);
    double warm = 16 * (1 - exp(-(double)sample->time_us * 1e-6 / 90));
    sample->imu_degc[imu] = air_degc + 4 + imu + warm;
  }
}

/* --- barometer, compass, airspeed --- */

static void read_air(struct sensors *sensors, struct sample *sample, const struct air *air) {
  struct random *random = &sensors->random;
  const struct body *body = &sample->body;
  double gusty = 0.02 * body->airspeed_m_s * body->airspeed_m_s * 0.05;
  double height = -body->position_m[2] + sensors->baro_drift_m - gusty + 0.06 * random_normal(random);
  sample->ground_pa = sample->plan->pressure_pa;
  sample->baro_pa = sample->plan->pressure_pa * pow(1 - 2.25577e-5 * height, 5.25588);
  sample->baro_alt_m = height;
  sample->baro_degc = air->temperature_degc + 9 - 0.0065 * height;
  sensors->climb_filtered_m_s += (-body->velocity_m_s[2] - sensors->climb_filtered_m_s) * 0.4;
  sample->baro_climb_m_s = sensors->climb_filtered_m_s + 0.05 * random_normal(random);
  double through = fmax(body->airspeed_m_s + 0.25 * random_normal(random), 0);
  sample->airspeed_m_s = through;
  sample->airspeed_pa = 0.5 * 1.225 * air->density_ratio * through * through + 1.5 * random_normal(random);
  /* what the estimator makes of it */
  sample->wind_m_s[0] = 0.8 * air->mean_wind_m_s[0] + 0.5 * sensors->estimate_velocity_error_m_s[0];
  sample->wind_m_s[1] = 0.8 * air->mean_wind_m_s[1] + 0.5 * sensors->estimate_velocity_error_m_s[1];
}

static void read_compass(struct sensors *sensors, struct sample *sample, double current_a) {
  static const double cable[2][3] = {{0.55, -0.35, 0.76}, {0.8, 0.1, 0.6}};
  double field[3], disturbed = sample->plan->build.condition.compass_ut_per_a * current_a;
  body_of_earth(&sample->body, sensors->field_earth_ut, field);
  for (int compass = 0; compass < 2; compass++)
    for (int axis = 0; axis < 3; axis++) {
      double near_cable = compass ? 0.35 : 1;
      sample->compass_offset_ut[compass][axis] = -sensors->compass_iron_ut[compass][axis];
      sample->compass_ut[compass][axis] = field[axis] + cable[compass][axis] * disturbed * near_cable +
                                          0.18 * random_normal(&sensors->random);
    }
  sensors->compass_misfit = disturbed;
}

/* --- power --- */

static void read_power(struct sensors *sensors, struct sample *sample, const struct battery *battery) {
  struct random *random = &sensors->random;
  double truth_ohm = battery_resistance_now_ohm(battery) * 1.2; /* the monitor sees part of the slow branch as well */
  double learned = 1 - exp(-(double)(sample->time_us - sample->plan->log_after_us) * 1e-6 / 15);
  sample->battery_v = battery->voltage_v + 0.012 * random_normal(random);
  sample->battery_a = fmax(battery->current_a + 0.12 * random_normal(random), 0);
  sample->battery_mah = battery->used_ah * 1000;
  sample->battery_wh = battery->used_wh;
  sample->battery_degc = battery->temperature_degc;
  sample->battery_ohm = (0.5 + 0.5 * learned) * truth_ohm * (1 + 0.05 * sensors->resistance_misfit);
  sample->battery_rest_v = sample->battery_v + sample->battery_a * sample->battery_ohm;
  double fitted_ah = sample->plan->build.airframe->capacity_ah;
  sample->battery_percent = floor(clamp(100 * (1 - battery->used_ah / fitted_ah), 0, 100));
  double sagging = fmax(0, 10 - sample->battery_v) * 0.3;
  sample->board_v = 5.12 - 0.0012 * sample->battery_a - sagging + 0.008 * random_normal(random);
  sample->servo_v = 5.3 - 0.003 * sample->battery_a + 0.01 * random_normal(random);
  sample->mcu_degc = sample->imu_degc[0] + 7;
}

static void heat_escs(struct sample *sample, double volts, double air_degc, double dt_s) {
  for (int i = 0; i < sample->plan->build.airframe->motors; i++) {
    const struct motor *motor = &sample->body.motors[i];
    double worn = 2 - sample->plan->build.condition.power_ratio[i];
    sample->esc_a[i] = motor->power_w / fmax(volts, 1);
    sample->esc_mah[i] += sample->esc_a[i] * dt_s / 3.6;
    double goal = air_degc + 6 + 0.16 * motor->power_w * worn * worn;
    sample->esc_degc[i] += (goal - sample->esc_degc[i]) * dt_s / 60;
  }
}

/* --- estimator --- */

static void read_angles(struct sensors *sensors, struct sample *sample) {
  const struct body *body = &sample->body;
  const double wanted[3] = {body->want_roll, body->want_pitch, body->want_yaw};
  double *const want[3] = {&sample->want_roll_deg, &sample->want_pitch_deg, &sample->want_yaw_deg};
  for (int axis = 0; axis < 3; axis++) {
    *want[axis] = wanted[axis] * DEGREES;
    sample->rate_deg_s[axis] = body->rate[axis] * DEGREES + 0.08 * random_normal(&sensors->random);
    sample->want_rate_deg_s[axis] = body->want_rate[axis] * DEGREES;
    double trim = axis == 2 ? 0.02 : 0.0;
    sample->rate_out[axis] = clamp(0.012 * body->angular_acceleration[axis] + trim, -1, 1);
    sample->gyro_bias_deg_s[axis] = sensors->gyro_bias_rad_s[0][axis] * DEGREES;
  }
  sample->roll_deg = body->roll * DEGREES + sensors->estimate_angle_error_deg[0];
  sample->pitch_deg = body->pitch * DEGREES + sensors->estimate_angle_error_deg[1];
  sample->yaw_deg = fmod(body->yaw * DEGREES + sensors->estimate_angle_error_deg[2] + 720, 360);
  sample->want_yaw_deg = fmod(sample->want_yaw_deg + 720, 360);
}

static void read_ratios(struct sensors *sensors, struct sample *sample) {
  struct random *random = &sensors->random;
  double bad_gps = sample->plan->build.condition.gps_noise_ratio - 1;
  double bad_shake = fmax(sample->vibration_m_s2[0][2] - 18, 0) / 30;
  sample->velocity_ratio = fabs(0.04 + 0.05 * bad_gps + 0.25 * bad_shake + 0.02 * random_normal(random));
  sample->position_ratio = fabs(0.05 + 0.08 * bad_gps + 0.015 * random_normal(random));
  sample->height_ratio = fabs(0.03 + 0.03 * bad_gps + 0.45 * bad_shake + 0.015 * random_normal(random));
  sample->compass_ratio = fabs(0.05 + sensors->compass_misfit * sensors->compass_misfit / 220 +
                               sensors->compass_misfit / 50 + 0.02 * random_normal(random));
  sample->tilt_error = 0.004 + 0.002 * fabs(sensors->estimate_angle_error_deg[0]);
}

static void wander_estimates(struct sensors *sensors, const struct sample *sample, double dt_s) {
  struct random *random = &sensors->random;
  double worse = sample->plan->build.condition.gps_noise_ratio;
  for (int axis = 0; axis < 3; axis++) {
    /* the estimate follows the GPS's slow error in part */
    double pull = 0.5 * sensors->gps_error_m[axis] - sensors->estimate_error_m[axis];
    sensors->estimate_error_m[axis] += pull * dt_s / 6 + 0.004 * sqrt(worse) * random_normal(random);
    random_wander(random, &sensors->estimate_velocity_error_m_s[axis], 0.03 * worse, 4, dt_s);
    random_wander(random, &sensors->estimate_angle_error_deg[axis], axis == 2 ? 0.8 : 0.15, 20, dt_s);
    random_wander(random, &sensors->vibration_wander[axis], 1, 1.5, dt_s);
    random_wander(random, &sensors->gyro_bias_rad_s[0][axis], 0.002, 400, dt_s);
  }
  random_wander(random, &sensors->baro_drift_m, 0.35, 120, dt_s);
  random_wander(random, &sensors->radio_fade_db, 2.5, 5, dt_s);
  random_wander(random, &sensors->resistance_misfit, 1, 30, dt_s);
}

void sensors_step(struct sensors *sensors, struct sample *sample, const struct battery *battery, const struct air *air,
                  double dt_s) {
  for (int i = 0; i < sample->plan->build.airframe->motors; i++)
    sensors->motor_phase[i] = fmod(sensors->motor_phase[i] + sample->body.motors[i].rpm / 60 * 2 * M_PI * dt_s,
                                   2 * M_PI);
  heat_escs(sample, battery->voltage_v, air->temperature_degc, dt_s);
  if (sample->time_us % 100000 == 0)
    wander_estimates(sensors, sample, 0.1);
}

/* --- outputs, sticks, navigation, radio --- */

static void read_outputs(struct sample *sample) {
  const struct airframe *airframe = sample->plan->build.airframe;
  const struct body *body = &sample->body;
  memset(sample->servo_us, 0, sizeof sample->servo_us);
  if (airframe->plane) {
    for (int i = 0; i < 3; i++)
      sample->servo_us[i < 2 ? i : 3] = 1500 + (int)lrint(400 * body->surface[i]);
    sample->servo_us[2] = 1000 + (int)lrint(1000 * body->motors[0].duty);
  } else {
    for (int i = 0; i < airframe->motors; i++)
      sample->servo_us[i] = sample->armed ? 1000 + (int)lrint(1000 * (0.10 + 0.85 * body->motors[i].duty)) : 1000;
  }
  sample->throttle_out = body->throttle;
  sample->throttle_hover = body->hover_throttle;
}

static void read_sticks(struct sensors *sensors, struct sample *sample, double distance_m) {
  static const int centre[8] = {1500, 1500, 1500, 1500, 1800, 1000, 1000, 1000};
  for (int i = 0; i < 8; i++)
    sample->rc_us[i] = centre[i] + (i < 4 ? (int)(random_next(&sensors->random) % 3) - 1 : 0);
  sample->rc_us[2] = sample->armed ? 1502 : 1003;
  sample->rc_us[4] = sample->mode == 0 ? 1200 : 1800;
  sample->throttle_in = (sample->rc_us[2] - 1000) / 1000.0;
  double db = -48 - 20 * log10(fmax(distance_m, 5) / 5) + sensors->radio_fade_db;
  sample->radio_rssi = (int)lrint(clamp((db + 127) * 1.9 + 60, 30, 254));
  sample->radio_remote_rssi = (int)lrint(clamp((db + 126) * 1.9 + 58, 30, 254));
  sample->radio_noise = 42 + (int)(random_next(&sensors->random) % 9);
  sample->rc_percent = (int)lrint(clamp(100 + (db + 85) * 1.2, 20, 100));
  if (db < -92 && random_unit(&sensors->random) < 0.05)
    sample->radio_errors++;
}

static void read_navigation(struct sample *sample, const struct autopilot *autopilot) {
  double north = autopilot->target_m[0] - sample->position_m[0], east = autopilot->target_m[1] - sample->position_m[1];
  sample->waypoint_m = sample->armed ? hypot(north, east) : 0;
  sample->waypoint_bearing_deg = fmod(atan2(east, north) * DEGREES + 360, 360);
  double leg_n = autopilot->target_m[0] - autopilot->from_m[0], leg_e = autopilot->target_m[1] - autopilot->from_m[1];
  double length = hypot(leg_n, leg_e);
  sample->track_error_m = length < 1 ? 0 : (leg_n * east - leg_e * north) / length;
  sample->want_height_m = -autopilot->target_m[2];
  sample->want_climb_m_s = sample->plan->build.airframe->plane ? autopilot->demand.climb_m_s
                                                               : -autopilot->demand.velocity_m_s[2];
  sample->mode = autopilot->mode;
  sample->item = autopilot->item;
  place_of(sample->plan, autopilot->target_m[0], autopilot->target_m[1], &sample->target_lat_deg,
           &sample->target_lon_deg);
}

void sensors_read(struct sensors *sensors, struct sample *sample, const struct battery *battery, const struct air *air,
                  const struct autopilot *autopilot) {
  const double *at = sample->body.position_m;
  estimate_position(sensors, sample);
  read_imu(sensors, sample, air->temperature_degc);
  read_air(sensors, sample, air);
  read_power(sensors, sample, battery);
  read_compass(sensors, sample, battery->current_a);
  read_angles(sensors, sample);
  read_ratios(sensors, sample);
  read_outputs(sample);
  read_navigation(sample, autopilot);
  read_sticks(sensors, sample, sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]));
  sample->load_ratio = 0.31 + 0.04 * random_unit(&sensors->random);
  sample->loop_max_us = 2600 + (uint32_t)(random_unit(&sensors->random) * 900);
}
