"""Does the same flight say the same from the vehicle's log and from the ground station's, in the lake's tables?

Every flight of ../shared/fleet that has a .bin and a .tlog: position within 1 m, attitude within 1°, battery within 0.1 V at matched times. Times are UTC
as the lake gives them; the two clocks are fitted from different messages, so they may differ by a constant, which is measured and must
stay within CLOCK_S. Attitude and voltage change between two records, and the ground station stamps by arrival: they must lie within 1° and
0.1 V of the range that the three records around their time span.
Usage: agreement.py PROGRAM. Exit 77: no fleet."""

import csv
import io
import os
import subprocess
import sys
import tempfile

import numpy

PROGRAM = os.path.abspath(sys.argv[1])
FLEET = os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared", "fleet")
CLOCK_S, GAP_S, SHARE = 0.1, 0.5, 0.995
failures = []


def uavlake(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"uavlake {' '.join(arguments)} failed: {done.stderr}")
    return done.stdout


def read(lake, table, columns, log, where="true"):
    """Rows by time: seconds of UTC, then the columns."""
    text = uavlake("query", f"SELECT epoch_us(time) / 1e6, {', '.join(columns)} FROM {table} WHERE log_id = '{log}' AND flight_id IS NOT NULL AND "
                            f"{' AND '.join(f'{column} IS NOT NULL' for column in columns)} AND {where} ORDER BY time", "-f", "csv", "-l", lake)
    rows = [[float(cell) for cell in row] for row in list(csv.reader(io.StringIO(text)))[1:]]
    return numpy.array(rows) if rows else numpy.zeros((0, len(columns) + 1))


def around(main, times):
    """Index of the record after each time; which times lie between two records that are not far apart."""
    after = numpy.searchsorted(main[:, 0], times)
    inside = (after > 0) & (after < len(main))
    after = numpy.clip(after, 1, len(main) - 1)
    return after, inside & (main[after, 0] - main[after - 1, 0] <= GAP_S)


def between(main, after, times, column, angle=False):
    t0, t1, a, b = main[after - 1, 0], main[after, 0], main[after - 1, column], main[after, column]
    step = (b - a + 180) % 360 - 180 if angle else b - a
    return a + step * (times - t0) / numpy.maximum(t1 - t0, 1e-9)


def place_errors(main, other, shift):
    times = other[:, 0] + shift
    after, inside = around(main, times)
    lat, lon = between(main, after, times, 1), between(main, after, times, 2)
    metres = 111195 * numpy.hypot(other[:, 1] - lat, (other[:, 2] - lon) * numpy.cos(numpy.radians(lat)))
    height = numpy.abs(other[:, 3] - between(main, after, times, 3))
    return metres[inside], height[inside]


def outside(main, other, shift, column, angle=False):
    """How far a value lies outside the range that the three records around its time span."""
    after, inside = around(main, other[:, 0] + shift)
    near = [main[numpy.clip(after + step, 0, len(main) - 1), column] for step in (-1, 0, 1)]
    value = other[:, column]
    if angle:
        near = [value + (one - value + 180) % 360 - 180 for one in near]
    low, high = numpy.min(near, axis=0), numpy.max(near, axis=0)
    return numpy.maximum(numpy.maximum(low - value, value - high), 0)[inside]


def turn_errors(main, other, shift):
    return numpy.max([outside(main, other, shift, column, angle=True) for column in (1, 2, 3)], axis=0)


def voltage_errors(main, other, shift):
    return outside(main, other, shift, 1)


def clock_shift(main, other):
    """The constant that makes the ways agree best."""
    shifts = numpy.arange(-0.3, 0.3001, 0.005)
    return min(shifts, key=lambda shift: numpy.mean(place_errors(main, other, shift)[0]))


def check(flight, what, errors, limit):
    if len(errors) < 20:
        failures.append(f"{flight}: {what}: only {len(errors)} matched times")
    elif numpy.mean(errors <= limit) < SHARE:
        failures.append(f"{flight}: {what}: {100 * numpy.mean(errors <= limit):.1f} % within {limit}, the worst {errors.max():.3f}")
    return errors


def compare(lake, flight, bin_log, tlog, worst):
    places = [read(lake, "position", ("lat_deg", "lon_deg", "alt_rel_m"), log) for log in (bin_log, tlog)]
    turns = [read(lake, "attitude", ("roll_deg", "pitch_deg", "yaw_deg"), log) for log in (bin_log, tlog)]
    packs = [read(lake, "battery", ("voltage_v",), log, "instance = 0") for log in (bin_log, tlog)]
    shift = clock_shift(*places)
    if abs(shift) > CLOCK_S:
        failures.append(f"{flight}: the two clocks differ by {shift:.3f} s")
    metres, height = place_errors(*places, shift)
    unshifted = place_errors(*places, 0)[0]
    results = {"clock s": abs(shift), "place m": check(flight, "place (m)", metres, 1).max(), "place m, clocks as they are": unshifted.max(),
               "height m": check(flight, "height (m)", height, 1).max(),
               "attitude deg (99.5 %)": numpy.quantile(check(flight, "attitude (deg)", turn_errors(*turns, shift), 1), SHARE),
               "battery V (99.5 %)": numpy.quantile(check(flight, "battery (V)", voltage_errors(*packs, shift), 0.1), SHARE)}
    for name, value in results.items():
        worst[name] = max(worst.get(name, 0), value)


def main():
    if not os.path.isdir(FLEET):
        return 77
    with tempfile.TemporaryDirectory(prefix="uavlake-agreement-") as top:
        lake, worst = os.path.join(top, "lake"), {}
        uavlake("init", "-l", lake)
        uavlake("add", FLEET, "-l", lake, "-q")
        pairs = list(csv.reader(io.StringIO(uavlake("query", "SELECT flight_id, max(log_id) FILTER (WHERE kind = 'dataflash'), max(log_id) FILTER (WHERE kind = 'mavlink') "
                                                    "FROM flight_logs GROUP BY 1 HAVING count(DISTINCT kind) = 2 ORDER BY 1", "-f", "csv", "-l", lake))))[1:]
        if not pairs:
            failures.append("no flight of the fleet has both logs")
        for flight, bin_log, tlog in pairs:
            compare(lake, flight, bin_log, tlog, worst)
    print("\n".join(failures))
    print(f"agreement: {len(pairs)} flights; worst: " + ", ".join(f"{name} {value:.3f}" for name, value in worst.items()))
    return 1 if failures else 0


sys.exit(main())
