/* vibration: how much the airframe shakes, and whether the accelerometers run into their end stops.
 *
 * level = length of the vector of the three vibration levels that the autopilot keeps (ArduPilot VIBE: high-passed
 * acceleration, m/s²), median and 95th percentile in the air; clips = accelerometer samples at their limit during the
 * flight. Compared with the same vehicle's own first flights, because airframes differ far more than damage does; the
 * fixed limits (15 typical, 30 amber, 60 red; clips over 100: ArduPilot wiki) speak also on a first flight. A lasting
 * step within the flight is kept too. */
#include "health/indicator.h"

#define IMUS 3u
#define AMBER_M_S2 30.0
#define RED_M_S2 60.0
#define CLIPS_LIMIT 100.0
#define LEVEL_SIGMAS 5.0
#define LEVEL_RISE 1.8
#define STEP_RATIO 2.0
#define STEP_LEAST_M_S2 3.0
#define LEAST_BINS 20u

struct sensor {
  struct channel level;
  double first_clips, last_clips;
};

struct state {
  struct grid grid;
  struct sensor sensors[IMUS];
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  struct state *state = context;
  grid_begin(&state->grid, flight);
  for (uint32_t i = 0; i < IMUS; i++)
    state->sensors[i].first_clips = state->sensors[i].last_clips = NAN;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *instance = rows_column(rows, "instance"), *clips = rows_column(rows, "clip_count");
  const struct column *x = rows_column(rows, "vibe_x_m_s2"), *y = rows_column(rows, "vibe_y_m_s2");
  const struct column *z = rows_column(rows, "vibe_z_m_s2"), *whole = rows_column(rows, "vibe_m_s2");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t number = rows_instance(instance, row), bin = grid_bin(&state->grid, rows->log_us[row]);
    if (number >= IMUS || bin == GRID_BINS)
      continue;
    struct sensor *sensor = &state->sensors[number];
    double vx = rows_number(x, row), vy = rows_number(y, row), vz = rows_number(z, row),
           count = rows_number(clips, row);
    channel_add(&sensor->level, bin, whole ? rows_number(whole, row) : sqrt(vx * vx + vy * vy + vz * vz));
    if (isnan(sensor->first_clips))
      sensor->first_clips = count;
    if (!isnan(count))
      sensor->last_clips = count;
  }
}

static void say_step(const struct grid *grid, const double *levels, const uint16_t *bins, uint32_t count,
                     int32_t number, struct feature_list *features) {
  uint32_t at = 0;
  double step = fit_step(levels, count, LEAST_BINS, &at), before = 0;
  for (uint32_t i = 0; i < at; i++)
    before += levels[i] / at;
  if (!(step > 0))
    return;
  feature_add(features, "vibration_step_m_s2", number, step, count);
  feature_add(features, "vibration_step_ratio", number, (before + step) / fmax(before, 0.1), count);
  feature_add(features, "vibration_step_at_s", number, grid_time_s(grid, bins[at]), count);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  for (int32_t i = 0; i < (int32_t)IMUS; i++) {
    struct sensor *sensor = &state->sensors[i];
    double levels[GRID_BINS];
    uint16_t bins[GRID_BINS];
    uint32_t count = channel_collect(&state->grid, &sensor->level, levels, bins);
    if (count < LEAST_BINS)
      continue;
    say_step(&state->grid, levels, bins, count, i, features);
    feature_add(features, "vibration_m_s2", i, fit_quantile(levels, count, 0.5), count);
    feature_add(features, "vibration_high_m_s2", i, fit_quantile(levels, count, 0.95), count);
    feature_add(features, "vibration_clips", i, fmax(0, sensor->last_clips - sensor->first_clips), count);
  }
}

