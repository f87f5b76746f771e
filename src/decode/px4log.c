/* px4log: PX4's on-board log before ULog (sdlog2, .px4log). Framing and FMT records are those of DataFlash; the clock
 * is not a column but a TIME record (StartTime, µs since boot) written before each group of the others. */
#include "decode/dataflash_reader.h"

static int px4log_probe(const struct probe *probe) {
  struct dataflash_head head;
  dataflash_head_read(probe->head, &head);
  return head.formats && head.px4 ? 100 : 0;
}

static enum status open_log(struct decode *d, struct error *error) {
  decode_fact(d, "autopilot", TEXT("px4"));
  return dataflash_reader_open(d, error);
}

const struct decoder decoder_px4log = {
    .name = "px4log",
    .about = "PX4 on-board log of the time before ULog (sdlog2)",
    .suffixes = "px4log bin",
    .source = "carrier",
    .vocabulary = "px4log",
    .state_size = sizeof(struct dataflash_reader),
    .probe = px4log_probe,
    .open = open_log,
    .next = dataflash_reader_next,
};
