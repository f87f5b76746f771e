/* embedded: the data files of this folder, as the build puts them into the program (NUL-terminated). */
#ifndef UAVLAKE_VOCABULARY_EMBEDDED_H
#define UAVLAKE_VOCABULARY_EMBEDDED_H

#include <stddef.h>

extern const char vocabulary_columns[], vocabulary_enums[], vocabulary_ardupilot[], vocabulary_mavlink[];
extern const char vocabulary_media[];
extern const size_t vocabulary_media_size;
extern const char vocabulary_betaflight[];
extern const size_t vocabulary_betaflight_size;
extern const char vocabulary_paparazzi[], vocabulary_klv[], vocabulary_dji_txt[];
extern const size_t vocabulary_paparazzi_size, vocabulary_klv_size, vocabulary_dji_txt_size;
extern const char vocabulary_px4[], vocabulary_px4log[];
extern const size_t vocabulary_px4_size, vocabulary_px4log_size;
extern const char vocabulary_text[];
extern const size_t vocabulary_text_size;
extern const size_t vocabulary_columns_size, vocabulary_enums_size, vocabulary_ardupilot_size, vocabulary_mavlink_size;

#endif
