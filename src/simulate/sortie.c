/* sortie: the loop of one flight: 100 steps a second of wind, autopilot, body, battery and sensors, told to the
 * writers.
 *
 * The log begins 3 s before arming, as with LOG_DISARMED 0 and its short memory, and ends after disarming. Where the
 * plan holds a brown-out, the pack's connector fails in the air: the voltage falls within half a second, and the
 * recording stops at the last block that reached the card. */
#include "simulate/sortie.h"

#include "base/clock.h"
#include "simulate/sensors.h"
#include "simulate/write_dataflash.h"
#include "simulate/write_jpeg.h"
#include "simulate/write_mavlink.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TICK_S 0.01
#define TICK_US 10000
#define TICKS_MAX 400000 /* over an hour: the mission is then broken off */
#define FAIL_S 0.5       /* from the failing connector to darkness */

struct sortie {
  const struct sortie_plan *plan;
  const struct sortie_files *files;
  struct air air;
  struct body body;
  struct battery battery;
  struct autopilot autopilot;
  struct sensors sensors;
  struct sample sample;
  struct random random;
  struct dataflash_writer *bin;
  struct mavlink_writer *tlog;
  double airborne_s, failing_s, photo_due_s;
  struct sortie_result result;
};

static void say(struct sortie *sortie, int severity, const char *text) {
  if (sortie->bin)
    dataflash_text(sortie->bin, &sortie->sample, text);
  if (sortie->tlog)
    mavlink_text(sortie->tlog, &sortie->sample, severity, text);
}

static void event(struct sortie *sortie, int id) {
  /* EV is the copter firmware's; planes say it in texts and STAT */
  if (sortie->bin && !sortie->plan->build.airframe->plane)
    dataflash_event(sortie->bin, &sortie->sample, id);
}

/* Event numbers of ArduCopter's LogEvent. */
enum {
  EVENT_ARMED = 10,
  EVENT_DISARMED = 11,
  EVENT_AUTO_ARMED = 15,
  EVENT_LAND_MAYBE = 17,
  EVENT_LANDED = 18,
  EVENT_NOT_LANDED = 28
};

static void tell_armed(struct sortie *sortie, bool armed) {
  sortie->sample.armed = armed;
  if (sortie->bin)
    dataflash_armed(sortie->bin, &sortie->sample);
  event(sortie, armed ? EVENT_ARMED : EVENT_DISARMED);
  say(sortie, 6, armed ? "Arming motors" : "Disarming motors");
  if (armed && sortie->bin)
    dataflash_home(sortie->bin, &sortie->sample);
  if (armed && sortie->tlog)
    mavlink_home(sortie->tlog, &sortie->sample);
}

static const char *item_name(uint16_t command) {
  switch (command) {
  case COMMAND_TAKE_OFF:
    return "Takeoff";
  case COMMAND_LOITER_TIME:
    return "LoitTime";
  case COMMAND_LOITER_TURNS:
    return "LoitTurns";
  case COMMAND_RETURN:
    return "RTL";
  case COMMAND_LAND:
    return "Land";
  default:
    return "WP";
  }
}

static void tell_news(struct sortie *sortie) {
  const struct autopilot *autopilot = &sortie->autopilot;
  char text[64];
  sortie->sample.mode = autopilot->mode;
  sortie->sample.item = autopilot->item;
  if (autopilot->news & NEWS_ARMED)
    tell_armed(sortie, true);
  if (autopilot->news & NEWS_MODE && sortie->bin)
    dataflash_mode(sortie->bin, &sortie->sample, autopilot->mode, autopilot->item > 1 ? 10 : 2);
  if (autopilot->news & NEWS_REACHED) {
    snprintf(text, sizeof text, "Reached command #%d", autopilot->reached);
    say(sortie, 6, text);
    if (sortie->tlog)
      mavlink_reached(sortie->tlog, &sortie->sample, autopilot->reached);
  }
  if (autopilot->news & NEWS_ITEM) {
    snprintf(text, sizeof text, "Mission: %d %s", autopilot->item,
             item_name(autopilot->mission->items[autopilot->item].command));
    say(sortie, 6, text);
    if (autopilot->item == 1)
      event(sortie, EVENT_AUTO_ARMED);
  }
  if (autopilot->news & NEWS_LIFT_OFF)
    event(sortie, EVENT_NOT_LANDED);
  if (autopilot->news & NEWS_TOUCHDOWN) {
    event(sortie, EVENT_LAND_MAYBE);
    event(sortie, EVENT_LANDED);
  }
  if (autopilot->news & NEWS_DISARMED)
    tell_armed(sortie, false);
}

