"""Faults while a lake takes logs: kill -9 at any instant, two adds at once, a disk that fills up, damaged catalogue and table files.

After each fault the next `uavlake add` must leave the lake exactly as an undisturbed one: the same logs, flights and rows, nothing twice, no
temporary file. Usage: add.py PROGRAM [KILLS]. Exit 77: skipped."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

PROGRAM = os.path.abspath(sys.argv[1])
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 25
TABLES = ("attitude", "position", "battery", "gps", "message", "parameter")
failures = []


def uavlake(*arguments, check=True):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if check and done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)} failed: {done.stderr}")
    return done


def documents(lake, command):
    return [json.loads(line) for line in uavlake(command, "--json", "-l", lake).stdout.splitlines()]


def temporaries(lake):
    found = [os.path.relpath(os.path.join(folder, name), lake) for folder, _, names in os.walk(lake) for name in names]
    return [path for path in found if path.startswith("tmp" + os.sep) or ".tmp" in path]


def state(lake):
    """What must not depend on how often the lake was disturbed."""
    logs = sorted((log["id"], log["kind"], log["state"], log["rows"], log["vehicle"]) for log in documents(lake, "logs"))
    flights = sorted((flight["id"], len(flight["logs"]), flight["airborne_s"]) for flight in documents(lake, "flights"))
    findings = sorted(finding["id"] for finding in documents(lake, "health"))
    rows = [uavlake("query", f"SELECT count(*), count(DISTINCT log_id) FROM {table}", "-f", "csv", "-l", lake).stdout for table in TABLES]
    objects = sorted(os.path.relpath(os.path.join(folder, name), lake) for folder, _, names in os.walk(os.path.join(lake, "raw")) for name in names)
    return {"logs": logs, "flights": flights, "findings": findings, "rows": rows, "objects": objects}


def without_ids(state):
    """Where files arrive one by one, a flight keeps the name that its first log gave it; that may be another log's second."""
    return {**state, "flights": sorted((flight.rsplit("-", 1)[0], *rest) for flight, *rest in state["flights"])}


def compare(what, lake, wanted, same_ids=True):
    got = state(lake)
    if not same_ids:
        got, wanted = without_ids(got), without_ids(wanted)
    for part, value in wanted.items():
        if got[part] != value:
            failures.append(f"{what}: {part} differ: {len(value)} wanted, {len(got[part])} got; first difference "
                            f"{next((pair for pair in zip(value, got[part]) if pair[0] != pair[1]), '(length)')}")
    left = temporaries(lake)
    if left:
        failures.append(f"{what}: temporary files are left: {left[:3]}")


def new_lake(top, name):
    lake = os.path.join(top, name)
    uavlake("init", "-l", lake)
    return lake


def killed_add(top, logs, wanted, duration):
    lake = new_lake(top, "killed")
    random.seed(1)
    for _ in range(KILLS):
        process = subprocess.Popen([PROGRAM, "add", logs, "-l", lake], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0, duration))
        process.send_signal(signal.SIGKILL)
        process.wait()
    uavlake("add", logs, "-l", lake)
    compare(f"{KILLS} kills", lake, wanted)
    shutil.rmtree(lake)


