/* gps_quality: how good the satellite position was in the air: fix, satellites, dilution, the receiver's own error
 * estimate.
 *
 * Limits: fewer than 6 satellites or dilution over 2.0 fail (ArduPilot LogAnalyzer); no 3D fix for over a second in
 * flight. Satellites are also compared with the vehicle's own first flights: an antenna or its cable ages, or new
 * electronics disturb it. */
#include "health/indicator.h"

#define RECEIVERS 2u
#define LEAST_BINS 20u
#define SATELLITES_LEAST 6.0
#define HDOP_LIMIT 2.0
#define FIX_LOSS_S 1.0
#define SATELLITES_SIGMAS 4.0

struct receiver {
  struct channel satellites, hdop, accuracy, speed_accuracy;
  struct episode no_fix;
  bool had_fix;
};

struct state {
  struct grid grid;
  struct receiver receivers[RECEIVERS];
};

static void begin(void *context, const struct flight *flight, const struct log_summary *log) {
  (void)log;
  grid_begin(&((struct state *)context)->grid, flight);
}

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *instance = rows_column(rows, "instance"), *fix = rows_column(rows, "fix_type");
  const struct column *satellites = rows_column(rows, "satellites"), *hdop = rows_column(rows, "hdop");
  const struct column *accuracy = rows_column(rows, "horizontal_accuracy_m"),
                      *speed = rows_column(rows, "speed_accuracy_m_s");
  for (uint32_t row = 0; row < rows->count; row++) {
    uint32_t number = rows_instance(instance, row), bin = grid_bin(&state->grid, rows->log_us[row]);
    if (number >= RECEIVERS || bin < state->grid.first_airborne || bin >= state->grid.end_airborne)
      continue;
    struct receiver *receiver = &state->receivers[number];
    channel_add(&receiver->satellites, bin, rows_number(satellites, row));
    channel_add(&receiver->hdop, bin, rows_number(hdop, row));
    channel_add(&receiver->accuracy, bin, rows_number(accuracy, row));
    channel_add(&receiver->speed_accuracy, bin, rows_number(speed, row));
    double type = rows_number(fix, row);
    receiver->had_fix |= type >= 3;
    if (receiver->had_fix && !isnan(type)) /* before the first fix it is indoors or off, not lost */
      episode_add(&receiver->no_fix, rows->log_us[row], type < 3);
  }
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  for (int32_t i = 0; i < (int32_t)RECEIVERS; i++) {
    struct receiver *receiver = &state->receivers[i];
    uint32_t count;
    double satellites = channel_quantile(&state->grid, &receiver->satellites, 0.5, &count);
    if (count < LEAST_BINS || !receiver->had_fix)
      continue;
    feature_add(features, "gps_satellites", i, satellites, count);
    feature_add(features, "gps_satellites_low", i, channel_quantile(&state->grid, &receiver->satellites, 0.05, NULL),
                count);
    feature_add(features, "gps_hdop", i, channel_quantile(&state->grid, &receiver->hdop, 0.5, NULL), count);
    feature_add(features, "gps_hdop_high", i, channel_quantile(&state->grid, &receiver->hdop, 0.95, NULL), count);
    feature_add(features, "gps_accuracy_m", i, channel_quantile(&state->grid, &receiver->accuracy, 0.95, NULL), count);
    feature_add(features, "gps_speed_accuracy_m_s", i,
                channel_quantile(&state->grid, &receiver->speed_accuracy, 0.95, NULL), count);
    episode_say(&receiver->no_fix, features, "gps_fix_loss", i, count);
  }
}

static void judge_fix(const struct feature_list *last, int32_t number, const char *component,
                      struct verdicts *verdicts) {
  double loss_s = feature_get(last, "gps_fix_loss_s", number);
  if (!(loss_s > FIX_LOSS_S))
    return;
  struct finding *finding = verdict_add(verdicts, "gps", SEVERITY_CRITICAL, component, "gps_fix_loss_s", loss_s);
  if (!finding)
    return;
  finding->limit = FIX_LOSS_S;
  finding->confidence = 0.9;
  finding_set_span(finding, last, "gps_fix_loss", number);
  snprintf(finding->text, sizeof finding->text,
           "GPS receiver %d lost its 3D fix in the air for %.1f s: check antenna, cable and mast, and think of jamming "
           "where other "
           "aircraft saw it too.",
           number + 1, loss_s);
}

static void judge_level(const struct feature_list *const *history, uint32_t flights, int32_t number,
                        const char *component, struct verdicts *verdicts) {
  const struct feature_list *last = history[flights - 1];
  double low = feature_get(last, "gps_satellites_low", number), hdop = feature_get(last, "gps_hdop_high", number);
  double satellites = feature_get(last, "gps_satellites", number);
  struct baseline baseline = baseline_of(history, flights, "gps_satellites", number, 1.5, 0.1);
  bool fewer = satellites < baseline.median - SATELLITES_SIGMAS * baseline.sigma;
  if (!(low < SATELLITES_LEAST) && !(hdop > HDOP_LIMIT) && !fewer)
    return;
  bool poor = low < SATELLITES_LEAST;
  const char *feature = poor ? "gps_satellites_low" : fewer ? "gps_satellites" : "gps_hdop_high";
  struct finding *finding = verdict_add(verdicts, "gps", SEVERITY_WARNING, component, feature,
                                        poor    ? low
                                        : fewer ? satellites
                                                : hdop);
  if (!finding)
    return;
  finding->baseline = fewer ? baseline.median : NAN;
  finding->limit = poor ? SATELLITES_LEAST : fewer ? baseline.median - SATELLITES_SIGMAS * baseline.sigma : HDOP_LIMIT;
  snprintf(finding->text, sizeof finding->text,
           "GPS receiver %d had %.0f satellites as a rule, %.0f at times, and a dilution of up to %.1f in the air "
           "(limits: 6 "
           "satellites, dilution 2.0, "
           "its own normal): check its view of the sky, antenna and nearby electronics.",
           number + 1, satellites, low, hdop);
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  for (int32_t i = 0; i < (int32_t)RECEIVERS; i++) {
    char component[32];
    snprintf(component, sizeof component, "gps %d", i + 1);
    judge_fix(history[flights - 1], i, component, &verdicts);
    judge_level(history, flights, i, component, &verdicts);
  }
  return verdicts.count;
}

static const char *const tables[] = {"gps", NULL};

const struct indicator indicator_gps_quality = {
    .name = "gps_quality",
    .about = "satellites, dilution, accuracy and lost fixes in the air",
    .unit = "1",
    .source = "ArduPilot LogAnalyzer: 6 satellites, dilution 2.0; own history",
    .tables = tables,
    .state_size = sizeof(struct state),
    .begin = begin,
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
