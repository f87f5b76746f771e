"""`uavlake cat` against pymavlink's own dictionaries: the same records in the same order with the same values.

    cat.py UAVLAKE [LOG…]     (without logs: those of ../shared; run from the project's folder)

Floats must be the same bits (float32 read back as float32). Integers with a factor (DataFlash c C e E L) are exact decimals here and a
product of two doubles there, so one unit in the last place is allowed. Left out: text, which pymavlink decodes in its own ways, and NaN,
which JSON lacks. pymavlink gives nothing of the last bytes of a damaged log: only what both have is compared, and it must be most.
Exit 77 without pymavlink or logs."""
import glob
import json
import math
import os
import struct
import subprocess
import sys

UAVLAKE, SHARED, CHOSEN = sys.argv[1], os.path.join("..", "shared"), sys.argv[2:]
RECORDS_MAX = 60000

try:
    os.environ["MAVLINK20"] = "1"
    from pymavlink import DFReader, mavutil
except ImportError:
    print("pymavlink is not installed")
    sys.exit(77)


def same(ours, theirs):
    if isinstance(theirs, (str, bytes)) or ours is None:
        return True
    if isinstance(theirs, (list, tuple)) or hasattr(theirs, "tolist"):
        return len(ours) == len(theirs) and all(same(a, b) for a, b in zip(ours, theirs))
    if ours == theirs or math.isclose(ours, theirs, rel_tol=3e-16):
        return True
    try:
        return struct.pack("<f", ours) == struct.pack("<f", theirs) == struct.pack("<f", struct.unpack("<f", struct.pack("<f", theirs))[0])
    except OverflowError:
        return False


def peer_records(path):
    if path.lower().endswith(".tlog"):
        log = mavutil.mavlink_connection(path, dialect="ardupilotmega", notimestamps=False)
    else:
        log = DFReader.DFReader_binary(path)
    while True:
        message = log.recv_msg()
        if message is None:
            return
        if message.get_type() != "BAD_DATA" and not message.get_type().startswith("UNKNOWN_"):
            yield message.get_type(), message.to_dict()


def our_records(path):
    with subprocess.Popen([UAVLAKE, "cat", path], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            record = json.loads(line)
            if not record["message"].startswith("UNKNOWN"):
                yield record.pop("message"), record
        process.stdout.close()
    if process.returncode not in (0, -13):
        raise SystemExit(f"{path}: uavlake cat ended with {process.returncode}")


def compare(path):
    """Number of records compared; raises AssertionError at the first difference."""
    count = 0
    for (name, record), (peer_name, peer) in zip(our_records(path), peer_records(path)):
        assert name == peer_name, f"{path}, record {count}: {name} here, {peer_name} there"
        for field, value in peer.items():
            if field == "mavpackettype" or field not in record:
                continue
            assert same(record[field], value), f"{path}, record {count}, {name}.{field}: {record[field]!r} here, {value!r} there"
        count += 1
        if count == RECORDS_MAX:
            break
    return count


logs = CHOSEN or sorted(glob.glob(os.path.join(SHARED, "logs", "dataflash_bin", "*", "*.BIN")) + glob.glob(os.path.join(SHARED, "logs", "tlog", "*", "*.tlog")))
if not logs:
    print("no logs to compare")
    sys.exit(77)
failures = 0
for log_path in logs:
    try:
        print(f"{os.path.basename(log_path)}: {compare(log_path)} records are the same")
    except AssertionError as difference:
        failures += 1
        print("DIFFERENT", difference)
sys.exit(failures > 0)
