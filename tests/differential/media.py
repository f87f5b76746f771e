"""What we read of photographs, images, films and subtitles, against exiftool and ffprobe: every such file of ../shared/logs, and
small ones made here.

Usage: media.py DUMP [SHARED]. DUMP is uavlake-dump. Prints one line a file and each difference; exit 1 where there is one. Needs
exiftool, ffmpeg and ffprobe (tools/dependencies); without them it is skipped (exit 77).

Deliberate differences: a text that is only "*" or blank in the camera's own form is compared as it is; XMP's altitude, being the
flight controller's, stands before Exif's; UTC is only ours where GPS or a written zone tells it; positions at 0, 0 are none;
exiftool's own corrections of times and its composite values are not asked for."""

import glob
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

DUMP = sys.argv[1]
SHARED = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("UAVLAKE_SHARED", os.path.join(os.path.dirname(__file__), "../../../shared"))
if not all(shutil.which(name) for name in ("exiftool", "ffprobe", "ffmpeg")):
    print("exiftool, ffprobe or ffmpeg is missing; tools/install test installs them")
    sys.exit(77)

FIELDS = {  # ours → exiftool's names, the first that is there
    "width_px": ["ImageWidth"], "height_px": ["ImageHeight"], "make": ["IFD0:Make", "XMP-tiff:Make"],
    "model": ["IFD0:Model", "XMP-tiff:Model"], "lens": ["ExifIFD:LensModel"], "app": ["IFD0:Software", "XMP-xmp:CreatorTool"],
    "orientation": ["IFD0:Orientation"], "exposure_s": ["ExifIFD:ExposureTime"], "f_number": ["ExifIFD:FNumber"],
    "iso": ["ExifIFD:ISO"], "focal_length_mm": ["ExifIFD:FocalLength"],
    "alt_msl_m": ["XMP-drone-dji:AbsoluteAltitude", "GPS:GPSAltitude"], "alt_rel_m": ["XMP-drone-dji:RelativeAltitude"],
    "gimbal_roll_deg": ["XMP-drone-dji:GimbalRollDegree"], "gimbal_pitch_deg": ["XMP-drone-dji:GimbalPitchDegree"],
    "gimbal_yaw_deg": ["XMP-drone-dji:GimbalYawDegree"], "flight_roll_deg": ["XMP-drone-dji:FlightRollDegree"],
    "flight_pitch_deg": ["XMP-drone-dji:FlightPitchDegree"], "flight_yaw_deg": ["XMP-drone-dji:FlightYawDegree"],
    "direction_deg": ["GPS:GPSImgDirection"], "thumbnail_bytes": ["IFD1:ThumbnailLength"],
}
differences = 0


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, errors="replace").stdout


def ours(path):
    """Rows by message, facts and report."""
    definitions, rows, report = {}, {}, {}
    for line in run(DUMP, path, "--all").splitlines():
        value = json.loads(line)
        if "define" in value:
            definitions[value["define"]] = (value["name"], [field["name"] for field in value["fields"]])
        elif "report" in value:
            report = value
        else:
            name, fields = definitions[value["m"]]
            rows.setdefault(name, []).append(dict(zip(fields, value["v"]), _t=value["t"]))
    return rows, report


def exiftool(path):
    listed = json.loads(run("exiftool", "-j", "-G1", "-n", "-a", "-u", path) or "[{}]")[0]
    return {**{name.split(":")[-1]: value for name, value in reversed(listed.items()) if name.startswith("File:")}, **listed}


def differ(path, field, us, them):
    global differences
    differences += 1
    print(f"  {os.path.basename(path)}: {field}: ours {us!r}, theirs {them!r}")


def same(us, them, tolerance=1e-6):
    if isinstance(us, (int, float)) and not isinstance(us, bool):
        try:
            return math.isclose(us, float(them), rel_tol=tolerance, abs_tol=tolerance)
        except (TypeError, ValueError):
            return False
    return str(us or "").strip() == str(them if them is not None else "").strip()


