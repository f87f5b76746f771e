/* hash: SHA-256 by OpenSSL, which uses the processor's SHA instructions. */
#include "base/hash.h"

#include "base/arena.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct hash {
  EVP_MD_CTX *context;
};

struct hash *hash_new(void) {
  struct hash *hash = memory_new(sizeof *hash);
  hash->context = EVP_MD_CTX_new();
  if (!hash->context || EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) != 1) {
    fputs("uavlake: OpenSSL offers no SHA-256 on this machine\n", stderr);
    abort();
  }
  return hash;
}

void hash_add(struct hash *hash, const void *data, size_t size) {
  EVP_DigestUpdate(hash->context, data, size);
}

void hash_free(struct hash *hash) {
  if (!hash)
    return;
  EVP_MD_CTX_free(hash->context);
  free(hash);
}

void hash_end(struct hash *hash, char ret_sha256[SHA256_TEXT]) {
  static const char hex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(hash->context, digest, &size);
  for (unsigned i = 0; i < 32; i++) {
    ret_sha256[2 * i] = hex[digest[i] >> 4];
    ret_sha256[2 * i + 1] = hex[digest[i] & 15];
  }
  ret_sha256[64] = 0;
  hash_free(hash);
}

void hash_bytes(struct bytes bytes, char ret_sha256[SHA256_TEXT]) {
  struct hash *hash = hash_new();
  hash_add(hash, bytes.data, bytes.size);
  hash_end(hash, ret_sha256);
}

enum status hash_input(struct input *input, char ret_sha256[SHA256_TEXT], uint64_t *ret_bytes,
                       void (*progress)(void *context, uint64_t bytes), void *context, struct error *error) {
  struct hash *hash = hash_new();
  uint64_t total = 0;
  for (;;) {
    struct bytes view;
    enum status status = input_view(input, 1, &view, error);
    if (status != STATUS_OK) {
      hash_free(hash);
      return status;
    }
    if (view.size == 0)
      break;
    hash_add(hash, view.data, view.size);
    input_skip(input, view.size);
    total += view.size;
    if (progress)
      progress(context, view.size);
  }
  hash_end(hash, ret_sha256);
  *ret_bytes = total;
  return STATUS_OK;
}
