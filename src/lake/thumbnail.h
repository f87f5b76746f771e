/* thumbnail: the small picture of a photograph, image or film in the lake, made once and kept. */
#ifndef UAVLAKE_THUMBNAIL_H
#define UAVLAKE_THUMBNAIL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "lake/lake.h"

/* JPEG in the arena. STATUS_NOT_FOUND where the log is none of those or no picture can be had, with the reason. */
must_check enum status lake_thumbnail(struct lake *lake, const char *log_id, struct arena *arena,
                                      struct bytes *ret_jpeg, struct error *error);

#endif
