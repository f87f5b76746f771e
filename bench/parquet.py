"""Our Parquet writer beside DuckDB's COPY and pyarrow, on the same columns of a real log: CPU seconds, bytes, cost of a file.

    python3 bench/parquet.py PARQUET_LOG PARQUET_WRITE LOG

PARQUET_LOG and PARQUET_WRITE are built from bench/parquet_log.c and tests/differential/parquet_write.c. Each writer runs on one thread over
every table of the log, five times; the best counts. CPU seconds are of the process, so other load matters little. Needs pyarrow, numpy, duckdb."""
import glob
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "differential"))
from columns import NUMPY, TYPES  # noqa: E402

ROUNDS = 5


def load(path):
    """A dump as an Arrow table, in the types that our writer chooses."""
    data = open(path, "rb").read()
    columns, rows = struct.unpack_from("<II", data)
    at, out = 8, {}
    for _ in range(columns):
        size, = struct.unpack_from("<H", data, at)
        name = data[at + 2:at + 2 + size].decode()
        kind, array, count, scale, validity = struct.unpack_from("<BBHdB", data, at + 2 + size)
        at += 2 + size + 13
        assert not validity
        kind = TYPES[kind]
        if kind in ("text", "bytes"):
            offsets = np.frombuffer(data, "<i4", rows + 1, at)
            at += 4 * (rows + 1)
            out[name] = pa.StringArray.from_buffers(rows, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data[at:at + offsets[-1]]))
            at += int(offsets[-1])
            continue
        if kind == "chars":
            cells = np.frombuffer(data, f"S{count}", rows, at)
            out[name] = pa.array([c.decode("latin-1") for c in cells])
            at += rows * count
            continue
        values = np.frombuffer(data, NUMPY[kind], rows * count, at).copy()  # aligned
        at += values.nbytes
        if array:
            out[name] = pa.array([str(list(v)) for v in values.reshape(rows, count)])
        elif kind == "time":
            out[name] = pa.array(values, pa.timestamp("us", "UTC"))
        elif kind == "bool":
            out[name] = pa.array(values.astype(bool))
        elif scale != 1:
            out[name] = pa.array(values * scale)
        else:
            wider = dict(u1="i2", u2="i4", u4="i8", u8="i8").get(values.dtype.str[1:])
            out[name] = pa.array(values.astype(wider) if wider else values)
    return pa.table(out)


def cpu():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def best(write, tables, folder):
    """Least CPU seconds over the rounds, and bytes written."""
    seconds = []
    for _ in range(ROUNDS):
        start = cpu()
        for name, table in tables.items():
            write(table, f"{folder}/{name}.parquet")
        seconds.append(cpu() - start)
    return min(seconds), sum(os.path.getsize(f"{folder}/{n}.parquet") for n in tables)


def best_ours(program, dumps, folder):
    total, size = 0, 0
    for dump in dumps:
        lines = subprocess.run([program, dump, f"{folder}/t.parquet", "8192", str(ROUNDS)], check=True, capture_output=True, text=True)
        runs = [line.split() for line in lines.stdout.splitlines()]
        total += min(float(r[0]) for r in runs)
        size += int(runs[0][1])
    return total, size


def main():
    log_program, write_program, log = sys.argv[1:4]
    con = duckdb.connect(config={"threads": 1})
    con.execute("SET TimeZone='UTC'")
    pa.set_cpu_count(1)

    def copy(table, path):
        con.register("source", table)
        con.execute(f"COPY source TO '{path}' (FORMAT parquet, COMPRESSION zstd)")

    def arrow(**options):
        return lambda table, path: pq.write_table(table, path, compression="zstd", **options)

    with tempfile.TemporaryDirectory() as folder:
        runs = subprocess.run([log_program, log, folder], check=True, capture_output=True, text=True).stdout.splitlines()
        dumps = sorted(glob.glob(f"{folder}/*.dump"))
        tables = {os.path.basename(d)[:-5]: load(d) for d in dumps}
        commit = min((json.loads(line) for line in runs), key=lambda r: r["cpu_s"])
        megabytes = commit["raw"] / 1e6
        print(f"{os.path.basename(log)}: {len(tables)} tables, {commit['rows']} rows, {megabytes:.1f} MB of columns (a text is counted as 8 bytes)")
        print(f"ours, one commit of all (folders, renames, sync included): {commit['cpu_s'] * 1e3:.1f} ms CPU, {commit['wall_s'] * 1e3:.1f} ms wall")
        rows = [("ours, file by file, each synced", *best_ours(write_program, dumps, folder)),
                ("DuckDB COPY", *best(copy, tables, folder)),
                ("pyarrow, dictionary, level 1", *best(arrow(compression_level=1), tables, folder)),
                ("pyarrow, plain, level 1", *best(arrow(compression_level=1, use_dictionary=False), tables, folder))]
        for name, seconds, size in rows:
            print(f"{name:38} {seconds * 1e3:8.1f} ms CPU  {seconds / len(tables) * 1e3:6.2f} ms a file  {size / 1e3:8.0f} kB")
        tiny = pa.table({f"c{i}": pa.array(np.arange(100) * 0.1) for i in range(12)})
        seconds, _ = best(copy, {"tiny": tiny}, folder)
        print(f"DuckDB COPY, 100 rows of 12 columns: {seconds * 1e3:.2f} ms CPU")
    print(f"measured {time.strftime('%Y-%m-%d')}")


main()
