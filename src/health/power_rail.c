/* power_rail: the autopilot's own 5 V supply.
 *
 * Below 4.6 V a controller is close to a restart in the air; a ripple over 0.3 V tells of a weak regulator (ArduPilot
 * wiki and LogAnalyzer). */
#include "health/indicator.h"

#define LEAST_V 4.6
#define RIPPLE_V 0.3
#define LEAST_BINS 20u

struct state {
  struct grid grid;
  struct channel board;
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  grid_begin(&((struct state *)context)->grid, flight);
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *board = rows_column(rows, "board_v");
  for (uint32_t row = 0; board && row < rows->count; row++)
    if (rows_number(board, row) > 1) /* below: not measured */
      channel_add(&state->board, grid_bin(&state->grid, rows->log_us[row]), rows_number(board, row));
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  double values_v[GRID_BINS];
  uint32_t count = channel_collect(&state->grid, &state->board, values_v, NULL);
  if (count < LEAST_BINS)
    return;
  double low_v = fit_quantile(values_v, count, 0.01);
  feature_add(features, "board_voltage_v", 0, fit_quantile(values_v, count, 0.5), count);
  feature_add(features, "board_min_voltage_v", 0, low_v, count);
  feature_add(features, "board_ripple_v", 0, fit_quantile(values_v, count, 0.99) - low_v, count);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  const struct feature_list *last = history[flights - 1];
  double low_v = feature_get(last, "board_min_voltage_v", 0), ripple_v = feature_get(last, "board_ripple_v", 0);
  bool low = low_v < LEAST_V;
  if (!low && !(ripple_v > RIPPLE_V))
    return 0;
  struct finding *finding = verdict_add(&verdicts, "power_rail", low ? SEVERITY_CRITICAL : SEVERITY_WARNING,
                                        "5 V supply", low ? "board_min_voltage_v" : "board_ripple_v",
                                        low ? low_v : ripple_v);
  if (!finding)
    return 0;
  finding->limit = low ? LEAST_V : RIPPLE_V;
  finding->confidence = 0.7;
  snprintf(finding->text, sizeof finding->text,
           "The autopilot's 5 V supply fell to %.2f V and moved by %.2f V in the air (limits %.1f V and %.1f V): check "
           "regulator, plugs and what else "
           "hangs on it.",
           low_v, ripple_v, LEAST_V, RIPPLE_V);
  return verdicts.count;
}

static const char *const tables[] = {"power", NULL};

const struct indicator indicator_power_rail = {
    .name = "power_rail",
    .about = "level and ripple of the autopilot's 5 V supply",
    .unit = "V",
    .source = "ArduPilot wiki and LogAnalyzer: 4.6 V least, 0.3 V ripple",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
