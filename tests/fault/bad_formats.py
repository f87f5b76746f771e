"""Files of every other format that are not as they should be, in one add: each is read as far as it goes or refused with one clear reason,
and a good file beside them goes in. Usage: bad_formats.py PROGRAM [--large]     (--large: JSON of 2 GB on one line, with bounded memory)"""

import gzip
import io
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

PROGRAM = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "decode")
failures = []


def made(kind, script, *words):
    return subprocess.run([sys.executable, os.path.join(GOLDEN, kind, script), *words], capture_output=True, check=True).stdout


def uavlake(*arguments, memory=None):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=600, check=False, preexec_fn=limit if memory else None)


def expect(truth, what):
    if not truth:
        failures.append(what)


def zipped(files, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def encrypted_zip():
    """The flag for encryption is set in both headers: what is inside can't be read."""
    data = bytearray(zipped({"secret.txt": b"nobody reads this " * 20}))
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + at] |= 1
    return bytes(data)


def self_zip(depth=40):
    """A zip in a zip in a zip …: deeper than any limit on depth, as the quines that hold themselves are."""
    data = zipped({"end.txt": b"the end\n"})
    for _ in range(depth):
        data = zipped({"r.zip": data})
    return data


def quine_gzip():
    """gzip whose stream is cut after 10 kB of a promised megabyte."""
    return gzip.compress(os.urandom(1 << 20))[:10000]


