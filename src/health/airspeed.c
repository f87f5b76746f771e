/* airspeed: does the pitot tube still measure?
 *
 * A blocked tube or a dead sensor gives a value that hardly moves while the aircraft does. Kept: the sensor's longest
 * stretch in the air within which it stayed within 0.05 m/s (an airspeed sensor's noise and turbulence are several
 * times that), and the median airspeed. 10 s are a warning. */
#include "health/indicator.h"

#define SENSORS 2u
#define STUCK_M_S 0.05
#define STUCK_S 10.0
#define FLYING_M_S 5.0

struct sensor {
  struct channel speed;
  struct episode stuck;
  double held_m_s;
};

struct state {
  struct grid grid;
  struct sensor sensors[SENSORS];
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  struct state *state = context;
  grid_begin(&state->grid, flight);
  for (uint32_t i = 0; i < SENSORS; i++)
    state->sensors[i].held_m_s = NAN;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *instance = rows_column(rows, "instance"), *speed = rows_column(rows, "airspeed_m_s");
  for (uint32_t row = 0; speed && row < rows->count; row++) {
    uint32_t number = rows_instance(instance, row), bin = grid_bin(&state->grid, rows->log_us[row]);
    double value = rows_number(speed, row);
    if (number >= SENSORS || bin < state->grid.first_airborne || bin >= state->grid.end_airborne || isnan(value))
      continue;
    struct sensor *sensor = &state->sensors[number];
    channel_add(&sensor->speed, bin, value);
    bool same = fabs(value - sensor->held_m_s) <= STUCK_M_S;
    if (!same)
      sensor->held_m_s = value;
    episode_add(&sensor->stuck, rows->log_us[row], same);
  }
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  for (int32_t i = 0; i < (int32_t)SENSORS; i++) {
    uint32_t count;
    double median_m_s = channel_quantile(&state->grid, &state->sensors[i].speed, 0.5, &count);
    if (!count)
      continue;
    feature_add(features, "airspeed_m_s", i, median_m_s, count);
    episode_say(&state->sensors[i].stuck, features, "airspeed_stuck", i, count);
  }
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  const struct feature_list *last = history[flights - 1];
  for (int32_t i = 0; i < (int32_t)SENSORS; i++) {
    double seconds = feature_get(last, "airspeed_stuck_s", i);
    if (!(seconds > STUCK_S) || !(feature_get(last, "airspeed_m_s", i) > FLYING_M_S))
      continue;
    char component[32];
    snprintf(component, sizeof component, "airspeed %d", i + 1);
    struct finding *finding = verdict_add(&verdicts, "airspeed", SEVERITY_CRITICAL, component, "airspeed_stuck_s",
                                          seconds);
    if (!finding)
      break;
    finding->limit = STUCK_S;
    finding->confidence = confidence_of(seconds, STUCK_S);
    finding_set_span(finding, last, "airspeed_stuck", i);
    snprintf(finding->text, sizeof finding->text,
             "Airspeed sensor %d gave the same value for %.0f s in the air: look for a blocked pitot tube, a loose "
             "hose or a dead sensor.",
             i + 1, seconds);
  }
  return verdicts.count;
}

static const char *const tables[] = {"airspeed", NULL};

const struct indicator indicator_airspeed = {
    .name = "airspeed",
    .about = "an airspeed sensor whose value no longer moves",
    .unit = "m/s",
    .source = "sensor noise: a value within 0.05 m/s for 10 s of flight",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
