#!/usr/bin/env python3
"""How fast the MAVLink decoder turns a recording into columns, against pymavlink and the MAVLink C library, in CPU seconds.

usage: decode_mavlink.py --dump build/tests/tool/uavlake-dump [--log REAL.TLOG] [--megabytes 120] [--peer-megabytes 2]

A real recording is repeated with later stamps until it has the wanted size, so nothing in it is invented but its length. All sides
test every checksum. Ours fills every column of every message; mavutil makes a Python object of each; the C library
(mavlink_parse_char of headers that pymavlink's generator writes here) only frames and fills its struct, byte by byte. Never use the
repeated file for compression figures. Prints one line a measurement and the ratio.
"""
import argparse
import glob
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile

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


def frames_of(data):
    at = 0
    while at + 16 < len(data):
        marker, length = data[at + 8], data[at + 9]
        size = length + 8 if marker == 0xFE else length + 12 + (13 if data[at + 10] & 1 else 0)
        if marker not in (0xFE, 0xFD) or at + 8 + size > len(data):
            break
        yield at, at + 8 + size
        at += 8 + size


def repeat(path, out, size):
    """Writes `path` over and over into `out`, each time later, until `size` bytes are reached."""
    data = open(path, "rb").read()
    frames = list(frames_of(data))
    stamps = [struct.unpack_from(">Q", data, begin)[0] for begin, _ in frames]
    body, step, written = bytearray(data[:frames[-1][1]]), max(stamps) - min(stamps) + 1_000_000, 0
    with open(out, "wb") as file:
        for turn in range(size // len(body) + 1):
            for (begin, _), stamp in zip(frames, stamps):
                struct.pack_into(">Q", body, begin, stamp + turn * step)
            written += file.write(body)
    return written


def cpu_of(command, **options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int(done.stdout.split()[-1]), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_mavutil(path):
    code = ("import os, sys\n"
            "os.environ['MAVLINK20'] = '1'\n"
            "from pymavlink import mavutil\n"
            "log = mavutil.mavlink_connection(sys.argv[1], dialect='ardupilotmega')\n"
            "rows = 0\n"
            "while log.recv_match() is not None: rows += 1\n"
            "print(rows)\n")
    return cpu_of([sys.executable, "-c", code, path])


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
        print("the MAVLink C library could not be built:", getattr(failure, "stderr", failure))
        return None
    return program


def biggest_log():
    shared = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "shared", "logs", "tlog")
    logs = glob.glob(os.path.join(shared, "*UAVLogViewer", "*.tlog"))
    return max(logs, key=os.path.getsize) if logs else None


def best(runs):
    return min(runs, key=lambda run: run[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, help="the program uavlake-dump")
    parser.add_argument("--log", help="a real, intact .tlog (default: one of ../shared/logs)")
    parser.add_argument("--megabytes", type=int, default=120)
    parser.add_argument("--peer-megabytes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    log = arguments.log or biggest_log()
    if not log:
        print("no log to measure with: name one with --log")
        return 1
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        big, small = os.path.join(folder, "big.tlog"), os.path.join(folder, "small.tlog")
        big_bytes = repeat(log, big, arguments.megabytes * 1_000_000)
        small_bytes = repeat(log, small, arguments.peer_megabytes * 1_000_000)
        program = build_c_library(folder)
        ours, library = [], []
        for _ in range(arguments.rounds):  # in turn, so that a busy machine slows both
            result = json.loads(subprocess.run([arguments.dump, big, "--bench", "1"], capture_output=True, text=True, check=True).stdout)
            ours.append((result["rows"], result["cpu_s"], result["peak_rss_mib"]))
            if program:
                library.append(cpu_of([program, big]))
        rows, cpu_s, rss = best(ours)
        rate = big_bytes / 1e6 / cpu_s
        lines.append(f"uavlake, all columns:  {big_bytes / 1e6:8.1f} MB {rows:>9} rows {cpu_s:7.3f} CPU s {rate:8.1f} MB per CPU s, peak {rss} MiB")
        if library:
            peer_rows, peer_s = best(library)
            lines.append(f"C library, parse_char: {big_bytes / 1e6:8.1f} MB {peer_rows:>9} rows {peer_s:7.3f} CPU s "
                         f"{big_bytes / 1e6 / peer_s:8.1f} MB per CPU s, ratio {peer_s / cpu_s:.1f}")
        try:
            peer_rows, peer_s = run_mavutil(small)
            lines.append(f"mavutil, recv_match:   {small_bytes / 1e6:8.1f} MB {peer_rows:>9} rows {peer_s:7.3f} CPU s "
                         f"{small_bytes / 1e6 / peer_s:8.1f} MB per CPU s, ratio {rate / (small_bytes / 1e6 / peer_s):.0f}")
        except subprocess.CalledProcessError as failure:
            lines.append(f"pymavlink could not be run: {failure.stderr.strip().splitlines()[-1:]}")
    print(f"log: {os.path.basename(log)} repeated", *lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
