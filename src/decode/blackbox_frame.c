/* blackbox_frame: see blackbox_frame.h. Encodings and predictors by number (facts: the firmware's documentation of the
 * format, Cleanflight "Blackbox logging internals", and reading real logs):
 *
 *   0 signed, zigzag, 7 bits a byte; 1 unsigned; 3 unsigned, 14 bits with sign, negated; 4, 5 Elias delta, unsigned and
 *   zigzag; 6 a byte of flags and a signed number for each that is set, for up to 8 fields in a row (one alone has no
 *   flags); 7 three fields of 2, 4, 6 or chosen numbers of bytes; 8 four fields of 0, 4, 8 or 16 bits; 9 nothing;
 *   10 three fields of 2/2/2, 5/5/4, 8/7/7 bits or chosen numbers of bytes; 11 Elias gamma, zigzag
 *
 *   0 none; 1 the frame before; 2 a straight line through the two before; 3 their mean; 4 minthrottle; 5 motor[0] of
 *   this frame; 6 the iteration after the last one that was to be logged; 7 home (latitude, then longitude); 8 1500;
 *   9 vbatref; 10 time of the last main frame; 11 the lowest motor output */
#include "decode/blackbox_frame.h"

enum encoding {
  SIGNED_VB = 0,
  UNSIGNED_VB = 1,
  NEGATED_14 = 3,
  DELTA_UNSIGNED = 4,
  DELTA_SIGNED = 5,
  TAG8_8 = 6,
  TAG2_3 = 7,
  TAG8_4 = 8,
  NOTHING = 9,
  TAG2_3_VARIABLE = 10,
  GAMMA_SIGNED = 11,
};

enum operation { ADD, PREVIOUS, LINE, MEAN_SIGNED, MEAN_UNSIGNED, MOTOR_0, INCREMENT, HOME_LAT, HOME_LON, MAIN_TIME };

/* ── plan ─────────────────────────────────────────────────────────────────────────────────────────────────────── */

void blackbox_layout_set_names(struct blackbox_layout *layout, struct text list) {
  layout->count = 0;
  while (list.data && layout->count < BLACKBOX_FIELDS_MAX) {
    struct text name = text_trim(text_cut(&list, ','));
    char *out = layout->names[layout->count++];
    size_t size = MIN(name.size, (size_t)BLACKBOX_NAME_MAX - 1);
    memcpy(out, name.data, size);
    out[size] = 0;
  }
}

uint16_t blackbox_layout_set_numbers(uint8_t *numbers, struct text list) {
  uint16_t count = 0;
  while (list.data && count < BLACKBOX_FIELDS_MAX) {
    int64_t value;
    if (!text_to_i64(text_trim(text_cut(&list, ',')), &value) || value < 0 || value > 255)
      value = 255;
    numbers[count++] = (uint8_t)value;
  }
  return count;
}

int blackbox_layout_find(const struct blackbox_layout *layout, const char *name) {
  for (uint16_t i = 0; i < layout->count; i++)
    if (strcmp(layout->names[i], name) == 0)
      return i;
  return -1;
}

/* Fields that one step reads from `first` on; 0: unknown encoding, or too few fields left for it. */
static uint16_t step_fields(const struct blackbox_layout *layout, uint16_t first) {
  uint16_t left = layout->count - first, same = 1;
  uint8_t encoding = layout->encoding[first];
  while (same < left && layout->encoding[first + same] == encoding)
    same++;
  switch (encoding) {
  case SIGNED_VB:
  case UNSIGNED_VB:
  case NEGATED_14:
  case DELTA_UNSIGNED:
  case DELTA_SIGNED:
  case NOTHING:
  case GAMMA_SIGNED:
    return same;
  case TAG8_8:
    return MIN(same, 8);
  case TAG2_3:
  case TAG2_3_VARIABLE:
    return left >= 3 ? 3 : 0;
  case TAG8_4:
    return left >= 4 ? 4 : 0;
  default:
    return 0;
  }
}

static bool plan_field(struct blackbox_layout *layout, const struct blackbox_config *config, uint16_t i) {
  static const uint8_t operations[] = {ADD,       PREVIOUS, LINE, MEAN_SIGNED, ADD,       MOTOR_0,
                                       INCREMENT, HOME_LAT, ADD,  ADD,         MAIN_TIME, ADD};
  uint8_t predictor = layout->predictor[i];
  if (predictor >= ARRAY_COUNT(operations))
    return false;
  layout->operation[i] = operations[predictor];
  layout->constant[i] = predictor == 4    ? config->minimum_throttle
                        : predictor == 8  ? 1500
                        : predictor == 9  ? config->vbat_reference
                        : predictor == 11 ? config->motor_low
                                          : 0;
  if (predictor == 3 && !layout->is_signed[i])
    layout->operation[i] = MEAN_UNSIGNED;
  if (predictor == 7 && i > 0 && layout->predictor[i - 1] == 7)
    layout->operation[i] = HOME_LON;
  return predictor != 5 || (layout->motor_0 >= 0 && layout->motor_0 < i);
}

