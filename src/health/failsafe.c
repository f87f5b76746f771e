/* failsafe: what the autopilot itself reported in flight: failsafes, crashes and failed checks, from its event records.
 *
 * Subsystem numbers are ArduPilot's (AP_Logger.h, LogErrorSubsystem); a code of 0 means "cleared". Planes and other
 * autopilots report in words only, which are not read here. */
#include "health/indicator.h"

struct subsystem {
  int number;
  const char *feature, *kind, *component, *what;
  enum severity severity;
};

static const struct subsystem subsystems[] = {
    {5, "failsafe_radio", "rc_link", "rc link", "lost the radio control link", SEVERITY_WARNING},
    {6, "failsafe_battery", "low_battery", "battery 1", "went into battery failsafe", SEVERITY_WARNING},
    {7, "failsafe_gps", "gps", "gps 1", "went into GPS failsafe", SEVERITY_WARNING},
    {8, "failsafe_ground_station", "telemetry_link", "telemetry link", "lost the ground station", SEVERITY_WARNING},
    {9, "failsafe_fence", "geofence", "operation", "breached its fence", SEVERITY_WARNING},
    {11, "gps_glitch", "gps", "gps 1", "saw its GPS position jump", SEVERITY_WARNING},
    {12, "crash_check", "crash", "airframe", "took itself for crashed", SEVERITY_CRITICAL},
    {16, "estimator_check", "estimator", "estimator", "found its estimator's variances too high", SEVERITY_CRITICAL},
    {17, "failsafe_estimator", "estimator", "estimator", "went into estimator failsafe", SEVERITY_CRITICAL},
    {25, "thrust_loss_check", "propulsion", "motors", "detected a loss of thrust", SEVERITY_CRITICAL},
    {29, "failsafe_vibration", "vibration", "airframe", "switched to vibration compensation", SEVERITY_WARNING},
    {30, "internal_error", "scheduler", "autopilot", "reported an internal error", SEVERITY_WARNING},
};

struct state {
  uint32_t count[ARRAY_COUNT(subsystems)];
  double first_s[ARRAY_COUNT(subsystems)];
};

static void take_rows(void *context, const struct rows *rows) {
  struct state *state = context;
  const struct column *subsystem = rows_column(rows, "subsystem"), *code = rows_column(rows, "code");
  for (uint32_t row = 0; row < rows->count; row++)
    for (size_t i = 0; i < ARRAY_COUNT(subsystems); i++) {
      if (rows_number(subsystem, row) != subsystems[i].number || !(rows_number(code, row) > 0))
        continue;
      if (state->count[i]++ == 0)
        state->first_s[i] = rows->log_us[row] == TIME_NONE ? NAN : (double)rows->log_us[row] * 1e-6;
    }
}

static void feature_name(char out[40], const struct subsystem *subsystem, const char *end) {
  snprintf(out, 40, "%s_%s", subsystem->feature, end);
}

static void end(void *context, struct feature_list *features) {
  struct state *state = context;
  char name[40];
  for (size_t i = 0; i < ARRAY_COUNT(subsystems); i++) {
    if (!state->count[i])
      continue;
    feature_name(name, &subsystems[i], "count");
    feature_add(features, name, 0, state->count[i], 1);
    feature_name(name, &subsystems[i], "at_s");
    feature_add(features, name, 0, state->first_s[i], 1);
  }
}

static uint32_t judge(const struct feature_list *const *history, uint32_t flights, struct finding *findings,
                      uint32_t room) {
  struct verdicts verdicts = {findings, 0, room};
  const struct feature_list *last = history[flights - 1];
  char name[40];
  for (size_t i = 0; i < ARRAY_COUNT(subsystems); i++) {
    const struct subsystem *subsystem = &subsystems[i];
    feature_name(name, subsystem, "count");
    double count = feature_get(last, name, 0);
    struct finding *finding = count > 0 ? verdict_add(&verdicts, subsystem->kind, subsystem->severity,
                                                      subsystem->component, name, count)
                                        : NULL;
    if (!finding)
      continue;
    feature_name(name, subsystem, "at_s");
    finding->from_s = feature_get(last, name, 0);
    finding->confidence = 0.9;
    snprintf(finding->text, sizeof finding->text,
             "The autopilot %s (%.0f %s at %.0f s of the flight): look at what led to it.", subsystem->what, count,
             count > 1 ? "times, first" : "time,", flight_second(last, finding->from_s));
  }
  return verdicts.count;
}

static const char *const tables[] = {"event", NULL};

const struct indicator indicator_failsafe = {
    .name = "failsafe",
    .about = "failsafes, crashes and failed checks that the autopilot itself reported in flight",
    .unit = "1",
    .source = "ArduPilot error records (LogErrorSubsystem)",
    .tables = tables,
    .state_size = sizeof(struct state),
    .rows = take_rows,
    .end = end,
    .judge = judge,
};
