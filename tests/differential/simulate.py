"""Simulated flights read by pymavlink: nothing in them may be refused, and the two logs of a flight must tell the same.

Usage: simulate.py UAVLAKE [FLIGHTS]. Makes a fleet in a temporary folder, with faults and a brown-out, and checks of each

* .bin: every byte belongs to a record; each FMT has its FMTU, each unit and multiplier is defined, and the scale that a column's
  letter means agrees with its multiplier; GPS week and time give the date in the file's name;
* .tlog: no BAD_DATA, no unknown message, stamps that rise, few lost frames;
* both: position within 1 m, attitude within 1°, battery within 0.1 V at matched times (position and attitude of the .bin are read
  between two records; a voltage may step between two, so it must lie within 0.1 V of the range that they span);
* .jpg: exiftool, where it is installed, finds no fault, and a place within 400 m of the flight's home.

Prints one line a vehicle; exit 1 where something is wrong, 77 without pymavlink (tests/requirements.txt)."""

import bisect
import collections
import datetime
import glob
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile

os.environ["MAVLINK20"] = "1"

try:
    from pymavlink import DFReader, mavutil
except ImportError:
    sys.exit(77)

faults = []
# What the letter of a format does to the raw integer, as the multiplier of FMTU must say.
LETTER_SCALE = {"c": 0.01, "C": 0.01, "e": 0.01, "E": 0.01, "L": 1e-7}


def expect(true, text):
    if not true:
        faults.append(text)
        if len(faults) < 30:
            print("  wrong:", text)


def character(value):
    return chr(value & 0xFF)


def check_units(path, formats, units, multipliers, columns):
    for kind, (unit_ids, multiplier_ids) in columns.items():
        name, letters, labels, size = formats[kind]
        expect(len(letters) == len(labels), f"{path}: {name}: {len(letters)} letters for {len(labels)} columns")
        expect(len(unit_ids) == len(letters), f"{path}: {name}: units {unit_ids} for {letters}")
        expect(len(multiplier_ids) == len(letters), f"{path}: {name}: multipliers {multiplier_ids} for {letters}")
        expect(set(unit_ids) <= set(units), f"{path}: {name}: unit not in UNIT: {unit_ids}")
        expect(set(multiplier_ids) <= set(multipliers), f"{path}: {name}: multiplier not in MULT: {multiplier_ids}")
        for letter, label, multiplier in zip(letters, labels, multiplier_ids):
            scale = LETTER_SCALE.get(letter)
            if scale and multiplier in multipliers and multiplier not in "-?0":
                expect(math.isclose(multipliers[multiplier], scale, rel_tol=1e-6),
                       f"{path}: {name}.{label}: letter {letter}, multiplier {multipliers[multiplier]}")
        expect(size <= 255, f"{path}: {name} is longer than a record can be")
    for kind, (name, *_) in formats.items():
        expect(kind in columns, f"{path}: {name} has no FMTU")


def check_rollover(path, records):
    """GPS week and time of week give the date in the name; leap seconds: 18 since 2017."""
    date = os.path.basename(path)[:10]
    for record in records["GPS"]:
        seconds = 315964800 + record.GWk * 604800 + record.GMS / 1000 - 18
        found = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        expect(found.date().isoformat() == date, f"{path}: GPS says {found}, the name {date}")


