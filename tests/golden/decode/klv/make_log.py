"""Writes small KLV files. Usage: make_log.py CASE > FILE"""

import struct
import sys

LABEL = bytes.fromhex("060E2B34020B01010E01030101000000")


def ber(size):
    return bytes([size]) if size < 128 else bytes([0x82]) + struct.pack(">H", size)


def item(tag, value):
    tag = bytes([tag]) if tag < 128 else bytes([0x80 | tag >> 7, tag & 127])
    return tag + ber(len(value)) + value


def packet(number, wrong=False, padding=0):
    items = item(2, struct.pack(">Q", 1_700_000_000_000_000 + number * 100_000)) + item(3, b"survey") + item(4, b"tail 7")
    items += item(5, struct.pack(">H", 0x8000)) + item(6, struct.pack(">h", -0x4000)) + item(7, struct.pack(">h", -0x8000))
    items += item(13, struct.pack(">i", 0x40000000)) + item(14, struct.pack(">i", -0x20000000)) + item(15, struct.pack(">H", 0x2000))
    items += item(56, bytes([12])) + item(65, bytes([17])) + item(300, b"new")
    if padding:
        items += item(59, b"x" * padding)
    body = LABEL + ber(len(items) + 4) + items + b"\x01\x02"
    total = sum(byte << (0 if i % 2 else 8) for i, byte in enumerate(body)) & 0xFFFF
    return body + struct.pack(">H", total ^ wrong)


cases = {
    "good": packet(0) + packet(1, padding=200) + packet(2),
    "other_label": packet(0) + bytes.fromhex("060E2B34020B01010E01030202000000") + b"\x03abc" + packet(1),
    "wrong": packet(0) + packet(1, wrong=True) + packet(2),
    "noise": packet(0) + b"\x06\x0Enot a packet" + packet(1),
    "torn": packet(0) + packet(1)[:-20],
}
sys.stdout.buffer.write(cases[sys.argv[1]])
