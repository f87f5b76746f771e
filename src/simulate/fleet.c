/* fleet: who flies what, when, and with which fault.
 *
 * Each vehicle flies about once in four days. A fault's life is one season of its vehicle's flights: two or three
 * healthy flights as a baseline, growth to its worst, then, for two vehicles of three, the repair and healthy flights
 * again; for the third it is still open at the end. Long histories repeat the season. Each flight's plan depends only
 * on the seed and its number, so flights are flown by several threads and the files come out the same.
 *
 * DIR/<vehicle>/<date>-<nn>.bin, .tlog, -photo-<nn>.jpg; DIR/maintenance.csv; DIR/fleet.json with the truth. */
#include "simulate/fleet.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/pool.h"
#include "simulate/fleet_record.h"
#include "simulate/sortie.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEASON 12          /* flights after which a long history repeats */
#define HISTORY_DAYS 200.0 /* at most this long */

struct fleet {
  const struct fleet_options *options;
  struct fleet_vehicle *vehicles;
  struct fleet_flight *flights; /* of all vehicles, vehicle after vehicle */
  pthread_mutex_t lock;
  enum status status;
  struct error *error;
  void (*done)(void *, const char *, const char *, uint32_t, uint64_t);
  void *context;
  struct fleet_result result;
};

/* --- vehicles --- */

/* Open fields far from anything; invented take-off points. */
static const struct {
  double lat_deg, lon_deg, alt_m;
} sites[] = {{47.8213, 12.0142, 468}, {52.9017, 9.8846, 61}, {44.7161, 0.9127, 137}, {48.6402, 16.7319, 182}};

static enum fault_kind default_fault(int vehicle) {
  static const enum fault_kind kinds[] = {FAULT_PROPELLER_DAMAGE, FAULT_BATTERY_AGEING, FAULT_MOTOR_WEAKENING,
                                          FAULT_GPS_DEGRADATION,  FAULT_LOOSE_ISOLATOR, FAULT_COMPASS_INTERFERENCE};
  return kinds[vehicle % (int)ARRAY_COUNT(kinds)];
}

static void make_vehicle(const struct fleet_options *options, int index, struct fleet_vehicle *vehicle) {
  struct random random = random_new(random_mix(options->seed, 1000, (uint64_t)index));
  vehicle->airframe = airframe_of(index);
  vehicle->system_id = 11 + index; /* not 1, which is everybody's default */
  snprintf(vehicle->name, sizeof vehicle->name, "uav%02d", vehicle->system_id);
  for (int i = 0; i < 3; i++)
    vehicle->board_uid[i] = (uint32_t)random_next(&random);
  vehicle->site = index % (int)ARRAY_COUNT(sites);
  vehicle->camera = vehicle->airframe->plane || vehicle->airframe->motors == 6;
  vehicle->cg_offset_m[0] = random_between(&random, -0.004, 0.004);
  vehicle->cg_offset_m[1] = random_between(&random, -0.004, 0.004);
  vehicle->resistance_ratio = random_between(&random, 0.95, 1.1);
  vehicle->motor = (int)(random_next(&random) % (uint64_t)vehicle->airframe->motors);
  vehicle->fault = options->default_faults ? default_fault(index)
                   : options->fault_count  ? options->faults[index % options->fault_count]
                                           : FAULT_NONE;
  vehicle->repaired = index % 3 != 1;
  vehicle->brown_out = options->default_faults && index == 1;
}

/* --- flights --- */

/* Severity in the place-th flight of a season of `length`; −1: repaired before this flight. */
static double severity_at(int place, int length, bool repaired) {
  int healthy = length < 6 ? 1 : length < 9 ? 2 : 3;
  int rest = repaired ? length < 6 ? 1 : 2 : 0;
  int grown = length - healthy - rest;
  if (place < healthy)
    return 0;
  if (place >= length - rest)
    return -1;
  return grown <= 1 ? 1 : 0.2 + 0.8 * (place - healthy) / (grown - 1);
}

