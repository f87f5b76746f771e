"""Searches over a catalogue of many flights: milliseconds of a whole process, beside the same question asked of the documents in SQL.

A simulated fleet is added, then its flights' documents are copied under other names and times until there are COUNT. The peer is
sqlite3's own JSON functions over the same documents, in the same run.
Usage: search.py PROGRAM [COUNT]. The lake is a temporary one."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
RUNS = 7


def uavlake(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=True).stdout


def copy_flights(lake):
    """COUNT flights from those that are there, each with its features varied by a few per cent."""
    random.seed(1)
    catalog = sqlite3.connect(os.path.join(lake, "catalog.sqlite"))
    flights = dict(catalog.execute("SELECT id, document FROM flights"))
    features = dict(catalog.execute("SELECT id, document FROM features"))
    texts = dict(catalog.execute("SELECT subject, group_concat(words, '\n') FROM text_ids JOIN texts ON texts.rowid = row GROUP BY 1"))
    for number in range(len(flights), COUNT):
        source = random.choice(list(flights))
        flight, feature = json.loads(flights[source]), json.loads(features[source])
        name = f"{flight['vehicle']}-copy{number:06}"
        flight["id"] = name
        feature["features"] = [[one[0], one[1], one[2] and one[2] * random.gauss(1, 0.05), one[3]] for one in feature["features"]]
        catalog.execute("INSERT INTO flights VALUES(?, ?)", (name, json.dumps(flight)))
        catalog.execute("INSERT INTO features VALUES(?, ?)", (name, json.dumps(feature)))
        catalog.execute("INSERT INTO search VALUES(?, ?)", (name, '{"stale":1}'))
        row = catalog.execute("INSERT INTO text_ids(id, subject) VALUES(?, ?) RETURNING row", (name + " log", name)).fetchone()[0]
        catalog.execute("INSERT INTO texts(rowid, words) VALUES(?, ?)", (row, texts.get(source, "")))
    catalog.commit()
    catalog.close()


def milliseconds(action):
    figures = []
    for _ in range(RUNS):
        started = time.perf_counter()
        action()
        figures.append(1000 * (time.perf_counter() - started))
    return sorted(figures)[RUNS // 2]


def ask_sqlite(lake, sql):
    subprocess.run([sys.executable, "-c", "import sqlite3, sys; print(len(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))",
                    os.path.join(lake, "catalog.sqlite"), sql], capture_output=True, check=True)


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-bench-") as top:
        logs, lake = os.path.join(top, "logs"), os.path.join(top, "lake")
        uavlake("simulate", "--out", logs, "--vehicles", "6", "--flights", "40", "--duration", "60")
        uavlake("init", "-l", lake)
        uavlake("add", logs, "-l", lake)
        copy_flights(lake)
        started = time.perf_counter()
        uavlake("flights", "--where", "airborne_s < 0", "-l", lake)
        print(f"{COUNT} flights; records made in {time.perf_counter() - started:.1f} s")
        some = json.loads(uavlake("flights", "--limit", "1", "--json", "-l", lake))["id"]
        searches = [("expression over a feature", ["--where", "vibration_m_s2 > 30 and airborne_s > 60"],
                     "SELECT f.id FROM features f JOIN flights g USING (id), json_each(f.document, '$.features') e WHERE e.value->>0 = 'vibration_m_s2' "
                     "AND e.value->>2 > 30 AND g.document->>'airborne_s' > 60"),
                    ("expression over metadata", ["--where", "vehicle = 'uav12' and max_height_m > 51.9"],
                     "SELECT id FROM flights WHERE document->>'vehicle' = 'uav12' AND document->>'max_height_m' > 51.9"),
                    ("words", ["--text", "battery failsafe"], None), ("likeness", ["--like", some], None)]
        for name, arguments, sql in searches:
            ours = milliseconds(lambda arguments=arguments: uavlake("flights", *arguments, "--limit", "20", "-l", lake))
            peer = milliseconds(lambda sql=sql: ask_sqlite(lake, sql)) if sql else None
            print(f"{name:28} {ours:7.1f} ms" + (f"   sqlite3 over the documents {peer:8.1f} ms   ratio {peer / ours:5.1f}" if peer else ""))


main()
