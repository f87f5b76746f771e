"""Damaged and odd logs, made by editing simulated ones: the right rules must speak, and none of the rules may speak of clean flights.

Usage: odd_logs.py PROGRAM"""

import json
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
LETTERS = {"a": "64s", "b": "b", "B": "B", "h": "h", "H": "H", "i": "i", "I": "I", "f": "f", "d": "d", "n": "4s", "N": "16s", "Z": "64s", "c": "h", "C": "H",
           "e": "i", "E": "I", "L": "i", "M": "B", "q": "q", "Q": "Q", "g": "e"}
FAILURES = []


def run(*arguments, expect=(0,)):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, env=dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC"))
    if done.returncode not in expect:
        raise SystemExit(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def check(name, good, said=""):
    print("ok  " if good else "FAIL", name, said if not good else "")
    if not good:
        FAILURES.append(name)


class DataFlash:
    """A .bin as a list of records: [name, {field: value}] or raw bytes for what is passed on unread."""

    def __init__(self, data):
        self.formats = {128: ("FMT", "BBnNZ", ["Type", "Length", "Name", "Format", "Columns"], 89)}
        self.records, at = [], 0
        while at + 3 <= len(data) and data[at:at + 2] == b"\xa3\x95":
            number = data[at + 2]
            name, letters, columns, length = self.formats[number]
            values = list(struct.unpack("<" + "".join(LETTERS[letter] for letter in letters), data[at + 3:at + length]))
            if name == "FMT":
                text = [value.rstrip(b"\0").decode() for value in values[2:]]
                self.formats[values[0]] = (text[0], text[1], text[2].split(","), values[1])
            self.records.append([number, dict(zip(columns, values))])
            at += length

    def name(self, record):
        return self.formats[record[0]][0]

    def bytes(self):
        out = bytearray()
        for number, fields in self.records:
            _, letters, columns, _ = self.formats[number]
            out += struct.pack("<BBB" + "".join(LETTERS[letter] for letter in letters), 0xA3, 0x95, number, *[fields[column] for column in columns])
        return bytes(out)

    def edit(self, name, change):
        """change(fields, seconds from the log's start) returns the records' fields that take the place: None (gone), one, or a list."""
        start = next(fields["TimeUS"] for _, fields in self.records if "TimeUS" in fields)
        records = []
        for record in self.records:
            made = record[1]
            if self.name(record) == name and name != "FMT":
                made = change(dict(record[1]), (record[1]["TimeUS"] - start) * 1e-6)
            records += [[record[0], fields] for fields in (made if isinstance(made, list) else [] if made is None else [made])]
        self.records = records
        return self


def add(lake, *paths):
    run("add", *paths, "-l", lake, "-q", expect=(0, 3))


def rules_of(lake):
    """{file name: {rule: finding}}"""
    out = {}
    for line in run("query", "SELECT l.name, q.rule, q.text, q.from_s, q.to_s, q.value, q.limit_value FROM quality q JOIN logs l USING (log_id)", "-l", lake, "--json").splitlines():
        row = json.loads(line)
        out.setdefault(row["name"], {})[row["rule"]] = row
    return out


def scaled(field, factor):
    return lambda fields, _: dict(fields, **{field: fields[field] * factor})


def nan_after(field, from_s, to_s):
    return lambda fields, t: dict(fields, **{field: float("nan") if from_s < t < to_s else fields[field]})


def moved(from_s, degrees):
    return lambda fields, t: dict(fields, Lat=fields["Lat"] + (int(degrees * 1e7) if t > from_s else 0))


def thinned(from_s, to_s, keep):
    count = [0]

    def change(fields, t):
        count[0] += 1
        return fields if not from_s < t < to_s or count[0] % keep == 0 else None
    return change


# file: (message, change, rules that must speak); each comes into a lake of its own, as all are copies of one flight
EDITS = {
    "volts.bin": [("BAT", scaled("Volt", 1000), ["unit_mistake"])],
    "no_current.bin": [("BAT", scaled("Curr", 0), ["battery_monitor"])],
    "speed.bin": [("GPS", scaled("Spd", 3.6), ["unit_mistake"])],
    "nan.bin": [("IMU", nan_after("AccX", 30, 40), ["not_a_number"])],
    "jump.bin": [("POS", moved(50, 0.01), ["position_jump"])],
    "twice.bin": [("ATT", lambda fields, _: [fields, fields], ["repeated_records"])],
    "rate.bin": [("IMU", thinned(40, 60, 8), ["rate_drop"])],
    "gap.bin": [("ATT", lambda fields, t: None if 40 < t < 50 else fields, ["gap"])],
    "old.bin": [("GPS", lambda fields, _: dict(fields, GWk=1450), ["doubtful_date"])],
    "leap.bin": [("GPS", lambda fields, t: dict(fields, GMS=fields["GMS"] + (18000 if t > 60 else 0)), ["clock_drift"])],
    "height.bin": [("BARO", scaled("Alt", -1), ["altitude_disagree"])],
    "no_battery.bin": [("BAT", lambda fields, _: None, ["missing_tables"])],
    "rc.bin": [("RCIN", lambda fields, _: {name: value if name == "TimeUS" else 0 for name, value in fields.items()}, ["no_rc"])],
}


def clean_flights(folder):
    lake = os.path.join(folder, "clean")
    run("init", "-l", lake)
    run("simulate", "--out", os.path.join(folder, "fleet"), "--vehicles", "3", "--flights", "6", "--faults", "none", "--duration", "90", "--photos", "0", "-q")
    add(lake, os.path.join(folder, "fleet"))
    found = rules_of(lake)
    check("clean simulated flights have no findings", not found, json.dumps(found)[:2000])
    flights = json.loads(run("query", "SELECT count(*) AS n, min(quality) AS least FROM flights", "-l", lake, "--json"))
    check("and 100 points", flights["n"] == 6 and flights["least"] == 100, flights)
    vehicles = [json.loads(line) for line in run("vehicles", "-l", lake, "--json").splitlines()]
    check("vehicles have a score and a trend", vehicles and all(vehicle["quality"] == 100 for vehicle in vehicles), vehicles)


def first_bin(folder):
    paths = [os.path.join(root, name) for root, _, names in os.walk(os.path.join(folder, "fleet")) for name in names if name.endswith(".bin")]
    with open(min(paths), "rb") as file:
        return file.read()


def edited_logs(folder):
    data = first_bin(folder)
    log = DataFlash(data)
    check("a log that is taken apart and put together is the same", log.bytes() == data)
    names = {log.name(record) for record in log.records}
    for file, edits in EDITS.items():
        for message, change, rules in edits:
            if message not in names:
                print("skip", file, "the simulator writes no", message)
                continue
            lake, path = os.path.join(folder, "lake-" + file), os.path.join(folder, file)
            with open(path, "wb") as out:
                out.write(DataFlash(data).edit(message, change).bytes())
            run("init", "-l", lake)
            add(lake, path)
            found = rules_of(lake).get(file, {})
            check(f"{file}: {', '.join(rules)}", all(rule in found for rule in rules), json.dumps(found)[:600])


def two_in_one_lake(folder):
    data = first_bin(folder)
    lake, away = os.path.join(folder, "pair"), DataFlash(data)
    for name in sorted({away.name(record) for record in away.records if "Lat" in record[1]}):
        away.edit(name, moved(-1, 0.1))
    run("init", "-l", lake)
    for name, content in (("a.bin", data), ("b.bin", data[:-200]), ("c.bin", away.bytes())):
        path = os.path.join(folder, name)
        with open(path, "wb") as out:
            out.write(content)
        add(lake, path)
    found = rules_of(lake)
    check("the first log of a flight is no duplicate", "a.bin" not in found, found)
    check("a cut copy is", "duplicated_flight" in found.get("b.bin", {}), found)
    check("ten kilometres away at the same time", "self_overlap" in found.get("c.bin", {}), found)
    log = json.loads(run("query", "SELECT quality FROM logs WHERE name = 'c.bin'", "-l", lake, "--json"))
    check("which costs points", log["quality"] <= 80, log)
    add(lake, os.path.join(folder, "a.bin"))
    check("adding again changes nothing", rules_of(lake) == found)


def crc(data, extra):
    value = 0xFFFF
    for byte in data + bytes([extra]):
        byte ^= value & 0xFF
        byte = (byte ^ (byte << 4)) & 0xFF
        value = ((value >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)) & 0xFFFF
    return value


def crc_extra(name, fields):
    value = 0xFFFF

    def take(byte):
        nonlocal value
        byte ^= value & 0xFF
        byte = (byte ^ (byte << 4)) & 0xFF
        value = ((value >> 8) ^ (byte << 8) ^ (byte << 3) ^ (byte >> 4)) & 0xFFFF
    for byte in "".join([name + " "] + [f"{kind} {field} " for kind, field in fields]).encode():
        take(byte)
    return (value & 0xFF) ^ (value >> 8)


def quarantine(folder):
    """A stream of one's own dialect, whose checksums only that dialect makes."""
    lake, log, dialect = (os.path.join(folder, name) for name in ("own", "own.tlog", "own.xml"))
    extra, out = crc_extra("LEAN", [("uint32_t", "boot"), ("float", "angle")]), b""
    for i in range(200):
        frame = struct.pack("<BBBBBBBHB", 8, 0, 0, i % 256, 1, 1, 30, 0, 0)[:9] + struct.pack("<If", i * 100, i / 10)
        out += struct.pack(">Q", 1_767_000_000_000_000 + i * 100_000) + b"\xfd" + frame + struct.pack("<H", crc(frame, extra))
    with open(log, "wb") as file:
        file.write(out)
    with open(dialect, "w", encoding="utf-8") as file:
        file.write('<mavlink><messages><message id="30" name="LEAN"><field type="uint32_t" name="boot" units="ms"/>'
                   '<field type="float" name="angle" units="rad"/></message></messages></mavlink>')
    run("init", "-l", lake)
    add(lake, log)
    listed = [json.loads(line) for line in run("quarantine", "--json", "-l", lake).splitlines()]
    check("a log of another dialect is quarantined", len(listed) == 1 and "dialect" in listed[0]["reason"], listed)
    run("quarantine", "retry", "-l", lake)
    check("and stays so without it", len(run("quarantine", "--json", "-l", lake).splitlines()) == 1)
    said = run("quarantine", "retry", "--dialect", dialect, "--by", "p-07", "--json", "-l", lake)
    check("with it, it is read", '"outcome":"added"' in said, said)
    state = json.loads(run("query", "SELECT state, records, document->'history' AS history FROM logs", "-l", lake, "--json"))
    check("its history says so", state["state"] == "assessed" and state["records"] == 200 and "p-07" in json.dumps(state["history"]), state)


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-odd-") as folder:
        clean_flights(folder)
        edited_logs(folder)
        two_in_one_lake(folder)
        quarantine(folder)
    raise SystemExit(f"{len(FAILURES)} failed" if FAILURES else 0)


main()