bool blackbox_layout_finish(struct blackbox_layout *layout, const struct blackbox_config *config) {
  if (layout->predictor_count != layout->count || layout->encoding_count != layout->count)
    return false;
  layout->motor_0 = (int16_t)blackbox_layout_find(layout, "motor[0]");
  layout->iteration = (int16_t)blackbox_layout_find(layout, "loopIteration");
  layout->time = (int16_t)blackbox_layout_find(layout, "time");
  layout->step_count = 0;
  for (uint16_t i = 0; i < layout->count;) {
    uint16_t fields = step_fields(layout, i);
    if (!fields)
      return false;
    layout->steps[layout->step_count++] = (struct blackbox_step){layout->encoding[i], (uint8_t)i, (uint8_t)fields};
    i += fields;
  }
  for (uint16_t i = 0; i < layout->count; i++)
    if (!plan_field(layout, config, i))
      return false;
  return true;
}

/* ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────── */

uint32_t blackbox_read_unsigned(const uint8_t **at) {
  const uint8_t *p = *at;
  uint32_t value = *p & 0x7Fu;
  for (unsigned shift = 7; *p++ & 0x80u; shift += 7) {
    if (shift > 28) {
      *at = NULL;
      return 0;
    }
    value |= (uint32_t)(*p & 0x7Fu) << shift;
  }
  *at = p;
  return value;
}

