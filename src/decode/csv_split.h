/* csv_split: cuts delimited text into records and cells; bytes only, no types. */
#ifndef UAVLAKE_CSV_SPLIT_H
#define UAVLAKE_CSV_SPLIT_H

#include "base/text.h"

#define CSV_CELLS_MAX 4096u

struct csv_dialect {
  char separator;
  char line_end; /* '\n', or '\r' where the text has no other */
  bool quotes;   /* false: the quote is a character like any other */
};

struct csv_cell {
  const char *data;
  uint32_t size;
  bool escaped; /* doubled quotes, or text behind the closing quote: csv_unescape makes it plain */
};

struct csv_record {
  struct csv_cell cells[CSV_CELLS_MAX];
  uint32_t count;    /* a blank line has one empty cell */
  uint32_t left_out; /* cells past CSV_CELLS_MAX */
  size_t bytes;      /* with the line end */
  bool open_quote;   /* ended by the end of the view within quotes */
};

/* Reads on through one view. Set view, dialect and at; zero the rest. */
struct csv_splitter {
  struct bytes view;
  struct csv_dialect dialect;
  size_t at;    /* where the next record begins */
  size_t block; /* first byte of the block whose marks are known */
  uint64_t marks;
  bool primed;
};

/* The next record; false where the view ends before it does. `last`: the view's end is the end of the text and ends a
 * record. */
bool csv_split(struct csv_splitter *splitter, bool last, struct csv_record *record);
/* Writes the plain text of an escaped cell into `out`, which has room for cell->size bytes; returns its length. */
size_t csv_unescape(const struct csv_cell *cell, char *out);

#endif
