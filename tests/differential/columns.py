"""Dumps of columns for parquet_write: the layout is described there."""
import struct

import numpy as np

TYPES = ["bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64", "time", "chars", "text", "bytes"]
NUMPY = dict(bool="u1", i8="i1", u8="u1", i16="<i2", u16="<u2", i32="<i4", u32="<u4", i64="<i8", u64="<u8",
             f32="<f4", f64="<f8", time="<i8", chars="S1")


def dump(path, rows, columns):
    """columns: (name, type, values, valid or None, {count, is_array, scale}). Text values are a list of bytes."""
    with open(path, "wb") as out:
        out.write(struct.pack("<II", len(columns), rows))
        for name, kind, values, valid, extra in columns:
            data = name.encode()
            count = extra.get("count", 1)
            out.write(struct.pack("<H", len(data)) + data)
            out.write(struct.pack("<BBHdB", TYPES.index(kind), extra.get("is_array", False), count,
                                  extra.get("scale", 1.0), valid is not None))
            if valid is not None:
                bits = np.packbits(np.asarray(valid, dtype=bool), bitorder="little").tobytes()
                out.write(bits.ljust((rows + 63) // 64 * 8, b"\0"))
            if kind in ("text", "bytes"):
                offsets = np.zeros(rows + 1, dtype="<u4")
                offsets[1:] = np.cumsum([len(v) for v in values]) if rows else []
                out.write(offsets.tobytes() + b"".join(values))
            elif kind == "chars":
                out.write(b"".join(v.ljust(count, b"\0") for v in values))
            else:
                out.write(np.asarray(values, dtype=NUMPY[kind]).tobytes())
