/* csv: any text that is shaped like a table: most of its first lines are cut into the same number of parts, two or
 * more, by commas, semicolons, tabs or bars; or of which every line is the same number of numbers with blanks between.
 * Separators within quotes do not count, and quotes may hold line ends.
 * Message "row"; names, types, units and clock are guessed from the head (csv_guess.c), and what was guessed is stated
 * as facts: separator, header, encoding, decimal_point, time_basis. */
#include "decode/csv_table.h"
#include "decode/shape.h"

struct csv {
  struct csv_table *table;
};

/* UTF-16 cut to its low bytes shows its separators. */
static struct text plain_head(const struct probe *probe, char *room, size_t size) {
  struct bytes head = probe->head;
  bool little = head.size >= 2 && head.data[0] == 0xFF && head.data[1] == 0xFE;
  bool big = head.size >= 2 && head.data[0] == 0xFE && head.data[1] == 0xFF;
  if (!little && !big)
    return shape_text(head);
  size_t used = 0;
  for (size_t i = little ? 2 : 3; i < head.size && used < size; i += 2)
    room[used++] = head.data[little ? i + 1 : i - 1] ? 'x' : (char)head.data[i];
  return text_from(room, used);
}

static int csv_probe(const struct probe *probe) {
  char room[8192];
  if (!shape_is_text(probe->head))
    return 0;
  struct text text = plain_head(probe, room, sizeof room);
  if (shape_is_json(text))
    return 0;
  text.size = MIN(text.size, sizeof room * 2);
  return csv_find_separator(text) ? 40 : 0;
}

static enum status csv_open(struct decode *d, struct error *error) {
  return csv_table_open(d, &(struct csv_format){0}, &((struct csv *)d->state)->table, error);
}

static enum status csv_next(struct decode *d, const struct batch **ret_batch, struct error *error) {
  return csv_table_next(((struct csv *)d->state)->table, ret_batch, error);
}

const struct decoder decoder_csv = {
    .name = "csv",
    .about = "table of text (CSV)",
    .suffixes = "csv tsv",
    .source = "maintenance",
    .state_size = sizeof(struct csv),
    .probe = csv_probe,
    .open = csv_open,
    .next = csv_next,
};
