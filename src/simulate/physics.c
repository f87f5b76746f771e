/* physics: rigid-body motion as a well-tuned autopilot makes it.
 *
 * Copters: position error → acceleration → lean angle → rate → angular acceleration, each a first-order loop; the
 * torque and thrust this needs are shared out among the motors by the inverse of the frame's mixer, so that a damaged
 * motor is asked for more, as the integrators of a real one do. Thrust ∝ rpm² × density; power = T^1.5 / √(2ρA) /
 * efficiency (momentum theory, Leishman, "Principles of Helicopter Aerodynamics", ch. 2). The command passes the thrust
 * curve u·(1−e) + u²·e with e = 0.65 and is raised as the battery sags, both as ArduPilot's motor library describes it.
 * Planes: a point mass on a lift-drag polar; heading rate = g·tan(roll)/V (coordinated turn).
 * Wind: 1/7 power law with height plus first-order gusts (the exponential correlation of the Dryden model). */
#include "simulate/physics.h"

#include <math.h>
#include <string.h>

#define AIR_KG_M3 1.225
#define THRUST_EXPONENT 0.65
#define YAW_ARM_M 0.018 /* reaction torque per thrust of a propeller */
#define LEAN_MAX 0.52   /* 30° */
#define LEAN_RATE_MAX 1.2
#define YAW_RATE_MAX 0.8
#define SHAPE_S 0.12 /* of the wished lean */

double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

double angle_wrap(double angle) {
  while (angle > M_PI)
    angle -= 2 * M_PI;
  while (angle < -M_PI)
    angle += 2 * M_PI;
  return angle;
}

void air_step(struct air *air, struct random *random, double height_m, double dt_s) {
  double shear = pow(clamp(height_m, 1, 300) / 10, 1.0 / 7);
  for (int axis = 0; axis < 3; axis++) {
    double sigma = axis == 2 ? 0.45 * air->gust_m_s : air->gust_m_s;
    random_wander(random, &air->gust_now_m_s[axis], sigma, axis == 2 ? 1.3 : 3.5, dt_s);
    double mean = axis == 2 ? 0 : air->mean_wind_m_s[axis] * shear;
    air->wind_m_s[axis] = (mean + air->gust_now_m_s[axis]) * clamp(height_m / 3, 0.2, 1);
  }
}

struct body body_new(double yaw) {
  struct body body = {.yaw = yaw, .want_yaw = yaw, .hover_throttle = 0.35};
  body.specific_force_m_s2[2] = -GRAVITY_M_S2;
  return body;
}

void body_of_earth(const struct body *body, const double earth[3], double ret_body[3]) {
  double cr = cos(body->roll), sr = sin(body->roll), cp = cos(body->pitch), sp = sin(body->pitch);
  double cy = cos(body->yaw), sy = sin(body->yaw);
  double level_x = cy * earth[0] + sy * earth[1], level_y = -sy * earth[0] + cy * earth[1];
  double pitched_z = sp * level_x + cp * earth[2];
  ret_body[0] = cp * level_x - sp * earth[2];
  ret_body[1] = cr * level_y + sr * pitched_z;
  ret_body[2] = -sr * level_y + cr * pitched_z;
}

/* --- motors --- */

static double motor_power_w(const struct airframe *airframe, const struct air *air, double thrust_n, double worth) {
  double radius = airframe->propeller_diameter_m / 2, area = M_PI * radius * radius;
  double density = AIR_KG_M3 * air->density_ratio;
  return thrust_n <= 0 ? 0 : thrust_n * sqrt(thrust_n / (2 * density * area)) / (airframe->efficiency * sqrt(worth));
}

/* Runs one motor at a thrust; a motor at its end gives less. */
static void motor_run(struct motor *motor, int index, const struct vehicle *vehicle, const struct air *air,
                      double thrust_n, double sag) {
  const struct airframe *airframe = vehicle->airframe;
  double blades = vehicle->condition.thrust_ratio[index], drive = vehicle->condition.power_ratio[index];
  double full_n = airframe->motor_thrust_max_n * air->density_ratio * blades * drive, lift = sag * sag;
  motor->command = clamp(thrust_n / full_n, 0.02, lift);
  motor->thrust_n = motor->command * full_n;
  double linear = 1 - THRUST_EXPONENT, wanted = clamp(motor->command / lift, 0, 1);
  motor->duty = (-linear + sqrt(linear * linear + 4 * THRUST_EXPONENT * wanted)) / (2 * THRUST_EXPONENT);
  motor->rpm = airframe->motor_rpm_max *
               sqrt(motor->thrust_n / (airframe->motor_thrust_max_n * air->density_ratio * blades));
  motor->power_w = motor_power_w(airframe, air, motor->thrust_n, blades * drive);
}