static void make_faults(const struct fleet_vehicle *vehicle, int number, struct fleet_flight *flight) {
  int length = vehicle->flights < SEASON + 6 ? vehicle->flights : SEASON, place = number % length;
  bool last_season = number / length == (vehicle->flights - 1) / length, repaired = vehicle->repaired || !last_season;
  const struct fault_row *row = fault_row(vehicle->fault);
  bool last = number == vehicle->flights - 1;
  if (vehicle->fault != FAULT_NONE && !row->acute) {
    double severity = severity_at(place, length, repaired);
    flight->repaired_before = severity < 0 && (place == 0 || severity_at(place - 1, length, repaired) >= 0);
    if (severity > 0)
      flight->faults[flight->fault_count++] = (struct fault){vehicle->fault, severity,
                                                             row->of_motor ? vehicle->motor : -1};
  }
  if ((row->acute && place == length / 2) || (vehicle->brown_out && last && number > 2))
    flight->faults[flight->fault_count++] = (struct fault){FAULT_BROWN_OUT, 1, -1};
  if (row->acute && place == length / 2 + 1 && number > 0)
    flight->repaired_before = true;
}

/* Time of a vehicle's flight after the start of the history: about every fourth day, closer together where there are
 * many. */
static int64_t start_of(const struct fleet *fleet, int vehicle_index, int number, struct random *random) {
  const struct fleet_vehicle *vehicle = &fleet->vehicles[vehicle_index];
  if (fleet->options->days > 0) {
    double at = (number + random_between(random, 0, 0.5)) * fleet->options->days / vehicle->flights;
    return (int64_t)((floor(at) * 24 + 7.5 + 9 * (at - floor(at))) * 3600) * US_PER_S;
  }
  double apart_days = fmin(4, HISTORY_DAYS / vehicle->flights), at = number * apart_days, day = floor(at);
  double hour = apart_days < 1 ? 7.5 + 9 * (at - day) : random_between(random, 7.5, 16.5);
  if (apart_days >= 2)
    day += vehicle_index % 4 + (double)(random_next(random) % 2);
  return (int64_t)day * US_PER_DAY + (int64_t)(hour * 3600) * US_PER_S;
}

static void make_flight(const struct fleet *fleet, int vehicle_index, int number, struct fleet_flight *flight) {
  const struct fleet_vehicle *vehicle = &fleet->vehicles[vehicle_index];
  struct random random = random_new(random_mix(fleet->options->seed, 2000 + (uint64_t)vehicle_index, (uint64_t)number));
  flight->vehicle = vehicle_index;
  flight->number = number;
  flight->start_us = fleet->options->start_us + start_of(fleet, vehicle_index, number, &random);
  flight->seed = random_next(&random);
  flight->duration_s = fleet->options->duration_s > 0 ? fleet->options->duration_s : random_between(&random, 125, 175);
  flight->wind_m_s = random_between(&random, 0.5, 5.5);
  flight->has_tlog = random_unit(&random) < 0.85;
  make_faults(vehicle, number, flight);
}

static void make_fleet(struct fleet *fleet) {
  const struct fleet_options *options = fleet->options;
  uint32_t first = 0;
  for (int i = 0; i < options->vehicles; i++) {
    struct fleet_vehicle *vehicle = &fleet->vehicles[i];
    make_vehicle(options, i, vehicle);
    vehicle->flights = options->flights / options->vehicles + (i < options->flights % options->vehicles);
    vehicle->first = first;
    first += (uint32_t)vehicle->flights;
    for (int number = 0; number < vehicle->flights; number++)
      make_flight(fleet, i, number, &fleet->flights[vehicle->first + (uint32_t)number]);
  }
}

/* --- flying --- */