def check_place(path, row, theirs):
    lat, lon = theirs.get("GPS:GPSLatitude"), theirs.get("GPS:GPSLongitude")
    if lat is not None and lon is not None and lat != "" and (lat or lon):
        south, west = theirs.get("GPS:GPSLatitudeRef") == "S", theirs.get("GPS:GPSLongitudeRef") == "W"
        theirs_place = (-abs(lat) if south else lat, -abs(lon) if west else lon)
        if not (same(row["lat_deg"], theirs_place[0], 1e-8) and same(row["lon_deg"], theirs_place[1], 1e-8)):
            differ(path, "place", (row["lat_deg"], row["lon_deg"]), theirs_place)
    elif row["lat_deg"] is not None and "XMP-exif:GPSLatitude" not in theirs and "XMP-drone-dji:GPSLatitude" not in theirs:
        differ(path, "place", (row["lat_deg"], row["lon_deg"]), None)


def check_time(path, row, theirs):
    local = theirs.get("ExifIFD:DateTimeOriginal") or theirs.get("ExifIFD:CreateDate") or theirs.get("IFD0:ModifyDate") or ""
    expected = local[:10].replace(":", "-") + "T" + local[11:19] if local and not local.startswith("0000") else None
    if expected and (row["time_local"] or "")[:19] != expected:
        differ(path, "time_local", row["time_local"], local)
    if row["time_utc"] is not None and row["time_basis"] == "gps" and not theirs.get("GPS:GPSDateStamp"):
        differ(path, "time_utc", row["time_utc"], None)


def check_image(path):
    rows, report = ours(path)
    theirs = exiftool(path)
    if "image" not in rows:
        differ(path, "row", None, theirs.get("File:FileType"))
        return report, {}
    row = rows["image"][0]
    for field, names in FIELDS.items():
        values = [theirs[name] for name in names if name in theirs and theirs[name] not in ("", 0, "undef", "inf")]
        if field == "thumbnail_bytes" and values and values[0] < 128:
            continue  # no picture is that small
        if values and not same(row[field], values[0]):
            differ(path, field, row[field], values[0])
    check_place(path, row, theirs)
    check_time(path, row, theirs)
    return report, row


def rate(text):
    top, bottom = (text or "0/0").split("/")
    return float(top) / float(bottom) if float(bottom) else None


def check_film(path):
    rows, report = ours(path)
    probed = json.loads(run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path) or "{}")
    streams, film = probed.get("streams", []), rows["video"][0]
    if len(streams) != len(rows.get("track", [])):
        differ(path, "tracks", len(rows.get("track", [])), len(streams))
    for track, stream in zip(rows.get("track", []), streams):
        pairs = [("codec", track["codec"], stream["codec_tag_string"]), ("samples", track["samples"], int(stream.get("nb_frames", 0)))]
        if stream["codec_type"] == "video":
            pairs += [("width", track["width_px"], stream["width"]), ("height", track["height_px"], stream["height"]),
                      ("rate", track["rate_hz"], rate(stream["avg_frame_rate"]))]
        for field, us, them in pairs:
            if not same(us, them, 1e-4):
                differ(path, f"track {track['id']} {field}", us, them)
    tags = probed.get("format", {}).get("tags", {})
    created = tags.get("creation_time", "")[:19]
    if created and film["time_local"] != created:
        differ(path, "time_local", film["time_local"], created)
    if "duration" in probed.get("format", {}) and not same(film["duration_s"], probed["format"]["duration"], 2e-3):
        differ(path, "duration_s", film["duration_s"], probed["format"]["duration"])
    if "location" in tags and (film["lat_deg"] is None or not tags["location"].startswith(f"{film['lat_deg']:+08.4f}")):
        differ(path, "location", film["lat_deg"], tags["location"])
    check_telemetry(path, rows)
    return report, film


def check_telemetry(path, rows):
    """The track that exiftool unpacks from the metadata track, all of it."""
    listed = run("exiftool", "-ee", "-a", "-n", "-s3", "-GPSLatitude", path).split()
    track = [row["lat_deg"] for row in rows.get("GLPI") or rows.get("GPS5") or []]
    if track and (len(listed) != len(track) or not all(same(us, float(them), 1e-8) for us, them in zip(track, listed))):
        differ(path, "track", track[:3], listed[:3])


