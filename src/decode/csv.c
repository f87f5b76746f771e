/* csv: any text that is shaped like a table: its first lines are cut into the same number of parts, two or more, by
 * commas, semicolons, tabs or bars. Separators within quotes do not count, and quotes may hold line ends. */
#include "decode/shape.h"

#define LINES 32

/* Parts of the first lines, at most LINES; a quoted part may hold separators and line ends. */
static int count_parts(struct text text, char separator, int parts[LINES]) {
  int lines = 0;
  bool quoted = false, filled = false;
  parts[0] = 1;
  for (size_t i = 0; i < text.size && lines < LINES; i++) {
    char c = text.data[i];
    if (c == '"')
      quoted = !quoted;
    else if (c == separator && !quoted)
      parts[lines]++;
    if (c == '\n' && !quoted && filled) {
      lines++;
      filled = false;
      if (lines < LINES)
        parts[lines] = 1;
    } else if (c != '\n' && c != '\r') {
      filled = true;
    }
  }
  return lines;
}

/* Nine of ten lines have as many parts as the header, or the table has no header and rows of a few shapes. */
static bool is_table(struct text text, char separator) {
  int parts[LINES], lines = count_parts(text, separator, parts), same = 0, many = 0;
  for (int i = 0; i < lines; i++) {
    same += parts[i] == parts[0];
    many += parts[i] >= 3;
  }
  return lines >= 2 && ((parts[0] >= 2 && same * 10 >= lines * 9) || (lines >= 8 && many == lines));
}

static int csv_probe(const struct probe *probe) {
  static const char separators[] = ",;\t|";
  struct text text = shape_text(probe->head);
  if (!shape_is_text(probe->head) || shape_is_json(text))
    return 0;
  for (const char *separator = separators; *separator; separator++)
    if (is_table(text, *separator))
      return 40;
  return 0;
}

const struct decoder decoder_csv = {
    .name = "csv",
    .about = "table of text (CSV)",
    .suffixes = "csv tsv",
    .source = "maintenance",
    .kept_raw = SHAPE_KEPT("tables without a known meaning"),
    .probe = csv_probe,
};
