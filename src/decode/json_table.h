/* json_table: JSON of any shape as rows of messages, flattened. */
#ifndef UAVLAKE_JSON_TABLE_H
#define UAVLAKE_JSON_TABLE_H

#include "decode/json_reader.h"
#include "decode/row_set.h"

struct json_format {
  const char *name_member;    /* "meta.type": holds the record's message name; NULL: the list's name, or "row" */
  const char *strip;          /* "data.": left out of members' names */
  const char *renamed[3][2];  /* members with another name in the rows: {"meta.srcSystem", "system_id"} */
  const char *rows_member;    /* last part of the path of a list of lists … */
  const char *columns_member; /* … and of the list that names their columns */
  const char *start_member;   /* last part of the path of the instant from which elapsed seconds count */
  void (*document)(struct decode *d, struct text path, struct text value); /* each member outside of records */
};

struct json_table;

must_check enum status json_table_open(struct decode *d, const struct json_format *format,
                                       struct json_table **ret_table, struct error *error);
must_check enum status json_table_next(struct json_table *table, const struct batch **ret_batch, struct error *error);
void json_table_close(struct json_table *table);

#endif
