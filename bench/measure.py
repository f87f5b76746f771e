"""What the speed measurements share: logs repeated to any length, CPU seconds of whole processes, peers built once.

A real log is repeated with shifted clocks, so nothing in it is invented but its length (never use such a file for compression figures).
Without ../shared the logs come from `uavlake simulate`. CPU seconds are user and system time of a process with its start-up: other load on
the machine matters less than with the wall clock, and peers are run in turn with ours so that it slows both. The best of the rounds counts.

As a program: measure.py --peers builds the Rust peers and says where they are."""
import glob
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.path.join(HERE, "..", "..", "shared", "logs")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "uavlake", "bench-peers")
FMT_TYPE = 128


# ── logs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

def read_frames(data):
    """[(offset, length, type)] of an intact DataFlash log, and per type the offset of its 64-bit clock (or None)."""
    lengths, clocks, frames, at = {FMT_TYPE: 89}, {}, [], 0
    while at + 3 <= len(data) and data[at:at + 2] == b"\xa3\x95" and data[at + 2] in lengths:
        kind = data[at + 2]
        length = lengths[kind]
        if at + length > len(data):
            break
        if kind == FMT_TYPE:
            of, size = data[at + 3], data[at + 4]
            letters = data[at + 9:at + 25].split(b"\0")[0]
            names = data[at + 25:at + 89].split(b"\0")[0].split(b",")
            lengths[of] = size
            clocks[of] = 3 if names[0] == b"TimeUS" and letters[:1] in b"Qq" else None
        frames.append((at, length, kind))
        at += length
    return frames, clocks


def repeat_bin(path, out, size):
    """Writes the DataFlash log over and over into `out`, each time later, until `size` bytes are reached; the definitions only once."""
    data = open(path, "rb").read()
    frames, clocks = read_frames(data)
    first = b"".join(data[a:a + n] for a, n, _ in frames)
    body, stamps = bytearray(), []
    for offset, length, kind in frames:
        if kind == FMT_TYPE:
            continue
        if clocks.get(kind) is not None:
            stamps.append(len(body) + 3)
        body += data[offset:offset + length]
    times = [struct.unpack_from("<Q", body, s)[0] for s in stamps]
    step = (max(times) - min(times) + 1_000_000) if times else 0
    with open(out, "wb") as file:
        written, shift = file.write(first), step
        while written < size:
            for stamp, moment in zip(stamps, times):
                struct.pack_into("<Q", body, stamp, moment + shift)
            written += file.write(body)
            shift += step
    return written


def tlog_frames(data):
    at = 0
    while at + 16 < len(data):
        marker, length = data[at + 8], data[at + 9]
        size = length + 8 if marker == 0xFE else length + 12 + (13 if data[at + 10] & 1 else 0)
        if marker not in (0xFE, 0xFD) or at + 8 + size > len(data):
            break
        yield at, at + 8 + size
        at += 8 + size


def repeat_tlog(path, out, size):
    """The same for a telemetry log with stamps."""
    data = open(path, "rb").read()
    frames = list(tlog_frames(data))
    stamps = [struct.unpack_from(">Q", data, begin)[0] for begin, _ in frames]
    body, step, written = bytearray(data[:frames[-1][1]]), max(stamps) - min(stamps) + 1_000_000, 0
    with open(out, "wb") as file:
        turn = 0
        while written < size:
            for (begin, _), stamp in zip(frames, stamps):
                struct.pack_into(">Q", body, begin, stamp + turn * step)
            written += file.write(body)
            turn += 1
    return written


def ulog_messages(data):
    """(offset, end, type) of each message of an intact ULog without appended parts."""
    at = 16
    while at + 3 <= len(data):
        end = at + 3 + struct.unpack_from("<H", data, at)[0]
        if end > len(data):
            break
        yield at, end, chr(data[at + 2])
        at = end


def repeat_ulg(path, out, size):
    """The same for a ULog: the data records over and over, each time later; formats, parameters and subscriptions only once."""
    data = open(path, "rb").read()
    messages = list(ulog_messages(data))
    records = [(begin, end) for begin, end, kind in messages if kind == "D"]
    body, stamps = bytearray(), []
    for begin, end in records:
        stamps.append(len(body) + 5)
        body += data[begin:end]
    times = [struct.unpack_from("<Q", body, s)[0] for s in stamps]
    step = max(times) - min(times) + 1_000_000
    with open(out, "wb") as file:
        written = file.write(data[:16]) + sum(file.write(data[begin:end]) for begin, end, kind in messages if kind != "D")
        shift = 0
        while written < size:
            for stamp, moment in zip(stamps, times):
                struct.pack_into("<Q", body, stamp, moment + shift)
            written += file.write(body)
            shift += step
    return written


