/* probe: every probe over the same bytes, and then the decoder that they choose. */
#include "decode/decode.h"
#include "decode/decoder.h"
#include "target.h"

void fuzz_probe(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  demand(copy);
  if (size)
    memcpy(copy, data, size);
  struct bytes head = bytes_of(copy, MIN(size, PROBE_HEAD));
  for (size_t i = 0; decoder_list[i]; i++) {
    struct probe probe = {head, size, TEXT("log.bin")};
    int score = decoder_list[i]->probe(&probe);
    demand(score >= 0 && score <= 100);
    probe.size = UINT64_MAX; /* a head of something much longer, or of a pipe */
    score = decoder_list[i]->probe(&probe);
    demand(score >= 0 && score <= 100);
  }
  int best = -1;
  const struct decoder *decoder = decode_probe(head, size, TEXT("log"), &best);
  demand(decoder && best >= 0);
  free(copy);
  if (!decoder->kept_raw)
    fuzz_decoder(decoder->name, data, size);
}
