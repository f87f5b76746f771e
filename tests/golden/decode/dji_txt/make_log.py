"""Writes small DJI flight records. Usage: make_log.py CASE > FILE"""

import math
import struct
import sys


def crc64(crc, data):
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x95AC9329AC4BC9B5 if crc & 1 else 0)
    return crc


def scramble(kind, body, first=0x5A):
    key = crc64((first + kind) & 255, struct.pack("<Q", 0x123456789ABCDEF0 * first & (1 << 64) - 1)).to_bytes(8, "little")
    return bytes([first]) + bytes(byte ^ key[i % 8] for i, byte in enumerate(body))


def record(version, kind, body):
    if version >= 7:
        body = scramble(kind, body)
    return bytes([kind]) + (struct.pack("<H", len(body)) if version >= 13 else bytes([len(body)])) + body + b"\xff"


def osd(i):
    place = struct.pack("<dd", math.radians(8.5 + i * 1e-5), math.radians(47.25))
    return place + struct.pack("<hhhhhhh", 100 + i, 10, -20, 5, -30, 40, 900) + bytes([6, 0, 8, 0, 0, 0, 14, 0, 0, 0, 87, 0]) + struct.pack("<H", i) + bytes(4)


def custom(i):
    return bytes(2) + struct.pack("<ffq", 1.5, 20.0 + i, 1_700_000_000_000 + 100 * i)


def battery(i):
    return bytes([80]) + struct.pack("<HHHBHIh6HHH", 11800 - i, 3000, 3830, 95, 17, 0, -5200, 3933, 3934, 3933, 0, 0, 0, 1, 2)


def details():
    out = bytearray(436)
    struct.pack_into("<q", out, 91, 1_700_000_000_000)
    struct.pack_into("<ddfifff", out, 99, 8.5, 47.25, 120.5, 1000, 12.5, 4.0, 2.0)
    for offset, text in ([(278, b"wing")] if VERSION <= 5 else [(280, b"wing"), (312, b"SERIAL7")]):
        out[offset:offset + len(text)] = text
    out[377:380] = bytes([4, 3, 2])
    return bytes(out)


def records(version):
    out = b""
    for i in range(6):
        out += record(version, 5, custom(i)) + record(version, 1, osd(i)) + record(version, 7, battery(i)) + record(version, 3, struct.pack("<hhh", -900, 0, i))
    return out + record(version, 9, b"Take-off permitted.\x00") + record(version, 77, b"abc")


def whole(version):
    global VERSION
    VERSION = version
    body = records(version)
    if version >= 13:
        info = scramble(0, b"\x01" + struct.pack("<H", 436) + details() + struct.pack("<H", 0))
        blocks = b"\x00" + struct.pack("<H", len(info)) + info + b"\x01" + struct.pack("<HHB", 3, 1, 3)
        return struct.pack("<QHB", 100 + len(blocks), 436, version) + bytes(89) + blocks + body
    prefix = 12 if version < 6 else 100
    return (struct.pack("<QHB", prefix + len(body), 436, version) + bytes(89))[:prefix] + body + details()


name, version = sys.argv[1], int(sys.argv[2])
data = whole(version)
if name == "noise":
    at = data.index(b"\xff", 400) + 1
    data = data[:at] + b"\x00\xffnot a record\xff" + data[at:]
    data = struct.pack("<Q", struct.unpack_from("<Q", data)[0] + 15) + data[8:]
if name == "torn":
    data = struct.pack("<Q", 0) + data[8:-460]
sys.stdout.buffer.write(data)
