/* asset: see asset.h. The ETag of a file is its hash, computed at the first request. */
#include "serve/asset.h"

#include "base/text.h"
#include "serve/web_data.h"

#include <pthread.h>
#include <stdio.h>

static struct asset assets[4];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_asset(struct asset *asset, const char *path, const char *media_type, const char *data, size_t size) {
  char sha256[SHA256_TEXT];
  hash_bytes(bytes_of(data, size), sha256);
  *asset = (struct asset){path, media_type, bytes_of(data, size), ""};
  snprintf(asset->etag, sizeof asset->etag, "\"%.32s\"", sha256);
}

static void set_assets(void) {
  set_asset(&assets[0], "/", "text/html; charset=utf-8", web_index, web_index_size);
  set_asset(&assets[1], "/app.js", "text/javascript; charset=utf-8", web_script, web_script_size);
  set_asset(&assets[2], "/app.css", "text/css; charset=utf-8", web_style, web_style_size);
  set_asset(&assets[3], "/icon.svg", "image/svg+xml", web_icon, web_icon_size);
}

const struct asset *asset_find(const char *path) {
  pthread_once(&once, set_assets);
  for (size_t i = 0; i < ARRAY_COUNT(assets); i++)
    if (strcmp(path, assets[i].path) == 0)
      return &assets[i];
  bool is_file = strchr(path, '.') && strncmp(path, "/vehicles/", 10) != 0 && strncmp(path, "/flights/", 9) != 0;
  return is_file || strncmp(path, "/api/", 5) == 0 ? NULL : &assets[0];
}

static void add_escaped(struct buffer *out, const char *text) {
  for (; *text; text++) {
    if (*text == '<')
      buffer_add_text(out, "&lt;");
    else if (*text == '&')
      buffer_add_text(out, "&amp;");
    else
      buffer_add_byte(out, (uint8_t)*text);
  }
}

void asset_notice(struct buffer *out, const char *heading, const char *text) {
  buffer_add_text(out,
                  "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>uavlake</title>"
                  "<meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/app.css\">"
                  "<main class=\"notice\"><h1>");
  add_escaped(out, heading);
  buffer_add_text(out, "</h1><p>");
  add_escaped(out, text);
  buffer_add_text(out, "</p></main></html>\n");
}
