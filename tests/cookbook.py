"""The cookbook and the views: every query of docs/cookbook.md runs on a simulated fleet and answers; every view has the columns that it documents.

A block headed "```sql may be empty" may give no rows. On an empty lake all of them run too, and give none where they ask for flights.
docs/tables.md is what the program prints. Usage: cookbook.py PROGRAM COOKBOOK TABLES."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, COOKBOOK, TABLES = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
LEAST = 25
failures = []


def uavlake(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)


def rows(lake, sql):
    """The result with its header, or None after a failure."""
    done = uavlake("query", sql, "-f", "csv", "-l", lake)
    if done.returncode:
        failures.append(f"{sql.strip().splitlines()[0]} …: {done.stderr.strip()}")
        return None
    return list(csv.reader(io.StringIO(done.stdout)))


def blocks(path):
    with open(path, encoding="utf-8") as file:
        return re.findall(r"\*\*([^\n]*?)\*\*(?:(?!```).)*?```sql([^\n]*)\n(.*?)```", file.read(), re.S)


def make_lakes(top):
    logs, lake, bare = (os.path.join(top, name) for name in ("logs", "lake", "bare"))
    for arguments in (["simulate", "--out", logs, "--vehicles", "4", "--flights", "24", "--seed", "5", "--duration", "60"],
                      ["init", "-l", lake], ["init", "-l", bare], ["add", logs, "-l", lake]):
        done = uavlake(*arguments)
        if done.returncode:
            raise SystemExit(f"uavlake {arguments[0]} failed: {done.stderr}")
    return lake, bare


def check_questions(lake, bare):
    questions = blocks(COOKBOOK)
    with open(COOKBOOK, encoding="utf-8") as file:
        if len(questions) != file.read().count("```sql") or len(questions) < LEAST:
            failures.append(f"{COOKBOOK}: {len(questions)} questions have their query; {LEAST} at least, and every block needs its question")
    log = rows(lake, "SELECT any_value(primary_log) FROM flights")[1][0]
    for question, mark, sql in questions:
        sql = sql.replace("'LOG'", f"'{log}'")
        answer = rows(lake, sql)
        if answer is not None and len(answer) < 2 and "may be empty" not in mark:
            failures.append(f"no rows: {question}")
        if "uavlog_messages" not in sql:
            rows(bare, sql)
    return len(questions)


def check_views(lake, bare):
    views = [entry for entry in map(json.loads, uavlake("tables", "--json").stdout.splitlines()) if entry["kind"] == "view"]
    for view in views:
        documented = [column["name"] for column in view["columns"]]
        for where in (lake, bare):
            answer = rows(where, f"SELECT * FROM {view['name']}")
            if answer is not None and answer[0] != documented:
                failures.append(f"view {view['name']}: it has {answer[0]}, its head says {documented}")
        if any(not column["about"] for column in view["columns"]) or not view["about"]:
            failures.append(f"view {view['name']}: a column, or the view itself, has no meaning")
    with open(TABLES, encoding="utf-8") as file:
        if file.read() != uavlake("tables", "--markdown").stdout:
            failures.append(f"{TABLES} is not what `uavlake tables --markdown` prints: write it anew")
    return len(views)


def check_sums(lake):
    """Views against the same sums over the tables."""
    for view, table in (("SELECT CAST(sum(flights + ground_runs) AS BIGINT) FROM flights_daily", "SELECT count(*) FROM flights"),
                        ("SELECT round(sum(airborne_h), 6) FROM fleet_health", "SELECT round(sum(airborne_s) / 3600, 6) FROM flights"),
                        ("SELECT CAST(sum(files) AS BIGINT), CAST(sum(bytes) AS BIGINT) FROM storage_by_kind", "SELECT count(*), CAST(sum(bytes) AS BIGINT) FROM logs"),
                        ("SELECT count(*) FROM findings_open", "SELECT count(*) FROM findings WHERE state = 'open'"),
                        ("SELECT round(sum(mode_s), 3), bool_and(mode_s >= 0) FROM mode_time", "SELECT round(sum(armed_s), 3), true FROM flights"),
                        ("SELECT count(*) FROM flight_book", "SELECT count(*) FROM flights"),
                        ("SELECT CAST(sum(flights) AS BIGINT) FROM sites", "SELECT count(*) FROM flights WHERE home_lat_deg IS NOT NULL"),
                        ("SELECT CAST(sum(flights) AS BIGINT) FROM firmware_history", "SELECT count(*) FROM flights WHERE firmware <> ''"),
                        ("SELECT count(*) FROM events_timeline WHERE source = 'mode'",
                         "SELECT count(*) FROM mode m LEFT JOIN flights f USING (flight_id) WHERE f.primary_log IS NULL OR f.primary_log = m.log_id"),
                        ("SELECT count(*) FROM events_timeline GROUP BY time, vehicle, source, what HAVING count(*) > 1", "SELECT 1 WHERE false"),
                        # the normal is the one that findings were judged by
                        ("SELECT count(*) FROM findings f JOIN feature_history h ON h.flight_id = f.flight_id AND h.name = f.feature AND h.name = 'battery_resistance_ohm' "
                         "AND f.component = concat('battery ', h.instance + 1) WHERE abs(f.baseline / h.normal - 1) < 1e-6 AND f.baseline IS NOT NULL",
                         "SELECT count(*) FROM findings WHERE feature = 'battery_resistance_ohm' AND baseline IS NOT NULL"),
                        ("SELECT count(*) FROM findings f JOIN motor_history h ON h.flight_id = f.flight_id AND h.component = f.component "
                         "WHERE f.feature = 'motor_share_ratio' AND abs(f.value - f.baseline - h.share_trend) < 1e-6",
                         "SELECT count(*) FROM findings WHERE feature = 'motor_share_ratio' AND baseline IS NOT NULL"),
                        ("SELECT count(*) FROM picture_pose WHERE kind = 'photo'",
                         "SELECT count(*) FROM media m JOIN flights USING (flight_id) WHERE m.kind = 'photo' AND m.time IS NOT NULL")):
        got, wanted = rows(lake, view), rows(lake, table)
        if got and wanted and got[1:] != wanted[1:]:
            failures.append(f"{view}: {got[1:]}, over the tables {wanted[1:]}")
    poses = rows(lake, "SELECT count(*) FROM picture_pose p JOIN media m USING (log_id) "
                       "WHERE abs(p.lat_deg - m.lat_deg) > 0.0002 OR abs(p.lon_deg - m.lon_deg) > 0.0003 OR p.lat_deg IS NULL OR p.yaw_deg IS NULL")
    if poses and poses[1] != ["0"]:
        failures.append(f"pictures whose pose is not where the picture says: {poses[1][0]}")


def check_coverage(lake):
    """What `coverage` counts is what the lake holds."""
    counted = {}
    for entry in map(json.loads, uavlake("coverage", "--all", "--json", "-l", lake).stdout.splitlines()):
        for table in entry["tables"]:
            counted[table["table"]] = counted.get(table["table"], 0) + table["rows"]
        mapped = sum(message["records"] for message in entry["messages"] if message["state"] == "mapped")
        if mapped != entry["mapped_records"] or sum(message["records"] for message in entry["messages"]) != entry["records"]:
            failures.append(f"coverage of {entry['name']}: its messages do not add up")
    for table, count in counted.items():
        held = rows(lake, f"SELECT count(*) FROM {table}")
        if held and held[1] != [str(count)]:
            failures.append(f"coverage counts {count} rows of {table}, the lake holds {held[1][0]}")
    return len(counted)


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-cookbook-") as top:
        lake, bare = make_lakes(top)
        questions, views = check_questions(lake, bare), check_views(lake, bare)
        check_sums(lake)
        tables = check_coverage(lake)
    print("\n".join(failures) if failures else f"cookbook: {questions} questions answered, {views} views as documented, coverage of {tables} tables as the lake holds")
    return 1 if failures else 0


sys.exit(main())
