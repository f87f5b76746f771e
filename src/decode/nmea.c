/* nmea: sentences of a GPS receiver: "$ttsss,…*hh", hh the xor of what stands between. Loggers may write words before
 * the "$". */
#include "decode/shape.h"

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Is there a whole sentence with a right checksum in the line? */
static bool has_sentence(struct text line) {
  const char *dollar = line.size ? memchr(line.data, '$', line.size) : NULL;
  if (!dollar)
    return false;
  const char *end = line.data + line.size;
  uint8_t sum = 0;
  for (const char *at = dollar + 1; at + 2 < end; at++) {
    if (*at == '*')
      return at > dollar + 5 && hex_digit(at[1]) == sum >> 4 && hex_digit(at[2]) == (sum & 15);
    sum ^= (uint8_t)*at;
  }
  return false;
}

static int nmea_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  int sentences = 0, lines = 0;
  while (rest.data && lines < 200) {
    struct text line = shape_full_line(&rest);
    sentences += has_sentence(line);
    lines++;
  }
  return sentences >= 2 && sentences * 4 >= lines ? 85 : 0;
}

const struct decoder decoder_nmea = {
    .name = "nmea",
    .about = "GPS sentences (NMEA 0183)",
    .suffixes = "nmea txt",
    .source = "carrier",
    .kept_raw = SHAPE_KEPT("GPS sentences"),
    .probe = nmea_probe,
};
