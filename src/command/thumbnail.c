/* thumbnail: a small JPEG of one photograph or film. */
#include "base/file.h"
#include "command/command.h"
#include "lake/picture.h"

#include <unistd.h>

static enum status thumbnail_run(struct invocation *in, struct error *error) {
  if (invocation_option(in, "child"))
    _exit(picture_child(STDIN_FILENO));
  const char *to = invocation_option(in, "output");
  if (in->argument_count != 1 || !to)
    return error_set(error, STATUS_SETTINGS, "name one file, and with -o where its small picture goes");
  int64_t size_px = PICTURE_SIZE_DEFAULT;
  TRY(invocation_number(in, "size", 16, 2048, &size_px, error));
  scoped(input) struct input *input = NULL;
  struct bytes jpeg;
  TRY(input_open_path(in->arguments[0], &input, error));
  TRY(picture_make(input, (int)size_px, in->arena, &jpeg, error));
  return file_write(to, jpeg, error);
}

const struct command command_thumbnail = {
    .name = "thumbnail",
    .arguments = "FILE",
    .about = "make a small picture of a photograph or film",
    .details =
        "Writes a JPEG of a photograph, of an image, or of a film's key frame a tenth of its length in. FFmpeg's\n"
        "libraries do it in a process of their own that can neither open files nor connect to anything, and is\n"
        "ended after 20 s. The web page shows the same pictures.\n\n"
        "  uavlake thumbnail DJI_0001.MP4 -o small.jpg --size 640\n",
    .options = (const struct option[]){{"output", 'o', "FILE", "where the picture goes"},
                                       {"size", 0, "PIXELS", "of the longer side (320)"},
                                       {"child", 0, NULL,
                                        "for the program's own use: serve one picture over standard input"},
                                       {NULL}},
    .least_arguments = 0,
    .most_arguments = 1,
    .run = thumbnail_run,
};
