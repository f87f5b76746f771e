/* compass: is the measured field the earth's, or the motors'?
 *
 * The earth's field has one length wherever the craft points; what grows with the motors' current is interference. The
 * length's change from idle to full load is the slope of length over load × the load's span in the flight (armed time,
 * so that the ground is in it), as a share of its median: over 30 % is amber, over 60 % red; lengths outside 12 … 55 µT
 * are none of the earth's (ArduPilot wiki, magnetic interference). Load is the current where it is logged, else the
 * throttle. */
#include "health/indicator.h"

#define COMPASSES 3u
#define LEAST_BINS 40u
#define AMBER_RATIO 0.30
#define RED_RATIO 0.60
#define LENGTH_MIN_UT 12.0
#define LENGTH_MAX_UT 70.0

struct state {
  struct grid grid;
  struct channel length[COMPASSES], current, throttle;
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  grid_begin(&((struct state *)context)->grid, flight);
}

static void take_field(struct state *state, const struct rows *rows) {
  const struct column *instance = rows_column(rows, "instance"), *x = rows_column(rows, "mag_x_ut");
  const struct column *y = rows_column(rows, "mag_y_ut"), *z = rows_column(rows, "mag_z_ut");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t number = rows_instance(instance, row);
    double a = rows_number(x, row), b = rows_number(y, row), c = rows_number(z, row),
           length_ut = sqrt(a * a + b * b + c * c);
    if (number < COMPASSES && length_ut > 0.1)
      channel_add(&state->length[number], grid_bin(&state->grid, rows->log_us[row]), length_ut);
  }
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  if (rows_are_of(rows, "compass")) {
    take_field(state, rows);
    return;
  }
  const struct column *current = rows_column(rows, "current_a"), *throttle = rows_column(rows, "throttle_out_ratio");
  const struct column *instance = rows_column(rows, "instance");
  for (uint32_t row = 0; (current || throttle) && row < rows->count; row++) {
    uint32_t bin = grid_bin(&state->grid, rows->log_us[row]);
    if (rows_instance(instance, row) == 0)
      channel_add(&state->current, bin, rows_number(current, row));
    channel_add(&state->throttle, bin, rows_number(throttle, row));
  }
}

/* Bins in which both are known; returns their number. */
static uint32_t pair(const struct grid *grid, const struct channel *length, const struct channel *load, double *lengths,
                     double *loads) {
  uint32_t count = 0;
  for (uint32_t bin = 0; bin < grid->bins; bin++) {
    double a = channel_mean(length, bin), b = channel_mean(load, bin);
    if (isnan(a) || isnan(b))
      continue;
    lengths[count] = a;
    loads[count++] = b;
  }
  return count;
}

static void say_load(const struct state *state, int32_t number, struct feature_list *features) {
  double lengths[GRID_BINS], loads[GRID_BINS];
  uint32_t count = pair(&state->grid, &state->length[number], &state->current, lengths, loads);
  if (count < LEAST_BINS)
    count = pair(&state->grid, &state->length[number], &state->throttle, lengths, loads);
  if (count < LEAST_BINS)
    return;
  double slope = fit_slope(loads, lengths, count), correlation = fit_correlation(loads, lengths, count);
  double span = fit_quantile(loads, count, 0.98) - fit_quantile(loads, count, 0.02);
  feature_add(features, "compass_load_change_ratio", number, fabs(slope) * span / fit_quantile(lengths, count, 0.5),
              count);
  feature_add(features, "compass_load_correlation", number, correlation, count);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  for (int32_t i = 0; i < (int32_t)COMPASSES; i++) {
    double lengths[GRID_BINS];
    uint32_t count = channel_collect(&state->grid, &state->length[i], lengths, NULL);
    if (count < LEAST_BINS)
      continue;
    double median_ut = fit_quantile(lengths, count, 0.5);
    feature_add(features, "compass_length_ut", i, median_ut, count);
    feature_add(features, "compass_spread_ratio", i,
                (fit_quantile(lengths, count, 0.95) - fit_quantile(lengths, count, 0.05)) / median_ut, count);
    say_load(state, i, features);
  }
}

static void judge_load(const struct feature_list *last, int32_t number, const char *component,
                       struct verdicts *verdicts) {
  double change = feature_get(last, "compass_load_change_ratio", number);
  double correlation = feature_get(last, "compass_load_correlation", number);
  if (!(change > AMBER_RATIO) || !(fabs(correlation) > 0.5))
    return;
  enum severity severity = change > RED_RATIO ? SEVERITY_CRITICAL : SEVERITY_WARNING;
  struct finding *finding = verdict_add(verdicts, "compass", severity, component, "compass_load_change_ratio", change);
  if (!finding)
    return;
  finding->limit = AMBER_RATIO;
  finding->confidence = fmin(0.95, fabs(correlation));
  snprintf(finding->text, sizeof finding->text,
           "The field at %s changes by %.0f %% with the motors' load (limit %.0f %%): move it away from power wires, "
           "or calibrate it for the motors.",
           component, 100 * change, 100 * AMBER_RATIO);
}

static void judge_length(const struct feature_list *last, int32_t number, const char *component,
                         struct verdicts *verdicts) {
  double length_ut = feature_get(last, "compass_length_ut", number);
  if (isnan(length_ut) || (length_ut >= LENGTH_MIN_UT && length_ut <= LENGTH_MAX_UT))
    return;
  struct finding *finding = verdict_add(verdicts, "compass", SEVERITY_WARNING, component, "compass_length_ut",
                                        length_ut);
  if (!finding)
    return;
  finding->limit = length_ut < LENGTH_MIN_UT ? LENGTH_MIN_UT : LENGTH_MAX_UT;
  snprintf(finding->text, sizeof finding->text,
           "Compass %d measures a field of %.0f µT, which the earth's nowhere is: calibrate it, and look for iron or "
           "magnets "
           "near it.",
           number + 1, length_ut);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  for (int32_t i = 0; i < (int32_t)COMPASSES; i++) {
    char component[32];
    snprintf(component, sizeof component, "compass %d", i + 1);
    judge_load(history[flights - 1], i, component, &verdicts);
    judge_length(history[flights - 1], i, component, &verdicts);
  }
  return verdicts.count;
}

static const char *const tables[] = {"compass", "battery", "control", NULL};

const struct indicator indicator_compass = {
    .name = "compass",
    .about = "length of the magnetic field, and how much of it comes from the motors",
    .unit = "uT",
    .source = "ArduPilot wiki, magnetic interference: 30 and 60 %; range of the earth's field: 22 to 67 uT, with room "
              "for scale errors",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
