// parts: what several views show the same way: flights, findings, conditions.

import type { Finding, Flight } from "./api";
import { badge, empty, h, link, table } from "./dom";
import { date, dateTime, distance, duration, quantity, words } from "./format";
import { trackPicture } from "./map";

export function severityBadge(severity: string): HTMLElement {
  return badge(severity, severity === "critical" ? "critical" : severity === "warning" ? "warning" : "info");
}

export function conditionBadge(state: string | undefined): HTMLElement {
  const known: Record<string, string> = { good: "good", watch: "warning", warning: "warning", attention: "warning", bad: "critical", critical: "critical", grounded: "critical" };
  return badge(words(state || "unknown"), known[state ?? ""] ?? "neutral");
}

export function flightPath(id: string, finding?: Finding): string {
  const path = `/flights/${encodeURIComponent(id)}`;
  return finding ? `${path}?finding=${encodeURIComponent(finding.id)}` : path;
}

export function flightTable(flights: Flight[], caption: string, withVehicle = true): HTMLElement {
  if (!flights.length) return empty("No flights yet", "Add logs with ", h("code", {}, "uavlake add FOLDER"), ": flights are found in them.");
  return table<Flight>(caption, [
    { title: "", cell: (flight) => link(flightPath(flight.id), trackPicture(flight.track, `Way of flight ${flight.id}`) ?? "") },
    { title: "Start (UTC)", cell: (flight) => link(flightPath(flight.id), dateTime(flight.start)) },
    ...(withVehicle ? [{ title: "Vehicle", cell: (flight: Flight) => link(`/vehicles/${encodeURIComponent(flight.vehicle)}`, flight.vehicle) }] : []),
    { title: "Airborne", number: true, cell: (flight) => duration(flight.airborne_s) },
    { title: "Distance", number: true, narrow: true, cell: (flight) => distance(flight.distance_m) },
    { title: "Height", number: true, narrow: true, cell: (flight) => quantity(flight.max_height_m, "m") },
    { title: "Findings", cell: (flight) => (flight.findings ? h("span", { class: "row" }, severityBadge(flight.worst || "info"), String(flight.findings)) : h("span", { class: "muted" }, "none")) },
  ], flights);
}

function evidence(finding: Finding): string {
  const parts: string[] = [];
  if (typeof finding.confidence === "number") parts.push(`confidence ${(finding.confidence * 100).toFixed(0)} %`);
  if (typeof finding.value === "number") parts.push(`value ${quantity(finding.value, "")}`);
  if (typeof finding.baseline === "number") parts.push(`usually ${quantity(finding.baseline, "")}`);
  if (typeof finding.limit === "number") parts.push(`limit ${quantity(finding.limit, "")}`);
  return parts.join(" · ");
}

/** `open`: what a click does; without it the finding leads to its flight. */
export function findingList(findings: Finding[], open?: (finding: Finding) => void, withVehicle = false): HTMLElement {
  return h("ul", { class: "findings" }, ...findings.map((finding) => {
    const heading = [severityBadge(finding.severity), h("strong", {}, words(finding.component || finding.kind)), withVehicle && h("span", { class: "muted" }, `${finding.vehicle} · ${date(finding.time)}`)];
    const body = [h("span", { class: "row" }, ...heading), h("span", { class: "finding-text" }, finding.text), h("span", { class: "muted small" }, evidence(finding))];
    const action = open
      ? h("button", { type: "button", class: "finding", click: () => open(finding) }, ...body)
      : finding.flight ? (() => { const anchor = link(flightPath(finding.flight, finding), ...body); anchor.className = "finding"; return anchor; })() : h("div", { class: "finding" }, ...body);
    return h("li", { class: `edge-${finding.severity}` }, action);
  }));
}

export function noFindings(): HTMLElement {
  return empty("Nothing found", "No part of these flights stands out from what is usual.");
}

export function stat(label: string, value: string, hint?: string, tone = ""): HTMLElement {
  return h("div", { class: `stat ${tone}` }, h("dt", {}, label), h("dd", {}, value, hint ? h("span", { class: "hint" }, hint) : null));
}
