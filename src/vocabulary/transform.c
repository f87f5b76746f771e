/* transform: see transform.h. Numbers and their names: enums.tsv. */
#include "vocabulary/transform.h"

#include "vocabulary/map.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#define DEGREES (180 / M_PI)

bool transform_gives_text(enum transform transform) {
  switch (transform) {
  case TRANSFORM_MODE_NAME:
  case TRANSFORM_ERR_KIND:
  case TRANSFORM_EV_KIND:
  case TRANSFORM_ARMED_DISARMED:
  case TRANSFORM_ARMED_EDGE:
  case TRANSFORM_ARMED_BIT:
  case TRANSFORM_LANDED_EDGE:
  case TRANSFORM_FENCE_KIND:
  case TRANSFORM_HOME_SET:
  case TRANSFORM_ARM_METHOD:
  case TRANSFORM_PX4_MODE:
  case TRANSFORM_PX4_ARMED:
  case TRANSFORM_PX4_LANDED:
  case TRANSFORM_PX4_ARM_REASON:
  case TRANSFORM_PX4_EVENT:
  case TRANSFORM_PX4_EVENT_NAME:
  case TRANSFORM_FAILSAFE_EDGE:
    return true;
  default:
    return false;
  }
}

bool transform_is_edge(enum transform transform) {
  switch (transform) {
  case TRANSFORM_ARMED_EDGE:
  case TRANSFORM_ARMED_BIT:
  case TRANSFORM_LANDED_EDGE:
  case TRANSFORM_FENCE_KIND:
  case TRANSFORM_PX4_ARMED:
  case TRANSFORM_PX4_LANDED:
  case TRANSFORM_FAILSAFE_EDGE:
    return true;
  default:
    return false;
  }
}

bool transform_starts_at_no(enum transform transform) {
  return transform_is_edge(transform) && transform != TRANSFORM_LANDED_EDGE && transform != TRANSFORM_PX4_LANDED;
}

double transform_state(enum transform transform, double value) {
  if (transform == TRANSFORM_ARMED_BIT)
    return ((int64_t)value & 128) != 0;
  return transform == TRANSFORM_PX4_ARMED ? value == 2 : value;
}

static const char *mode_set(const char *vehicle_class) {
  if (strcmp(vehicle_class, "plane") == 0 || strcmp(vehicle_class, "vtol") == 0)
    return "plane_mode";
  if (strcmp(vehicle_class, "rover") == 0 || strcmp(vehicle_class, "boat") == 0)
    return "rover_mode";
  return strcmp(vehicle_class, "sub") == 0 ? "sub_mode" : "copter_mode";
}

/* "<before><name in lower case>", or "<before><number>" where it has no name. */
static struct text lower_name(const char *before, const char *set, double value, char room[64]) {
  const char *name = enum_name(set, (int64_t)value);
  if (name)
    snprintf(room, 64, "%s%s", before, name);
  else
    snprintf(room, 64, "%s%lld", before, (long long)value);
  for (char *c = room; *c; c++)
    *c = *c == ' ' ? '_' : (char)tolower((unsigned char)*c);
  return text_of(room);
}

