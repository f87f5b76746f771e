"""Writes archives of small logs, good and bad, into the folder "in"."""

import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile

STAMP = (2024, 5, 6, 7, 8, 10)


def log(number):
    """A DataFlash log as text: one kind of record, a few lines."""
    lines = ["FMT, 128, 89, FMT, BBnNZ, Type,Length,Name,Format,Columns", "FMT, 10, 25, ATT, Qff, TimeUS,Roll,Pitch"]
    lines += [f"ATT, {1000000 + 100000 * i}, {number}.5, {i}.0" for i in range(20)]
    return ("\n".join(lines) + "\n").encode()


def zip_of(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, STAMP), data, method)
    return out.getvalue()


def tar_of(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.mtime = 1714979290
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data or b""))
    return out.getvalue()


def encrypted():
    """The flag that says so is enough: no byte of it is read."""
    data = bytearray(zip_of([("secret.log", log(7))]))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    return bytes(data)


def nested(depth):
    data = log(8)
    for level in range(depth):
        data = zip_of([(f"level{level}.zip" if level else "deep.log", data)])
    return data


os.makedirs("in", exist_ok=True)
good = zip_of([("day 1/one.log", log(1)), ("two.log", log(2)), ("day 1/same.log", log(1))])
files = {
    "good.zip": good,
    "escape.zip": zip_of([("../../escape.log", log(3)), ("/absolute.log", log(3)), ("fine.log", log(3))]),
    "logs.tar.gz": gzip.compress(tar_of([("x/" + "long" * 40 + ".log", log(4)), ("link", None)]), mtime=0),
    "five.log.xz": lzma.compress(log(5)),
    "six.log.gz": gzip.compress(log(6) * 30, mtime=0)[:-60],
    "encrypted.zip": encrypted(),
    "bomb.zip": zip_of([("zeros.bin", bytes(30 << 20))]),
    "deep.zip": nested(6),
    "cut.zip": good[:-40],
    "damaged.zip": zip_of([("nine.log", log(9)), ("ten.log", log(10))], zipfile.ZIP_STORED).replace(b"ATT, 1500000, 9.5", b"ATT, 1500000, 6.5"),
}
for name, data in files.items():
    with open(f"in/{name}", "wb") as file:
        file.write(data)
    os.utime(f"in/{name}", (1714979300, 1714979300))
