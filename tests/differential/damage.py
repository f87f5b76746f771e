"""Damages real logs in known ways, and counts what the decoders still read and whether they say what is lost.

Usage: damage.py DUMP [--count N] [--seed S] [--kind KIND] [--verbose] [LOG …]       (UAVLAKE_DAMAGES=200: the long run over all logs)

Kinds of damage: flip (1 to 20 bits), cut (the tail is missing), delete, insert (noise), zero, splice (a range moved elsewhere). From the
kept pieces it is known which records are untouched. A record is known again by its message and values, not by its clock, which may rest
on a damaged neighbour. Demanded of every damaged log: the program ends by itself within a minute, with status 0 where an untouched record
is left; every untouched record before the first damage is delivered. Demanded of each format: 99 % of the untouched records after the
damage whose definition is untouched too (mean over the damaged logs), and where fewer records come out than went in, the report says so
in 99 % of the cases (damage, bad or unknown records, a torn tail). Cases in which nobody can see a loss, because whole records are
missing and the rest stands in one unbroken chain, are counted apart. Exit status 1 where any of this fails, 77 without logs."""

import argparse
import collections
import glob
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError:
    sys.exit(77)

from damage_ways import KINDS, damage

SHARED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared")
SMALL = 700_000  # bytes of a log that the ordinary run takes


# ── where the records of an intact log are: [(begin, end, type, type that it defines)] ──────────────────────────────────────────────────

def dataflash_frames(data):
    lengths, frames, at = {128: 89}, [], 0
    while at + 3 <= len(data) and data[at:at + 2] == b"\xa3\x95" and data[at + 2] in lengths:
        kind, length = data[at + 2], lengths[data[at + 2]]
        if at + length > len(data):
            break
        if kind == 128:
            lengths[data[at + 3]] = data[at + 4]
        frames.append((at, at + length, kind, data[at + 3] if kind == 128 else None))
        at += length
    return frames


def text_frames(data):
    frames, at, defined = [], 0, {b"FMT"}
    while at < len(data):
        end = data.find(b"\n", at) + 1 or len(data)
        words = [word.strip() for word in data[at:end].split(b",")]
        if words[0] == b"FMT" and len(words) > 4:
            defined.add(words[3])
            frames.append((at, end, b"FMT", words[3]))
        elif words[0] in defined:
            frames.append((at, end, words[0], None))
        at = end
    return frames


def frame_size(data, at):
    if at + 3 > len(data) or data[at] not in (0xFE, 0xFD):
        return 0
    size = data[at + 1] + (8 if data[at] == 0xFE else 12 + (13 if data[at + 2] & 1 else 0))
    return size if at + size <= len(data) else 0


def mavlink_frames(data):
    """Of a stamped log. The record begins with its stamp, but a lost stamp alone loses no frame."""
    frames, at = [], 0
    while size := frame_size(data, at + 8):
        frames.append((at + 8, at + 8 + size, data[at + 8], None))
        at += 8 + size
    return frames


def bare_frames(data):
    frames, at = [], 0
    while size := frame_size(data, at):
        frames.append((at, at + size, data[at], None))
        at += size
    return frames


def bare_log(data):
    return b"".join(data[begin:end] for begin, end, _, _ in mavlink_frames(data))


def ulog_needs(formats, name, seen):
    """The places of the definitions that a topic's layout rests on."""
    if name in formats and name not in seen:
        begin, end, fields = formats[name]
        yield begin, end
        for field in fields.split(b";"):
            yield from ulog_needs(formats, field.split(b" ")[0].split(b"[")[0], seen | {name})


