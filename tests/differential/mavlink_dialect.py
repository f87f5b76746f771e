"""The same recordings by the compiled-in table and by the XML that it was made of, read at run time: the same lines, the same report.

Usage: mavlink_dialect.py PROGRAM [LOG …]. The XML comes with pymavlink, the recordings are simulated, and those of ../shared where it is."""

import glob
import os
import subprocess
import sys
import tempfile

try:
    import pymavlink
except ImportError:
    print("mavlink_dialect: pymavlink is not here")
    sys.exit(77)

PROGRAM = os.path.abspath(sys.argv[1])
XML = os.path.join(os.path.dirname(pymavlink.__file__), "dialects", "v10")


def output(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, check=False, timeout=120)


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        output("simulate", "-q", "--out", folder + "/f", "--vehicles", "1", "--flights", "1", "--duration", "60")
        logs = sys.argv[2:] or glob.glob(folder + "/f/*/*.tlog") + sorted(glob.glob("../shared/logs/tlog/*/*.tlog"))
        dialect = ["--dialect", os.path.join(XML, "ardupilotmega.xml")]
        for log in logs:
            for words in (["cat", log], ["info", log, "--json"]):
                own, read = output(*words), output(*words, *dialect)
                if (own.stdout, own.returncode) != (read.stdout, read.returncode):
                    failures += 1
                    print(f"{' '.join(words)}: not the same with the XML: {read.stderr[-300:]}")
        files = sorted(glob.glob(XML + "/*.xml"))
        for path in files:
            done = output("info", logs[0], "--dialect", path)
            if done.returncode:
                failures += 1
                print(f"{path}: {done.stderr[-300:]}")
    print(f"mavlink_dialect: {len(logs)} recordings, {len(files)} definitions, {failures} failures")
    return 1 if failures or not logs else 0


sys.exit(main())
