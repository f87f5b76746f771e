/* progress: one line on standard error that is rewritten: done, rate, time left. Only on a terminal; in a pipe a plain
 * line every ten seconds. */
#ifndef UAVLAKE_PROGRESS_H
#define UAVLAKE_PROGRESS_H

#include "command/command.h"

struct progress {
  bool terminal, quiet;
  bool shown; /* a line stands on the terminal */
  double last_plain_s;
};

static inline struct progress progress_of(const struct invocation *in) {
  return (struct progress){.terminal = in->terminal, .quiet = in->quiet};
}
void progress_show(struct progress *progress, const char *phase, uint64_t files_done, uint64_t files,
                   uint64_t bytes_done, uint64_t bytes, double seconds);
/* Takes the line away, so that other text can be printed. */
void progress_clear(struct progress *progress);

#endif
