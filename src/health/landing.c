/* landing: how fast a copter came down in its last second in the air.
 *
 * Sink rate = the largest downward speed in the last 1.5 s before and 0.5 s after the last airborne sample. ArduPilot
 * lands at 0.5 m/s as set at the factory; 2 m/s is a drop from 20 cm, which undercarriages and gimbals feel. */
#include "health/indicator.h"

#define HARD_M_S 2.0
#define BEFORE_US (3 * US_PER_S / 2)
#define AFTER_US (US_PER_S / 2)

struct state {
  int64_t landing_us;
  double sink_m_s;
  uint32_t count;
  bool wanted;
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  struct state *state = context;
  state->landing_us = flight->landing_us;
  state->wanted = flight->landing_us != TIME_NONE && !flight->ends_in_air && strcmp(log->vehicle_class, "copter") == 0;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *down = rows_column(rows, "vel_down_m_s");
  for (uint32_t row = 0; down && state->wanted && row < rows->count; row++) {
    int64_t log_us = rows->log_us[row];
    double sink_m_s = rows_number(down, row);
    if (log_us == TIME_NONE || log_us < state->landing_us - BEFORE_US || log_us > state->landing_us + AFTER_US ||
        !(fabs(sink_m_s) < 50))
      continue;
    state->sink_m_s = fmax(state->sink_m_s, sink_m_s);
    state->count++;
  }
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  if (state->count)
    feature_add(features, "landing_sink_m_s", 0, state->sink_m_s, state->count);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  double sink_m_s = feature_get(history[flights - 1], "landing_sink_m_s", 0);
  if (!(sink_m_s > HARD_M_S))
    return 0;
  struct finding *finding = verdict_add(&verdicts, "hard_landing", SEVERITY_WARNING, "airframe", "landing_sink_m_s",
                                        sink_m_s);
  if (!finding)
    return 0;
  finding->limit = HARD_M_S;
  finding->confidence = confidence_of(sink_m_s, HARD_M_S);
  snprintf(finding->text, sizeof finding->text,
           "It touched down at %.1f m/s (limit %.1f m/s): check undercarriage, arms and payload mount.", sink_m_s,
           HARD_M_S);
  return verdicts.count;
}

static const char *const tables[] = {"velocity", NULL};

const struct indicator indicator_landing = {
    .name = "landing",
    .about = "sink rate at touch-down",
    .unit = "m/s",
    .source = "ArduPilot lands at 0.5 m/s; 2 m/s equals a drop from 0.2 m",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