static void motors_stop(struct body *body) {
  for (int i = 0; i < MOTORS_MAX; i++) {
    double rpm = body->motors[i].rpm * 0.96;
    body->motors[i] = (struct motor){.rpm = rpm > 60 ? rpm : 0};
  }
  body->throttle = body->thrust_n = 0;
}

static double motors_idle(struct body *body, const struct vehicle *vehicle, const struct air *air, double sag) {
  double power_w = 0, idle_n = 0.03 * vehicle->airframe->motor_thrust_max_n;
  for (int i = 0; i < vehicle->airframe->motors; i++) {
    motor_run(&body->motors[i], i, vehicle, air, idle_n, sag);
    body->motors[i].command = 0;
    body->motors[i].duty = 0;
    power_w += body->motors[i].power_w;
  }
  body->throttle = body->thrust_n = 0;
  return power_w;
}

/* Shares thrust and torques out; returns the power. */
static double mix(struct body *body, const struct vehicle *vehicle, const struct air *air, double thrust_n,
                  const double torque_n_m[3], double sag, struct random *random) {
  const struct airframe *airframe = vehicle->airframe;
  double n = airframe->motors, power_w = 0, total_n = 0, commands = 0;
  for (int i = 0; i < airframe->motors; i++) {
    double angle = airframe->motor_angle_deg[i] * M_PI / 180;
    double share_n = thrust_n / n - sin(angle) * 2 * torque_n_m[0] / (n * airframe->arm_m) +
                     cos(angle) * 2 * torque_n_m[1] / (n * airframe->arm_m) +
                     airframe->motor_spin[i] * torque_n_m[2] / (n * YAW_ARM_M);
    share_n *= 1 + 0.006 * random_normal(random);
    motor_run(&body->motors[i], i, vehicle, air, share_n, sag);
    power_w += body->motors[i].power_w;
    total_n += body->motors[i].thrust_n;
    commands += body->motors[i].command;
  }
  body->throttle = commands / n;
  body->thrust_n += (total_n - body->thrust_n) * 0.16;
  return power_w;
}

/* --- copter --- */

static void lean_towards(struct body *body, const struct demand *demand, double dt_s) {
  double wanted[2];
  for (int axis = 0; axis < 2; axis++) {
    double feedback = clamp(1.5 * (demand->velocity_m_s[axis] - body->velocity_m_s[axis]), -4, 4);
    wanted[axis] = feedback + demand->acceleration_m_s2[axis] - body->drag_known_m_s2[axis];
  }
  double cy = cos(body->yaw), sy = sin(body->yaw);
  double forward = cy * wanted[0] + sy * wanted[1], right = -sy * wanted[0] + cy * wanted[1];
  double pitch = clamp(-atan(forward / GRAVITY_M_S2), -LEAN_MAX, LEAN_MAX);
  double roll = clamp(atan(right * cos(pitch) / GRAVITY_M_S2), -LEAN_MAX, LEAN_MAX);
  /* the wish is shaped, so that the body can follow it */
  body->want_turn[0] = clamp((roll - body->want_roll) / SHAPE_S, -LEAN_RATE_MAX, LEAN_RATE_MAX);
  body->want_turn[1] = clamp((pitch - body->want_pitch) / SHAPE_S, -LEAN_RATE_MAX, LEAN_RATE_MAX);
  body->want_turn[2] = clamp(angle_wrap(demand->yaw_rad - body->want_yaw) / 0.5, -YAW_RATE_MAX, YAW_RATE_MAX);
  body->want_roll += body->want_turn[0] * dt_s;
  body->want_pitch += body->want_turn[1] * dt_s;
  body->want_yaw = angle_wrap(body->want_yaw + body->want_turn[2] * dt_s);
}

