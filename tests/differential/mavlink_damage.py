"""Damages real MAVLink recordings in known ways and counts what the decoder still reads.

Usage: mavlink_damage.py DUMP [--count N] [--seed S] [LOG …]     (default: small logs of ../shared, stamped and bare)

Kinds of damage: flipped bits, deleted, inserted, zeroed and repeated ranges, a cut tail. From the kept pieces it is known which
frames are untouched. Demanded of every damaged log: the program ends by itself with status 0 within the time limit; it delivers no
more frames than were there (a repeated range may bring its own again); whenever fewer frames come out than went in, the report says
so (damage, bad or unknown records, or a torn tail). Demanded over all: at least 99 % of the untouched frames. Exit 1 where any of
this fails."""

import argparse
import glob
import json
import os
import random
import subprocess
import sys
import tempfile


def frames_of(data):
    """[(begin of the record, begin of the frame, end)] of an intact stamped log."""
    frames, at = [], 0
    while at + 16 < len(data):
        marker, length = data[at + 8], data[at + 9]
        size = length + 8 if marker == 0xFE else length + 12 + (13 if data[at + 10] & 1 else 0)
        if marker not in (0xFE, 0xFD) or at + 8 + size > len(data):
            break
        frames.append((at, at + 8, at + 8 + size))
        at += 8 + size
    return frames


def bare_log(data):
    """The same frames without stamps."""
    out, frames = bytearray(), []
    for _, begin, end in frames_of(data):
        frames.append((len(out), len(out), len(out) + end - begin))
        out += data[begin:end]
    return bytes(out), frames


def damage(data, how, source):
    """(damaged bytes, kept pieces of the original as [(first, last)], bytes that came in addition)"""
    size = len(data)
    start = source.randrange(size)
    end = min(size, start + source.choice([1, 2, 7, 8, 30, 300, 5000]))
    if how == "flip":
        hits = sorted({source.randrange(size) for _ in range(source.choice([1, 5, 20]))})
        out = bytearray(data)
        for hit in hits:
            out[hit] ^= 1 << source.randrange(8)
        return bytes(out), [(a + 1, b) for a, b in zip([-1] + hits, hits + [size])]
    if how == "cut":
        return data[:start], [(0, start)]
    if how == "delete":
        return data[:start] + data[end:], [(0, start), (end, size)]
    if how == "zero":
        return data[:start] + bytes(end - start) + data[end:], [(0, start), (end, size)]
    if how == "insert":
        return data[:start] + source.randbytes(end - start) + data[start:], [(0, start), (start, size)]
    return data[:end] + data[start:end] + data[end:], [(0, end), (end, size)]


def untouched(frames, pieces):
    count, piece = 0, 0
    for _, begin, end in frames:
        while piece < len(pieces) and pieces[piece][1] < end:
            piece += 1
        count += piece < len(pieces) and pieces[piece][0] <= begin
    return count


def run(dump, path):
    done = subprocess.run([dump, path, "--all", "--kind", "mavlink"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        return None, done.stderr.strip()[-400:]
    return json.loads(done.stdout[done.stdout.rindex('{"report"'):]), ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("logs", nargs="*")
    options = parser.parse_intermixed_args()
    logs = options.logs or glob.glob("../shared/logs/tlog/crates*/*.tlog") + glob.glob("../shared/fleet/uav14/f04.tlog")
    if not logs:
        print("mavlink_damage: ../shared is not here; nothing to damage")
        return 77
    source, failures, sums = random.Random(options.seed), 0, {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        for number in range(options.count):
            whole = open(logs[number % len(logs)], "rb").read()
            stamped = number % 3 != 2
            data, frames = (whole, frames_of(whole)) if stamped else bare_log(whole)
            how = ("flip", "delete", "insert", "zero", "repeat", "cut")[number // 3 % 6]
            damaged, pieces = damage(data, how, source)
            with open(path, "wb") as file:
                file.write(damaged)
            report, trouble = run(options.dump, path)
            expected = untouched(frames, pieces)
            if report is None:
                if expected:
                    failures += 1
                    print(f"{number} {how}: failed, though {expected} frames are untouched: {trouble}")
                continue
            got = report["records"]
            said = report["damaged_bytes"] or report["bad_records"] or report["unknown_records"] or report["truncated"]
            if got > len(frames) + (len(damaged) - len(data) if how == "repeat" else 0):
                failures += 1
                print(f"{number} {how}: {got} frames of {len(frames)}")
            at_edge = how == "cut" and any(len(damaged) == end for _, _, end in frames)
            if got < len(frames) and not said and not at_edge and how != "delete":
                failures += 1
                print(f"{number} {how}: {len(frames) - got} frames lost in silence")
            kept = sums.setdefault((how, stamped), [0, 0])
            kept[0] += min(got, expected)
            kept[1] += expected
    for (how, stamped), (got, expected) in sorted(sums.items()):
        share = 100 * got / max(expected, 1)
        print(f"{how:7} {'stamped' if stamped else 'bare':8} {got} of {expected} untouched frames, {share:.3f} %")
        failures += share < 99
    print(f"mavlink_damage: {options.count} damaged logs, {failures} failures")
    return 1 if failures else 0


sys.exit(main())
