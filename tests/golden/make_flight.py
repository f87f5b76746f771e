"""Writes a small DataFlash log of one flight to standard output: 5 s on the ground, 40 s at 20 m, 5 s on the ground again. No physics: just enough for
the rules to see what they look for.

Usage: make_flight.py [--day N] [--fault NAME]…   Faults: gap, clock_jump, frozen_imu, no_gps, low_gps, cut, late, no_attitude, volts, damage,
weak_battery=OHM, weak_motor=SHARE, vibration=M_S2, radio_lost, fix_lost, interference=SHARE, rejected, pitot, wobble=DEG, supply=V, noise,
two_imus=M_S2 (the second IMU is off by so much), two_gps=M (the second receiver is so far off), sink=M_S (GPS height falls away),
millivolts, not_a_number, slow_imu (a fifth of the records for 8 s), rare (attitude once a second), blind (the estimator knows nothing), reset, no_rc, dropouts,
never_armed, leap=S (GPS time steps), old (a date of 2007), elsewhere=M (all is so far north), jump=M (the position leaps north for good), no_current, twice (each attitude record stands twice), hard_landing=M_S, plane=THROTTLE (an aeroplane; more throttle from 25 s on)"""

import argparse
import math
import random
import struct
import sys

LETTERS = {"B": "B", "H": "H", "h": "h", "i": "i", "I": "I", "Q": "Q", "f": "f", "L": "i", "c": "h", "C": "H", "N": "16s", "Z": "64s", "n": "4s", "M": "B"}
MESSAGES = {  # name: (id, letters, columns)
    "PARM": (129, "QNff", "TimeUS,Name,Value,Default"),
    "MSG": (130, "QZ", "TimeUS,Message"),
    "ATT": (131, "Qccccff", "TimeUS,DesRoll,Roll,DesPitch,Pitch,DesYaw,Yaw"),
    "POS": (132, "QLLfff", "TimeUS,Lat,Lng,Alt,RelHomeAlt,RelOriginAlt"),
    "GPS": (133, "QBBIHBcLLffff", "TimeUS,I,Status,GMS,GWk,NSats,HDop,Lat,Lng,Alt,Spd,GCrs,VZ"),
    "BAT": (134, "QBffff", "TimeUS,Inst,Volt,VoltR,Curr,CurrTot"),
    "BARO": (135, "QBff", "TimeUS,I,Alt,Press"),
    "IMU": (136, "QBffffff", "TimeUS,I,GyrX,GyrY,GyrZ,AccX,AccY,AccZ"),
    "EV": (137, "QB", "TimeUS,Id"),
    "RCOU": (138, "QHHHH", "TimeUS,C1,C2,C3,C4"),
    "VIBE": (139, "QBfffI", "TimeUS,IMU,VibeX,VibeY,VibeZ,Clip"),
}
EXTRA = {  # logged with these faults only
    "ERR": (140, "QBB", "TimeUS,Subsys,ECode", "radio_lost"),
    "MAG": (141, "QBhhh", "TimeUS,I,MagX,MagY,MagZ", "interference"),
    "XKF4": (142, "QBffff", "TimeUS,C,SV,SP,SH,SM", "rejected"),
    "ARSP": (143, "QBf", "TimeUS,I,Airspeed", "pitot"),
    "POWR": (144, "Qff", "TimeUS,Vcc,VServo", "supply"),
    "CTUN": (146, "Qffff", "TimeUS,NavRoll,NavPitch,ThO,As", "plane"),
    "NKF4": (147, "QBH", "TimeUS,C,SS", "blind"),
    "RCIN": (148, "QHHHH", "TimeUS,C1,C2,C3,C4", "no_rc"),
    "DSF": (149, "QI", "TimeUS,Dp", "dropouts"),
    "RAD": (145, "QBBBBB", "TimeUS,RSSI,RemRSSI,TxBuf,Noise,RemNoise", "noise"),
}
out = bytearray()