static void turn_to_attitude(struct body *body, const struct air *air, struct random *random, double dt_s) {
  const double error[3] = {body->want_roll - body->roll, body->want_pitch - body->pitch,
                           angle_wrap(body->want_yaw - body->yaw)};
  static const double angle_gain[3] = {5, 5, 2.5}, rate_gain[3] = {16, 16, 7}, rate_max[3] = {2, 2, 0.8},
                      acceleration_max[3] = {25, 25, 3};
  for (int axis = 0; axis < 3; axis++) {
    body->want_rate[axis] = clamp(angle_gain[axis] * error[axis] + body->want_turn[axis], -rate_max[axis],
                                  rate_max[axis]);
    double shake = (axis == 2 ? 0.15 : 0.5) * (0.3 + 0.25 * air->gust_m_s) * random_normal(random);
    double wanted = rate_gain[axis] * (body->want_rate[axis] - body->rate[axis]);
    body->angular_acceleration[axis] = clamp(wanted, -acceleration_max[axis], acceleration_max[axis]);
    body->rate[axis] += (body->angular_acceleration[axis] + shake) * dt_s;
  }
  body->roll += body->rate[0] * dt_s;
  body->pitch += body->rate[1] * dt_s;
  body->yaw = angle_wrap(body->yaw + body->rate[2] * dt_s);
}

static void copter_move(struct body *body, const struct vehicle *vehicle, const struct air *air, double mass_kg,
                        double dt_s) {
  double cr = cos(body->roll), sr = sin(body->roll), cp = cos(body->pitch), sp = sin(body->pitch);
  double cy = cos(body->yaw), sy = sin(body->yaw);
  const double down[3] = {cy * sp * cr + sy * sr, sy * sp * cr - cy * sr, cp * cr};
  double through[3], speed = 0;
  for (int axis = 0; axis < 3; axis++) {
    through[axis] = body->velocity_m_s[axis] - air->wind_m_s[axis];
    speed += through[axis] * through[axis];
  }
  speed = sqrt(speed);
  body->airspeed_m_s = speed;
  for (int axis = 0; axis < 3; axis++) {
    double drag = -(0.10 + 0.017 * speed) * air->density_ratio * through[axis] * 2.8 / fmax(mass_kg, 1);
    body->drag_known_m_s2[axis] += (drag - body->drag_known_m_s2[axis]) * dt_s / 1.2;
    double acceleration = -body->thrust_n / mass_kg * down[axis] + drag + (axis == 2 ? GRAVITY_M_S2 : 0);
    body->acceleration_m_s2[axis] = acceleration;
    body->velocity_m_s[axis] += acceleration * dt_s;
    body->position_m[axis] += body->velocity_m_s[axis] * dt_s;
  }
  (void)vehicle;
}

/* The ground stops what falls on it and holds what doesn't fly. */
static void ground_hold(struct body *body) {
  double before = body->velocity_m_s[2];
  body->position_m[2] = 0;
  for (int axis = 0; axis < 3; axis++) {
    body->velocity_m_s[axis] *= 0.6;
    body->acceleration_m_s2[axis] = 0;
    body->rate[axis] *= 0.7;
  }
  body->acceleration_m_s2[2] = before > 0.05 ? -before * 25 : 0; /* the bump, spread over its few hundredths */
  body->roll *= 0.9;
  body->pitch *= 0.9;
  body->airborne = false;
}

