/* mavlink_fact: facts from HEARTBEAT, AUTOPILOT_VERSION and STATUSTEXT (see mavlink_fact.h).
 *
 * Ground stations, gimbals, cameras and companion computers send HEARTBEAT too. A vehicle is whoever names an autopilot
 * (not 8, "invalid") and a type that moves. ArduPilot says version, board and processor number as text as well; that
 * text is the same one as in the on-board log, so it is preferred and both kinds of log name the vehicle alike. */
#include "decode/mavlink_fact.h"

#include "decode/dataflash_format.h"

#include <stdio.h>

enum { HEARTBEAT = 0, AUTOPILOT_VERSION = 148, STATUSTEXT = 253 };
enum { AUTOPILOT_ARDUPILOT = 3, AUTOPILOT_INVALID = 8, AUTOPILOT_PX4 = 12 };

/* MAV_TYPE: name and the class whose rules apply; "" class: it carries nobody's rules but is a vehicle; NULL: not one.
 */
static const struct {
  const char *name, *class;
} types[] = {
    [0] = {"MAV_TYPE_GENERIC", ""},
    [1] = {"MAV_TYPE_FIXED_WING", "plane"},
    [2] = {"MAV_TYPE_QUADROTOR", "copter"},
    [3] = {"MAV_TYPE_COAXIAL", "copter"},
    [4] = {"MAV_TYPE_HELICOPTER", "copter"},
    [5] = {"MAV_TYPE_ANTENNA_TRACKER", "tracker"},
    [7] = {"MAV_TYPE_AIRSHIP", "blimp"},
    [8] = {"MAV_TYPE_FREE_BALLOON", ""},
    [9] = {"MAV_TYPE_ROCKET", ""},
    [10] = {"MAV_TYPE_GROUND_ROVER", "rover"},
    [11] = {"MAV_TYPE_SURFACE_BOAT", "boat"},
    [12] = {"MAV_TYPE_SUBMARINE", "sub"},
    [13] = {"MAV_TYPE_HEXAROTOR", "copter"},
    [14] = {"MAV_TYPE_OCTOROTOR", "copter"},
    [15] = {"MAV_TYPE_TRICOPTER", "copter"},
    [16] = {"MAV_TYPE_FLAPPING_WING", "plane"},
    [17] = {"MAV_TYPE_KITE", ""},
    [19] = {"MAV_TYPE_VTOL_DUOROTOR", "vtol"},
    [20] = {"MAV_TYPE_VTOL_QUADROTOR", "vtol"},
    [21] = {"MAV_TYPE_VTOL_TILTROTOR", "vtol"},
    [22] = {"MAV_TYPE_VTOL_RESERVED2", "vtol"},
    [23] = {"MAV_TYPE_VTOL_RESERVED3", "vtol"},
    [24] = {"MAV_TYPE_VTOL_RESERVED4", "vtol"},
    [25] = {"MAV_TYPE_VTOL_RESERVED5", "vtol"},
    [28] = {"MAV_TYPE_PARAFOIL", "plane"},
    [29] = {"MAV_TYPE_DODECAROTOR", "copter"},
    [35] = {"MAV_TYPE_DECAROTOR", "copter"},
    [43] = {"MAV_TYPE_GENERIC_MULTIROTOR", "copter"},
};

bool mavlink_facts_wants(uint32_t id) {
  return id == HEARTBEAT || id == AUTOPILOT_VERSION || id == STATUSTEXT;
}

static void note_number(struct decode *d, const char *key, unsigned number) {
  char text[12];
  decode_fact(d, key, text_from(text, (size_t)snprintf(text, sizeof text, "%u", number)));
}

static void note_autopilot(struct decode *d, uint8_t autopilot) {
  if (autopilot == AUTOPILOT_ARDUPILOT)
    decode_fact(d, "autopilot", TEXT("ardupilot"));
  else if (autopilot == AUTOPILOT_PX4)
    decode_fact(d, "autopilot", TEXT("px4"));
  else
    note_number(d, "autopilot", autopilot);
}

/* type u8 at 4, autopilot u8 at 5. */
static void read_heartbeat(struct decode *d, struct mavlink_facts *facts, const uint8_t *payload,
                           const struct mavlink_frame *frame) {
  uint8_t type = payload[4], autopilot = payload[5];
  if (facts->vehicle_seen || autopilot == AUTOPILOT_INVALID || type >= ARRAY_COUNT(types) || !types[type].name)
    return;
  facts->vehicle_seen = true;
  facts->system = frame->system;
  facts->type = type;
  facts->autopilot = autopilot;
  note_number(d, "system_id", frame->system);
  note_autopilot(d, autopilot);
  decode_fact(d, "vehicle_class", text_of(types[type].class));
  decode_fact(d, "vehicle_type", text_of(types[type].name));
}

