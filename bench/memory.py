#!/usr/bin/env python3
"""Peak resident memory of decoding, printing and surveying logs from 20 MB to 2 GB: must stay flat, at most 32 MiB.

usage: memory.py UAVLAKE [--megabytes 20,200,2000]

The peak is the kernel's high-water mark of the process (VmHWM), read until it ends."""
import argparse
import os
import subprocess
import sys
import time

import measure

LIMIT_MIB = 32


def peak_mib(command):
    """VmHWM of the process, read until it ends."""
    peak = 0
    with open(os.devnull, "wb") as nowhere, subprocess.Popen(command, stdout=nowhere) as process:
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    peak = max([peak] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
            except (OSError, ValueError):
                pass
            time.sleep(0.002)
        if process.returncode:
            raise RuntimeError(f"{command} failed")
    return peak / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--megabytes", default="20,200,2000")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.megabytes.split(",")]
    folder = measure.scratch(max(sizes) / 1000)
    if not folder:
        return 77
    worst = 0
    with folder as path:
        for suffix, repeat, message in ((".bin", measure.repeat_bin, "ATT"), (".tlog", measure.repeat_tlog, "ATTITUDE"),
                                        (".ulg", measure.repeat_ulg, "vehicle_attitude")):
            log = measure.find_log(arguments.uavlake, path, suffix)
            if not log:
                print(f"no {suffix} is here")
                continue
            print(f"peak MiB: {os.path.basename(log)} repeated")
            for size in sizes:
                big = os.path.join(path, "big" + suffix)
                repeat(log, big, size * 10**6)
                works = {"bench decode": ["bench", "decode", big], f"cat {message}": ["cat", big, message], "info": ["info", big]}
                if size <= 200:
                    works["cat all"] = ["cat", big, "-f", "csv"]
                peaks = {name: peak_mib([arguments.uavlake] + work) for name, work in works.items()}
                worst = max([worst] + list(peaks.values()))
                print(f"  {size:6} MB  " + "  ".join(f"{name} {peak:.1f}" for name, peak in peaks.items()))
                os.unlink(big)
    print(f"highest {worst:.1f} MiB (must {LIMIT_MIB}): {'reached' if worst <= LIMIT_MIB else 'BELOW'}")
    return worst > LIMIT_MIB


if __name__ == "__main__":
    sys.exit(main())
