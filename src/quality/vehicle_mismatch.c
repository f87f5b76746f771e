/* vehicle_mismatch: this is hardly the vehicle that the name stands for: since its log before, of the same kind, the
 * board's own id, the kind of vehicle or the autopilot's maker has changed. The board may have been replaced, or logs
 * of two vehicles came in under one name; either way baselines of parts do not carry over. Firmware and parameters
 * change in normal work and do not count. 15 points. */
#include "quality/quality.h"

#include <math.h>

static bool differ(const char *a, const char *b) {
  return a[0] && b[0] && strcmp(a, b) != 0;
}

static bool mismatch_compare(const struct quality_log *log, const struct quality_log *other,
                             struct quality_finding *ret_finding) {
  const struct {
    const char *what, *now, *before;
  } facts[] = {{"board's id", log->vehicle_uid, other->vehicle_uid},
               {"kind of vehicle", log->vehicle_class, other->vehicle_class},
               {"autopilot", log->autopilot, other->autopilot}};
  for (size_t i = 0; i < ARRAY_COUNT(facts); i++) {
    if (!differ(facts[i].now, facts[i].before))
      continue;
    *ret_finding = quality_say(15, TIME_NONE, TIME_NONE, NAN, NAN,
                               "the %s is %s, and was %s in %s (%.8s): another vehicle under the same name, or a board "
                               "that was replaced",
                               facts[i].what, facts[i].now, facts[i].before, other->name, other->id);
    return true;
  }
  return false;
}

const struct rule rule_vehicle_mismatch = {
    .name = "vehicle_mismatch",
    .about = "the board, the kind of vehicle or the autopilot is not the one of the log before",
    .points = "15",
    .limit = "the same board id, kind of vehicle and autopilot as in the vehicle's log of the same kind before",
    .reason = "ids burnt into the processor (ArduPilot and PX4 log them) and what the firmware says of itself",
    .compare = mismatch_compare,
    .pairs = PAIRS_PREVIOUS};
