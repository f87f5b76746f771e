/* battery_resistance: the pack's resistance under load, from how far its voltage gives way when the current rises.
 *
 * Over half-second means of one flight:  U = a + b q + c q² − R I,  with q the charge drawn so far, so that the slow
 * fall of the open voltage is not taken for resistance; robust least squares. R grows as cells age (often several times
 * before a pack fails), so it is compared with the same vehicle's own first flights. Needs a current that varies by 2 A
 * at least; take-off and landing give that. Cells in series are guessed from the first voltage (4.25 V at most each).
 * Limits: 3.3 V a cell under load (PX4 flight_review-rs). */
#include "health/indicator.h"

#define BATTERIES 4u
#define CURRENT_SPAN_A 2.0
#define LEAST_BINS 40u
#define CELL_FULL_V 4.25
#define CELL_MIN_V 3.3
#define RISE_RATIO 1.4
#define RISE_CRITICAL_RATIO 2.5
#define RISE_SIGMAS 4.0

struct battery {
  struct channel voltage, current;
  double first_v, first_ah, last_ah;
};

struct state {
  struct grid grid;
  struct battery batteries[BATTERIES];
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  struct state *state = context;
  grid_begin(&state->grid, flight);
  for (uint32_t i = 0; i < BATTERIES; i++)
    state->batteries[i].first_v = state->batteries[i].first_ah = state->batteries[i].last_ah = NAN;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *instance = rows_column(rows, "instance"), *voltage = rows_column(rows, "voltage_v");
  const struct column *current = rows_column(rows, "current_a"), *used = rows_column(rows, "charge_used_ah");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t number = rows_instance(instance, row), bin = grid_bin(&state->grid, rows->log_us[row]);
    if (number >= BATTERIES || bin == GRID_BINS)
      continue;
    struct battery *battery = &state->batteries[number];
    double voltage_v = rows_number(voltage, row), used_ah = rows_number(used, row);
    if (voltage_v > 2) { /* below: not connected */
      channel_add(&battery->voltage, bin, voltage_v);
      if (isnan(battery->first_v))
        battery->first_v = voltage_v;
    }
    channel_add(&battery->current, bin, rows_number(current, row));
    if (isnan(battery->first_ah))
      battery->first_ah = used_ah;
    if (!isnan(used_ah))
      battery->last_ah = used_ah;
  }
}

struct samples {
  double terms[GRID_BINS * 4], voltage_v[GRID_BINS], current_a[GRID_BINS];
  uint32_t count;
  double used_ah; /* integral of the current */
};

static void gather(const struct grid *grid, const struct battery *battery, struct samples *samples) {
  double bin_h = (double)grid->bin_us * 1e-6 / 3600;
  for (uint32_t bin = 0; bin < grid->bins; bin++) {
    double current_a = channel_mean(&battery->current, bin), voltage_v = channel_mean(&battery->voltage, bin);
    if (!isnan(current_a))
      samples->used_ah += current_a * bin_h;
    if (isnan(current_a) || isnan(voltage_v))
      continue;
    double *term = &samples->terms[(size_t)samples->count * 4];
    term[0] = 1;
    term[1] = samples->used_ah;
    term[2] = samples->used_ah * samples->used_ah;
    term[3] = -current_a;
    samples->voltage_v[samples->count] = voltage_v;
    samples->current_a[samples->count++] = current_a;
  }
}

