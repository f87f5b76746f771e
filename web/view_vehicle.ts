// view_vehicle: one vehicle: what is open, how its parts' features went from flight to flight, what it flew.

import { api, type FeatureDocument } from "./api";
import { badge, card, empty, h, link } from "./dom";
import { date, distance, hours, number, words } from "./format";
import { conditionBadge, findingList, flightTable, noFindings, stat } from "./parts";
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
      if (value === null || !Number.isFinite(value)) continue;
      const key = `${name}/${instance}`;
      const trend = trends.get(key) ?? { name, instance, values: [] };
      trend.values.push(value);
      trends.set(key, trend);
    }
  return [...trends.values()].sort((a, b) => a.name.localeCompare(b.name) || a.instance - b.instance);
}

const UNITS: [string, string][] = [["_m_s2", "m/s²"], ["_m_s", "m/s"], ["_deg_s", "°/s"], ["_ohm", "Ω"], ["_ratio", ""], ["_v", "V"], ["_a", "A"], ["_deg", "°"], ["_hz", "Hz"], ["_degc", "°C"], ["_ut", "µT"], ["_ah", "Ah"], ["_wh", "Wh"], ["_w", "W"], ["_s", "s"], ["_m", "m"]];

function splitUnit(name: string): [string, string] {
  const found = UNITS.find(([ending]) => name.endsWith(ending));
  return found ? [words(name.slice(0, -found[0].length)), found[1]] : [words(name), ""];
}

function trendGrid(trends: Trend[]): HTMLElement {
  return h("div", { class: "trends" }, ...trends.map((trend) => {
    const [label, unit] = splitUnit(trend.name);
    const last = trend.values[trend.values.length - 1]!;
    return h("div", { class: "trend" }, h("span", { class: "trend-name" }, trend.instance ? `${label} ${trend.instance}` : label),
      sparkline(trend.values, `${label} over ${trend.values.length} flights`), h("span", { class: "trend-value" }, `${number(last)} ${unit}`.trim()));
  }));
}

async function render(visit: Visit): Promise<Node> {
  const id = visit.parts[0]!;
  const [detail, features] = await Promise.all([api.vehicle(id), api.features(id)]);
  const v = detail.vehicle;
  const trends = trendsOf(features.items);
  return h("div", { class: "page" },
    h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, link("/", "Fleet")),
    h("div", { class: "heading" }, h("h1", {}, v.name || v.id), conditionBadge(v.state), v.class ? badge(v.class, "neutral") : null),
    h("p", { class: "muted" }, [v.firmware, v.board].filter(Boolean).join(" · ")),
    h("dl", { class: "stats" }, stat("Flights", String(v.flights)), stat("Hours airborne", hours(v.airborne_s)), stat("Distance", distance(v.distance_m)),
      stat("Open findings", String(detail.findings.length), undefined, detail.findings.length ? "stat-alert" : ""), stat("First flight", date(v.first_flight)), stat("Last flight", date(v.last_flight))),
    h("div", { class: "columns" },
      h("div", { class: "main-column" }, card("Flights", flightTable(detail.flights, `Flights of ${v.id}`, false)),
        card("Trend of its parts", trends.length ? trendGrid(trends) : empty("No trends yet", "Trends appear once flights were assessed."))),
      h("div", { class: "side-column" }, card("Open findings", detail.findings.length ? findingList(detail.findings) : noFindings()))));
}

export const vehicleView: View = { path: /^\/vehicles\/([^/]+)$/, title: (visit) => visit.parts[0]!, render };
