/* cruise_throttle: how much throttle an aeroplane needs to hold its height and speed.
 *
 * A worn propeller, a tired motor or an iced wing needs more. Half-second means in the air; throttle is freed of
 * climbing by its own robust slope over the climb rate, and only moments with a climb under 1 m/s and an airspeed
 * within 15 % of the flight's median count. Kept: the median, which is compared with the vehicle's own first flights,
 * and the largest lasting step (each part 15 s at least), which tells of something that broke in the air. Wind does not
 * matter much: throttle answers to the air, not to the ground. */
#include "health/indicator.h"

#define CALM_CLIMB_M_S 1.0
#define SPEED_BAND 0.15
#define LEAST_BINS 60u
#define STEP_BINS 30u
#define IDLE_RATIO 0.05
#define STEP_LIMIT 0.10
#define STEP_SPREADS 3.0
#define RISE_SIGMAS 4.0
#define RISE_LIMIT 0.08

struct state {
  struct grid grid;
  struct channel throttle, climb, airspeed;
  bool fixed_wing;
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  struct state *state = context;
  grid_begin(&state->grid, flight);
  state->fixed_wing = strcmp(log->vehicle_class, "plane") == 0;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *throttle = rows_column(rows, "throttle_out_ratio"), *down = rows_column(rows, "vel_down_m_s");
  const struct column *climb = rows_column(rows, "climb_m_s"), *airspeed = rows_column(rows, "airspeed_m_s");
  const struct column *instance = rows_column(rows, "instance");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t bin = grid_bin(&state->grid, rows->log_us[row]);
    if (rows_instance(instance, row) != 0)
      continue;
    channel_add(&state->throttle, bin, rows_number(throttle, row));
    channel_add(&state->climb, bin, down ? -rows_number(down, row) : rows_number(climb, row));
    channel_add(&state->airspeed, bin, rows_number(airspeed, row));
  }
}

struct cruise {
  double throttle[GRID_BINS], climb[GRID_BINS], sorted[GRID_BINS];
  uint16_t bins[GRID_BINS];
  uint32_t count;
};

static void gather(const struct state *state, struct cruise *cruise) {
  double usual_m_s = channel_quantile(&state->grid, &state->airspeed, 0.5, NULL);
  for (uint32_t bin = state->grid.first_airborne; bin < state->grid.end_airborne; bin++) {
    double throttle = channel_mean(&state->throttle, bin), climb = channel_mean(&state->climb, bin);
    double speed_m_s = channel_mean(&state->airspeed, bin);
    bool usual = isnan(speed_m_s) || fabs(speed_m_s - usual_m_s) <= SPEED_BAND * usual_m_s;
    if (!(throttle > IDLE_RATIO) || !(fabs(climb) < CALM_CLIMB_M_S) || !usual)
      continue;
    cruise->throttle[cruise->count] = throttle;
    cruise->climb[cruise->count] = climb;
    cruise->bins[cruise->count++] = (uint16_t)bin;
  }
  double slope = fit_slope(cruise->climb, cruise->throttle, cruise->count);
  for (uint32_t i = 0; i < cruise->count && isfinite(slope); i++)
    cruise->throttle[i] -= slope * cruise->climb[i];
}

/* Spread of the throttle once the step is taken out. */
static double rest_spread(struct cruise *cruise, uint32_t at, double step) {
  for (uint32_t i = 0; i < cruise->count; i++)
    cruise->sorted[i] = cruise->throttle[i] - (i >= at ? step : 0);
  return fit_spread(cruise->sorted, cruise->count);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  if (!state->fixed_wing)
    return;
  struct cruise *cruise = memory_new(sizeof *cruise);
  gather(state, cruise);
  if (cruise->count >= LEAST_BINS) {
    uint32_t at = 0;
    double step = fit_step(cruise->throttle, cruise->count, STEP_BINS, &at);
    feature_add(features, "cruise_throttle_step_ratio", 0, step, cruise->count);
    feature_add(features, "cruise_throttle_step_at_s", 0, grid_time_s(&state->grid, cruise->bins[at]), cruise->count);
    feature_add(features, "cruise_throttle_spread_ratio", 0, rest_spread(cruise, at, step), cruise->count);
    feature_add(features, "cruise_throttle_ratio", 0, fit_quantile(cruise->throttle, cruise->count, 0.5),
                cruise->count);
  }
  free(cruise);
}

static bool judge_step(const struct feature_list *last, struct verdicts *verdicts) {
  double step = feature_get(last, "cruise_throttle_step_ratio", 0);
  double limit = fmax(STEP_LIMIT, STEP_SPREADS * feature_get(last, "cruise_throttle_spread_ratio", 0));
  if (!(step > limit))
    return false;
  struct finding *finding = verdict_add(verdicts, "propulsion", SEVERITY_CRITICAL, "motor",
                                        "cruise_throttle_step_ratio", step);
  if (!finding)
    return false;
  finding->limit = limit;
  finding->from_s = feature_get(last, "cruise_throttle_step_at_s", 0);
  finding->confidence = confidence_of(step, limit);
  snprintf(finding->text, sizeof finding->text,
           "From %.0f s into the flight on, level flight needs %.0f %% more of the throttle than before: look for "
           "damage to propeller, motor or speed "
           "controller, and for ice.",
           flight_second(last, finding->from_s), 100 * step);
  return true;
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  double value = feature_get(history[flights - 1], "cruise_throttle_ratio", 0);
  struct baseline baseline = baseline_of(history, flights, "cruise_throttle_ratio", 0, 0.02, 0.05);
  double limit = baseline.median + fmax(RISE_LIMIT, RISE_SIGMAS * baseline.sigma);
  if (judge_step(history[flights - 1], &verdicts) || !(value > limit))
    return verdicts.count;
  struct finding *finding = verdict_add(&verdicts, "propulsion", SEVERITY_WARNING, "motor", "cruise_throttle_ratio",
                                        value);
  if (!finding)
    return 0;
  finding->baseline = baseline.median;
  finding->limit = limit;
  finding->confidence = confidence_of(baseline_distance(&baseline, value), RISE_SIGMAS);
  snprintf(finding->text, sizeof finding->text,
           "Level flight needs %.0f %% of the throttle, %.0f %% on this vehicle's first flights: check propeller, "
           "motor and speed controller, and what it carries.",
           100 * value, 100 * baseline.median);
  return verdicts.count;
}

static const char *const tables[] = {"control", "velocity", "airspeed", NULL};

const struct indicator indicator_cruise_throttle = {
    .name = "cruise_throttle",
    .about = "throttle that an aeroplane needs in level flight, against its own first flights and within the flight",
    .unit = "1",
    .source = "own history",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