def killed_once_each(top, logs, wanted, duration):
    """A fresh lake each, killed at one instant, then completed: early instants get their share."""
    for step in range(8):
        lake = new_lake(top, "once")
        process = subprocess.Popen([PROGRAM, "add", logs, "-l", lake], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(duration * (step + 0.5) / 8)
        process.send_signal(signal.SIGKILL)
        process.wait()
        uavlake("add", logs, "-l", lake)
        compare(f"killed at {step + 0.5}/8", lake, wanted)
        shutil.rmtree(lake)


def two_at_once(top, logs, wanted):
    lake = new_lake(top, "two")
    adds = [subprocess.Popen([PROGRAM, "add", logs, "-l", lake, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [add.communicate(timeout=300) for add in adds]
    if any(add.returncode for add in adds):
        failures.append(f"two adds at once: exit codes {[add.returncode for add in adds]}: {outputs[0][1]}{outputs[1][1]}")
    sums = [json.loads(out.splitlines()[-1]) for out, _ in outputs]
    if sums[0]["added"] + sums[1]["added"] != len([log for log in wanted["logs"] if log[2] == "assessed"]):
        failures.append(f"two adds at once: added {sums[0]['added']} and {sums[1]['added']}")
    compare("two adds at once", lake, wanted)
    shutil.rmtree(lake)


def full_disk(top, logs, wanted):
    """The lake on a file system of a few MB, which is then made large enough. Needs root."""
    mount = os.path.join(top, "small")
    os.mkdir(mount)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount], capture_output=True, check=False).returncode:
        print("full disk: skipped, mounting is not allowed here")
        return
    try:
        lake = new_lake(mount, "lake")
        done = uavlake("add", logs, "-l", lake, check=False)
        if done.returncode == 0 or "No space left" not in done.stderr + done.stdout and "full" not in done.stderr + done.stdout:
            failures.append(f"full disk: exit code {done.returncode}, said: {done.stderr[:300]}")
        subprocess.run(["mount", "-o", "remount,size=2g", mount], check=True)
        uavlake("add", logs, "-l", lake)
        compare("full disk, then space", lake, wanted, same_ids=False)
    finally:
        subprocess.run(["umount", mount], check=False)


def damaged_files(top, logs):
    lake = new_lake(top, "damaged")
    uavlake("add", logs, "-l", lake)
    table = next(os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(lake, "tables", "attitude")) for name in names)
    with open(table, "r+b") as file:
        file.truncate(100)
    done = uavlake("query", "SELECT count(*) FROM attitude", "-l", lake, check=False)
    if done.returncode == 0 or os.path.basename(table) not in done.stderr:
        failures.append(f"a cut table file: exit code {done.returncode}, said: {done.stderr[:300]}")
    if uavlake("query", "SELECT count(*) FROM battery", "-l", lake, check=False).returncode:
        failures.append("a cut table file disturbs the other tables")
    with open(os.path.join(lake, "catalog.sqlite"), "r+b") as file:
        file.write(b"not a database any more")
    done = uavlake("logs", "-l", lake, check=False)
    if done.returncode == 0 or "damaged" not in done.stderr:
        failures.append(f"a damaged catalogue: exit code {done.returncode}, said: {done.stderr[:300]}")
    for name in os.listdir(lake):
        if name.startswith("catalog.sqlite"):
            os.remove(os.path.join(lake, name))
    shutil.rmtree(os.path.join(lake, "tables"))
    uavlake("add", os.path.join(lake, "raw"), "-l", lake)
    if len(documents(lake, "flights")) == 0:
        failures.append("a catalogue rebuilt from raw has no flights")
    shutil.rmtree(lake)


def pack_some(logs):
    """A quarter of the logs comes in an archive, one of them in an archive within it."""
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(logs) for name in names)[::4]
    inner = os.path.join(logs, "inner.zip")
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(paths[0], "deep/" + os.path.basename(paths[0]))
    with zipfile.ZipFile(os.path.join(logs, "logs.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [inner, *paths[1:]]:
            archive.write(path, os.path.relpath(path, logs))
    for path in [inner, *paths]:
        os.remove(path)


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-fault-") as top:
        logs = os.path.join(top, "logs")
        uavlake("simulate", "--out", logs, "--vehicles", "6", "--flights", "8", "--seed", "3", "--duration", "40")
        for folder, _, names in os.walk(logs):
            for name in names:
                if not name.endswith((".bin", ".tlog")):
                    os.remove(os.path.join(folder, name))
        pack_some(logs)
        plain = new_lake(top, "plain")
        started = time.monotonic()
        uavlake("add", logs, "-l", plain)
        duration = time.monotonic() - started
        wanted = state(plain)
        if not wanted["flights"] or any(log[2] != ("kept_raw" if log[1] == "zip" else "assessed") for log in wanted["logs"]):
            failures.append(f"the undisturbed add is not complete: {wanted['logs'][:3]}")
        again = json.loads(uavlake("add", logs, "-l", plain, "--json").stdout.splitlines()[-1])
        if again["added"] or again["duplicate"] != again["files"]:
            failures.append(f"a second add is not a no-op: {again}")
        compare("a second add", plain, wanted)
        killed_add(top, logs, wanted, duration)
        killed_once_each(top, logs, wanted, duration)
        two_at_once(top, logs, wanted)
        full_disk(top, logs, wanted)
        damaged_files(top, logs)
    print("\n".join(failures) if failures else f"faults: all well after {KILLS + 8} kills, two adds at once, a full disk and damaged files")
    return 1 if failures else 0


if subprocess.run([PROGRAM, "simulate", "--help"], capture_output=True, check=False).returncode:
    sys.exit(77)
sys.exit(main())
