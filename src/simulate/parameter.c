/* parameter: names, values and defaults as ArduPilot 4.5 documents them; only what tells of the airframe, battery,
 * failsafes and logging. */
#include "simulate/parameter.h"

#include "simulate/sensors.h"

#include <stdio.h>

struct list {
  struct parameter *items;
  int count;
};

static void put(struct list *list, const char *name, double value, double usual) {
  if (list->count == PARAMETERS_MAX)
    return;
  struct parameter *parameter = &list->items[list->count++];
  snprintf(parameter->name, sizeof parameter->name, "%s", name);
  parameter->value = value;
  parameter->usual = usual;
}

static void put_all(struct list *list, const struct parameter *parameters, size_t count) {
  for (size_t i = 0; i < count; i++)
    put(list, parameters[i].name, parameters[i].value, parameters[i].usual);
}

static void put_common(struct list *list) {
  static const struct parameter common[] = {{"FORMAT_VERSION", 16, 0},    {"SERIAL0_BAUD", 115, 115},
                                            {"SERIAL1_PROTOCOL", 2, 2},   {"SERIAL1_BAUD", 57, 57},
                                            {"SERIAL3_PROTOCOL", 5, 5},   {"GPS_TYPE", 1, 1},
                                            {"GPS_AUTO_SWITCH", 1, 1},    {"GPS_RATE_MS", 200, 200},
                                            {"AHRS_EKF_TYPE", 3, 3},      {"AHRS_TRIM_X", 0.004, 0},
                                            {"AHRS_TRIM_Y", -0.007, 0},   {"EK3_ENABLE", 1, 1},
                                            {"EK3_IMU_MASK", 3, 3},       {"COMPASS_USE", 1, 1},
                                            {"COMPASS_USE2", 1, 1},       {"COMPASS_DEC", 0.061, 0},
                                            {"INS_ACCEL_FILTER", 20, 20}, {"INS_GYRO_FILTER", 40, 20},
                                            {"INS_FAST_SAMPLE", 1, 1},    {"BATT_MONITOR", 4, 0},
                                            {"BATT_LOW_TIMER", 10, 10},   {"BATT_FS_LOW_ACT", 2, 0},
                                            {"BATT_FS_CRT_ACT", 1, 0},    {"BRD_SAFETY_DEFLT", 0, 1},
                                            {"LOG_BACKEND_TYPE", 1, 1},   {"LOG_BITMASK", 176126, 176126},
                                            {"LOG_DISARMED", 0, 0},       {"LOG_FILE_DSRMROT", 1, 0},
                                            {"FENCE_ENABLE", 1, 0},       {"FENCE_ALT_MAX", 120, 100},
                                            {"FENCE_RADIUS", 600, 300},   {"FS_THR_ENABLE", 1, 1},
                                            {"FS_GCS_ENABLE", 1, 0},      {"RC_PROTOCOLS", 1, 1},
                                            {"SR0_EXTRA1", 4, 4},         {"SR0_POSITION", 2, 2},
                                            {"SCHED_LOOP_RATE", 400, 400}};
  put_all(list, common, sizeof common / sizeof common[0]);
}

static void put_copter(struct list *list, const struct airframe *airframe) {
  static const struct parameter copter[] = {
      {"ARMING_CHECK", 1, 1},       {"ATC_ANG_RLL_P", 5, 4.5},      {"ATC_ANG_PIT_P", 5, 4.5},
      {"ATC_ANG_YAW_P", 4.5, 4.5},  {"ATC_RAT_RLL_P", 0.12, 0.135}, {"ATC_RAT_PIT_P", 0.13, 0.135},
      {"ATC_RAT_YAW_P", 0.6, 0.18}, {"MOT_SPIN_ARM", 0.1, 0.1},     {"MOT_SPIN_MIN", 0.10, 0.15},
      {"MOT_SPIN_MAX", 0.95, 0.95}, {"MOT_THST_EXPO", 0.65, 0.65},  {"MOT_PWM_MIN", 1000, 1000},
      {"MOT_PWM_MAX", 2000, 2000},  {"MOT_PWM_TYPE", 0, 0},         {"MOT_HOVER_LEARN", 2, 2},
      {"PSC_VELXY_P", 2, 2},        {"RTL_ALT", 3000, 1500},        {"WPNAV_ACCEL", 220, 250},
      {"WPNAV_RADIUS", 200, 200},   {"LAND_SPEED", 60, 50},         {"EK3_SRC1_YAW", 1, 1}};
  put_all(list, copter, sizeof copter / sizeof copter[0]);
  put(list, "FRAME_CLASS", airframe->frame_class, 0);
  put(list, "FRAME_TYPE", airframe->frame_type, 1);
  put(list, "WPNAV_SPEED", airframe->cruise_m_s * 100, 1000);
  put(list, "MOT_BAT_VOLT_MAX", airframe->cells * 4.2, 0);
  put(list, "MOT_BAT_VOLT_MIN", airframe->cells * 3.3, 0);
  put(list, "MOT_THST_HOVER", 0.35, 0.35);
}

