/* parameter: the settings of a simulated autopilot, as far as logs are read by them. */
#ifndef UAVLAKE_SIMULATE_PARAMETER_H
#define UAVLAKE_SIMULATE_PARAMETER_H

#include "simulate/sample.h"

#define PARAMETERS_MAX 128

struct parameter {
  char name[17];
  double value, usual; /* usual: the firmware's default */
};
/* The vehicle's parameters; returns how many. */
int parameters_of(const struct sortie_plan *plan, struct parameter ret_parameters[PARAMETERS_MAX]);

#endif