def xmp_bomb():
    """A photograph whose XMP is a document type with entities that grow by the power of their depth."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    packet = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{entities}]><x:xmpmeta xmlns:x="adobe:ns:meta/">&e11;</x:xmpmeta>'
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()
    picture = made("jpeg", "make_image.py", "good")
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]


def nested_xmp():
    body = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a>" * 20000
    picture = made("jpeg", "make_image.py", "good")
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", min(len(body), 65000) + 2) + body[:65000] + picture[2:]


def broken_exif(kind):
    """EXIF whose directory points at itself, or beyond, or claims four thousand million values."""
    entry = {"loop": struct.pack("<HHII", 0x8769, 4, 1, 8), "beyond": struct.pack("<HHII", 0x010F, 2, 100, 0xFFFFFF00),
             "many": struct.pack("<HHII", 0x8825, 5, 0xFFFFFFFF, 8)}[kind]
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + b"\xff\xc0\0\x11\x08\0\x10\0\x10\3\1\x22\0\2\x11\1\3\x11\1\xff\xd9"


def box(kind, body):
    return struct.pack(">I", len(body) + 8) + kind + body


TABLE = "time_s,latitude,longitude,note\n" + "".join(f"{i}.0,47.{i:03d},8.5,größer\n" for i in range(60))
CUES = "".join(f"{i + 1}\n00:00:{i:02d},000 --> 00:00:{i + 1:02d},000\nF/2.8, SS 320, ISO 100, EV 0, GPS (8.5, 47.1, 14), H 20.{i}m\n\n" for i in range(20))


def make(folder):
    """Writes the files; {name: (kinds that it may be read as, outcomes, what must be said)}"""
    ragged = "".join(f"{i},2,3\n" if i % 7 else f"{i},2\n" for i in range(1, 80))
    numpy = b"\x93NUMPY\1\0v\0" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (100, 3), }".ljust(117) + b"\n" + struct.pack("<300d", *range(300))
    bomb = zipped({"zeros.bin": bytes(64 << 20)})
    cases = {
        "exif_loop.jpg": (broken_exif("loop"), {"jpeg"}, {"added"}, ""),
        "exif_beyond.jpg": (broken_exif("beyond"), {"jpeg"}, {"added"}, ""),
        "exif_many.jpg": (broken_exif("many"), {"jpeg"}, {"added"}, ""),
        "xmp_bomb.jpg": (xmp_bomb(), {"jpeg"}, {"added"}, ""),
        "xmp_deep.jpg": (nested_xmp(), {"jpeg"}, {"added"}, ""),
        "no_moov.mp4": (box(b"ftyp", b"isom\0\0\2\0isomiso2") + box(b"mdat", bytes(5000)), {"mp4"}, {"added", "quarantined"}, ""),
        "cut.mp4": (made("mp4", "make_film.py", "good")[:300], {"mp4"}, {"added", "quarantined"}, ""),
        "cut.srt": (CUES[:len(CUES) - 40].encode(), {"dji_srt"}, {"added"}, ""),
        "ragged.csv": (("a,b,c\n" + ragged).encode(), {"csv"}, {"added"}, ""),
        "utf16.csv": (TABLE.encode("utf-16"), {"csv"}, {"added"}, ""),
        "utf16_bare.csv": (TABLE.encode("utf-16-le"), {"csv", "unknown", "text"}, {"added", "kept_raw", "quarantined"}, ""),
        "latin1.csv": (TABLE.encode("latin-1"), {"csv"}, {"added"}, ""),
        "numpy.txt": (numpy, {"unknown"}, {"kept_raw", "quarantined"}, ""),
        "leads_out.zip": (zipped({"../../out.txt": b"out\n", "/etc/out.txt": b"out\n", "fine.txt": b"fine, inside\n"}), {"zip"}, {"kept_raw"}, ""),
        "deep.zip": (self_zip(), {"zip"}, {"kept_raw"}, ""),
        "bomb.zip": (bomb, {"zip", ""}, {"kept_raw", "failed"}, "more than 200 times"),
        "nested_bombs.zip": (zipped({f"b{i}.zip": bomb for i in range(4)}), {"zip"}, {"kept_raw"}, ""),
        "encrypted.zip": (encrypted_zip(), {"zip"}, {"kept_raw"}, ""),
        "cut.zip": (zipped({"a.txt": os.urandom(5000), "b.txt": b"second\n"})[:3000], {"zip", ""}, {"kept_raw", "failed"}, "cut off"),
        "cut.gz": (quine_gzip(), {"gzip"}, {"kept_raw", "quarantined"}, ""),
        "cut.txt.gz": (gzip.compress("".join(f"{i} {zlib.crc32(str(i).encode())} a line\n" for i in range(9000)).encode())[:-4000], {"gzip"}, {"kept_raw"}, ""),
        "deep.json": (b"[" * 100000, {"json"}, {"added", "quarantined", "kept_raw"}, ""),
        "one_line.json": (b'{"flights":[' + b",".join(b'{"id":%d,"lat":47.5,"name":"x"}' % i for i in range(200000)) + b"]}", {"json"}, {"added"}, ""),
        "long_line.txt": (b"x" * (20 << 20), {"text", "unknown"}, {"added", "kept_raw", "quarantined"}, ""),
        "good.csv": (TABLE.encode(), {"csv"}, {"added"}, ""),
    }
    for name, (data, *_) in cases.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    return {name: rest for name, (_, *rest) in cases.items()}


def test_batch(top):
    folder, lake = os.path.join(top, "in"), os.path.join(top, "lake")
    os.mkdir(folder)
    wanted = make(folder)
    uavlake("init", "-l", lake)
    done = uavlake("add", folder, "--json", "-l", lake)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    got = {os.path.basename(line["path"]): line for line in lines[:-1]}
    for name, (kinds, outcomes, words) in wanted.items():
        line = got.get(name, {"kind": "", "outcome": "missing", "text": ""})
        if "--show" in sys.argv:
            print(name, line["kind"], line["outcome"], line["text"])
        expect(line["kind"] in kinds, f"{name}: read as {line['kind']}, {' or '.join(kinds)} wanted")
        expect(line["outcome"] in outcomes, f"{name}: {line['outcome']}, {' or '.join(outcomes)} wanted: {line['text']}")
        expect(line["outcome"] == "added" or line["text"], f"{name}: no reason is given")
        expect(words in line["text"], f"{name}: {words} is not said: {line['text']}")
    expect(not os.path.exists(os.path.join(top, "out.txt")) and not os.path.exists("/etc/out.txt"), "a name led out of the lake")
    logs = {log["name"]: log for log in map(json.loads, uavlake("logs", "--json", "-l", lake).stdout.splitlines())}
    expect("fine.txt" in logs, "the good file in a zip with bad names is not taken in")
    expect(logs.get("utf16.csv", {}).get("records") == 60 and logs.get("latin1.csv", {}).get("records") == 60, "rows are lost by the encoding")
    expect(logs.get("ragged.csv", {}).get("records") == 79, "rows are lost beside ragged ones")
    expect(logs.get("cut.srt", {}).get("truncated") is True and logs.get("cut.srt", {}).get("records", 0) >= 19, "the cut cue is not said, or others are lost")
    expect(logs.get("one_line.json", {}).get("records", 0) >= 200000, "rows of JSON on one line are lost")
    expect("1 file taken in, 2 refused" in logs["leads_out.zip"]["reason"], f"names that lead out: {logs['leads_out.zip']['reason']}")
    expect("1 refused" in logs["encrypted.zip"]["reason"] and "encrypt" in json.dumps(logs["encrypted.zip"]), "an encrypted file is not said to be so")
    expect(logs.get("cut.txt", {}).get("records", 0) > 5000 and "cut off" in json.dumps(logs["cut.txt.gz"]), "a cut gzip is not read as far as it goes, or not said to be cut")


def test_large(top):
    """2 GB on one line, in half a gigabyte of address space."""
    path = os.path.join(top, "large.json")
    piece = b",".join(b'{"id":%d,"lat":47.5,"lon":8.5,"alt":401.25,"name":"x"}' % i for i in range(20000))
    with open(path, "wb", buffering=0) as file:
        file.write(b'{"flights":[')
        while file.tell() < 2 << 30:
            file.write(piece + b",")
        file.write(piece + b"]}")
    done = uavlake("info", path, "--json", memory=None)
    expect(done.returncode == 0 and json.loads(done.stdout)["kind"] == "json", f"2 GB of JSON on one line: {done.stderr or done.stdout[:200]}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"2 GB of JSON on one line: {peak.ru_utime:.0f} s of processor time, at most {peak.ru_maxrss / 1024:.0f} MiB (mapped pages of the file counted)")


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-") as top:
        test_batch(top)
        if "--large" in sys.argv:
            test_large(top)
    for failure in failures:
        print("FAILED", failure)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
