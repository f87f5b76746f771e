"""Our ULog decoder against pyulog: every .ulg of ../shared/logs, all topics and instances, all fields, raw; parameters with their changes and
defaults, information, log lines, dropouts.

Usage: ulog.py DUMP [SHARED [PART_OF_NAME]]. DUMP is uavlake-dump. Prints one line a log and each difference; exit 1 where there is one.
Needs pyulog (tests/requirements.txt). Without the folder it is skipped (exit 77).

Deliberate differences: pyulog makes a column of each array element, ours is an array column (expanded here); ours keeps the instances of a
topic in one message with the column multi_id; char arrays are text here, single characters there, and padding inside a
record is no column here (both not compared); a bool is 0 or 1 here, whatever byte the log has (real logs hold 94 and 65); pyulog keeps only the
last value of an information key and of a changed parameter's name, so sets are compared; where pyulog reports a corrupt file or fails, only
that ours reads at least as many records is asked."""

import collections
import glob
import json
import os
import subprocess
import sys

try:
    import pyulog
except ImportError:
    sys.exit(77)

SHOWN = 5
NOTES = ("parameter", "parameter_default", "information", "information_multi", "logged_message", "dropout")


def ours(dump, path):
    """{message: {column: [values]}}, with arrays expanded as pyulog names them."""
    columns, definitions, report = {}, {}, {}
    done = subprocess.run([dump, path, "--all", "--kind", "ulog"], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        value = json.loads(line)
        if "define" in value:
            definitions[value["define"]] = value["name"], [field["name"] for field in value["fields"]]
        elif "report" in value:
            report = value
        else:
            name, fields = definitions[value["m"]]
            table = columns.setdefault(name, collections.defaultdict(list))
            for field, cell in zip(fields, value["v"]):
                if isinstance(cell, list):
                    for index, element in enumerate(cell):
                        table[f"{field}[{index}]"].append(element)
                else:
                    table[field].append(cell)
            table["(time)"].append(value["t"])
    return columns, report


def same(mine, theirs):
    if isinstance(mine, bool):
        mine = int(mine)
    theirs = theirs.item() if hasattr(theirs, "item") else theirs
    if isinstance(theirs, bool):
        theirs = int(theirs)
    return mine == theirs or (mine != mine and theirs != theirs)


def compare_topics(mine, log, differences):
    records = 0
    for data in log.data_list:
        table = mine.get(data.name)
        if table is None:
            differences.append(f"{data.name}: not read")
            continue
        rows = [index for index, instance in enumerate(table["multi_id"]) if instance == data.multi_id]
        records += len(rows)
        for field in data.field_data:
            if field.type_str.startswith("char") or "_padding" in field.field_name:
                continue
            values = data.data[field.field_name]
            if field.type_str == "bool":
                values = values != 0
            if field.field_name not in table:
                differences.append(f"{data.name}: no column {field.field_name}")
            elif len(rows) != len(values):
                differences.append(f"{data.name}[{data.multi_id}]: {len(rows)} rows, {len(values)} in pyulog")
                break
            else:
                column = table[field.field_name]
                wrong = [i for i, row in enumerate(rows) if not same(column[row], values[i])]
                if wrong:
                    differences.append(f"{data.name}[{data.multi_id}].{field.field_name}: {len(wrong)} values differ, first "
                                       f"{column[rows[wrong[0]]]!r} and {values[wrong[0]]!r}")
    return records


def compare_parameters(mine, log, differences):
    table = mine.get("parameter", {"name": [], "value": []})
    pairs = set(zip(table["name"], map(float, table["value"])))
    theirs = {(name, float(value)) for name, value in log.initial_parameters.items()}
    theirs |= {(name, float(value)) for _, name, value in log.changed_parameters}
    if not theirs <= pairs or {name for name, _ in pairs} != {name for name, _ in theirs}:
        differences.append(f"parameters: {sorted(theirs ^ pairs)[:3]}")
    defaults = mine.get("parameter_default")
    told = {(n, float(v)) for n, v, s in zip(defaults["name"], defaults["value"], defaults["of_system"]) if s} if defaults else set()
    wanted = {(n, float(v)) for n, v in log.get_default_parameters(0).items()} if log.has_default_parameters else set()
    if told != wanted:
        differences.append(f"default parameters: {sorted(told ^ wanted)[:3]}")


def compare_lines(mine, log, differences):
    table = mine.get("logged_message", {"text": [], "level": [], "(time)": []})
    got = sorted(zip(table["(time)"], table["level"], table["text"]))
    wanted = [(line.timestamp, line.log_level - ord("0"), line.message) for line in log.logged_messages]
    for lines in log.logged_messages_tagged.values():
        wanted += [(line.timestamp, line.log_level - ord("0"), line.message) for line in lines]
    if got != sorted(wanted):
        differences.append(f"log lines: {len(got)} and {len(wanted)}")
    dropouts = mine.get("dropout", {"duration_ms": []})["duration_ms"]
    if dropouts != [dropout.duration for dropout in log.dropouts]:
        differences.append(f"dropouts: {dropouts[:5]} and {[dropout.duration for dropout in log.dropouts][:5]}")
    keys = set(mine.get("information", {"key": []})["key"])
    if keys != set(log.msg_info_dict):
        differences.append(f"information: {sorted(keys ^ set(log.msg_info_dict))[:5]}")
    multi = set(mine.get("information_multi", {"key": []})["key"])
    if multi != set(log.msg_info_multiple_dict):
        differences.append(f"information of several parts: {sorted(multi ^ set(log.msg_info_multiple_dict))[:5]}")


def compare(dump, path):
    differences = []
    mine, report = ours(dump, path)
    try:
        log = pyulog.ULog(path, None, False)
    except Exception as error:  # whatever the oracle dies of
        print(f"{os.path.basename(path)}: pyulog fails ({type(error).__name__}); ours reads {report['records']} records")
        return 0
    records = compare_topics(mine, log, differences)
    compare_parameters(mine, log, differences)
    compare_lines(mine, log, differences)
    theirs = {data.name for data in log.data_list}
    extra = [name for name in mine if name not in theirs and name not in NOTES]
    if extra and not log.file_corruption:
        differences.append(f"topics that pyulog has not: {extra[:5]}")
    if log.file_corruption:
        total = sum(len(data.data["timestamp"]) for data in log.data_list)
        differences = [] if records >= total else [f"{records} records, pyulog reads {total} of the corrupt file"]
    print(f"{os.path.basename(path)}: {records} records, {len(differences)} differences")
    for difference in differences[:SHOWN]:
        print("   ", difference)
    return len(differences)


def main():
    dump = os.path.abspath(sys.argv[1])
    shared = sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared")
    logs = sorted(glob.glob(os.path.join(shared, "logs", "**", "*.ulg"), recursive=True))
    logs = [path for path in logs if len(sys.argv) < 4 or sys.argv[3] in path]
    if not logs:
        sys.exit(77)
    differences = sum(compare(dump, path) for path in logs)
    print(f"{len(logs)} logs, {differences} differences")
    sys.exit(1 if differences else 0)


main()
