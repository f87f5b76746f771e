/* airframe: the vehicles of the example fleet, from small quad to survey plane.
 *
 * Motor order and directions are ArduPilot's for its X frames (motor numbering of AP_MotorsMatrix). Masses, thrust and
 * batteries are those of ordinary hobby and survey craft: hover at 30–40 % of the greatest thrust. */
#include "simulate/airframe.h"

#include <stddef.h>

#define QUAD_X                                                                                                         \
  .frame = "QUAD/X", .frame_class = 1, .frame_type = 1, .mav_type = 2, .motors = 4,                                    \
  .motor_angle_deg = {45, -135, -45, 135}, .motor_spin = {1, 1, -1, -1}
#define HEXA_X                                                                                                         \
  .frame = "HEXA/X", .frame_class = 2, .frame_type = 1, .mav_type = 13, .motors = 6,                                   \
  .motor_angle_deg = {90, -90, -30, 150, 30, -150}, .motor_spin = {-1, 1, -1, 1, 1, -1}

static const struct airframe airframes[] = {
    {QUAD_X, .mass_kg = 2.8, .arm_m = 0.30, .inertia_kg_m2 = {0.045, 0.047, 0.082}, .motor_thrust_max_n = 19,
     .motor_rpm_max = 8200, .propeller_diameter_m = 0.356, .efficiency = 0.52, .cells = 6, .capacity_ah = 6.5,
     .resistance_ohm = 0.021, .avionics_w = 9, .cruise_m_s = 8},
    {QUAD_X, .mass_kg = 1.9, .arm_m = 0.25, .inertia_kg_m2 = {0.021, 0.022, 0.038}, .motor_thrust_max_n = 13.5,
     .motor_rpm_max = 9600, .propeller_diameter_m = 0.279, .efficiency = 0.50, .cells = 4, .capacity_ah = 5.2,
     .resistance_ohm = 0.016, .avionics_w = 7, .cruise_m_s = 7},
    {HEXA_X, .mass_kg = 4.9, .arm_m = 0.36, .inertia_kg_m2 = {0.11, 0.11, 0.19}, .motor_thrust_max_n = 23,
     .motor_rpm_max = 7600, .propeller_diameter_m = 0.381, .efficiency = 0.53, .cells = 6, .capacity_ah = 12,
     .resistance_ohm = 0.014, .avionics_w = 16, .cruise_m_s = 7},
    {.frame = "PLANE",
     .plane = true,
     .mav_type = 1,
     .motors = 1,
     .motor_spin = {-1},
     .mass_kg = 2.2,
     .inertia_kg_m2 = {0.09, 0.12, 0.18},
     .motor_thrust_max_n = 16,
     .motor_rpm_max = 9000,
     .propeller_diameter_m = 0.254,
     .efficiency = 0.50,
     .cells = 4,
     .capacity_ah = 5.0,
     .resistance_ohm = 0.020,
     .avionics_w = 8,
     .cruise_m_s = 18,
     .wing_area_m2 = 0.42,
     .drag_zero = 0.035,
     .drag_induced = 0.048,
     .lift_slope = 4.9,
     .stall_m_s = 9.5},
    {QUAD_X, .mass_kg = 3.4, .arm_m = 0.33, .inertia_kg_m2 = {0.062, 0.066, 0.11}, .motor_thrust_max_n = 24,
     .motor_rpm_max = 7400, .propeller_diameter_m = 0.381, .efficiency = 0.53, .cells = 6, .capacity_ah = 8.0,
     .resistance_ohm = 0.019, .avionics_w = 11, .cruise_m_s = 9},
    {.frame = "PLANE",
     .plane = true,
     .mav_type = 1,
     .motors = 1,
     .motor_spin = {-1},
     .mass_kg = 3.6,
     .inertia_kg_m2 = {0.2, 0.24, 0.38},
     .motor_thrust_max_n = 25,
     .motor_rpm_max = 8000,
     .propeller_diameter_m = 0.305,
     .efficiency = 0.52,
     .cells = 6,
     .capacity_ah = 10,
     .resistance_ohm = 0.017,
     .avionics_w = 12,
     .cruise_m_s = 20,
     .wing_area_m2 = 0.62,
     .drag_zero = 0.032,
     .drag_induced = 0.045,
     .lift_slope = 5.0,
     .stall_m_s = 10.5},
};

const struct airframe *airframe_of(int index) {
  return &airframes[(size_t)index % (sizeof airframes / sizeof airframes[0])];
}
