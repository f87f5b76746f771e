#!/usr/bin/env python3
"""How fast a telemetry log becomes columns, beside the MAVLink C library, the Rust crate mavlink, and pymavlink.

usage: decode_mavlink.py UAVLAKE [--log REAL.TLOG] [--megabytes 200] [--peer-megabytes 3] [--rounds 5]

All test every checksum. Ours fills every column of every message (uavlake bench decode, one thread); mavutil makes an object of each; the
C library (mavlink_parse_char of headers that pymavlink's generator writes here) only frames and fills its struct, byte by byte; the crate
fills a struct of the message's type, and passes over the time stamps as noise."""
import argparse
import os
import subprocess
import sys

import measure

C_LOOP = """
#include <stdio.h>
#include <stdlib.h>
#include "ardupilotmega/mavlink.h"
int main(int count, char **arguments) {
  static unsigned char piece[1 << 18];
  FILE *file = fopen(arguments[count - 1], "rb");
  mavlink_message_t message;
  mavlink_status_t status;
  unsigned long rows = 0, stamp = 8;
  for (size_t size; (size = fread(piece, 1, sizeof piece, file)) > 0;)
    for (size_t i = 0; i < size; i++) {
      if (stamp) {
        stamp--;
        continue;
      }
      if (mavlink_parse_char(0, piece[i], &message, &status)) {
        rows++;
        stamp = 8;
      }
    }
  printf("%lu\\n", rows);
  return 0;
}
"""


MAVUTIL = """
import os, sys
os.environ["MAVLINK20"] = "1"
from pymavlink import mavutil
log = mavutil.mavlink_connection(sys.argv[1], dialect="ardupilotmega")
while log.recv_match() is not None: pass
"""


def build_c_library(folder):
    """The loop's program, or None where generator or compiler are missing."""
    code = ("import os, sys, pymavlink\n"
            "from pymavlink.generator import mavgen\n"
            "xml = os.path.join(os.path.dirname(pymavlink.__file__), 'dialects', 'v20', 'ardupilotmega.xml')\n"
            "mavgen.mavgen(mavgen.Opts(sys.argv[1], language='C', wire_protocol='2.0', validate=False), [xml])\n")
    loop, program = os.path.join(folder, "loop.c"), os.path.join(folder, "loop")
    with open(loop, "w", encoding="utf-8") as file:
        file.write(C_LOOP)
    try:
        subprocess.run([sys.executable, "-c", code, os.path.join(folder, "headers")], capture_output=True, check=True)
        subprocess.run(["cc", "-O3", "-w", "-I" + os.path.join(folder, "headers"), loop, "-o", program], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        print("  the MAVLink C library is left out, it could not be built:", getattr(failure, "stderr", failure))
        return None
    return program


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--log", help="an intact .tlog (default: one of ../shared/logs, else a simulated one)")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peer-megabytes", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    folder = measure.scratch(arguments.megabytes / 1000)
    if not folder:
        return 77
    with folder as path:
        log = arguments.log or measure.find_log(arguments.uavlake, path, ".tlog")
        big, small = os.path.join(path, "big.tlog"), os.path.join(path, "small.tlog")
        big_mb = measure.repeat_tlog(log, big, arguments.megabytes * 10**6) / 1e6
        small_mb = measure.repeat_tlog(log, small, arguments.peer_megabytes * 10**6) / 1e6
        table = measure.Table(f".tlog to columns, checksums tested: {os.path.basename(log)} repeated")
        library, peers = build_c_library(path), measure.rust_peers()
        commands = {"uavlake": [arguments.uavlake, "bench", "decode", big]}
        if library:
            commands["C library, parse_char"] = [library, big]
        if peers:
            commands["mavlink crate"] = [peers["tlog"], big]
        for name, run in measure.in_turn(commands, arguments.rounds).items():
            table.add(name, big_mb, run.cpu_s)
        if library:
            table.ratio("uavlake", "C library, parse_char", 2, 4)
        if peers:
            table.ratio("uavlake", "mavlink crate", 2, 3)
        if not measure.python_has("pymavlink"):
            print("  pymavlink is left out: it is not installed")
            return 0
        table.add("mavutil, records", small_mb, measure.Run([sys.executable, "-c", MAVUTIL, small]).cpu_s)
        print(f"  uavlake is {table.rates['uavlake'] / table.rates['mavutil, records']:.0f} × mavutil")
    return 0


if __name__ == "__main__":
    sys.exit(main())
