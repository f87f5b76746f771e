"""Every file of ../shared/logs is recognised as what its index says.

Usage: kinds.py PROGRAM [SHARED]. Prints each difference; exit 1 where there is one. Without the folder: nothing to do."""

import csv
import json
import os
import subprocess
import sys

KINDS = {  # the index's word: ours
    "battery_csv": "csv", "blackbox": "blackbox", "dataflash_bin": "dataflash", "dataflash_log": "dataflash_text",
    "dataflash_log_zip": "zip", "dji_app_log": "dji_app_log", "dji_csv": "dji_csv", "dji_txt": "dji_txt",
    "image_metadata_csv": "csv", "jpeg": "jpeg", "jpeg_thermal": "jpeg", "klv": "klv", "labels": "text",
    "maintenance_csv": "csv", "mavlink_raw": "mavlink", "mp4": "mp4", "nmea_txt": "nmea", "paparazzi_log": "paparazzi",
    "parm": "parameters", "px4_csv": "csv", "px4_px4log": "px4log", "px4_ulg": "ulog", "px4_ulg_zip": "zip",
    "qgc_plan": "plan", "radio_csv": "radio_csv", "srt": "dji_srt", "tlog": "mavlink", "waypoints": "waypoints",
}


def kind_of(program, path):
    done = subprocess.run([program, "info", "--json", path], capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["kind"]
    except (ValueError, KeyError):
        return done.stderr.strip()


def main():
    program = sys.argv[1]
    shared = sys.argv[2] if len(sys.argv) > 2 else "../shared"
    index = os.path.join(shared, "logs", "index.tsv")
    if not os.path.exists(index):
        print("kinds: ../shared is not here; nothing to compare")
        return 0
    wrong = files = 0
    for row in csv.DictReader(open(index, encoding="utf-8"), delimiter="\t"):
        files += 1
        got, expected = kind_of(program, os.path.join(shared, "logs", row["file"])), KINDS.get(row["kind"], "?")
        if got != expected:
            wrong += 1
            print(f"{row['file']}: the index says {row['kind']}, so {expected}; recognised as {got}")
    print(f"kinds: {files} files, {wrong} recognised wrongly")
    return 1 if wrong else 0


sys.exit(main())