static void judge_level(const struct feature_list *const *history, uint32_t flights, int32_t number,
                        struct verdicts *verdicts) {
  double value = feature_get(history[flights - 1], "vibration_m_s2", number);
  struct baseline baseline = baseline_of(history, flights, "vibration_m_s2", number, 0.3, 0.12);
  double own = fmax(LEVEL_RISE * baseline.median, baseline.median + LEVEL_SIGMAS * baseline.sigma);
  double limit = isnan(own) ? AMBER_M_S2 : fmin(own, AMBER_M_S2);
  if (!(value > limit))
    return;
  char component[32];
  snprintf(component, sizeof component, "IMU %d", number + 1);
  struct finding *finding = verdict_add(verdicts, "vibration", value > RED_M_S2 ? SEVERITY_CRITICAL : SEVERITY_WARNING,
                                        component, "vibration_m_s2", value);
  if (!finding)
    return;
  finding->limit = limit;
  finding->baseline = baseline.median;
  finding->confidence = confidence_of(value, limit);
  if (isnan(baseline.median) || value <= own)
    snprintf(finding->text, sizeof finding->text,
             "Vibration at %s is %.1f m/s² in flight (limit %.0f m/s²): balance the propellers, check motors, arms and "
             "the autopilot's mount.",
             component, value, limit);
  else
    snprintf(finding->text, sizeof finding->text,
             "Vibration at %s is %.1f m/s² in flight, %.1f times its normal of %.1f m/s²: check propellers, motor "
             "bearings and loose screws.",
             component, value, value / baseline.median, baseline.median);
}

static void judge_clips(const struct feature_list *last, int32_t number, struct verdicts *verdicts) {
  double clips = feature_get(last, "vibration_clips", number);
  if (!(clips > CLIPS_LIMIT))
    return;
  char component[32];
  snprintf(component, sizeof component, "IMU %d", number + 1);
  struct finding *finding = verdict_add(verdicts, "vibration", SEVERITY_CRITICAL, component, "vibration_clips", clips);
  if (!finding)
    return;
  finding->limit = CLIPS_LIMIT;
  finding->confidence = confidence_of(clips, CLIPS_LIMIT);
  snprintf(finding->text, sizeof finding->text,
           "The accelerometer of %s hit its limit %.0f times in this flight (limit %.0f): its position estimate can't "
           "be trusted; find the source of "
           "the vibration before the next flight.",
           component, clips, CLIPS_LIMIT);
}

static void judge_step(const struct feature_list *last, int32_t number, struct verdicts *verdicts) {
  double step = feature_get(last, "vibration_step_m_s2", number),
         ratio = feature_get(last, "vibration_step_ratio", number);
  if (!(step > STEP_LEAST_M_S2) || !(ratio > STEP_RATIO))
    return;
  char component[32];
  snprintf(component, sizeof component, "IMU %d", number + 1);
  struct finding *finding = verdict_add(verdicts, "vibration", SEVERITY_WARNING, component, "vibration_step_ratio",
                                        ratio);
  if (!finding)
    return;
  finding->limit = STEP_RATIO;
  finding->from_s = feature_get(last, "vibration_step_at_s", number);
  finding->confidence = confidence_of(ratio, STEP_RATIO);
  snprintf(finding->text, sizeof finding->text,
           "From %.0f s into the flight on, vibration at %s is %.1f times what it was before: something came loose or "
           "broke; check the propellers first.",
           flight_second(last, finding->from_s), component, ratio);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  for (int32_t i = 0; i < (int32_t)IMUS; i++) {
    judge_level(history, flights, i, &verdicts);
    judge_clips(history[flights - 1], i, &verdicts);
    judge_step(history[flights - 1], i, &verdicts);
  }
  return verdicts.count;
}

static const char *const tables[] = {"vibration", NULL};

const struct indicator indicator_vibration = {
    .name = "vibration",
    .about =
        "vibration levels and accelerometer clipping in the air, against limits and the vehicle's own first flights",
    .unit = "m/s2",
    .source = "ArduPilot wiki, Measuring Vibration: 30 and 60 m/s2, 100 clips; own history",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
