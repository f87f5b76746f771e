/* dialect: the option --dialect of the commands that read MAVLink. */
#ifndef UAVLAKE_COMMAND_DIALECT_H
#define UAVLAKE_COMMAND_DIALECT_H

#include "command/command.h"

#define DIALECT_OPTION                                                                                                 \
  { "dialect", 0, "FILE.xml", "a MAVLink dialect of your own, with what it includes" }

struct mavlink_dialect;
/* The dialect that was asked for; NULL where none was. Lives as long as the arena. */
must_check enum status dialect_of(const struct invocation *in, struct arena *arena,
                                  const struct mavlink_dialect **ret_dialect, struct error *error);

#endif
