/* hash: SHA-256, the name of every stored object. */
#ifndef UAVLAKE_HASH_H
#define UAVLAKE_HASH_H

#include "base/input.h"

#define SHA256_TEXT 65 /* 64 lower-case hex digits and NUL */

struct hash;
struct hash *hash_new(void);
void hash_add(struct hash *hash, const void *data, size_t size);
/* Result as hex; frees the hash. */
void hash_end(struct hash *hash, char ret_sha256[SHA256_TEXT]);
void hash_free(struct hash *hash); /* without a result; NULL is allowed */

void hash_bytes(struct bytes bytes, char ret_sha256[SHA256_TEXT]);
/* Of everything from the input's position on; also the byte count. progress may be NULL, gets each stretch's bytes. */
must_check enum status hash_input(struct input *input, char ret_sha256[SHA256_TEXT], uint64_t *ret_bytes,
                                  void (*progress)(void *context, uint64_t bytes), void *context, struct error *error);

#endif
