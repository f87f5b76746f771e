/* dataflash: ArduPilot's binary on-board log (.bin), 3.x to 4.7. The framing and its rules stand in dataflash_reader.c,
 * letters and units in dataflash_format.c; this file only recognises the log and enters it in the list. */
#include "decode/dataflash_reader.h"

static int dataflash_probe(const struct probe *probe) {
  struct dataflash_head head;
  dataflash_head_read(probe->head, &head);
  if (!head.formats || head.px4)
    return 0;
  if (head.at_start)
    return 100;
  return head.formats > 2 ? 80 : 40;
}

static enum status open_log(struct decode *d, struct error *error) {
  decode_fact(d, "autopilot", TEXT("ardupilot"));
  return dataflash_reader_open(d, error);
}

const struct decoder decoder_dataflash = {
    .name = "dataflash",
    .about = "ArduPilot on-board log, binary (DataFlash)",
    .suffixes = "bin BIN",
    .source = "carrier",
    .vocabulary = "ardupilot_bin",
    .state_size = sizeof(struct dataflash_reader),
    .probe = dataflash_probe,
    .open = open_log,
    .next = dataflash_reader_next,
};
