/* help: 'uavlake help [COMMAND]', man pages and completion, all from the descriptors. */
#include "command/help.h"

static void print_options(FILE *out, const struct option *options) {
  for (; options && options->name; options++) {
    char left[64];
    char letter[6] = "    ";
    if (options->letter)
      snprintf(letter, sizeof letter, "-%c, ", options->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, options->name, options->argument ? " " : "",
             options->argument ? options->argument : "");
    fprintf(out, "  %-30s %s\n", left, options->about);
  }
}

void help_command(FILE *out, const struct command *command) {
  fprintf(out, "Usage: uavlake %s%s%s\n\n%s.\n", command->name, command->arguments[0] ? " " : "", command->arguments,
          command->about);
  if (command->details)
    fprintf(out, "\n%s\n", command->details);
  fputs("\nOptions:\n", out);
  print_options(out, command->options);
  print_options(out, common_options);
}

void help_overview(FILE *out) {
  fputs("uavlake keeps every log of a UAV operation, knows what is in each, and says what is wearing out.\n\n"
        "Usage: uavlake COMMAND [ARGUMENT…] [--lake DIR] [--json]\n\nCommands:\n",
        out);
  for (size_t i = 0; command_list[i]; i++)
    fprintf(out, "  %-12s %s\n", command_list[i]->name, command_list[i]->about);
  fputs("\n'uavlake COMMAND --help' tells more. The lake's folder is --lake, else UAVLAKE_LAKE, else ./lake.\n", out);
}

/* Text for troff: a leading '.' or '\'' and backslashes would be read as commands. */
static void print_troff(FILE *out, const char *text) {
  bool line_start = true;
  for (const char *c = text; *c; c++) {
    if (line_start && (*c == '.' || *c == '\''))
      fputs("\\&", out);
    if (*c == '\\')
      fputs("\\e", out);
    else if (*c == '-')
      fputs("\\-", out);
    else
      fputc(*c, out);
    if (*c == '\n' && c[1] == '\n')
      fputs(".PP", out);
    line_start = *c == '\n';
  }
  fputc('\n', out);
}

static void man_options(FILE *out, const struct option *options) {
  for (; options && options->name; options++) {
    fputs(".TP\n", out);
    if (options->letter)
      fprintf(out, "\\fB\\-%c\\fR, ", options->letter);
    fprintf(out, "\\fB\\-\\-%s\\fR%s%s\n", options->name, options->argument ? " " : "",
            options->argument ? options->argument : "");
    print_troff(out, options->about);
  }
}

static void man_overview(FILE *out) {
  fputs(".TH UAVLAKE 1 \"\" \"uavlake " UAVLAKE_VERSION
        "\" \"User commands\"\n.SH NAME\nuavlake \\- a data lake for UAV logs\n"
        ".SH SYNOPSIS\n.B uavlake\nCOMMAND [ARGUMENT...] [\\-\\-lake DIR] [\\-\\-json]\n.SH COMMANDS\n",
        out);
  for (size_t i = 0; command_list[i]; i++) {
    fprintf(out, ".TP\n\\fBuavlake\\-%s\\fR(1)\n", command_list[i]->name);
    print_troff(out, command_list[i]->about);
  }
  fputs(".SH EXIT STATUS\n", out);
  for (int status = 0; status < STATUS_COUNT; status++)
    fprintf(out, ".TP\n%d\n%s\n", status_row((enum status)status)->exit_code, status_row((enum status)status)->name);
}

void help_man_page(FILE *out, const struct command *command) {
  if (!command) {
    man_overview(out);
    return;
  }
  fprintf(out, ".TH UAVLAKE-%s 1 \"\" \"uavlake " UAVLAKE_VERSION "\" \"User commands\"\n.SH NAME\nuavlake\\-%s \\- ",
          command->name, command->name);
  print_troff(out, command->about);
  fprintf(out, ".SH SYNOPSIS\n.B uavlake %s\n", command->name);
  print_troff(out, command->arguments);
  if (command->details) {
    fputs(".SH DESCRIPTION\n", out);
    print_troff(out, command->details);
  }
  fputs(".SH OPTIONS\n", out);
  man_options(out, command->options);
  man_options(out, common_options);
  fputs(".SH SEE ALSO\n.BR uavlake (1)\n", out);
}

static void completion_options(FILE *out, const struct option *options) {
  for (; options && options->name; options++)
    fprintf(out, " --%s", options->name);
}

void help_completion_bash(FILE *out) {
  fputs("# bash completion for uavlake, made by 'uavlake help --completion'\n_uavlake() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} options=\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    "
        "COMPREPLY=($(compgen -W \"",
        out);
  for (size_t i = 0; command_list[i]; i++)
    fprintf(out, "%s%s", i ? " " : "", command_list[i]->name);
  fputs("\" -- \"$word\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n", out);
  for (size_t i = 0; command_list[i]; i++) {
    fprintf(out, "  %s) options=\"", command_list[i]->name);
    completion_options(out, command_list[i]->options);
    completion_options(out, common_options);
    fputs("\" ;;\n", out);
  }
  fputs("  esac\n  if [[ $word == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n  else\n"
        "    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\ncomplete -o filenames -F _uavlake uavlake\n",
        out);
}

static const struct command *named_command(const char *name) {
  for (size_t i = 0; command_list[i]; i++)
    if (strcmp(command_list[i]->name, name) == 0)
      return command_list[i];
  return NULL;
}

/* Writes uavlake.1 and uavlake-<command>.1 into a folder, for the build. */
static enum status write_man_pages(const char *folder, struct error *error) {
  for (size_t i = 0; i == 0 || command_list[i - 1]; i++) {
    const struct command *command = i ? command_list[i - 1] : NULL;
    char path[4096];
    snprintf(path, sizeof path, "%s/uavlake%s%s.1", folder, command ? "-" : "", command ? command->name : "");
    FILE *out = fopen(path, "w");
    if (!out)
      return error_set(error, STATUS_IO, "cannot write %s", path);
    help_man_page(out, command);
    if (fclose(out) != 0)
      return error_set(error, STATUS_IO, "cannot write %s", path);
  }
  return STATUS_OK;
}

static enum status help_run(struct invocation *in, struct error *error) {
  if (invocation_option(in, "man"))
    return write_man_pages(invocation_option(in, "man"), error);
  if (invocation_option(in, "completion")) {
    help_completion_bash(stdout);
    return STATUS_OK;
  }
  if (in->argument_count == 0) {
    help_overview(stdout);
    return STATUS_OK;
  }
  const struct command *command = named_command(in->arguments[0]);
  if (!command)
    return error_set(error, STATUS_SETTINGS, "there is no command '%s'; 'uavlake help' lists them", in->arguments[0]);
  help_command(stdout, command);
  return STATUS_OK;
}

const struct command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .about = "show what the commands do",
    .options = (const struct option[]){{"completion", 0, NULL, "print a bash completion script"},
                                       {"man", 0, "DIR", "write man pages into a folder"},
                                       {NULL}},
    .most_arguments = 1,
    .run = help_run,
};
