/* csv_guess: what the columns of a table are, from its header and its first rows. */
#ifndef UAVLAKE_CSV_GUESS_H
#define UAVLAKE_CSV_GUESS_H

#include "decode/csv_table.h"

enum csv_kind { CSV_NUMBER, CSV_INTEGER, CSV_BOOL, CSV_TEXT, CSV_TIME, CSV_PLACE };

/* What the sampled cells of one column were. */
struct csv_tally {
  uint32_t filled, numbers, integers, bools, datetimes, clocks, zoned, padded, decimal_points, decimal_commas;
  uint32_t steps, steps_back;
  double first, last, largest, largest_step, smallest_step;
  enum date_order told;
};

enum csv_clock_kind { CSV_CLOCK_NONE, CSV_CLOCK_ELAPSED, CSV_CLOCK_EPOCH, CSV_CLOCK_DATETIME, CSV_CLOCK_DATE_AND_TIME };

struct csv_clock {
  int elapsed; /* column, -1 none */
  double elapsed_us;
  int wall;        /* column with date and time, or with the date */
  int time_of_day; /* its partner, -1 none */
  bool wall_is_epoch, wall_is_utc;
  double wall_us; /* of an epoch's count */
};

struct csv_guess {
  bool has_header;
  char point; /* of decimals */
  enum date_order order;
  struct csv_tally *tallies;
};

void csv_tally_cell(struct csv_tally *tally, struct text cell, bool escaped);
/* A word that is certainly none of a number: "12" in JSON's quotes. */
void csv_tally_word(struct csv_tally *tally, struct text word);
/* all_seen: the sample is the whole file, so a whole number stays one. */
enum csv_kind csv_kind_of(const struct csv_tally *tally, bool all_seen);
bool csv_is_header(const struct csv_record *record, const struct csv_tally *below, uint32_t count);
/* names: without units; units: NULL where unknown; headers: as they stand. */
struct csv_clock csv_find_clock(const struct csv_tally *tallies, const struct text *names,
                                const struct text_unit *const *units, const struct text *headers, uint32_t count,
                                bool has_header);

#endif
