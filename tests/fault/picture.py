"""Small pictures of hostile files: FFmpeg's libraries run in a confined process, so whatever they do, the program that asked gets a
picture or one sentence, in time.

Usage: picture.py UAVLAKE. Without ffmpeg, or where the program was built without the libraries, it is skipped (exit 77)."""

import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
ROUNDS = 40
failures = 0


def small_picture(path, out):
    done = subprocess.run([PROGRAM, "thumbnail", path, "-o", out], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr.strip()


def check(name, good, *details):
    global failures
    if not good:
        failures += 1
        print("FAILED", name, *details)


def ends_well(name, path, out):
    code, said = small_picture(path, out)
    pictured = code == 0 and open(out, "rb").read(3) == b"\xff\xd8\xff"
    check(name, pictured or (0 < code < 100 and said.count("\n") == 0 and said), code, said)


with tempfile.TemporaryDirectory() as folder:
    film, still, out = (os.path.join(folder, name) for name in ("film.mp4", "still.jpg", "out.jpg"))
    if not shutil.which("ffmpeg"):
        sys.exit(77)
    source = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=160x96:rate=10:duration=2"]
    subprocess.run([*source, "-c:v", "mpeg4", film], check=True)
    subprocess.run([*source, "-frames:v", "1", "-pix_fmt", "yuvj420p", still], check=True)
    code, said = small_picture(film, out)
    if "built without" in said or "not installed" in said or "cannot confine" in said:
        print(said)
        sys.exit(77)
    check("a whole film", code == 0, said)
    chance = random.Random(5)
    for path in (film, still):
        good = open(path, "rb").read()
        for i in range(ROUNDS):
            bad, broken = bytearray(good), os.path.join(folder, "broken")
            for _ in range(chance.randrange(1, 40)):
                bad[chance.randrange(len(bad))] = chance.choice((0, 0xFF, 0x7F, chance.randrange(256)))
            open(broken, "wb").write(bad if i % 4 else bad[:chance.randrange(len(bad))])
            ends_well(f"{os.path.basename(path)} broken in round {i}", broken, out)
    # A picture of 65,500 × 65,500 points, a playlist, a list of files to join, an address, nothing.
    frame = good.index(b"\xff\xc0")
    huge = good[:frame + 5] + struct.pack(">HH", 65500, 65500) + good[frame + 9:]
    listed = b"ffconcat version 1.0\nfile '/etc/passwd'\n"
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    for name, data in {"huge": huge, "concat": listed, "playlist": playlist, "nothing": b"", "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n"}.items():
        path = os.path.join(folder, name)
        open(path, "wb").write(data)
        code, said = small_picture(path, out)
        check(name, 0 < code < 100 and said, code, said)
print(f"{failures} failures")
sys.exit(1 if failures else 0)
