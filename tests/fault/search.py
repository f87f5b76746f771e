"""Two programs make search records at once, while a third one writes: each number must stay under its own name.

A search that has seen one changed flight waits for a writer, which changes another flight; a second search then makes both records. Usage:
search.py PROGRAM [ROUNDS]."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 4


def uavlake(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=120).stdout


def tag(catalog, flight, name):
    document = json.loads(catalog.execute("SELECT document FROM flights WHERE id = ?", (flight,)).fetchone()[0])
    document.setdefault("tags", {})[name] = 7
    catalog.execute("UPDATE flights SET document = ? WHERE id = ?", (json.dumps(document), flight))
    catalog.execute("INSERT OR REPLACE INTO search VALUES(?, '{\"stale\":1}')", (flight,))


def found(lake, name):
    return [json.loads(line)["id"] for line in uavlake("flights", "--where", f"tags.{name} is not missing", "--json", "-l", lake).splitlines()]


def one_round(catalog, lake, flights, number):
    names = {f"early{number}": flights[1], f"late{number}": flights[0]}
    early, late = names
    tag(catalog, names[early], early)
    catalog.execute("BEGIN IMMEDIATE")
    waiting = subprocess.Popen([PROGRAM, "flights", "--where", "airborne_s > 0", "-l", lake], stdout=subprocess.DEVNULL)
    time.sleep(0.7)  # until it waits
    tag(catalog, names[late], late)
    catalog.execute("COMMIT")
    uavlake("flights", "--where", "airborne_s > 0", "-l", lake)
    if waiting.wait(120):
        raise SystemExit("the search that waited failed")
    for name, flight in names.items():
        if found(lake, name) != [flight]:
            raise SystemExit(f"round {number}: {name} was said of {flight}, and is found at {found(lake, name)}")


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-search-") as top:
        logs, lake = os.path.join(top, "logs"), os.path.join(top, "lake")
        uavlake("simulate", "--out", logs, "--vehicles", "1", "--flights", "3", "--duration", "30")
        uavlake("init", "-l", lake)
        uavlake("add", logs, "-l", lake)
        catalog = sqlite3.connect(os.path.join(lake, "catalog.sqlite"), isolation_level=None)
        flights = [row[0] for row in catalog.execute("SELECT id FROM flights ORDER BY id")]
        for number in range(ROUNDS):
            one_round(catalog, lake, flights, number)
        catalog.close()
    print(f"{ROUNDS} rounds: every number under its own name")


main()