def read_bin(path, torn):
    log = DFReader.DFReader_binary(path)
    records, size = collections.defaultdict(list), 0
    formats, units, multipliers, columns = {}, {}, {}, {}
    while (record := log.recv_msg()) is not None:
        kind = record.get_type()
        size += record.fmt.len
        if kind == "FMT":
            formats[record.Type] = (record.Name, record.Format, record.Columns.split(","), record.Length)
        elif kind == "UNIT":
            units[character(record.Id)] = record.Label
        elif kind == "MULT":
            multipliers[character(record.Id)] = record.Mult
        elif kind == "FMTU":
            columns[record.FmtType] = (record.UnitIds, record.MultIds)
        records[kind].append(record)
    lost = os.path.getsize(path) - size
    expect(lost < 256 if torn else lost == 0, f"{path}: {lost} bytes belong to no record")
    check_units(path, formats, units, multipliers, columns)
    check_rollover(path, records)
    for kind in ("PARM", "MSG", "VER", "MODE", "ARM", "ATT", "RATE", "IMU", "VIBE", "BARO", "MAG", "GPS", "GPA", "POS", "ORGN",
                 "CTUN", "RCIN", "RCOU", "BAT", "ESC", "XKF1", "XKF4", "PM", "POWR", "CMD", "RAD", "DSF"):
        expect(records[kind], f"{path}: no {kind}")
    times = [record.TimeUS for kind in records.values() for record in kind if hasattr(record, "TimeUS")]
    expect(min(times) > 0, f"{path}: a time before boot")
    for record in records["BAT"]:
        expect(0 < record.Volt < 26 and 0 <= record.Curr < 150 and 0 <= record.RemPct <= 100, f"{path}: {record}")
    return records


def read_tlog(path):
    log = mavutil.mavlink_connection(path)
    messages, before, kinds = collections.defaultdict(list), 0, collections.Counter()
    while (message := log.recv_msg()) is not None:
        kind = message.get_type()
        kinds[kind] += 1
        expect(kind != "BAD_DATA" and not kind.startswith("UNKNOWN"), f"{path}: {kind} after {sum(kinds.values())} messages")
        expect(message._timestamp >= before, f"{path}: a stamp steps back")
        before = message._timestamp
        if message.get_srcSystem() < 240 and message.get_srcComponent() == 1:
            messages[kind].append(message)
    for kind in ("HEARTBEAT", "SYS_STATUS", "SYSTEM_TIME", "GPS_RAW_INT", "GLOBAL_POSITION_INT", "ATTITUDE", "VFR_HUD",
                 "BATTERY_STATUS", "RC_CHANNELS", "SERVO_OUTPUT_RAW", "VIBRATION", "EKF_STATUS_REPORT", "RAW_IMU",
                 "SCALED_PRESSURE", "RADIO_STATUS", "STATUSTEXT", "PARAM_VALUE", "MISSION_CURRENT", "NAV_CONTROLLER_OUTPUT",
                 "POWER_STATUS", "AUTOPILOT_VERSION", "HOME_POSITION", "ESC_TELEMETRY_1_TO_4"):
        expect(kinds[kind], f"{path}: no {kind}")
    return messages


class Track:
    """Values over time, read between two of them."""

    def __init__(self, times, values):
        self.times, self.values = times, values

    def beyond(self, time, value):
        """How far the value lies outside the range that its two neighbours span."""
        i = bisect.bisect_left(self.times, time)
        if i == 0 or i == len(self.times) or self.times[i] - self.times[i - 1] > 0.5:
            return None
        low, high = sorted(self.values[i - 1:i + 1])
        return max(low - value, value - high, 0)

    def at(self, time, turn=None):
        i = bisect.bisect_left(self.times, time)
        if i == 0 or i == len(self.times) or self.times[i] - self.times[i - 1] > 0.5:
            return None
        share = (time - self.times[i - 1]) / (self.times[i] - self.times[i - 1])
        step = self.values[i] - self.values[i - 1]
        if turn:
            step = (step + turn / 2) % turn - turn / 2
        return self.values[i - 1] + share * step


def compare(path, what, track, pairs, limit, turn=None):
    worst, count = 0, 0
    for time, value in pairs:
        ours = track.at(time, turn)
        if ours is None:
            continue
        gap = ours - value
        if turn:
            gap = (gap + turn / 2) % turn - turn / 2
        worst, count = max(worst, abs(gap)), count + 1
    expect(count > 20 and worst < limit, f"{path}: {what}: {count} pairs, worst difference {worst:.3f} (limit {limit})")
    return worst


