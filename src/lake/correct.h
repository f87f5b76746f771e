/* correct: what people say against what was found: which flight a log belongs to, which vehicles are one. Each call is
 * one transaction, kept in the document's history, and later adds respect it. The caller holds lake_lock. `by`: who
 * says so (a pseudonym). */
#ifndef UAVLAKE_CORRECT_H
#define UAVLAKE_CORRECT_H

#include "lake/lake.h"

/* The log belongs to this flight, of whatever vehicle it was taken for. STATUS_SETTINGS where a flight would lose the
 * log that describes it beside others. */
must_check enum status correct_link(struct lake *lake, const char *log_id, const char *flight_id, const char *by,
                                    struct error *error);
/* The log belongs to no flight. STATUS_SETTINGS where it belongs to none, or where it describes its flight. */
must_check enum status correct_unlink(struct lake *lake, const char *log_id, const char *by, struct error *error);
/* All that is said of `from` is said of `to`; `from` stays an alias, so logs that come in later under that name are
 * taken for `to`. Ids of flights stay. merge: `to` must be there, else it must not. */
must_check enum status correct_vehicle(struct lake *lake, const char *from, const char *to, bool merge, const char *by,
                                       struct error *error);
/* The name that a vehicle has now; the name itself where it is no alias. In the arena. */
const char *correct_vehicle_name(struct lake *lake, struct arena *arena, const char *name);

#endif
