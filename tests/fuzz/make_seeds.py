"""Writes the seeds and dictionaries of the fuzz targets: make_seeds.py PROGRAM [FOLDER], FOLDER being tests/fuzz/corpus.

Everything is made here: small logs of the golden cases' writers, pieces of simulated flights, and texts. Findings (regress-…) are left
as they are. Run it again when a format learns something new, and look at what changed."""

import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "decode")
CORPUS = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "corpus")
DICTIONARIES = {
    "csv": ["\\x22", "\\x22\\x22", "\\x0D\\x0A", ";", "\\x09", "|", "time_s", "latitude", "2024-05-01T10:00:00Z", "NaN", "1e308", "\\xFF\\xFE", "\\xEF\\xBB\\xBF"],
    "json": ["{", "}", "[", "]", "\\x22t\\x22:", "null", "true", "\\\\u00e9", "\\\\ud83d", "1e999", "-0", "\\x0A"],
    "nmea": ["$GPGGA,", "$GNRMC,", "$GPVTG,", "$GPGSA,", "$GPGSV,", "$GPHDT,", "*00", "\\x0D\\x0A", "4736.4518,N"],
    "dataflash": ["\\xA3\\x95", "\\xA3\\x95\\x80", "FMT", "FMTU", "UNIT", "MULT", "PARM", "MSG", "GPS", "QBIHBcLLeffffB", "TimeUS",
                  "BBnNZ", "QbBhHiIfdnNZcCeELMqQag", "Instance", "ATT", "\\x59"],
    "dataflash_text": ["FMT, ", "GPS, ", "PARM, ", "MSG, ", "\\x0A", "\\x0D\\x0A", ", ", "BBnNZ", "TimeUS", "NaN", "inf", "1e308", "-0"],
    "mavlink": ["\\xFE", "\\xFD", "\\xFE\\x09", "\\xFD\\x09\\x00\\x00", "\\x00\\x05\\xE5", "\\x01\\x01\\x00", "\\xFF"],
    "jpeg": ["\\xFF\\xD8", "\\xFF\\xE1", "\\xFF\\xDA", "\\xFF\\xC0", "Exif\\x00\\x00", "II*\\x00", "MM\\x00*", "http://ns.adobe.com/xap/1.0/\\x00"],
    "mp4": ["ftyp", "moov", "mdat", "trak", "mdia", "minf", "stbl", "stsd", "stts", "stsc", "stsz", "stco", "co64", "udta", "tkhd", "mvhd",
            "hdlr", "gpmd", "GoPro MET", "DEVC", "STRM", "GPS5", "GPSU", "SCAL", "TYPE", "\\xFF\\xFF\\xFF\\xFF", "tx3g", "free", "uuid"],
    "image": ["II*\\x00", "MM\\x00*", "II+\\x00", "\\x89PNG\\x0D\\x0A\\x1A\\x0A", "IHDR", "eXIf", "iTXt", "tEXt", "IEND", "ftypheic", "meta", "iinf", "infe",
              "iloc", "iprp", "ispe", "Exif", "idat", "\\xFF\\xFF\\xFF\\xFF"],
    "blackbox": ["H Product:Blackbox flight data recorder by Nicholas Sherlock\\x0A", "H Field I name:", "H Field P predictor:",
                 "H Field I encoding:", "H Firmware revision:", "loopIteration,time", "E\\xFFEnd of log\\x00", "E\\xFF", "I", "P", "\\xFF\\xFF"],
    "dialect": ["<mavlink>", "</mavlink>", "<messages>", "<message id=\\x22", "name=\\x22", "<field type=\\x22", "units=\\x22", "<extensions/>",
                "uint8_t", "uint64_t[31]", "char[255]", "uint8_t_mavlink_version", "float", "<include>", "<!DOCTYPE", "<!ENTITY", "&amp;"],
    "dji_srt": [" --> ", "00:00:00,000", "HOME(", "GPS(", "BAROMETER:", "[latitude: ", "[longitude: ", "[rel_alt: ", "abs_alt: ", "F/", "SS ",
                "ISO ", "EV ", "\\x0A\\x0A", "<font", "</font>"],
    "exif": ["II*\\x00", "MM\\x00*", "drone-dji:", "x:xmpmeta", "rdf:Description", "=\\x22", "</", "\\x87\\x69", "\\x88\\x25", "\\x25\\x88"],
    "utf8": ["0x", "1e", "-", ".", "inf", "NaN", "T", "Z", "+02:00", "2026-11-23T10:57:16.123456Z", "/", "..", "\\xC3\\xBC"],
    "write_json": ["\\x00", "\\xC3", "\\xED\\xA0\\x80", "\\xF4\\x90", "\\x22", "\\\\", "\\x7F"],
    "request": ["EXPLAIN", "ANALYZE", "SELECT", "--", "/*", "*/", "$$", "'", "\\x22", ";", "/api/v1/", "flights/", ".csv", "%2F", "127.0.0.1",
                "[::1]", "localhost", ":8787"],
}
OLD_TEXT = """
9

ArduCopter V3.1 (5c6503e2)
FMT, 128, 89, FMT, BBnNZ, Type,Length,Name,Format
FMT, 130, 45, GPS, BIHBcLLeeEefI, Status,TimeMS,Week,NSats,HDop,Lat,Lng,RelAlt,Alt,Spd,GCrs,VZ,T
FMT, 1, 17, ATT, cccccCC, RollIn,Roll,PitchIn,Pitch,YawIn,Yaw,NavYaw
FMT, 3, 6, MODE, Mh, Mode,ThrCrs
FMT, 132, 67, MSG, Z, Message
GPS, 3, 109206800, 1774, 9, 2.42, 47.4950300, 8.7483511, 0.05, 46.82, 0.03, 202.77, 0.080000, 66937
ATT, 0.00, -0.30, 0.00, -4.66, 0.00, 358.89, 358.89
ATT, 0.00, -0.39, 0.
MODE, STABILIZE, 352
MSG, text, with, commas
"""


