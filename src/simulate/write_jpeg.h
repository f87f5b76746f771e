/* write_jpeg: an aerial photo of invented ground, with the position, time and attitude in its metadata. */
#ifndef UAVLAKE_SIMULATE_WRITE_JPEG_H
#define UAVLAKE_SIMULATE_WRITE_JPEG_H

#include "base/status.h"
#include "simulate/sample.h"

must_check enum status jpeg_write(const char *path, const struct sample *sample, uint64_t *ret_bytes,
                                  struct error *error);

#endif