def check_agreement(path, records, messages):
    def of(kind, field, scale=1):
        rows = records[kind]
        return Track([row.TimeUS * 1e-6 for row in rows], [getattr(row, field) * scale for row in rows])

    def boot(kind, value):
        return [(message.time_boot_ms * 1e-3, value(message)) for message in messages[kind]]

    latitude = records["POS"][0].Lat
    metres = 111319.5
    worst = [compare(path, "north", of("POS", "Lat", metres), boot("GLOBAL_POSITION_INT", lambda m: m.lat * 1e-7 * metres), 1),
             compare(path, "east", of("POS", "Lng", metres * math.cos(math.radians(latitude))),
                     boot("GLOBAL_POSITION_INT", lambda m: m.lon * 1e-7 * metres * math.cos(math.radians(latitude))), 1),
             compare(path, "height", of("POS", "Alt"), boot("GLOBAL_POSITION_INT", lambda m: m.alt * 1e-3), 1)]
    lean = [compare(path, "roll", of("ATT", "Roll"), boot("ATTITUDE", lambda m: math.degrees(m.roll)), 1),
            compare(path, "pitch", of("ATT", "Pitch"), boot("ATTITUDE", lambda m: math.degrees(m.pitch)), 1),
            compare(path, "yaw", of("ATT", "Yaw"), boot("ATTITUDE", lambda m: math.degrees(m.yaw)), 1, turn=360)]
    # BATTERY_STATUS has no time of its own: the receiver's stamp less the least delay of those that have one
    times = {message._timestamp: message.time_boot_ms * 1e-3 for message in messages["ATTITUDE"]}
    offset = min(stamp - time for stamp, time in times.items())
    track = of("BAT", "Volt")
    volts = [track.beyond(message._timestamp - offset, message.voltages[0] * 1e-3) for message in messages["BATTERY_STATUS"]]
    volts = [value for value in volts if value is not None]
    expect(len(volts) > 20 and max(volts) < 0.1, f"{path}: battery: {len(volts)} pairs, worst difference {max(volts):.3f} V")
    return max(worst), max(lean), max(volts)


def check_photos(paths, home):
    if not paths or not shutil.which("exiftool"):
        return
    for path in paths:
        done = subprocess.run(["exiftool", "-n", "-json", "-validate", "-warning", path], capture_output=True, text=True, check=False)
        facts = json.loads(done.stdout)[0]
        expect("Warning" not in facts and "Error" not in facts, f"{path}: {facts}")
        done = subprocess.run(["exiftool", "-n", "-json", "-GPSLatitude", "-GPSLongitude", "-GPSAltitude", "-ImageWidth", path],
                              capture_output=True, text=True, check=True)
        facts = json.loads(done.stdout)[0]
        north = (facts["GPSLatitude"] - home[0]) * 111319.5
        expect(abs(north) < 400 and facts["ImageWidth"] == 320, f"{path}: {facts}, home {home}")


def check_vehicle(folder, vehicle):
    worst = (0, 0, 0)
    counts = collections.Counter()
    for flight in vehicle["flights"]:
        stem = os.path.join(folder, vehicle["name"], flight["name"])
        records = read_bin(stem + ".bin", flight["ends_in_air"])
        parameters = {record.Name: record.Value for record in records["PARM"]}
        expect(parameters["SYSID_THISMAV"] == vehicle["system_id"], f"{stem}: SYSID_THISMAV {parameters['SYSID_THISMAV']}")
        counts["bin"] += 1
        if flight["telemetry"]:
            messages = read_tlog(stem + ".tlog")
            worst = tuple(map(max, worst, check_agreement(stem, records, messages)))
            counts["tlog"] += 1
        photos = sorted(glob.glob(stem + "-photo-*.jpg"))
        counts["jpg"] += len(photos)
        check_photos(photos, (records["ORGN"][0].Lat, records["ORGN"][0].Lng))
    print(f"{vehicle['name']} {vehicle['frame']}: {counts['bin']} .bin, {counts['tlog']} .tlog, {counts['jpg']} .jpg; "
          f"worst differences {worst[0]:.2f} m, {worst[1]:.2f}°, {worst[2]:.3f} V")


def main():
    program, flights = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "24"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "simulate", "--out", folder, "--flights", flights, "--seed", "11", "--duration", "75", "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "fleet.json"), encoding="utf-8") as file:
            fleet = json.load(file)
        for vehicle in fleet["vehicles"]:
            check_vehicle(folder, vehicle)
    print(f"{len(faults)} faults" if faults else "simulated logs: all well")
    sys.exit(1 if faults else 0)


main()