static bool is_zero(const uint8_t *at, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (at[i])
      return false;
  return true;
}

/* uid2 holds the processor's 96-bit number as three little-endian words (then zeros); text and on-board log print the
 * words, so the bytes of each are turned round here. Longer numbers are printed as they come. */
static void note_uid(struct decode *d, const uint8_t *uid2, const uint8_t *uid) {
  char hex[40];
  size_t size = 0;
  if (!is_zero(uid2, 18)) {
    bool words = is_zero(uid2 + 12, 6);
    for (size_t i = 0; i < (words ? 12u : 18u); i++)
      size += (size_t)snprintf(hex + size, sizeof hex - size, "%02x", uid2[words ? (i & ~3u) + 3 - (i & 3) : i]);
  } else if (!is_zero(uid, 8)) {
    size = (size_t)snprintf(hex, sizeof hex, "%016llx", (unsigned long long)load_u64(uid));
  }
  decode_fact(d, "vehicle_uid", text_from(hex, size));
}

/* capabilities u64 at 0, uid u64 at 8, flight_sw_version u32 at 16, board_version u32 at 28, flight_custom_version 8
 * bytes at 36, uid2 18 bytes at 60. */
static void read_version(struct decode *d, struct mavlink_facts *facts, const uint8_t *payload) {
  if (!facts->version)
    facts->version = load_u32(payload + 16);
  note_uid(d, payload + 60, payload + 8);
  uint32_t board = load_u32(payload + 28);
  char text[24];
  if (board)
    decode_fact(d, "board",
                text_from(text, (size_t)snprintf(text, sizeof text, "board id %u",
                                                 facts->autopilot == AUTOPILOT_PX4 ? board : board >> 16)));
  struct text hash = text_padded(payload + 36, 8);
  bool printable = hash.size == 8;
  for (size_t i = 0; i < hash.size; i++)
    printable = printable && hash.data[i] > ' ' && hash.data[i] < 127;
  if (printable)
    decode_fact(d, "firmware_hash", hash);
}

void mavlink_facts_read(struct decode *d, struct mavlink_facts *facts, const struct mavlink_frame *frame) {
  uint8_t payload[256] = {0};
  memcpy(payload, frame->payload, frame->length);
  if (frame->id == HEARTBEAT)
    read_heartbeat(d, facts, payload, frame);
  else if (facts->vehicle_seen && frame->system != facts->system)
    return;
  else if (frame->id == AUTOPILOT_VERSION && frame->component == 1)
    read_version(d, facts, payload);
  else if (frame->id == STATUSTEXT && frame->component == 1)
    dataflash_fact_text(d, text_padded(payload + 1, 50));
}

static const char *firmware_name(const struct mavlink_facts *facts) {
  const char *class = facts->vehicle_seen ? types[facts->type].class : "";
  if (facts->autopilot == AUTOPILOT_PX4)
    return "PX4 ";
  if (facts->autopilot != AUTOPILOT_ARDUPILOT)
    return "";
  if (strcmp(class, "copter") == 0)
    return "ArduCopter ";
  if (strcmp(class, "plane") == 0 || strcmp(class, "vtol") == 0)
    return "ArduPlane ";
  if (strcmp(class, "rover") == 0 || strcmp(class, "boat") == 0)
    return "ArduRover ";
  return strcmp(class, "sub") == 0 ? "ArduSub " : "";
}

/* major, minor, patch and type, a byte each, the type lowest: FF release, C0 candidate, 80 beta, 40 alpha, 0
 * development. */
void mavlink_facts_end(struct decode *d, const struct mavlink_facts *facts) {
  if (!facts->version)
    return;
  uint32_t v = facts->version, kind = v & 0xFF;
  const char *suffix = kind >= 0xFF   ? ""
                       : kind >= 0xC0 ? "-rc"
                       : kind >= 0x80 ? "-beta"
                       : kind >= 0x40 ? "-alpha"
                                      : "-dev";
  char text[64];
  int size = snprintf(text, sizeof text, "%sV%u.%u.%u%s", firmware_name(facts), v >> 24, v >> 16 & 0xFF, v >> 8 & 0xFF,
                      suffix);
  decode_fact(d, "firmware", text_from(text, (size_t)size));
}
