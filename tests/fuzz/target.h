/* target: the functions that are fed with any bytes, by libFuzzer, by AFL++ and by the replay of the corpus.
 *
 * A target is one function `void fuzz_<name>(data, size)` that ends normally on all bytes there are; what it must not
 * find it states with `demand`, which ends the program as a crash does. Names stand in tests/fuzz/meson.build and in
 * replay.c; decoders need no function of their own: fuzz_decoder takes their name. */
#ifndef UAVLAKE_TARGET_H
#define UAVLAKE_TARGET_H

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

/* As assert, but never compiled out. */
#define demand(condition)                                                                                              \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                          \
      abort();                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* Decodes the bytes with one decoder in several ways, which must all tell the same. */
void fuzz_decoder(const char *name, const uint8_t *data, size_t size);
/* All probes, and the decoder that they choose. */
void fuzz_archive(const uint8_t *data, size_t size);
void fuzz_probe(const uint8_t *data, size_t size);
/* Texts to numbers, times and names, and back. */
void fuzz_utf8(const uint8_t *data, size_t size);
/* Any text as a JSON value: what is written reads back the same. */
void fuzz_write_json(const uint8_t *data, size_t size);
/* A photograph's Exif or XMP part alone: the first byte chooses. */
void fuzz_exif(const uint8_t *data, size_t size);
/* The words of an SQL text, a request's path and its Host header. */
void fuzz_request(const uint8_t *data, size_t size);
/* A MAVLink definition in XML. */
void fuzz_dialect(const uint8_t *data, size_t size);

#endif
