/* blackbox_header: the lines "H key:value" at the head of each session of a blackbox log. */
#ifndef UAVLAKE_BLACKBOX_HEADER_H
#define UAVLAKE_BLACKBOX_HEADER_H

#include "decode/blackbox_frame.h"
#include "decode/decoder.h"

#define BLACKBOX_PRODUCT "H Product:Blackbox flight data recorder"

enum blackbox_letter { BLACKBOX_I, BLACKBOX_P, BLACKBOX_S, BLACKBOX_G, BLACKBOX_H, BLACKBOX_LETTERS };

struct blackbox_session {
  struct blackbox_config config;
  struct blackbox_layout layouts[BLACKBOX_LETTERS];
};

void blackbox_header_begin(struct blackbox_session *session);
void blackbox_header_line(struct blackbox_session *session, struct text key, struct text value);
/* Plans the frames; false where the main frames can't be read. Letters whose definition is broken get no fields. */
bool blackbox_header_finish(struct blackbox_session *session);
/* States what a line tells of the board and the craft. */
void blackbox_header_fact(struct decode *d, struct text key, struct text value);
/* Unit and scale of a field by its name and the session's firmware; NULL unit: "". */
double blackbox_field_scale(const struct blackbox_config *config, const char *name, const char **ret_unit);
/* The flight mode that these flags stand for, several joined by '+', in `room`. */
const char *blackbox_mode_name(const struct blackbox_config *config, uint32_t flags, char room[96]);
/* Do the flags tell in bit 0 whether the craft is armed? */
bool blackbox_has_arm_flag(const struct blackbox_config *config);

#endif
