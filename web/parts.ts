// parts: what several views show the same way: flights, findings, conditions.

import type { Finding, Flight } from "./api";
import { badge, empty, h, link, table } from "./dom";
import { date, distance, duration, featureValue, plural, quantity, words } from "./format";
import { trackPicture } from "./map";

export function severityBadge(severity: string): HTMLElement {
  return badge(severity, severity === "critical" ? "critical" : severity === "warning" ? "warning" : "info");
}

export function conditionBadge(state: string | undefined): HTMLElement {
  const known: Record<string, string> = { good: "good", info: "info", watch: "warning", warning: "warning", attention: "warning", bad: "critical", critical: "critical", grounded: "critical" };
  return badge(words(state || "unknown"), known[state ?? ""] ?? "neutral");
}

/** A time that breaks between day and hour only. */
export function when(iso: string | null | undefined): HTMLElement {
  if (!iso) return h("span", { class: "muted" }, "unknown");
  return h("time", { datetime: iso, title: `${iso.slice(0, 19).replace("T", " ")} UTC` }, h("span", { class: "whole" }, iso.slice(0, 10)), " ", h("span", { class: "whole" }, iso.slice(11, 16)));
}

export function vehicleLink(id: string, name = id): HTMLAnchorElement {
  return link(`/vehicles/${encodeURIComponent(id)}`, name);
}

export function flightPath(id: string, finding?: Finding): string {
  const path = `/flights/${encodeURIComponent(id)}`;
  return finding ? `${path}?finding=${encodeURIComponent(finding.id)}` : path;
}

/** why: by flight, what a search found in it. */
export function flightTable(flights: Flight[], caption: string, withVehicle = true, why: Record<string, string> = {}): HTMLElement {
  if (!flights.length) return empty("No flights here", "Add logs with ", h("code", {}, "uavlake add FOLDER"), ": flights are found in them.");
  return table<Flight>(caption, [
    { title: "", hidden: "Way", narrow: true, cell: (flight) => trackPicture(flight.track) ?? "" },
    { title: "Start (UTC)", cell: (flight) => { const anchor = link(flightPath(flight.id), when(flight.start)); anchor.setAttribute("aria-label", `Flight of ${flight.vehicle}, ${flight.start ?? "time unknown"}`); return flight.clock_source === "file" ? h("span", { class: "stacked" }, anchor, h("span", { class: "muted small" }, "the file's time")) : anchor; } },
    ...(withVehicle ? [{ title: "Vehicle", cell: (flight: Flight) => vehicleLink(flight.vehicle) }] : []),
    { title: "Airborne", number: true, cell: (flight) => duration(flight.airborne_s) },
    { title: "Distance", number: true, narrow: true, cell: (flight) => distance(flight.distance_m) },
    { title: "Height", number: true, narrow: true, cell: (flight) => quantity(flight.max_height_m, "m") },
    { title: "Findings", cell: (flight) => (flight.findings ? h("span", { class: "whole" }, severityBadge(flight.worst || "info"), h("span", { class: "count" }, String(flight.findings))) : h("span", { class: "muted" }, "none")) },
    ...(Object.keys(why).length ? [{ title: "Why", cell: (flight: Flight) => h("span", { class: "small" }, why[flight.id] ?? "") }] : []),
  ], flights);
}

function evidence(finding: Finding): string {
  const parts: string[] = [];
  const value = (name: string, of: number | null | undefined) => typeof of === "number" && parts.push(`${name} ${featureValue(finding.feature ?? "", of)}`);
  value("value", finding.value);
  value("usually", finding.baseline);
  value("limit", finding.limit);
  if (typeof finding.confidence === "number") parts.push(`confidence ${(finding.confidence * 100).toFixed(0)} %`);
  return parts.join(" · ");
}

// Of a row of findings the last one tells how long it has been so.
function course(finding: Finding): string {
  const parts: string[] = [];
  if ((finding.seen ?? 1) > 1) parts.push(`on ${plural(finding.seen!, "flight")} since ${date(finding.since)}`);
  if (finding.state === "repeated") parts.push("again on a later flight");
  if (finding.state === "closed") parts.push("closed: a later flight no longer shows it");
  return parts.join(" · ");
}

/** `open`: what a click does; without it the finding leads to its flight. */
export function findingList(findings: Finding[], open?: (finding: Finding) => void, withVehicle = false): HTMLElement {
  return h("ul", { class: "findings" }, ...findings.map((finding) => {
    const gone = finding.state === "closed";
    const heading = [severityBadge(finding.severity), h("strong", {}, words(finding.component || finding.kind)), withVehicle && h("span", { class: "muted" }, `${finding.vehicle} · ${date(finding.time)}`), gone && badge("closed", "neutral")];
    const told = course(finding);
    const body = [h("span", { class: "row" }, ...heading), h("span", { class: "finding-text" }, finding.text), told && h("span", { class: "small" }, told), h("span", { class: "muted small" }, evidence(finding))];
    const action = open
      ? h("button", { type: "button", class: "finding", click: () => open(finding) }, ...body)
      : finding.flight ? (() => { const anchor = link(flightPath(finding.flight, finding), ...body); anchor.className = "finding"; return anchor; })() : h("div", { class: "finding" }, ...body);
    return h("li", { class: gone ? "edge-closed" : `edge-${finding.severity}` }, action);
  }));
}

export function noFindings(): HTMLElement {
  return empty("Nothing found", "No part of these flights stands out from what is usual.");
}

export function stat(label: string, value: string, hint?: string, tone = ""): HTMLElement {
  return h("div", { class: `stat ${tone}` }, h("dt", {}, label), h("dd", {}, value, hint ? h("span", { class: "hint" }, hint) : null));
}

export function stats(...list: (HTMLElement | null)[]): HTMLElement {
  return h("dl", { class: "stats", "data-part": "stats" }, ...list);
}
