/* airframe: what a simulated vehicle is built of. */
#ifndef UAVLAKE_SIMULATE_AIRFRAME_H
#define UAVLAKE_SIMULATE_AIRFRAME_H

#include <stdbool.h>
#include <stdint.h>

#define MOTORS_MAX 6

struct airframe {
  const char *frame; /* as the firmware says it: "QUAD/X" */
  bool plane;
  int frame_class, frame_type; /* FRAME_CLASS, FRAME_TYPE */
  int mav_type;                /* MAV_TYPE */
  int motors;
  double motor_angle_deg[MOTORS_MAX]; /* clockwise from the nose */
  int motor_spin[MOTORS_MAX];         /* +1 counter-clockwise propeller, which yaws the body clockwise */
  double mass_kg, arm_m;
  double inertia_kg_m2[3];
  double motor_thrust_max_n; /* at a full battery, sea level */
  double motor_rpm_max;      /* at that thrust */
  double propeller_diameter_m;
  double efficiency; /* figure of merit × motor × ESC */
  int cells;
  double capacity_ah, resistance_ohm;
  double avionics_w;
  double cruise_m_s;                                        /* ground speed of copters, airspeed of planes */
  double wing_area_m2, drag_zero, drag_induced, lift_slope; /* planes: cD = drag_zero + drag_induced × cL² */
  double stall_m_s;
};

/* The airframe of the index-th vehicle of a fleet (0…); repeats. */
const struct airframe *airframe_of(int index);

#endif
