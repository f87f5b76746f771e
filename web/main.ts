// main: the pages and their order in the navigation. A new page is one view file and one line here.

import { api } from "./api";
import { h, link } from "./dom";
import { start } from "./router";
import { auditView } from "./view_audit";
import { fleetView } from "./view_fleet";
import { vehicleView } from "./view_vehicle";
import { flightsView } from "./view_flights";
import { flightView } from "./view_flight";
import { findingsView } from "./view_findings";
import { logsView } from "./view_logs";
import { queryView } from "./view_query";

const pages: [string, string][] = [["/", "Fleet"], ["/flights", "Flights"], ["/findings", "Findings"], ["/logs", "Logs"], ["/query", "SQL"], ["/audit", "Audit"]];

document.querySelector("nav")!.append(h("ul", {}, ...pages.map(([path, title]) => h("li", {}, link(path, title)))));
start([fleetView, vehicleView, flightsView, flightView, findingsView, logsView, queryView, auditView]);
api.status().then(
  (status) => (document.getElementById("lake")!.textContent = `All times are UTC · lake ${status.lake} · uavlake ${status.version}`),
  () => undefined, // the page says what is wrong
);
