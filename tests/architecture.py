"""The architecture as a test: a folder of src/ includes itself and the folders above it in the ladder, nothing else; every
registered member has its golden folder; functions stay short; nothing foreign gets into the tree.

Usage: architecture.py SOURCE_ROOT. Exit 0: all well; 1: each breach is one line."""

import os
import re
import subprocess
import sys

ROOT = sys.argv[1]
breaches = []


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def ladder():
    text = re.search(r"ladder = \[(.*?)\]", read("src/meson.build"), re.S).group(1)
    return re.findall(r"'(\w+)'", text)


def sources():
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def check_includes():
    rank = {name: i for i, name in enumerate(ladder())}
    for path in sources():
        parts = path.split(os.sep)
        if len(parts) < 3:
            continue
        own = parts[1]
        for line in re.findall(r'^#include "([^"]+)"', read(path), re.M):
            target = line.split("/")[0]
            if "/" in line and target in rank and own in rank and rank[target] > rank[own]:
                breaches.append(f"{path}: {own} may not include {line}: it stands further down the ladder")


# libuavlog stands beside the ladder: it sees these, nobody sees it.
LIBRARY_SEES = {"base", "decode", "library"}


def check_library():
    for path in sources():
        own = path.split(os.sep)[1]
        for line in re.findall(r'^#include "([^"]+)"', read(path), re.M):
            if own == "library" and line != "uavlog.h" and line.split("/")[0] not in LIBRARY_SEES:
                breaches.append(f"{path}: the library may not include {line}: only base and decode belong to it")
            if own != "library" and (line == "uavlog.h" or line.startswith("library/")):
                breaches.append(f"{path}: may not include {line}: the library is for others")
    for name in re.findall(r"#include (\S+)", read("include/uavlog.h")):
        if name not in ("<stddef.h>", "<stdint.h>", "<uavlog.h>"):
            breaches.append(f"include/uavlog.h: includes {name}; it must stand alone")


# Registry → (folder of src whose meson.build lists it, name of the list).
REGISTRIES = {"decode": "decoders", "quality": "rules", "health": "indicators", "command": "commands"}


def members(folder, variable):
    build = read(f"src/{folder}/meson.build")
    match = re.search(variable + r" = \[(.*?)\]", build, re.S)
    return re.findall(r"'(\w+)'", re.sub(r"#.*", "", match.group(1))) if match else []


def check_golden():
    for folder, variable in REGISTRIES.items():
        for name in members(folder, variable):
            golden = os.path.join(ROOT, "tests", "golden", folder, name)
            if not os.path.isdir(golden) or not os.listdir(golden):
                breaches.append(f"src/{folder}/{name}.c has no golden folder tests/golden/{folder}/{name}")


def check_file_heads():
    for path in sources():
        if not read(path).startswith(("/*", "// generated", "/* generated")):
            breaches.append(f"{path}: a file opens with what it reads or decides")


LONGEST_FUNCTION = 90


def check_function_lengths():
    for path in sources():
        start = None
        for number, line in enumerate(read(path).split("\n"), 1):
            if re.match(r"^[a-zA-Z].*\) \{$", line) or (start is None and re.match(r"^ +.*\) \{$", line) and False):
                start = number
            elif line == "}" and start:
                if number - start + 1 > LONGEST_FUNCTION:
                    breaches.append(f"{path}:{start}: a function of {number - start + 1} lines (at most {LONGEST_FUNCTION})")
                start = None


def check_blobs():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=False)
    for name in listed.stdout.decode().split("\0"):
        path = os.path.join(ROOT, name)
        if name and os.path.isfile(path) and os.path.getsize(path) > 1_000_000:
            breaches.append(f"{name}: {os.path.getsize(path)} bytes; nothing in the tree is larger than a megabyte")


check_includes()
check_library()
check_golden()
check_file_heads()
check_function_lengths()
check_blobs()
print("\n".join(breaches) if breaches else "architecture: all well")
sys.exit(1 if breaches else 0)