static int32_t extend(uint32_t value, unsigned bits) {
  return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/* Three fields whose numbers of bytes (1 … 4) stand in pairs of bits, the first field's lowest. */
static const uint8_t *read_sized(const uint8_t *at, uint32_t sizes, int32_t *out) {
  for (int i = 0; i < 3; i++, sizes >>= 2) {
    unsigned bytes = (sizes & 3) + 1;
    uint32_t value = 0;
    for (unsigned byte = 0; byte < bytes; byte++)
      value |= (uint32_t)*at++ << (8 * byte);
    out[i] = extend(value, 8 * bytes);
  }
  return at;
}

static const uint8_t *read_tag2_3(const uint8_t *at, int32_t *out) {
  uint32_t lead = *at++;
  switch (lead >> 6) {
  case 0:
    out[0] = extend(lead >> 4, 2);
    out[1] = extend(lead >> 2, 2);
    out[2] = extend(lead, 2);
    return at;
  case 1:
    out[0] = extend(lead, 4);
    out[1] = extend((uint32_t)at[0] >> 4, 4);
    out[2] = extend(at[0], 4);
    return at + 1;
  case 2:
    out[0] = extend(lead, 6);
    out[1] = extend(at[0], 6);
    out[2] = extend(at[1], 6);
    return at + 2;
  default:
    return read_sized(at, lead, out);
  }
}

static const uint8_t *read_tag2_3_variable(const uint8_t *at, int32_t *out) {
  uint32_t lead = *at++, both;
  switch (lead >> 6) {
  case 0:
    out[0] = extend(lead >> 4, 2);
    out[1] = extend(lead >> 2, 2);
    out[2] = extend(lead, 2);
    return at;
  case 1:
    both = lead << 8 | at[0];
    out[0] = extend(both >> 9, 5);
    out[1] = extend(both >> 4, 5);
    out[2] = extend(both, 4);
    return at + 1;
  case 2:
    both = lead << 16 | (uint32_t)at[0] << 8 | at[1];
    out[0] = extend(both >> 14, 8);
    out[1] = extend(both >> 7, 7);
    out[2] = extend(both, 7);
    return at + 2;
  default:
    return read_sized(at, lead, out);
  }
}

/* Data version 1: whole bytes; two neighbours of 4 bits share one, the first in the low half. */
static const uint8_t *read_tag8_4_old(const uint8_t *at, int32_t *out) {
  uint32_t tags = *at++;
  for (int i = 0; i < 4; i++, tags >>= 2)
    switch (tags & 3) {
    case 0:
      out[i] = 0;
      break;
    case 1:
      out[i] = extend(*at, 4);
      if (i < 3) { /* the writer pairs it with the next field, whatever its tag */
        out[++i] = extend((uint32_t)*at >> 4, 4);
        tags >>= 2;
      }
      at++;
      break;
    case 2:
      out[i] = extend(*at++, 8);
      break;
    default:
      out[i] = extend(load_u16(at), 16);
      at += 2;
    }
  return at;
}

/* Data version 2: a stream of half bytes, the high half first. */
static const uint8_t *read_tag8_4(const uint8_t *at, int32_t *out) {
  static const uint8_t halves_of[] = {0, 1, 2, 4};
  uint32_t tags = *at++, half = 0;
  for (int i = 0; i < 4; i++, tags >>= 2) {
    uint32_t halves = halves_of[tags & 3], value = 0;
    for (uint32_t n = 0; n < halves; n++, half++)
      value = value << 4 | (half & 1 ? at[half / 2] & 15u : (uint32_t)at[half / 2] >> 4);
    out[i] = halves ? extend(value, 4 * halves) : 0;
  }
  return at + (half + 1) / 2;
}

struct bits {
  const uint8_t *at;
  unsigned used; /* of *at, from its highest bit */
};

static uint32_t read_bits(struct bits *bits, unsigned count) {
  uint32_t value = 0;
  for (; count; count--) {
    value = value << 1 | (*bits->at >> (7 - bits->used) & 1u);
    bits->used = (bits->used + 1) & 7;
    bits->at += bits->used == 0;
  }
  return value;
}

/* n zeros, then n + 1 bits that begin with a one. 0: too long. */
static uint32_t read_gamma(struct bits *bits, unsigned most) {
  unsigned zeros = 0;
  while (zeros <= most && !read_bits(bits, 1))
    zeros++;
  return zeros > most ? 0 : (zeros ? 1u << zeros | read_bits(bits, zeros) : 1u);
}

/* Elias codes count from 1; the two largest numbers share a code and are told apart by one more bit. */
static uint32_t read_elias(struct bits *bits, bool delta) {
  uint32_t value;
  if (delta) {
    uint32_t length = read_gamma(bits, 5);
    if (length == 0 || length > 32)
      return 0;
    value = length > 1 ? 1u << (length - 1) | read_bits(bits, length - 1) : 1u;
  } else {
    value = read_gamma(bits, 31);
  }
  if (value == UINT32_MAX)
    return read_bits(bits, 1) ? UINT32_MAX : UINT32_MAX - 1;
  return value ? value - 1 : 0;
}

static const uint8_t *read_elias_run(const struct blackbox_step *step, const uint8_t *at, int32_t *out) {
  struct bits bits = {at, 0};
  for (uint8_t i = 0; i < step->count; i++) {
    uint32_t value = read_elias(&bits, step->encoding != GAMMA_SIGNED);
    out[i] = step->encoding == DELTA_UNSIGNED ? (int32_t)value : blackbox_unzigzag(value);
  }
  return bits.at + (bits.used != 0);
}

static const uint8_t *read_tag8_8(uint8_t count, const uint8_t *at, int32_t *out) {
  uint32_t set = count > 1 ? *at++ : 1u;
  for (uint8_t i = 0; i < count && at; i++, set >>= 1)
    out[i] = set & 1 ? blackbox_unzigzag(blackbox_read_unsigned(&at)) : 0;
  return at;
}

/* ── frames ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static const uint8_t *read_step(const struct blackbox_step *step, uint32_t data_version, const uint8_t *at,
                                int32_t *out) {
  switch (step->encoding) {
  case SIGNED_VB:
    for (uint8_t i = 0; i < step->count && at; i++)
      out[i] = blackbox_unzigzag(blackbox_read_unsigned(&at));
    return at;
  case UNSIGNED_VB:
    for (uint8_t i = 0; i < step->count && at; i++)
      out[i] = (int32_t)blackbox_read_unsigned(&at);
    return at;
  case NEGATED_14:
    for (uint8_t i = 0; i < step->count && at; i++)
      out[i] = -extend(blackbox_read_unsigned(&at), 14);
    return at;
  case TAG8_8:
    return read_tag8_8(step->count, at, out);
  case TAG2_3:
    return read_tag2_3(at, out);
  case TAG2_3_VARIABLE:
    return read_tag2_3_variable(at, out);
  case TAG8_4:
    return data_version < 2 ? read_tag8_4_old(at, out) : read_tag8_4(at, out);
  case NOTHING:
    memset(out, 0, step->count * sizeof *out);
    return at;
  default:
    return read_elias_run(step, at, out);
  }
}

static uint32_t predicted(const struct blackbox_layout *layout, const struct blackbox_history *history, uint16_t i,
                          const int32_t *out) {
  uint32_t before = history->before ? (uint32_t)history->before[i] : 0;
  uint32_t before_that = history->before_that ? (uint32_t)history->before_that[i] : before;
  switch (layout->operation[i]) {
  case ADD:
    return (uint32_t)layout->constant[i];
  case PREVIOUS:
    return before;
  case LINE:
    return 2 * before - before_that;
  case MEAN_SIGNED:
    return (uint32_t)(((int64_t)(int32_t)before + (int32_t)before_that) / 2);
  case MEAN_UNSIGNED:
    return (uint32_t)(((uint64_t)before + before_that) / 2);
  case MOTOR_0:
    return (uint32_t)out[layout->motor_0];
  case INCREMENT:
    return before + history->skipped + 1;
  case HOME_LAT:
    return (uint32_t)history->home[0];
  case HOME_LON:
    return (uint32_t)history->home[1];
  default:
    return (uint32_t)history->main_time;
  }
}

const uint8_t *blackbox_frame_read(const struct blackbox_layout *layout, const struct blackbox_history *history,
                                   uint32_t data_version, const uint8_t *at, int32_t *out) {
  for (uint16_t i = 0; i < layout->step_count && at; i++)
    at = read_step(&layout->steps[i], data_version, at, out + layout->steps[i].first);
  for (uint16_t i = 0; i < layout->count && at; i++)
    out[i] = (int32_t)((uint32_t)out[i] + predicted(layout, history, i, out));
  return at;
}
