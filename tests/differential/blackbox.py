"""Our blackbox decoder against the Rust crate blackbox-log: every .bbl, .bfl of ../shared/logs, all fields, raw.

Usage: blackbox.py DUMP [FOLDER]. DUMP is uavlake-dump. The peer (tests/differential/blackbox_peer) is built with cargo under
~/.cache/uavlake; without cargo, or without the folder, the test is skipped (exit 77). Prints one line a log; exit 1 where one differs.

Deliberate differences: the crate numbers the iterations of P frames without those that were left out on purpose, so the iteration
is not compared; firmware that it refuses (before Betaflight 4.2) is skipped; after a second I frame the crate still averages with the
frame before that I, where firmware writes differences to the I frame alone (its own straight lines are right), so fields that are
predicted by a mean (gyroscope, accelerometer, motors) are compared in I frames only, and the jump from a P frame to the next I frame,
which a wrong prediction would leave, must be smaller in ours."""

import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LETTERS = {"main": "M", "slow": "S", "gps": "G", "event": "E"}


def build_peer():
    target = os.path.expanduser("~/.cache/uavlake/blackbox_peer")
    try:
        subprocess.run(["cargo", "build", "--release", "--quiet", "--locked", "-j2", "--manifest-path", f"{HERE}/blackbox_peer/Cargo.toml"],
                       env=dict(os.environ, CARGO_TARGET_DIR=target), check=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit(77)
    return f"{target}/release/blackbox-peer"


def flatten(values, fields):
    """Numbers in the order of the log's own fields; what we reckon ourselves is left out."""
    out = []
    for value, field in zip(values, fields):
        if field["name"] != "motor_ratio":
            out += value if isinstance(value, list) else [value]
    return out


def as_i32(value):
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def ours(dump, path):
    rows, definitions = {letter: [] for letter in [*LETTERS.values(), "iterations"]}, {}
    done = subprocess.run([dump, path, "--all"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        value = json.loads(line)
        if "define" in value:
            definitions[value["define"]] = value
        elif "m" in value and definitions[value["m"]]["name"] in LETTERS:
            define = definitions[value["m"]]
            letter = LETTERS[define["name"]]
            numbers = [] if letter == "E" else flatten(value["v"], define["fields"])
            if letter in "MG":
                times = [field["name"] for field in define["fields"]].index("time")
                time = numbers.pop(times)
                if letter == "M":
                    rows["iterations"].append(numbers.pop(0))
                numbers = [time % (1 << 32)] + numbers
            rows[letter].append([as_i32(number) for number in numbers])
    return rows


def theirs(peer, path):
    rows = {letter: [] for letter in LETTERS.values()}
    for line in subprocess.run([peer, "dump", path], capture_output=True, text=True, check=True).stdout.splitlines():
        if line == "refused":
            return None
        if line == "session":
            continue
        letter, time, *values = line.split()
        numbers = [int(value) for value in values]
        if letter == "M":
            numbers = [as_i32(int(time))] + numbers[1:]
        elif letter == "G":
            numbers = [as_i32(int(time))] + numbers
        rows[letter].append(numbers)
    return rows


def header_of(path):
    """Interval of I frames, and which main fields (without the iteration) P frames predict by a mean."""
    with open(path, "rb") as file:
        lines = dict(line[2:].decode("latin-1").rstrip().split(":", 1) for line in file.read(65536).split(b"\n") if line[:2] == b"H " and b":" in line)
    return int(lines["I interval"]), [value == "3" for value in lines["Field P predictor"].split(",")[1:]]


def jumps(frames, is_key, fields):
    """Mean jump into an I frame over the mean jump into a P frame, of the fields that are predicted by a mean."""
    sums, counts = [0, 0], [0, 0]
    for before, now, key in zip(frames, frames[1:], is_key[1:]):
        sums[key] += sum(abs(now[i] - before[i]) for i in fields)
        counts[key] += len(fields)
    return (sums[1] / counts[1]) / max(sums[0] / counts[0], 1e-9) if counts[1] and counts[0] else 1


def hide_means(name, path, left, right):
    interval, means = header_of(path)
    fields, is_key = [i for i, mean in enumerate(means) if mean], [iteration % interval == 0 for iteration in left["iterations"]]
    mine, other = jumps(left["M"], is_key, fields), jumps(right["M"], is_key, fields)
    print(f"{name}: a jump into an I frame is {mine:.3f} of one into a P frame, the peer's {other:.3f}")
    for rows in (left["M"], right["M"]):
        for row, key in zip(rows, is_key):
            for i in fields if not key else ():
                row[i] = 0
    return 0 if abs(mine - 1) <= abs(other - 1) + 0.01 else 1


def compare(name, path, left, right):
    bad = hide_means(name, path, left, right)
    for letter in LETTERS.values():
        if letter == "E":  # the crate refuses an end of the log that filler follows
            continue
        if len(left[letter]) != len(right[letter]):
            print(f"{name}: {len(left[letter])} {letter} frames, the peer has {len(right[letter])}")
            bad += 1
        for index, (mine, other) in enumerate(zip(left[letter], right[letter])):
            if mine != other:
                print(f"{name}: {letter} frame {index}: {mine} and {other}")
                bad += 1
                break
    return bad


def main():
    dump, folder = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "../shared/logs/blackbox"
    paths = sorted(glob.glob(f"{folder}/**/*.[bB]*", recursive=True))
    if not paths:
        sys.exit(77)
    peer, bad = build_peer(), 0
    for path in paths:
        name, right = os.path.basename(path), theirs(peer, path)
        if right is None:
            print(f"{name}: refused by the peer")
            continue
        left = ours(dump, path)
        found = compare(name, path, left, right)
        bad += found
        print(f"{name}: {len(left['M'])} main, {len(left['G'])} GPS, {len(left['S'])} slow frames, {'differ' if found else 'equal'}")
    sys.exit(1 if bad else 0)


main()
