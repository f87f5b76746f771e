// view_logs: the files in the lake: what each is, whether it could be read, and its bytes.

import { api, type Log } from "./api";
import { badge, empty, h, link, table } from "./dom";
import { bytes, plural, words } from "./format";
import { isMedia, thumbnail } from "./media";
import { flightPath, vehicleLink, when } from "./parts";
import type { View, Visit } from "./router";
import { choice, field, filterForm, nothingHere, pager } from "./view_flights";

const PAGE = 50;
const STATES: [string, string][] = [["assessed", "assessed"], ["loaded", "loaded"], ["stored", "stored"], ["kept_raw", "kept raw"], ["quarantined", "quarantined"]];

function stateBadge(log: Log): HTMLElement {
  const tone = log.state === "quarantined" ? "critical" : log.state === "assessed" || log.state === "loaded" ? "good" : "neutral";
  const element = badge(words(log.state), tone);
  return log.reason ? h("span", { class: "stacked" }, h("span", {}, element), h("span", { class: "muted small reason" }, log.reason)) : element;
}

function flightsOf(log: Log): HTMLElement | string {
  const flights = log.flights ?? (log.flight ? [log.flight] : []);
  if (!flights.length) return "–";
  return flights.length === 1 ? link(flightPath(flights[0]!), flights[0]!) : h("span", {}, ...flights.slice(0, 3).flatMap((id, i) => [i ? ", " : "", link(flightPath(id), String(i + 1))]));
}

async function render(visit: Visit): Promise<HTMLElement> {
  const query = visit.query;
  const offset = Number(query.get("offset") ?? 0) || 0;
  const logs = await api.logs({ name: query.get("name"), state: query.get("state"), kind: query.get("kind"), offset, limit: PAGE });
  return h("div", { class: "page" }, h("div", { class: "heading" }, h("h1", {}, "Logs"), h("span", { class: "muted", "data-part": "total" }, plural(logs.total, "log"))),
    filterForm("/logs", query, field("Name holds", h("input", { type: "search", name: "name", value: query.get("name") })), field("State", choice("state", query, STATES))),
    h("section", { class: "card", "data-part": "list", "aria-label": "Logs" }, logs.items.length ? table<Log>("Logs", [
      { title: "Name", cell: (log) => h("span", { class: "stacked" }, isMedia(log) ? thumbnail(log, "") : null, h("a", { href: api.content(log.id), download: log.name, title: "Save the original file", class: "file-name" }, log.name), h("span", { class: "muted small wide-only" }, log.id.slice(0, 12))) },
      { title: "Kind", narrow: true, cell: (log) => words(log.kind) },
      { title: "Vehicle", cell: (log) => (log.flights?.length || log.flight ? vehicleLink(log.vehicle) : log.vehicle) },
      { title: "Size", number: true, cell: (log) => bytes(log.bytes) },
      { title: "State", cell: stateBadge },
      { title: "Quality", number: true, narrow: true, cell: (log) => (typeof log.quality === "number" ? log.quality.toFixed(0) : "–") },
      { title: "Flight", narrow: true, cell: flightsOf },
      { title: "Added (UTC)", narrow: true, cell: (log) => when(log.added) },
    ], logs.items) : nothingHere("/logs", query, 0, logs.total) ?? empty("No logs here", "Add some with ", h("code", {}, "uavlake add FOLDER"), "."), pager("/logs", query, offset, logs.items.length, logs.total, PAGE)));
}

export const logsView: View = { path: /^\/logs\/?$/, title: () => "Logs", render, live: true };
