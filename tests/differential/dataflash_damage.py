#!/usr/bin/env python3
"""Damages real DataFlash logs in known ways and counts what the decoder still reads.

usage: dataflash_damage.py UAVLAKE_DUMP [--count N] [--seed S] [LOG …]     (default: two small logs of ../shared/logs)

Kinds of damage: bit flips, deleted, inserted and zeroed ranges, a range moved elsewhere (splice), a cut tail. From the
kept pieces it is known which records are untouched. Demanded of every damaged log: the program ends by itself with status
0; every record before the first damage is delivered, but for the last one where the damage begins exactly at its end
(it can't be told from damage inside it); whenever fewer records come out than went in, the report says so
(damage, unknown records or a torn tail). Demanded over all: at least 99 % of the untouched records after the damage whose
definition survived. Exit status 1 where any of this fails.
"""
import argparse
import collections
import glob
import json
import os
import random
import subprocess
import sys
import tempfile

FMT_TYPE = 128


def frames_of(data):
    lengths, frames, at = {FMT_TYPE: 89}, [], 0
    while at + 3 <= len(data) and data[at:at + 2] == b"\xa3\x95" and data[at + 2] in lengths:
        length = lengths[data[at + 2]]
        if at + length > len(data):
            break
        if data[at + 2] == FMT_TYPE:
            lengths[data[at + 3]] = data[at + 4]
        frames.append((at, at + length, data[at + 2]))
        at += length
    return frames


def lines_of(data):
    frames, at = [], 0
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        frames.append((at, end, data[at:end].split(b",")[0].strip()))
        at = end
    return frames


def damage(data, how, random_source):
    """(damaged bytes, kept pieces as [(first, last)] of the original, in order of the original, first damaged offset)."""
    size = len(data)

    def place():
        return random_source.randrange(min(200, size // 2), size)

    if how == "flip":
        hits = sorted({place() for _ in range(random_source.choice([1, 2, 5, 20]))})
        out = bytearray(data)
        for hit in hits:
            out[hit] ^= 1 << random_source.randrange(8)
        edges = [-1] + hits + [size]
        return bytes(out), [(a + 1, b) for a, b in zip(edges, edges[1:])], hits[0]
    start = place()
    if how == "cut":
        return data[:start], [(0, start)], start
    length = random_source.choice([1, 2, 3, 17, 60, 255, 512, 4096])
    end = min(size, start + length)
    if how == "delete":
        return data[:start] + data[end:], [(0, start), (end, size)], start
    if how == "zero":
        return data[:start] + bytes(end - start) + data[end:], [(0, start), (end, size)], start
    if how == "insert":
        noise = bytes(random_source.randrange(256) for _ in range(length))
        return data[:start] + noise + data[start:], [(0, start), (start, size)], start
    target = place()
    if start <= target < end:
        target = end
    piece, rest = data[start:end], data[:start] + data[end:]
    target -= (end - start) if target >= end else 0
    first, second = sorted((start, target + (end - start) if target >= start else target))
    return rest[:target] + piece + rest[target:], [(0, first), (start, end), (second, size)], min(start, first)


def hidden(data, damaged, is_text):
    """Damage between two records (or two of the same shape) leaves a chain without a gap: nobody can see it."""
    if is_text:
        return damaged.endswith(b"\n")
    return sum(b - a for a, b, _ in frames_of(damaged)) == len(damaged)


def read(dump, path):
    done = subprocess.run([dump, path, "--ordered"], capture_output=True, text=True, encoding="ascii", timeout=60)
    names, rows, report = {}, [], {}
    for line in done.stdout.splitlines():
        item = json.loads(line)
        if "define" in item:
            names[item["define"]] = (item["name"], len(item["fields"]))
        elif "m" in item:
            rows.append((names[item["m"]][0], line[line.index('"v"'):]))
        else:
            report = item
    return done.returncode, rows, report, done.stderr


def check_one(name, data, frames, rows, how, dump, folder, random_source, total):
    damaged, pieces, first = damage(data, how, random_source)
    path = os.path.join(folder, "damaged")
    with open(path, "wb") as file:
        file.write(damaged)
    try:
        status, got, report, words = read(dump, path)
    except subprocess.TimeoutExpired:
        return [f"{name} {how}: no end after 60 s"]
    if status != 0:
        return [f"{name} {how} at {first}: ended with {status}: {words[-300:]}"]
    problems = []
    left = collections.Counter(got)
    whole = [any(a <= start and end <= b for a, b in pieces) for start, end, _ in frames]
    is_text = not data.startswith(b"\xa3\x95")
    lost_types = set()
    for (start, end, kind), kept, row in zip(frames, whole, rows):
        if row[0] == "FMT" and not kept:
            lost_types.add(data[start + 3] if not is_text else data[start:end].split(b",")[3].strip())
    before_lost, after, after_got = 0, 0, 0
    for (start, end, kind), kept, row in zip(frames, whole, rows):
        if not kept or kind in lost_types:
            continue
        there = left[row] > 0
        left[row] -= there
        if end <= first:
            before_lost += not there
        else:
            after += 1
            after_got += there
    total[how][2] += before_lost
    if before_lost > 1:
        problems.append(f"{name} {how} at {first}: {before_lost} records before the damage are missing")
    told = report["damage"] or report["truncated"] or report["unknown_records"] or report["bad_records"]
    if len(got) < len(rows) and not told and not hidden(data, damaged, is_text):
        problems.append(f"{name} {how} at {first}: {len(rows) - len(got)} records are missing and nothing is said")
    total[how][0] += after
    total[how][1] += after_got
    if after and after_got < 0.97 * after:
        print(f"note: {name} {how} at {first}: {after_got} of {after} untouched records; {str(report['damage'])[:300]}")
    return problems


def default_logs():
    shared = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "logs")
    found = glob.glob(os.path.join(shared, "dataflash_bin", "*", "test.BIN"))
    found += glob.glob(os.path.join(shared, "dataflash_bin", "*", "small.BIN"))
    return found + glob.glob(os.path.join(shared, "dataflash_log", "*", "nan.log"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("logs", nargs="*")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    problems, total = [], collections.defaultdict(lambda: [0, 0, 0])
    with tempfile.TemporaryDirectory() as folder:
        for log in arguments.logs or default_logs():
            name = os.path.basename(log)
            data = open(log, "rb").read()
            _, rows, _, _ = read(arguments.dump, log)
            if data.startswith(b"\xa3\x95"):
                frames = frames_of(data)
            else:
                known = {row[0].encode() for row in rows}
                frames = [f for f in lines_of(data) if f[2] in known]
            if len(frames) != len(rows):
                print(f"{name}: {len(rows)} records, {len(frames)} expected")
                return 1
            random_source = random.Random(arguments.seed)
            for i in range(arguments.count):
                how = ("flip", "delete", "insert", "zero", "splice", "cut")[i % 6]
                problems += check_one(name, data, frames, rows, how, arguments.dump, folder, random_source, total)
    for how, (after, got, _) in sorted(total.items()):
        share = 100 * got / after if after else 100
        print(f"{how:7} {got:9} of {after:9} untouched records after the damage: {share:.3f} %")
        if share < 99:
            problems.append(f"{how}: less than 99 % of the untouched records after the damage")
    print(f"{sum(t[2] for t in total.values())} records right before a damage that began at their very end were given up")
    print("\n".join(problems) if problems else "nothing before the damage was lost, every loss was told")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
