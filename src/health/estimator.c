/* estimator: does the autopilot believe its sensors?
 *
 * A test ratio of 1 is where the filter begins to reject a measurement. Kept: the 95th percentile of each ratio in the
 * air, and the longest time that it stayed at 1 or more. Over 2 s is a warning, over 5 s critical (PX4
 * flight_review-rs); 0.8 for a second is ArduPilot's own failsafe level. Of several cores the worst counts. */
#include "health/indicator.h"

#define WARN_S 2.0
#define CRITICAL_S 5.0
#define CORES 6u
#define COMPASS_RATIO "estimator_compass_ratio"
#define COMPASS_RISE 3.0
#define COMPASS_LEAST 0.05
#define COMPASS_SIGMAS 5.0

static const struct {
  const char *column, *name, *kind, *component, *inspect;
} ratios[] = {
    {"vel_test_ratio", "estimator_velocity", "gps", "gps 1", "the GPS velocity: check antenna, mounting and vibration"},
    {"pos_test_ratio", "estimator_position", "gps", "gps 1",
     "the GPS position: check antenna and cable, and think of jamming or reflections"},
    {"height_test_ratio", "estimator_height", "barometer", "barometer 1",
     "the height: check the barometer's foam and housing, and vibration"},
    {"mag_test_ratio", "estimator_compass", "compass", "compass 1",
     "the compass: check calibration and power wires near it"},
    {"airspeed_test_ratio", "estimator_airspeed", "airspeed", "airspeed 1",
     "the airspeed: check the pitot tube, its hoses and sensor"},
};
#define RATIOS ARRAY_COUNT(ratios)

struct state {
  struct grid grid;
  struct channel levels[RATIOS];
  struct episode beyond[RATIOS][CORES];
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  grid_begin(&((struct state *)context)->grid, flight);
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *instance = rows_column(rows, "instance");
  for (size_t i = 0; i < RATIOS; i++) {
    const struct column *column = rows_column(rows, ratios[i].column);
    for (uint32_t row = 0; column && row < rows->count; row++) {
      uint32_t core = rows_instance(instance, row), bin = grid_bin(&state->grid, rows->log_us[row]);
      double value = rows_number(column, row);
      if (core >= CORES || bin < state->grid.first_airborne || bin >= state->grid.end_airborne || isnan(value))
        continue;
      channel_add(&state->levels[i], bin, value);
      episode_add(&state->beyond[i][core], rows->log_us[row], value >= 1);
    }
  }
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  char name[40];
  for (size_t i = 0; i < RATIOS; i++) {
    uint32_t count;
    double high = channel_quantile(&state->grid, &state->levels[i], 0.95, &count);
    if (!count)
      continue;
    snprintf(name, sizeof name, "%s_ratio", ratios[i].name);
    feature_add(features, name, 0, high, count);
    const struct episode *worst = &state->beyond[i][0];
    for (uint32_t core = 1; core < CORES; core++)
      if (state->beyond[i][core].longest_s > worst->longest_s)
        worst = &state->beyond[i][core];
    snprintf(name, sizeof name, "%s_rejected", ratios[i].name);
    episode_say(worst, features, name, 0, count);
  }
}

static void judge_compass(const struct feature_list *const *history, uint32_t flights, struct verdicts *verdicts) {
  double value = feature_get(history[flights - 1], COMPASS_RATIO, 0);
  struct baseline baseline = baseline_of(history, flights, COMPASS_RATIO, 0, 0.01, 0.2);
  double limit = fmax(fmax(COMPASS_LEAST, COMPASS_RISE * baseline.median),
                      baseline.median + COMPASS_SIGMAS * baseline.sigma);
  if (isnan(baseline.median) || !(value > limit))
    return;
  struct finding *finding = verdict_add(verdicts, "compass", SEVERITY_WARNING, "compass 1", COMPASS_RATIO, value);
  if (!finding)
    return;
  finding->baseline = baseline.median;
  finding->limit = limit;
  finding->confidence = confidence_of(value, limit);
  snprintf(finding->text, sizeof finding->text,
           "The compass disagrees with the other sensors %.1f times as much as on this vehicle's first flights: look "
           "for power wires or metal that came "
           "near it, and calibrate it.",
           value / baseline.median);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  const struct feature_list *last = history[flights - 1];
  for (size_t i = 0; i < RATIOS; i++) {
    char prefix[32], name[40];
    snprintf(prefix, sizeof prefix, "%s_rejected", ratios[i].name);
    snprintf(name, sizeof name, "%s_s", prefix);
    double seconds = feature_get(last, name, 0);
    if (!(seconds > WARN_S))
      continue;
    enum severity severity = seconds > CRITICAL_S ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    struct finding *finding = verdict_add(&verdicts, ratios[i].kind, severity, ratios[i].component, name, seconds);
    if (!finding)
      break;
    finding->limit = WARN_S;
    finding->confidence = confidence_of(seconds, WARN_S);
    finding_set_span(finding, last, prefix, 0);
    snprintf(finding->text, sizeof finding->text, "For %.1f s in the air the estimator rejected %s.", seconds,
             ratios[i].inspect);
  }
  judge_compass(history, flights, &verdicts);
  return verdicts.count;
}

static const char *const tables[] = {"estimator", NULL};

const struct indicator indicator_estimator = {
    .name = "estimator",
    .about = "how well the estimator's sensors agree: test ratios in the air",
    .unit = "1",
    .source = "PX4 flight_review-rs: ratio 1 for 2 s warns, 5 s is critical",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
