/* exif: the parts of a photograph that describe it, without the photograph around them. */
#include "base/arena.h"
#include "base/clock.h"
#include "decode/jpeg_meta.h"
#include "target.h"

#include <math.h>

static bool is_within(double value, double from, double to) {
  return isnan(value) || (value >= from && value <= to);
}

void fuzz_exif(const uint8_t *data, size_t size) {
  if (!size)
    return;
  struct arena *arena = arena_new((size_t)32 << 20);
  struct jpeg_meta meta;
  memset(&meta, 0, sizeof meta);
  meta.lat_deg = meta.lon_deg = meta.alt_msl_m = meta.alt_rel_m = NAN;
  meta.time_utc_us = TIME_NONE;
  uint8_t *copy = malloc(size);
  demand(copy);
  memcpy(copy, data, size);
  if (copy[0] & 1)
    jpeg_xmp_read(arena, text_from(copy + 1, size - 1), &meta);
  else
    jpeg_exif_read(arena, bytes_of(copy + 1, size - 1), 0, &meta);
  jpeg_meta_settle(arena, &meta);
  demand(is_within(meta.lat_deg, -90, 90) && is_within(meta.lon_deg, -180, 180));
  free(copy);
  arena_free(arena);
}
