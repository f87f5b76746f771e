"""The lake's tables of PX4 logs against pyulog: every .ulg of ../shared/logs is added to a lake; attitude, rates, place, battery, parameters
with their defaults, log lines and arming are then asked in SQL and compared with what pyulog and a few lines of arithmetic make of the log.

Usage: px4_tables.py UAVLAKE [SHARED]. Prints one line a log and each difference; exit 1 where there is one. Needs pyulog and numpy
(tests/requirements.txt), the folder, and DuckDB's library: without, it is skipped (exit 77).

Tables hold single precision where the column is a float, so values are compared with a relative error of 2e-6."""

import glob
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pyulog
except ImportError:
    sys.exit(77)

SHOWN = 5
DEGREES = 180 / np.pi


class Lake:
    def __init__(self, program, folder):
        self.program, self.folder = os.path.abspath(program), folder

    def run(self, *words):
        done = subprocess.run([self.program, *words, "--lake", self.folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"uavlake {words[0]}: {done.stderr}")
        return done.stdout

    def ask(self, sql):
        rows = [json.loads(line) for line in self.run("query", "--json", sql).splitlines()]
        return {key: [row[key] for row in rows] for key in rows[0]} if rows else {}


def numbers(cells):
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=float)


def same(mine, theirs, room=0.0):
    mine, theirs = numbers(mine), np.asarray(theirs, dtype=float)
    if len(mine) != len(theirs):
        return f"{len(mine)} rows, not {len(theirs)}"
    wrong = ~((np.isnan(mine) & ~np.isfinite(theirs)) | (np.abs(mine - theirs) <= room + 2e-6 * np.abs(theirs)))
    if not wrong.any():
        return None
    first = int(np.argmax(wrong))
    return f"{wrong.sum()} of {len(mine)} values differ, the first in row {first}: {mine[first]} here, {theirs[first]} there"


def angles(q):
    w, x, y, z = q
    roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)) * DEGREES
    pitch = np.arcsin(np.clip(2 * (w * y - z * x), -1, 1)) * DEGREES
    yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) * DEGREES
    return roll, pitch, yaw % 360


def topic(log, name):
    data = [item.data for item in log.data_list if item.name == name and item.multi_id == 0]
    if not data:
        return None
    order = np.argsort(data[0]["timestamp"], kind="stable")
    return {key: values[order] for key, values in data[0].items()}


def check_attitude(lake, where, log):
    data = topic(log, "vehicle_attitude")
    if data is None:
        return
    mine = lake.ask(f"SELECT roll_deg, pitch_deg, yaw_deg FROM attitude WHERE {where} AND roll_deg IS NOT NULL ORDER BY time")
    q = [data[f"q[{i}]"].astype(float) for i in range(4)]
    for name, theirs in zip(("roll_deg", "pitch_deg", "yaw_deg"), angles(q)):
        if name == "yaw_deg":  # 0 and 360 are one direction
            yaw = numbers(mine[name])
            turn = (yaw - theirs + 180) % 360 - 180 if len(yaw) == len(theirs) else yaw
            yield name, same(turn, np.zeros(len(theirs)), 1e-4)
        else:
            yield name, same(mine[name], theirs, 1e-5)


def check_place(lake, where, log):
    data = topic(log, "vehicle_global_position")
    if data is not None:
        mine = lake.ask(f"SELECT lat_deg, lon_deg, alt_msl_m FROM position WHERE {where} AND lat_deg IS NOT NULL ORDER BY time")
        for name, field in (("lat_deg", "lat"), ("lon_deg", "lon"), ("alt_msl_m", "alt")):
            yield name, same(mine[name], data[field], 1e-9)
    data = topic(log, "vehicle_local_position")
    if data is not None:
        mine = lake.ask(f"SELECT north_m, down_m FROM position WHERE {where} AND lat_deg IS NULL AND down_m IS NOT NULL ORDER BY time")
        good = data["z_valid"] != 0
        if good.any():
            yield "down_m", same(mine["down_m"], data["z"][good])
            yield "north_m", same(mine["north_m"], np.where(data["xy_valid"] != 0, data["x"], np.nan)[good])


def check_battery(lake, where, log):
    data = topic(log, "battery_status")
    if data is None:
        return
    good = data["connected"] != 0
    mine = lake.ask(f"SELECT * FROM battery WHERE {where} AND instance = 0 AND cell IS NULL ORDER BY time") if good.any() else {}
    for name, field, scale, none in (("voltage_v", "voltage_v", 1, 0), ("current_a", "current_a", 1, -1),
                                     ("charge_used_ah", "discharged_mah", 0.001, -1), ("remaining_ratio", "remaining", 1, -1)):
        if mine:
            theirs = data[field][good].astype(float)
            yield name, same(mine[name], np.where(theirs == none, np.nan, theirs * scale))


