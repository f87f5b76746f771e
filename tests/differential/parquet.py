"""Holds our Parquet writer against two readers that are not ours: pyarrow and DuckDB.

    python3 tests/differential/parquet.py PARQUET_WRITE [--spark]

Needs pyarrow, numpy and duckdb; with --spark also pyspark and Java (4,000 rows by Spark's vectorised reader). Every value, null, statistic and logical type is compared; exits 77 (skipped) where a
reader is missing."""
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

try:
    import duckdb
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

from columns import NUMPY, dump

rng = np.random.default_rng(7)


def expected(name, kind, values, valid, extra, rows):
    """What a reader must give: Python values."""
    scale, count, array = extra.get("scale", 1.0), extra.get("count", 1), extra.get("is_array", False)
    out = []
    for row in range(rows):
        if valid is not None and not valid[row]:
            out.append(None)
        elif kind in ("text", "chars"):
            value = values[row].rstrip(b"\0") if kind == "chars" else values[row]
            try:
                out.append(value.decode())
            except UnicodeDecodeError:
                out.append(value.decode("latin-1"))
        elif kind == "bytes":
            out.append(values[row])
        elif array:
            cells = values[row * count:(row + 1) * count]
            out.append([None if not math.isfinite(float(c)) else float(c) * scale for c in cells])
        elif kind == "bool":
            out.append(bool(values[row]))
        elif scale != 1 and kind != "time":
            out.append(float(values[row]) * scale)
        elif kind in ("f32", "f64"):
            out.append(float(values[row]))
        elif kind == "time" and values[row] == -2**63:
            out.append(None)
        elif kind == "u64" and int(values[row]) > 2**63 - 1:
            out.append(None)
        else:
            out.append(int(values[row]))
    return out


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("d", a) == struct.pack("d", b) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


def cell(value, kind, extra):
    """A reader's value in the form of `expected`."""
    if value is None:
        return None
    if extra.get("is_array") and kind != "chars":
        cells = [None if v is None else float(v) for v in json.loads(value)]
        return [v if v is None or kind != "f32" else float(np.float32(v)) for v in cells]
    return value


def check_cells(reader, columns, rows, get):
    for name, kind, values, valid, extra in columns:
        want, got = expected(name, kind, values, valid, extra, rows), get(name, kind)
        assert len(got) == rows, f"{reader}: {name} has {len(got)} rows, not {rows}"
        for row, (a, b) in enumerate(zip(want, got)):
            b = cell(b, kind, extra)
            assert same(a, b) or (isinstance(a, list) and a == b), f"{reader}: {name} row {row}: {a!r} written, {b!r} read"


def micros(column):
    return [None if v is None else v for v in column.cast(pa.int64()).to_pylist()]


def check_pyarrow(path, columns, rows):
    table = pq.read_table(path)
    check_cells("pyarrow", columns, rows,
                lambda name, kind: micros(table[name]) if kind == "time" else table[name].to_pylist())
    for name, kind, _, _, extra in columns:
        field = table.schema.field(name)
        if kind == "time":
            assert field.type == pa.timestamp("us", tz="UTC"), field
        if kind in ("i8", "i16", "i32", "i64") and extra.get("scale", 1) == 1 and not extra.get("is_array"):
            assert str(field.type) == "int" + kind[1:], field
        assert field.nullable


def check_duckdb(path, columns, rows):
    con = duckdb.connect()
    con.execute("SET TimeZone='UTC'")

    def get(name, kind):
        value = f'epoch_us("{name}")' if kind == "time" else f'"{name}"'
        return [r[0] for r in con.execute(f"SELECT {value} FROM read_parquet('{path}')").fetchall()]
    check_cells("duckdb", columns, rows, get)
    for name, kind, values, valid, extra in columns:
        if kind in ("f32", "f64") and rows and not extra.get("is_array"):
            want = sum(1 for v in expected(name, kind, values, valid, extra, rows) if v is not None and math.isnan(v))
            got = con.execute(f"SELECT count(*) FROM read_parquet('{path}') WHERE isnan(\"{name}\")").fetchone()[0]
            assert want == got, f"duckdb: {name}: {want} NaN written, {got} found"
            got = con.execute(f"SELECT count(*) FROM read_parquet('{path}') WHERE \"{name}\" = 'NaN'::DOUBLE").fetchone()[0]
            assert want == got, f"duckdb: {name}: {want} NaN written, {got} found by = (statistics)"


