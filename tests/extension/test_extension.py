"""The extension in the ordinary DuckDB of the Python package, on simulated logs and, where they are, on real ones: the same rows and values as
`uavlake cat` gives, projection, patterns over many logs, other firmware's fields, damage, and errors that say what to do.

Usage: test_extension.py UAVLAKE EXTENSION [SHARED]. Exit 77: no DuckDB package."""

import csv
import glob
import io
import os
import subprocess
import sys
import tempfile

try:
    import duckdb
    import numpy
except ImportError:
    sys.exit(77)

UAVLAKE, EXTENSION = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
SHARED = sys.argv[3] if len(sys.argv) > 3 else ""
failures = []


def expect(truth, what):
    if not truth:
        failures.append(what)


def run(*arguments):
    done = subprocess.run([UAVLAKE, *arguments], capture_output=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout.decode()


def refusal(connection, sql):
    try:
        connection.execute(sql).fetchall()
    except duckdb.Error as error:
        return str(error)
    return ""


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


def is_same(text, value):
    """Of a 32-bit float cat prints the shortest number that means it."""
    if isinstance(value, str):
        return text == value
    written = number(text)
    if not isinstance(value, float) or not isinstance(written, float):
        return written == value
    if value != value:
        return written != written
    return written == value or numpy.float32(written) == value


def compare_with_cat(connection, log, message):
    """Every value of every row; cat prints what pymavlink would give."""
    rows = list(csv.DictReader(io.StringIO(run("cat", log, message, "--format", "csv"))))
    table = connection.execute("SELECT * FROM read_uavlog($1, $2)", [log, message])
    names = [column[0] for column in table.description]
    got = table.fetchall()
    expect(len(rows) == len(got), f"{log} {message}: {len(rows)} rows from cat, {len(got)} from SQL")
    shared = [name for name in names if rows and name in rows[0]]
    expect(len(shared) >= len(names) - 1 or not rows, f"{log} {message}: columns {names}, cat has {list(rows[0]) if rows else []}")
    for index, (row, values) in enumerate(zip(rows, got)):
        for name, value in zip(names, values):
            if name not in row or isinstance(value, (list, tuple, bytes)) or value is None:
                continue
            if not is_same(row[name], value):
                failures.append(f"{log} {message} row {index} {name}: cat {row[name]!r}, SQL {value!r}")
                return


def test_values(connection, logs):
    for log in logs:
        names = connection.execute("SELECT message FROM uavlog_messages($1) WHERE count > 0 ORDER BY count DESC", [log]).fetchall()
        expect(len(names) > 5, f"{log}: {len(names)} message types")
        for (name,) in names[:12]:
            compare_with_cat(connection, log, name)


def test_many(connection, folder):
    pattern = os.path.join(folder, "*", "*.bin")
    logs = sorted(glob.glob(pattern))
    counts = dict(connection.execute("SELECT filename, count(*) FROM read_uavlog($1, 'ATT', filename := true) GROUP BY 1", [pattern]).fetchall())
    expect(sorted(counts) == logs, f"{pattern}: {len(counts)} of {len(logs)} logs")
    told = dict(connection.execute("SELECT filename, count FROM uavlog_messages($1) WHERE message = 'ATT'", [pattern]).fetchall())
    expect(told == counts, "uavlog_messages and read_uavlog count differently")
    braces = f"{{{logs[0]},{logs[1]}}}"
    two = connection.execute("SELECT count(*) FROM read_uavlog($1, 'ATT')", [braces]).fetchone()[0]
    expect(two == counts[logs[0]] + counts[logs[1]], "a pattern with braces")
    prepared = "SELECT count(*), count(DISTINCT filename) FROM read_uavlog($1, 'GPS', filename := true)"
    expect(connection.execute(prepared, [pattern]).fetchone() == connection.execute(prepared, [pattern]).fetchone(), "run twice")


def test_fields(connection, log):
    fields = connection.execute("SELECT field, unit, scale FROM uavlog_fields($1) WHERE message = 'GPS'", [log]).fetchall()
    expect(("Lat", "deg", 1e-7) in fields, f"GPS.Lat in degrees is not among {fields}")
    stored, physical = (connection.execute(f"SELECT max(TimeUS) FROM read_uavlog($1, 'GPS' {option})", [log]).fetchone()[0]
                        for option in ("", ", physical := true"))
    expect(abs(stored * 1e-6 - physical) < 1e-6, f"TimeUS: {stored} µs, {physical} s")
    columns = connection.execute("DESCRIBE SELECT * FROM read_uavlog($1, 'GPS')", [log]).fetchall()
    expect(("Lat", "DOUBLE") in [column[:2] for column in columns], f"{columns}")


def test_damage(connection, log, folder):
    with open(log, "rb") as file:
        data = bytearray(file.read())
    at = len(data) // 2
    data[at:at + 400] = bytes(400)
    broken = os.path.join(folder, "broken.bin")
    with open(broken, "wb") as file:
        file.write(data)
    places = connection.execute("SELECT byte_offset, bytes, reason FROM uavlog_damage($1)", [broken]).fetchall()
    expect(places and all(at - 300 <= offset <= at + 700 for offset, _, _ in places), f"damage at {at}: {places}")
    expect(connection.execute("SELECT count(*) FROM uavlog_damage($1)", [log]).fetchone() == (0,), "an undamaged log has damage")


def test_refusals(connection, log, folder):
    expect("it has" in refusal(connection, f"FROM read_uavlog('{log}', 'NOPE')"), "an unknown message does not get the list of those there are")
    expect("no such file" in refusal(connection, f"FROM read_uavlog('{folder}/*.nix', 'ATT')"), "a pattern without files")
    expect("NULL" in refusal(connection, "FROM read_uavlog(NULL, 'ATT')"), "NULL for a log")
    expect("NULL" in refusal(connection, f"FROM read_uavlog('{log}', NULL)"), "NULL for a message")
    empty = os.path.join(folder, "empty.bin")
    with open(empty, "wb"):
        pass
    expect(refusal(connection, f"FROM uavlog_messages('{empty}')") or
           not connection.execute(f"FROM uavlog_messages('{empty}')").fetchall(), "an empty file has messages")


def main():
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": "2"})
    connection.execute(f"LOAD '{EXTENSION}'")
    with tempfile.TemporaryDirectory(prefix="uavlake-") as top:
        fleet = os.path.join(top, "fleet")
        run("simulate", "--out", fleet, "--vehicles", "3", "--flights", "6", "--duration", "40", "--quiet")
        logs = sorted(glob.glob(os.path.join(fleet, "*", "*.bin")))
        test_values(connection, logs[:1] + sorted(glob.glob(os.path.join(fleet, "*", "*.tlog")))[:1])
        test_many(connection, fleet)
        test_fields(connection, logs[0])
        test_damage(connection, logs[0], top)
        test_refusals(connection, logs[0], top)
        real = sorted(glob.glob(os.path.join(SHARED, "fleet", "*", "f01.bin")) + glob.glob(os.path.join(SHARED, "fleet", "*", "f01.tlog")))[:4] if SHARED else []
        test_values(connection, real)
    for failure in failures[:30]:
        print("FAILED", failure)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