DIALECT = """<?xml version="1.0"?>
<mavlink><include>common.xml</include>
<messages><message id="56814" name="TONGUE"><field type="uint16_t" name="heading" units="cdeg">a</field>
<field type="char[4]" name="word">b</field><field type="int32_t[2]" name="pair" units="[mm]">c</field><extensions/>
<field type="uint8_t" name="number" instance="true">d</field></message></messages></mavlink>
"""
SUBTITLES = [
    """1
00:00:00,000 --> 00:00:01,000
HOME(8.5000,47.1000) 2017.08.05 14:11:51
GPS(8.5001,47.1001,19) BAROMETER:21.3
ISO:100 Shutter:320 EV:-0.3 Fnum:F2.8

2
00:00:01,000 --> 00:00:02,000
HOME(8.5000,47.1000) 2017.08.05 14:11:52
GPS(8.5002,47.1002,19) BAROMETER:21.9
ISO:100 Shutter:320 EV:-0.3 Fnum:F2.8
""",
    """1
00:00:00,000 --> 00:00:00,033
<font size="28">FrameCnt: 1, DiffTime: 33ms
2024-05-01 12:00:00.033
[iso: 100] [shutter: 1/320.0] [fnum: 2.8] [ev: 0] [focal_len: 24.00] [latitude: 47.100100] [longitude: 8.500100] [rel_alt: 20.400 abs_alt: 450.100] [gb_yaw: 12.5 gb_pitch: -90.0 gb_roll: 0.0] </font>

2
00:00:00,033 --> 00:00:00,066
<font size="28">FrameCnt: 2, DiffTime: 33ms
2024-05-01 12:00:00.066
[iso: 100] [shutter: 1/320.0] [fnum: 2.8] [ev: 0] [latitude: 47.100101] [longitude: 8.500101] [rel_alt: 20.500 abs_alt: 450.200] </font>
"""]


PAPARAZZI = ["""1.5 7 ATTITUDE 0.5 3. -0.25
1.6 7 GPS 3 50000000 464977622 900 120500 250 -10 2113 450092800 31 0
1.7 7 COMMANDS 36,14,-29
1.8 7 NEW_ONE 5 text
""", """<configuration time_of_day="1594356783.16" data_file="a.data">
<aircraft name="Alpha" ac_id="9"/>
<protocol><message name="ATTITUDE" id="6"><field name="phi" type="float" unit="rad"/></message></protocol></configuration>
"""]


