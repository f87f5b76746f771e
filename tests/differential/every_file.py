#!/usr/bin/env python3
"""Every real file of ../shared/logs is accounted for: known by its kind, read with rows or properties, or kept raw with a reason.

usage: every_file.py UAVLAKE [--table]

The files are added to a lake of the test's own. Held against the list beside the files (index.tsv, a kind for each) and against what no
log can say: dates before 2000 or after tomorrow, places outside the globe or at 0/0, boxes wider than a vehicle flies. --table prints a
line a file. Without the files: exit status 77."""
import collections
import csv
import datetime
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOGS = os.path.join(ROOT, "..", "shared", "logs")
# What each kind of the list may be read as. Text for people (labels) is kept as text; a table without a header is a table still.
KINDS = {
    "battery_csv": {"csv"}, "blackbox": {"blackbox"}, "dataflash_bin": {"dataflash"}, "dataflash_log": {"dataflash_text"},
    "dataflash_log_zip": {"zip"}, "dji_app_log": {"dji_app_log"}, "dji_csv": {"csv", "dji_csv"}, "dji_txt": {"dji_txt"},
    "image_metadata_csv": {"csv"}, "jpeg": {"jpeg"}, "jpeg_thermal": {"jpeg"}, "klv": {"klv"}, "labels": {"text"},
    "maintenance_csv": {"csv"}, "mavlink_raw": {"mavlink"}, "mp4": {"mp4"}, "nmea_txt": {"nmea"}, "paparazzi_log": {"paparazzi"},
    "parm": {"parameters"}, "px4_csv": {"csv"}, "px4_px4log": {"px4log"}, "px4_ulg": {"ulog"}, "px4_ulg_zip": {"zip"},
    "qgc_plan": {"plan"}, "radio_csv": {"radio_csv"}, "srt": {"dji_srt"}, "tlog": {"mavlink"}, "waypoints": {"waypoints"},
}
WIDEST_DEG = 2.0  # no vehicle of these flies further in one log


def run(uavlake, *words, code=(0,)):
    done = subprocess.run([uavlake, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in code:
        sys.exit(f"uavlake {' '.join(words)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def boxes(uavlake, lake):
    """log id → (table, south, west, north, east)"""
    found = {}
    for table in ("media", "mission", "gps", "position"):
        sql = (f"SELECT log_id, min(lat_deg), min(lon_deg), max(lat_deg), max(lon_deg) FROM {table} "
               "WHERE lat_deg IS NOT NULL GROUP BY log_id")
        for row in json.loads(run(uavlake, "query", sql, "--lake", lake, "-f", "json") or "[]"):
            log, *box = row.values()
            found[log] = (table, *box)
    return found


def complaints(log, expected, box):
    """What no honest reading says."""
    if log["kind"] == "unknown" or (expected and log["kind"] not in expected):
        yield f"read as {log['kind']}, the list says {' or '.join(sorted(expected or {'?'}))}"
    if log["state"] in ("kept_raw", "quarantined") and not log["reason"]:
        yield f"{log['state']} without a reason"
    if log["state"] not in ("kept_raw", "quarantined", "assessed"):
        yield f"left in the state {log['state']}"
    tomorrow = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()
    for name in ("start", "end", "date"):
        if log.get(name) and not "2000" < log[name] < tomorrow:
            yield f"{name} {log[name]}"
    if log.get("start") and log.get("end") and log["start"][:19] > log["end"][:19]:
        yield "ends before it begins"
    if box:
        table, south, west, north, east = box
        if south < -90 or north > 90 or west < -180 or east > 180:
            yield f"{table} is outside the globe"
        if table != "gps" and any(abs(a) < 0.001 and abs(b) < 0.001 for a, b in ((south, west), (north, east))):
            yield f"{table} is at 0/0"
        if table != "mission" and (north - south > WIDEST_DEG or east - west > WIDEST_DEG):
            yield f"{table} covers {north - south:.1f} × {east - west:.1f} degrees"
    if log["state"] == "assessed" and not log.get("records") and not log.get("rows") and not log.get("start"):
        yield "read, but without a record"


def line(log, listed, box):
    start, end = (log.get("start") or "")[:19], (log.get("end") or "")[:19]
    times = start + (f"…{end[11:] if end[:10] == start[:10] else end}" if end and end != start else "")
    place = "{0}:{1:.4f},{2:.4f}…{3:.4f},{4:.4f}".format(*box) if box else "lat/lon {:.4f},{:.4f}".format(log["lat"], log["lon"]) if log.get("lat") else ""
    lost = f"{log['damage_places']} places {log['damage_bytes']} B" if log.get("damage_places") else ""
    return " | ".join([log["shown"], log["kind"], listed, log["state"], log["source"], str(log.get("records", "")), str(log.get("rows", "")), log["vehicle"],
                       times, log.get("date_source", ""), place, lost + (" torn" if log.get("truncated") else ""), log["reason"]])


def main():
    uavlake, table = os.path.abspath(sys.argv[1]), "--table" in sys.argv
    if not os.path.exists(os.path.join(LOGS, "index.tsv")):
        print("no ../shared/logs: skipped")
        sys.exit(77)
    with open(os.path.join(LOGS, "index.tsv"), newline="", encoding="utf-8") as file:
        index = {row["sha256"]: row for row in csv.DictReader(file, delimiter="\t")}
    with tempfile.TemporaryDirectory(prefix="uavlake-every.") as folder:
        lake = os.path.join(folder, "lake")
        run(uavlake, "init", lake)
        run(uavlake, "add", LOGS, "--lake", lake, "--quiet", code=(0, 1, 2, 3, 4, 5))
        logs = [json.loads(text) for text in run(uavlake, "logs", "--lake", lake, "--json").splitlines()]
        places = boxes(uavlake, lake)
    known = {log["id"]: log for log in logs}
    faults, kinds = [], collections.Counter()
    for digest, row in index.items():
        if digest not in known:
            faults.append(f"{row['file']}: not in the lake")
    for log in sorted(logs, key=lambda log: log["path"]):
        row = index.get(log["id"], {})
        log["shown"] = row.get("file") or os.path.relpath(log["path"], LOGS) + (f" » {log['inside']}" if log.get("inside") else "")
        box = places.get(log["id"])
        kinds[log["kind"]] += 1
        faults += [f"{log['shown']}: {text}" for text in complaints(log, KINDS.get(row.get("kind")), box)]
        if table:
            print(line(log, row.get("kind", ""), box))
    print(f"{len(logs)} files, {len(index)} of them in the list: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    print("\n".join(faults) if faults else "every file is accounted for")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
