"""A day of five vehicles: which files tell of the same flight?

The simulator flies the day and writes the vehicles' logs, the ground station's and the photos, each with its true clock. From these are made:
radio logs (no vehicle, local time, a clock some seconds wrong), photos whose clock stands in another zone (with and without a position), and
films as subtitle files whose clock drifts. All goes into one lake, in an order that is no help. The truth is known: at least 99 % must be
linked rightly, and nothing wrongly.

Usage: simulated_day.py PROGRAM [SEED]"""

import datetime
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 4
VEHICLES, FLIGHTS, DAY = 5, 30, "2026-05-11"
if not shutil.which("exiftool"):
    print("skipped: exiftool is not here")
    sys.exit(77)
chance = random.Random(SEED)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command[:3])} … failed: {done.stderr}{done.stdout}")
    return done.stdout


def query(lake, sql):
    return [json.loads(line) for line in run(PROGRAM, "query", sql, "--json", "--lake", lake).splitlines()]


def positions(folder):
    """Rows of each vehicle's own log, through a lake of their own: {name of the log: [(UTC, lat, lon, height, speed)]}."""
    lake = os.path.join(folder, "first")
    run(PROGRAM, "init", "--lake", lake)
    run(PROGRAM, "add", "--quiet", "--lake", lake, *sorted(glob.glob(os.path.join(folder, "day", "*", "*.bin"))))
    names = {log["id"]: log["path"] for log in map(json.loads, run(PROGRAM, "logs", "--json", "--lake", lake).splitlines())}
    rows = {path: [] for path in names.values()}
    for row in query(lake, "SELECT log_id, epoch_us(time) AS us, lat_deg, lon_deg, alt_rel_m FROM position WHERE flight_id IS NOT NULL AND lat_deg <> 0 ORDER BY log_id, time"):
        rows[names[row["log_id"]]].append((row["us"] * 1e-6, row["lat_deg"], row["lon_deg"], row["alt_rel_m"]))
    return rows


