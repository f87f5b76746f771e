"""Writes a small film to standard output: boxes, tables and telemetry, but no real picture. Usage: make_film.py WHICH."""

import struct
import sys


def box(name, *parts):
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name.encode("latin-1") + body


def full(name, *parts, version=0):
    return box(name, struct.pack(">I", version << 24), *parts)


def klv(key, kind, size, values):
    body = b"".join(values)
    body += b"\0" * (-len(body) % 4)
    return key.encode() + struct.pack(">BBH", ord(kind) if kind else 0, size, len(values)) + body


def nest(key, *parts):
    body = b"".join(parts)
    return key.encode() + struct.pack(">BBH", 0, 1, len(body)) + body


def payload(second):
    """One second of a camera that moves north: GPS5 with two records, and three of the accelerometer."""
    places = [struct.pack(">5i", 471000000 + 1000 * second + 500 * i, 85000000, 450250, 1500, 1600) for i in range(2)]
    gps = nest("STRM", klv("TSMP", "L", 4, [struct.pack(">I", 2 * second + 2)]), klv("STNM", "c", 1, [b"G", b"P", b"S"]),
               klv("GPSF", "L", 4, [struct.pack(">I", 3)]), klv("GPSU", "U", 16, [b"2405011000%02d.250" % second]),
               klv("GPSP", "S", 2, [struct.pack(">H", 187)]), klv("UNIT", "c", 3, [b"deg", b"deg", b"m\0\0", b"m/s", b"m/s"]),
               klv("SCAL", "l", 4, [struct.pack(">i", s) for s in (10000000, 10000000, 1000, 1000, 100)]),
               klv("GPS5", "l", 20, places))
    accelerometer = nest("STRM", klv("SIUN", "c", 4, [b"m/s\xb2"]), klv("SCAL", "s", 2, [struct.pack(">h", 100)]),
                         klv("ACCL", "s", 6, [struct.pack(">3h", 981, i, -i) for i in range(3)]))
    compound = nest("STRM", klv("TYPE", "c", 1, [b"f", b"S", b"F"]), klv("XTRA", "?", 10, [struct.pack(">fH4s", 1.5, 7, b"ABCD")]))
    return nest("DEVC", klv("DVID", "L", 4, [struct.pack(">I", 1)]), klv("DVNM", "c", 1, [b"H", b"9"]), gps, accelerometer, compound)


def subtitle(second):
    text = b"F/2.8, SS 320, ISO 100, EV -0.3, GPS (8.5000, 47.%d, 14), D 5.10m, H 20.40m, H.S 3.00m/s, V.S 0.50m/s" % (1000 + second)
    return struct.pack(">H", len(text)) + text


def track(number, handler, name, entry, sizes, first_offset, step, timescale, extra=b""):
    header = full("tkhd", struct.pack(">IIIII", 0, 0, number, 0, 0), b"\0" * 16,
                  struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000), struct.pack(">II", 640 << 16, 480 << 16))
    media = full("mdhd", struct.pack(">IIIIHH", 0, 0, timescale, step * len(sizes), 0x15C7, 0))
    kind = full("hdlr", b"mhlr", handler.encode(), b"\0" * 12, name.encode() + b"\0")
    table = box("stbl", full("stsd", struct.pack(">I", 1), entry), full("stts", struct.pack(">III", 1, len(sizes), step)),
                full("stsc", struct.pack(">IIII", 1, 1, len(sizes), 1)),
                full("stsz", struct.pack(">II", 0, len(sizes)), struct.pack(">%dI" % len(sizes), *sizes)),
                full("stco", struct.pack(">II", 1, first_offset)))
    return box("trak", header, box("mdia", media, kind, box("minf", table)), extra)


def user_text(name, text):
    return box("\xa9" + name, struct.pack(">HH", len(text), 0x15C7), text.encode())


def film(created, places=True):
    payloads, subtitles = [payload(i) for i in range(3)], [subtitle(i) for i in range(3)]
    head = box("ftyp", b"mp42", struct.pack(">I", 0), b"mp42isom")
    picture = b"\x65" * 300
    content = picture + b"".join(payloads) + b"".join(subtitles)
    at = len(head) + 8
    visual = box("avc1", b"\0" * 6, struct.pack(">H", 1), b"\0" * 16, struct.pack(">HH", 640, 480), b"\0" * 50)
    tracks = [track(1, "vide", "Picture", visual, [100, 100, 100], at, 3000, 3000)]
    if places:
        tracks.append(track(2, "meta", "GoPro MET", box("gpmd", b"\0" * 6, struct.pack(">H", 1)), [len(p) for p in payloads],
                            at + 300, 1000, 1000))
    tracks.append(track(3, "text", "Words", box("tx3g", b"\0" * 6, struct.pack(">H", 1)), [len(s) for s in subtitles],
                        at + 300 + sum(map(len, payloads)), 1000, 1000))
    header = full("mvhd", struct.pack(">IIII", created, created, 1000, 3000), b"\0" * 80)
    user = box("udta", user_text("mod", "Model 5"), user_text("xyz", "+47.1000+008.5000+450.000/"))
    return head, box("mdat", content), box("moov", header, *tracks, user)


NOON = 1714564801 + 2082844800  # 2024-05-01 12:00:01 as it stands in the container
which = sys.argv[1]
head, media, index = film(NOON, which != "plain")
films = {
    "good": head + media + index,
    "plain": head + media + index,
    "noindex": head + media,
    "cut": (head + media + index)[:-300],
    "empty": head,
    "hostile": head + media + index.replace(b"stsz\0\0\0\0\0\0\0\0\0\0\0\3", b"stsz\0\0\0\0\0\0\0\0\xff\xff\xff\xff"),
    "beyond": head + media + index.replace(b"stco\0\0\0\0\0\0\0\1\0", b"stco\0\0\0\0\0\0\0\1\x7f"),
    "tiny": head + media + struct.pack(">I", 3) + b"moov" + index[8:],
}
sys.stdout.buffer.write(films[which])
