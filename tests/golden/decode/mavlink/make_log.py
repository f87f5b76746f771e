"""Writes a small .tlog to standard output: good, bare, noise, torn or wrong (a flipped bit in a payload)."""

import struct
import sys

EXTRA = {0: 50, 2: 137, 30: 39, 253: 83, 0x00DDEE: 17}


def x25(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc


def frame(number, payload, sequence, system=1, component=1, version=2, signed=False):
    if version == 1:
        body = struct.pack("<BBBBB", len(payload), sequence, system, component, number) + payload
        marker = b"\xfe"
    else:
        payload = payload.rstrip(b"\0") or b"\0"
        body = struct.pack("<BBBBBBHB", len(payload), int(signed), 0, sequence, system, component, number & 0xFFFF, number >> 16) + payload
        marker = b"\xfd"
    out = marker + body + struct.pack("<H", x25(body + bytes([EXTRA[number]])))
    return out + bytes(13) if signed else out


def frames():
    """(µs, frame): a copter and its ground station, one boot."""
    start = 1_714_557_600_000_000
    for i in range(40):
        at = start + i * 100_000
        if i % 10 == 0:
            yield at, frame(0, struct.pack("<IBBBBB", 5, 2, 3, 81, 4, 3), i)
            yield at + 10, frame(0, struct.pack("<IBBBBB", 0, 6, 8, 0, 4, 3), i, system=255, component=190, version=1)
            yield at + 20, frame(2, struct.pack("<QI", at, 1000 + i * 100), i)
        yield at + 30, frame(30, struct.pack("<Iffffff", 1000 + i * 100, i / 10, -0.5, 0, 0, 0, 0), i, signed=i == 7)
    yield at + 40, frame(253, b"\x06ArduCopter V4.5.7 (2a3dc4b7)", 41)
    yield at + 50, frame(0x00DDEE, b"another tongue", 42)
    yield at + 60, frame(30, struct.pack("<Iffffff", 5000, 1, 2, 3, 0, 0, 0), 43)


def main():
    mode = sys.argv[1]
    records = [(b"" if mode == "bare" else struct.pack(">Q", at)) + one for at, one in frames()]
    if mode == "noise":
        records.insert(20, bytes((i * 37 + 254) & 0xFF for i in range(100)))
    if mode == "wrong":
        records[20] = records[20][:-4] + bytes([records[20][-4] ^ 1]) + records[20][-3:]
    data = b"".join(records)
    sys.stdout.buffer.write(data[:-5] if mode == "torn" else data)


main()
