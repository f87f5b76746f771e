"""uavlake convert: what other programs read in its files is what uavlake cat prints.

MCAP by the package mcap (checksums tested), Parquet by pyarrow, GPX and KML by an XML parser, GeoJSON by a JSON parser; of a simulated .bin and
.tlog and, where they are, of real logs of PX4, DJI, GoPro and receivers. Usage: convert.py UAVLAKE. Exit 77: no package mcap."""

import csv
import glob
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

try:
    import pyarrow.parquet
    from mcap.reader import make_reader
except ImportError:
    sys.exit(77)

UAVLAKE = os.path.abspath(sys.argv[1])
SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "logs")
faults = []


def expect(truth, what):
    if not truth:
        faults.append(what)


def run(*arguments):
    done = subprocess.run([UAVLAKE, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def check_mcap(log, folder):
    path = os.path.join(folder, "x.mcap")
    run("convert", log, "-o", path, "--force")
    lines = [json.loads(line) for line in run("cat", log, "-f", "json").splitlines()]
    with open(path, "rb") as file:
        reader = make_reader(file, validate_crcs=True)
        statistics = reader.get_summary().statistics
        got, times = [], []
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            expect(channel.topic.split("/")[0] == schema.name and json.loads(schema.data)["type"] == "object", f"{log}: topic {channel.topic}")
            got.append({"message": schema.name, **json.loads(message.data)})
            times.append(message.log_time)
    expect(statistics.message_count == len(got) == len(lines), f"{log}: {len(lines)} records, {len(got)} messages")
    expect(got == lines, f"{log}: the values differ")
    expect(statistics.message_start_time == min(times) and statistics.message_end_time == max(times), f"{log}: the times of the summary")
    seconds = [line["time_s"] for line in lines if line["time_s"] is not None]
    if seconds:
        span = (max(times) - min(times)) * 1e-9
        expect(abs(span - (max(seconds) - min(seconds))) < 1 + span * 1e-3, f"{log}: {span} s in MCAP, {max(seconds) - min(seconds)} s in the log")
    with open(path, "rb") as file: # by time: the chunk indexes lead to all of them
        expect(sum(1 for _ in make_reader(file).iter_messages()) == len(got), f"{log}: not all messages by time")
    return lines


def check_parquet(log, lines, folder):
    names = sorted({line["message"] for line in lines}, key=lambda name: -sum(line["message"] == name for line in lines[:20000]))
    path = os.path.join(folder, "x.parquet")
    run("convert", log, "-o", path, "--force")
    table = pyarrow.parquet.read_table(path)
    if len(names) > 1:
        records = [{"message": name, **json.loads(record)} for name, record in zip(table["message"].to_pylist(), table["record"].to_pylist())]
        expect(records == lines, f"{log}: the records of the Parquet file of all messages")
    for name in names[:4]:
        run("convert", log, "-o", path, "--force", "--message", name)
        table = pyarrow.parquet.read_table(path)
        rows = list(csv.DictReader(io.StringIO(run("cat", log, name, "-f", "csv"))))
        expect(table.num_rows == len(rows) and table.column_names == list(rows[0]), f"{log} {name}: rows or columns of the Parquet file")


def check_tracks(log, folder):
    paths = {form: os.path.join(folder, "x." + form) for form in ("gpx", "kml", "geojson")}
    for path in paths.values():
        run("convert", log, "-o", path, "--force")
    features = json.load(open(paths["geojson"], encoding="utf-8"))["features"]
    way = next(f["geometry"]["coordinates"] for f in features if f["geometry"]["type"] == "LineString")
    places = [f for f in features if f["geometry"]["type"] == "Point"]
    gpx = xml.parse(paths["gpx"]).getroot()
    space = {"g": "http://www.topografix.com/GPX/1/1", "k": "http://www.opengis.net/kml/2.2"}
    points = gpx.findall(".//g:trkpt", space)
    line = xml.parse(paths["kml"]).getroot().find(".//k:LineString/k:coordinates", space).text.split()
    expect(len(way) == len(points) == len(line) and len(way) + len(places) > 0, f"{log}: {len(way)}, {len(points)}, {len(line)} points")
    expect(len(gpx.findall("g:wpt", space)) == len(places), f"{log}: places")
    for position, point, text in zip(way, points, line):
        lon, lat, _ = (float(part) for part in text.split(","))
        expect(math.isclose(position[0], lon) and math.isclose(float(point.get("lat")), lat) and abs(lat) <= 90, f"{log}: positions")
    stamps = [point.find("g:time", space).text for point in points if point.find("g:time", space) is not None]
    expect(stamps == sorted(stamps), f"{log}: the way is not in the order of time")
    return len(way), len(places)


def main():
    with tempfile.TemporaryDirectory() as folder:
        flights = os.path.join(folder, "flights")
        run("simulate", "-q", "--out", flights, "--flights", "1", "--vehicles", "1", "--duration", "60")
        logs = sorted(glob.glob(flights + "/*/*.bin") + glob.glob(flights + "/*/*.tlog"))
        real = [f"{SHARED}/px4_ulg/*/sample_log_small.ulg", f"{SHARED}/**/air2s.srt", f"{SHARED}/**/karma.mp4", f"{SHARED}/**/nmea_log.txt"]
        logs += [path for pattern in real for path in glob.glob(pattern, recursive=True)]
        for log in logs:
            lines = check_mcap(log, folder)
            check_parquet(log, lines, folder)
            way, places = check_tracks(log, folder)
            print(f"{os.path.basename(log):24} {len(lines):7} records, {way:6} points, {places} places")
    print("\n".join(faults[:20]))
    print(f"{len(logs)} logs, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main())
