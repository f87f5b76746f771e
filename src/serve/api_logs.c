/* api_logs: the files in the lake, and their bytes. Images are shown by a browser, every other file is only saved:
 * nothing that somebody uploaded is ever run as a page. */
#include "serve/api.h"

#include "lake/thumbnail.h"
#include "store/store.h"

static enum status list_logs(struct request *request, struct error *error) {
  static const struct api_filter filters[] = {
      {"vehicle", "vehicle", FILTER_EQUAL, false},
      {"kind", "kind", FILTER_EQUAL, false},
      {"source", "source", FILTER_EQUAL, false},
      {"state", "state", FILTER_EQUAL, false},
      {"flight", "flight", FILTER_EQUAL, false},
      {"name", "name", FILTER_CONTAINS, false},
      {"from", "date", FILTER_AT_LEAST, true},
      {"to", "date", FILTER_BELOW, true},
      {NULL},
  };
  static const struct api_listing listing = {"logs", "added", true, filters};
  return api_list(request, &listing, error);
}

static enum status get_log(struct request *request, struct error *error) {
  const char *document;
  TRY(api_get(request, "logs", request->captures.values[0], &document, error));
  buffer_add_text(&request->reply.body, document);
  return STATUS_OK;
}

static enum status get_content(struct request *request, struct error *error) {
  const char *document, *id = request->captures.values[0];
  TRY(api_get(request, "logs", id, &document, error));
  const char *key = api_text_field(request->arena, document, "key");
  const char *kind = api_text_field(request->arena, document, "kind");
  if (!key[0])
    return error_set(error, STATUS_NOT_FOUND, "the bytes of log '%s' are not in the lake", id);
  struct store *store = lake_store(server_lake(request->server));
  TRY(store->driver->get(store, key, &request->reply.input, error));
  if (strcmp(kind, "jpeg") == 0) {
    request->reply.media_type = "image/jpeg";
    request->reply.etag = arena_format(request->arena, "\"%s\"", id);
    return STATUS_OK;
  }
  request->reply.media_type = "application/octet-stream";
  request->reply.file_name = api_text_field(request->arena, document, "name");
  return STATUS_OK;
}

/* Made at the first request, kept after that. The bytes belong to the log's hash: they never change. */
static enum status get_thumbnail(struct request *request, struct error *error) {
  const char *id = request->captures.values[0];
  struct bytes jpeg;
  TRY(lake_thumbnail(server_lake(request->server), id, request->arena, &jpeg, error));
  buffer_add(&request->reply.body, jpeg.data, jpeg.size);
  request->reply.media_type = "image/jpeg";
  request->reply.etag = arena_format(request->arena, "\"%s-thumbnail\"", id);
  return STATUS_OK;
}

const struct resource api_logs = {
    .name = "logs",
    .about = "the files in the lake",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/logs", "logs, the last added first",
             (const struct route_parameter[]){{"vehicle", "only of this vehicle"},
                                              {"kind", "only of this kind: dataflash, mavlink, …"},
                                              {"source", "only of this source: carrier, ground_station, …"},
                                              {"state", "only in this state"},
                                              {"flight", "photos of this flight"},
                                              {"name", "names that hold this text"},
                                              {"from", "only from this day on"},
                                              {"to", "only before this day"},
                                              LISTING_PARAMETERS,
                                              {NULL}},
             RIGHT_READ, list_logs},
            {"GET", "/api/v1/logs/{id}", "one log", NULL, RIGHT_READ, get_log},
            {"GET", "/api/v1/logs/{id}/content", "the bytes as they were added", NULL, RIGHT_READ, get_content,
             "application/octet-stream"},
            {"GET", "/api/v1/logs/{id}/thumbnail", "a small picture of a photograph, image or film", NULL, RIGHT_READ,
             get_thumbnail, "image/jpeg"},
            {NULL},
        },
};