def ulog_frames(data):
    """Formats and subscriptions are no records, but records need them: their frames have no type."""
    frames, formats, topics, at = [], {}, set(), 16
    while at + 3 <= len(data):
        size, kind = struct.unpack_from("<HB", data, at)
        payload, end = data[at + 3:at + 3 + size], at + 3 + size
        if end > len(data) or chr(kind) not in "BFIMPQARDLCSO":
            break
        if kind == ord("F"):
            name, _, fields = payload.partition(b":")
            formats[name] = at, end, fields
        elif kind == ord("A"):
            number = struct.unpack_from("<H", payload, 1)[0]
            topics.add(number)
            frames += [(begin, last, None, number) for begin, last in [(at, end), *ulog_needs(formats, payload[3:], frozenset())]]
        elif kind != ord("D") and chr(kind) in "IMPQLCO":
            frames.append((at, end, chr(kind), None))
        elif kind == ord("D") and struct.unpack_from("<H", payload)[0] in topics:
            frames.append((at, end, struct.unpack_from("<H", payload)[0], None))
        at = end
    return frames


FORMATS = {"ulog": ulog_frames, "dataflash": dataflash_frames, "dataflash_text": text_frames, "mavlink": mavlink_frames, "mavlink bare": bare_frames}


# ── damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

def read(dump, data, kind, folder):
    """(exit status or None after a minute, numbers of the records, report, words)"""
    path, hashes = os.path.join(folder, "log"), os.path.join(folder, "hashes")
    with open(path, "wb") as file:
        file.write(data)
    try:
        done = subprocess.run([dump, path, "--hashes", hashes, "--kind", kind.split()[0]], capture_output=True, text=True, timeout=60,
                              encoding="ascii", errors="replace", check=False)
    except subprocess.TimeoutExpired:
        return None, numpy.zeros(0, "u8"), {}, "no end after a minute"
    report = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    return done.returncode, numpy.fromfile(hashes, dtype="u8"), report, done.stderr.strip()[-300:]


# ── judging ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

class Log:
    def __init__(self, kind, data, rows):
        self.kind, self.data, self.rows = kind, data, rows
        frames = FORMATS[kind](data)
        self.definitions = [frame for frame in frames if frame[2] is None]
        frames = [frame for frame in frames if frame[2] is not None]
        self.usable = len(frames) == len(rows) and len(rows) > 0
        self.found = len(frames)
        self.begins = numpy.array([frame[0] for frame in frames])
        self.ends = numpy.array([frame[1] for frame in frames])
        self.types = [frame[2] for frame in frames]
        self.defines = {i: frame[3] for i, frame in enumerate(frames) if frame[3] is not None}

    def untouched(self, pieces):
        """Which records lie wholly in one kept piece, and have a definition that does."""
        firsts, lasts = (numpy.array(edge) for edge in zip(*[piece for piece in pieces if piece[1] > piece[0]]))
        at = numpy.searchsorted(firsts, self.begins, side="right") - 1
        whole = (at >= 0) & (lasts[numpy.maximum(at, 0)] >= self.ends)
        lost = {defined for i, defined in self.defines.items() if not whole[i]}
        lost |= {defined for begin, end, _, defined in self.definitions if not any(a <= begin and end <= b for a, b in pieces)}
        if lost:
            whole &= numpy.array([kind not in lost for kind in self.types])
        return whole


def matched(wanted, there):
    """How many of the wanted numbers are there, each taken once; and what is left."""
    left = collections.Counter(there.tolist())
    count = 0
    for number in wanted.tolist():
        if left[number] > 0:
            left[number] -= 1
            count += 1
    return count, numpy.fromiter(left.elements(), dtype="u8", count=left.total())


def is_hidden(log, damaged):
    """The rest is one unbroken chain: the loss left no trace."""
    if log.kind == "dataflash_text":
        return damaged.endswith(b"\n") or damaged == b""
    frames = FORMATS[log.kind](damaged)
    return len(frames) > 0 and frames[-1][1] == len(damaged)


class Sum:
    def __init__(self):
        self.cases = self.lost = self.told = self.hidden = self.before_missing = 0
        self.shares = []
        self.failures = []


