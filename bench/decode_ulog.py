#!/usr/bin/env python3
"""How fast a PX4 log becomes columns, beside the Rust crate px4-ulog (its full parser) and pyulog.

usage: decode_ulog.py UAVLAKE [--log REAL.ULG] [--megabytes 200] [--peer-megabytes 20] [--rounds 5]

Ours fills every column of every topic in batches (uavlake bench decode, one thread) and forgets them; the crate and pyulog keep a whole log's
columns in memory, as they always do."""
import argparse
import os
import sys

import measure

PYULOG = "import sys, pyulog; pyulog.ULog(sys.argv[1])"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--log", help="an intact .ulg without appended parts (default: one of ../shared/logs)")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peer-megabytes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    log = arguments.log or measure.find_log(arguments.uavlake, "", ".ulg")
    if not log:
        print("skipped: the simulator writes no .ulg, give one with --log")
        return 77
    folder = measure.scratch(arguments.megabytes / 1000)
    if not folder:
        return 77
    with folder as path:
        big, small = os.path.join(path, "big.ulg"), os.path.join(path, "small.ulg")
        big_mb = measure.repeat_ulg(log, big, arguments.megabytes * 10**6) / 1e6
        small_mb = measure.repeat_ulg(log, small, arguments.peer_megabytes * 10**6) / 1e6
        table = measure.Table(f".ulg to columns: {os.path.basename(log)} repeated")
        commands, peers = {"uavlake": [arguments.uavlake, "bench", "decode", big]}, measure.rust_peers()
        if peers:
            commands["px4-ulog crate, full parser"] = [peers["ulog"], big]
        for name, run in measure.in_turn(commands, arguments.rounds).items():
            table.add(name, big_mb, run.cpu_s)
        if peers:
            table.ratio("uavlake", "px4-ulog crate, full parser", 1.5, 2.5)
        if not measure.python_has("pyulog"):
            print("  pyulog is left out: it is not installed")
            return 0
        table.add("pyulog", small_mb, measure.Run([sys.executable, "-c", PYULOG, small]).cpu_s)
        print(f"  uavlake is {table.rates['uavlake'] / table.rates['pyulog']:.0f} × pyulog")
    return 0


if __name__ == "__main__":
    sys.exit(main())
