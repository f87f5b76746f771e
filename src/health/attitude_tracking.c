/* attitude_tracking: does the craft lean as it is told?
 *
 * Error = wanted − actual roll and pitch over half-second means in the air; kept are the root mean square of both and
 * the 95th percentile. Limits: 5° amber, 10° red (dronekit-la), applied to the 95th percentile for copters, which hold
 * their attitude tightly. */
#include "health/indicator.h"

#define AMBER_DEG 5.0
#define RED_DEG 10.0
#define LEAST_BINS 40u
#define SIGMAS 5.0

struct state {
  struct grid grid;
  struct channel roll, pitch, wanted_roll, wanted_pitch;
  bool rotorcraft;
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  struct state *state = context;
  grid_begin(&state->grid, flight);
  state->rotorcraft = strcmp(log->vehicle_class, "copter") == 0;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  bool actual = rows_are_of(rows, "attitude");
  const struct column *roll = rows_column(rows, actual ? "roll_deg" : "target_roll_deg");
  const struct column *pitch = rows_column(rows, actual ? "pitch_deg" : "target_pitch_deg");
  for (uint32_t row = 0; (roll || pitch) && row < rows->count; row++) {
    uint32_t bin = grid_bin(&state->grid, rows->log_us[row]);
    channel_add(actual ? &state->roll : &state->wanted_roll, bin, rows_number(roll, row));
    channel_add(actual ? &state->pitch : &state->wanted_pitch, bin, rows_number(pitch, row));
  }
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  double errors_deg[GRID_BINS], squares = 0;
  uint32_t count = 0;
  for (uint32_t bin = state->grid.first_airborne; bin < state->grid.end_airborne; bin++) {
    double roll_deg = channel_mean(&state->wanted_roll, bin) - channel_mean(&state->roll, bin);
    double pitch_deg = channel_mean(&state->wanted_pitch, bin) - channel_mean(&state->pitch, bin);
    double error_deg = hypot(roll_deg, pitch_deg);
    if (isnan(error_deg) || error_deg > 180) /* passing ±180° */
      continue;
    errors_deg[count++] = error_deg;
    squares += error_deg * error_deg;
  }
  if (count < LEAST_BINS)
    return;
  feature_add(features, "attitude_error_deg", state->rotorcraft ? 0 : 1, sqrt(squares / count), count);
  feature_add(features, "attitude_error_high_deg", state->rotorcraft ? 0 : 1, fit_quantile(errors_deg, count, 0.95),
              count);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  double high_deg = feature_get(history[flights - 1], "attitude_error_high_deg", 0);
  struct baseline baseline = baseline_of(history, flights, "attitude_error_high_deg", 0, 0.5, 0.25);
  double limit = fmax(AMBER_DEG, isnan(baseline.median) ? 0 : baseline.median + SIGMAS * baseline.sigma);
  if (!(high_deg > limit))
    return 0;
  enum severity severity = high_deg > RED_DEG ? SEVERITY_CRITICAL : SEVERITY_WARNING;
  struct finding *finding = verdict_add(&verdicts, "control", severity, "airframe", "attitude_error_high_deg",
                                        high_deg);
  if (!finding)
    return 0;
  finding->limit = limit;
  finding->baseline = baseline.median;
  finding->confidence = confidence_of(high_deg, limit);
  snprintf(finding->text, sizeof finding->text,
           "Roll and pitch miss their targets by up to %.1f° (limit %.1f°): check the tuning, the load, and motors or "
           "servos at their limit.",
           high_deg, limit);
  return verdicts.count;
}

static const char *const tables[] = {"attitude", "control", NULL};

const struct indicator indicator_attitude_tracking = {
    .name = "attitude_tracking",
    .about = "how far roll and pitch stay from what the controller wants",
    .unit = "deg",
    .source = "dronekit-la: 5 and 10 degrees; own history",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
