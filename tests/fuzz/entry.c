/* entry: one target as libFuzzer and AFL++ call it. FUZZ_TARGET is its name, FUZZ_DECODER (as text) that of a decoder.
 */
#include "target.h"

#define PASTE(a, b) a##b
#define TARGET_FUNCTION(name) PASTE(fuzz_, name)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
#ifdef FUZZ_DECODER
  fuzz_decoder(FUZZ_DECODER, data, size);
#else
  TARGET_FUNCTION(FUZZ_TARGET)(data, size);
#endif
  return 0;
}
