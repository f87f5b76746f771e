/* quarantine: files that are stored, but could not be read; and the two ways out of it. */
#ifndef UAVLAKE_QUARANTINE_H
#define UAVLAKE_QUARANTINE_H

#include "lake/lake.h"

/* Reads these logs (ids) again, as an add would: after an update, or with a dialect in the options. What can still not
 * be read goes back with its new reason; each log's history says so. STATUS_SETTINGS where one is not quarantined; then
 * nothing is done. Takes lake_lock by itself. `by`: who asks for it (a pseudonym). */
must_check enum status quarantine_retry(struct lake *lake, const char *const *ids, uint32_t count, const char *by,
                                        const struct add_options *options, const struct add_callbacks *callbacks,
                                        struct add_result *ret_result, struct error *error);
/* Keeps the bytes as they are (state kept_raw), with who said so and why in the reason and the history.
 * STATUS_SETTINGS where the log is not quarantined. The caller holds lake_lock. */
must_check enum status quarantine_release(struct lake *lake, const char *id, const char *by, const char *why,
                                          struct error *error);

#endif
