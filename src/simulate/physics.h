/* physics: how a simulated body moves; one step of time for copters and planes.
 *
 * Frames: earth is north-east-down from home, the body forward-right-down. Angles in rad, rates in rad/s. */
#ifndef UAVLAKE_SIMULATE_PHYSICS_H
#define UAVLAKE_SIMULATE_PHYSICS_H

#include "simulate/airframe.h"
#include "simulate/fault.h"
#include "simulate/random.h"

#define GRAVITY_M_S2 9.80665

struct air {
  double mean_wind_m_s[2]; /* at 10 m, towards north and east */
  double gust_m_s;         /* standard deviation */
  double gust_now_m_s[3];
  double wind_m_s[3];   /* now, where the vehicle is */
  double density_ratio; /* to 1.225 kg/m³ */
  double temperature_degc;
};
void air_step(struct air *air, struct random *random, double height_m, double dt_s);

/* What the autopilot wants of the body. */
struct demand {
  bool motors_on;   /* armed and turning */
  bool ground_idle; /* turning, but not to lift off (copter); braking after touchdown (plane) */
  double velocity_m_s[3], acceleration_m_s2[3]; /* copter, earth frame */
  double yaw_rad;                               /* copter */
  double roll_rad;                              /* plane */
  double climb_m_s;                             /* plane */
  double airspeed_m_s;                          /* plane */
  bool take_off_run;                            /* plane: full throttle, wheels or hands on the heading */
};

struct motor {
  double command; /* thrust that is asked for, against the greatest */
  double duty;    /* after the thrust curve and the compensation of the battery's sag */
  double thrust_n, rpm, power_w;
};

struct body {
  double position_m[3], velocity_m_s[3], acceleration_m_s2[3];
  double roll, pitch, yaw, rate[3];
  double want_roll, want_pitch, want_yaw, want_rate[3], want_turn[3], angular_acceleration[3];
  double specific_force_m_s2[3]; /* what a perfect accelerometer reads, body frame */
  double airspeed_m_s;
  double throttle;       /* mean command */
  double hover_throttle; /* learned */
  double thrust_n;
  double surface[3];         /* plane: aileron, elevator, rudder, −1…1 */
  double climb_angle;        /* plane */
  double drag_known_m_s2[3]; /* what the position controller has learned of the wind */
  bool airborne;
  struct motor motors[MOTORS_MAX];
};

struct vehicle {
  const struct airframe *airframe;
  struct condition condition;
  double extra_mass_kg;
  double cg_offset_m[2]; /* forward, right */
};

struct body body_new(double yaw);
/* sag: voltage under load ÷ voltage when full. Returns the electrical power of the motors in W. */
double body_step(struct body *body, const struct vehicle *vehicle, const struct air *air, const struct demand *demand,
                 double sag, struct random *random, double dt_s);

double angle_wrap(double angle); /* −π…π */
double clamp(double value, double low, double high);
/* Turns an earth-frame vector into the body frame. */
void body_of_earth(const struct body *body, const double earth[3], double ret_body[3]);

#endif
