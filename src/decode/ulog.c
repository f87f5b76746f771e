/* ulog: PX4's on-board log (.ulg). It begins with "ULog", 01 12 35 and a version byte. Framing and salvage stand in
 * ulog_reader.c, formats in ulog_format.c, columns in ulog_topic.c, parameters, information and log lines in
 * ulog_note.c; this file only recognises the log and enters it in the list. */
#include "decode/ulog_reader.h"

static int ulog_probe(const struct probe *probe) {
  return probe->head.size >= 7 && memcmp(probe->head.data, "ULog\x01\x12\x35", 7) == 0 ? 100 : 0;
}

static enum status open_log(struct decode *d, struct error *error) {
  decode_fact(d, "autopilot", TEXT("px4"));
  return ulog_reader_open(d, error);
}

const struct decoder decoder_ulog = {
    .name = "ulog",
    .about = "PX4 on-board log (ULog)",
    .suffixes = "ulg",
    .source = "carrier",
    .vocabulary = "px4",
    .state_size = sizeof(struct ulog_reader),
    .probe = ulog_probe,
    .open = open_log,
    .next = ulog_reader_next,
};
