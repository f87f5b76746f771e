"""A DataFlash log with two sensors told apart by FMTU, a stretch of zeros, a torn end: to standard output."""
import struct
import sys

HEAD = b"\xa3\x95"


def fmt(kind, letters, name, columns, size):
    return HEAD + struct.pack("<BBB4s16s64s", 128, kind, size, name, letters, columns)


def log():
    yield fmt(128, b"BBnNZ", b"FMT", b"Type,Length,Name,Format,Columns", 89)
    yield fmt(2, b"QBNN", b"FMTU", b"TimeUS,FmtType,UnitIds,MultIds", 44)
    yield fmt(3, b"QBff", b"VIBE", b"TimeUS,IMU,X,Y", 20)
    yield fmt(4, b"QNff", b"PARM", b"TimeUS,Name,Value,Default", 35)
    yield HEAD + struct.pack("<BQB16s16s", 2, 500, 3, b"s#oo------------", b"F-00------------")
    for name, value, default in [(b"B_SAME", 2, 2), (b"C_NONE", 5, float("nan")), (b"A_OTHER", 1, 0.5), (b"A_OTHER", 3, 0.5)]:
        yield HEAD + struct.pack("<BQ16sff", 4, 1000, name, value, default)
    for i in range(2000):
        yield HEAD + struct.pack("<BQBff", 3, 10_000 * i, i % 2, i, -i)


data = bytearray(b"".join(log()))
data[len(data) // 2:len(data) // 2 + 2000] = bytes(2000)
sys.stdout.buffer.write(data[:-7])
