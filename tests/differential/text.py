#!/usr/bin/env python3
"""Text formats against plain readings of the same files in Python: tables against the csv module, cell by cell; GPS sentences against a
reader of a few lines. Own-made files with quotes, encodings and ragged rows come first; then the real ones where ../shared is present.

usage: text.py UAVLAKE-DUMP"""
import csv
import glob
import io
import json
import math
import os
import random
import subprocess
import sys
import tempfile

DUMP = os.path.abspath(sys.argv[1])
SHARED = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "..", "shared", "logs")
NONE = {"", "na", "n/a", "null", "none", "nan", "-", "--", "--.--", "-.-", "no data", "?"}


def rows_of(path, kind=None):
    """[(message name, [field names], [values])] in the file's order, and the report."""
    command = [DUMP, path, "--ordered"] + (["--kind", kind] if kind else [])
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    defined, rows = {}, []
    for line in done.stdout.decode("utf-8").splitlines():
        item = json.loads(line)
        if "define" in item:
            defined[item["define"]] = (item["name"], [f["name"] if isinstance(f, dict) else f for f in item["fields"]])
        elif "m" in item:
            values = [v.encode("latin-1").decode("utf-8") if isinstance(v, str) else v for v in item["v"]]  # bytes, see its head
            rows.append((*defined[item["m"]], values))
    return rows


def same(ours, cell):
    if ours is None:
        return cell.strip().lower() in NONE
    if isinstance(ours, bool) or (isinstance(ours, (int, float)) and cell.strip().lower() in ("true", "false")):
        return cell.strip().lower() == ("true" if ours else "false")
    if isinstance(ours, (int, float)):
        try:
            theirs = float(cell)
        except ValueError:
            return False
        return float(ours) == theirs or (math.isnan(ours) and math.isnan(theirs))
    return ours == cell


def compare_table(path, text, separator):
    theirs = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    ours = rows_of(path, "csv")
    if len(ours) == len(theirs) - 1:
        theirs = theirs[1:]
    if len(ours) != len(theirs):
        return f"{path}: {len(ours)} rows, the csv module has {len(theirs)}"
    for number, ((_, _, values), cells) in enumerate(zip(ours, theirs)):
        cells = cells[:len(values)] + [""] * (len(values) - len(cells))
        for value, cell in zip(values, cells):
            if not same(value, cell):
                return f"{path}: row {number + 1}: {value!r} is not {cell!r}"
    return None


def made_table(seed):
    """A table with what quotes allow: separators, line ends, doubled quotes, quotes within words, empty cells."""
    chance = random.Random(seed)
    words = ["a", "b,c", 'say "yes"', "two\nlines", "", "x" * chance.randint(1, 200), "é", "tail ", '5" propeller']
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=chance.choice(["\n", "\r\n"]))
    writer.writerow(["number", "word", "other", "value"])
    for i in range(chance.randint(50, 3000)):
        writer.writerow([i, chance.choice(words), chance.choice(words), repr(chance.uniform(-1e3, 1e3) * 10 ** chance.randint(-8, 8))])
    return out.getvalue()


def check_made():
    for seed in range(12):
        text = made_table(seed)
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
            with tempfile.NamedTemporaryFile(suffix=".csv") as file:
                file.write(text.encode(encoding))
                file.flush()
                yield compare_table(file.name, text, ",")


def check_shared():
    names = glob.glob(os.path.join(SHARED, "*_csv", "*", "*.csv")) + glob.glob(os.path.join(SHARED, "radio_csv", "*", "*"))
    for path in sorted(names):
        with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
            yield compare_table(path, file.read(), ",")


def main():
    checked = failed = 0
    for check in (check_made, check_shared):
        for fault in check():
            checked += 1
            if fault:
                failed += 1
                print(fault)
    print(f"{checked} readings compared, {failed} differ")
    return 1 if failed or not checked else 0


sys.exit(main())
