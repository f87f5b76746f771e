// view_vehicle: one vehicle: what is open, how its parts' features went from flight to flight, what it flew.

import { api, type FeatureDocument, type Finding } from "./api";
import { badge, card, empty, h, link } from "./dom";
import { airtime, date, distance, featureLabel, featureValue } from "./format";
import { conditionBadge, findingList, flightTable, stat, stats } from "./parts";
import { sparkline } from "./plot";
import type { View, Visit } from "./router";

interface Trend {
  name: string;
  instance: number;
  values: number[];
}

function trendsOf(documents: FeatureDocument[]): Trend[] {
  const trends = new Map<string, Trend>();
  for (const { document } of [...documents].reverse())
    for (const [name, instance, value] of document.features) {
      if (value === null || !Number.isFinite(value) || HIDDEN.test(name)) continue;
      const key = `${name}/${instance}`;
      const trend = trends.get(key) ?? { name, instance, values: [] };
      trend.values.push(value);
      trends.set(key, trend);
    }
  return [...trends.values()].sort((a, b) => a.name.localeCompare(b.name) || a.instance - b.instance);
}

// Instants and helpers of other features: of no use as a trend.
const HIDDEN = /^flight_|_at_s$|_step_s$|_cells$/;

// The parts in the order in which they fail most; a feature belongs to the first whose beginning fits.
const GROUPS: [string, RegExp][] = [
  ["Battery and power", /^(battery|board)_/],
  ["Motors", /^(motor|hover|esc|cruise|throttle)_/],
  ["Vibration", /^vibration/],
  ["Compass", /^compass/],
  ["GPS", /^gps/],
  ["Estimator", /^estimator/],
  ["Radio", /^radio/],
  ["Control and landing", /^(attitude|landing|airspeed)/],
  ["Others", /./],
];

function trendRow(trend: Trend): HTMLElement {
  const label = featureLabel(trend.name);
  const last = trend.values[trend.values.length - 1]!;
  return h("li", { class: "trend" }, h("span", { class: "trend-name" }, trend.instance ? `${label} ${trend.instance}` : label),
    sparkline(trend.values, `${label} over ${trend.values.length} flights`), h("span", { class: "trend-value" }, featureValue(trend.name, last)));
}

function trendGroups(trends: Trend[], findings: Finding[]): HTMLElement {
  const left = new Set(trends);
  const groups = GROUPS.map(([title, pattern]) => {
    const own = [...left].filter((trend) => pattern.test(trend.name));
    own.forEach((trend) => left.delete(trend));
    const steady = own.filter((trend) => trend.values.every((value) => value === trend.values[0]));
    const moving = own.filter((trend) => !steady.includes(trend));
    if (!own.length) return null;
    const open = findings.some((finding) => GROUPS.find(([, first]) => first.test(finding.feature ?? ""))?.[0] === title && title !== "Others");
    return h("details", { class: "trend-group", open: open || title === GROUPS[0]![0] || title === GROUPS[1]![0] }, h("summary", {}, h("b", {}, title), open ? badge("finding", "warning") : null, h("span", { class: "muted small" }, ` ${own.length}`)),
      h("ul", { class: "trends" }, ...moving.map(trendRow)),
      steady.length ? h("p", { class: "muted small" }, "Always the same: ", steady.map((trend) => `${featureLabel(trend.name)}${trend.instance ? " " + trend.instance : ""} ${featureValue(trend.name, trend.values[0]!)}`).join(", "), ".") : null);
  });
  return h("div", { class: "trend-groups" }, ...groups);
}

async function render(visit: Visit): Promise<HTMLElement> {
  const id = visit.parts[0]!;
  const [detail, features, all] = await Promise.all([api.vehicle(id), api.features(id), api.findings({ vehicle: id, limit: 1 })]);
  const v = detail.vehicle;
  const trends = trendsOf(features.items);
  const open = detail.findings;
  return h("div", { class: "page" },
    h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, link("/", "Fleet")),
    h("div", { class: "heading", "data-part": "heading" }, h("h1", {}, v.name || v.id), conditionBadge(v.state), v.class ? badge(v.class, "neutral") : null),
    h("p", { class: "muted", "data-part": "about" }, [v.firmware, v.board].filter(Boolean).join(" · ")),
    stats(stat("Flights", v.flights.toLocaleString("en")), stat("In the air", airtime(v.airborne_s)), stat("Distance", distance(v.distance_m)),
      stat("Open findings", String(open.length), undefined, open.length ? "stat-alert" : ""), stat("First flight", date(v.first_flight)), stat("Last flight", date(v.last_flight))),
    h("div", { class: "columns" },
      h("div", { class: "main-column" }, card("Flights", flightTable(detail.flights, `Flights of ${v.id}`, false), v.flights > detail.flights.length && h("p", { class: "more" }, link(`/flights?vehicle=${encodeURIComponent(id)}`, `All ${v.flights.toLocaleString("en")} flights`))),
        card("Trends over its flights", trends.length ? trendGroups(trends, open) : empty("No trends yet", "Trends appear once flights were assessed."))),
      h("div", { class: "side-column" }, card("Open findings", open.length ? findingList(open) : empty("Nothing is open", "No part of this vehicle stands out from what is usual."),
        all.total > open.length && h("p", { class: "more" }, link(`/findings?state=all&vehicle=${encodeURIComponent(id)}`, `All ${all.total.toLocaleString("en")} findings of its flights`))))));
}

export const vehicleView: View = { path: /^\/vehicles\/([^/]+)$/, title: (visit) => visit.parts[0]!, render, live: true };
