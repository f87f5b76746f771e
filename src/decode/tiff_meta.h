/* tiff_meta: what a TIFF file says of itself: size, camera, time, place. */
#ifndef UAVLAKE_TIFF_META_H
#define UAVLAKE_TIFF_META_H

#include "decode/decoder.h"
#include "decode/jpeg_meta.h"

/* Reads the directories where they stand; what is broken is left out, and noted as damage. Fails only where the reading
 * does. */
must_check enum status tiff_meta_read(struct decode *d, struct jpeg_meta *meta, struct error *error);

#endif
