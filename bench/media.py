#!/usr/bin/env python3
"""Photographs and films a second, beside exiftool and ffprobe.

usage: media.py UAVLAKE [--times 20]

The real pictures and films of ../shared/logs, each as many times as told, in one process where the peer allows it (ffprobe takes one file a
process, as people use it). Ours reads EXIF, XMP, container and the telemetry inside; without the folder there is nothing to read."""
import argparse
import glob
import os
import shutil
import sys

import measure


def find(endings):
    found = glob.glob(os.path.join(measure.SHARED, "**", "*"), recursive=True)
    return sorted(path for path in found if path.lower().endswith(endings))


def show(name, count, cpu_s, rates):
    rates[name] = count / max(cpu_s, 1e-6)
    print(f"  {name:12} {count:6} files {cpu_s:8.3f} CPU s {rates[name]:9.0f} files per CPU s")


def compare(title, uavlake, files, times, peer, peer_command, one_each):
    print(f"{title}: {len(files)} files, {times} times")
    rates, many = {}, files * times
    show("uavlake", len(many), min(measure.Run([uavlake, "bench", "decode"] + many).cpu_s for _ in range(3)), rates)
    if not shutil.which(peer):
        print(f"  {peer} is left out: it is not installed")
        return
    if one_each:
        show(peer, len(files), sum(measure.Run(peer_command + [path]).cpu_s for path in files), rates)
    else:
        show(peer, len(many), measure.Run(peer_command + many).cpu_s, rates)
    print(f"  uavlake is {rates['uavlake'] / rates[peer]:.0f} × {peer}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("uavlake")
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    photos, films = find((".jpg", ".jpeg")), find((".mp4", ".mov"))
    if not photos:
        print("skipped: ../shared is not here")
        return 77
    compare("photographs", arguments.uavlake, photos, arguments.times, "exiftool", ["exiftool", "-q", "-json"], False)
    compare("films", arguments.uavlake, films, arguments.times, "ffprobe",
            ["ffprobe", "-v", "quiet", "-show_format", "-show_streams", "-print_format", "json"], True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
