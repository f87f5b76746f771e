/* query: one SQL over the whole lake. */
#include "command/listing.h"
#include "command/result.h"

#include <signal.h>

static volatile bool cancelled;

static void cancel(int signal_number) {
  (void)signal_number;
  cancelled = true;
}

static enum status query_run(struct invocation *in, struct error *error) {
  scoped(lake) struct lake *lake = NULL;
  scoped(warehouse) struct warehouse *warehouse = NULL;
  int64_t threads = 0, timeout_s = 0;
  TRY(invocation_number(in, "threads", 1, 1024, &threads, error));
  TRY(invocation_number(in, "timeout", 1, 1000000, &timeout_s, error));
  TRY(open_lake(in, &lake, error));
  struct warehouse_options options = {
      .threads = (uint32_t)threads,
      .timeout_s = (double)timeout_s,
      .cancel = &cancelled,
      .logs = lake_log_access(lake, true),
  };
  signal(SIGINT, cancel);
  TRY(warehouse_open(lake_root(lake), lake_catalog(lake), &options, &warehouse, error));
  struct result_writer *writer;
  FILE *file;
  TRY(result_open(in, "table", &writer, &file, error));
  enum status status = warehouse_query(warehouse, in->arguments[0], NULL, 0, result_writer_sink(writer), error);
  return result_close(writer, file, status, error);
}

const struct command command_query = {
    .name = "query",
    .arguments = "'SELECT …'",
    .about = "ask the lake's tables in SQL, read-only",
    .details = "'uavlake tables' lists the tables and views and their columns, docs/cookbook.md answers frequent "
               "questions. DuckDB's"
               " SQL.\n\n"
               "Example: uavlake query 'SELECT vehicle, max(alt_rel_m) FROM position GROUP BY vehicle'",
    .options = (const struct option[]){RESULT_OPTIONS,
                                       {"threads", 0, "COUNT", "threads (default: one a core)"},
                                       {"timeout", 0, "SECONDS", "stop after so long"},
                                       {NULL}},
    .least_arguments = 1,
    .most_arguments = 1,
    .run = query_run,
};
