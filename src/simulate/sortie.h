/* sortie: one simulated flight from switching on to switching off, written to its logs. */
#ifndef UAVLAKE_SIMULATE_SORTIE_H
#define UAVLAKE_SIMULATE_SORTIE_H

#include "base/status.h"
#include "simulate/sample.h"

struct sortie_files {
  const char *bin;    /* path, NULL: not written */
  const char *tlog;   /* path, NULL: not written */
  const char *photos; /* path of the photos up to the number: "…/2026-03-02-01-photo", NULL: none */
};
struct sortie_result {
  uint32_t files;
  uint64_t bytes;
  double airborne_s;
  bool broke_off; /* the supply failed in the air */
};
/* The same plan gives the same bytes. */
must_check enum status sortie_fly(const struct sortie_plan *plan, const struct sortie_files *files,
                                  struct sortie_result *ret_result, struct error *error);

#endif
