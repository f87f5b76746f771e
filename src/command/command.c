/* command: takes apart what the user typed, finds the command, runs it, prints its failure, sets the exit code.
 *
 * Options may stand anywhere, as --name VALUE, --name=VALUE or -n VALUE; "--" ends them. Those that every command takes
 * may also stand before it. Help, man pages and shell completion are generated from the descriptors. */
#include "command/command.h"

#include "base/text.h"
#include "command/help.h"

#include <stdlib.h>
#include <unistd.h>

#define COMMAND(name) extern const struct command command_##name;
#include "command_list.h"
#undef COMMAND

const struct command *const command_list[] = {
#define COMMAND(name) &command_##name,
#include "command_list.h"
#undef COMMAND
    NULL,
};

const struct option common_options[] = {
    {"lake", 'l', "DIR", "the lake's folder (default: UAVLAKE_LAKE, else ./lake)"},
    {"json", 'j', NULL, "print JSON, one object a line"},
    {"quiet", 'q', NULL, "no progress"},
    {"help", 'h', NULL, "show this help"},
    {NULL},
};

const char *invocation_option_at(const struct invocation *in, const char *name, int index) {
  for (int i = 0; i < in->option_count; i++)
    if (strcmp(in->options[i].option->name, name) == 0 && index-- == 0)
      return in->options[i].value;
  return NULL;
}

const char *invocation_option(const struct invocation *in, const char *name) {
  for (int i = in->option_count; i-- > 0;)
    if (strcmp(in->options[i].option->name, name) == 0)
      return in->options[i].value;
  return NULL;
}

enum status invocation_number(const struct invocation *in, const char *name, int64_t least, int64_t most,
                              int64_t *ret_value, struct error *error) {
  const char *typed = invocation_option(in, name);
  int64_t value;
  if (!typed)
    return STATUS_OK;
  if (!text_to_i64(text_of(typed), &value) || value < least || value > most)
    return error_set(error, STATUS_SETTINGS, "--%s wants a whole number from %lld to %lld, not '%s'", name,
                     (long long)least, (long long)most, typed);
  *ret_value = value;
  return STATUS_OK;
}

static const struct option *find_option(const struct option *options, struct text name, bool is_letter) {
  for (; options && options->name; options++)
    if (is_letter ? options->letter && options->letter == name.data[0] : text_is(name, options->name))
      return options;
  return NULL;
}

static const struct option *known_option(const struct command *command, struct text name, bool is_letter) {
  const struct option *option = find_option(command->options, name, is_letter);
  return option ? option : find_option(common_options, name, is_letter);
}

/* Number of edits between two short words, for "did you mean". */
static size_t edits_between(const char *a, const char *b) {
  size_t row[64], size = strlen(b);
  if (size >= ARRAY_COUNT(row))
    return SIZE_MAX;
  for (size_t j = 0; j <= size; j++)
    row[j] = j;
  for (size_t i = 0; a[i]; i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < size; j++) {
      size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = MIN(replaced, MIN(row[j], diagonal) + 1);
    }
  }
  return row[size];
}

static const char *nearest_command(const char *typed) {
  const char *best = NULL;
  size_t best_edits = 3;
  for (size_t i = 0; command_list[i]; i++) {
    size_t edits = edits_between(typed, command_list[i]->name);
    if (edits < best_edits) {
      best = command_list[i]->name;
      best_edits = edits;
    }
  }
  return best;
}

static const char *nearest_option(const struct command *command, const char *typed) {
  const char *best = NULL;
  size_t best_edits = 3;
  const struct option *lists[] = {command->options, common_options};
  for (size_t list = 0; list < 2; list++)
    for (const struct option *option = lists[list]; option && option->name; option++) {
      size_t edits = edits_between(typed, option->name);
      if (edits < best_edits) {
        best = option->name;
        best_edits = edits;
      }
    }
  return best;
}

static enum status unknown_option(const struct command *command, const char *typed, struct error *error) {
  const char *nearest = nearest_option(command, typed + (typed[0] == '-') + (typed[1] == '-'));
  if (nearest)
    return error_set(error, STATUS_SETTINGS, "'uavlake %s' has no option %s; did you mean --%s?", command->name, typed,
                     nearest);
  return error_set(error, STATUS_SETTINGS, "'uavlake %s' has no option %s; see 'uavlake %s --help'", command->name,
                   typed, command->name);
}

/* Takes argv[*i] (and a following value) as an option. */
static enum status take_option(struct invocation *in, int argc, char **argv, int *i, struct error *error) {
  const char *typed = argv[*i];
  bool is_letter = typed[1] != '-';
  struct text name = text_of(typed + (is_letter ? 1 : 2));
  const char *value = NULL;
  if (is_letter && name.size > 1) {
    value = name.data + 1;
    name.size = 1;
  } else if (!is_letter) {
    struct text rest = name;
    name = text_cut(&rest, '=');
    value = rest.data;
  }
  const struct option *option = name.size ? known_option(in->command, name, is_letter) : NULL;
  if (!option)
    return unknown_option(in->command, typed, error);
  if (!option->argument && value)
    return error_set(error, STATUS_SETTINGS, "--%s takes no value", option->name);
  if (option->argument && !value) {
    if (*i + 1 == argc)
      return error_set(error, STATUS_SETTINGS, "--%s wants a value: %s", option->name, option->argument);
    value = argv[++*i];
  }
  if (in->option_count == OPTION_VALUES_MAX)
    return error_set(error, STATUS_LIMIT, "more than %d options were given", OPTION_VALUES_MAX);
  in->options[in->option_count].option = option;
  in->options[in->option_count++].value = value ? value : "";
  return STATUS_OK;
}

