/* main: hands over to the commands. */
#include "command/command.h"

#include <signal.h>

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, with an error text */
  return command_main(argc, argv);
}
