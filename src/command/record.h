/* record: a decoder's records as lines of CSV or JSON, fast.
 *
 * A record_form is made once for a message and then spells any number of its rows. Numbers are in the shortest form
 * that reads back the same (base/number.h); integers with a decimal factor are exact. */
#ifndef UAVLAKE_RECORD_H
#define UAVLAKE_RECORD_H

#include "decode/decode.h"

struct record_options {
  bool json;          /* else CSV */
  bool named;         /* the message's name comes first */
  bool scaled;        /* all factors of the log are applied; else only those its storage demands */
  struct text fields; /* "Roll,Pitch": only these; ->data NULL: all */
  bool terminal;      /* control characters in CSV text become '?' */
};

struct record_form;
/* In the arena, with copies of the names. NULL where the message has none of the fields wanted. */
struct record_form *record_form_new(struct arena *arena, const struct message *message,
                                    const struct record_options *options);
/* The CSV line that names the columns. */
void record_form_put_header(const struct record_form *form, struct buffer *out);
/* One line. `batch` must be of the form's message, or of one of the same name: then by the fields' names. */
void record_form_put_row(const struct record_form *form, const struct batch *batch, uint32_t row, struct buffer *out);

/* One text as a CSV value, quoted where it must be. */
void record_put_csv(struct buffer *out, struct text text, bool terminal);

/* The columns of a form, time_s first, for writers that take columns. */
uint16_t record_form_count(const struct record_form *form);
const struct field *record_form_fields(const struct record_form *form);
/* Rows [from, from + rows) as such columns, in the arena; factors are applied (as doubles). */
const struct column *record_form_columns(const struct record_form *form, const struct batch *batch, uint32_t from,
                                         uint32_t rows, struct arena *arena);

#endif
