"""Makes a DuckDB extension of a shared library: appends the footer by which DuckDB knows what it loads.

A WebAssembly custom section's head "duckdb_signature", eight fields of 32 bytes (the last first: magic 4, platform, C API version, own
version, ABI), then room for a signature of 256 bytes, empty here: DuckDB loads it where allow_unsigned_extensions is set.

Usage: extension_footer.py LIBRARY OUTPUT PLATFORM API_VERSION OWN_VERSION"""

import sys

library, output, platform, api_version, own_version = sys.argv[1:]
head = bytes([0, 0x93, 0x04, 0x10]) + b"duckdb_signature" + bytes([0x80, 0x04])
fields = ["", "", "", "C_STRUCT", own_version, api_version, platform, "4"]
with open(library, "rb") as file:
    data = file.read()
with open(output, "wb") as file:
    file.write(data + head + b"".join(field.encode().ljust(32, b"\0") for field in fields) + bytes(256))