def thinned(rows, every_s):
    kept, last = [], -1e9
    for row in rows:
        if row[0] - last >= every_s:
            kept.append(row)
            last = row[0]
    return kept


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def write_radio(path, rows, shift_s):
    """A radio's telemetry table: a row a second, receiver's noise and a lag of half a second."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("Date,Time,RSSI(dB),RxBt(V),GPS,Alt(m),GSpd(kmh),TxBat(V)\n")
        for time, lat, lon, height in thinned(rows, 1):
            at = stamp(time + 0.5 + shift_s)
            lat, lon = lat + chance.gauss(0, 1.5e-5), lon + chance.gauss(0, 1.5e-5)
            file.write(f"{at:%Y-%m-%d},{at:%H:%M:%S}.{at.microsecond // 1000:03d},{chance.randint(60, 99)},{11.5},{lat:.6f} {lon:.6f},{height:.1f},0.0,7.9\n")


def write_film(path, rows, shift_s, drift):
    """Subtitles of a film, a block a second, on a clock that drifts."""
    begin = rows[0][0]
    with open(path, "w", encoding="utf-8") as file:
        for number, (time, lat, lon, height) in enumerate(thinned(rows, 1), 1):
            at = stamp(time + shift_s + drift * (time - begin))
            clock = [f"{int(s // 3600):02d}:{int(s // 60 % 60):02d}:{int(s % 60):02d},{int(s * 1000 % 1000):03d}" for s in (time - begin, time - begin + 0.9)]
            file.write(f"{number}\n{clock[0]} --> {clock[1]}\n{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}\n"
                       f"[iso : 100] [shutter : 1/800.0] [fnum : 280] [latitude: {lat:.6f}] [longitude: {lon:.6f}] [rel_alt: {height:.3f} abs_alt: {height + 200:.3f}]\n\n")


def shift_photos(folder, truth):
    """Cameras: one in a zone of whole hours that keeps its places, one in a zone of half hours that has lost two thirds of them."""
    for number, vehicle in enumerate(sorted(glob.glob(os.path.join(folder, "day", "*")))):
        shift_min = [120, 330, -210, 345, -480][number % 5]
        for photo in sorted(glob.glob(os.path.join(vehicle, "*.jpg"))):
            index = int(photo[-6:-4])
            keep = number % 2 == 0 or index % 3 == 1
            sign, hours = ("+" if shift_min > 0 else "-"), f"0:0:0 {abs(shift_min) // 60}:{abs(shift_min) % 60}:{3 * number}"
            gone = ["-GPSTimeStamp=", "-GPSDateStamp="] if keep else ["-gps:all="]
            run("exiftool", "-q", "-overwrite_original", f"-AllDates{sign}={hours}", "-OffsetTime=", "-OffsetTimeOriginal=", "-OffsetTimeDigitized=",
                f"-SerialNumber=C{number:03d}", *gone, photo)
            truth[photo] = photo[:-len("-photo-00.jpg")] + ".bin"


def make_day(folder):
    """Returns {path of a file: path of the vehicle's log of the same flight}."""
    run(PROGRAM, "simulate", "--out", os.path.join(folder, "day"), "--vehicles", str(VEHICLES), "--flights", str(FLIGHTS), "--seed", str(SEED), "--start", DAY,
        "--days", "1", "--faults", "none", "--duration", "60", "--photos", "6", "--quiet")
    rows, truth = positions(folder), {}
    os.makedirs(os.path.join(folder, "radio"))
    os.makedirs(os.path.join(folder, "films"))
    for number, (log, path) in enumerate(sorted(rows.items())):
        flight = os.path.basename(os.path.dirname(log)) + "-" + os.path.basename(log)[:-4]
        radio, film = os.path.join(folder, "radio", f"radio-{number:02d}.csv"), os.path.join(folder, "films", f"DJI_{number:04d}.SRT")
        write_radio(radio, path, 7200 + 23 + chance.uniform(-2, 2))
        truth[radio] = log
        if number % 2 == 0 and len(path) > 100:
            begin = len(path) // 4
            write_film(film, path[begin:begin * 3], 5 * 3600 + 45 * 60 - 8 - 4 * number, 0.002)
            truth[film] = log
        telemetry = log[:-4] + ".tlog"
        if os.path.exists(telemetry):
            truth[telemetry] = log
        print(f"{flight}: {len(path)} positions") if os.environ.get("VERBOSE") else None
    shift_photos(folder, truth)
    return truth


def judge(lake, truth):
    logs = {log["path"]: log for log in map(json.loads, run(PROGRAM, "logs", "--json", "--lake", lake).splitlines())}

    def flight_of(path):
        log = logs[path]
        return log.get("flight") or ((log.get("flights") or [None])[0] if log["vehicle"] != "unknown" else None)
    counts, wrong = {}, []
    for path, log in sorted(truth.items()):
        kind = os.path.splitext(path)[1].lower()[1:]
        found, right = flight_of(path), flight_of(log)
        outcome = "apart" if not found else "right" if found == right else "wrong"
        counts.setdefault(kind, {"right": 0, "apart": 0, "wrong": 0})[outcome] += 1
        if outcome != "right":
            wrong.append(f"{outcome}: {os.path.relpath(path, os.path.dirname(lake))}: {found} instead of {right}; {logs[path].get('link_doubt', '')} {json.dumps(logs[path].get('link', ''))}")
    return counts, wrong, logs


def check_rows(lake, truth, logs):
    """The tables show what was found: rows of each radio log and film stand under the flight, on UTC, near the vehicle's own."""
    far = query(lake, "WITH own AS (SELECT p.flight_id, epoch(p.time)::BIGINT AS s, avg(lat_deg) AS lat, avg(lon_deg) AS lon FROM position p JOIN logs l ON l.log_id = p.log_id "
                "WHERE l.kind = 'dataflash' AND lat_deg <> 0 GROUP BY ALL), other AS (SELECT p.flight_id, epoch(p.time)::BIGINT AS s, lat_deg, lon_deg FROM position p JOIN logs l "
                "ON l.log_id = p.log_id WHERE l.kind IN ('radio_csv', 'dji_srt')) SELECT count(*) AS rows, count(own.s) AS matched, "
                "quantile_cont(sqrt(((lat - lat_deg) * 111195) ** 2 + ((lon - lon_deg) * 111195 * cos(radians(lat))) ** 2), 0.9) AS far_m "
                "FROM other LEFT JOIN own USING (flight_id, s)")[0]
    print(f"rows of radio logs and films: {far['rows']}, of them {far['matched']} beside the vehicle's own at the same second; 90 % within {far['far_m']:.1f} m")
    return far["matched"] > 0.9 * far["rows"] and far["far_m"] < 30


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-day-") as folder:
        folder = os.environ.get("KEEP", folder)
        truth, lake = make_day(folder), os.path.join(folder, "lake")
        run(PROGRAM, "init", "--lake", lake)
        parts = ["radio", "day", "films"]  # radio logs first, when there is nothing yet to link them to
        for part in parts:
            run(PROGRAM, "add", "--quiet", "--lake", lake, os.path.join(folder, part))
        counts, wrong, logs = judge(lake, truth)
        for kind, count in sorted(counts.items()):
            print(f"{kind:5} right {count['right']:4}   apart {count['apart']:4}   wrong {count['wrong']:4}")
        print("\n".join(wrong[:20]))
        total, right = len(truth), sum(count["right"] for count in counts.values())
        wrongly = sum(count["wrong"] for count in counts.values())
        flights = run(PROGRAM, "flights", "--json", "--lake", lake).splitlines()
        print(f"{total} files of {len(flights)} flights ({FLIGHTS} flown): {right} linked rightly ({100 * right / total:.1f} %), {wrongly} wrongly")
        rows_good = check_rows(lake, truth, logs)
        sys.exit(0 if right >= 0.99 * total and wrongly == 0 and len(flights) == FLIGHTS and rows_good else 1)


main()
