"""Writes small blackbox logs, every encoding from its description, with an encoder of its own.

Usage: make_log.py CASE > FILE"""

import sys

PRODUCT = b"H Product:Blackbox flight data recorder by Nicholas Sherlock\n"


def unsigned(value):
    value &= 0xFFFFFFFF
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def signed(value):
    return unsigned(value << 1 ^ value >> 31)


def tag8_8(values):
    if len(values) == 1:
        return signed(values[0])
    return bytes([sum(1 << i for i, value in enumerate(values) if value)]) + b"".join(signed(value) for value in values if value)


def sized(values, mark):
    sizes = [1 if -128 <= v < 128 else 2 if -32768 <= v < 32768 else 3 if -(1 << 23) <= v < 1 << 23 else 4 for v in values]
    lead = mark << 6 | sum(size - 1 << 2 * i for i, size in enumerate(sizes))
    return bytes([lead]) + b"".join((v & 0xFFFFFFFF).to_bytes(4, "little")[:size] for v, size in zip(values, sizes))


def packed(values, widths):
    bits, total = 0, sum(widths)
    for value, width in zip(values, widths):
        bits = bits << width | value & (1 << width) - 1
    return bits.to_bytes((total + 7) // 8, "big")


def fits(values, widths):
    return all(-(1 << width - 1) <= value < 1 << width - 1 for value, width in zip(values, widths))


def tag2_3(values):
    for mark, widths in ((0, (2, 2, 2)), (1, (4, 4, 4)), (2, (6, 6, 6))):
        if fits(values, widths):
            if mark < 2:  # the four bits of 4/4/4 leave two unused in the first byte
                return packed([mark, 0] + values, [2, 2 * mark] + list(widths))
            return bytes([2 << 6 | values[0] & 63, values[1] & 63, values[2] & 63])
    return sized(values, 3)


def tag2_3_variable(values):
    for mark, widths in ((0, (2, 2, 2)), (1, (5, 5, 4)), (2, (8, 7, 7))):
        if fits(values, widths):
            return packed([mark] + values, [2] + list(widths))
    return sized(values, 3)


def tag8_4(values):
    tags, nibbles = 0, []
    for i, value in enumerate(values):
        tag = 0 if value == 0 else 1 if -8 <= value < 8 else 2 if -128 <= value < 128 else 3
        tags |= tag << 2 * i
        width = (0, 1, 2, 4)[tag]
        nibbles += [value >> 4 * (width - 1 - n) & 15 for n in range(width)]
    nibbles += [0] * (len(nibbles) % 2)
    return bytes([tags]) + bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2]))


def elias_delta(value):
    value += 1
    length = value.bit_length()
    zeros = length.bit_length() - 1
    bits = "0" * zeros + format(length, "b") + format(value, "b")[1:]
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def header(lines):
    return PRODUCT + b"".join(b"H " + line.encode() + b"\n" for line in lines)


def numbers(values):
    return ",".join(str(value) for value in values)


# name, signed, predictor and encoding in I frames, in P frames
MAIN = [("loopIteration", 0, 0, 1, 6, 9), ("time", 0, 0, 1, 2, 0), ("axisI[0]", 1, 0, 0, 1, 7), ("axisI[1]", 1, 0, 0, 1, 7),
        ("axisI[2]", 1, 0, 0, 1, 7), ("rcCommand[0]", 1, 0, 0, 1, 8), ("rcCommand[1]", 1, 0, 0, 1, 8), ("rcCommand[2]", 1, 0, 0, 1, 8),
        ("rcCommand[3]", 0, 0, 1, 1, 8), ("vbatLatest", 0, 9, 3, 1, 6), ("amperageLatest", 1, 0, 0, 1, 6), ("gyroADC[0]", 1, 0, 0, 3, 0),
        ("gyroADC[1]", 1, 0, 0, 3, 0), ("gyroADC[2]", 1, 0, 0, 3, 0), ("motor[0]", 0, 11, 1, 3, 0), ("motor[1]", 0, 5, 0, 3, 0)]
GPS = [("time", 0, 10, 1), ("GPS_numSat", 0, 0, 1), ("GPS_coord[0]", 1, 7, 0), ("GPS_coord[1]", 1, 7, 0), ("GPS_altitude", 0, 0, 1)]
SLOW = [("flightModeFlags", 0, 0, 1), ("stateFlags", 0, 0, 1), ("failsafePhase", 0, 0, 7), ("rxSignalReceived", 0, 0, 7), ("rxFlightChannelsValid", 0, 0, 7)]


def session(date="2024-05-06T07:08:09.000+00:00", craft="wing"):
    lines = ["Data version:2"]
    lines += ["Field I name:" + ",".join(f[0] for f in MAIN), "Field I signed:" + numbers(f[1] for f in MAIN)]
    lines += ["Field I predictor:" + numbers(f[2] for f in MAIN), "Field I encoding:" + numbers(f[3] for f in MAIN)]
    lines += ["Field P predictor:" + numbers(f[4] for f in MAIN), "Field P encoding:" + numbers(f[5] for f in MAIN)]
    for letter, fields in (("H", [("GPS_home[0]", 1, 0, 0), ("GPS_home[1]", 1, 0, 0)]), ("G", GPS), ("S", SLOW)):
        lines += [f"Field {letter} name:" + ",".join(f[0] for f in fields), f"Field {letter} signed:" + numbers(f[1] for f in fields)]
        lines += [f"Field {letter} predictor:" + numbers(f[2] for f in fields), f"Field {letter} encoding:" + numbers(f[3] for f in fields)]
    lines += ["Firmware type:Cleanflight", "Firmware revision:Betaflight 4.3.1 (0123abcde) TESTF4", "Board information:TEST F4", f"Log start datetime:{date}",
              f"Craft name:{craft}", "I interval:8", "P interval:2", "motorOutput:100,2100", "gyro_scale:0x3f800000", "acc_1G:2048", "vbatref:2400",
              "minthrottle:1070", "rollPID:45,80,40"]
    return header(lines)


