"""Writes a small image without a picture to standard output. Usage: make_image.py png|tiff|bigtiff|dng|heic [cut|loop]."""

import struct
import sys
import zlib

SHORT, LONG, RATIONAL, ASCII, LONG8 = 3, 4, 5, 2, 16
SIZES = {SHORT: 2, LONG: 4, RATIONAL: 8, ASCII: 1, LONG8: 8}


def value(kind, numbers, order):
    if kind == ASCII:
        return numbers.encode() + b"\0"
    if kind == RATIONAL:
        return b"".join(struct.pack(order + "II", *pair) for pair in numbers)
    return struct.pack(order + {SHORT: "H", LONG: "I", LONG8: "Q"}[kind] * len(numbers), *numbers)


def directories(lists, order="<", big=False):
    """TIFF of several directories; an entry's value may name another directory as ("at", index)."""
    head, count, word, entry = (16, 8, 8, 20) if big else (8, 2, 4, 12)
    starts, at = [], head
    for entries in lists:
        starts.append(at)
        at += count + entry * len(entries) + word
    out, extra = b"", b""
    for entries in lists:
        out += struct.pack(order + ("Q" if big else "H"), len(entries))
        for tag, kind, numbers in entries:
            if isinstance(numbers, tuple) and numbers[0] == "at":
                numbers = [starts[i] for i in numbers[1:]]
            raw = value(kind, numbers, order)
            n = len(raw) // SIZES[kind]
            out += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, n)
            if len(raw) <= word:
                out += raw.ljust(word, b"\0")
            else:
                out += struct.pack(order + ("Q" if big else "I"), at + len(extra))
                extra += raw
        out += b"\0" * word
    mark = b"II" if order == "<" else b"MM"
    first = struct.pack(order + "HHHQ", 43, 8, 0, head) if big else struct.pack(order + "HI", 42, head)
    return mark + first + out + extra


CAMERA = [(0x9003, ASCII, "2024:05:01 12:00:00"), (0x9011, ASCII, "+02:00"), (0x9291, ASCII, "25")]
PLACE = [(1, ASCII, "N"), (2, RATIONAL, [(47, 1), (30, 1), (0, 1)]), (3, ASCII, "W"), (4, RATIONAL, [(8, 1), (15, 1), (0, 1)]),
         (0x10, ASCII, "M"), (0x11, RATIONAL, [(1234, 10)])]


def tiff(order="<", big=False):
    main = [(0x100, LONG, [4000]), (0x101, LONG, [3000]), (0x10F, ASCII, "Maker"), (0x110, ASCII, "Maker Two"),
            (0x8769, LONG, ("at", 1)), (0x8825, LONG, ("at", 2))]
    return directories([main, CAMERA, PLACE], order, big)


def dng():
    main = [(0x100, LONG, [160]), (0x101, LONG, [120]), (0x14A, LONG, ("at", 1, 2)), (0x10F, ASCII, "Maker")]
    return directories([main, [(0x100, LONG, [640]), (0x101, LONG, [480])], [(0x100, LONG, [5280]), (0x101, LONG, [3956])]])


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png():
    xmp = (b'<x:xmpmeta><rdf:Description xmlns:dd="http://www.dji.com/drone-dji/1.0/" dd:RelativeAltitude="+30.50"'
           b' dd:GimbalPitchDegree="-90.00"/></x:xmpmeta>')
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 800, 600, 8, 2, 0, 0, 0)) + chunk(b"eXIf", tiff()) +
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


def box(name, body, version=None):
    body = (b"" if version is None else struct.pack(">I", version << 24)) + body
    return struct.pack(">I", 8 + len(body)) + name + body


def heic():
    exif = struct.pack(">I", 0) + tiff(">")
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(offset):
        item = box(b"infe", struct.pack(">HH", 7, 0) + b"Exif\0", 2)
        place = struct.pack(">HHHHHII", 0x4400, 1, 7, 0, 1, offset, len(exif))
        sizes = box(b"ispe", struct.pack(">II", 512, 512), 0) + box(b"ispe", struct.pack(">II", 4032, 3024), 0)
        return box(b"meta", box(b"iinf", struct.pack(">H", 1) + item, 0) + box(b"iprp", box(b"ipco", sizes)) + box(b"iloc", place, 0), 0)

    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", exif)


kinds = {"png": png, "tiff": tiff, "motorola": lambda: tiff(">"), "bigtiff": lambda: tiff("<", True), "dng": dng, "heic": heic}
data = kinds[sys.argv[1]]()
if sys.argv[2:] == ["cut"]:
    data = data[:len(data) * 2 // 3]
if sys.argv[2:] == ["loop"]:  # the directory names itself as a part of itself
    data = data[:4] + struct.pack("<I", 8) + data[8:].replace(struct.pack("<HHII", 0x14A, LONG, 2, 0)[:8], struct.pack("<HHI", 0x14A, LONG, 1))
sys.stdout.buffer.write(data)