def simulated(uavlake, folder, suffix):
    out = os.path.join(folder, "simulated")
    subprocess.run([uavlake, "simulate", "--out", out, "--flights", "2", "--vehicles", "1", "--photos", "0", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    return max(glob.glob(os.path.join(out, "**", "*" + suffix), recursive=True), key=os.path.getsize)


def find_log(uavlake, folder, suffix):
    """A log to repeat: the largest intact real one, else one of our simulator."""
    pattern = {".bin": os.path.join(SHARED, "dataflash_bin", "*", "*.BIN"), ".tlog": os.path.join(SHARED, "tlog", "*UAVLogViewer", "*.tlog"),
               ".ulg": os.path.join(SHARED, "px4_ulg", "*pyulog", "sample.ulg")}[suffix]
    logs = glob.glob(pattern)
    if logs:
        return max(logs, key=os.path.getsize)
    return None if suffix == ".ulg" else simulated(uavlake, folder, suffix)


def scratch(gigabytes=0.0):
    """A folder for large files; None (with a line) where there is no room for them."""
    folder = tempfile.TemporaryDirectory(prefix="uavlake-bench-")
    if shutil.disk_usage(folder.name).free < gigabytes * 1e9 * 1.5:
        print(f"skipped: {tempfile.gettempdir()} has no {gigabytes:.1f} GB to spare")
        folder.cleanup()
        return None
    return folder


# ── processes ─────────────────────────────────────────────────────────────────────────────────────────────────────

class Run:
    """One process: output, CPU and wall seconds, peak resident MiB (as far as it is above that of the starting process)."""

    def __init__(self, command, out=subprocess.PIPE, environment=None):
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, env=environment, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise RuntimeError(f"{os.path.basename(command[0])}: {done.stderr.decode(errors='replace').strip().splitlines()[-1:]}")
        self.output = (done.stdout or b"").decode()
        self.wall_s = time.monotonic() - begin
        self.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turn(commands, rounds):
    """{name: Run} of the round with the least CPU, all commands taking turns. commands: {name: argument list}."""
    best = {}
    for _ in range(rounds):
        for name, command in commands.items():
            run = Run(command)
            if name not in best or run.cpu_s < best[name].cpu_s:
                best[name] = run
    return best


class Table:
    """Lines of MB per CPU second, and how many times faster than each peer ours is."""

    def __init__(self, title):
        print(title)
        self.rates = {}

    def add(self, name, megabytes, cpu_s, note=""):
        self.rates[name] = megabytes / max(cpu_s, 1e-6)
        print(f"  {name:34} {megabytes:9.1f} MB {cpu_s:8.3f} CPU s {self.rates[name]:9.1f} MB per CPU s  {note}".rstrip())

    def ratio(self, ours, peer, must, aim):
        """must, aim: the project's own goals."""
        ratio = self.rates[ours] / self.rates[peer]
        grade = "aim reached" if ratio >= aim else "must reached" if ratio >= must else "BELOW"
        print(f"  {ours} is {ratio:.1f} × {peer} (must {must:g}, aim {aim:g}): {grade}")


# ── peers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

def python_has(module):
    return subprocess.run([sys.executable, "-c", "import " + module], capture_output=True, check=False).returncode == 0


def mavlogdump():
    """The command of pymavlink's mavlogdump.py, None where it is not installed."""
    beside = os.path.join(os.path.dirname(sys.executable), "mavlogdump.py")
    path = beside if os.path.exists(beside) else shutil.which("mavlogdump.py")
    return [sys.executable, path] if path and python_has("pymavlink") else None


def rust_peers():
    """{"binlog": program, "tlog": …, "ulog": …}: loops over the crates ardupilot-binlog, mavlink, px4-ulog, built once into the cache."""
    programs = {name: os.path.join(CACHE, "target", "release", name) for name in ("binlog", "tlog", "ulog")}
    if all(os.path.exists(program) for program in programs.values()):
        return programs
    if not shutil.which("cargo"):
        print("  the Rust crates are left out: cargo is not installed")
        return {}
    source = os.path.join(CACHE, "source")
    shutil.copytree(os.path.join(HERE, "peers"), source, dirs_exist_ok=True)
    done = subprocess.run(["cargo", "build", "--release", "--quiet", "--jobs", "2"], cwd=source, capture_output=True, text=True, check=False,
                          env=dict(os.environ, CARGO_TARGET_DIR=os.path.join(CACHE, "target")))
    if done.returncode:
        print("  the Rust crates are left out, cargo can't build them:", done.stderr.strip().splitlines()[-1:])
        return {}
    return programs


if __name__ == "__main__":
    print(rust_peers())