static enum status take_arguments(struct invocation *in, int argc, char **argv, struct error *error) {
  const char **arguments = arena_alloc_array(in->arena, (size_t)argc + 1, sizeof *arguments);
  bool options_end = false;
  for (int i = 0; i < argc; i++) {
    if (!options_end && strcmp(argv[i], "--") == 0)
      options_end = true;
    else if (!options_end && argv[i][0] == '-' && argv[i][1])
      TRY(take_option(in, argc, argv, &i, error));
    else
      arguments[in->argument_count++] = argv[i];
  }
  in->arguments = arguments;
  const char *lake = invocation_option(in, "lake");
  if (!lake)
    lake = getenv("UAVLAKE_LAKE");
  in->lake = lake && lake[0] ? lake : "./lake";
  in->json = invocation_option(in, "json") != NULL;
  in->quiet = invocation_option(in, "quiet") != NULL;
  in->terminal = isatty(STDERR_FILENO) && !in->quiet;
  return STATUS_OK;
}

static enum status check_argument_count(const struct invocation *in, struct error *error) {
  const struct command *command = in->command;
  const char *gap = command->arguments[0] ? " " : "";
  if (in->argument_count < command->least_arguments)
    return error_set(error, STATUS_SETTINGS, "usage: uavlake %s %s; see 'uavlake %s --help'", command->name,
                     command->arguments, command->name);
  if (command->most_arguments >= 0 && in->argument_count > command->most_arguments)
    return error_set(error, STATUS_SETTINGS, "'uavlake %s' does not take '%s'; usage: uavlake %s%s%s", command->name,
                     in->arguments[command->most_arguments], command->name, gap, command->arguments);
  return STATUS_OK;
}

static const struct command *find_command(const char *name) {
  for (size_t i = 0; command_list[i]; i++)
    if (strcmp(command_list[i]->name, name) == 0)
      return command_list[i];
  return NULL;
}

/* Results go to standard output, failures to standard error: in JSON mode as a JSON line. */
static void print_failure(const struct error *error, bool json) {
  fflush(stdout);
  if (!json) {
    fprintf(stderr, "uavlake: %s\n", error->text);
    return;
  }
  scoped(buffer) struct buffer line = buffer_with_max(8192);
  struct json_writer writer = json_writer_of(&line);
  json_object_begin(&writer, NULL);
  json_c_string(&writer, "error", status_row(error->status)->name);
  json_c_string(&writer, "text", error->text);
  json_object_end(&writer);
  fprintf(stderr, "%s\n", buffer_text(&line));
}

static int run_command(const struct command *command, int argc, char **argv) {
  scoped(arena) struct arena *arena = arena_new(0);
  struct invocation *in = arena_alloc(arena, sizeof *in);
  struct error error = {.status = STATUS_OK};
  in->command = command;
  in->arena = arena;
  enum status status = take_arguments(in, argc, argv, &error);
  if (status == STATUS_OK && invocation_option(in, "help")) {
    help_command(stdout, command);
    return 0;
  }
  if (status == STATUS_OK)
    status = check_argument_count(in, &error);
  if (status == STATUS_OK)
    status = command->run(in, &error);
  if (status == STATUS_OK && (fflush(stdout) != 0 || ferror(stdout)))
    status = error_set(&error, STATUS_IO, "the output could not be written completely");
  if (status != STATUS_OK)
    print_failure(&error, invocation_option(in, "json") != NULL);
  return status_row(status)->exit_code;
}

/* Where the command stands: behind options that every command takes. argc: there is none. */
static int find_word(int argc, char **argv) {
  int i = 1;
  for (; i < argc && argv[i][0] == '-'; i++) {
    bool is_letter = argv[i][1] != '-';
    struct text name = text_of(argv[i] + (is_letter ? 1 : 2)), rest = name;
    const struct option *option = name.size
                                      ? find_option(common_options, is_letter ? name : text_cut(&rest, '='), is_letter)
                                      : NULL;
    if (!option || strcmp(option->name, "help") == 0)
      return i;
    bool has_value = is_letter ? name.size > 1 : rest.data != NULL;
    if (option->argument && !has_value)
      i++;
  }
  return MIN(i, argc);
}

static int refuse_word(const char *word) {
  const char *nearest = nearest_command(word);
  if (nearest)
    fprintf(stderr, "uavlake: there is no command '%s'; did you mean '%s'?\n", word, nearest);
  else
    fprintf(stderr, "uavlake: there is no command '%s'; 'uavlake help' lists them\n", word);
  return status_row(STATUS_SETTINGS)->exit_code;
}

int command_main(int argc, char **argv) {
  int at = find_word(argc, argv);
  const char *word = at < argc ? argv[at] : "help";
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
    word = "help";
  if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
    word = "version";
  const struct command *command = find_command(word);
  if (!command)
    return refuse_word(word);
  if (at == argc)
    return run_command(command, 0, NULL);
  memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv); /* the command goes to the front */
  return run_command(command, argc - 2, argv + 2);
}
