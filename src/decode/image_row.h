/* image_row: the one row that photographs and images of any kind make, message "image". */
#ifndef UAVLAKE_IMAGE_ROW_H
#define UAVLAKE_IMAGE_ROW_H

#include "decode/jpeg_meta.h"
#include "decode/single_row.h"

/* All of it unknown. */
void image_meta_begin(struct jpeg_meta *meta);
must_check enum status image_row_begin(struct decode *d, struct single_row *row, struct error *error);
/* Settles times, fills the row, states the facts, counts. The batch, or NULL where it is not wanted. */
const struct batch *image_row_give(struct decode *d, struct single_row *row, struct jpeg_meta *meta);

#endif
