"""A small ULog of one's own making: make_log.py KIND > log.ulg. KIND: good, shifted (two foreign bytes), zeroed, torn, late (a subscription
among data), odd (nested formats, padding, a missing format, an unknown type), appended."""

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


def main(kind):
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
    sys.stdout.buffer.write(out)


main(sys.argv[1])