static enum status take_photo(struct sortie *sortie, struct error *error) {
  char path[4096];
  uint64_t bytes;
  struct sample *sample = &sortie->sample;
  sample->photos++;
  if (sortie->bin)
    dataflash_photo(sortie->bin, sample);
  if (sortie->tlog)
    mavlink_photo(sortie->tlog, sample);
  if (!sortie->files->photos)
    return STATUS_OK;
  if (snprintf(path, sizeof path, "%s-%02d.jpg", sortie->files->photos, sample->photos) >= (int)sizeof path)
    return error_set(error, STATUS_LIMIT, "The path of the photos is too long; choose a shorter --out");
  TRY(jpeg_write(path, sample, &bytes, error));
  sortie->result.files++;
  sortie->result.bytes += bytes;
  return STATUS_OK;
}

static enum status photos(struct sortie *sortie, struct error *error) {
  const struct sortie_plan *plan = sortie->plan;
  if (sortie->sample.photos >= plan->photos || sortie->airborne_s < sortie->photo_due_s)
    return STATUS_OK;
  if (sortie->autopilot.phase != PHASE_EN_ROUTE && sortie->autopilot.phase != PHASE_LOITER)
    return STATUS_OK;
  sortie->photo_due_s = sortie->airborne_s + fmax(0.6 * plan->duration_s / plan->photos, 1.5);
  return take_photo(sortie, error);
}

/* The failing supply: voltage gone within FAIL_S, and the motors with it. */
static bool supply_fails(struct sortie *sortie) {
  double share = sortie->plan->build.condition.brown_out_share;
  if (share <= 0 || sortie->airborne_s < share * sortie->plan->duration_s)
    return false;
  if (sortie->failing_s == 0 && sortie->bin)
    dataflash_failure(sortie->bin, &sortie->sample, 6, 1); /* battery failsafe */
  if (sortie->failing_s == 0)
    say(sortie, 0, "Battery 1 is critical");
  sortie->failing_s += TICK_S;
  double left = fmax(1 - sortie->failing_s / FAIL_S, 0.18);
  sortie->battery.voltage_v *= left;
  sortie->battery.current_a *= left;
  return sortie->failing_s >= FAIL_S;
}

static void step(struct sortie *sortie) {
  const struct sortie_plan *plan = sortie->plan;
  const struct vehicle *build = &plan->build;
  double height = -sortie->body.position_m[2];
  double sag = fmin(sortie->battery.voltage_v / (4.2 * build->airframe->cells), 1);
  air_step(&sortie->air, &sortie->random, fmax(height, 0.5), TICK_S);
  autopilot_step(&sortie->autopilot, &sortie->body, TICK_S);
  double motors_w = body_step(&sortie->body, build, &sortie->air, &sortie->autopilot.demand, fmax(sag, 0.4),
                              &sortie->random, TICK_S);
  battery_draw(&sortie->battery, motors_w + build->airframe->avionics_w, plan->air_degc, TICK_S);
  if (sortie->body.airborne)
    sortie->airborne_s += TICK_S;
  sortie->sample.body = sortie->body;
  sortie->sample.airborne = sortie->body.airborne;
  sortie->sample.time_us += TICK_US;
  sortie->sample.utc_us += TICK_US;
}

