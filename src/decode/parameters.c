/* parameters: parameter files: a name in capitals, a blank, tab or comma, and a number a line (ArduPilot tools), or
 * five columns system, component, name, value, type (QGroundControl); "#" begins a remark. */
#include "decode/shape.h"

static bool is_name(struct text word) {
  if (word.size < 2 || word.size > 16)
    return false;
  for (size_t i = 0; i < word.size; i++)
    if (!(word.data[i] >= 'A' && word.data[i] <= 'Z') && !(i && word.data[i] >= '0' && word.data[i] <= '9') &&
        !(i && word.data[i] == '_'))
      return false;
  return true;
}

static int split(struct text line, struct text words[5]) {
  int count = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= line.size && count < 5; i++) {
    bool is_end = i == line.size || line.data[i] == ' ' || line.data[i] == '\t' || line.data[i] == ',';
    if (is_end && i > begin)
      words[count++] = text_from(line.data + begin, i - begin);
    if (is_end)
      begin = i + 1;
  }
  return count;
}

static bool is_parameter(struct text line) {
  struct text words[5];
  double value;
  int64_t number;
  int count = split(line, words);
  if (count == 5 && text_to_i64(words[0], &number))
    return text_to_i64(words[1], &number) && is_name(words[2]) && text_to_double(words[3], &value) &&
           text_to_i64(words[4], &number);
  return count >= 2 && is_name(words[0]) && text_to_double(words[1], &value) &&
         (count == 2 || words[2].data[0] == '#' || words[2].data[0] == '@');
}

static int parameters_probe(const struct probe *probe) {
  struct text rest = shape_text(probe->head);
  int good = 0, bad = 0;
  while (rest.data && good + bad < 200) {
    struct text line = text_trim(shape_full_line(&rest));
    if (line.size && line.data[0] != '#' && rest.data) {
      bool is_good = is_parameter(line);
      good += is_good;
      bad += !is_good;
      if (bad > 3 + good / 10)
        return 0;
    }
  }
  return good >= 2 && good > bad * 10 ? 80 : 0;
}

const struct decoder decoder_parameters = {
    .name = "parameters",
    .about = "parameter file",
    .suffixes = "parm param params",
    .source = "ground_station",
    .kept_raw = SHAPE_KEPT("parameter files"),
    .probe = parameters_probe,
};