def check_parameters(lake, where, log):
    mine = lake.ask(f"SELECT name, value, default_value FROM parameter WHERE {where}")
    values = {n for n, v in zip(mine.get("name", []), mine.get("value", [])) if v is not None}
    defaults = {n for n, v in zip(mine.get("name", []), mine.get("default_value", [])) if v is not None}
    theirs = set(log.initial_parameters) | {name for _, name, _ in log.changed_parameters}
    yield "parameters", None if values == theirs else f"{len(values)} names, not {len(theirs)}"
    theirs = set().union(*(log.get_default_parameters(kind) for kind in (0, 1) if kind in log._default_parameters))
    both = [row for row in zip(mine["name"], mine["value"], mine["default_value"]) if row[2] is not None]
    wrong = [name for name, value, _ in both if value != log.initial_parameters.get(name)] if both else []
    yield "values beside defaults", f"{len(wrong)} differ: {wrong[:3]}" if wrong else None
    yield "defaults", None if defaults == theirs else f"{len(defaults)} names, not {len(theirs)}"


def check_lines(lake, where, log):
    mine = lake.ask(f"SELECT severity, text FROM message WHERE {where}")
    lines = list(log.logged_messages) + [line for group in log.logged_messages_tagged.values() for line in group]
    # pyulog keeps the level as its digit's code, and blanks at the ends
    theirs = sorted((line.log_level - 48, line.message.strip(" \0\t\r\n")) for line in lines)
    got = sorted(zip(mine.get("severity", []), [text or "" for text in mine.get("text", [])]))
    yield "log lines", None if got == theirs else f"{len(got)} lines, not {len(theirs)}: {next((p for p in zip(got, theirs) if p[0] != p[1]), '')}"


def check_arming(lake, where, log):
    data = topic(log, "vehicle_status")
    if data is None:
        return
    armed = (data["arming_state"] == 2).astype(int)
    edges = [bool(now) for before, now in zip(np.r_[0, armed], armed) if before != now]
    mine = lake.ask(f"SELECT kind FROM event WHERE {where} AND kind IN ('armed', 'disarmed') ORDER BY time")
    got = [kind == "armed" for kind in mine.get("kind", [])]
    yield "arming", None if got == edges else f"{got}, not {edges}"


def check_flights(lake, where, log):
    """Time in the air: armed, and not landed by the land detector; flights of under three seconds are none."""
    status, landed = topic(log, "vehicle_status"), topic(log, "vehicle_land_detected")
    if status is None or landed is None:
        return
    armed = status["arming_state"] == 2
    edges = sorted([(t, "armed", on) for t, on in zip(status["timestamp"], armed)] +
                   [(t, "up", not on) for t, on in zip(landed["timestamp"], landed["landed"])])
    state, spans, since = {"armed": False, "up": False}, 0.0, None
    for time, what, on in edges:
        state[what] = bool(on)
        if state["armed"] and state["up"]:
            since = time if since is None else since
        elif since is not None:
            spans, since = spans + (int(time) - int(since)) * 1e-6, None
    mine = sum(lake.ask(f"SELECT airborne_s FROM flights WHERE flight_id IN (SELECT flight_id FROM event WHERE {where})").get("airborne_s", []))
    yield "time in the air", None if abs(mine - (spans if spans >= 3 else 0)) < 1e-3 else f"{mine} s, not {spans} s"


CHECKS = (check_attitude, check_place, check_battery, check_parameters, check_lines, check_arming, check_flights)


def main():
    shared = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared")
    paths = sorted(glob.glob(os.path.join(shared, "logs/px4_ulg/*/*.ulg")))
    if not paths:
        sys.exit(77)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(sys.argv[1], os.path.join(folder, "lake"))
        lake.run("init")
        if subprocess.run([sys.argv[1], "query", "SELECT 1", "--lake", lake.folder], capture_output=True, check=False).returncode:
            sys.exit(77)  # without DuckDB
        lake.run("add", *paths)
        ids = dict(zip(*lake.ask("SELECT name, log_id FROM logs").values()))
        for path in paths:
            name = os.path.basename(path)
            log, done, differences = pyulog.ULog(path), 0, []
            for check in CHECKS:
                for what, difference in check(lake, f"log_id = '{ids[name]}'", log):
                    done += 1
                    differences += [f"  {what}: {difference}"] if difference else []
            print(f"{name}: {done} columns, {len(differences)} differences", *differences[:SHOWN], sep="\n")
            failed |= bool(differences)
    sys.exit(failed)


main()
