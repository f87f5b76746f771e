/* jpeg_meta: what a photograph says about itself, whichever of its segments says it. */
#ifndef UAVLAKE_JPEG_META_H
#define UAVLAKE_JPEG_META_H

#include "base/clock.h"

/* Numbers are NAN, texts empty and times TIME_NONE where the photograph is silent. Texts live as long as the arena. */
struct jpeg_meta {
  uint32_t width_px, height_px;
  struct text make, model, lens, serial, app;
  struct text vehicle_serial; /* of the aircraft */
  struct text time_local;     /* "2024-05-01T10:00:00.5", the camera's own clock */
  struct text offset;         /* of that clock from UTC: "+02:00" */
  struct text time_basis;     /* "gps", "camera clock and zone", "camera clock, zone unknown" */
  int64_t time_utc_us;
  double lat_deg, lon_deg, alt_msl_m, alt_rel_m; /* relative to the take-off */
  double height_ground_m, horizontal_accuracy_m, vertical_accuracy_m;
  double direction_deg;            /* of the picture */
  struct text direction_reference; /* "true" or "magnetic" north */
  double gimbal_roll_deg, gimbal_pitch_deg, gimbal_yaw_deg;
  double flight_roll_deg, flight_pitch_deg, flight_yaw_deg;
  double exposure_s, f_number, focal_length_mm;
  int32_t iso, orientation; /* 0: not known */
  struct text band;         /* of a multispectral camera: "NIR", "Red Edge", "LWIR" */
  bool thermal, xmp;
  uint64_t thumbnail_offset, thumbnail_bytes; /* of the small JPEG inside, in the file; 0: none */
  struct text extended_xmp;                   /* while its parts come in */
};

/* Reads an APP1 segment's Exif part ("Exif\0\0" and TIFF) into what is still unknown of *meta. Never fails: what is
 * broken is left out. offset: of the part in the file. */
void jpeg_exif_read(struct arena *arena, struct bytes exif, uint64_t offset, struct jpeg_meta *meta);
/* The same for an XMP packet; an XMP altitude replaces Exif's, being the flight controller's own. */
void jpeg_xmp_read(struct arena *arena, struct text packet, struct jpeg_meta *meta);
/* After all segments: UTC and offset from one another; placeholders such as serial number 0 are dropped. */
void jpeg_meta_settle(struct arena *arena, struct jpeg_meta *meta);

#endif
