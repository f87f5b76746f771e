/* identity: see identity.h.
 *
 * System id: SYSID_THISMAV (to 4.6) or MAV_SYSID (4.7), else what the decoder heard. Motors: SERVOk_FUNCTION 33 … 40
 * are motors 1 … 8, 82 … 85 motors 9 … 12 (ArduPilot, SRV_Channel.h); copters that lack the parameter fly with outputs
 * 1 … n of their frame. Parameter digest: a sum of 64-bit FNV-1a hashes of name and value, so that the order does not
 * matter; STAT_… counters are left out. */
#include "flight/identity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t hash_of(const void *data, size_t size, uint64_t hash) {
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static struct parameter *slot_of(const struct parameters *parameters, const char *name) {
  uint32_t slot = (uint32_t)(hash_of(name, strlen(name), hash_start) % PARAMETERS_MAX);
  while (parameters->items[slot].name[0] && strcmp(parameters->items[slot].name, name) != 0)
    slot = (slot + 1) % PARAMETERS_MAX;
  return &parameters->items[slot];
}

void parameters_set(struct parameters *parameters, struct text name, double value) {
  char key[sizeof parameters->items->name];
  if (name.size == 0 || name.size >= sizeof key || !text_is_utf8(name))
    return;
  snprintf(key, sizeof key, "%.*s", (int)name.size, name.data);
  if (!parameters->items)
    parameters->items = memory_new(PARAMETERS_MAX * sizeof *parameters->items);
  struct parameter *slot = slot_of(parameters, key);
  if (!slot->name[0]) {
    if (parameters->count + 1 >= PARAMETERS_MAX)
      return;
    parameters->count++;
    memcpy(slot->name, key, sizeof key);
  }
  slot->value = value;
}

double parameters_get(const struct parameters *parameters, const char *name) {
  if (!parameters->items)
    return NAN;
  const struct parameter *slot = slot_of(parameters, name);
  return slot->name[0] ? slot->value : NAN;
}

void parameters_free(struct parameters *parameters) {
  free(parameters->items);
}

static void fill_digest(struct log_summary *summary, const struct parameters *parameters) {
  uint64_t digest = 0;
  for (uint32_t i = 0; parameters->items && i < PARAMETERS_MAX; i++) {
    const struct parameter *item = &parameters->items[i];
    if (!item->name[0] || strncmp(item->name, "STAT_", 5) == 0)
      continue;
    digest += hash_of(&item->value, sizeof item->value, hash_of(item->name, strlen(item->name), hash_start));
  }
  summary->parameter_count = parameters->count;
  if (parameters->count)
    snprintf(summary->parameter_digest, sizeof summary->parameter_digest, "%016llx", (unsigned long long)digest);
}

static uint8_t motor_of_function(double function) {
  if (function >= 33 && function <= 40)
    return (uint8_t)(function - 32);
  return function >= 82 && function <= 85 ? (uint8_t)(function - 73) : 0;
}

/* ArduCopter FRAME_CLASS → motors. */
static uint8_t motors_of_frame(double frame_class) {
  static const uint8_t motors[] = {4, 4, 6, 8, 8, 6, 0, 3, 1, 2, 2, 0, 12};
  return frame_class >= 0 && frame_class < (double)ARRAY_COUNT(motors) ? motors[(int)frame_class] : 4;
}

/* PX4's MAV_TYPE → motors: helicopter, hexacopter, octocopter, tricopter; others have four. */
static uint8_t motors_of_type(double type) {
  return type == 4 ? 1 : type == 13 ? 6 : type == 14 ? 8 : type == 15 ? 3 : 4;
}

static void fill_motors(struct log_summary *summary, const struct parameters *parameters) {
  bool any = false;
  for (int output = 1; output <= 32; output++) {
    char name[20];
    snprintf(name, sizeof name, "SERVO%d_FUNCTION", output);
    uint8_t motor = motor_of_function(parameters_get(parameters, name));
    summary->motor_of_output[output] = motor;
    any |= motor != 0;
  }
  bool functions_known = !isnan(parameters_get(parameters, "SERVO1_FUNCTION"));
  if (any || functions_known || strcmp(summary->vehicle_class, "copter") != 0)
    return;
  double frame_class = parameters_get(parameters, "FRAME_CLASS");
  uint8_t motors = isnan(frame_class) ? motors_of_type(parameters_get(parameters, "MAV_TYPE"))
                                      : motors_of_frame(frame_class);
  for (uint8_t motor = 1; motor <= motors; motor++)
    summary->motor_of_output[motor] = motor;
}

static void copy_fact(const struct decode *decode, const char *key, char *out, size_t size) {
  const char *value = decode_get_fact(decode, key);
  snprintf(out, size, "%s", value ? value : "");
}

void identity_fill(struct log_summary *summary, const struct decode *decode, const struct parameters *parameters) {
  copy_fact(decode, "vehicle_uid", summary->vehicle_uid, sizeof summary->vehicle_uid);
  copy_fact(decode, "vehicle_class", summary->vehicle_class, sizeof summary->vehicle_class);
  copy_fact(decode, "vehicle_type", summary->vehicle_type, sizeof summary->vehicle_type);
  copy_fact(decode, "autopilot", summary->autopilot, sizeof summary->autopilot);
  copy_fact(decode, "firmware", summary->firmware, sizeof summary->firmware);
  copy_fact(decode, "firmware_hash", summary->firmware_hash, sizeof summary->firmware_hash);
  copy_fact(decode, "board", summary->board, sizeof summary->board);
  const char *heard = decode_get_fact(decode, "system_id");
  double system_id = parameters_get(parameters, "SYSID_THISMAV");
  if (isnan(system_id))
    system_id = parameters_get(parameters, "MAV_SYSID");
  if (isnan(system_id) && heard && !text_to_double(text_of(heard), &system_id))
    system_id = NAN;
  summary->system_id = system_id >= 1 && system_id <= 255 ? (int32_t)system_id : -1;
  if (strcmp(summary->vehicle_class, "plane") == 0 && parameters_get(parameters, "Q_ENABLE") >= 1)
    snprintf(summary->vehicle_class, sizeof summary->vehicle_class, "vtol");
  if (strcmp(summary->vehicle_class, "rover") == 0 && parameters_get(parameters, "FRAME_CLASS") == 2)
    snprintf(summary->vehicle_class, sizeof summary->vehicle_class, "boat");
  fill_motors(summary, parameters);
  fill_digest(summary, parameters);
}
