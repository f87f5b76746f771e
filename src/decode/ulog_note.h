/* ulog_note: what a ULog says beside its topics: parameters and their defaults, information, log lines, dropouts. Each
 * kind is a message of its own, and some of it becomes facts. */
#ifndef UAVLAKE_ULOG_NOTE_H
#define UAVLAKE_ULOG_NOTE_H

#include "decode/ulog_format.h"

enum ulog_note_kind {
  ULOG_PARAMETER,         /* P: name, value, is_integer */
  ULOG_PARAMETER_DEFAULT, /* Q: name, value, is_integer, of_system, of_airframe */
  ULOG_INFORMATION,       /* I: key, type, value */
  ULOG_INFORMATION_MULTI, /* M: key, type, value, continues */
  ULOG_LOGGED_MESSAGE,    /* L, C: level (0 emergency … 7 debug), tag, text */
  ULOG_DROPOUT,           /* O: duration_ms */
  ULOG_NOTE_KINDS
};

struct ulog_notes {
  struct message *messages[ULOG_NOTE_KINDS];
  struct batch_builder *builders[ULOG_NOTE_KINDS];
  bool mav_type_known;
};

/* False at the memory limit. */
bool ulog_notes_open(struct decode *d, struct ulog_notes *notes);
/* Is a payload what its type (I, M, P, Q, L, C) says? By its content, not only by its size. */
bool ulog_note_is_sound(char type, struct bytes payload);
/* Takes one message's payload. *ret_full is the batch that is full now, NULL none; give it out, then reset its builder.
 * False: the payload is not what its type says. */
bool ulog_notes_take(struct decode *d, struct ulog_notes *notes, char type, struct bytes payload, int64_t now_us,
                     struct batch_builder **ret_full);

#endif
