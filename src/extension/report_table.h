/* report_table: what the functions share whose rows come from a log's report: decode the log to its end without
 * delivering rows, then give the report's rows. */
#ifndef UAVLAKE_REPORT_TABLE_H
#define UAVLAKE_REPORT_TABLE_H

#include "extension/log_scan.h"

struct report_column {
  const char *name;
  duckdb_type type; /* VARCHAR, BIGINT, DOUBLE, TIMESTAMP */
};

struct report_value {
  bool is_known; /* else NULL */
  int64_t number;
  double real;
  const char *text;
};

struct report_table {
  const char *name;                    /* of the SQL function */
  const struct report_column *columns; /* behind `filename`, which all have */
  uint32_t column_count;
  /* Value of one column of row `row`; false behind the last row. */
  bool (*value)(const struct decode_report *report, uint64_t row, uint32_t column, struct report_value *ret_value);
};

duckdb_table_function report_table_function(const struct report_table *table);

#endif
