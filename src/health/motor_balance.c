/* motor_balance: which motor has to work harder than the others to keep the craft level.
 *
 * share of motor m = its command ÷ the mean command of all motors, at calm moments in the air (climb under 0.7 m/s,
 * command between idle and full); the flight's value is the median. Of equal motors and propellers, with the load in
 * the middle, every share is 1; what is off-centre by design stays the same from flight to flight. A weak motor or a
 * damaged propeller needs a larger share, so the share is compared with the same vehicle's own first flights: fixed
 * vibration limits found none of 24 damaged propellers where this found most. Within a flight the largest lasting step
 * of each share is kept too: something that broke in the air. The hover command is given raw and at nominal voltage
 * (command × voltage ÷ (3.7 V × cells)). Limit without history: 0.15 of the range between the strongest and the weakest
 * command (150 µs, ArduPilot LogAnalyzer). */
#include "health/indicator.h"

#define MOTORS 12u
#define CALM_CLIMB_M_S 0.7
#define LEAST_BINS 30u
#define STEP_BINS 30u
#define IDLE_RATIO 0.12
#define SHARE_FLOOR 0.012
#define SHARE_SIGMAS 4.0
#define SHARE_RISE 0.04
#define SHARE_CRITICAL 0.15
#define SPREAD_LIMIT 0.15
#define STEP_LIMIT 0.08
#define STEP_SPREADS 3.0
#define SHARE_SCATTER 0.12 /* of one bin, in wind */

struct state {
  struct grid grid;
  struct channel commands[MOTORS], climb, voltage;
  double first_v;
  uint32_t motors;
  bool rotorcraft;
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  struct state *state = context;
  grid_begin(&state->grid, flight);
  state->first_v = NAN;
  state->rotorcraft = strcmp(log->vehicle_class, "copter") == 0;
}

static void take_motor(struct state *state, const struct rows *rows) {
  const struct column *motor = rows_column(rows, "motor"), *command = rows_column(rows, "command_ratio");
  for (uint32_t row = 0; command && row < rows->count; row++) {
    double number = rows_number(motor, row), ratio = rows_number(command, row);
    if (!(number >= 1 && number <= MOTORS) || !(ratio >= 0 && ratio <= 1.1))
      continue;
    state->motors = MAX(state->motors, (uint32_t)number);
    channel_add(&state->commands[(uint32_t)number - 1], grid_bin(&state->grid, rows->log_us[row]), ratio);
  }
}

static void take_other(struct state *state, const struct rows *rows) {
  const struct column *down = rows_column(rows, "vel_down_m_s"), *climb = rows_column(rows, "climb_m_s");
  const struct column *instance = rows_column(rows, "instance"), *voltage = rows_column(rows, "voltage_v");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t bin = grid_bin(&state->grid, rows->log_us[row]);
    channel_add(&state->climb, bin, down ? -rows_number(down, row) : rows_number(climb, row));
    double voltage_v = rows_number(voltage, row);
    if (voltage && rows_instance(instance, row) == 0 && voltage_v > 2) {
      channel_add(&state->voltage, bin, voltage_v);
      state->first_v = isnan(state->first_v) ? voltage_v : state->first_v;
    }
  }
}

static void take_rows(void *context, const struct rows *rows) {
  if (rows_are_of(rows, "motor"))
    take_motor(context, rows);
  else
    take_other(context, rows);
}

/* Mean command of this bin, NAN where it is not a calm one or a motor is missing. */
static double calm_command(const struct state *state, uint32_t bin) {
  double sum = 0;
  for (uint32_t m = 0; m < state->motors; m++)
    sum += channel_mean(&state->commands[m], bin);
  double mean = sum / state->motors, climb_m_s = channel_mean(&state->climb, bin);
  bool calm = mean > IDLE_RATIO && mean < 0.95 && !(fabs(climb_m_s) > CALM_CLIMB_M_S);
  return calm ? mean : NAN;
}

struct calm {
  double mean[GRID_BINS], share[GRID_BINS], at_nominal[GRID_BINS];
  uint16_t bins[GRID_BINS];
  uint32_t count;
};

static void say_motor(const struct state *state, struct calm *calm, uint32_t motor, struct feature_list *features) {
  for (uint32_t i = 0; i < calm->count; i++)
    calm->share[i] = channel_mean(&state->commands[motor], calm->bins[i]) / calm->mean[i];
  uint32_t at = 0;
  memcpy(calm->at_nominal, calm->share, calm->count * sizeof *calm->share); /* the median sorts */
  double median = fit_quantile(calm->at_nominal, calm->count, 0.5);
  feature_add(features, "motor_share_ratio", (int32_t)motor + 1, median, calm->count);
  double step = fit_step(calm->share, calm->count, STEP_BINS, &at);
  feature_add(features, "motor_share_step_ratio", (int32_t)motor + 1, step, calm->count);
  if (isfinite(step)) {
    feature_add(features, "motor_share_step_at_s", (int32_t)motor + 1, grid_time_s(&state->grid, calm->bins[at]),
                calm->count);
    for (uint32_t i = at; i < calm->count; i++)
      calm->share[i] -= step;
    feature_add(features, "motor_share_spread_ratio", (int32_t)motor + 1, fit_spread(calm->share, calm->count),
                calm->count);
  }
}

