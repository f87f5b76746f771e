#!/usr/bin/env python3
"""How fast the DataFlash decoder turns a log into columns, against pymavlink in the same run, in CPU seconds.

usage: decode_dataflash.py --dump build/tests/tool/uavlake-dump [--log REAL.BIN] [--megabytes 200] [--peer-megabytes 4]

A real log is repeated with shifted clocks until it has the wanted size (definitions stand only once), so nothing in it is
invented but its length. Both sides visit every column of every record; pymavlink reads a shorter repetition because it
is slow. Never use the repeated file for compression figures. Prints one line a measurement and the ratio.
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

FMT_TYPE = 128


def read_frames(data):
    """[(offset, length, type)] of an intact log, and per type the offset of its 64-bit clock (or None)."""
    lengths, clocks, frames, at = {FMT_TYPE: 89}, {}, [], 0
    while at + 3 <= len(data) and data[at:at + 2] == b"\xa3\x95" and data[at + 2] in lengths:
        kind = data[at + 2]
        length = lengths[kind]
        if at + length > len(data):
            break
        if kind == FMT_TYPE:
            of, size = data[at + 3], data[at + 4]
            letters = data[at + 9:at + 25].split(b"\0")[0]
            names = data[at + 25:at + 89].split(b"\0")[0].split(b",")
            lengths[of] = size
            clocks[of] = 3 if names[0] == b"TimeUS" and letters[:1] in b"Qq" else None
        frames.append((at, length, kind))
        at += length
    return frames, clocks


def repeat(path, out, size):
    """Writes `path` over and over into `out`, each time later, until `size` bytes are reached."""
    data = open(path, "rb").read()
    frames, clocks = read_frames(data)
    first = bytearray(b"".join(data[a:a + n] for a, n, _ in frames))
    body, stamps, at = bytearray(), [], 0
    for offset, length, kind in frames:
        if kind == FMT_TYPE:
            continue
        if clocks.get(kind) is not None:
            stamps.append(at + 3)
        body += data[offset:offset + length]
        at += length
    times = [struct.unpack_from("<Q", body, s)[0] for s in stamps]
    step = (max(times) - min(times) + 1_000_000) if times else 0
    with open(out, "wb") as file:
        file.write(first)
        written, shift = len(first), step
        while written < size:
            for stamp, time in zip(stamps, times):
                struct.pack_into("<Q", body, stamp, time + shift)
            file.write(body)
            written += len(body)
            shift += step
    return written


def run_peer(path, columns):
    """CPU seconds of pymavlink over all records, with or without all columns, in a process of its own."""
    code = (
        "import sys\n"
        "from pymavlink import DFReader\n"
        "log = DFReader.DFReader_binary(sys.argv[1])\n"
        "rows = 0\n"
        "while True:\n"
        "    m = log.recv_msg()\n"
        "    if m is None: break\n"
        "    if len(sys.argv) > 2: m.to_dict()\n"
        "    rows += 1\n"
        "print(rows)\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, path] + ["columns"] * columns, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int(done.stdout.split()[-1]), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_ours(dump, path, rounds):
    done = subprocess.run([dump, path, "--bench", str(rounds)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def biggest_log():
    shared = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "shared", "logs", "dataflash_bin")
    logs = glob.glob(os.path.join(shared, "*", "*.BIN"))
    return max(logs, key=os.path.getsize) if logs else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True, help="the program uavlake-dump")
    parser.add_argument("--log", help="a real, intact .bin (default: the largest of ../shared/logs)")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--peer-megabytes", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    log = arguments.log or biggest_log()
    if not log:
        print("no log to measure with: name one with --log")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        big, small = os.path.join(folder, "big.bin"), os.path.join(folder, "small.bin")
        repeat(log, big, arguments.megabytes * 1_000_000)
        small_bytes = repeat(log, small, arguments.peer_megabytes * 1_000_000)
        ours = min((run_ours(arguments.dump, big, 1) for _ in range(arguments.rounds)), key=lambda r: r["cpu_s"])
        peers = {}
        try:
            for words, columns in (("all columns", True), ("records only", False)):
                peers[words] = run_peer(small, columns)
        except subprocess.CalledProcessError as failure:
            print("pymavlink could not be run:", failure.stderr.strip().splitlines()[-1:])
    print(f"log: {os.path.basename(log)} repeated")
    print(f"uavlake, all columns:    {ours['bytes'] / 1e6:8.1f} MB {ours['rows']:>10} rows {ours['cpu_s']:8.3f} CPU s "
          f"{ours['mb_per_cpu_s']:8.1f} MB per CPU s, peak {ours['peak_rss_mib']} MiB")
    for words, (rows, cpu_s) in peers.items():
        rate = small_bytes / 1e6 / cpu_s
        print(f"pymavlink, {words + ':':13} {small_bytes / 1e6:8.1f} MB {rows:>10} rows {cpu_s:8.3f} CPU s {rate:8.1f} MB per CPU s,"
              f" ratio {ours['mb_per_cpu_s'] / rate:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