def check_subtitles(path):
    rows, report = ours(path)
    probed = json.loads(run("ffprobe", "-v", "error", "-f", "srt", "-show_packets", "-of", "json", path) or "{}")
    packets, lines = probed.get("packets", []), rows.get("subtitle", [])
    if len(lines) + report["damaged_places"] != len(packets):
        differ(path, "subtitles", len(lines), len(packets))
    starts = sorted(round(float(packet["pts_time"]) * 1000) for packet in packets)[: len(lines)]
    if not report["damaged_places"] and sorted(row["_t"] // 1000 for row in lines) != starts:
        differ(path, "start times", lines[0]["_t"], starts[:1])
    return report, lines[0] if lines else {}


def tell(path, kind, report, row):
    where = f"{row['lat_deg']:.5f}, {row['lon_deg']:.5f}" if isinstance(row.get("lat_deg"), float) and not math.isnan(row["lat_deg"]) else "no place"
    facts, damage = report.get("facts", {}), [item["reason"] for item in report.get("damage", [])]
    size = f"{row['width_px']}x{row['height_px']}" if row.get("width_px") else f"{report.get('records', 0)} rows"
    print(f"{os.path.basename(path)}: {kind}, {size}, {facts.get('camera', 'camera unknown')}, "
          f"{facts.get('created', 'no time')} ({facts.get('time_basis', 'none')}), {where}"
          f"{', thermal' if row.get('thermal') else ''}{', cut' if report.get('truncated') else ''}"
          f"{', damage: ' + '; '.join(sorted(set(damage))) if damage else ''}")


CHECKS = {"jpeg": (check_image, [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".dng", ".heic"]), "mp4": (check_film, [".mp4", ".mov"]),
          "dji_srt": (check_subtitles, [".srt"])}


def make_files(folder):
    """Small files of every kind that ffmpeg and exiftool write."""
    source = ["-f", "lavfi", "-i", "testsrc=size=96x64:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    films = {"last.mp4": [], "first.mp4": ["-movflags", "+faststart"], "turned.mov": ["-metadata:s:v:0", "rotate=90"], "wide.mov": ["-r", "30000/1001"]}
    for name, options in films.items():
        run("ffmpeg", "-v", "error", "-y", *source, "-c:v", "mpeg4", "-c:a", "aac", "-metadata", "creation_time=2024-05-01T10:00:00Z",
            "-metadata", "location=-33.5000+018.2500/", *options, os.path.join(folder, name))
    for name in ("still.png", "still.tif", "still.jpg"):
        path = os.path.join(folder, name)
        run("ffmpeg", "-v", "error", "-y", *source[:4], "-frames:v", "1", "-pix_fmt", "rgb24" if name != "still.jpg" else "yuvj420p", path)
        run("exiftool", "-q", "-overwrite_original", "-Make=Maker", "-Model=Model 7", "-Software=1.2", "-LensModel=Wide", "-ISO=200",
            "-ExposureTime=1/800", "-FNumber=2.8", "-FocalLength=8.4", "-DateTimeOriginal=2024:05:01 12:00:00", "-OffsetTimeOriginal=+02:00",
            "-GPSLatitude=33.51234567", "-GPSLatitudeRef=S", "-GPSLongitude=18.25", "-GPSLongitudeRef=E", "-GPSAltitude=12.5",
            "-GPSAltitudeRef=1", "-GPSImgDirection=123.25", "-GPSImgDirectionRef=T", "-Orientation#=6", path)


seen = 0
made = tempfile.TemporaryDirectory()
make_files(made.name)
paths = sorted(glob.glob(os.path.join(made.name, "*"))) + sorted(glob.glob(os.path.join(SHARED, "logs", "**", "*"), recursive=True))
for path in paths:
    for kind, (check, suffixes) in CHECKS.items():
        if os.path.splitext(path)[1].lower() in suffixes:
            seen += 1
            tell(path, "image" if kind == "jpeg" and not path.lower().endswith(("jpg", "jpeg")) else kind, *check(path))
print(f"{seen} files, {differences} differences")
sys.exit(1 if differences or not seen else 0)
