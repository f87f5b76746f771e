"""A DataFlash log with names and values that break careless text: to standard output."""
import struct
import sys

HEAD = b"\xa3\x95"


def fmt(kind, letters, name, columns, size):
    return HEAD + struct.pack("<BBB4s16s64s", 128, kind, size, name, letters, columns)


def log():
    yield fmt(128, b"BBnNZ", b"FMT", b"Type,Length,Name,Format,Columns", 89)
    yield fmt(1, b"QBBfd", b"DUP", b"TimeUS,A,A,time_s,message", 3 + 8 + 1 + 1 + 4 + 8)
    yield fmt(2, b"QZN", b"a\"b\x1b", b"TimeUS,select,from", 3 + 8 + 64 + 16)
    yield fmt(3, b"Qa", b"ARR", b"TimeUS,values", 3 + 8 + 64)
    yield fmt(4, b"QLcE", b"UNI", b"TimeUS,Lat,Cm,Big", 3 + 8 + 4 + 2 + 4)
    for i, (real, double) in enumerate([(float("nan"), float("inf")), (float("-inf"), -0.0), (0.1, 5e-324), (1e-7, 1 / 3)]):
        yield HEAD + b"\x01" + struct.pack("<QBBfd", 1_000_000 * i, 1, 2, real, double)
        yield HEAD + b"\x02" + struct.pack("<Q64s16s", 1_000_000 * i + 1, [b'say "x", or\nnot', b"\x1b[31m", b"\xe9t\xe9", b""][i], b" =1+1 ")
        yield HEAD + b"\x03" + struct.pack("<Q32h", 1_000_000 * i + 2, *range(-16 + i, 16 + i))
        yield HEAD + b"\x04" + struct.pack("<QihI", 1_000_000 * i + 3, [353632610, -1, 0, -2147483648][i], [-5, 5, 100, 0][i], 4294967295)
    yield fmt(5, b"QBf", b"DUP", b"TimeUS,A,other", 3 + 8 + 1 + 4)
    for i in range(3):
        yield HEAD + b"\x05" + struct.pack("<QBf", 4_000_000 + i, 9, 0.5)


sys.stdout.buffer.write(b"".join(log()))
