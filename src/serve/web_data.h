/* web_data: the files of web/ as the build bundles and embeds them (NUL-terminated). */
#ifndef UAVLAKE_WEB_DATA_H
#define UAVLAKE_WEB_DATA_H

#include <stddef.h>

extern const char web_index[], web_script[], web_style[], web_icon[];
extern const size_t web_index_size, web_script_size, web_style_size, web_icon_size;

#endif
