#!/usr/bin/env python3
"""How fast tables and JSON become columns, beside DuckDB's and pandas' readers.

usage: text.py UAVLAKE [--megabytes 200] [--rounds 3]

Rows of a real CSV of ../shared/logs (else made ones) are repeated with a counting first column; the same rows as JSON lines. Ours guesses the
types, as the others do, decodes every value and forgets the batches (bench decode); DuckDB (one thread) makes a table in memory, pandas a frame."""
import argparse
import csv
import glob
import io
import json
import os
import sys

import measure

DUCKDB = "import sys, duckdb; c = duckdb.connect(); c.execute('SET threads=1'); c.execute(f\"CREATE TABLE t AS FROM {sys.argv[1]}('{sys.argv[2]}')\")"
PANDAS = "import sys, pandas; pandas.read_csv(sys.argv[2]) if sys.argv[1] == 'csv' else pandas.read_json(sys.argv[2], lines=True)"


def real_rows():
    """(column names, rows of text)"""
    found = glob.glob(os.path.join(measure.SHARED, "px4_csv", "*", "Proto_FLT09_vehicle_global*"))
    if found:
        rows = list(csv.reader(open(found[0], encoding="utf-8")))
        return rows[0], rows[1:]
    return ["time_s", "lat", "lon", "alt_m", "mode"], [[f"{i * 0.1:.1f}", f"{47 + i * 1e-6:.7f}", f"{8 + i * 1e-6:.7f}", f"{400 + i % 50}.25", "AUTO"] for i in range(5000)]


def is_number(word):
    try:
        float(word)
    except ValueError:
        return False
    return True


def write(path, names, rows, size, as_json):
    written, number = 0, 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        if not as_json:
            written += file.write(",".join(["n"] + names) + "\n")
        while written < size:
            text = io.StringIO()
            for row in rows:
                number += 1
                if as_json:
                    text.write(json.dumps({"n": number, **{n: float(v) if is_number(v) else v for n, v in zip(names, row)}}) + "\n")
                else:
                    text.write(f"{number}," + ",".join(row) + "\n")
            written += file.write(text.getvalue())
    return written / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = measure.scratch(arguments.megabytes / 500)
    if not folder:
        return 77
    names, rows = real_rows()
    with folder as path:
        for ending, reader in (("csv", "read_csv"), ("json", "read_json")):
            log = os.path.join(path, "table." + ending)
            megabytes = write(log, names, rows, arguments.megabytes * 10**6, ending == "json")
            table = measure.Table(f"{ending} of {len(names) + 1} columns to values")
            commands = {"uavlake": [arguments.uavlake, "bench", "decode", log]}
            if measure.python_has("duckdb"):
                commands["duckdb"] = [sys.executable, "-c", DUCKDB, reader, log]
            if measure.python_has("pandas"):
                commands["pandas"] = [sys.executable, "-c", PANDAS, ending, log]
            for name, run in measure.in_turn(commands, arguments.rounds).items():
                table.add(name, megabytes, run.cpu_s)
            for name in list(commands)[1:]:
                print(f"  uavlake is {table.rates['uavlake'] / table.rates[name]:.2f} × {name}")
            os.unlink(log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
