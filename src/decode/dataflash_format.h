/* dataflash_format: what ArduPilot's DataFlash logs say about themselves, shared by the binary and the text decoder.
 *
 * A format definition (FMT) names a record type: number, length, name, one letter a column, column names. UNIT, MULT
 * and FMTU add a unit and a multiplier a column. Nothing here reads a file. */
#ifndef UAVLAKE_DATAFLASH_FORMAT_H
#define UAVLAKE_DATAFLASH_FORMAT_H

#include "decode/decoder.h"

#define DATAFLASH_COLUMNS_MAX 16
#define DATAFLASH_HEAD 3 /* A3 95 id */

struct dataflash_letter {
  char letter;
  uint8_t width; /* bytes in a binary record */
  enum column_type type;
  uint8_t count;
  bool is_array;
  double scale; /* the letter's own factor, 1 for none */
};
/* NULL: no such letter. */
const struct dataflash_letter *dataflash_letter(char letter);

struct dataflash_definition {
  uint8_t id;
  uint8_t length; /* of the whole binary record as declared, with its 3 header bytes */
  char name[17];  /* 4 at most in a binary log */
  char format[DATAFLASH_COLUMNS_MAX + 1];
  char columns[65];
};

/* Reads the body of a binary FMT record (86 bytes). Bytes that are not printable ASCII become '_' in the names. */
void dataflash_definition_read(const uint8_t *body, struct dataflash_definition *ret_definition);

struct dataflash_column {
  char name[65];
  uint8_t offset; /* in the binary record, header included */
  uint8_t width;
  const struct dataflash_letter *letter; /* NULL: unknown letter, the record's remaining bytes */
};

struct dataflash_layout {
  struct dataflash_column columns[DATAFLASH_COLUMNS_MAX];
  uint16_t count;  /* columns that fit into the declared length */
  uint16_t length; /* what the letters add up to, header included; 0 where a letter is unknown */
};
/* Lays the letters out in a record. Columns without a name are called column1, column2, …; a column of unknown letter
 * takes all remaining bytes and is the last; columns beyond the declared length are left out. */
void dataflash_layout_make(const struct dataflash_definition *definition, struct dataflash_layout *ret_layout);

/* Index of a column, or -1. */
int dataflash_layout_find(const struct dataflash_layout *layout, const char *name);
/* The column that holds µs or ms since boot, or -1; *ret_us_per_count is 1 or 1000. */
int dataflash_layout_find_time(const struct dataflash_layout *layout, const char *message, int *ret_us_per_count);

/* Labels and factors by their one-character ids: the log's own (UNIT, MULT), else ArduPilot's standard ones, which 4.7
 * writes later than the first data. */
struct dataflash_units {
  const char *labels[256];
  double factors[256];
  bool has_factor[256];
};
void dataflash_units_set_label(struct dataflash_units *units, struct arena *arena, uint8_t id, struct text label);
void dataflash_units_set_factor(struct dataflash_units *units, uint8_t id, double factor);
/* Unit and scale of one column. `scaled_already`: text logs hold values with the letter's factor applied. */
const char *dataflash_units_label(const struct dataflash_units *units, uint8_t id);
double dataflash_units_scale(const struct dataflash_units *units, const struct dataflash_letter *letter, uint8_t id,
                             bool scaled_already);

/* Facts from the texts and parameters of a log. */
void dataflash_fact_text(struct decode *d, struct text message);
void dataflash_fact_parameter(struct decode *d, struct text name, double value);

#endif