def truth(i):
    """Main frame of iteration i."""
    wave = (i * 37) % 101 - 50
    return [i, 5_000_000 + i * 250, wave, i % 3 - 1, 40 * (i % 5), wave * 3, 5 * (i % 2), -(i % 7), 1000 + i, 2390 - i // 8, 100 + wave, wave, -wave, i % 11, 300 + i, 310 + wave]


def key_frame(i):
    v = truth(i)
    return (b"I" + unsigned(v[0]) + unsigned(v[1]) + b"".join(signed(x) for x in v[2:8]) + unsigned(v[8]) + unsigned(-(v[9] - 2400) & 0x3FFF)
            + b"".join(signed(x) for x in v[10:14]) + unsigned(v[14] - 100) + signed(v[15] - v[14]))


def mean(a, b):
    return int((a + b) / 2)


def difference_frame(i, before, before_that):
    v, p, q = truth(i), truth(before), truth(before_that)
    d = [a - b for a, b in zip(v, p)]
    out = b"P" + signed(v[1] - (2 * p[1] - q[1])) + tag2_3(d[2:5]) + tag8_4(d[5:9]) + tag8_8(d[9:11])
    return out + b"".join(signed(v[n] - mean(p[n], q[n])) for n in range(11, 16))


def slow_frame(flags, phase=0):
    return b"S" + unsigned(flags) + unsigned(7) + tag2_3([phase, 1, 1])


def gps_frame(i, lat, lon):
    return b"G" + unsigned(17) + unsigned(11) + signed(lat - 480000000) + signed(lon - 110000000) + unsigned(5432)


END = b"E\xffEnd of log\x00"


def frames(first=0, count=24, flags=3):
    out, history = slow_frame(flags), [first, first]
    for i in range(first, first + count, 2):
        if i % 8 == 0:
            out += key_frame(i)
            history = [i, i]
        else:
            out += difference_frame(i, *history)
            history = [i, history[0]]
        if i == first + 10:
            out += b"H" + signed(480000000) + signed(110000000) + gps_frame(i, 480000123, 109999877)
        if i == first + 12:
            out += b"E\x1e" + unsigned(flags | 4) + unsigned(flags) + slow_frame(flags | 4)
    return out


def encodings():
    """A session whose slow frames use the rarer encodings; each frame holds what its name says."""
    names = ["flightModeFlags", "delta", "delta_s", "n14", "v[0]", "v[1]", "v[2]", "nothing", "w[0]", "w[1]", "w[2]", "w[3]"]
    coding = [1, 4, 5, 3, 10, 10, 10, 9, 8, 8, 8, 8]
    text = session().replace(b"Field S name:" + ",".join(f[0] for f in SLOW).encode(), b"Field S name:" + ",".join(names).encode())
    lines = text.split(b"\n")
    for n, line in enumerate(lines):
        if line.startswith(b"H Field S signed"):
            lines[n] = b"H Field S signed:0,0,1,1,1,1,1,1,1,1,1,1"
        if line.startswith(b"H Field S predictor"):
            lines[n] = b"H Field S predictor:" + numbers([0] * 12).encode()
        if line.startswith(b"H Field S encoding"):
            lines[n] = b"H Field S encoding:" + numbers(coding).encode()
    out = b"\n".join(lines) + key_frame(0)
    for flags, delta, delta_s, n14, v, w in ((3, 0, 0, 0, [0, 1, -2], [0, 7, -128, 32767]), (3, 7, -4, -1000, [15, -16, -8], [-8, 0, 5, -6]),
                                             (3, 100000, 12345, 8000, [127, -64, 63], [100, -32768, 1, 1]), (3, 1, 1, 1, [300, -70000, 9000000], [1, 2, 3, 4])):
        out += b"S" + unsigned(flags) + elias_delta(delta) + elias_delta((delta_s << 1 ^ delta_s >> 31) & 0xFFFFFFFF)
        out += unsigned(-n14 & 0x3FFF) + tag2_3_variable(v) + tag8_4(w)
    return out + END


def case(name):
    good = session() + frames()
    if name == "good":
        return good + END
    if name == "two":
        return good + END + b"\xff" * 300 + session("0000-01-01T00:00:00.000+00:00", "other") + frames(80, 16, 1) + END
    if name == "boots":
        return session("0000-01-01T00:00:00.000+00:00") + frames(800) + b"\xff" * 100 + session("0000-01-01T00:00:00.000+00:00") + frames() + END
    if name == "flipped":
        at = len(session()) + len(frames()) // 2
        return good[:at] + bytes([good[at] ^ 0xFF, 0x00, 0xAA]) + good[at + 3:] + END
    if name == "torn":
        return good[:-5]
    if name == "noise":
        return good + END + b"not a frame" + session() + frames(48) + END
    if name == "encodings":
        return encodings()
    if name == "header":
        return session()[:-40]
    raise SystemExit(name)


sys.stdout.buffer.write(case(sys.argv[1]))
