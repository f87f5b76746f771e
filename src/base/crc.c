/* crc: CRC-32C by the processor's instruction where it has one, else by tables; CRC-64/NVME by tables, 16 bytes a step.
 *
 * Both are reflected, begin with all ones and end inverted. Polynomials (reflected): CRC-32C 82F63B78 (RFC 3720),
 * CRC-64/NVME 9A6C9329AC4BC9B5 (NVM Express NVM Command Set, 5.2.1.3.4). Table k holds what a byte does to the checksum
 * when k more bytes follow it ("slicing"), so the bytes of one step are looked up independently of each other. */
#include "base/crc.h"

#include <pthread.h>

#define SLICES 16u
#define POLYNOMIAL_32C UINT32_C(0x82F63B78)
#define POLYNOMIAL_64NVME UINT64_C(0x9A6C9329AC4BC9B5)

static uint64_t table64[SLICES][256];
static uint32_t table32[8][256];
static pthread_once_t tables_made = PTHREAD_ONCE_INIT;

static void make_tables(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint64_t wide = byte;
    uint32_t narrow = byte;
    for (int bit = 0; bit < 8; bit++) {
      wide = (wide >> 1) ^ (wide & 1 ? POLYNOMIAL_64NVME : 0);
      narrow = (narrow >> 1) ^ (narrow & 1 ? POLYNOMIAL_32C : 0);
    }
    table64[0][byte] = wide;
    table32[0][byte] = narrow;
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    for (uint32_t slice = 1; slice < SLICES; slice++)
      table64[slice][byte] = (table64[slice - 1][byte] >> 8) ^ table64[0][table64[slice - 1][byte] & 255];
    for (uint32_t slice = 1; slice < 8; slice++)
      table32[slice][byte] = (table32[slice - 1][byte] >> 8) ^ table32[0][table32[slice - 1][byte] & 255];
  }
}

uint64_t crc64nvme_add(uint64_t crc, struct bytes bytes) {
  pthread_once(&tables_made, make_tables);
  const uint8_t *at = bytes.data, *end = bytes.data + bytes.size;
  crc = ~crc;
  for (; end - at >= (ptrdiff_t)SLICES; at += SLICES) {
    uint64_t low = load_u64(at) ^ crc, high = load_u64(at + 8);
    crc = 0;
    for (uint32_t i = 0; i < 8; i++)
      crc ^= table64[15 - i][(low >> (8 * i)) & 255] ^ table64[7 - i][(high >> (8 * i)) & 255];
  }
  for (; at < end; at++)
    crc = (crc >> 8) ^ table64[0][(crc ^ *at) & 255];
  return ~crc;
}

static uint32_t by_table(uint32_t crc, const uint8_t *at, const uint8_t *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t word = load_u64(at) ^ crc;
    crc = 0;
    for (uint32_t i = 0; i < 8; i++)
      crc ^= table32[7 - i][(word >> (8 * i)) & 255];
  }
  for (; at < end; at++)
    crc = (crc >> 8) ^ table32[0][(crc ^ *at) & 255];
  return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *at, const uint8_t *end) {
  uint64_t wide = crc;
  for (; end - at >= 8; at += 8)
    wide = __builtin_ia32_crc32di(wide, load_u64(at));
  crc = (uint32_t)wide;
  for (; at < end; at++)
    crc = __builtin_ia32_crc32qi(crc, *at);
  return crc;
}
#endif

uint32_t crc32c_add(uint32_t crc, struct bytes bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("sse4.2"))
    return ~by_instruction(~crc, bytes.data, bytes.data + bytes.size);
#endif
  pthread_once(&tables_made, make_tables);
  return ~by_table(~crc, bytes.data, bytes.data + bytes.size);
}

void base64_encode(char *out, struct bytes bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size; i += 3) {
    size_t left = bytes.size - i;
    uint32_t word = (uint32_t)bytes.data[i] << 16 | (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                    (left > 2 ? bytes.data[i + 2] : 0);
    *out++ = digits[word >> 18];
    *out++ = digits[word >> 12 & 63];
    *out++ = left > 1 ? digits[word >> 6 & 63] : '=';
    *out++ = left > 2 ? digits[word & 63] : '=';
  }
  *out = 0;
}

void crc32c_text(char out[BASE64_SIZE(4)], uint32_t crc) {
  uint32_t bytes = __builtin_bswap32(crc);
  base64_encode(out, bytes_of(&bytes, sizeof bytes));
}

void crc64nvme_text(char out[BASE64_SIZE(8)], uint64_t crc) {
  uint64_t bytes = __builtin_bswap64(crc);
  base64_encode(out, bytes_of(&bytes, sizeof bytes));
}
