/* radio_link: signal strength of control and telemetry links in the air.
 *
 * Kept: the median and the 5th percentile of each link's signal share (0..1), and how far the signal stands above the
 * noise where a radio tells both. How far away a pilot flies explains most of it, so only a link that was weak all the
 * flight through, against the vehicle's own first flights, is a finding; the absolute limit is a margin under 10 of the
 * radio's 255 units (SiK radios lose packets there). */
#include "health/indicator.h"

#define LINKS 3u
#define LEAST_BINS 20u
#define MARGIN_LIMIT 10.0
#define SIGMAS 5.0

static const char *const link_names[LINKS] = {"control", "telemetry", "video"};

struct state {
  struct grid grid;
  struct channel signal[LINKS], margin[LINKS];
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  grid_begin(&((struct state *)context)->grid, flight);
}

static uint32_t link_of(const struct column *link, uint32_t row) {
  for (uint32_t i = 0; link && i < LINKS; i++)
    if (text_is(column_text(link, row), link_names[i]))
      return i;
  return 1;
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *link = rows_column(rows, "link"), *ratio = rows_column(rows, "rssi_ratio");
  const struct column *raw = rows_column(rows, "rssi_raw"), *noise = rows_column(rows, "noise_raw");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t number = link_of(link, row), bin = grid_bin(&state->grid, rows->log_us[row]);
    channel_add(&state->signal[number], bin, rows_number(ratio, row));
    channel_add(&state->margin[number], bin, rows_number(raw, row) - rows_number(noise, row));
  }
}

static void say(const struct grid *grid, const struct channel *channel, const char *name, const char *low_name,
                int32_t number, struct feature_list *features) {
  uint32_t count;
  double median = channel_quantile(grid, channel, 0.5, &count);
  if (count < LEAST_BINS)
    return;
  feature_add(features, name, number, median, count);
  feature_add(features, low_name, number, channel_quantile(grid, channel, 0.05, NULL), count);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  for (int32_t i = 0; i < (int32_t)LINKS; i++) {
    say(&state->grid, &state->signal[i], "radio_signal_ratio", "radio_signal_low_ratio", i, features);
    say(&state->grid, &state->margin[i], "radio_margin_raw", "radio_margin_low_raw", i, features);
  }
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  const struct feature_list *last = history[flights - 1];
  for (int32_t i = 0; i < (int32_t)LINKS; i++) {
    double signal = feature_get(last, "radio_signal_ratio", i), margin = feature_get(last, "radio_margin_low_raw", i);
    struct baseline baseline = baseline_of(history, flights, "radio_signal_ratio", i, 0.05, 0.1);
    bool weaker = signal < baseline.median - SIGMAS * baseline.sigma, thin = margin < MARGIN_LIMIT;
    if (!weaker && !thin)
      continue;
    char component[32];
    snprintf(component, sizeof component, "%s link", link_names[i]);
    struct finding *finding = verdict_add(&verdicts, i == 0 ? "rc_link" : "telemetry_link", SEVERITY_WARNING, component,
                                          weaker ? "radio_signal_ratio" : "radio_margin_low_raw",
                                          weaker ? signal : margin);
    if (!finding)
      break;
    finding->baseline = weaker ? baseline.median : NAN;
    finding->limit = weaker ? baseline.median - SIGMAS * baseline.sigma : MARGIN_LIMIT;
    snprintf(finding->text, sizeof finding->text,
             "The %s was weak in this flight: check both antennas, their plugs and direction, and the distance flown.",
             component);
  }
  return verdicts.count;
}

static const char *const tables[] = {"radio", NULL};

const struct indicator indicator_radio_link = {
    .name = "radio_link",
    .about = "signal strength of control and telemetry links in the air",
    .unit = "1",
    .source = "own history; 10 units above noise: SiK radios",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