static double copter_step(struct body *body, const struct vehicle *vehicle, const struct air *air,
                          const struct demand *demand, double sag, struct random *random, double dt_s) {
  double mass_kg = vehicle->airframe->mass_kg + vehicle->extra_mass_kg, power_w;
  if (!demand->motors_on || demand->ground_idle) {
    if (demand->motors_on)
      power_w = motors_idle(body, vehicle, air, sag);
    else
      motors_stop(body), power_w = 0;
    ground_hold(body);
    return power_w;
  }
  lean_towards(body, demand, dt_s);
  turn_to_attitude(body, air, random, dt_s);
  double sink = demand->velocity_m_s[2] - body->velocity_m_s[2];
  double down_m_s2 = clamp(2.2 * sink + demand->acceleration_m_s2[2] - body->drag_known_m_s2[2], -4, 4);
  double thrust_n = mass_kg * (GRAVITY_M_S2 - down_m_s2) / (cos(body->roll) * cos(body->pitch));
  double torque_n_m[3];
  for (int axis = 0; axis < 3; axis++)
    torque_n_m[axis] = vehicle->airframe->inertia_kg_m2[axis] * body->angular_acceleration[axis];
  torque_n_m[0] -= vehicle->cg_offset_m[1] * thrust_n;
  torque_n_m[1] += vehicle->cg_offset_m[0] * thrust_n;
  power_w = mix(body, vehicle, air, thrust_n, torque_n_m, sag, random);
  copter_move(body, vehicle, air, mass_kg, dt_s);
  if (body->position_m[2] >= 0 && body->velocity_m_s[2] >= 0)
    ground_hold(body);
  else
    body->airborne = true;
  if (body->airborne)
    body->hover_throttle += (body->throttle - body->hover_throttle) * dt_s / 10;
  return power_w;
}

/* --- plane --- */

static double plane_drag_n(const struct airframe *airframe, const struct air *air, double speed, double mass_kg,
                           double load, double *ret_lift_coefficient) {
  double pressure = 0.5 * AIR_KG_M3 * air->density_ratio * speed * speed * airframe->wing_area_m2;
  double lift = clamp(mass_kg * GRAVITY_M_S2 * load / fmax(pressure, 1), 0, 1.5);
  *ret_lift_coefficient = lift;
  return pressure * (airframe->drag_zero + airframe->drag_induced * lift * lift);
}

static void plane_ground(struct body *body, const struct demand *demand, double pull_n, double mass_kg, double dt_s) {
  double forward = demand->ground_idle ? -2.2 : pull_n / mass_kg - 0.4;
  if (!demand->motors_on)
    forward = -3;
  double speed = hypot(body->velocity_m_s[0], body->velocity_m_s[1]);
  double next = fmax(speed + forward * dt_s, 0);
  body->position_m[2] = body->velocity_m_s[2] = 0;
  body->roll *= 0.95;
  body->pitch += (0.03 - body->pitch) * 0.05;
  body->velocity_m_s[0] = next * cos(body->yaw);
  body->velocity_m_s[1] = next * sin(body->yaw);
  for (int axis = 0; axis < 2; axis++) {
    body->acceleration_m_s2[axis] = (next - speed) / dt_s * (axis ? sin(body->yaw) : cos(body->yaw));
    body->position_m[axis] += body->velocity_m_s[axis] * dt_s;
  }
  body->acceleration_m_s2[2] = 0;
  body->climb_angle = 0;
  memset(body->rate, 0, sizeof body->rate);
}

static void plane_roll(struct body *body, const struct demand *demand, const struct air *air, struct random *random,
                       double dt_s) {
  body->want_roll = clamp(demand->roll_rad, -0.79, 0.79);
  body->want_rate[0] = clamp(2.5 * (body->want_roll - body->roll), -1.2, 1.2);
  double shake = 0.6 * air->gust_m_s * random_normal(random);
  body->angular_acceleration[0] = 8 * (body->want_rate[0] - body->rate[0]);
  body->rate[0] += (body->angular_acceleration[0] + shake) * dt_s;
  body->roll += body->rate[0] * dt_s;
  body->surface[0] = clamp(0.3 * body->want_rate[0] + 0.02 * body->angular_acceleration[0], -1, 1);
}

static void plane_pitch(struct body *body, const struct airframe *airframe, double lift, double dt_s) {
  double before = body->pitch;
  double want = asin(clamp(body->climb_angle, -0.5, 0.5)) + lift / airframe->lift_slope - 0.04;
  body->want_pitch = want;
  body->pitch += (want - body->pitch) * dt_s / 0.25;
  body->rate[1] = (body->pitch - before) / dt_s;
  body->want_rate[1] = clamp(2.5 * (want - before), -0.8, 0.8);
  body->surface[1] = clamp(-0.15 + 0.5 * (lift - 0.5) + 0.2 * body->rate[1], -1, 1);
}

