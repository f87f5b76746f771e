"""What an audit finds: bits that turn, files that are gone, cut or strange, documents that lost their partner, kill -9 in the middle.

A lake of simulated flights is damaged in one way at a time; the audit must name that and nothing else, with what is known of it.
Usage: audit.py PROGRAM. Prints what went wrong, and ends with 1 then."""

import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
failures = []


def uavlake(*arguments, check=True):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if check and done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)} failed: {done.stderr}")
    return done


def expect(true, text):
    if not true:
        failures.append(text)


class Audit:
    """One run: its faults, its report, its exit code."""

    def __init__(self, lake, *options):
        done = uavlake("audit", "--json", "-l", lake, *options, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.code, self.messages = done.returncode, done.stderr
        self.faults, self.report = lines[:-1], lines[-1] if lines else {}

    def kinds(self):
        return sorted(fault["fault"] for fault in self.faults)

    def only(self, what, *kinds):
        """These faults and no others, in lines, report and exit code alike."""
        expect(self.kinds() == sorted(kinds), f"{what}: {sorted(kinds)} wanted, {[(f['fault'], f['path'], f['text']) for f in self.faults]} found")
        expect(self.code == (3 if kinds else 0), f"{what}: exit code {self.code}")
        expect(self.report.get("faults") == len(kinds), f"{what}: the report counts {self.report.get('faults')}")
        expect(sum(self.report.get("fault_kinds", {}).values()) == len(kinds), f"{what}: kinds {self.report.get('fault_kinds')}")
        return self.faults[0] if self.faults else {"path": "", "text": "", "remedy": "", "log": ""}


def change(path, how):
    """Lets `how` change a file's bytes, which may be write-protected."""
    os.chmod(path, 0o644)
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data = how(data)
    with open(path, "wb") as file:
        file.write(data)


def turn_bit(data):
    data[len(data) // 2] ^= 0x10
    return data


class Copy:
    """The lake again, to be damaged."""

    def __init__(self, lake):
        self.lake = lake

    def __enter__(self):
        self.path = self.lake + "-copy"
        shutil.copytree(self.lake, self.path)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


def sql(lake, *statements):
    with sqlite3.connect(os.path.join(lake, "catalog.sqlite")) as database:
        for statement in statements:
            database.execute(*statement) if isinstance(statement, tuple) else database.execute(statement)


def one(lake, pattern):
    return sorted(glob.glob(os.path.join(lake, pattern), recursive=True))[0]


# ---- one fault at a time ----

def good(lake):
    audit = Audit(lake)
    audit.only("a good lake")
    report = audit.report
    expect(report["read_files"] == report["objects"] + report["tables"], f"not all was read: {report['read_files']}")
    expect(report["read_bytes"] == report["object_bytes"] + report["table_bytes"], "not all bytes were read")
    expect(report["verified"]["files"] == report["read_files"], "not all was found right")
    expect(report["rows"].get("counted") == report["rows"]["written"] > 0, f"rows: {report['rows'].get('counted')} of {report['rows']['written']}")
    for name in ("by_kind", "by_source", "by_month", "by_age"):
        expect(sum(share["bytes"] for share in report["storage"][name]) == report["object_bytes"], f"{name} does not add up")
    expect(sum(share["files"] for share in report["storage"]["by_table"]) == report["tables"], "by_table does not add up")
    expect(report["quality"]["months"] and report["quality"]["vehicles"], "no scores")


def damaged_object(lake, logs):
    with Copy(lake) as copy:
        path = one(copy, "raw/**/*.bin")
        change(path, turn_bit)
        Audit(copy, "--quick").only("a bit, quick")
        fault = Audit(copy).only("a bit of an original", "object_changed")
        expect(fault["log"] and os.path.basename(path).startswith(fault["log"][:16]), f"the log is {fault['log']}")
        expect("install" in fault["remedy"] and logs in fault["remedy"], f"the copy outside is not named: {fault['remedy']}")
        subprocess.run(fault["remedy"], shell=True, check=True)
        Audit(copy).only("after the remedy")


def lost_object(lake):
    with Copy(lake) as copy:
        os.remove(one(copy, "raw/**/*.bin"))
        fault = Audit(copy, "--quick").only("an original that is gone", "object_missing")
        expect(fault["path"].startswith("raw/") and "rows made from it" in fault["text"], f"{fault}")
        change(one(copy, "raw/**/*.bin"), lambda data: data[:-7])
        expect(Audit(copy).kinds() == ["object_changed", "object_missing"], "a cut original")
    with Copy(lake) as copy:
        with open(os.path.join(copy, "raw", "it's strange;.bin"), "wb") as file:
            file.write(b"who am I?")
        Audit(copy, "--quick").only("an object that nobody named", "object_unknown")


def copy_gone(lake, logs):
    """The file that it came from is another one now: it is no copy."""
    with Copy(lake) as copy:
        path = one(copy, "raw/**/*.bin")
        change(path, turn_bit)
        hidden = logs + "-away"
        os.rename(logs, hidden)
        fault = Audit(copy).only("no copy", "object_changed")
        expect("backup" in fault["remedy"], fault["remedy"])
        os.rename(hidden, logs)


def damaged_table(lake):
    with Copy(lake) as copy:
        path = one(copy, "tables/gps/**/*.parquet")
        change(path, turn_bit)
        fault = Audit(copy).only("a bit of a table", "table_changed")
        expect(os.path.join(copy, fault["path"]) == path, f"a bit of a table: {fault['path']}")
        expect(fault["remedy"].startswith("uavlake recompute --log "), fault["remedy"])
    with Copy(lake) as copy:
        path = one(copy, "tables/attitude/**/*.parquet")
        change(path, lambda data: data[:-1])
        Audit(copy, "--quick").only("a cut table file", "table_changed")
        os.remove(path)
        Audit(copy, "--quick").only("a table file that is gone", "table_missing")
        with open(os.path.join(copy, "tables", "notes.txt"), "w", encoding="ascii") as file:
            file.write("hm")
        expect(Audit(copy, "--quick").kinds() == ["table_missing", "table_unknown"], "a stray file")


def lost_documents(lake):
    with Copy(lake) as copy:
        sql(copy, "DELETE FROM table_files WHERE id = (SELECT id FROM table_files WHERE id LIKE 'tables/gps/%' LIMIT 1)")
        audit = Audit(copy)
        expect("table_unknown" in audit.kinds() and "rows_differ" in audit.kinds(), f"a commit forgot a file: {audit.kinds()}")
        audit = Audit(copy, "--quick")
        expect("rows_differ" in audit.kinds(), f"the same, quick: {audit.kinds()}")
    with Copy(lake) as copy:
        sql(copy, "DELETE FROM table_files")
        kinds = Audit(copy, "--quick").kinds()
        expect("log_without_rows" in kinds, f"no commit: {set(kinds)}")
    with Copy(lake) as copy:
        sql(copy, "UPDATE logs SET document = json_set(document, '$.rows', json_extract(document, '$.rows') + 5) WHERE id = "
                  "(SELECT id FROM logs WHERE json_extract(document, '$.rows') > 0 LIMIT 1)")
        fault = Audit(copy).only("five rows too few", "rows_differ")
        expect("recompute" in fault["remedy"], fault["remedy"])
    with Copy(lake) as copy:
        sql(copy, "DELETE FROM flights WHERE id = (SELECT id FROM flights LIMIT 1)")
        kinds = Audit(copy, "--quick").kinds()
        expect("flight_missing" in kinds and set(kinds) <= {"flight_missing", "finding_without_flight"}, f"a flight is gone: {kinds}")
    with Copy(lake) as copy:
        sql(copy, "UPDATE flights SET document = json_set(document, '$.logs', json('[\"ab\"]')) WHERE id = (SELECT id FROM flights LIMIT 1)")
        Audit(copy, "--quick").only("a flight without logs", "flight_without_log")
    with Copy(lake) as copy:
        sql(copy, "INSERT INTO findings VALUES ('x', '{\"flight\":\"nobody-19700101T000000Z\"}')")
        Audit(copy, "--quick").only("a finding without a flight", "finding_without_flight")
    with Copy(lake) as copy:
        sql(copy, "DELETE FROM logs")
        kinds = set(Audit(copy, "--quick").kinds())
        expect({"object_unknown", "table_without_log", "flight_without_log"} <= kinds, f"a catalogue without logs: {kinds}")


# ---- what is read ----

def parts(lake):
    """A sample reads its share, the longest not looked at first; --older-than what is due."""
    with Copy(lake) as copy:
        first = Audit(copy, "--sample", "20%")
        first.only("a sample")
        expect(0 < first.report["read_files"] < first.report["objects"] + first.report["tables"], "a sample of all or nothing")
        whole = first.report["object_bytes"] + first.report["table_bytes"]
        expect(first.report["read_bytes"] >= 0.2 * whole, "a sample too small")
        for _ in range(5):
            last = Audit(copy, "--sample", "20%")
        expect(last.report["verified"]["files"] == last.report["objects"] + last.report["tables"], "six samples of a fifth left something out")
        expect(Audit(copy, "--older-than", "1d").report["read_files"] == 0, "read again within a day")
        sql(copy, "UPDATE jobs SET document = json_set(document, '$.times', '') WHERE id = 'audit_verified-07'")
        again = Audit(copy, "--older-than", "1d").report
        expect(0 < again["read_files"] < 60, f"after a part was forgotten {again['read_files']} files were read")
        change(one(copy, "raw/**/*.bin"), turn_bit)
        Audit(copy).only("rot", "object_changed")
        Audit(copy, "--sample", "0.1%").only("what was found wrong comes first", "object_changed")


def killed(lake):
    """Cut off by kill -9 while it reads slowly; the next one reads the rest, and only that."""
    with Copy(lake) as copy:
        sql(copy, "DELETE FROM jobs")
        whole = Audit(copy, "--quick").report
        rate = str(int((whole["object_bytes"] + whole["table_bytes"]) / 20e3)) + "kB/s"
        process = subprocess.Popen([PROGRAM, "audit", "-q", "--rate", rate, "-l", copy], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end and not saved_parts(copy):
            time.sleep(0.1)
        two = Audit(copy)
        expect(two.code == 6 and "another audit" in two.messages, f"a second audit beside it: {two.code} {two.messages}")
        expect(process.poll() is None, "it read faster than its rate")
        process.send_signal(signal.SIGKILL)
        process.wait()
        other = Audit(copy, "--sample", "1%")
        expect(other.report["earlier_files"] == 0, "another choice went on with it")
    with Copy(lake) as copy:
        sql(copy, "DELETE FROM jobs")
        process = subprocess.Popen([PROGRAM, "audit", "-q", "--rate", rate, "-l", copy], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end and not saved_parts(copy):
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        rest = Audit(copy)
        rest.only("after kill -9")
        report = rest.report
        expect(report["resumed"] and report["earlier_files"] > 0, f"it did not go on: {report['earlier_files']} files")
        expect(report["earlier_files"] + report["read_files"] == report["objects"] + report["tables"], "something was left out or read twice")
        expect(Audit(copy).report["earlier_files"] == 0, "a run that had ended was gone on with")


def saved_parts(lake):
    with sqlite3.connect(os.path.join(lake, "catalog.sqlite"), timeout=30) as database:
        return database.execute("SELECT count(*) FROM jobs WHERE id LIKE 'audit_verified-%' AND length(document) > 60").fetchone()[0]


# ---- what is kept ----

def reports(lake):
    with Copy(lake) as copy:
        for _ in range(53):
            Audit(copy, "--quick")
        with sqlite3.connect(os.path.join(copy, "catalog.sqlite")) as database:
            kept = database.execute("SELECT count(*) FROM jobs WHERE json_extract(document, '$.kind') = 'audit'").fetchone()[0]
        expect(kept == 50, f"{kept} reports are kept")
        page = os.path.join(copy, "report.html")
        uavlake("audit", "--quick", "-q", "--report", page, "-l", copy)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        expect(text.startswith("<!doctype html>") and "<svg" in text and text.rstrip().endswith("</html>"), "the page is not whole")
        expect("http:" not in text.replace("http://www.w3.org", "") and "https:" not in text and "<script" not in text, "the page calls out")
        sql(copy, ("UPDATE logs SET document = json_set(document, '$.state', 'quarantined', '$.reason', '<img src=x onerror=alert(1)>', '$.name', '\"><b>') "
                   "WHERE id = (SELECT id FROM logs LIMIT 1)",))
        uavlake("audit", "--quick", "-q", "--report", page, "-l", copy, check=False)
        with open(page, encoding="utf-8") as file:
            text = file.read()
        expect("<img" not in text and "<b>" not in text and "&lt;img" in text, "text of logs becomes a part of the page")
        shown = json.loads(uavlake("audit", "--last", "--json", "-l", copy, check=False).stdout.splitlines()[-1])
        expect(shown["quarantine"]["logs"] == 1, "--last is another report")


def prices(lake):
    with Copy(lake) as copy:
        report = Audit(copy, "--quick").report
        expect(report["storage"]["month_cost"] is None, "money without a price")
        report = Audit(copy, "--quick", "--price", "disk=1000", "--price", "cold=1", "--currency", "EUR").report
        wanted = (report["object_bytes"] + report["table_bytes"]) / 1e9 * 1000
        expect(abs(report["storage"]["month_cost"] - wanted) < 1e-3 * wanted, f"{report['storage']['month_cost']} instead of {wanted}")
        report = Audit(copy, "--quick").report
        expect(report["storage"]["currency"] == "EUR" and report["storage"]["month_cost"], "prices are forgotten")
        report = Audit(copy, "--quick", "--price", "disk=").report
        expect(report["storage"]["month_cost"] is None, "a price that was taken back")


# ---- what is shipped to run it at night ----

def units(top):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")
    texts = {}
    for name in ("uavlake-audit.service", "uavlake-audit.timer", "uavlake-audit.cron"):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            texts[name] = file.read().replace("/usr/local/bin/uavlake", PROGRAM)
    line = texts["uavlake-audit.cron"].strip().splitlines()[-1]
    expect(len(line.split()) > 6 and "%" not in line, "the cron line")  # cron takes % for the end of the line
    command = line.split(None, 6)[6].replace("/srv/lake", os.path.join(top, "nothing"))
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False).stdout
    expect("there is no lake" in said, f"a failure in cron: {said!r}")
    if not shutil.which("systemd-analyze"):
        return
    for name in ("uavlake-audit.service", "uavlake-audit.timer"):
        with open(os.path.join(top, name), "w", encoding="utf-8") as file:
            file.write(texts[name])
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *(os.path.join(top, name) for name in texts if not name.endswith("cron"))],
                          capture_output=True, text=True, timeout=60, check=False)
    expect("uavlake-audit" not in done.stderr, done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix="uavlake-audit-") as top:
        lake, logs = os.path.join(top, "lake"), os.path.join(top, "logs")
        uavlake("init", "-l", lake)
        uavlake("simulate", "--out", logs, "--flights", "6", "--vehicles", "2", "--duration", "40", "--seed", "3", "-q")
        uavlake("add", logs, "-q", "-l", lake)
        good(lake)
        damaged_object(lake, logs)
        copy_gone(lake, logs)
        lost_object(lake)
        damaged_table(lake)
        lost_documents(lake)
        parts(lake)
        killed(lake)
        reports(lake)
        prices(lake)
        units(top)
    for failure in failures:
        print(failure)
    return 1 if failures else 0


sys.exit(main())
