/* fault: the kinds of fault and their effect by severity.
 *
 * Growth to severity 1 is what takes such a part out of service: pack resistance × 3 with a quarter of the capacity
 * gone (retirement at twice the resistance is customary), a propeller with a tip missing (15 % of the thrust, strong
 * once-a-turn shake), a motor with 25 % of its thrust gone, 0.9 µT of cable field an ampere, GPS noise × 6, IMU
 * isolation lost. */
#include "simulate/fault.h"

static const struct fault_row rows[FAULT_COUNT] = {
    [FAULT_NONE] = {"none", "", "", "", false, false},
    [FAULT_PROPELLER_DAMAGE] = {"propeller_damage", "propeller", "replaced", "nick in the leading edge, tip worn", true,
                                false},
    [FAULT_BATTERY_AGEING] = {"battery_ageing", "battery", "replaced", "swollen, internal resistance too high", false,
                              false},
    [FAULT_MOTOR_WEAKENING] = {"motor_weakening", "motor", "replaced", "bearing rough, winding discoloured", true,
                               false},
    [FAULT_GPS_DEGRADATION] = {"gps_degradation", "gps", "replaced", "antenna cable chafed", false, false},
    [FAULT_LOOSE_ISOLATOR] = {"loose_isolator", "imu_isolator", "repaired",
                              "damping ball torn, autopilot touched the frame", false, false},
    [FAULT_COMPASS_INTERFERENCE] = {"compass_interference", "compass", "repaired",
                                    "power cable had moved next to the compass, tied back and calibrated", false,
                                    false},
    [FAULT_BROWN_OUT] = {"brown_out", "power_module", "replaced", "supply failed in the air, solder joint cracked",
                         false, true},
};

const struct fault_row *fault_row(enum fault_kind kind) {
  return &rows[kind];
}

enum fault_kind fault_find(struct text name) {
  int kind = 0;
  while (kind < FAULT_COUNT && !text_is(name, rows[kind].name))
    kind++;
  return (enum fault_kind)kind;
}

static void apply(struct condition *condition, const struct fault *fault) {
  double severity = fault->severity;
  int motor = fault->motor < 0 ? 0 : fault->motor;
  switch (fault->kind) {
  case FAULT_PROPELLER_DAMAGE:
    condition->thrust_ratio[motor] *= 1 - 0.15 * severity;
    condition->imbalance_m_s2[motor] += 45 * severity;
    break;
  case FAULT_BATTERY_AGEING:
    condition->resistance_ratio *= 1 + 2 * severity;
    condition->capacity_ratio *= 1 - 0.25 * severity;
    break;
  case FAULT_MOTOR_WEAKENING:
    condition->power_ratio[motor] *= 1 - 0.25 * severity;
    condition->imbalance_m_s2[motor] += 6 * severity;
    break;
  case FAULT_GPS_DEGRADATION:
    condition->gps_noise_ratio *= 1 + 5 * severity;
    break;
  case FAULT_LOOSE_ISOLATOR:
    condition->isolation_ratio *= 1 + 6 * severity;
    break;
  case FAULT_COMPASS_INTERFERENCE:
    condition->compass_ut_per_a += 0.9 * severity;
    break;
  case FAULT_BROWN_OUT:
    condition->brown_out_share = 0.62;
    break;
  case FAULT_NONE:
  case FAULT_COUNT:
    break;
  }
}

struct condition condition_of(const struct fault *faults, int count) {
  struct condition condition = {
      .resistance_ratio = 1, .capacity_ratio = 1, .isolation_ratio = 1, .compass_ut_per_a = 0.02, .gps_noise_ratio = 1};
  for (int i = 0; i < MOTORS_MAX; i++)
    condition.thrust_ratio[i] = condition.power_ratio[i] = 1;
  for (int i = 0; i < count; i++)
    apply(&condition, &faults[i]);
  return condition;
}