def judge(log, how, chance, dump, folder, total, verbose):
    damaged, pieces, first = damage(log.data, how, chance)
    status, got, report, words = read(dump, damaged, log.kind, folder)
    total.cases += 1
    whole = log.untouched(pieces)
    if status is None or status < 0 or status > 100 or (status and whole.any()):
        total.failures.append(f"{how} at {first}: ended with {status}: {words}")
        return
    if status:
        return
    early = whole & (log.ends <= first)
    before, left = matched(log.rows[early], got)
    missing = int(early.sum()) - before
    # The last record is told from a damaged one by what follows; where the damage begins at its very end, nothing follows.
    touching = bool(len(log.ends[early])) and int(log.ends[early][-1]) == first
    total.before_missing += missing
    if missing > touching:
        total.failures.append(f"{how} at {first}: {missing} records before the damage are missing")
    late = whole & ~early
    count = int(late.sum())
    if count:
        share = matched(log.rows[late], left)[0] / count
        total.shares.append(share)
        if verbose and share < 0.99:
            print(f"  {how} at {first}: {share:.4f} of {count} after; {str(report['damage'])[:200]}")
    if len(got) >= len(log.rows):
        return
    told = report["damaged_places"] or report["truncated"] or report["unknown_records"] or report["bad_records"]
    total.lost += 1
    total.told += bool(told)
    if not told and is_hidden(log, damaged):
        total.hidden += 1
    elif not told and verbose:
        print(f"  {how} at {first}: {len(log.rows) - len(got)} records lost in silence")


def all_logs():
    found = [("dataflash", path) for path in glob.glob(SHARED + "/logs/dataflash_bin/*/*")]
    found += [("dataflash_text", path) for path in glob.glob(SHARED + "/logs/dataflash_log/*/*.log")]
    found += [("ulog", path) for path in glob.glob(SHARED + "/logs/px4_ulg/*/*.ulg")]
    found += [("mavlink", path) for path in glob.glob(SHARED + "/logs/tlog/*/*.tlog")]
    return sorted(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dump")
    parser.add_argument("--count", type=int, default=int(os.environ.get("UAVLAKE_DAMAGES", "0")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("logs", nargs="*")
    options = parser.parse_intermixed_args()
    logs = [(options.kind, path) for path in options.logs] or all_logs()
    if not logs:
        print("damage: ../shared is not here; nothing to damage")
        return 77
    logs = [log for log in logs if options.count or os.path.getsize(log[1]) < SMALL]
    count, totals, bad = options.count or 12, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in logs:
            data = open(path, "rb").read()
            for kind, data in [(kind, data)] + ([("mavlink bare", bare_log(data))] if kind == "mavlink" else []):
                status, rows, _, words = read(options.dump, data, kind, folder)
                log = Log(kind, data, rows)
                name = os.path.basename(path)
                if status or not log.usable:
                    print(f"{kind:14} {name:28} left out: {len(rows)} records, {log.found} frames; {words}")
                    continue
                total = Sum()
                chance = random.Random(f"{options.seed} {name}")
                for number in range(count):
                    judge(log, KINDS[number % len(KINDS)], chance, options.dump, folder, total, options.verbose)
                totals.setdefault(kind, []).append(total)
                mean = 100 * sum(total.shares) / max(len(total.shares), 1)
                print(f"{kind:14} {name:28} {total.cases:4} cases, after {mean:7.3f} %, lost {total.lost}, told {total.told}, "
                      f"not to be seen {total.hidden}, failures {len(total.failures)}", flush=True)
                print("".join(f"  {failure}\n" for failure in total.failures[:10]), end="")
    print()
    for kind, sums in totals.items():
        cases, failures = sum(s.cases for s in sums), sum(len(s.failures) for s in sums)
        shares = [share for s in sums for share in s.shares]
        lost, told, hidden = (sum(getattr(s, name) for s in sums) for name in ("lost", "told", "hidden"))
        after, said = 100 * sum(shares) / max(len(shares), 1), 100 * told / max(lost - hidden, 1) if lost - hidden else 100
        print(f"{kind}: {len(sums)} logs, {cases} damaged; before the damage {sum(s.before_missing for s in sums)} missing; after it "
              f"{after:.3f} % (median {numpy.median(shares) * 100:.3f}); lost in {lost} cases, said in {told} = {said:.2f} % of those that can "
              f"be seen ({100 * told / max(lost, 1):.2f} % of all); {failures} failures")
        bad += failures + (after < 99) + (said < 99)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
