"""`uavlake info` of a large DataFlash log, which only counts, against `--whole`, which decodes: the same messages, counts and damage.

    info_large.py UAVLAKE

The log is a simulated one, repeated with later clocks to 280 MB: clean, with a torn end, with a hole in its tail, and with a hole in its
middle, which counting can't answer, so that all of it is decoded. Exit 77 where there is no room for it."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
import measure  # noqa: E402

UAVLAKE = os.path.abspath(sys.argv[1])
SIZE = 280 * 10**6


def tell(path, *options):
    """(was it sampled, the message table and damage lines)"""
    text = subprocess.run([UAVLAKE, "info", path, *options], capture_output=True, text=True, check=True).stdout
    lines = text.split("\n")
    table = lines[lines.index("") + 1:] if "" in lines else []
    return "samples decoded" in text, [line for line in table if line] + [line for line in lines if line.startswith(("damage", "cut off", " "))]


def check(path, what, sampled):
    was_sampled, quick = tell(path)
    _, whole = tell(path, "--whole")
    good = quick == whole and was_sampled == sampled and len(whole) > 5
    print(f"{what}: {'the same' if good else 'DIFFERENT'}")
    for line in [] if good else set(quick) ^ set(whole):
        print("  ", line)
    return good


def overwrite(path, offset, size):
    with open(path, "r+b") as file:
        file.seek(offset)
        before = file.read(size)
        file.seek(offset)
        file.write(bytes(size))
    return before


folder = measure.scratch(SIZE / 1e9)
if not folder:
    sys.exit(77)
with folder as place:
    big = os.path.join(place, "big.bin")
    size = measure.repeat_bin(measure.simulated(UAVLAKE, place, ".bin"), big, SIZE)
    results = [check(big, "clean", True)]
    with open(big, "ab") as log:
        log.write(b"\xa3\x95\x80\x01")
    results.append(check(big, "torn end", True))
    os.truncate(big, size)
    middle = overwrite(big, size // 2, 5000)
    results.append(check(big, "hole in the middle", False))
    with open(big, "r+b") as log:
        log.seek(size // 2)
        log.write(middle)
    overwrite(big, size - 300000, 5000)
    results.append(check(big, "hole in the tail", False))
sys.exit(not all(results))
