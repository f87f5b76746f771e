/* dji_subtitle: the telemetry that DJI's cameras write as subtitles, from .srt files and from subtitle tracks. */
#ifndef UAVLAKE_DJI_SUBTITLE_H
#define UAVLAKE_DJI_SUBTITLE_H

#include "decode/decoder.h"

struct dji_subtitles;

/* Numbers are NAN and the time empty where the text is silent. */
struct dji_subtitle {
  char local_time[24]; /* "2017-08-05T14:11:51.265", the camera's clock, no zone */
  double lat_deg, lon_deg;
  double alt_rel_m;  /* over the take-off */
  double alt_msl_m;  /* "abs_alt" */
  double altitude_m; /* "altitude": over what, the camera does not say */
  double satellites;
  double home_lat_deg, home_lon_deg;
  double distance_m, speed_m_s, climb_m_s;
  double iso, shutter_s, f_number, exposure_value, focal_length_mm, colour_temperature_k;
  double flight_pitch_deg, flight_roll_deg, flight_yaw_deg;
  double gimbal_pitch_deg, gimbal_roll_deg, gimbal_yaw_deg;
  double voltage_v, signal, bit_rate_mbit_s; /* of goggles */
};                                           /* the numbers stand one after another, as the columns do */

/* Never fails; false where nothing of the above is in it. At most the first 2 KiB are looked at. */
bool dji_subtitle_parse(struct text text, struct dji_subtitle *ret_subtitle);

/* How many of them the text tells. */
unsigned dji_subtitle_known(const struct dji_subtitle *subtitle);

/* Message "subtitle" with a row a subtitle. NULL at the memory limit; the message is defined with the first row. */
struct dji_subtitles *dji_subtitles_new(struct decode *d);
/* Call dji_subtitles_next before the next one: it may have filled the batch. from, to: µs from the film's start. */
void dji_subtitles_add(struct dji_subtitles *subtitles, struct text text, int64_t from_us, int64_t to_us);
const struct batch *dji_subtitles_next(struct dji_subtitles *subtitles);  /* a full batch or NULL */
const struct batch *dji_subtitles_drain(struct dji_subtitles *subtitles); /* what is left, then NULL */
uint64_t dji_subtitles_count(const struct dji_subtitles *subtitles);
/* The first place that a subtitle names; false where none does. */
bool dji_subtitles_place(const struct dji_subtitles *subtitles, double *ret_lat, double *ret_lon, double *ret_alt);
/* The camera's clock in the first subtitle that has it; "" none. */
const char *dji_subtitles_time(const struct dji_subtitles *subtitles);

#endif
