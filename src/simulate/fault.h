/* fault: what wears out or breaks on a simulated vehicle, and how it grows. */
#ifndef UAVLAKE_SIMULATE_FAULT_H
#define UAVLAKE_SIMULATE_FAULT_H

#include "base/text.h"
#include "simulate/airframe.h"

enum fault_kind {
  FAULT_NONE,
  FAULT_PROPELLER_DAMAGE,
  FAULT_BATTERY_AGEING,
  FAULT_MOTOR_WEAKENING,
  FAULT_GPS_DEGRADATION,
  FAULT_LOOSE_ISOLATOR,
  FAULT_COMPASS_INTERFERENCE,
  FAULT_BROWN_OUT,
  FAULT_COUNT
};

struct fault_row {
  const char *name;      /* "propeller_damage" */
  const char *component; /* "propeller" */
  const char *action;    /* what maintenance does: "replaced" */
  const char *note;      /* of the maintenance record, without the number of the motor */
  bool of_motor;         /* one motor of the vehicle has it */
  bool acute;            /* strikes in one flight instead of growing */
};
const struct fault_row *fault_row(enum fault_kind kind);
/* FAULT_COUNT where no fault has that name. */
enum fault_kind fault_find(struct text name);

/* One fault in one flight. */
struct fault {
  enum fault_kind kind;
  double severity; /* 0 healthy … 1 as bad as it gets */
  int motor;       /* from 0; -1 where it isn't a motor's */
};

/* What the vehicle's parts are worth under a list of faults. */
struct condition {
  double thrust_ratio[MOTORS_MAX];   /* thrust per rpm² against new: damaged blades push less */
  double power_ratio[MOTORS_MAX];    /* thrust of a command against new: a worn motor turns slower */
  double imbalance_m_s2[MOTORS_MAX]; /* amplitude of the once-a-turn shake at greatest rpm */
  double resistance_ratio, capacity_ratio;
  double isolation_ratio;  /* vibration that reaches the IMU against new */
  double compass_ut_per_a; /* field of the power cables */
  double gps_noise_ratio;
  double brown_out_share; /* of the airborne time after which the supply fails; 0: never */
};
struct condition condition_of(const struct fault *faults, int count);

#endif
