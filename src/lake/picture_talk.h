/* picture_talk: what parent and child of picture.c say to each other over the socket. The child begins. */
#ifndef UAVLAKE_PICTURE_TALK_H
#define UAVLAKE_PICTURE_TALK_H

#include <stddef.h>
#include <stdint.h>

enum picture_word {
  PICTURE_READ = 1, /* child: size bytes at offset, please; the parent's answer: u32 count, bytes */
  PICTURE_DONE,     /* child: size bytes of JPEG follow */
  PICTURE_FAILED    /* child: size bytes of text follow */
};

struct picture_message {
  uint32_t word, size;
  uint64_t offset;
};

/* First, from the parent. */
struct picture_order {
  uint64_t bytes; /* of the file; UINT64_MAX unknown */
  uint32_t size_px;
};

#define PICTURE_READ_MAX ((uint32_t)256 << 10)
#define PICTURE_BYTES_MAX ((uint32_t)4 << 20)

#endif
