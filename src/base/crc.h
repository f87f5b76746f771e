/* crc: the two checksums that S3 prefers, and the text in which its headers hold them.
 *
 * CRC-32C (Castagnoli) and CRC-64/NVME; both are updated piece by piece, beginning with 0. Thread-safe. */
#ifndef UAVLAKE_CRC_H
#define UAVLAKE_CRC_H

#include "base/bytes.h"

uint32_t crc32c_add(uint32_t crc, struct bytes bytes);
uint64_t crc64nvme_add(uint64_t crc, struct bytes bytes);

#define BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4 + 1) /* with NUL */
/* Standard alphabet, padded. */
void base64_encode(char *out, struct bytes bytes);
/* As x-amz-checksum-… has it: the checksum's bytes, most significant first, in base64. */
void crc32c_text(char out[BASE64_SIZE(4)], uint32_t crc);
void crc64nvme_text(char out[BASE64_SIZE(8)], uint64_t crc);

#endif
