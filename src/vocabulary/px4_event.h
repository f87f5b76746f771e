/* px4_event: PX4's events in words, by the dictionary that a log carries. Private to this folder. */
#ifndef UAVLAKE_PX4_EVENT_H
#define UAVLAKE_PX4_EVENT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/text.h"

struct px4_events; /* the dictionaries of one log */

struct px4_events *px4_events_new(void);
void px4_events_free(struct px4_events *events);
/* The next piece of a dictionary, in hexadecimal as the decoder gives it; `continues`: it belongs to the one before. */
void px4_events_add(struct px4_events *events, struct text hex, bool continues);
/* What the event says, its arguments put in; where no dictionary knows it, its number and component. */
struct text px4_event_text(struct px4_events *events, uint32_t id, struct bytes arguments, struct arena *arena);
/* Its name, such as commander_armed_by; "px4_event" where no dictionary knows it. Lives as long as `events`. */
struct text px4_event_name(struct px4_events *events, uint32_t id);
/* Name of a number in an enumeration of the dictionary ("arm_disarm_reason_t", 4 → command_external), which firmware
 * renumbers; no data where it is not known. */
struct text px4_event_enum_name(struct px4_events *events, const char *enumeration, uint32_t value);

#endif
