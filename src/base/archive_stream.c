/* archive_stream: unpacks deflate, gzip (several members in a row count as one), xz and zstd. The window of xz and zstd
 * is limited to 128 MiB, so that a header can't ask for all memory. */
#include "base/archive_parts.h"

#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define PIECE ((size_t)64 << 10)
#define MEMORY_MAX ((uint64_t)160 << 20)
#define WINDOW_LOG_MAX 27

struct unpacker {
  struct input *input;
  enum packing packing;
  uint64_t left; /* packed bytes not handed over yet */
  uint8_t piece[PIECE];
  size_t at, size; /* of the piece */
  bool ended;
  struct error failure; /* what came before it is given out first */
  z_stream zlib;
  bool zlib_open;
  lzma_stream lzma;
  ZSTD_DStream *zstd;
  bool zstd_inside; /* a frame has begun and not ended */
};

static enum status open_library(struct unpacker *u, struct error *error) {
  bool good = true;
  switch (u->packing) {
  case PACKING_DEFLATE:
  case PACKING_GZIP:
    good = u->zlib_open = inflateInit2(&u->zlib, u->packing == PACKING_GZIP ? 15 + 16 : -15) == Z_OK;
    break;
  case PACKING_XZ:
    good = lzma_stream_decoder(&u->lzma, MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK;
    break;
  case PACKING_ZSTD:
    u->zstd = ZSTD_createDStream();
    good = u->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
    break;
  default:
    break;
  }
  return good ? STATUS_OK : error_set(error, STATUS_LIMIT, "there is no memory for unpacking");
}

enum status unpacker_new(struct input *input, enum packing packing, uint64_t packed_left,
                         struct unpacker **ret_unpacker, struct error *error) {
  struct unpacker *u = memory_new(sizeof *u);
  *u = (struct unpacker){.input = input, .packing = packing, .left = packed_left, .lzma = LZMA_STREAM_INIT};
  enum status status = open_library(u, error);
  if (status != STATUS_OK)
    unpacker_free(u);
  else
    *ret_unpacker = u;
  return status;
}

void unpacker_free(struct unpacker *u) {
  if (!u)
    return;
  if (u->zlib_open)
    inflateEnd(&u->zlib);
  lzma_end(&u->lzma);
  ZSTD_freeDStream(u->zstd);
  free(u);
}

uint64_t unpacker_packed_left(const struct unpacker *u) {
  return u->left + (u->size - u->at);
}

static enum status refill(struct unpacker *u, struct error *error) {
  struct bytes view;
  if (u->at < u->size || !u->left)
    return STATUS_OK;
  TRY(input_view(u->input, (size_t)MIN(u->left, (uint64_t)PIECE), &view, error));
  u->at = 0;
  u->size = (size_t)MIN((uint64_t)MIN(view.size, PIECE), u->left);
  if (u->size == 0)
    u->left = 0; /* the file ends early */
  memcpy(u->piece, view.data, u->size);
  input_skip(u->input, u->size);
  u->left -= u->size;
  return STATUS_OK;
}

static enum status bad(struct error *error, const char *what) {
  return error_set(error, STATUS_BAD_DATA, "%s", what);
}

static const char cut_off[] = "the packed data are cut off";
static const char damaged[] = "the packed data are damaged";

/* gzip: another member may follow; anything else behind the end is padding. */
static void end_gzip_member(struct unpacker *u) {
  bool more = u->packing == PACKING_GZIP && u->size - u->at >= 2 && load_u16(u->piece + u->at) == 0x8B1F;
  u->ended = !more || inflateReset(&u->zlib) != Z_OK;
}

static enum status step_zlib(struct unpacker *u, uint8_t *room, size_t size, size_t *ret_made, struct error *error) {
  u->zlib.next_in = u->piece + u->at;
  u->zlib.avail_in = (uInt)(u->size - u->at);
  u->zlib.next_out = room;
  u->zlib.avail_out = (uInt)MIN(size, (size_t)1 << 30);
  int result = inflate(&u->zlib, Z_NO_FLUSH);
  size_t used = u->size - u->at - u->zlib.avail_in;
  *ret_made = MIN(size, (size_t)1 << 30) - u->zlib.avail_out;
  u->at += used;
  if (result == Z_STREAM_END) {
    TRY(refill(u, error));
    end_gzip_member(u);
    return STATUS_OK;
  }
  if (result != Z_OK && result != Z_BUF_ERROR)
    return bad(error, damaged);
  return !used && !*ret_made && !u->left ? bad(error, cut_off) : STATUS_OK;
}

static enum status step_xz(struct unpacker *u, uint8_t *room, size_t size, size_t *ret_made, struct error *error) {
  u->lzma.next_in = u->piece + u->at;
  u->lzma.avail_in = u->size - u->at;
  u->lzma.next_out = room;
  u->lzma.avail_out = size;
  lzma_ret result = lzma_code(&u->lzma, u->left || u->at < u->size ? LZMA_RUN : LZMA_FINISH);
  u->at = u->size - u->lzma.avail_in;
  *ret_made = size - u->lzma.avail_out;
  u->ended = result == LZMA_STREAM_END;
  if (result == LZMA_MEMLIMIT_ERROR)
    return error_set(error, STATUS_LIMIT, "unpacking would take more than %d MiB of memory", (int)(MEMORY_MAX >> 20));
  if (result == LZMA_BUF_ERROR)
    return bad(error, cut_off);
  return result == LZMA_OK || result == LZMA_STREAM_END ? STATUS_OK : bad(error, damaged);
}

static enum status step_zstd(struct unpacker *u, uint8_t *room, size_t size, size_t *ret_made, struct error *error) {
  ZSTD_inBuffer in = {u->piece + u->at, u->size - u->at, 0};
  ZSTD_outBuffer out = {room, size, 0};
  size_t result = ZSTD_decompressStream(u->zstd, &out, &in);
  if (ZSTD_isError(result))
    return bad(error, damaged);
  bool moved = in.pos || out.pos;
  u->at += in.pos;
  *ret_made = out.pos;
  u->zstd_inside = moved ? result != 0 : u->zstd_inside;
  if (u->at == u->size && !u->left && !moved) {
    u->ended = true;
    return u->zstd_inside ? bad(error, cut_off) : STATUS_OK;
  }
  return STATUS_OK;
}

static enum status step_plain(struct unpacker *u, uint8_t *room, size_t size, size_t *ret_made) {
  *ret_made = MIN(size, u->size - u->at);
  memcpy(room, u->piece + u->at, *ret_made);
  u->at += *ret_made;
  u->ended = u->at == u->size && !u->left;
  return STATUS_OK;
}

static enum status step(struct unpacker *u, uint8_t *room, size_t size, size_t *ret_made, struct error *error) {
  switch (u->packing) {
  case PACKING_DEFLATE:
  case PACKING_GZIP:
    return step_zlib(u, room, size, ret_made, error);
  case PACKING_XZ:
    return step_xz(u, room, size, ret_made, error);
  case PACKING_ZSTD:
    return step_zstd(u, room, size, ret_made, error);
  default:
    return step_plain(u, room, size, ret_made);
  }
}

enum status unpacker_read(struct unpacker *u, void *room, size_t size, size_t *ret_size, struct error *error) {
  size_t done = 0;
  if (u->failure.status != STATUS_OK) {
    *error = u->failure;
    return error->status;
  }
  while (done < size && !u->ended) {
    size_t made = 0;
    enum status status = refill(u, error);
    if (status == STATUS_OK)
      status = step(u, (uint8_t *)room + done, size - done, &made, error);
    done += made;
    if (status == STATUS_OK)
      continue;
    if (!done)
      return status;
    u->failure = *error;
    u->ended = true;
  }
  *ret_size = done;
  return STATUS_OK;
}
