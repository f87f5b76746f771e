#!/usr/bin/env python3
"""Our DataFlash decode against pymavlink's: counts per message, and every column of every record to the last bit.

usage: dataflash.py UAVLAKE_DUMP [LOG …]      (default: every .bin, .log and .px4log of ../shared/logs and ../shared/fleet)

Prints one line a log and exits 1 when anything differs that is not listed here. uavlake-dump gives raw values; the
letter's factor is applied here as pymavlink does it (c C e E: divided by 100, L: by 1e7), so equality is exact.

Differences that are meant:
 1. Letter M (mode) is unsigned here; pymavlink unpacks it signed. Compared modulo 256.
 2. FMT of old firmware names four columns for five letters; the fifth is called Columns here and left out there. In text
    logs FMT itself is not compared: pymavlink splits its comma-joined columns by the separator of the file.
 3. Text fields are compared up to the first NUL, as UTF-8, else Latin-1 (pymavlink's reading). FILE.Data is compared as bytes
    without the zeros at its end.
 4. Letter a arrays: pymavlink gives array('h'), here a list.
 5. Text logs: numbers are parsed to double or integer here, while pymavlink turns a float column's text by float() and an
    integer column's by int(); values are compared as numbers. Letter M is text on both sides. A last text column (Z) keeps
    its commas here; pymavlink cuts it at ", ". Its index leaves out the last short line of a log, so recv_msg is used.
 6. tradheli_brownout.log: pymavlink's clock fails with TypeError on GPS without week; its clock is switched off here.
 7. Multipliers of FMTU are in our field's scale, never in the value; pymavlink leaves the value raw as well.
"""
import glob
import json
import os
import struct
import subprocess
import sys

from pymavlink import DFReader

DIVISORS = {"c": 100.0, "C": 100.0, "e": 100.0, "E": 100.0, "L": 1e7}


class Binary(DFReader.DFReader_binary):
    def init_clock(self):
        self.clock = None

    def _set_time(self, m):
        m._timestamp = 0


class Text(DFReader.DFReader_text):
    def init_clock(self):
        self.clock = None

    def _set_time(self, m):
        m._timestamp = 0


def as_text(value):
    if isinstance(value, str):
        value = value.encode("latin-1", "surrogateescape")
    value = value.split(b"\0")[0]
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def same_number(a, b):
    if isinstance(a, float) and isinstance(b, float) and a != a and b != b:
        return True
    return a == b


def expected(message, name, index):
    """pymavlink's value of one column in the form that ours is brought to."""
    letter = message.fmt.format[index]
    raw = message._elements[index]
    if message.fmt.name == "FILE" and letter == "Z":
        return bytes(raw).rstrip(b"\0")
    value = getattr(message, name)
    if letter in "nNZ":
        return as_text(raw) if isinstance(raw, bytes) else value
    if letter == "a":
        return list(struct.unpack("<32h", raw)) if isinstance(raw, (bytes, bytearray)) else list(raw)
    return value


def ours(value, letter, file_data, is_text):
    if file_data:
        return value.encode("latin-1").rstrip(b"\0")
    if letter in "nNZ" or (is_text and letter == "M"):
        return as_text(value.encode("latin-1"))
    if letter in DIVISORS and not is_text:
        return value / DIVISORS[letter]
    return value


def compare_record(message, definition, values, is_text, complain):
    name = message.fmt.name
    columns = [f["name"] for f in definition["fields"]]
    for index, column in enumerate(message.fmt.columns[:len(message.fmt.format)]):
        if index >= len(values) or columns[index] != column:
            complain(f"{name}: column {index} is called {columns[index:index + 1]}, there {column!r}")
            return
        letter = message.fmt.format[index]
        if message.fmt.columns.count(column) > 1:
            continue
        want = expected(message, column, index)
        got = ours(values[index], letter, name == "FILE" and letter == "Z", is_text)
        if letter == "M" and not is_text:
            want, got = int(want) % 256, got % 256
        if is_text and letter == "M":
            want = str(want)
        if is_text and letter == "Z" and isinstance(got, str):
            got = got.split(", ")[0]
        if not same_number(got, want):
            complain(f"{name}.{column}: {got!r}, there {want!r}")


def compare(dump, path):
    """The list of differences of one log, and its number of records and values."""
    with open(path, "rb") as file:
        is_text = file.read(2) != b"\xa3\x95"
    log = (Text if is_text else Binary)(path)
    process = subprocess.Popen([dump, path, "--ordered"], stdout=subprocess.PIPE, text=True, encoding="ascii")
    differences, definitions, records, cells = [], {}, 0, 0
    counts = {}

    def complain(text):
        if len(differences) < 10:
            differences.append(f"record {records}: {text}")
        else:
            differences.append("…")

    def next_record():
        for line in process.stdout:
            item = json.loads(line)
            if "define" in item:
                definitions[item["define"]] = item
            elif "m" in item:
                return item
        return None

    while True:
        message, record = log.recv_msg(), next_record()
        if message is None or record is None:
            break
        records += 1
        definition = definitions[record["m"]]
        counts[definition["name"]] = counts.get(definition["name"], 0) + 1
        if definition["name"] != message.fmt.name:
            complain(f"is {definition['name']}, there {message.fmt.name}")
            break
        cells += len(record["v"])
        if not (is_text and message.fmt.name == "FMT"):
            compare_record(message, definition, record["v"], is_text, complain)
            if message.fmt.columns[:1] == ["TimeUS"] and record["t"] != record["v"][0]:
                complain(f"{message.fmt.name}: the clock is {record['t']}, its column says {record['v'][0]}")
    while message is not None:
        complain(f"{message.fmt.name} is missing")
        message = log.recv_msg()
    while record is not None:
        complain(f"{definitions[record['m']]['name']} is too many")
        record = next_record()
    process.stdout.close()
    if process.wait() != 0:
        differences.append(f"uavlake-dump ended with {process.returncode}")
    return differences, records, cells, len(counts)


def default_logs():
    shared = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared")
    found = []
    for pattern in ("logs/dataflash_bin/*/*", "logs/dataflash_log/*/*", "logs/px4_px4log/*/*", "fleet/*/*.bin"):
        found += sorted(glob.glob(os.path.join(shared, pattern)))
    return found


def main():
    if len(sys.argv) < 2:
        print(__doc__.splitlines()[2])
        return 2
    logs = sys.argv[2:] or default_logs()
    if not logs:
        print("no logs: ../shared is not there; nothing compared")
        return 0
    bad = 0
    for path in logs:
        differences, records, cells, kinds = compare(sys.argv[1], path)
        bad += bool(differences)
        name = "/".join(path.split(os.sep)[-2:])
        print(f"{'DIFFERS' if differences else 'same':8} {name:40} {records:8} records {kinds:4} messages {cells:9} values")
        for difference in differences[:11]:
            print(f"         {difference}")
    print(f"{len(logs)} logs, {bad} with differences")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