def check_statistics(path, columns, rows):
    meta = pq.ParquetFile(path).metadata
    assert meta.num_rows == rows
    assert meta.metadata[b"uavlake.test"].decode() == "ünicode ✓"
    start = 0
    for g in range(meta.num_row_groups):
        group = meta.row_group(g)
        assert group.num_rows <= 122880
        for c, (name, kind, values, valid, extra) in enumerate(columns):
            chunk = group.column(c)
            want = expected(name, kind, values, valid, extra, rows)[start:start + group.num_rows]
            stats = chunk.statistics
            assert stats.null_count == sum(v is None for v in want), (name, stats)
            numbers = [v for v in want if v is not None and not (isinstance(v, float) and math.isnan(v))]
            if not stats.has_min_max:
                assert len(numbers) < len([v for v in want if v is not None]) or not numbers or kind in ("text", "bytes", "chars") or extra.get("is_array"), (name, stats)
                continue
            if kind == "time":
                low, high = stats.min_raw, stats.max_raw
            else:
                low, high = stats.min, stats.max
            if kind in ("text", "chars"):
                numbers = sorted(numbers, key=lambda v: v.encode())
                assert (low, high) == (numbers[0], numbers[-1]), (name, low, high)
            elif not extra.get("is_array"):
                assert (low, high) == (min(numbers), max(numbers)), (name, low, high, min(numbers), max(numbers))
        start += group.num_rows
    assert start == rows
    schema = duckdb.sql(f"SELECT name, field_id FROM parquet_schema('{path}') WHERE type IS NOT NULL").fetchall()
    assert [i for _, i in schema] == list(range(1, len(columns) + 1)), schema


def check_spark(path, columns, rows):
    from pyspark.sql import SparkSession
    spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
             .config("spark.sql.session.timeZone", "UTC")
             .config("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED").getOrCreate())
    table = spark.read.parquet(path)
    micros = {c for c, kind, *_ in columns if kind == "time"}
    got = table.selectExpr(*[f"unix_micros(`{c}`) AS `{c}`" if c in micros else f"`{c}`" for c in table.columns]).collect()

    def get(name, kind):
        return [bytes(r[name]) if kind == "bytes" and r[name] is not None else r[name] for r in got]
    check_cells("spark", [c for c in columns if c[0] not in ("time_all", "time_some", "time_last", "time_blocks")], rows, get)
    print("spark", spark.version + ": same")


def limits(kind):
    if kind == "time":
        return -2**62, 2**62
    info = np.iinfo(NUMPY[kind])
    return info.min, info.max


