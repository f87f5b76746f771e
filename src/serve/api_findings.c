/* api_findings: what the lake holds to be worn, broken or against the rules. */
#include "serve/api.h"

static enum status list_findings(struct request *request, struct error *error) {
  static const struct api_filter filters[] = {
      {"vehicle", "vehicle", FILTER_EQUAL, false},
      {"flight", "flight", FILTER_EQUAL, false},
      {"kind", "kind", FILTER_EQUAL, false},
      {"severity", "severity", FILTER_EQUAL, false},
      {"component", "component", FILTER_EQUAL, false},
      {"state", "state", FILTER_EQUAL, false},
      {"from", "time", FILTER_AT_LEAST, true},
      {"to", "time", FILTER_BELOW, true},
      {NULL},
  };
  static const struct api_listing listing = {"findings", "time", true, filters};
  return api_list(request, &listing, error);
}

static enum status get_finding(struct request *request, struct error *error) {
  const char *document;
  TRY(api_get(request, "findings", request->captures.values[0], &document, error));
  buffer_add_text(&request->reply.body, document);
  return STATUS_OK;
}

const struct resource api_findings = {
    .name = "findings",
    .about = "conditions of parts, with evidence",
    .routes =
        (const struct route[]){
            {"GET", "/api/v1/findings", "findings, the latest first",
             (const struct route_parameter[]){{"vehicle", "only of this vehicle"},
                                              {"flight", "only of this flight"},
                                              {"kind", "only of this kind: battery, propulsion, …"},
                                              {"severity", "info, warning or critical"},
                                              {"component", "only of this part"},
                                              {"state", "open or closed"},
                                              {"from", "only from this time on"},
                                              {"to", "only before this time"},
                                              LISTING_PARAMETERS,
                                              {NULL}},
             RIGHT_READ, list_findings},
            {"GET", "/api/v1/findings/{id}", "one finding", NULL, RIGHT_READ, get_finding},
            {NULL},
        },
};