TEXTS = {  # decoder: small logs of its kind, each with a clock, a place, an empty cell and a row that is wrong
    "csv": ["battery;cycles;U (mV);bought;spare\nA;12;3,71;2024-05-01T10:00:00Z;true\nB;31;;2024-05-02T10:00:00+02:00;false\nC;4\n",
            'time_s,"say ""x""",latitude,longitude,speed [km/h]\n0.5,"a\nb",47.1,8.2,3\n1.0,,47.2,8.2,fast\n1.5,z,47.3,8.2,4\n',
            "  1.0e+00   2.5  -3\n  2.0e+00   2.6  -4\n  3.0e+00   2.7  -5\n  4.0e+00   2.8  -6\n"],
    "radio_csv": ["Date,Time,1RSS(dB),RQly(%),Ptch(rad),GPS,GSpd(kmh),Alt(m),FM,CH1(us),TxBat(V)\n"
                  "2024-05-01,10:00:00.000,-45,100,0.1,47.3 8.5,36,5,ANGL,1500,7.8\n2024-05-01,10:00:00.500,-46,99,0.2,,72,6,RTH,1501,\n"],
    "qgc_csv": ["Timestamp,roll,pitch,heading,groundSpeed,altitudeRelative,flightMode,gps.lat,gps.lon\n"
                "2024-05-01 10:00:00.100,1,2,270,3,--.--,Hold,47.3,8.5\n2024-05-01 10:00:01.100,1,x,-90,3,5,Mission,47.3,8.5\n"],
    "litchi_csv": ["latitude,longitude,altitude(feet),speed(mph),distance(m),datetime(utc),datetime(local),time(millisecond),voltage(v)\n"
                   "47.3,8.5,100,10,5,2024-05-01 08:00:00.250,2024-05-01 10:00:00.250,250,11.1\n47.4,8.5,,10,6,2024-05-01 08:00:00.500,x,500,11.0\n"],
    "dji_csv": ["time(millisecond),datetime(utc),latitude,longitude,height_above_takeoff(feet),speed(mph),battery_percent,flycState\n"
                "0,2024-05-01 10:00:00,47.3,8.5,100,10,90,P-GPS\n600,2024-05-01 10:00:00,47.31,8.5,,10,90,Go_Home\n"],
    "dji_app_log": ["#DroneDeploy\t4.21\n#Flight Recorder\nSession ID\tx\n#Aircraft\nAircraft Model\tPhantom 4 Pro\n"
                    "Date/Time (UTC)\tElapsed Time (sec)\tInfo\tAircraft Latitude (Degrees)\tAircraft Longitude (Degrees)\tAircraft Motors On\n"
                    "06/04/2018 20:54:36\t0.5\tup\t37.7\t-122.4\t1\n06/04/2018 20:54:37\t1.4\t\t37.7\t-122.4\t1\n#Flight Recorder Session End\n"],
    "gutma_json": ['{"exchange":{"message":{"flight_data":{"aircraft":{"model":"M1","serial_number":"S-1"}},"flight_logging":{'
                   '"events":[{"event_timestamp":"0.5","event_info":"takeoff"}],"flight_logging_items":[[0.0,8.5,47.3],[0.5,8.6,null]],'
                   '"flight_logging_keys":["timestamp","gps_lon","gps_lat"],"logging_start_dtg":"2019-02-01T10:00:00Z"}}}}'],
    "mavlink_json": ['{"meta": {"type": "HEARTBEAT", "timestamp": 1700000000.0, "srcSystem": 1, "srcComponent": 1}, "data": {"type": 2, "autopilot": 3}}\n'
                     '{"meta": {"type": "ATTITUDE", "timestamp": 1700000000.25, "srcSystem": 1, "srcComponent": 1}, "data": {"roll": 0.1, "yaw": null}}\n'
                     '{"meta": {"type": "ATT\n'],
    "json": ['{"name":"fleet","flights":[{"id":1,"t":"2024-01-01T00:00:00Z","p":{"lat":47.5,"v":[1,2]}},{"id":2,"p":{"lat":1e9,"v":[]}}],"values":[1,2.5]}',
             '{"t":1,"a":"x\\u00e9"}\nnot json\n{"t":2,"a":5,"b":[true,null]}\n', "[" * 60 + "1" + "]" * 60],
    "nmea": ["$GPGGA,225959.000,4736.4518,N,12220.4724,W,4,19,0.6,43.1,M,-18.8,M,1.0,0000*78\r\n"
             "$GPRMC,235959.500,A,4736.4518,N,12220.4724,W,1.0,194.8,010923,15.2,E,A*21\n$GPVTG,90.0,T,,M,2.0,N,3.7,K*5F\n$GPHDT,,*00\n"],
    "plan": ['{"fileType":"Plan","geoFence":{"circles":[{"circle":{"center":[47.1,8.1],"radius":50}}],"polygons":[{"inclusion":true,"polygon":[[47.0,8.0],[47.2]]}]},'
             '"mission":{"firmwareType":3,"items":[{"command":22,"frame":3,"params":[15,0,0,null,47.1,8.1,30],"type":"SimpleItem"}],'
             '"plannedHomePosition":[47.1,8.1,400]},"rallyPoints":{"points":[[47.1,8.15,20]]},"version":1}'],
    "waypoints": ["QGC WPL 110\n0\t1\t0\t16\t0\t0\t0\t0\t47.3\t8.5\t400\t1\n1\t0\t3\t22\t15\t0\t0\tnan\t0\t0\t30\t1\n2\t0\t0\t5001\t4\n"],
    "parameters": ["# frame\nFRAME_CLASS\t1\nBATT_CAPACITY 5200\nEK3_ENABLE,1 # on\n", "# Stack: PX4 Pro\n# Version: 1.14.0\n1\t1\tBAT1_CAPACITY\t5200.5\t9\n1\t1\tX\n"],
    "text": ["Landed hard.\n\n2024-05-01 10:00:00.250 | ERROR | motor 3 is hot\n[2024-05-01 10:00:02] warning: low battery\n10:00:03 \xff done\n"],
}


