"""Writes a photograph without a picture to standard output: segments only. Usage: make_image.py good|xmp|thermal|headless|broken."""

import struct
import sys


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def ifd(entries, base):
    """TIFF directory with its values behind it; entries: (tag, type, count, bytes)."""
    head, tail = struct.pack("<H", len(entries)), b""
    at = base + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        head += struct.pack("<HHI", tag, kind, count)
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack("<I", at + len(tail))
            tail += value
    return head + b"\0\0\0\0" + tail


def text(tag, value):
    return (tag, 2, len(value) + 1, value.encode() + b"\0")


def rational(tag, *pairs):
    return (tag, 5, len(pairs), b"".join(struct.pack("<II", *pair) for pair in pairs))


def exif():
    def main(camera_at, gps_at):
        return ifd([text(0x10F, "Maker"), text(0x110, "Model 3"), (0x112, 3, 1, struct.pack("<H", 6)), text(0x131, "firmware 1.2"),
                    (0x8769, 4, 1, struct.pack("<I", camera_at)), (0x8825, 4, 1, struct.pack("<I", gps_at))], 8)

    camera = lambda at: ifd([rational(0x829A, (1, 500)), rational(0x829D, (28, 10)), (0x8827, 3, 1, struct.pack("<H", 100)),
                             text(0x9003, "2024:05:01 12:00:01"), rational(0x920A, (45, 10))], at)
    gps = lambda at: ifd([text(1, "S"), rational(2, (47, 1), (30, 1), (0, 1)), text(3, "E"), rational(4, (8, 1), (15, 1), (36, 1)),
                          (5, 1, 1, b"\1"), rational(6, (25, 1)), rational(7, (10, 1), (0, 1), (0, 1)), text(0x1D, "2024:05:01")], at)
    camera_at = 8 + len(main(0, 0))
    gps_at = camera_at + len(camera(0))
    return b"Exif\0\0" + b"II*\0\x08\0\0\0" + main(camera_at, gps_at) + camera(camera_at) + gps(gps_at)


XMP = b"""http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description drone-dji:AbsoluteAltitude="+431.20"
 drone-dji:GimbalPitchDegree = "-90.0" drone-dji:FlightYawDegree='12.5' drone-dji:GpsLatitude="47.25" drone-dji:GpsLongtitude="8.5">
<drone-dji:RelativeAltitude>+30.10</drone-dji:RelativeAltitude></rdf:Description></x:xmpmeta>"""
SIZE = segment(0xC0, struct.pack(">BHHB", 8, 480, 640, 3) + bytes(9))


def main():
    mode = sys.argv[1]
    parts = [b"\xff\xd8"]
    if mode != "xmp":
        parts.append(segment(0xE1, exif()))
    if mode in ("xmp", "thermal"):
        parts.append(segment(0xE1, XMP))
    if mode == "thermal":
        parts += [segment(0xE3, bytes(61440)) for _ in range(10)]
    if mode == "broken":
        parts[1] = parts[1][:40] + b"\xff" * 60 + parts[1][100:]
        parts.append(b"stray bytes")
    if mode != "headless":
        parts += [SIZE, segment(0xDA, bytes(10)), b"picture\xff\xd9"]
    sys.stdout.buffer.write(b"".join(parts))


main()