static void name_firmware(struct sortie_plan *plan, bool plane, const struct fleet_vehicle *vehicle) {
  plan->firmware_version[0] = 4;
  plan->firmware_version[1] = 5;
  plan->firmware_version[2] = 7;
  snprintf(plan->firmware_hash, sizeof plan->firmware_hash, "%s", plane ? "48f2b1a9" : "2a3dc4b7");
  snprintf(plan->firmware, sizeof plan->firmware, "%s V4.5.7 (%s)", plane ? "ArduPlane" : "ArduCopter",
           plan->firmware_hash);
  memcpy(plan->board_uid, vehicle->board_uid, sizeof plan->board_uid);
}

static void make_weather(struct sortie_plan *plan, double season, struct random *random) {
  plan->wind_from_rad = random_between(random, -M_PI, M_PI);
  plan->gust_m_s = 0.08 + 0.13 * plan->wind_m_s;
  plan->air_degc = 9 + 12 * season + random_between(random, -4, 4);
  plan->pressure_pa = 101325 * pow(1 - 2.25577e-5 * plan->home_alt_m, 5.25588) + random_between(random, -900, 900);
}

static void make_plan(const struct fleet *fleet, const struct fleet_flight *flight, struct sortie_plan *plan) {
  const struct fleet_vehicle *vehicle = &fleet->vehicles[flight->vehicle];
  struct random random = random_new(flight->seed);
  memset(plan, 0, sizeof *plan);
  snprintf(plan->vehicle, sizeof plan->vehicle, "%s", vehicle->name);
  plan->build.airframe = vehicle->airframe;
  plan->build.condition = condition_of(flight->faults, flight->fault_count);
  plan->build.condition.resistance_ratio *= vehicle->resistance_ratio;
  memcpy(plan->build.cg_offset_m, vehicle->cg_offset_m, sizeof plan->build.cg_offset_m);
  plan->system_id = vehicle->system_id;
  name_firmware(plan, vehicle->airframe->plane, vehicle);
  plan->home_lat_deg = sites[vehicle->site].lat_deg + random_between(&random, -2e-5, 2e-5);
  plan->home_lon_deg = sites[vehicle->site].lon_deg + random_between(&random, -2e-5, 2e-5);
  plan->home_alt_m = sites[vehicle->site].alt_m;
  plan->log_after_us = (int64_t)random_between(&random, 2500, 6000) * 10000;
  plan->boot_utc_us = flight->start_us - plan->log_after_us;
  plan->ground_clock_s = random_between(&random, -0.04, 0.04);
  plan->duration_s = flight->duration_s;
  plan->wind_m_s = flight->wind_m_s;
  double day_of_year = (double)(flight->start_us / US_PER_DAY % 365);
  make_weather(plan, 0.5 - 0.5 * cos((day_of_year - 15) / 365 * 2 * M_PI), &random);
  plan->runway_rad = vehicle->airframe->plane ? plan->wind_from_rad : random_between(&random, -M_PI, M_PI);
  plan->charge_ratio = random_between(&random, 0.97, 1);
  plan->photos = vehicle->camera ? fleet->options->photos : 0;
  plan->seed = flight->seed;
  mission_make(&plan->mission, vehicle->airframe, plan->duration_s, plan->runway_rad, &random);
}

static enum status fly_one(struct fleet *fleet, struct fleet_flight *flight, struct sortie_plan *plan,
                           struct error *error) {
  const struct fleet_vehicle *vehicle = &fleet->vehicles[flight->vehicle];
  char folder[PATH_LIMIT], stem[PATH_LIMIT], name[64], date[16], paths[3][PATH_LIMIT + 8];
  make_plan(fleet, flight, plan);
  TRY(path_join(folder, fleet->options->out, vehicle->name, error));
  snprintf(name, sizeof name, "%s-%02d", clock_format_date(date, flight->start_us), flight->number + 1);
  TRY(path_join(stem, folder, name, error));
  snprintf(paths[0], sizeof paths[0], "%s.bin", stem);
  snprintf(paths[1], sizeof paths[1], "%s.tlog", stem);
  snprintf(paths[2], sizeof paths[2], "%s-photo", stem);
  struct sortie_files files = {paths[0], flight->has_tlog ? paths[1] : NULL, plan->photos ? paths[2] : NULL};
  return sortie_fly(plan, &files, &flight->result, error);
}

