/* write_mavlink: a flight as the telemetry log (.tlog) that a ground station would write. */
#ifndef UAVLAKE_SIMULATE_WRITE_MAVLINK_H
#define UAVLAKE_SIMULATE_WRITE_MAVLINK_H

#include "base/status.h"
#include "simulate/sample.h"

struct mavlink_writer;

must_check enum status mavlink_create(const char *path, const struct sortie_plan *plan,
                                      struct mavlink_writer **ret_writer, struct error *error);
/* Version, parameter download. First thing to be called. */
void mavlink_begin(struct mavlink_writer *writer, const struct sample *sample);
/* Every tick of 10 ms: writes the messages that are due. */
void mavlink_sample(struct mavlink_writer *writer, const struct sample *sample);
/* severity: MAV_SEVERITY, 0 emergency … 6 info. */
void mavlink_text(struct mavlink_writer *writer, const struct sample *sample, int severity, const char *text);
void mavlink_reached(struct mavlink_writer *writer, const struct sample *sample, int item);
void mavlink_photo(struct mavlink_writer *writer, const struct sample *sample);
void mavlink_home(struct mavlink_writer *writer, const struct sample *sample);
/* Closes the file and frees the writer. */
must_check enum status mavlink_end(struct mavlink_writer *writer, uint64_t *ret_bytes, struct error *error);

#endif
