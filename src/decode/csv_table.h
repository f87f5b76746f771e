/* csv_table: a delimited text as rows of one message: dialect, header, types, units and clock found from its head.
 *
 * A format with a known meaning gives its struct csv_format and calls the three functions from its decoder; the
 * generic one gives an empty one. */
#ifndef UAVLAKE_CSV_TABLE_H
#define UAVLAKE_CSV_TABLE_H

#include "decode/csv_split.h"
#include "decode/text_source.h"
#include "decode/text_value.h"

struct csv_format {
  const char *message; /* NULL: "row" */
  bool to_si;          /* fields are in SI units: the scale stands in the field */
  char separator;      /* 0: guessed */
  enum date_order date_order;
  const char *header_starts; /* lines before the one that starts so are a preamble; NULL: none */
  void (*preamble)(struct decode *d, struct text line);
  const char *place_column; /* holds "lat lon"; becomes two fields, its name and "_lat", "_lon" */
  const char *mode_column;  /* words of the flight mode: a field "mode_change" is true in rows where they change */
  const char *clock_owner;  /* whose clock times without a zone are: "radio", NULL: "local" */
};

struct csv_table;

/* NULL at the memory limit. */
must_check enum status csv_table_open(struct decode *d, const struct csv_format *format, struct csv_table **ret_table,
                                      struct error *error);
must_check enum status csv_table_next(struct csv_table *table, const struct batch **ret_batch, struct error *error);

/* The separator that cuts the first lines into a table; 0: it is none. */
char csv_find_separator(struct text head);

#endif
