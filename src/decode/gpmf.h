/* gpmf: GoPro's metadata track, one payload after another, as messages with rows. */
#ifndef UAVLAKE_GPMF_H
#define UAVLAKE_GPMF_H

#include "decode/decoder.h"

#define GPMF_PAYLOAD_MAX ((size_t)1 << 20)

struct gpmf;

/* NULL at the memory limit. Lives in d->arena. */
struct gpmf *gpmf_new(struct decode *d);
/* Takes in one payload (a sample of the track); its bytes must stay until gpmf_next gave everything out.
 * start_us, duration_us: from the film's start; offset: of the payload in the file, for damage. */
void gpmf_begin(struct gpmf *gpmf, struct bytes payload, int64_t start_us, int64_t duration_us, uint64_t offset);
/* A full batch, or NULL when the payload is used up. */
const struct batch *gpmf_next(struct gpmf *gpmf);
/* After the last payload: the partly filled batches, one a call, then NULL. */
const struct batch *gpmf_drain(struct gpmf *gpmf);
/* UTC at the film's start, as GPS or the vehicle's clock says; TIME_NONE unknown. *ret_source: "gps", "system_time". */
int64_t gpmf_utc_start(const struct gpmf *gpmf, const char **ret_source);
/* The first position with a fix; false where there is none. Altitude NAN where its reference is not known. */
bool gpmf_place(const struct gpmf *gpmf, double *ret_lat, double *ret_lon, double *ret_alt);
/* Something in it is a payload at all? For searching films without an index. */
bool gpmf_is_payload(const uint8_t head[16], uint64_t left, size_t *ret_size);

#endif
