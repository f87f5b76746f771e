"""A small ULog of one's own making: make_log.py KIND > log.ulg. KIND: good, shifted (two foreign bytes), zeroed, torn, late (a subscription
among data), odd (nested formats, padding, a missing format, an unknown type), appended; flight: 40 s with a take-off, for the lake's tables."""

import json
import lzma
import struct
import sys

out = bytearray(b"ULog\x01\x12\x35\x01" + struct.pack("<Q", 1_000_000))


def put(kind, payload):
    out.extend(struct.pack("<HB", len(payload), ord(kind)) + payload)


def keyed(kind, key, value, lead=b""):
    put(kind, lead + bytes([len(key)]) + key.encode() + value)


def definitions():
    put("B", bytes([1]) + bytes(7) + bytes(8) + bytes(24))
    keyed("I", "char[4] sys_name", b"PX4\0")
    keyed("I", "char[9] ver_hw", b"PX4_FMU_5")
    keyed("I", "uint32_t ver_sw_release", struct.pack("<I", 0x010E03FF))
    keyed("M", "char[5] perf", b"one\n\n", b"\0")
    keyed("P", "int32_t MAV_SYS_ID", struct.pack("<i", 7))
    keyed("P", "int32_t MAV_TYPE", struct.pack("<i", 2))
    keyed("P", "float MPC_XY_P", struct.pack("<f", 0.95))
    keyed("Q", "float MPC_XY_P", struct.pack("<f", 0.5), b"\1")
    put("F", b"vehicle_attitude:uint64_t timestamp;float[4] q;uint8_t resets;uint8_t[3] _padding0;")
    put("F", b"battery:uint64_t timestamp;float voltage_v;bool connected;char[6] maker;")
    put("F", b"esc:float rpm;uint8_t[4] _padding0;")
    put("F", b"escs:uint64_t timestamp;esc[2] esc;int16_t count;")
    put("F", b"loop:uint64_t timestamp;loop inner;")


def subscribe(number, name, instance=0):
    put("A", struct.pack("<BH", instance, number) + name.encode())


def attitude(index, trimmed=True):
    data = struct.pack("<HQ4fB", 1, 1_000_000 + 10_000 * index, 1, index / 8, 0, -0.5, index % 3)
    put("D", data if trimmed else data + bytes(3))


def battery(index, instance):
    put("D", struct.pack("<HQf?6s", 2 + instance, 1_000_000 + 10_000 * index, 16 - index / 16 - instance, True, b"maker"))