static enum status fly(struct sortie *sortie, struct error *error) {
  struct sample *sample = &sortie->sample;
  for (int tick = 0; tick < TICKS_MAX && sortie->autopilot.phase != PHASE_OVER; tick++) {
    step(sortie);
    bool dark = supply_fails(sortie);
    sensors_step(&sortie->sensors, sample, &sortie->battery, &sortie->air, TICK_S);
    if (sample->utc_us % 200000 == 0)
      sensors_fix(&sortie->sensors, sample, 0.2);
    if (tick % 5 == 0 || sortie->autopilot.news)
      sensors_read(&sortie->sensors, sample, &sortie->battery, &sortie->air, &sortie->autopilot);
    sample->log_blocks = (uint32_t)tick / 7;
    if (sortie->autopilot.news)
      tell_news(sortie);
    if (sortie->bin)
      dataflash_sample(sortie->bin, sample);
    if (sortie->tlog)
      mavlink_sample(sortie->tlog, sample);
    TRY(photos(sortie, error));
    if (dark) {
      sortie->result.broke_off = true;
      break;
    }
  }
  sortie->result.airborne_s = sortie->airborne_s;
  return STATUS_OK;
}

static void prepare(struct sortie *sortie) {
  const struct sortie_plan *plan = sortie->plan;
  const struct airframe *airframe = plan->build.airframe;
  sortie->random = random_new(random_mix(plan->seed, 3, 9));
  sortie->sensors = sensors_new(plan);
  sortie->body = body_new(plan->runway_rad);
  sortie->battery = battery_new(airframe->cells, airframe->capacity_ah * plan->build.condition.capacity_ratio,
                                airframe->resistance_ohm * plan->build.condition.resistance_ratio, plan->charge_ratio,
                                plan->air_degc + 2);
  sortie->autopilot = autopilot_new(airframe, &plan->mission, plan->runway_rad);
  sortie->photo_due_s = 12;
  double towards = plan->wind_from_rad + M_PI;
  sortie->air = (struct air){
      .mean_wind_m_s = {plan->wind_m_s * cos(towards), plan->wind_m_s * sin(towards)},
      .gust_m_s = plan->gust_m_s,
      .density_ratio = plan->pressure_pa / 101325 * 288.15 / (273.15 + plan->air_degc),
      .temperature_degc = plan->air_degc,
  };
  struct sample *sample = &sortie->sample;
  sample->plan = plan;
  sample->time_us = plan->log_after_us;
  sample->utc_us = plan->boot_utc_us + plan->log_after_us;
  sample->body = sortie->body;
  for (int i = 0; i < MOTORS_MAX; i++)
    sample->esc_degc[i] = plan->air_degc + 3;
  sensors_fix(&sortie->sensors, sample, 0.2);
  sensors_read(&sortie->sensors, sample, &sortie->battery, &sortie->air, &sortie->autopilot);
}

static void count_file(struct sortie_result *result, uint64_t bytes) {
  result->files++;
  result->bytes += bytes;
}

/* Closes both logs, whatever happened before. */
static enum status finish(struct sortie *sortie, enum status status, struct error *error) {
  struct error later = {STATUS_OK, ""};
  uint64_t bytes = 0;
  if (sortie->bin) {
    enum status closed = dataflash_end(sortie->bin, sortie->result.broke_off, &bytes, &later);
    count_file(&sortie->result, bytes);
    if (status == STATUS_OK && closed != STATUS_OK)
      status = error_set(error, closed, "%s", later.text);
  }
  if (sortie->tlog) {
    enum status closed = mavlink_end(sortie->tlog, &bytes, &later);
    count_file(&sortie->result, bytes);
    if (status == STATUS_OK && closed != STATUS_OK)
      status = error_set(error, closed, "%s", later.text);
  }
  return status;
}

enum status sortie_fly(const struct sortie_plan *plan, const struct sortie_files *files,
                       struct sortie_result *ret_result, struct error *error) {
  struct sortie sortie = {.plan = plan, .files = files};
  enum status status = STATUS_OK;
  prepare(&sortie);
  if (files->bin)
    status = dataflash_create(files->bin, plan, &sortie.bin, error);
  if (status == STATUS_OK && files->tlog)
    status = mavlink_create(files->tlog, plan, &sortie.tlog, error);
  if (status == STATUS_OK) {
    if (sortie.bin)
      dataflash_begin(sortie.bin, &sortie.sample);
    if (sortie.tlog)
      mavlink_begin(sortie.tlog, &sortie.sample);
    status = fly(&sortie, error);
  }
  status = finish(&sortie, status, error);
  if (status == STATUS_OK)
    *ret_result = sortie.result;
  return status;
}
