#!/usr/bin/env python3
"""How fast `uavlake cat` prints, beside pymavlink's mavlogdump.py: one message type and all, of .bin and .tlog.

usage: cat.py UAVLAKE [--megabytes 200] [--peer-megabytes 8] [--rounds 3]

Output goes to /dev/null. mavlogdump.py knows CSV only of one type of a .bin, so for all of it the comparison is with its JSON. Ratios are of
MB of log per CPU second; mavlogdump.py reads a shorter repetition of the same log, long enough that its start-up hardly counts."""
import argparse
import os
import subprocess
import sys

import measure


def compare(uavlake, peer, title, big, small, types, arguments):
    table = measure.Table(title)
    big_mb, small_mb = os.path.getsize(big) / 1e6, os.path.getsize(small) / 1e6
    ours = {f"cat {types[0]}, csv": [uavlake, "cat", big, types[0], "-f", "csv"], "cat all, csv": [uavlake, "cat", big, "-f", "csv"],
            "cat all, json": [uavlake, "cat", big, "-f", "json"]}
    for name, command in ours.items():
        runs = [measure.Run(command, out=subprocess.DEVNULL) for _ in range(arguments.rounds)]
        table.add(name, big_mb, min(run.cpu_s for run in runs))
    if not peer:
        print("  mavlogdump.py is left out: pymavlink is not installed")
        return
    table.add("mavlogdump one, csv", small_mb,
              measure.Run(peer + ["--format", "csv", "--types", types[0], small], out=subprocess.DEVNULL).cpu_s)
    table.add("mavlogdump all, json", small_mb, measure.Run(peer + ["--format", "json", small], out=subprocess.DEVNULL).cpu_s)
    table.add("mavlogdump all, text", small_mb, measure.Run(peer + [small], out=subprocess.DEVNULL).cpu_s)
    table.ratio(f"cat {types[0]}, csv", "mavlogdump one, csv", 20, 100)
    table.ratio("cat all, csv", "mavlogdump all, text", 20, 100)
    table.ratio("cat all, json", "mavlogdump all, json", 20, 100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peer-megabytes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = measure.scratch(arguments.megabytes / 1000 * 2)
    if not folder:
        return 77
    peer = measure.mavlogdump()
    with folder as path:
        for suffix, repeat, types in ((".bin", measure.repeat_bin, ["ATT"]), (".tlog", measure.repeat_tlog, ["ATTITUDE"])):
            log = measure.find_log(arguments.uavlake, path, suffix)
            big, small = os.path.join(path, "big" + suffix), os.path.join(path, "small" + suffix)
            repeat(log, big, arguments.megabytes * 10**6)
            repeat(log, small, arguments.peer_megabytes * 10**6)
            compare(arguments.uavlake, peer, f"{suffix} to text: {os.path.basename(log)} repeated", big, small, types, arguments)
            os.unlink(big)
    return 0


if __name__ == "__main__":
    sys.exit(main())
