/* position_jump: the position moves farther than the vehicle can fly: the estimator was reset, the GPS was off, or a
 * record is wrong. Allowed between two positions of a flight: 25 m (ArduPilot's estimator takes no GPS position that is
 * farther off, EK3_GLITCH_RAD) plus the time between them at a speed that no such vehicle has. 10 points, plus 2 a
 * jump, at most 25. */
#include "quality/quality.h"

#include "flight/geo.h"
#include "vocabulary/rows.h"

#define GLITCH_M 25.0
#define LONGEST_US (60 * US_PER_S)

struct jump {
  int64_t last_us, at_us;
  double lat_deg, lon_deg;
  double distance_m, allowed_m; /* of the worst */
  uint32_t jumps;
  bool any;
};

static double fastest_m_s(const struct log_summary *log) {
  static const struct {
    const char *class;
    double speed_m_s;
  } fastest[] = {{"copter", 60}, {"heli", 60}, {"rover", 40}, {"boat", 40}, {"sub", 20}, {"plane", 150}, {"vtol", 150}};
  for (size_t i = 0; i < ARRAY_COUNT(fastest); i++)
    if (strcmp(log->vehicle_class, fastest[i].class) == 0)
      return fastest[i].speed_m_s;
  return 300;
}

static void take_place(struct jump *jump, const struct log_summary *log, int64_t now_us, double lat_deg,
                       double lon_deg) {
  int64_t span_us = now_us - jump->last_us;
  if (jump->any && span_us >= 0 && span_us <= LONGEST_US) {
    double allowed_m = GLITCH_M + fastest_m_s(log) * (double)span_us * 1e-6;
    double distance_m = geo_distance_m(jump->lat_deg, jump->lon_deg, lat_deg, lon_deg);
    jump->jumps += distance_m > allowed_m;
    if (distance_m > allowed_m && distance_m > jump->distance_m) {
      jump->distance_m = distance_m;
      jump->allowed_m = allowed_m;
      jump->at_us = jump->last_us;
    }
  }
  jump->any = true;
  jump->last_us = now_us;
  jump->lat_deg = lat_deg;
  jump->lon_deg = lon_deg;
}

static void jump_rows(void *state, const struct log_summary *log, const struct rows *rows) {
  struct jump *jump = state;
  const struct column *lat = rows_column(rows, "lat_deg"), *lon = rows_column(rows, "lon_deg");
  for (uint32_t i = 0; lat && lon && i < rows->count; i++) {
    double lat_deg = rows_number(lat, i), lon_deg = rows_number(lon, i);
    if (!quality_in_air(log, rows->log_us[i])) {
      jump->any = false;
      continue;
    }
    if (isfinite(lat_deg) && isfinite(lon_deg) && fabs(lat_deg) <= 90 && (lat_deg != 0 || lon_deg != 0))
      take_place(jump, log, rows->log_us[i], lat_deg, lon_deg);
  }
}

static uint32_t jump_check(void *state, const struct decode *decode, const struct log_summary *log,
                           struct quality_finding *findings, uint32_t room) {
  (void)decode, (void)log;
  const struct jump *jump = state;
  if (!room || !jump->jumps)
    return 0;
  *findings = quality_say(fmin(25, 10 + 2.0 * jump->jumps), jump->at_us, jump->at_us, jump->distance_m, jump->allowed_m,
                          "the position jumps %u time%s in flight, at most by %.0f m at second %.1f", jump->jumps,
                          jump->jumps == 1 ? "" : "s", jump->distance_m, (double)jump->at_us * 1e-6);
  return 1;
}

const struct rule rule_position_jump = {
    .name = "position_jump",
    .about = "the position moves farther than the vehicle can fly",
    .points = "10, plus 2 a jump, at most 25",
    .limit = "25 m plus the time at 60 m/s (copter), 150 m/s (plane, vtol), 40 m/s (rover, boat), 20 m/s (sub)",
    .reason = "ArduPilot EK3_GLITCH_RAD, 25 m; speeds above what such vehicles reach",
    .tables = (const char *const[]){"position", NULL},
    .state_size = sizeof(struct jump),
    .rows = jump_rows,
    .check = jump_check};
