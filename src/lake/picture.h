/* picture: a small JPEG of a photograph, an image or a film, made by FFmpeg's libraries in a confined process.
 *
 * Those libraries read hostile files in a million lines of C, so they are never loaded into the program that serves or
 * ingests: a child of the same program (command `thumbnail --child`) loads them, and can then neither open nor
 * connect, nor start anything; it asks for the file's bytes over a socket, and gives a picture or a reason back. */
#ifndef UAVLAKE_PICTURE_H
#define UAVLAKE_PICTURE_H

#include "base/arena.h"
#include "base/input.h"

#define PICTURE_SIZE_DEFAULT 320

/* size_px: of the longer side, 16 to 2048. STATUS_UNSUPPORTED where the libraries are not there or know no picture in
 * the file, STATUS_LIMIT where it takes too long or too much. */
must_check enum status picture_make(struct input *input, int size_px, struct arena *arena, struct bytes *ret_jpeg,
                                    struct error *error);
/* Were the libraries found when the program was built, and are they here? NULL yes, else why not. */
const char *picture_missing(void);
/* The child's side: speaks over `socket` until it has answered. Returns the exit code. */
int picture_child(int socket);

#endif
