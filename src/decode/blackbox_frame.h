/* blackbox_frame: the fields of one session's frames as its header defines them, and the way from bytes to numbers.
 *
 * A frame is a letter and then its fields one after another, each by its encoding, without length or checksum. What is
 * read is a difference to a predicted value. Numbers are 32 bits wide and wrap; whether they count as signed stands in
 * the header. */
#ifndef UAVLAKE_BLACKBOX_FRAME_H
#define UAVLAKE_BLACKBOX_FRAME_H

#include "base/bytes.h"
#include "base/text.h"

#define BLACKBOX_FIELDS_MAX 128u
#define BLACKBOX_NAME_MAX 32u
#define BLACKBOX_FRAME_MAX 256u
/* Readable bytes that must follow a frame's first one, whatever they hold: no frame's fields can take more. */
#define BLACKBOX_FRAME_ROOM 1024u

enum blackbox_firmware {
  BLACKBOX_BASEFLIGHT,
  BLACKBOX_CLEANFLIGHT,
  BLACKBOX_BETAFLIGHT,
  BLACKBOX_INAV,
  BLACKBOX_EMUFLIGHT,
};

/* What the header says beside the fields. */
struct blackbox_config {
  enum blackbox_firmware firmware;
  uint32_t version; /* 10000 × major + 100 × minor + patch; 0 unknown */
  uint32_t data_version;
  uint32_t i_interval, p_numerator, p_denominator;
  int32_t minimum_throttle, maximum_throttle, motor_low, motor_high, vbat_reference, home[2];
  double gyro_scale, acc_1g, vbat_scale, motor_poles, current_offset, current_scale;
  bool high_resolution;
  int64_t start_us; /* UTC; TIME_NONE where the board had no clock */
};

struct blackbox_step {
  uint8_t encoding, first, count;
};

/* One letter's fields. */
struct blackbox_layout {
  uint16_t count; /* 0: no such frames */
  char names[BLACKBOX_FIELDS_MAX][BLACKBOX_NAME_MAX];
  uint8_t is_signed[BLACKBOX_FIELDS_MAX], predictor[BLACKBOX_FIELDS_MAX], encoding[BLACKBOX_FIELDS_MAX];
  uint16_t signed_count, predictor_count, encoding_count;
  /* made by blackbox_layout_finish */
  struct blackbox_step steps[BLACKBOX_FIELDS_MAX];
  uint16_t step_count;
  uint8_t operation[BLACKBOX_FIELDS_MAX];
  int32_t constant[BLACKBOX_FIELDS_MAX];
  int16_t motor_0, iteration, time; /* places of these fields, -1 none */
};

/* What predictions look back at. */
struct blackbox_history {
  const int32_t *before, *before_that; /* main frames; NULL none */
  uint32_t skipped;                    /* loop iterations since then that were left out on purpose */
  int32_t home[2];
  int32_t main_time;
};

/* Takes a list of a "Field X …" line. */
void blackbox_layout_set_names(struct blackbox_layout *layout, struct text list);
uint16_t blackbox_layout_set_numbers(uint8_t *numbers, struct text list);
/* Plans the reading. false: the definition can't be read (unknown encoding, lists of different lengths). */
bool blackbox_layout_finish(struct blackbox_layout *layout, const struct blackbox_config *config);
int blackbox_layout_find(const struct blackbox_layout *layout, const char *name);

/* Reads the fields from `at` (behind the letter) into `out`; BLACKBOX_FRAME_ROOM bytes must be readable. Returns the
 * place behind them, NULL where a number is longer than any can be. */
const uint8_t *blackbox_frame_read(const struct blackbox_layout *layout, const struct blackbox_history *history,
                                   uint32_t data_version, const uint8_t *at, int32_t *out);
/* A number of 7 bits a byte, lowest first. NULL in *at where it has more than 5 bytes. */
uint32_t blackbox_read_unsigned(const uint8_t **at);
static inline int32_t blackbox_unzigzag(uint32_t value) {
  return (int32_t)(value >> 1) ^ -(int32_t)(value & 1);
}

#endif