def emit(name, *values):
    number, letters, _ = MESSAGES[name]
    packed = [v.encode() if isinstance(v, str) else v for v in values]
    out.extend(struct.pack("<BBB" + "".join(LETTERS[letter] for letter in letters), 0xA3, 0x95, number, *packed))


def emit_formats():
    def fmt(number, name, letters, columns):
        length = 3 + struct.calcsize("<" + "".join(LETTERS[letter] for letter in letters))
        out.extend(struct.pack("<BBBBB4s16s64s", 0xA3, 0x95, 128, number, length, name.encode(), letters.encode(), columns.encode()))
    fmt(128, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns")
    for name, (number, letters, columns) in MESSAGES.items():
        fmt(number, name, letters, columns)


def emit_extra(now, t, flying, amps, faults, noise):
    if "radio_lost" in faults and t == 30:
        emit("ERR", now, 5, 1)
    if "interference" in faults:
        change = faults["interference"] * amps / 24
        emit("MAG", now, 0, int(200 * (1 + change) + noise.gauss(0, 2)), int(100 * (1 + change)), int(400 * (1 + change)))
    if "rejected" in faults:
        emit("XKF4", now, 0, 0.2, 1.4 if 20 < t < 28 else 0.3, 0.1, 0.1)
    if "pitot" in faults:
        emit("ARSP", now, 0, 17.25 if t > 15 else 17 + noise.gauss(0, 0.5))
    if "supply" in faults:
        emit("POWR", now, faults["supply"] if flying and t % 10 < 1 else 5.0 + noise.gauss(0, 0.02), 0.0)
    if "plane" in faults:
        emit("CTUN", now, 0.0, 0.0, 45.0 + (100 * faults["plane"] if t > 25 else 0) + noise.gauss(0, 1.5) if flying else 0.0, 17 + noise.gauss(0, 0.3))
    if "blind" in faults:
        emit("NKF4", now, 0, 0)
    if "reset" in faults and t == 30:
        emit("MSG", now, "EKF3 IMU0 forced reset")
    if "no_rc" in faults:
        emit("RCIN", now, 0, 0, 0, 0)
    if "dropouts" in faults:
        emit("DSF", now, int(t * 4))
    if "noise" in faults:
        emit("RAD", now, 60 + int(noise.gauss(0, 2)), 60, 100, 55, 55)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--day", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[])
    arguments = parser.parse_args()
    faults = {fault.split("=")[0]: float((fault.split("=") + ["1"])[1]) for fault in arguments.fault}
    noise = random.Random(arguments.day)
    MESSAGES.update({name: extra[:3] for name, extra in EXTRA.items() if extra[3] in faults})
    emit_formats()
    emit("PARM", 1000, "SYSID_THISMAV", 7.0, 1.0)
    for motor in range(4):
        emit("PARM", 1000, f"SERVO{motor + 1}_FUNCTION", 33.0 + motor, 0.0)
    emit("MSG", 2000, f"{'ArduPlane' if 'plane' in faults else 'ArduCopter'} V4.5.7 (1a2b3c4d)")
    resistance = faults.get("weak_battery", 0.020)
    used_mah, frozen = 0.0, None
    for tick in range(0, 50 * 20):
        t = tick / 20
        now = 10_000_000 + int(t * 1e6) + (30_000_000 if "clock_jump" in faults and t > 25 else 0) * -1
        flying = 5 <= t < 45 and "never_armed" not in faults
        height = 0.0 if not flying else min(20.0, (t - 5) * 4, (45 - t) * 4)
        if "late" in faults and t < 20:
            continue
        if "cut" in faults and t > 30:
            break
        lat, lon = int(47.0e7 + 2000 * math.sin(t / 5)), int(8.0e7 + 2000 * math.cos(t / 5))
        lat += int(faults.get("elsewhere", 0.0) * 90)
        if "jump" in faults and t > 25:
            lat += int(faults["jump"] * 90)
        if tick == 20 and "never_armed" not in faults:
            emit("EV", now, 10)
        if tick == 49 * 20 and "never_armed" not in faults:
            emit("EV", now, 11)
        x, z = noise.gauss(0, 0.3), -9.81 + noise.gauss(0, 0.3)
        if "frozen_imu" in faults and 15 < t < 30:
            frozen = frozen or (x, z)
            x, z = frozen
        if "not_a_number" in faults and 20 < t < 24:
            x = math.nan
        if "two_imus" in faults:
            emit("IMU", now, 1, 0.0, 0.0, 0.0, x + faults["two_imus"], 0.0, z)
        if not ("slow_imu" in faults and 20 < t < 28 and tick % 5):
            emit("IMU", now, 0, noise.gauss(0, 0.01), noise.gauss(0, 0.01), noise.gauss(0, 0.01), x, noise.gauss(0, 0.3), z)
        if tick % 2:
            continue
        if "no_attitude" not in faults and not ("rare" in faults and tick % 20) and not ("gap" in faults and 20 < t < 27):
            roll = 3 * math.sin(t) if flying else 0
            attitude = (now, int(roll * 100), int((roll + (faults.get("wobble", 0) if flying else 0) + noise.gauss(0, 0.2)) * 100), 0, int(noise.gauss(0, 20)), 90.0, 90.0)
            for _ in range(2 if "twice" in faults else 1):
                emit("ATT", *attitude)
        emit("POS", now, lat, lon, 400.0 + height, height, height)
        emit("BARO", now, 0, height + noise.gauss(0, 0.1), 96600.0 - 12 * height + noise.gauss(0, 1))
        amps = (18 + 6 * math.sin(t * 1.7) + noise.gauss(0, 0.5)) if flying else 0.5
        used_mah += amps * 0.1 / 3.6
        volts = 16.6 - used_mah / 5000 * 1.5 - amps * resistance + noise.gauss(0, 0.005)
        emit("BAT", now, 0, 500.0 if "volts" in faults else volts * 1000 if "millivolts" in faults else volts, volts, 0.0 if "no_current" in faults else amps, used_mah)
        shares = [1.0, 1.0, 1.0, 1.0 + faults.get("weak_motor", 0.0)]
        emit("RCOU", now, *[int(1000 + (480 * share + noise.gauss(0, 8) if flying else 0)) for share in shares])
        level = faults.get("vibration", 4.0) if flying else 0.2
        emit("VIBE", now, 0, abs(noise.gauss(level, 0.5)), abs(noise.gauss(level, 0.5)), abs(noise.gauss(level * 1.3, 0.5)), 0)
        if tick % 4 == 0:
            good = "no_gps" not in faults and not ("fix_lost" in faults and 20 < t < 26)
            sink = faults.get("hard_landing", 0.0) if 43.5 < t < 45 else 0.0
            week = 1450 if "old" in faults else 2400
            alt = 400.0 + height - (faults.get("sink", 0.0) * max(0.0, t - 10))
            milliseconds = 388_800_000 + arguments.day * 86_400_000 % 172_800_000 + int(t * 1000)
            milliseconds += int(1000 * faults.get("leap", 0.0)) if t > 30 else 0
            if "two_gps" in faults:
                emit("GPS", now, 1, 3, milliseconds, week + arguments.day // 2, 14, 120, lat + int(faults["two_gps"] * 90), lon, alt, 2.0, 0.0, 0.0)
            emit("GPS", now, 0, 3 if good else 1, milliseconds if good else 0, week + arguments.day // 2 if good else 0, 5 if "low_gps" in faults else 14,
                 120, lat if good else 0, lon if good else 0, alt, (17.0 if "plane" in faults else 2.0) if flying else 0.1, 0.0, sink)
        emit_extra(now, t, flying, amps, faults, noise)
    if "damage" in faults:
        middle = len(out) // 2
        out[middle:middle + 600] = noise.randbytes(600)
    sys.stdout.buffer.write(out)


main()
