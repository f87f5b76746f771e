"""Our MAVLink decoder against pymavlink: every .tlog of ../shared/logs and ../shared/fleet, all messages, all
fields, raw; and the compiled-in dialect against the XML that pymavlink brings.

Usage: mavlink.py DUMP [SHARED [PART_OF_NAME]]. DUMP is uavlake-dump. Prints one line a log and each difference; exit 1 where
there is one. Needs pymavlink (tests/requirements.txt). Without the folder it is skipped (exit 77).

Deliberate differences: text of char fields is compared up to its first NUL, as pymavlink cuts it there; a message that the
dialect does not know is ours as UNKNOWN_<id> with its payload, pymavlink's without a checksum test, so only the counts of
known messages are compared; time stamps are compared where the log's stamps are dates, to 1 µs (pymavlink's are seconds in a
double)."""

import collections
import glob
import json
import os
import subprocess
import sys

os.environ["MAVLINK20"] = "1"

try:
    import pymavlink
    from pymavlink import mavutil
except ImportError:
    sys.exit(77)

SHOWN = 5


def ours(dump, path):
    rows, definitions, report = collections.defaultdict(list), {}, {}
    done = subprocess.run([dump, path, "--all", "--kind", "mavlink"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        value = json.loads(line)
        if "define" in value:
            definitions[value["define"]] = (value["name"], [field["name"] for field in value["fields"]][2:])
        elif "report" in value:
            report = value
        else:
            name, fields = definitions[value["m"]]
            if not name.startswith("UNKNOWN_"):
                system, component, *values = value["v"]
                rows[system, component, name].append((value["t"], fields, values))
    return rows, report


def theirs(path):
    log = mavutil.mavlink_connection(path, dialect="ardupilotmega")
    rows, bad = collections.defaultdict(list), 0
    while True:
        message = log.recv_msg()
        if message is None:
            break
        kind = message.get_type()
        if kind == "BAD_DATA":
            bad += 1
        elif not kind.startswith("UNKNOWN"):
            values = [getattr(message, name) for name in message.fieldnames]
            key = message.get_srcSystem(), message.get_srcComponent(), kind
            rows[key].append((round(message._timestamp * 1e6), list(message.fieldnames), values))
    return rows, bad


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("latin-1")
    if isinstance(value, str):
        return value.split("\0")[0]
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def same(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, str) and isinstance(b, str):
        return a == b or a.encode("latin-1", "replace").decode("utf-8", "replace") == b
    return a == b or (a != a and b != b)


def compare_rows(key, mine, other, dated):
    for index, ((my_time, my_fields, my_values), (time, fields, values)) in enumerate(zip(mine, other)):
        if my_fields != fields:
            yield f"{key} row {index}: fields {my_fields}, pymavlink {fields}"
            return
        if dated and abs(my_time - time) > 1:
            yield f"{key} row {index}: time {my_time}, pymavlink {time}"
        for name, a, b in zip(fields, my_values, values):
            if not same(plain(a), plain(b)):
                yield f"{key} row {index}: {name} {a!r}, pymavlink {b!r}"


def compare(dump, path):
    mine, report = ours(dump, path)
    other, bad = theirs(path)
    differences = []
    for key in sorted(set(mine) | set(other)):
        if len(mine[key]) != len(other[key]):
            differences.append(f"{key}: {len(mine[key])} rows, pymavlink {len(other[key])}")
            continue
        differences += compare_rows(key, mine[key], other[key], (report["first_us"] or 0) > 1e15)
    count = sum(map(len, mine.values()))
    values = sum(len(row[2]) for rows in mine.values() for row in rows)
    print(f"{path}: {count} messages, {values} values, {report['bad_records']} bad (pymavlink {bad}), {len(differences)} differences")
    for line in differences[:SHOWN]:
        print("  " + line)
    return len(differences), count, values


def dialect_is_fresh():
    """The committed table is what the generator makes of the XML in this pymavlink."""
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    xml = os.path.join(os.path.dirname(pymavlink.__file__), "dialects", "v20", "ardupilotmega.xml")
    made = subprocess.run([sys.executable, os.path.join(root, "tools", "mavlink_dialect.py"), xml], capture_output=True, text=True, check=True)
    with open(os.path.join(root, "src", "decode", "mavlink_ardupilotmega.inc"), encoding="utf-8") as file:
        fresh = file.read() == made.stdout
    print("mavlink: the dialect's table is " + ("what its XML makes" if fresh else "not what its XML makes: run tools/mavlink_dialect.py"))
    return fresh


def main():
    if not dialect_is_fresh():
        return 1
    dump = sys.argv[1]
    shared = sys.argv[2] if len(sys.argv) > 2 else "../shared"
    part = sys.argv[3] if len(sys.argv) > 3 else ""
    paths = sorted(glob.glob(os.path.join(shared, "logs", "tlog", "*", "*.tlog")) + glob.glob(os.path.join(shared, "fleet", "*", "*.tlog")))
    sums = [compare(dump, path) for path in paths if part in path]
    if not sums:
        print("mavlink: ../shared is not here; nothing to compare")
        return 77
    different, count, values = (sum(column) for column in zip(*sums))
    print(f"mavlink: {len(sums)} logs, {count} messages, {values} values, {different} differences")
    return 1 if different else 0


sys.exit(main())
