"""Every kind of file but the flight logs that damage.py judges: what damage does to it must not crash, hang or swell the decoder, and what is
told must be true.

For each real file of ../shared/logs up to --size bytes: flips, cuts, deletions, insertions, zeroed and moved pieces. Each must end within
20 s, with rows or with one clear sentence, within 200 MiB, and report damage only inside the file. Prints how much of the records is left
(those that the damage touched count as lost), a mean over all damages of a kind.

Usage: mutate.py DUMP [--count N] [--size BYTES] [--kind WORD]. UAVLAKE_DAMAGES sets the count. Exit 77: no ../shared."""

import argparse
import glob
import json
import os
import random
import resource
import subprocess
import sys
import tempfile

from damage_ways import KINDS, damage

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "logs")
LEFT_TO_OTHERS = ("dataflash_bin", "dataflash_log", "px4_ulg", "tlog")
MEMORY = 200 << 20


def limit_memory():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def read(dump, path):
    """(report or None, words): None where it ended with an error that is told."""
    try:
        done = subprocess.run([dump, path], capture_output=True, text=True, timeout=20, encoding="utf-8", errors="replace", check=False,
                              preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        return None, "no end after 20 s"
    if done.returncode < 0 or done.returncode > 100:
        return None, f"ended with {done.returncode}: {done.stderr[-300:]}"
    if done.returncode:
        return None, "" if done.stderr.count("\n") == 1 else f"not one sentence: {done.stderr[-300:]}"
    return json.loads(done.stdout.splitlines()[-1]), ""


def is_true(report, size):
    return all(0 <= d["offset"] <= size and d["offset"] + d["bytes"] <= size for d in report["damage"])


def judge(dump, path, count, folder):
    """(faults, shares of the records that are left, damages that were refused as a whole)"""
    data, chance = open(path, "rb").read(), random.Random(os.path.basename(path))
    whole, words = read(dump, path)
    records = whole["records"] if whole else 0
    faults, shares, refused = [words] if words else [], [], 0
    target = os.path.join(folder, "damaged" + os.path.splitext(path)[1])
    for number in range(count):
        how = KINDS[number % len(KINDS)]
        damaged, pieces, first = damage(data, how, chance)
        with open(target, "wb") as file:
            file.write(damaged)
        report, words = read(dump, target)
        if words or (report and not is_true(report, len(damaged))):
            faults.append(f"{how} at {first}: {words or 'damage is told outside of the file'}")
        refused += report is None
        kept = sum(b - a for a, b in pieces) / max(len(data), 1)
        if records:
            shares.append(min(1.0, (report["records"] if report else 0) / max(records * kept, 1)))
    return faults, shares, refused


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--count", type=int, default=int(os.environ.get("UAVLAKE_DAMAGES", "12")))
    parser.add_argument("--size", type=int, default=400_000)
    parser.add_argument("--kind")
    options = parser.parse_args()
    paths = [path for path in sorted(glob.glob(SHARED + "/*/**/*", recursive=True)) if os.path.isfile(path)]
    kinds, bad = {}, 0
    for path in paths:
        kind = os.path.relpath(path, SHARED).split(os.sep)[0]
        if kind not in LEFT_TO_OTHERS and os.path.getsize(path) <= options.size and options.kind in (None, kind):
            kinds.setdefault(kind, []).append(path)
    if not kinds:
        print("mutate: ../shared is not here; nothing to damage")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        for kind, files in kinds.items():
            faults, shares, refused = [], [], 0
            for path in files:
                found, left, more = judge(options.dump, path, options.count, folder)
                faults += [f"{os.path.basename(path)}: {fault}" for fault in found]
                shares += left
                refused += more
            mean = 100 * sum(shares) / len(shares) if shares else 0
            print(f"{kind:22} {len(files):3} files, {len(files) * options.count:5} damages, {mean:7.3f} % of the records left, "
                  f"{refused} refused as a whole, {len(faults)} faults", flush=True)
            print("".join(f"  {fault}\n" for fault in faults[:8]), end="")
            bad += len(faults)
    return 1 if bad else 0


sys.exit(main())
