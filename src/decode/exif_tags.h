/* exif_tags: reads Exif's tags through three questions, so that libexif (photographs) and TIFF's own directories answer
 * alike. */
#ifndef UAVLAKE_EXIF_TAGS_H
#define UAVLAKE_EXIF_TAGS_H

#include "decode/jpeg_meta.h"

enum exif_directory { EXIF_MAIN, EXIF_CAMERA, EXIF_GPS, EXIF_DIRECTORIES };

struct exif_tags {
  /* "" where the tag is not there or is no text. */
  struct text (*ascii)(const struct exif_tags *tags, enum exif_directory directory, int tag);
  /* NAN where it is not there; index from 0. */
  double (*rational)(const struct exif_tags *tags, enum exif_directory directory, int tag, unsigned index);
  /* 0 where it is not there; of bytes, shorts and longs the first. */
  int32_t (*whole)(const struct exif_tags *tags, enum exif_directory directory, int tag);
  struct arena *arena;
};

/* Fills what is still unknown of *meta. */
void exif_tags_read(const struct exif_tags *tags, struct jpeg_meta *meta);

#endif
