/* simulate: an example fleet of flights, to try uavlake with and to test it by. */
#include "simulate/fleet.h"

#include "base/clock.h"
#include "base/pool.h"
#include "command/command.h"

#include <string.h>

#define DEFAULT_VEHICLES 6
#define DEFAULT_FLIGHTS 40
#define DEFAULT_PHOTOS 2

struct teller {
  bool quiet;
};

static void tell_vehicle(void *context, const char *vehicle, const char *frame, uint32_t flights, uint64_t bytes) {
  const struct teller *teller = context;
  char size[16];
  if (!teller->quiet)
    fprintf(stderr, "%s (%s): %u flight%s, %s\n", vehicle, frame, flights, text_plural(flights),
            text_size(size, bytes));
}

static enum status read_faults(const char *value, struct fleet_options *options, struct error *error) {
  struct text rest = text_of(value), part;
  options->default_faults = !value || strcmp(value, "default") == 0;
  if (options->default_faults || strcmp(value, "none") == 0)
    return STATUS_OK;
  for (part = text_cut(&rest, ','); part.data; part = text_cut(&rest, ',')) {
    enum fault_kind kind = fault_find(part);
    if (kind == FAULT_COUNT)
      return error_set(error, STATUS_SETTINGS, "'%.*s' is no fault; 'uavlake help simulate' lists those there are",
                       (int)MIN(part.size, 40u), part.data);
    if (options->fault_count == (int)ARRAY_COUNT(options->faults))
      return error_set(error, STATUS_SETTINGS, "--faults takes at most %zu names", ARRAY_COUNT(options->faults));
    options->faults[options->fault_count++] = kind;
  }
  return STATUS_OK;
}

static enum status read_options(const struct invocation *in, struct fleet_options *options, struct error *error) {
  int64_t vehicles = DEFAULT_VEHICLES, flights = DEFAULT_FLIGHTS, seed = 1, duration_s = 0, photos = DEFAULT_PHOTOS,
          days = 0;
  const char *start = invocation_option(in, "start");
  options->out = invocation_option(in, "out");
  if (!options->out)
    return error_set(error, STATUS_SETTINGS, "simulate needs a folder to write to: give --out DIR");
  TRY(invocation_number(in, "vehicles", 1, VEHICLES_MAX, &vehicles, error));
  TRY(invocation_number(in, "flights", 1, FLIGHTS_MAX, &flights, error));
  TRY(invocation_number(in, "seed", 0, INT64_MAX, &seed, error));
  TRY(invocation_number(in, "duration", 30, 3600, &duration_s, error));
  TRY(invocation_number(in, "days", 1, 3660, &days, error));
  TRY(invocation_number(in, "photos", 0, 99, &photos, error));
  if (!clock_parse(text_of(start ? start : "2026-03-01"), &options->start_us))
    return error_set(error, STATUS_SETTINGS, "'%s' is no date; write it as 2026-03-01", start);
  options->start_us -= ((options->start_us % US_PER_DAY) + US_PER_DAY) % US_PER_DAY;
  options->vehicles = (int)MIN(vehicles, flights);
  options->flights = (int)flights;
  options->seed = (uint64_t)seed;
  options->duration_s = (double)duration_s;
  options->photos = (int)photos;
  options->days = (int)days;
  options->workers = pool_cores();
  return read_faults(invocation_option(in, "faults"), options, error);
}

static void print_result(const struct invocation *in, const struct fleet_options *options,
                         const struct fleet_result *result) {
  char size[16];
  if (!in->json) {
    printf("%u vehicle%s, %u flight%s, %u files, %s in %s\n", result->vehicles, text_plural(result->vehicles),
           result->flights, text_plural(result->flights), result->files, text_size(size, result->bytes), options->out);
    return;
  }
  scoped(buffer) struct buffer text = buffer_with_max(8192);
  struct json_writer json = json_writer_of(&text);
  json_object_begin(&json, NULL);
  json_c_string(&json, "out", options->out);
  json_i64(&json, "vehicles", result->vehicles);
  json_i64(&json, "flights", result->flights);
  json_i64(&json, "files", result->files);
  json_i64(&json, "bytes", (int64_t)result->bytes);
  json_object_end(&json);
  puts(buffer_text(&text));
}

static enum status simulate_run(struct invocation *in, struct error *error) {
  struct fleet_options options = {0};
  struct fleet_result result;
  struct teller teller = {in->quiet};
  TRY(read_options(in, &options, error));
  TRY(fleet_simulate(&options, tell_vehicle, &teller, &result, error));
  print_result(in, &options, &result);
  return STATUS_OK;
}

static const struct option options_of_simulate[] = {
    {"out", 'o', "DIR", "the folder to write to, made where it isn't there"},
    {"vehicles", 0, "N", "how many vehicles (6)"},
    {"flights", 0, "N", "how many flights in all (40)"},
    {"seed", 0, "N", "another fleet; the same number gives the same bytes (1)"},
    {"start", 0, "DATE", "day of the first flights (2026-03-01)"},
    {"days", 0, "N", "all flights within so many days (a history of months)"},
    {"faults", 0, "LIST", "default, none, or names with commas between"},
    {"duration", 0, "SECONDS", "length of each flight (two to three minutes)"},
    {"photos", 0, "N", "photos a flight, of vehicles with a camera (2)"},
    {NULL},
};

const struct command command_simulate = {
    .name = "simulate",
    .arguments = "",
    .about = "write an example fleet: logs, photos and maintenance records",
    .details = "Copters and planes fly missions in a physical simulation; each flight is written as the autopilot's "
               "DataFlash log "
               "(.bin) and mostly as the ground station's telemetry log (.tlog) too. Faults grow over the flights of a "
               "vehicle and "
               "are mended; fleet.json in the folder tells which.\n\n"
               "Faults: propeller_damage, battery_ageing, motor_weakening, gps_degradation, loose_isolator, "
               "compass_interference, brown_out.\n\n"
               "Examples:\n"
               "  uavlake simulate --out flights\n"
               "  uavlake simulate --out flights --flights 1000 --seed 7 --faults propeller_damage,battery_ageing",
    .options = options_of_simulate,
    .run = simulate_run,
};
