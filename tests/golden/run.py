"""Runs text cases: commands and the output they must give.

A case is a .txt file under tests/golden/<registry>/<member>/ (or tests/cli/). Lines that begin with "$ " are typed into bash, in an
empty folder of the case's own, where `uavlake` is the program under test and $HERE the case's folder; the lines up to the next
command are what standard output and error must show, "[3]" at the end being an exit code that is not 0. A line that ends in " (re)"
is a regular expression, the case's folder reads <folder>, "..." stands for any lines, and lines that begin with "# " are remarks.

Usage: run.py PROGRAM FOLDER…     UAVLAKE_ACCEPT=1 writes what came into the cases (patterns that still match are kept)."""

import difflib
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, FOLDERS = os.path.abspath(sys.argv[1]), sys.argv[2:]
ACCEPT = os.environ.get("UAVLAKE_ACCEPT")


def parse(path):
    """Blocks of [remark lines, command lines, expected lines]."""
    blocks, current = [], None
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n")[:-1]:
            if line.startswith("$ "):
                current = ([line[2:]], [])
                blocks.append(current)
            elif line.startswith("> ") and current and not current[1]:
                current[0].append(line[2:])
            elif line.startswith("# ") and (current is None or line.startswith("# ")):
                blocks.append(line)
                current = None
            elif current:
                current[1].append(line)
            elif line:
                raise SystemExit(f"{path}: output stands before the first command: {line}")
            else:
                blocks.append("")
    return blocks


def run_block(command, folder, here):
    environment = dict(os.environ, HERE=here, LC_ALL="C.UTF-8", TZ="UTC", PATH=os.path.dirname(PROGRAM) + ":" + os.environ["PATH"])
    environment.pop("UAVLAKE_LAKE", None)
    done = subprocess.run(["bash", "-c", "\n".join(command)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    text = done.stdout.decode("utf-8", "backslashreplace").replace(folder, "<folder>")
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") if text else []
    return lines + ([f"[{done.returncode}]"] if done.returncode else [])


def line_matches(expected, got):
    if expected.endswith(" (re)"):
        return re.fullmatch(expected[:-5], got) is not None
    return expected == got


def matches(expected, got):
    if not expected:
        return not got
    if expected[0] == "...":
        return any(matches(expected[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and line_matches(expected[0], got[0]) and matches(expected[1:], got[1:])


def run_case(path):
    blocks, failures, written = parse(path), [], []
    with tempfile.TemporaryDirectory(prefix="uavlake-case-") as folder:
        for block in blocks:
            if isinstance(block, str):
                written.append(block)
                continue
            command, expected = block
            while expected and expected[-1] == "":
                expected.pop()
            got = run_block(command, folder, os.path.dirname(os.path.abspath(path)))
            good = matches(expected, got)
            written += ["$ " + command[0]] + ["> " + line for line in command[1:]] + (expected if good else got)
            if not good:
                failures.append("$ " + command[0] + "\n" + "\n".join(difflib.unified_diff(expected, got, "expected", "got", lineterm="")))
    if failures and ACCEPT:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(written) + "\n")
    return failures


def cases():
    for top in FOLDERS:
        for folder, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                if name.endswith(".txt") and not name.startswith("."):
                    yield os.path.join(folder, name)


passed = failed = 0
for case in cases():
    failures = run_case(case)
    if failures:
        failed += 1
        print(f"FAILED {case}\n" + "\n".join(failures) + "\n")
    else:
        passed += 1
print(f"golden: {passed} passed, {failed} failed")
sys.exit(1 if failed and not ACCEPT else 0)
