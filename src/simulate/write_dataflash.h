/* write_dataflash: a flight as the DataFlash log (.bin) that the autopilot would write on its card. */
#ifndef UAVLAKE_SIMULATE_WRITE_DATAFLASH_H
#define UAVLAKE_SIMULATE_WRITE_DATAFLASH_H

#include "base/status.h"
#include "simulate/sample.h"

struct dataflash_writer;

must_check enum status dataflash_create(const char *path, const struct sortie_plan *plan,
                                        struct dataflash_writer **ret_writer, struct error *error);
/* Formats, units, parameters, firmware, mission. First thing to be called. */
void dataflash_begin(struct dataflash_writer *writer, const struct sample *sample);
/* Every tick of 10 ms: writes the records that are due. */
void dataflash_sample(struct dataflash_writer *writer, const struct sample *sample);
/* Events at the sample's instant. */
void dataflash_text(struct dataflash_writer *writer, const struct sample *sample, const char *text);
void dataflash_mode(struct dataflash_writer *writer, const struct sample *sample, int mode, int reason);
void dataflash_armed(struct dataflash_writer *writer, const struct sample *sample);
void dataflash_event(struct dataflash_writer *writer, const struct sample *sample, int id);
void dataflash_failure(struct dataflash_writer *writer, const struct sample *sample, int subsystem, int code);
void dataflash_photo(struct dataflash_writer *writer, const struct sample *sample);
void dataflash_home(struct dataflash_writer *writer, const struct sample *sample);
/* Closes the file and frees the writer; torn: the power went away, so only whole blocks of 512 bytes are on the card.
 */
must_check enum status dataflash_end(struct dataflash_writer *writer, bool torn, uint64_t *ret_bytes,
                                     struct error *error);

#endif