struct text transform_word(enum transform transform, double value, const char *vehicle_class, char room[64]) {
  const char *name;
  if (isnan(value) || fabs(value) > 1e15)
    return (struct text){NULL, 0};
  switch (transform) {
  case TRANSFORM_MODE_NAME:
    name = enum_name(mode_set(vehicle_class), (int64_t)value);
    if (name)
      return text_of(name);
    snprintf(room, 64, "MODE_%lld", (long long)value);
    return text_of(room);
  case TRANSFORM_ERR_KIND:
    return lower_name("error_", "ardupilot_error_subsystem", value, room);
  case TRANSFORM_EV_KIND:
    return lower_name("", "ardupilot_event", value, room);
  case TRANSFORM_ARMED_DISARMED:
  case TRANSFORM_ARMED_EDGE:
    return value != 0 ? TEXT("armed") : TEXT("disarmed");
  case TRANSFORM_ARMED_BIT:
    return (int64_t)value & 128 ? TEXT("armed") : TEXT("disarmed");
  case TRANSFORM_LANDED_EDGE: /* MAV_LANDED_STATE */
    return value == 1   ? TEXT("landed")
           : value == 2 ? TEXT("airborne")
           : value == 3 ? TEXT("takeoff")
           : value == 4 ? TEXT("landing")
                        : (struct text){NULL, 0};
  case TRANSFORM_FENCE_KIND:
    return value != 0 ? TEXT("fence_breach") : TEXT("fence_cleared");
  case TRANSFORM_HOME_SET:
    return value == 1 ? TEXT("home_set") : TEXT("origin_set");
  case TRANSFORM_ARM_METHOD:
    return lower_name("", "ardupilot_arming_method", value, room);
  case TRANSFORM_PX4_MODE:
    name = enum_name("px4_nav_state", (int64_t)value);
    if (name)
      return text_of(name);
    snprintf(room, 64, "MODE_%lld", (long long)value);
    return text_of(room);
  case TRANSFORM_PX4_ARMED:
    return value == 2 ? TEXT("armed") : TEXT("disarmed");
  case TRANSFORM_PX4_LANDED:
    return value != 0 ? TEXT("landed") : TEXT("airborne");
  case TRANSFORM_PX4_ARM_REASON:
    return lower_name(enum_name("px4_arming_reason", (int64_t)value) ? "" : "reason_", "px4_arming_reason", value,
                      room);
  case TRANSFORM_FAILSAFE_EDGE:
    return value != 0 ? TEXT("failsafe") : TEXT("failsafe_cleared");
  default:
    return (struct text){NULL, 0};
  }
}

/* Euler angles (roll, pitch, yaw in degrees) of a quaternion w, x, y, z: R. W. Beard, T. W. McLain, Small Unmanned
 * Aircraft, appendix B. */
static double quaternion_angle(enum transform transform, const double q[4]) {
  double w = q[0], x = q[1], y = q[2], z = q[3];
  switch (transform) {
  case TRANSFORM_QUAT_ROLL:
    return atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)) * DEGREES;
  case TRANSFORM_QUAT_PITCH:
    return asin(fmax(-1, fmin(1, 2 * (w * y - z * x)))) * DEGREES;
  default: {
    double yaw = atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) * DEGREES;
    return yaw < 0 ? yaw + 360 : yaw;
  }
  }
}

double transform_combine(enum transform transform, const double *values, uint32_t count) {
  double result = NAN;
  switch (transform) {
  case TRANSFORM_QUAT_ROLL:
  case TRANSFORM_QUAT_PITCH:
  case TRANSFORM_QUAT_YAW:
    return count >= 4 ? quaternion_angle(transform, values) : NAN;
  case TRANSFORM_MAX:
    for (uint32_t i = 0; i < count; i++)
      result = fmax(result, values[i]);
    return result;
  case TRANSFORM_FIRST_NONZERO:
    for (uint32_t i = 0; i < count; i++)
      if (values[i] != 0 && !isnan(values[i]))
        return values[i];
    return result;
  case TRANSFORM_SUM_CELLS: /* BATTERY_STATUS: mV, 65535 none; above ten cells 0 is none */
    for (uint32_t i = 0; i < count; i++)
      if (!isnan(values[i]) && values[i] != 65535 && values[i] != 0)
        result = (isnan(result) ? 0 : result) + values[i] * 0.001;
    return result;
  case TRANSFORM_DIV:
    return count >= 2 && values[1] != 0 ? values[0] / values[1] : NAN;
  case TRANSFORM_SUB:
    return count >= 2 ? values[0] - values[1] : NAN;
  case TRANSFORM_SUM:
    for (uint32_t i = 0; i < count; i++)
      if (!isnan(values[i]))
        result = (isnan(result) ? 0 : result) + values[i];
    return result;
  case TRANSFORM_PX4_ARM_REASON: /* reason of arming, of disarming, arming_state */
    return count >= 3 && values[2] == 2 ? values[0] : values[count > 1 ? 1 : 0];
  case TRANSFORM_IF:
    for (uint32_t i = 1; i < count; i++)
      if (values[i] == 0)
        return NAN;
    return values[0];
  default:
    return values[0];
  }
}