def every_type(rows, seed):
    """One column and more for every type: extremes, nulls in several patterns, few and many distinct values."""
    r = np.random.default_rng(seed)
    patterns = {
        "all": None,
        "some": r.random(rows) < 0.7,
        "none": np.zeros(rows, bool),
        "blocks": (np.arange(rows) // 100) % 2 == 0,
        "last": np.arange(rows) == rows - 1,
    }
    out = []
    for kind in ("bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "time"):
        low, high = (0, 1) if kind == "bool" else limits(kind)
        wide = r.integers(low, high, rows, dtype=NUMPY[kind], endpoint=True)
        if rows > 2:
            wide[0], wide[1] = low, high
        few = r.integers(0, 1 if kind == "bool" else 9, rows, endpoint=True).astype(NUMPY[kind])
        for pattern, valid in patterns.items():
            out.append((f"{kind}_{pattern}", kind, wide if pattern != "blocks" else few, valid, {}))
    for kind in ("f32", "f64"):
        noise = r.normal(size=rows).astype(NUMPY[kind])
        noise[r.random(rows) < 0.05] = np.nan
        if rows > 5:
            noise[:6] = [np.inf, -np.inf, 0.0, -0.0, np.nan, np.finfo(NUMPY[kind]).tiny]
        out += [(f"{kind}_{p}", kind, noise, v, {}) for p, v in patterns.items()]
        out.append((f"{kind}_nan", kind, np.full(rows, np.nan, NUMPY[kind]), None, {}))
        out.append((f"{kind}_zero", kind, np.zeros(rows, NUMPY[kind]), None, {}))
        out.append((f"{kind}_steps", kind, np.round(noise * 4) / 4, patterns["some"], {}))
    clock = np.cumsum(r.integers(2400, 2600, rows)) + 1700000000000000
    out.append(("clock", "time", clock, None, {}))
    out.append(("clock_some", "time", clock, patterns["some"], {}))
    unknown = clock.copy()
    unknown[::3] = -2**63
    out.append(("clock_none", "time", unknown, patterns["some"], {}))
    out.append(("counter", "i64", np.arange(rows), None, {}))
    out.append(("constant", "i32", np.full(rows, -5), None, {}))
    out.append(("overflow", "i32", r.integers(0, 20000, rows), None, {}))
    out.append(("scaled", "i16", r.integers(-3000, 3000, rows), patterns["some"], {"scale": 0.01}))
    words = [b"", b"a", b"LOITER", "Grüße ✈".encode(), b"x" * 300, b"\xff\xfe", b"nul\0inside"]
    picked = [words[i] for i in r.integers(0, len(words), rows)]
    out += [(f"text_{p}", "text", picked, v, {}) for p, v in patterns.items()]
    out.append(("text_id", "text", [b"uav11-20260314T101502Z"] * rows, None, {}))
    out.append(("text_unique", "text", [b"message number %d" % i for i in range(rows)], patterns["some"], {}))
    out.append(("text_long", "text", [b"y" * (i % 7 * 4000) for i in range(rows)] if rows < 5000 else picked, None, {}))
    out.append(("blob", "bytes", [bytes([i & 255, 0, 255]) for i in range(rows)], None, {}))
    out.append(("chars", "chars", [b"ABCD"[:i % 5] for i in range(rows)], patterns["some"], {"count": 4}))
    out.append(("cells", "i16", r.integers(-9, 9, rows * 3), patterns["some"], {"count": 3, "is_array": True, "scale": 0.5}))
    out.append(("spectrum", "f32", r.normal(size=rows * 2).astype("<f4"), None, {"count": 2, "is_array": True}))
    return out


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        for rows, step in ((0, 64), (1, 64), (7, 64), (64, 64), (1000, 64), (1025, 320), (4000, 8192), (130000, 8192)):
            columns = every_type(rows, rows)
            if rows > 100000:
                columns = [c for c in columns if c[0] not in ("cells", "spectrum")]
            source, path = f"{folder}/dump", f"{folder}/t{rows}.parquet"
            dump(source, rows, columns)
            subprocess.run([program, source, path, str(step)], check=True, stdout=subprocess.DEVNULL)
            check_pyarrow(path, columns, rows)
            check_duckdb(path, columns, rows)
            check_statistics(path, columns, rows)
            if rows == 4000 and "--spark" in sys.argv:
                check_spark(path, columns, rows)
            groups = pq.ParquetFile(path).metadata.num_row_groups
            print(f"{rows} rows, {len(columns)} columns, {groups} row groups, {os.path.getsize(path)} bytes: same")
        assert not [n for n in os.listdir(folder) if n.startswith(".tmp")]


main()