static void plane_move(struct body *body, const struct air *air, double speed_change, double dt_s) {
  double turn = GRAVITY_M_S2 * tan(body->roll) / fmax(body->airspeed_m_s, 5);
  body->yaw = angle_wrap(body->yaw + turn * dt_s);
  body->want_yaw = body->yaw;
  body->rate[2] = body->want_rate[2] = turn * cos(body->roll);
  body->surface[2] = clamp(0.15 * body->roll, -1, 1);
  body->airspeed_m_s = fmax(body->airspeed_m_s + speed_change * dt_s, 0);
  double level = body->airspeed_m_s * sqrt(1 - body->climb_angle * body->climb_angle);
  const double next[3] = {level * cos(body->yaw) + air->wind_m_s[0], level * sin(body->yaw) + air->wind_m_s[1],
                          -body->airspeed_m_s * body->climb_angle + air->wind_m_s[2]};
  for (int axis = 0; axis < 3; axis++) {
    body->acceleration_m_s2[axis] = (next[axis] - body->velocity_m_s[axis]) / dt_s;
    /* the mass smooths the gusts */
    body->acceleration_m_s2[axis] = clamp(body->acceleration_m_s2[axis], -12, 12);
    body->velocity_m_s[axis] += body->acceleration_m_s2[axis] * dt_s;
    body->position_m[axis] += body->velocity_m_s[axis] * dt_s;
  }
}

static double plane_step(struct body *body, const struct vehicle *vehicle, const struct air *air,
                         const struct demand *demand, double sag, struct random *random, double dt_s) {
  const struct airframe *airframe = vehicle->airframe;
  double mass_kg = airframe->mass_kg + vehicle->extra_mass_kg, lift, speed = body->airspeed_m_s;
  double load = 1 / fmax(cos(body->roll), 0.5);
  double drag_n = plane_drag_n(airframe, air, speed, mass_kg, load, &lift);
  double climb = clamp(demand->climb_m_s / fmax(speed, 8), -0.25, 0.3), pull_n = 0;
  if (demand->motors_on && !demand->ground_idle) {
    double faster = clamp(0.5 * (demand->airspeed_m_s - speed), -2, 2);
    double wanted_n = demand->take_off_run ? airframe->motor_thrust_max_n
                                           : drag_n + mass_kg * (GRAVITY_M_S2 * body->climb_angle + faster);
    /* in flight a propeller pushes less than on the stand */
    motor_run(&body->motors[0], 0, vehicle, air, clamp(wanted_n, 0.05, 100) * (1 + speed / 60), sag);
    pull_n = body->motors[0].thrust_n / (1 + speed / 60);
  } else {
    motors_stop(body);
  }
  body->throttle = body->motors[0].command;
  body->thrust_n = pull_n;
  bool fast_enough = speed > 1.15 * airframe->stall_m_s && demand->take_off_run;
  if (!body->airborne && !fast_enough) {
    plane_ground(body, demand, pull_n, mass_kg, dt_s);
    double head = cos(body->yaw) * air->wind_m_s[0] + sin(body->yaw) * air->wind_m_s[1];
    body->airspeed_m_s = fmax(hypot(body->velocity_m_s[0], body->velocity_m_s[1]) - head, 0);
    return body->motors[0].power_w;
  }
  body->airborne = true;
  body->climb_angle += (climb - body->climb_angle) * dt_s / 0.8;
  plane_roll(body, demand, air, random, dt_s);
  plane_pitch(body, airframe, lift, dt_s);
  plane_move(body, air, (pull_n - drag_n) / mass_kg - GRAVITY_M_S2 * body->climb_angle, dt_s);
  if (body->position_m[2] >= 0 && !demand->take_off_run) {
    body->airborne = false;
    body->acceleration_m_s2[2] = -20 * fmax(body->velocity_m_s[2], 0);
    body->position_m[2] = 0;
  }
  return body->motors[0].power_w;
}

double body_step(struct body *body, const struct vehicle *vehicle, const struct air *air, const struct demand *demand,
                 double sag, struct random *random, double dt_s) {
  double power_w = (vehicle->airframe->plane ? plane_step : copter_step)(body, vehicle, air, demand, sag, random, dt_s);
  double felt[3];
  memcpy(felt, body->acceleration_m_s2, sizeof felt);
  felt[2] -= GRAVITY_M_S2;
  body_of_earth(body, felt, body->specific_force_m_s2);
  return power_w;
}
