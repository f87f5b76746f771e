"""Writes a small DataFlash log to standard output. Usage: make_log.py good|inserted|torn|padded|lost_definition|px4"""

import struct
import sys


def fmt(kind, name, letters, columns):
    widths = {"Q": 8, "c": 2, "f": 4, "Z": 64, "B": 1, "N": 16, "d": 8, "b": 1, "L": 4, "M": 1}
    length = 3 + sum(widths[letter] for letter in letters)
    return struct.pack("<BBBBB4s16s64s", 0xA3, 0x95, 128, kind, 89 if kind == 128 else length, name.encode(), letters.encode(),
                       columns.encode())


def record(kind, layout, *values):
    return struct.pack("<BBB" + layout, 0xA3, 0x95, kind, *values)


def attitudes(first, count):
    return [record(10, "Qhhh", 1_000_000 + 100_000 * i, i, -i, 100 * i) for i in range(first, first + count)]


def good():
    head = [struct.pack("<BBBBB4s16s64s", 0xA3, 0x95, 128, 128, 89, b"FMT", b"BBnNZ", b"Type,Length,Name,Format,Columns"),
            fmt(10, "ATT", "Qccc", "TimeUS,Roll,Pitch,Yaw"),
            fmt(11, "MSG", "QZ", "TimeUS,Message"),
            fmt(12, "BAT", "QBff", "TimeUS,Inst,Volt,Curr"),
            fmt(13, "PARM", "QNf", "TimeUS,Name,Value"),
            record(11, "Q64s", 900_000, b"ArduCopter V4.5.7 (2a3dc4b7)"),
            record(11, "Q64s", 900_010, b"CubeOrange 0034003A 30375106 34383934"),
            record(13, "Q16sf", 900_020, b"SYSID_THISMAV", 7.0)]
    batteries = [record(12, "QBff", 1_000_000 + 500_000 * i, i % 2, 12.6 - 0.01 * i, 20.0) for i in range(20)]
    return head + attitudes(0, 50) + batteries + attitudes(50, 50)


def px4():
    head = [fmt(10, "ATT", "fff", "Roll,Pitch,Yaw"), fmt(129, "TIME", "Q", "StartTime")]
    for i in range(20):
        head += [record(129, "Q", 5_000_000 + 20_000 * i), record(10, "fff", 0.1 * i, 0.2, 0.3)]
    return head


what = sys.argv[1]
records = px4() if what == "px4" else good()
if what == "inserted":
    records[30] = records[30][:9] + b"\xA3\x95 not from here" + records[30][9:]
if what == "lost_definition":
    del records[3]
data = b"".join(records)
if what == "torn":
    data = data[:-5]
if what == "padded":
    data += b"\xff" * 5000
sys.stdout.buffer.write(data)