static void fly_vehicle(void *context, uint32_t index) {
  struct fleet *fleet = context;
  struct fleet_vehicle *vehicle = &fleet->vehicles[index];
  struct sortie_plan *plan = memory_new(sizeof *plan);
  struct fleet_result result = {.vehicles = 1};
  struct error error = {STATUS_OK, ""};
  enum status status = STATUS_OK;
  for (int number = 0; number < vehicle->flights && status == STATUS_OK; number++) {
    struct fleet_flight *flight = &fleet->flights[vehicle->first + (uint32_t)number];
    status = fly_one(fleet, flight, plan, &error);
    result.flights++;
    result.files += flight->result.files;
    result.bytes += flight->result.bytes;
  }
  free(plan);
  pthread_mutex_lock(&fleet->lock);
  if (status != STATUS_OK && fleet->status == STATUS_OK)
    fleet->status = error_set(fleet->error, status, "%s", error.text);
  fleet->result.vehicles += result.vehicles;
  fleet->result.flights += result.flights;
  fleet->result.files += result.files;
  fleet->result.bytes += result.bytes;
  if (fleet->done && status == STATUS_OK)
    fleet->done(fleet->context, vehicle->name, vehicle->airframe->frame, result.flights, result.bytes);
  pthread_mutex_unlock(&fleet->lock);
}

static enum status make_folders(const struct fleet *fleet, struct error *error) {
  char folder[PATH_LIMIT];
  TRY(folder_create(fleet->options->out, error));
  for (int i = 0; i < fleet->options->vehicles; i++) {
    TRY(path_join(folder, fleet->options->out, fleet->vehicles[i].name, error));
    TRY(folder_create(folder, error));
  }
  return STATUS_OK;
}

static enum status simulate(struct fleet *fleet, struct error *error) {
  make_fleet(fleet);
  TRY(make_folders(fleet, error));
  pthread_mutex_init(&fleet->lock, NULL);
  pool_run(fleet->options->workers, (uint32_t)fleet->options->vehicles, fly_vehicle, fleet);
  pthread_mutex_destroy(&fleet->lock);
  TRY(fleet->status);
  const struct fleet_record record = {fleet->options, fleet->vehicles, fleet->flights};
  uint64_t bytes = 0;
  TRY(fleet_record_write(&record, &bytes, error));
  fleet->result.files += 2;
  fleet->result.bytes += bytes;
  return STATUS_OK;
}

enum status fleet_simulate(const struct fleet_options *options,
                           void (*done)(void *context, const char *vehicle, const char *frame, uint32_t flights,
                                        uint64_t bytes),
                           void *context, struct fleet_result *ret_result, struct error *error) {
  if (options->vehicles < 1 || options->vehicles > VEHICLES_MAX || options->flights < options->vehicles ||
      options->flights > FLIGHTS_MAX)
    return error_set(error, STATUS_SETTINGS,
                     "%d flights of %d vehicles can't be simulated; give at least one flight a vehicle, at most %d",
                     options->flights, options->vehicles, FLIGHTS_MAX);
  struct fleet fleet = {.options = options, .error = error, .done = done, .context = context};
  fleet.vehicles = memory_resize(NULL, (size_t)options->vehicles, sizeof *fleet.vehicles);
  fleet.flights = memory_resize(NULL, (size_t)options->flights, sizeof *fleet.flights);
  memset(fleet.vehicles, 0, (size_t)options->vehicles * sizeof *fleet.vehicles);
  memset(fleet.flights, 0, (size_t)options->flights * sizeof *fleet.flights);
  enum status status = simulate(&fleet, error);
  free(fleet.vehicles);
  free(fleet.flights);
  if (status == STATUS_OK)
    *ret_result = fleet.result;
  return status;
}
