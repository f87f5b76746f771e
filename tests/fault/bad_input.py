"""Inputs that are not as they should be, in one add: each gets one clear line, everything else in the batch goes in, and the exit code says
that something was not done. Then a file that grows while it is read. Usage: bad_input.py PROGRAM."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading

PROGRAM = os.path.abspath(sys.argv[1])
NOBODY = 65534
failures = []


def uavlake(*arguments, user=None):
    options = {"user": user, "group": user, "extra_groups": []} if user else {}
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False, **options)


def expect(truth, what):
    if not truth:
        failures.append(what)


def outcomes(done):
    """The last JSON line, and {name: (outcome, text)} of the others."""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[-1], {os.path.basename(line["path"]): (line["outcome"], line["text"]) for line in lines[:-1]}


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def with_noise(data, chance):
    data = bytearray(data)
    for _ in range(300):
        at = chance.randrange(1000, len(data) - 100)
        data[at:at + chance.randrange(1, 40)] = chance.randbytes(20)
    return bytes(data)


def make_batch(folder, fleet):
    """{name: outcome it must have}"""
    chance = random.Random(1)
    logs = sorted(os.path.join(fleet, name) for name in os.listdir(fleet))
    binary = next(open(path, "rb").read() for path in logs if path.endswith(".bin"))
    telemetry = next(open(path, "rb").read() for path in logs if path.endswith(".tlog"))
    nested = os.path.join(folder, *["deep"] * 30)
    os.makedirs(nested)
    files = {"zero.bin": b"", "random.bin": chance.randbytes(1 << 20), "cut.bin": binary[:len(binary) // 2 + 1],
             "noise.tlog": with_noise(telemetry, chance), "a b.bin": binary, "new\nline.tlog": telemetry, "größe.txt": b"12:00:00 started\n",
             "..hidden..": b"some text", "one.bin": b"\xa3", "-rf": b"an option?\n"}
    for name, data in files.items():
        write(os.path.join(folder, name), data)
    shutil.copy(os.path.join(folder, "a b.bin"), os.path.join(nested, "again.bin"))
    os.symlink("/", os.path.join(folder, "root"))
    os.symlink("nowhere", os.path.join(folder, "dangling"))
    os.mkfifo(os.path.join(folder, "pipe"))
    return {"zero.bin": "quarantined", "random.bin": "quarantined", "one.bin": "quarantined", "cut.bin": "added",
            "noise.tlog": "added", "new\nline.tlog": "added", "root": "failed", "dangling": "failed", "pipe": "failed"}


def test_batch(top, fleet):
    folder, lake = os.path.join(top, "batch"), os.path.join(top, "lake")
    os.mkdir(folder)
    wanted = make_batch(folder, fleet)
    uavlake("init", "-l", lake)
    done = uavlake("add", folder, "--json", "-l", lake)
    summary, got = outcomes(done)
    for name, outcome in wanted.items():
        expect(got.get(name, ("missing", ""))[0] == outcome, f"{name!r}: {outcome} wanted, got {got.get(name)}")
        expect(outcome == "added" or got.get(name, ("", ""))[1], f"{name!r}: no reason is given")
    expect(sorted([got["a b.bin"][0], got["again.bin"][0]]) == ["added", "duplicate"], "the same bytes twice are not one log")
    expect(all(name in got for name in ("größe.txt", "..hidden..", "-rf")), "a file with an odd name is not accounted for")
    counted = sum(summary[key] for key in ("added", "duplicate", "quarantined", "kept_raw", "failed"))
    expect(counted == len(got), f"{counted} files counted, {len(got)} named")
    expect(done.returncode != 0, "the exit code says that all went well")
    again, _ = outcomes(uavlake("add", folder, "--json", "-l", lake))
    expect(again["added"] == again["quarantined"] == again["kept_raw"] == 0, f"a second add adds: {again}")
    return lake


def test_no_permission(top, fleet):
    """Only root can stand in for another user."""
    if os.geteuid() != 0:
        return
    os.chmod(top, 0o777)
    folder, lake = os.path.join(top, "mixed"), os.path.join(top, "nobody")
    os.makedirs(os.path.join(folder, "secret"))
    logs = [os.path.join(fleet, name) for name in sorted(os.listdir(fleet)) if name.endswith(".bin")]
    shutil.copy(logs[0], os.path.join(folder, "secret"))
    shutil.copy(logs[0], os.path.join(folder, "open.bin"))
    shutil.copy(logs[1], os.path.join(folder, "closed.bin"))
    os.chmod(os.path.join(folder, "open.bin"), 0o644)
    os.chmod(os.path.join(folder, "closed.bin"), 0)
    os.chmod(os.path.join(folder, "secret"), 0)
    try:
        uavlake("init", "-l", lake, user=NOBODY)
    except PermissionError:
        return  # that user can't even run the program
    done = uavlake("add", folder, "--json", "-l", lake, user=NOBODY)
    _, got = outcomes(done)
    expect(done.returncode != 0 and got["open.bin"][0] == "added", f"a readable file beside unreadable ones is not added: {got}")
    for name in ("closed.bin", "secret"):
        expect(got[name][0] == "failed" and "ermission" in got[name][1], f"{name}: {got[name]}")
    os.chmod(lake, 0o555)
    read_only = uavlake("add", os.path.join(folder, "open.bin"), "-l", os.path.join(top, "closed", "lake"), user=NOBODY)
    expect(read_only.returncode != 0 and read_only.stderr.count("\n") == 1, f"no lake there: {read_only.stderr}")


def test_growing(top, fleet):
    """What grows while it is read is refused or taken as it was at some instant, never mixed; when it rests, it goes in."""
    log = next(os.path.join(fleet, name) for name in sorted(os.listdir(fleet)) if name.endswith(".bin"))
    path, lake, stop = os.path.join(top, "growing.bin"), os.path.join(top, "growing"), threading.Event()
    data = open(log, "rb").read()
    write(path, data * 20)
    uavlake("init", "-l", lake)

    def grow():
        with open(path, "ab", buffering=0) as file:
            while not stop.is_set():
                file.write(data[:4096])

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        first = uavlake("add", path, "--json", "-l", lake)
    finally:
        stop.set()
        writer.join()
    _, got = outcomes(first)
    outcome, text = got["growing.bin"]
    expect(outcome == "failed" and "chang" in text and first.returncode != 0, f"a growing file: {outcome} {text}")
    second, _ = outcomes(uavlake("add", path, "--json", "-l", lake))
    expect(second["added"] == 1 and second["bytes"] == os.path.getsize(path), f"the file at rest: {second}")
    left = [name for name in os.listdir(os.path.join(lake, "tmp"))]
    expect(not left, f"temporary files are left: {left}")


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-") as top:
        fleet = os.path.join(top, "fleet")
        made = uavlake("simulate", "--out", fleet, "--vehicles", "2", "--flights", "4", "--duration", "60", "--quiet")
        if made.returncode:
            raise SystemExit(made.stderr)
        flat = os.path.join(top, "flat")
        os.mkdir(flat)
        for folder, _, names in os.walk(fleet):
            for name in names:
                if name.endswith((".bin", ".tlog")):
                    shutil.copy(os.path.join(folder, name), os.path.join(flat, os.path.basename(folder) + "-" + name))
        for test in (test_batch, test_no_permission, test_growing):
            test(top, flat)
    for failure in failures:
        print("FAILED", failure)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