def archives():
    """The same two files in every kind of archive."""
    files, tar, packed = {"a.txt": b"first " * 50, "folder/b.txt": b"second " * 50}, io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    small = tar.getvalue()[:4096]
    return {"zip": packed.getvalue(), "tar": small, "tgz": gzip.compress(small, mtime=0), "xz": lzma.compress(files["a.txt"]),
            "two_gz": gzip.compress(b"one", mtime=0) + gzip.compress(b"two", mtime=0), "zst": bytes.fromhex("28b52ffd0458390000666c696768740aca9691ea")}


def save(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def golden(kind, script, *words):
    return subprocess.run([sys.executable, os.path.join(GOLDEN, kind, script), *words], capture_output=True, check=True).stdout


def simulated(program):
    """{ending: bytes} of one simulated flight and photograph."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "simulate", "-q", "--out", folder + "/f", "--vehicles", "3", "--flights", "3", "--duration", "30"], check=True,
                       stdout=subprocess.DEVNULL)
        files = sorted(os.path.join(top, name) for top, _, names in os.walk(folder) for name in names)
        return {path.rsplit(".", 1)[1]: open(path, "rb").read() for path in files}


def short_dataflash(data):
    """The definitions of the first eight kinds, and a few records of each."""
    kept, counts, lengths, at = [], {}, {128: 89}, 0
    while at + 3 <= len(data) and data[at + 2] in lengths:
        kind, length = data[at + 2], lengths[data[at + 2]]
        record = data[at:at + length]
        at += length
        if kind == 128:
            lengths[record[3]] = record[4]
            if len(counts) >= 14 and record[5:9] not in (b"GPS\0", b"PARM", b"FMTU", b"UNIT", b"MULT", b"MSG\0"):
                continue
            counts[record[3]] = 0
        elif kind not in counts or counts[kind] >= 4:
            continue
        else:
            counts[kind] += 1
        kept.append(record)
    return b"".join(kept)


def short_telemetry(data, first=0, count=60):
    at, kept = 0, []
    for number in range(first + count):
        size = data[at + 9] + (20 if data[at + 8] == 0xFD else 16)
        if number >= first:
            kept.append(data[at:at + size])
        at += size
    return b"".join(kept)


def main():
    flight = simulated(sys.argv[1])
    for word in ("good", "inserted", "torn", "lost_definition"):
        save("dataflash", word, golden("dataflash", "make_log.py", word))
    save("dataflash", "simulated", short_dataflash(flight["bin"]))
    save("px4log", "small", golden("dataflash", "make_log.py", "px4"))
    save("dataflash_text", "old", OLD_TEXT.encode())
    save("dataflash_text", "returns", OLD_TEXT.replace("\n", "\r\n").encode())
    for word in ("good", "bare", "noise", "torn", "wrong"):
        save("mavlink", word, golden("mavlink", "make_log.py", word))
    save("mavlink", "simulated", short_telemetry(flight["tlog"]))
    save("mavlink", "middle", short_telemetry(flight["tlog"], 500, 50))
    for word in ("good", "xmp", "headless", "broken"):
        save("jpeg", word, golden("jpeg", "make_image.py", word))
    save("jpeg", "simulated", flight["jpg"][:3000])
    for word in ("good", "two", "flipped", "torn", "encodings", "header"):
        save("blackbox", word, golden("blackbox", "make_log.py", word)[:6000])
    for word in ("good", "wrong", "noise"):
        save("klv", word, golden("klv", "make_log.py", word))
    for version in ("4", "9", "14"):
        save("dji_txt", version, golden("dji_txt", "make_log.py", "good", version))
    for word in ("good",):
        save("ulog", word, golden("ulog", "make_log.py", word))
    for decoder, texts in TEXTS.items():
        for number, words in enumerate(texts):
            save(decoder, f"text{number}", words.encode("latin-1"))
            save(decoder, f"wide{number}", words.encode("utf-16"))
    save("paparazzi", "data", PAPARAZZI[0].encode())
    save("paparazzi", "log", PAPARAZZI[1].encode())
    for name, data in archives().items():
        save("archive", name, data)
    for words in (["png"], ["tiff"], ["bigtiff"], ["dng"], ["heic"], ["tiff", "cut"], ["tiff", "loop"]):
        save("image", "_".join(words), golden("image", "make_image.py", *words))
    save("dji_srt", "old", SUBTITLES[0].encode())
    save("dji_srt", "new", SUBTITLES[1].encode())
    for word in ("good", "plain", "noindex", "cut", "empty", "hostile", "beyond", "tiny"):
        save("mp4", word, golden("mp4", "make_film.py", word))
    photo = golden("jpeg", "make_image.py", "thermal")
    exif = photo.index(b"Exif\0\0")
    xmp = photo.index(b"<x:xmpmeta")
    save("exif", "exif", b"\0" + photo[exif:exif + 700])
    save("exif", "xmp", b"\1" + photo[xmp:xmp + 420])
    for number, words in enumerate(["17", "-1.5e-7", "2026-11-23T10:57:16.5+02:00", "a/b c:\u00fc.bin", "../..", "inf"]):
        save("utf8", f"word{number}", words.encode())
    for number, words in enumerate(["plain", "q\"\\\n\t", "\u00fc\u4e2d\U0001f681", "a\0b"]):
        save("write_json", f"text{number}", words.encode())
    save("write_json", "broken", b"\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xff")
    save("dialect", "small", DIALECT.encode())
    save("dialect", "bomb", b'<!DOCTYPE m [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><mavlink>&b;</mavlink>')
    for number, words in enumerate(["EXPLAIN ANALYZE (FORMAT json) SELECT 'a;b' FROM \"gps\" -- x\n;", "/api/v1/flights/f1.csv", "[::1]:8787",
                                    "/* a /* b */ SELECT $$x$$ ; SELECT 2", "localhost:80"]):
        save("request", f"words{number}", words.encode())
    for kind, start in [("ulog", b"ULog\x01\x12\x35\x01" + bytes(8)), ("zip", b"PK\3\4\x14\0\0\0\0\0"), ("gzip", b"\x1f\x8b\x08\0"),
                        ("zstd", b"\x28\xb5\x2f\xfd"), ("xz", b"\xfd7zXZ\0"), ("tar", b"a".ljust(257, b"\0") + b"ustar\0" + b"00" + bytes(247)),
                        ("plan", b'{"fileType": "Plan", "mission": {"items": []}}'), ("waypoints", b"QGC WPL 110\n0\t1\t0\t16\t0\t0\t0\t0\t47\t8\t450\t1\n"),
                        ("nmea", b"$GPGGA,120000,4730.0,N,00830.0,E,1,08,0.9,450.0,M,47.0,M,,*47\n"), ("csv", b"time,lat,lon\n1,47,8\n2,47,8\n"),
                        ("subtitle", b"1\n00:00:00,000 --> 00:00:01,000\nF/2.8, SS 320, ISO 100, GPS (8.5, 47.1, 14), H 20.4m\n"),
                        ("parameters", b"#NOTE: all\nACRO_YAW_P,4.5\nAHRS_EKF_TYPE,3\n"), ("blackbox", b"H Product:Blackbox flight data recorder by Nicholas Sherlock\nH Data version:2\n"),
                        ("dataflash", golden("dataflash", "make_log.py", "good")[:900]), ("mavlink", short_telemetry(flight["tlog"], 0, 12))]:
        save("probe", kind, start)
    os.makedirs(os.path.join(CORPUS, "..", "dictionary"), exist_ok=True)
    for target, words in DICTIONARIES.items():
        with open(os.path.join(CORPUS, "..", "dictionary", target + ".txt"), "w", encoding="ascii") as file:
            file.write("".join(f'"{word}"\n' for word in words))


main()