def fly(first, last):
    for index in range(first, last):
        attitude(index)
        if index % 4 == 0:
            battery(index, index // 4 % 2)


STATUS = "uint64_t timestamp;uint8_t arming_state;uint8_t nav_state;bool failsafe;uint8_t latest_arming_reason;uint8_t latest_disarming_reason"
TOPICS = [  # name, fields, struct's letters behind the time
    ("vehicle_status", STATUS, "BB?BB"),
    ("vehicle_land_detected", "uint64_t timestamp;bool landed", "?"),
    ("vehicle_attitude", "uint64_t timestamp;float[4] q", "4f"),
    ("vehicle_global_position", "uint64_t timestamp;double lat;double lon;float alt;float eph", "ddff"),
    ("vehicle_local_position", "uint64_t timestamp;float x;float z;bool xy_valid;bool z_valid;float vx;float vy;bool v_xy_valid", "ff??ff?"),
    ("battery_status", "uint64_t timestamp;float voltage_v;float current_a;float discharged_mah;bool connected", "fff?"),
    ("vehicle_gps_position", "uint64_t timestamp;uint64_t time_utc_usec;int32_t lat;int32_t lon;int32_t alt;uint8_t fix_type;uint8_t satellites_used", "QiiiBB"),
    ("home_position", "uint64_t timestamp;float alt;bool valid_hpos", "f?"),
    ("event", "uint64_t timestamp;uint32_t id;uint16_t event_sequence;uint8_t[25] arguments;uint8_t log_levels", "IH25sB"),
    ("esc_report", "float esc_voltage;int32_t esc_rpm", ""),
    ("esc_status", "uint64_t timestamp;uint8_t esc_count;esc_report[4] esc", "Bfifififi"),
]


# As firmware packs it: what an event says, by component and number.
DICTIONARY = {"version": 1, "components": {"1": {"namespace": "px4", "enums": {
    "reason_t": {"type": "uint8_t", "entries": {"3": {"name": "tired", "description": "an empty battery"}}},
    "arm_disarm_reason_t": {"type": "uint8_t", "entries": {"4": {"name": "command_external"}, "7": {"name": "auto_disarm_land"}}}},
    "event_groups": {"default": {"events": {"66": {
        "name": "commander_low", "message": "Left {2:.1m_v} up for {1}, \\<{3}>",
        "arguments": [{"name": "a", "type": "px4::reason_t"}, {"name": "b", "type": "float"}, {"name": "c", "type": "int16_t"}]}}}}}}}


def flight():
    """Armed from 5 to 35 s, in the air from 10 to 30 s, 12 m up, 2 m/s to the north."""
    keyed("I", "char[36] sys_uuid", b"00060000000034353637383931320012003a")
    keyed("I", "char[9] ver_hw", b"PX4_FMU_5")
    keyed("I", "uint32_t ver_sw_release", struct.pack("<I", 0x010E03FF))
    keyed("P", "int32_t MAV_SYS_ID", struct.pack("<i", 7))
    keyed("P", "int32_t MAV_TYPE", struct.pack("<i", 2))
    keyed("P", "float MPC_XY_P", struct.pack("<f", 0.95))
    keyed("P", "float MPC_Z_P", struct.pack("<f", 1.5))
    for kind, value in ((1, 0.5), (2, 0.75)):
        keyed("Q", "float MPC_XY_P", struct.pack("<f", value), bytes([kind]))
    packed = lzma.compress(json.dumps(DICTIONARY).encode())
    for at in range(0, len(packed), 100):
        piece = packed[at:at + 100]
        keyed("M", f"uint8_t[{len(piece)}] metadata_events", piece, bytes([at > 0]))
    for name, fields, _ in TOPICS:
        put("F", f"{name}:{fields};".encode())
    for number, (name, _, letters) in enumerate(TOPICS):
        if letters:
            subscribe(number, name)

    def topic(name, us, *values):
        number = [entry[0] for entry in TOPICS].index(name)
        put("D", struct.pack("<HQ" + TOPICS[number][2], number, us, *values))

    for tick in range(201):  # five a second
        s = tick / 5
        us = 2_000_000 + tick * 200_000
        armed, up = 5 <= s < 35, 10 <= s < 30
        height = 12.0 if up else 0.0
        north = 2 * min(max(s - 10, 0), 20)
        topic("vehicle_attitude", us, 1, 0.125 if up else 0, 0, 0)
        topic("vehicle_global_position", us, 47 + north / 111_200, 8.5, 488 + height, 0.75)
        topic("vehicle_local_position", us, north, 0 - height, s > 2, True, 2 if up else 0, 0, True)
        topic("vehicle_gps_position", us, 1_760_000_000_000_000 + us, 470000000, 85000000, 488000, 3, 14)
        if tick % 5 == 0:
            topic("vehicle_status", us, 2 if armed else 1, 4 if s < 20 else 5, 25 <= s < 28, 4, 7 if s >= 35 else 0)
            topic("vehicle_land_detected", us, not up)
            topic("battery_status", us, 16 - s / 50, 10 if up else 0.5, 50 * s, True)
            topic("esc_status", us, 2, 15, 4000, 15, 4100, 0, 0, 0, 0)
        if s == 5:
            topic("home_position", us, 488, True)
            topic("event", us, 0x01000042, 1, struct.pack("<Bfh", 3, 12.25, -5), 0x66)
            topic("event", us, 0x01000043, 2, b"", 0x66)
        if s == 10:
            put("L", b"6" + struct.pack("<Q", us) + b"Takeoff detected\t")
    sys.stdout.buffer.write(out)


def main(kind):
    if kind == "flight":
        return flight()
    definitions()
    subscribe(1, "vehicle_attitude")
    subscribe(2, "battery")
    subscribe(3, "battery", 1)
    fly(0, 20)
    put("L", b"6" + struct.pack("<Q", 1_195_000) + "take-off, größer".encode())
    put("C", b"4" + struct.pack("<HQ", 3, 1_196_000) + b"tagged")
    put("O", struct.pack("<H", 42))
    keyed("P", "float MPC_XY_P", struct.pack("<f", 1.25))
    if kind == "late":
        subscribe(9, "escs")
    if kind in ("late", "odd"):
        subscribe(9, "escs")
        put("D", struct.pack("<HQf4sf4sh", 9, 1_197_000, 4000, bytes(4), 4100, bytes(4), 2))
    if kind == "odd":
        subscribe(10, "nowhere")
        put("D", struct.pack("<HQ", 10, 1_197_500))
        subscribe(11, "loop")
        put("D", struct.pack("<HQ", 11, 1_197_600))
        attitude(19, trimmed=False)
        put("Z", b"of the future")
    middle = len(out)
    fly(20, 40)
    if kind == "shifted":
        out[middle:middle] = b"\x00\xff"
    elif kind == "zeroed":
        out[middle + 10:middle + 120] = bytes(110)
    elif kind == "torn":
        del out[-7:]
    elif kind == "appended":
        del out[-7:]
        out[16 + 3 + 8] = 1
        out[16 + 3 + 16:16 + 3 + 24] = struct.pack("<Q", len(out))
        keyed("M", "char[5] hardfault_plain", b"crash", b"\0")
    return sys.stdout.buffer.write(out)


main(sys.argv[1])
