/* command: one word typed, one file. A command ends in `const struct command command_<name>`; names stand in
 * src/command/meson.build. */
#ifndef UAVLAKE_COMMAND_H
#define UAVLAKE_COMMAND_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

#include <stdio.h>

struct lake;

/* One flag or option of a command: parsed by the framework, listed by help, man pages and completion. */
struct option {
  const char *name;     /* "vehicle" for --vehicle */
  char letter;          /* 'v' for -v, 0 none */
  const char *argument; /* "NAME" where a value follows, NULL for a flag */
  const char *about;
};

#define OPTION_VALUES_MAX 256

/* What the user typed, taken apart. */
struct invocation {
  const struct command *command;
  const char *lake;             /* --lake, UAVLAKE_LAKE or "./lake" */
  bool json;                    /* --json */
  bool quiet;                   /* --quiet: no progress */
  bool terminal;                /* standard error is a terminal: progress bars */
  const char *const *arguments; /* what is not an option */
  int argument_count;
  struct {
    const struct option *option;
    const char *value;
  } options[OPTION_VALUES_MAX];
  int option_count;
  struct arena *arena; /* lives as long as the command */
};
/* Last value of an option, NULL where it wasn't given ("" for a flag that was). */
const char *invocation_option(const struct invocation *in, const char *name);
/* The index-th value of a repeatable option, NULL past the last. */
const char *invocation_option_at(const struct invocation *in, const char *name, int index);
/* A whole number; *ret_value keeps what the caller put there where the option wasn't given. */
must_check enum status invocation_number(const struct invocation *in, const char *name, int64_t least, int64_t most,
                                         int64_t *ret_value, struct error *error);

struct command {
  const char *name;
  const char *arguments;               /* "PATH…" */
  const char *about;                   /* one line */
  const char *details;                 /* paragraphs and examples for help and the man page */
  const struct option *options;        /* ended by a NULL name; the common ones are added */
  int least_arguments, most_arguments; /* most: -1 any */
  /* Prints its results to standard output. A failure's text is printed by the framework, which also sets the exit code.
   */
  enum status (*run)(struct invocation *in, struct error *error);
};
extern const struct command *const command_list[]; /* NULL at the end */
extern const struct option common_options[];       /* of all commands; ended by a NULL name */

/* The program: returns the exit code. */
int command_main(int argc, char **argv);

#endif