static void say_resistance(struct samples *samples, int32_t number, struct feature_list *features) {
  double sorted[GRID_BINS], coefficients[FIT_TERMS_MAX], errors[FIT_TERMS_MAX];
  memcpy(sorted, samples->current_a, samples->count * sizeof *sorted);
  double high_a = fit_quantile(sorted, samples->count, 0.95), low_a = fit_quantile(sorted, samples->count, 0.05);
  if (samples->count < LEAST_BINS || !(high_a - low_a > CURRENT_SPAN_A))
    return;
  if (!fit_linear(samples->terms, samples->voltage_v, samples->count, 4, coefficients, errors))
    return;
  if (!(coefficients[3] > 0) || errors[3] > 0.25 * coefficients[3])
    return;
  feature_add(features, "battery_resistance_ohm", number, coefficients[3], samples->count);
  feature_add(features, "battery_resistance_error_ohm", number, errors[3], samples->count);
  feature_add(features, "battery_sag_v", number, coefficients[3] * high_a, samples->count);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  struct samples *samples = memory_new(sizeof *samples);
  for (int32_t i = 0; i < (int32_t)BATTERIES; i++) {
    const struct battery *battery = &state->batteries[i];
    if (isnan(battery->first_v))
      continue;
    memset(samples, 0, sizeof *samples);
    gather(&state->grid, battery, samples);
    say_resistance(samples, i, features);
    uint32_t count;
    double lowest_v = channel_quantile(&state->grid, &battery->voltage, 0.02, &count);
    double cells = fmax(1, ceil(battery->first_v / CELL_FULL_V));
    feature_add(features, "battery_cells", i, cells, count);
    feature_add(features, "battery_min_voltage_v", i, lowest_v, count);
    feature_add(features, "battery_min_cell_voltage_v", i, lowest_v / cells, count);
    double used_ah = battery->last_ah - battery->first_ah;
    feature_add(features, "battery_used_ah", i, used_ah >= 0 ? used_ah : samples->used_ah, count);
  }
  free(samples);
}

static void judge_resistance(const struct feature_list *const *history, uint32_t flights, int32_t number,
                             struct verdicts *verdicts) {
  double value = feature_get(history[flights - 1], "battery_resistance_ohm", number);
  struct baseline baseline = baseline_of(history, flights, "battery_resistance_ohm", number, 0.0005, 0.08);
  double limit = fmax(RISE_RATIO * baseline.median, baseline.median + RISE_SIGMAS * baseline.sigma);
  if (!(value > limit))
    return;
  char component[32];
  snprintf(component, sizeof component, "battery %d", number + 1);
  enum severity severity = value > RISE_CRITICAL_RATIO * baseline.median ? SEVERITY_CRITICAL : SEVERITY_WARNING;
  struct finding *finding = verdict_add(verdicts, "battery", severity, component, "battery_resistance_ohm", value);
  if (!finding)
    return;
  finding->baseline = baseline.median;
  finding->limit = limit;
  finding->confidence = confidence_of(baseline_distance(&baseline, value), RISE_SIGMAS);
  snprintf(finding->text, sizeof finding->text,
           "The resistance of %s is %.1f mΩ, %.1f times its normal of %.1f mΩ: check the pack, its plugs and solder "
           "joints, and retire "
           "it when it keeps rising.",
           component, 1e3 * value, value / baseline.median, 1e3 * baseline.median);
}

static void judge_voltage(const struct feature_list *last, int32_t number, struct verdicts *verdicts) {
  double cell_v = feature_get(last, "battery_min_cell_voltage_v", number);
  if (!(cell_v < CELL_MIN_V))
    return;
  char component[32];
  snprintf(component, sizeof component, "battery %d", number + 1);
  struct finding *finding = verdict_add(verdicts, "low_battery", SEVERITY_WARNING, component,
                                        "battery_min_cell_voltage_v", cell_v);
  if (!finding)
    return;
  finding->limit = CELL_MIN_V;
  snprintf(
      finding->text, sizeof finding->text,
      "Battery %d fell to %.2f V in flight, about %.2f V a cell (limit %.1f V): land earlier, and check its capacity.",
      number + 1, feature_get(last, "battery_min_voltage_v", number), cell_v, CELL_MIN_V);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  for (int32_t i = 0; i < (int32_t)BATTERIES; i++) {
    judge_resistance(history, flights, i, &verdicts);
    judge_voltage(history[flights - 1], i, &verdicts);
  }
  return verdicts.count;
}

static const char *const tables[] = {"battery", NULL};

const struct indicator indicator_battery_resistance = {
    .name = "battery_resistance",
    .about = "resistance of each pack under load against its own first flights, and the lowest voltage in the air",
    .unit = "ohm",
    .source = "robust fit of voltage over current and charge; 3.3 V a cell: PX4 flight_review-rs",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
