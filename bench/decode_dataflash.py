#!/usr/bin/env python3
"""How fast a DataFlash log becomes columns, beside pymavlink's iteration and the Rust crate ardupilot-binlog.

usage: decode_dataflash.py UAVLAKE [--log REAL.BIN] [--megabytes 200] [--peer-megabytes 8] [--rounds 3]

Ours makes every column of every record (uavlake bench decode, one thread). The crate makes a list of values per record. pymavlink, which is
slow and so reads a shorter repetition, makes an object per record without touching its fields; a second line has it read them all."""
import argparse
import os
import sys

import measure

PYMAVLINK = """
import sys
from pymavlink import DFReader
log = DFReader.DFReader_binary(sys.argv[1])
while True:
    m = log.recv_msg()
    if m is None: break
    if len(sys.argv) > 2: m.to_dict()
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--log", help="an intact .bin (default: the largest of ../shared/logs, else a simulated one)")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peer-megabytes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folder = measure.scratch(arguments.megabytes / 1000)
    if not folder:
        return 77
    with folder as path:
        log = arguments.log or measure.find_log(arguments.uavlake, path, ".bin")
        big, small = os.path.join(path, "big.bin"), os.path.join(path, "small.bin")
        big_mb = measure.repeat_bin(log, big, arguments.megabytes * 10**6) / 1e6
        small_mb = measure.repeat_bin(log, small, arguments.peer_megabytes * 10**6) / 1e6
        table = measure.Table(f".bin to columns: {os.path.basename(log)} repeated")
        peers = measure.rust_peers()
        commands = {"uavlake": [arguments.uavlake, "bench", "decode", big]}
        if peers:
            commands["ardupilot-binlog"] = [peers["binlog"], big]
        for name, run in measure.in_turn(commands, arguments.rounds).items():
            table.add(name, big_mb, run.cpu_s)
        if peers:
            table.ratio("uavlake", "ardupilot-binlog", 5, 10)
        if not measure.python_has("pymavlink"):
            print("  pymavlink is left out: it is not installed")
            return 0
        table.add("pymavlink, records", small_mb, measure.Run([sys.executable, "-c", PYMAVLINK, small]).cpu_s)
        table.add("pymavlink, all fields", small_mb, measure.Run([sys.executable, "-c", PYMAVLINK, small, "fields"]).cpu_s)
        table.ratio("uavlake", "pymavlink, records", 150, 250)
    return 0


if __name__ == "__main__":
    sys.exit(main())