static void put_plane(struct list *list, const struct airframe *airframe) {
  static const struct parameter plane[] = {
      {"ARMING_CHECK", 1, 1},       {"ARSPD_TYPE", 1, 0},          {"ARSPD_USE", 1, 0},
      {"NAVL1_PERIOD", 15, 17},     {"NAVL1_DAMPING", 0.75, 0.75}, {"LIM_ROLL_CD", 4500, 4500},
      {"PTCH_LIM_MAX_DEG", 20, 20}, {"TECS_CLMB_MAX", 4, 5},       {"TECS_SINK_MAX", 3, 5},
      {"THR_MAX", 100, 75},         {"THR_PASS_STAB", 0, 0},       {"TKOFF_THR_MINSPD", 0, 0},
      {"WP_RADIUS", 25, 90},        {"WP_LOITER_RAD", 60, 60},     {"LAND_FLARE_ALT", 3, 3},
      {"RLL2SRV_TCONST", 0.5, 0.5}};
  put_all(list, plane, sizeof plane / sizeof plane[0]);
  put(list, "ARSPD_FBW_MIN", airframe->stall_m_s * 1.25, 9);
  put(list, "ARSPD_FBW_MAX", airframe->cruise_m_s * 1.4, 22);
  put(list, "TRIM_ARSPD_CM", airframe->cruise_m_s * 100, 1200);
}

static void put_servos(struct list *list, const struct airframe *airframe) {
  static const int plane[4] = {4, 19, 70, 21}; /* aileron, elevator, throttle, rudder */
  for (int i = 0; i < 8; i++) {
    char name[17];
    int function = airframe->plane ? (i < 4 ? plane[i] : 0) : i < airframe->motors ? 33 + i : 0;
    snprintf(name, sizeof name, "SERVO%d_FUNCTION", i + 1);
    put(list, name, function, i < 4 ? 33 + i : 0);
  }
}

int parameters_of(const struct sortie_plan *plan, struct parameter ret_parameters[PARAMETERS_MAX]) {
  const struct airframe *airframe = plan->build.airframe;
  struct list list = {ret_parameters, 0};
  struct sensors sensors = sensors_new(plan);
  put(&list, "SYSID_THISMAV", plan->system_id, 1);
  put(&list, "SYSID_MYGCS", 255, 255);
  put_common(&list);
  put(&list, "BATT_CAPACITY", airframe->capacity_ah * 1000, 3300);
  put(&list, "BATT_LOW_VOLT", airframe->cells * 3.5, 10.5);
  put(&list, "BATT_CRT_VOLT", airframe->cells * 3.3, 0);
  for (int compass = 0; compass < 2; compass++)
    for (int axis = 0; axis < 3; axis++) {
      char name[17];
      snprintf(name, sizeof name, "COMPASS_OFS%s_%c", compass ? "2" : "", "XYZ"[axis]);
      put(&list, name, -10 * sensors.compass_iron_ut[compass][axis], 0);
    }
  put_servos(&list, airframe);
  if (airframe->plane)
    put_plane(&list, airframe);
  else
    put_copter(&list, airframe);
  put(&list, "STAT_BOOTCNT", 40 + plan->system_id, 0);
  return list.count;
}