static void say_hover(const struct state *state, struct calm *calm, struct feature_list *features) {
  double cells = ceil(state->first_v / 4.25);
  uint32_t known = 0;
  for (uint32_t i = 0; i < calm->count; i++) {
    double voltage_v = channel_mean(&state->voltage, calm->bins[i]);
    if (!isnan(voltage_v))
      calm->at_nominal[known++] = calm->mean[i] * voltage_v / (3.7 * cells);
  }
  feature_add(features, "hover_command_at_nominal_ratio", 0, fit_quantile(calm->at_nominal, known, 0.5), known);
  feature_add(features, "hover_command_ratio", 0, fit_quantile(calm->mean, calm->count, 0.5), calm->count);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  if (!state->rotorcraft || state->motors < 3)
    return;
  struct calm *calm = memory_new(sizeof *calm);
  for (uint32_t bin = state->grid.first_airborne; bin < state->grid.end_airborne; bin++) {
    double mean = calm_command(state, bin);
    if (isnan(mean))
      continue;
    calm->bins[calm->count] = (uint16_t)bin;
    calm->mean[calm->count++] = mean;
  }
  if (calm->count >= LEAST_BINS) {
    double low = INFINITY, high = -INFINITY;
    for (uint32_t m = 0; m < state->motors; m++) {
      say_motor(state, calm, m, features);
      double median = channel_quantile(&state->grid, &state->commands[m], 0.5, NULL);
      low = fmin(low, median);
      high = fmax(high, median);
    }
    feature_add(features, "motor_spread_ratio", 0, high - low, calm->count);
    say_hover(state, calm, features);
  }
  free(calm);
}

static bool judge_share(const struct feature_list *const *history, uint32_t flights, int32_t motor,
                        struct verdicts *verdicts) {
  double value = feature_get(history[flights - 1], "motor_share_ratio", motor);
  double weight = feature_weight(history[flights - 1], "motor_share_ratio", motor); /* short flights say less */
  struct baseline baseline = baseline_of(history, flights, "motor_share_ratio", motor,
                                         fmax(SHARE_FLOOR, SHARE_SCATTER / sqrt(weight)), 0);
  double limit = baseline.median + fmax(SHARE_RISE, SHARE_SIGMAS * baseline.sigma);
  if (!(value > limit))
    return false;
  char component[32];
  snprintf(component, sizeof component, "motor %d", motor);
  enum severity severity = value > baseline.median + SHARE_CRITICAL ? SEVERITY_CRITICAL : SEVERITY_WARNING;
  struct finding *finding = verdict_add(verdicts, "propulsion", severity, component, "motor_share_ratio", value);
  if (!finding)
    return false;
  finding->baseline = baseline.median;
  finding->limit = limit;
  finding->confidence = confidence_of(baseline_distance(&baseline, value), SHARE_SIGMAS);
  snprintf(finding->text, sizeof finding->text,
           "Motor %d needs %.0f %% of the mean command in calm flight, %.0f %% on this vehicle's first flights: check "
           "its propeller, "
           "bearings, motor and speed controller.",
           motor, 100 * value, 100 * baseline.median);
  return true;
}

static bool judge_step(const struct feature_list *last, int32_t motor, struct verdicts *verdicts) {
  double step = feature_get(last, "motor_share_step_ratio", motor);
  double limit = fmax(STEP_LIMIT, STEP_SPREADS * feature_get(last, "motor_share_spread_ratio", motor));
  if (!(step > limit))
    return false;
  char component[32];
  snprintf(component, sizeof component, "motor %d", motor);
  struct finding *finding = verdict_add(verdicts, "propulsion", SEVERITY_WARNING, component, "motor_share_step_ratio",
                                        step);
  if (!finding)
    return false;
  finding->limit = limit;
  finding->from_s = feature_get(last, "motor_share_step_at_s", motor);
  finding->confidence = confidence_of(step, limit);
  snprintf(
      finding->text, sizeof finding->text,
      "From %.0f s into the flight on, motor %d needs %.0f %% more of the mean command than before: look for damage to "
      "its propeller, motor "
      "or speed controller.",
      flight_second(last, finding->from_s), motor, 100 * step);
  return true;
}

static void judge_spread(const struct feature_list *last, struct verdicts *verdicts) {
  double spread = feature_get(last, "motor_spread_ratio", 0);
  if (!(spread > SPREAD_LIMIT))
    return;
  struct finding *finding = verdict_add(verdicts, "propulsion", SEVERITY_WARNING, "motors", "motor_spread_ratio",
                                        spread);
  if (!finding)
    return;
  finding->limit = SPREAD_LIMIT;
  snprintf(finding->text, sizeof finding->text,
           "The motors' commands lie %.0f %% of the range apart in calm flight (limit %.0f %%): check the load's "
           "balance, the propellers and the "
           "motors.",
           100 * spread, 100 * SPREAD_LIMIT);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  const struct feature_list *last = history[flights - 1];
  bool known = false;
  for (int32_t motor = 1; motor <= (int32_t)MOTORS; motor++)
    if (!judge_share(history, flights, motor, &verdicts))
      judge_step(last, motor, &verdicts);
  for (uint32_t i = 0; i + 1 < flights; i++)
    known |= isfinite(feature_get(history[i], "motor_spread_ratio", 0));
  if (!known)
    judge_spread(last, &verdicts);
  return verdicts.count;
}

static const char *const tables[] = {"motor", "velocity", "battery", NULL};

const struct indicator indicator_motor_balance = {
    .name = "motor_balance",
    .about = "each motor's share of the command in calm flight against the vehicle's own first flights",
    .unit = "1",
    .source = "own history; spread without history: 150 µs, ArduPilot LogAnalyzer",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
