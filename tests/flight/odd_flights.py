"""Flights that tempt a program to believe what is not so: a restart in the air, midnight, the date line, a pole, GPS time that is twenty years off or
comes up late, a clock that jumps, and two vehicles with one identity.

Each is made from a simulated DataFlash log by changing its records. Usage: odd_flights.py PROGRAM."""

import json
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
WEEK_S = 7 * 86400
failures = []


def uavlake(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout


def lines(*arguments):
    return [json.loads(line) for line in uavlake(*arguments).splitlines()]


def expect(what, condition, got):
    if not condition:
        failures.append(f"{what}: {got}")


class Log:
    """The records of a DataFlash log: [type, name, body]; the layout of FMT and GPS as ArduPilot writes them."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        sizes, self.formats, self.records, at = {128: 89}, {}, [], 0
        while at + 3 <= len(data):
            kind = data[at + 2]
            body = data[at + 3:at + sizes[kind]]
            if kind == 128:
                name, letters, columns = body[2:6].rstrip(b"\0").decode(), body[6:22].rstrip(b"\0").decode(), body[22:86].rstrip(b"\0").decode()
                sizes[body[0]] = body[1]
                self.formats[body[0]] = (name, letters, columns.split(","))
            self.records.append((kind, self.formats.get(kind, ("FMT",))[0], body))
            at += sizes[kind]

    def time_us(self, record):
        """None: a record without a time."""
        columns = self.formats.get(record[0], ("", "", []))[2]
        return struct.unpack_from("<Q", record[2])[0] if columns and columns[0] == "TimeUS" else None

    def place(self, name, column):
        """Offset and letter of a column in the bodies of a message."""
        widths = {"a": 64, "b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "d": 8, "n": 4, "N": 16, "Z": 64, "c": 2, "C": 2,
                  "e": 4, "E": 4, "L": 4, "M": 1, "q": 8, "Q": 8}
        for kind, (known, letters, columns) in self.formats.items():
            if known == name and column in columns:
                index = columns.index(column)
                return kind, sum(widths[letter] for letter in letters[:index]), letters[index]
        return None

    def change(self, name, column, change):
        """change(value, time in µs) → value, in every record of that message."""
        found = self.place(name, column)
        if not found:
            return
        kind, offset, letter = found
        form = {"i": "<i", "L": "<i", "I": "<I", "H": "<H", "Q": "<Q", "f": "<f", "d": "<d"}[letter]
        for index, record in enumerate(self.records):
            if record[0] == kind:
                body = bytearray(record[2])
                struct.pack_into(form, body, offset, change(struct.unpack_from(form, body, offset)[0], self.time_us(record)))
                self.records[index] = (record[0], record[1], bytes(body))

    def keep(self, wanted):
        """Without the records with a time of which `wanted` is false."""
        kept = [record for record in self.records if self.time_us(record) is None or wanted(record[1], self.time_us(record))]
        self.records = kept

    def write(self, path):
        with open(path, "wb") as file:
            for kind, _, body in self.records:
                file.write(bytes([0xA3, 0x95, kind]) + body)

    def shift_utc(self, seconds):
        def moved(week, ms):
            total = week * WEEK_S * 1000 + ms + seconds * 1000
            return divmod(total, WEEK_S * 1000)
        weeks = {}
        self.change("GPS", "GWk", lambda week, time: weeks.setdefault(time, week))
        self.change("GPS", "GMS", lambda ms, time: weeks.__setitem__(time, moved(weeks[time], ms)) or weeks[time][1])
        self.change("GPS", "GWk", lambda week, time: weeks[time][0])

    def shift_place(self, lat_deg, lon_deg):
        for name in ("GPS", "POS", "AHR2", "ORGN", "CMD", "CAM", "TERR"):
            self.change(name, "Lat", lambda value, _: value + round(lat_deg * 1e7))
            self.change(name, "Lng", lambda value, _: (value + round(lon_deg * 1e7) + 1800000000) % 3600000000 - 1800000000)


def lake_of(top, name, *folders):
    lake = os.path.join(top, "lake-" + name)
    uavlake("init", "-l", lake)
    for folder in folders:
        uavlake("add", folder, "-l", lake, "-q")
    return lake


def made(top, name, source, *changes):
    """A folder with one log, changed."""
    folder = os.path.join(top, name)
    os.makedirs(folder)
    log = Log(source)
    for change in changes:
        change(log)
    log.write(os.path.join(folder, name + ".bin"))
    return folder


def flights_of(lake):
    return lines("flights", "--json", "-l", lake)


def air_times(log):
    times = [log.time_us(record) for record in log.records if record[1] == "GPS"]
    return min(times), max(times)


def restart(top, source, whole):
    first_us, last_us = air_times(Log(source))
    middle_us = (first_us + last_us) // 2

    def until(log):
        log.keep(lambda name, time: time < middle_us)

    def after(log, gap_s=6):
        log.change("PARM", "TimeUS", lambda time, _: max(time, middle_us + gap_s * 1000000))
        log.keep(lambda _, time: time >= middle_us + gap_s * 1000000)

    a, b = made(top, "before", source, until), made(top, "after", source, after)
    for name, folders in (("ab", (a, b)), ("ba", (b, a)), ("once", (os.path.commonpath([a, b]) + "/both",))):
        if name == "once":
            os.makedirs(folders[0])
            for folder in (a, b):
                os.link(os.path.join(folder, os.path.basename(folder) + ".bin"), os.path.join(folders[0], os.path.basename(folder) + ".bin"))
        flights = flights_of(lake_of(top, name, *folders))
        expect(f"restart {name}: flights", len(flights) == 1, [(flight["id"], flight["starts_in_air"], flight["ends_in_air"]) for flight in flights])
        flight = flights[0]
        expect(f"restart {name}: logs", len(flight["logs"]) == 2, flight["logs"])
        expect(f"restart {name}: airborne", abs(flight["airborne_s"] - whole["airborne_s"]) < 3, (flight["airborne_s"], whole["airborne_s"]))
        expect(f"restart {name}: distance", 0.6 * whole["distance_m"] < flight["distance_m"] < 1.02 * whole["distance_m"], flight["distance_m"])
        expect(f"restart {name}: start and end", flight["start"][:19] == whole["start"][:19] and flight["end"][:18] == whole["end"][:18],
               (flight["start"], flight["end"], whole["start"], whole["end"]))
        expect(f"restart {name}: note", "restarted in the air" in flight["note"], flight["note"])
        expect(f"restart {name}: not open", not flight["starts_in_air"] and not flight["ends_in_air"], flight["note"])
    rows = json.loads(uavlake("query", "SELECT count(DISTINCT log_id) AS logs, max(t_s) AS t FROM attitude WHERE flight_id IS NOT NULL", "-f", "json",
                              "-l", os.path.join(top, "lake-ab")))
    expect("restart: seconds go on in the second log", rows[0]["logs"] == 2 and abs(rows[0]["t"] - whole["airborne_s"]) < 15, rows)

    lake = os.path.join(top, "lake-ba")
    flight = flights_of(lake)[0]
    other = next(log for log in flight["logs"] if log != flight["primary_log"])
    uavlake("unlink", other, "-l", lake)
    left = next(one for one in flights_of(lake) if flight["primary_log"] in one["logs"])
    expect("restart: a part taken away", left["logs"] == [flight["primary_log"]] and "parts" not in left and "restarted" not in left["note"] and
           20 < left["airborne_s"] < 0.7 * whole["airborne_s"], (left["logs"], left["airborne_s"], left["note"]))

    def much_later(log):
        after(log)
        log.shift_utc(1200)
    flights = flights_of(lake_of(top, "later", a, made(top, "later", source, much_later)))
    expect("twenty minutes later: two flights", len(flights) == 2, [flight["id"] for flight in flights])

    def far_away(log):
        after(log)
        log.shift_place(0.5, 0)
    flights = flights_of(lake_of(top, "far", a, made(top, "far", source, far_away)))
    expect("55 km away: two flights", len(flights) == 2, [flight["id"] for flight in flights])


def same_but(top, name, source, whole, change, *wanted):
    """One flight that took as long and went as far; returns it."""
    lake = lake_of(top, name, made(top, name, source, change))
    flights = flights_of(lake)
    expect(f"{name}: one flight", len(flights) == 1, [flight["id"] for flight in flights])
    for field in wanted:
        expect(f"{name}: {field}", abs(flights[0][field] - whole[field]) <= 0.03 * whole[field] + 0.5, (flights[0][field], whole[field]))
    return flights[0], lake


def midnight(top, source, whole):
    start_s = int(whole["start"][11:13]) * 3600 + int(whole["start"][14:16]) * 60 + int(whole["start"][17:19])
    flight, _ = same_but(top, "midnight", source, whole, lambda log: log.shift_utc(86400 - start_s - 30), "airborne_s", "distance_m", "max_height_m")
    expect("midnight: it begins the day before it ends", flight["start"][:10] < flight["end"][:10], (flight["start"], flight["end"]))


def date_line(top, source, whole):
    flight, lake = same_but(top, "date_line", source, whole, lambda log: log.shift_place(0, 180 - (whole["min_lon_deg"] + whole["max_lon_deg"]) / 2), "airborne_s",
                            "distance_m", "max_speed_m_s")
    places = json.loads(uavlake("query", "SELECT min(lon_deg) AS low, max(lon_deg) AS high FROM position", "-f", "json", "-l", lake))[0]
    expect("date line: longitudes stay within 180°", -180 <= places["low"] and places["high"] <= 180, places)


def pole(top, source, whole):
    flight, _ = same_but(top, "pole", source, whole, lambda log: log.shift_place(89.999 - whole["max_lat_deg"], 0), "airborne_s")
    expect("pole: the way stays finite and short", 0 < flight["distance_m"] <= 1.1 * whole["distance_m"], flight["distance_m"])


def rolled_over(top, source, whole):
    flight, _ = same_but(top, "rollover", source, whole, lambda log: log.change("GPS", "GWk", lambda week, _: week - 1024), "airborne_s")
    expect("week roll-over: the true date", flight["start"] == whole["start"], flight["start"])
    flight, lake = same_but(top, "old", source, whole, lambda log: log.shift_utc(-365 * 86400 * 30), "airborne_s")
    rules = [rule["rule"] for log in lines("logs", "--json", "-l", lake) for rule in log["quality_findings"]]
    expect("a date to come, by the roll-over of one of 1996: it is told", "doubtful_date" in rules or flight["start"] < "2026", (flight["start"], rules))


def late_gps(top, source, whole):
    first_us, last_us = air_times(Log(source))
    up_us = first_us + (last_us - first_us) * 6 // 10

    def without(log):
        log.keep(lambda name, time: name not in ("GPS", "GPA", "POS", "AHR2") or time >= up_us)
    flight, _ = same_but(top, "late_gps", source, whole, without, "airborne_s")
    expect("GPS in the air: the start is known all the same", flight["start"][:18] == whole["start"][:18], (flight["start"], whole["start"]))


def jumping_clock(top, source, whole):
    first_us, last_us = air_times(Log(source))
    jump_us = (first_us + last_us) // 2

    def jump(log):
        log.change("GPS", "GMS", lambda ms, time: ms + (3600000 if time >= jump_us else 0))
    lake = lake_of(top, "jump", made(top, "jump", source, jump))
    flights, logs = flights_of(lake), lines("logs", "--json", "-l", lake)
    rules = [rule["rule"] for log in logs for rule in log["quality_findings"]]
    expect("a jumping clock: one flight", len(flights) == 1, [flight["id"] for flight in flights])
    expect("a jumping clock: it is told", {"clock_jump", "clock_drift"} & set(rules), rules)
    expect("a jumping clock: no flight of an hour", flights[0]["airborne_s"] < 1.5 * whole["airborne_s"], flights[0]["airborne_s"])


def one_identity(top, source, whole):
    def elsewhere(log):
        log.shift_place(1.5, 2)
    a, b = made(top, "here", source), made(top, "there", source, elsewhere)
    for name, folders in (("identity", (a, b)), ("identity_turned", (b, a))):
        flights = flights_of(lake_of(top, name, *folders))
        expect(f"{name}: two flights", len(flights) == 2 and len({flight["id"] for flight in flights}) == 2, [flight["id"] for flight in flights])
        expect(f"{name}: each of one log", all(len(flight["logs"]) == 1 for flight in flights), [flight["logs"] for flight in flights])
        expect(f"{name}: it is told", any("two vehicles" in flight["note"] for flight in flights), [flight["note"] for flight in flights])


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-odd-") as top:
        logs = os.path.join(top, "logs")
        uavlake("simulate", "--out", logs, "--vehicles", "1", "--flights", "1", "--duration", "90", "--seed", "4", "--faults", "none", "--photos", "0", "-q")
        source = next(os.path.join(folder, name) for folder, _, names in os.walk(logs) for name in names if name.endswith(".bin"))
        whole = flights_of(lake_of(top, "whole", made(top, "whole", source)))[0]
        for check in (restart, midnight, date_line, pole, rolled_over, late_gps, jumping_clock, one_identity):
            try:
                check(top, source, whole)
            except (KeyError, IndexError) as error:
                failures.append(f"{check.__name__}: {error!r}")
    print("\n".join(failures) if failures else "odd flights: restart in the air, midnight, date line, pole, week roll-over, late GPS, jumping clock, one identity: all told rightly")
    return 1 if failures else 0


sys.exit(main())
