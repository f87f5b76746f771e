/* asset: the files of the web page, which the build bundles and puts into the program. */
#ifndef UAVLAKE_ASSET_H
#define UAVLAKE_ASSET_H

#include "base/bytes.h"
#include "base/hash.h"

struct asset {
  const char *path, *media_type;
  struct bytes content;
  char etag[SHA256_TEXT + 2]; /* in quotes */
};

/* The file at a path; the page itself for every path that names no file, since the page has addresses of its own. NULL
 * for unknown files and for /api. */
const struct asset *asset_find(const char *path);

/* A page of one heading and one sentence, which needs no script. */
void asset_notice(struct buffer *out, const char *heading, const char *text);

#endif
