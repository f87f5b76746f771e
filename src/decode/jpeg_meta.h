/* jpeg_meta: what a photograph says about itself, whichever of its segments says it. */
#ifndef UAVLAKE_JPEG_META_H
#define UAVLAKE_JPEG_META_H

#include "base/clock.h"

/* Numbers are NAN, texts empty and times TIME_NONE where the photograph is silent. Texts live as long as the arena. */
struct jpeg_meta {
  uint32_t width_px, height_px;
  struct text make, model, lens, serial, app;
  struct text time_local; /* "2024-05-01T10:00:00", the camera's own clock */
  struct text offset;     /* of that clock from UTC: "+02:00" */
  int64_t time_utc_us;
  double lat_deg, lon_deg, alt_msl_m, alt_rel_m; /* relative to the take-off */
  double gimbal_roll_deg, gimbal_pitch_deg, gimbal_yaw_deg;
  double flight_roll_deg, flight_pitch_deg, flight_yaw_deg;
  double exposure_s, f_number, focal_length_mm;
  int32_t iso, orientation; /* 0: not known */
  bool thermal, xmp;
};

/* Reads an APP1 segment's Exif part ("Exif\0\0" and TIFF) into what is still unknown of *meta. Never fails: what is
 * broken is left out. */
void jpeg_exif_read(struct arena *arena, struct bytes exif, struct jpeg_meta *meta);
/* The same for an XMP packet; an XMP altitude replaces Exif's, being the flight controller's own. */
void jpeg_xmp_read(struct arena *arena, struct text packet, struct jpeg_meta *meta);
/* After all segments: UTC and offset from one another; placeholders such as serial number 0 are dropped. */
void jpeg_meta_settle(struct arena *arena, struct jpeg_meta *meta);

#endif
