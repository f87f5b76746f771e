/* fleet_record: maintenance.csv (date, vehicle, component, serial, action, note) and fleet.json.
 *
 * Maintenance is what the vehicles' keepers would have written: a fault's repair on the day before the first healthy
 * flight, a new set of propellers before the first flight, and an inspection now and then that changes nothing.
 * fleet.json tells what is true of each flight: faults with severity, pack resistance and capacity, wind. */
#include "simulate/fleet_record.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>

#define RECORD_BYTES_MAX ((size_t)256 << 20)
#define INSPECTION_EVERY 5 /* flights */

static void add_row(struct buffer *csv, int64_t day_us, const struct fleet_vehicle *vehicle, const char *component,
                    int motor, int serial, const char *action, const char *note) {
  char date[16], part[48], place[16] = "";
  if (motor >= 0)
    snprintf(place, sizeof place, " %d", motor + 1);
  snprintf(part, sizeof part, "%s%s", component, place);
  buffer_format(csv, "%s,%s,%s,%.2s%04X-%03d,%s,\"%s\"\n", clock_format_date(date, day_us), vehicle->name, part,
                component, (unsigned)(vehicle->board_uid[1] & 0xffff), serial, action, note);
}

static void add_maintenance(struct buffer *csv, const struct fleet_record *record,
                            const struct fleet_vehicle *vehicle) {
  const struct fault_row *row = fault_row(vehicle->fault);
  int serial = 1;
  for (int number = 0; number < vehicle->flights; number++) {
    const struct fleet_flight *flight = &record->flights[vehicle->first + (uint32_t)number];
    int64_t before_us = flight->start_us - US_PER_DAY;
    if (number > 0 && before_us / US_PER_DAY <= (flight - 1)->start_us / US_PER_DAY)
      before_us = flight->start_us; /* the day before was flown: mended in the morning */
    if (number == 0)
      add_row(csv, before_us, vehicle, "airframe", -1, serial++, "inspected", "new propellers, all screws checked");
    else if (flight->repaired_before)
      add_row(csv, before_us, vehicle, row->component, row->of_motor ? vehicle->motor : -1, serial++, row->action,
              row->note);
    else if (number % INSPECTION_EVERY == 0)
      add_row(csv, before_us, vehicle, "airframe", -1, serial++, "inspected", "no finding");
  }
}

static void add_flight(struct json_writer *json, const struct fleet_vehicle *vehicle,
                       const struct fleet_flight *flight) {
  struct condition condition = condition_of(flight->faults, flight->fault_count);
  char date[16], name[64];
  snprintf(name, sizeof name, "%s-%02d", clock_format_date(date, flight->start_us), flight->number + 1);
  json_object_begin(json, NULL);
  json_c_string(json, "name", name);
  json_time(json, "start", flight->start_us);
  json_double(json, "airborne_s", flight->result.airborne_s);
  json_bool(json, "telemetry", flight->has_tlog);
  json_bool(json, "ends_in_air", flight->result.broke_off);
  json_bool(json, "repaired_before", flight->repaired_before);
  json_double(json, "wind_m_s", flight->wind_m_s);
  json_double(json, "battery_resistance_ohm",
              vehicle->airframe->resistance_ohm * vehicle->resistance_ratio * condition.resistance_ratio);
  json_double(json, "battery_capacity_ah", vehicle->airframe->capacity_ah * condition.capacity_ratio);
  json_array_begin(json, "faults");
  for (int i = 0; i < flight->fault_count; i++) {
    json_object_begin(json, NULL);
    json_c_string(json, "kind", fault_row(flight->faults[i].kind)->name);
    json_c_string(json, "component", fault_row(flight->faults[i].kind)->component);
    if (flight->faults[i].motor >= 0)
      json_i64(json, "motor", flight->faults[i].motor + 1);
    json_double(json, "severity", flight->faults[i].severity);
    json_object_end(json);
  }
  json_array_end(json);
  json_object_end(json);
}

static void add_vehicle(struct json_writer *json, const struct fleet_record *record,
                        const struct fleet_vehicle *vehicle) {
  json_object_begin(json, NULL);
  json_c_string(json, "name", vehicle->name);
  json_c_string(json, "frame", vehicle->airframe->frame);
  json_i64(json, "system_id", vehicle->system_id);
  json_double(json, "mass_kg", vehicle->airframe->mass_kg);
  json_bool(json, "camera", vehicle->camera);
  json_double(json, "cg_forward_m", vehicle->cg_offset_m[0]);
  json_double(json, "cg_right_m", vehicle->cg_offset_m[1]);
  json_array_begin(json, "flights");
  for (int number = 0; number < vehicle->flights; number++)
    add_flight(json, vehicle, &record->flights[vehicle->first + (uint32_t)number]);
  json_array_end(json);
  json_object_end(json);
}

static enum status put_file(const struct fleet_record *record, const char *name, struct buffer *content,
                            uint64_t *ret_bytes, struct error *error) {
  char path[PATH_LIMIT];
  if (content->failed)
    return error_set(error, STATUS_LIMIT, "%s would be too large; simulate fewer flights", name);
  TRY(path_join(path, record->options->out, name, error));
  TRY(file_write(path, bytes_of(content->data, content->size), error));
  *ret_bytes += content->size;
  return STATUS_OK;
}

enum status fleet_record_write(const struct fleet_record *record, uint64_t *ret_bytes, struct error *error) {
  scoped(buffer) struct buffer csv = buffer_with_max(RECORD_BYTES_MAX), text = buffer_with_max(RECORD_BYTES_MAX);
  struct json_writer json = json_writer_of(&text);
  uint64_t bytes = 0;
  buffer_add_text(&csv, "date,vehicle,component,serial,action,note\n");
  json_object_begin(&json, NULL);
  json_c_string(&json, "about", "simulated by uavlake; what is true of each flight");
  json_i64(&json, "seed", (int64_t)record->options->seed);
  json_array_begin(&json, "vehicles");
  for (int i = 0; i < record->options->vehicles; i++) {
    add_maintenance(&csv, record, &record->vehicles[i]);
    add_vehicle(&json, record, &record->vehicles[i]);
  }
  json_array_end(&json);
  json_object_end(&json);
  buffer_add_text(&text, "\n");
  TRY(put_file(record, "maintenance.csv", &csv, &bytes, error));
  TRY(put_file(record, "fleet.json", &text, &bytes, error));
  *ret_bytes += bytes;
  return STATUS_OK;
}
