/* identity: who flew: from the log's parameters and the facts that the decoder found. */
#ifndef UAVLAKE_IDENTITY_H
#define UAVLAKE_IDENTITY_H

#include "flight/flight.h"

#define PARAMETERS_MAX 4096u

struct parameter {
  char name[20];
  double value;
};

/* The last value of each parameter, by name; open addressing. */
struct parameters {
  struct parameter *items; /* from the heap, PARAMETERS_MAX */
  uint32_t count;
};

void parameters_set(struct parameters *parameters, struct text name, double value);
/* NAN: not set. */
double parameters_get(const struct parameters *parameters, const char *name);
void parameters_free(struct parameters *parameters);

/* Fills the identity fields of the summary. */
void identity_fill(struct log_summary *summary, const struct decode *decode, const struct parameters *parameters);

#endif
