/* help: text about the commands, generated from their descriptors: for the terminal, as man pages, as shell completion.
 */
#ifndef UAVLAKE_HELP_H
#define UAVLAKE_HELP_H

#include "command/command.h"

void help_command(FILE *out, const struct command *command);
void help_overview(FILE *out);
void help_man_page(FILE *out, const struct command *command); /* NULL: uavlake(1) */
void help_completion_bash(FILE *out);

#endif
