// view_flight: one flight to the second: facts, the map, lines that share one cursor, what happened when, findings that lead
// to their seconds, photos.

import { api, type Finding, type FlightDetail, type FlightLink, type Log, type Series, type Track } from "./api";
import { badge, card, empty, h, link, loading, problem } from "./dom";
import { bytes, dateTime, distance, duration, quantity, words } from "./format";
import { eventCard, happenings, ticksOf } from "./flight_events";
import { COLUMNS, POINTS, bandsOf, plotCard } from "./flight_plots";
import { FlightMap, type ColourBy } from "./map";
import { mediaCard } from "./media";
import { findingList, noFindings, severityBadge, stat, stats, vehicleLink } from "./parts";
import { Timeline, indexAt } from "./plot";
import type { View, Visit } from "./router";

// ---- map ----

/** The values of a line at the times of the track; null where it has none near. */
function valuesAt(times: number[], line: Series | undefined): (number | null)[] | null {
  if (!line?.t_s.length) return null;
  return times.map((t) => {
    const at = Math.max(indexAt(line.t_s, t), 0);
    return Math.abs(line.t_s[at]! - t) < 5 ? line.value[at]! : null;
  });
}

function mapCard(detail: FlightDetail, track: Track, series: Series[], timeline: Timeline): HTMLElement {
  if (track.t_s.length < 2) return card("Map", empty("No positions", "The logs of this flight hold no positions, or the GPS had no fix."));
  const base = track.alt_msl_m[0];
  const height = track.alt_rel_m.map((value, i) => value ?? (typeof base === "number" && typeof track.alt_msl_m[i] === "number" ? track.alt_msl_m[i]! - base : null));
  const of = (column: string) => series.find((one) => one.column === column);
  const speed = valuesAt(track.t_s, of("velocity.ground_speed_m_s") ?? of("gps.ground_speed_m_s"));
  const map = new FlightMap(timeline, { t: track.t_s, lat: track.lat_deg, lon: track.lon_deg, height, speed });
  const { home_lat_deg: lat, home_lon_deg: lon } = detail.flight;
  if (typeof lat === "number" && typeof lon === "number" && (lat !== 0 || lon !== 0)) map.home = { lat, lon };
  map.marks = timeline.marks;
  map.photos = detail.photos.filter((photo) => typeof photo.lat === "number" && typeof photo.lon === "number").map((photo) => ({ lat: photo.lat!, lon: photo.lon! }));
  const choices: [ColourBy, string, boolean][] = [["height", "by height", true], ["speed", "by speed", speed !== null], ["mode", "by mode", timeline.bands.length > 0]];
  const by = h("select", { "aria-label": "Colour the way", change: () => { map.colourBy = by.value as ColourBy; map.draw(); } }, ...choices.filter(([, , known]) => known).map(([value, text]) => h("option", { value }, text)));
  return h("section", { class: "card map-card", "aria-label": "Map" }, h("div", { class: "card-head" }, h("h2", {}, "Map"), by), map.element);
}

// ---- findings ----

function hasSeconds(finding: Finding): finding is Finding & { from_t_s: number } {
  return typeof finding.from_t_s === "number" && Number.isFinite(finding.from_t_s);
}

/** Shows some seconds around and puts the cursor there. */
function jump(timeline: Timeline, from: number, to: number): void {
  const width = Math.max((to - from) * 2, 20);
  const middle = (from + to) / 2;
  timeline.setRange(middle - width / 2, middle + width / 2);
  timeline.setCursor(from === to ? from : middle);
  document.querySelector(".plots")?.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start" });
}

function showFinding(timeline: Timeline, finding: Finding): void {
  if (hasSeconds(finding)) jump(timeline, finding.from_t_s, finding.to_t_s ?? finding.from_t_s);
  else timeline.reset();
}

function findingCard(id: string, findings: Finding[], timeline: Timeline): HTMLElement {
  const open = (finding: Finding) => {
    history.replaceState(null, "", `/flights/${encodeURIComponent(id)}?finding=${encodeURIComponent(finding.id)}`);
    showFinding(timeline, finding);
  };
  return card("Findings", findings.length ? findingList(findings, open) : noFindings());
}

// ---- the rest ----

const METHODS: Record<string, string> = { time: "linked by its time", restart: "goes on after a restart in the air", place: "linked by its place", track: "linked by its track", "camera clock": "linked by the camera's clock", companion: "linked with the file beside it", "said by a person": "linked by a person" };

function linkText(link: FlightLink): string {
  return `${METHODS[link.method] ?? `linked by ${link.method}`}${typeof link.confidence === "number" ? `, ${(link.confidence * 100).toFixed(0)} % sure` : ""}`;
}

function logCard(logs: Log[], links: Record<string, FlightLink> = {}): HTMLElement {
  return card("Logs", h("ul", { class: "plain-list" }, ...logs.map((log) => h("li", {},
    h("span", { class: "row" }, h("a", { href: api.content(log.id), download: log.name }, log.name), h("span", { class: "muted small" }, `${words(log.kind)}, ${words(log.source)}, ${bytes(log.bytes)}`)),
    links[log.id] ? h("p", { class: "small muted" }, linkText(links[log.id]!)) : null,
    log.damage_bytes ? h("p", { class: "small" }, `${bytes(log.damage_bytes)} of it are damaged and were passed over.`) : null,
    ...(log.quality_findings ?? []).map((finding) => h("p", { class: "small muted" }, finding.text))))));
}

const CLOCKS: Record<string, string> = { gps: "GPS", system_time: "system time", rtc: "board's clock", file: "file's time", none: "unknown" };

function clockError(seconds: number): string {
  return `± ${seconds < 1 ? (seconds * 1000).toFixed(0) + " ms" : duration(seconds)}`;
}

function facts(detail: FlightDetail): HTMLElement {
  const f = detail.flight;
  return stats(stat("Airborne", duration(f.airborne_s)), stat("Distance", distance(f.distance_m)), stat("Highest", quantity(f.max_height_m, "m")), stat("Fastest", quantity(f.max_speed_m_s, "m/s")),
    stat("Data quality", typeof f.quality === "number" ? f.quality.toFixed(0) : "–", "of 100"),
    stat("Clock", CLOCKS[f.clock_source ?? "none"] ?? words(f.clock_source!), typeof f.clock_error_s === "number" ? clockError(f.clock_error_s) : undefined));
}

function heading(detail: FlightDetail): Node[] {
  const f = detail.flight;
  const remarks = [f.starts_in_air ? "The log starts in the air." : "", f.ends_in_air ? "The log ends in the air." : "", f.note ?? ""].filter(Boolean).join(" ");
  return [h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, link("/", "Fleet"), " / ", vehicleLink(f.vehicle)),
    h("div", { class: "heading" }, h("h1", {}, `${f.vehicle}, ${f.start ? dateTime(f.start) + " UTC" : "time unknown"}`), detail.findings.length ? severityBadge(f.worst || "info") : badge("nothing found", "good"), f.vehicle_class ? badge(f.vehicle_class, "neutral") : null, link(`/flights?like=${encodeURIComponent(f.id)}`, "flights like this one")),
    h("p", { class: "muted" }, [f.firmware, remarks].filter(Boolean).join(" · "))];
}

// What happened just before or after the samples counts too: arming often comes before the first of them.
const AROUND_S = 10;

function spanOf(track: Track, series: Series[], happened: number[]): [number, number] {
  let first = track.t_s[0] ?? Infinity;
  let last = track.t_s[track.t_s.length - 1] ?? -Infinity;
  for (const one of series) {
    first = Math.min(first, one.t_s[0] ?? first);
    last = Math.max(last, one.t_s[one.t_s.length - 1] ?? last);
  }
  const near = happened.filter((t) => t > first - AROUND_S && t < last + AROUND_S);
  return last > first ? [Math.min(first, ...near), Math.max(last, ...near)] : [first, last];
}

async function fill(page: HTMLElement, id: string, detail: FlightDetail, visit: Visit): Promise<void> {
  const [track, events, { series }] = await Promise.all([api.track(id), api.events(id), api.series(id, COLUMNS, { points: POINTS }, visit.signal)]);
  if (visit.signal.aborted) return;
  const all = happenings(events);
  const [first, last] = spanOf(track, series, all.map((one) => one.t));
  const left = page.querySelector(".side-column")!;
  const right = page.querySelector(".main-column")!;
  if (!(last > first)) {
    right.replaceChildren(card("Plots", empty("No samples", "The logs of this flight hold no rows of the lake's tables.")));
    left.replaceChildren(logCard(detail.logs, detail.flight.links));
    page.dataset.ready = "yes";
    return;
  }
  const timeline = new Timeline(first, last);
  timeline.bands = bandsOf(events, last);
  timeline.ticks = ticksOf(all);
  timeline.marks = detail.findings.filter(hasSeconds).map((finding) => ({ from: finding.from_t_s, to: finding.to_t_s ?? finding.from_t_s, severity: finding.severity, label: finding.text }));
  const takeoffMs = Date.parse(detail.flight.takeoff ?? detail.flight.start ?? "");
  right.replaceChildren(plotCard(id, timeline, series, takeoffMs, visit));
  left.replaceChildren(mapCard(detail, track, series, timeline),
    h("div", { class: "details" }, findingCard(id, detail.findings, timeline), eventCard(all, timeline, (t) => jump(timeline, t, t)), detail.photos.length ? mediaCard(detail.photos) : "", logCard(detail.logs, detail.flight.links)));
  const asked = detail.findings.find((finding) => finding.id === visit.query.get("finding"));
  if (asked) showFinding(timeline, asked);
  page.dataset.ready = "yes";
}

async function render(visit: Visit): Promise<HTMLElement> {
  const id = visit.parts[0]!;
  const detail = await api.flight(id);
  const page = h("div", { class: "page flight" }, ...heading(detail), facts(detail),
    h("div", { class: "columns columns-flight" }, h("div", { class: "side-column" }, card("Map", loading("Loading the way flown …"))), h("div", { class: "main-column" }, card("Plots", loading("Loading samples …")))));
  page.dataset.seen = JSON.stringify(detail);
  fill(page, id, detail, visit).catch((error: unknown) => {
    if (!visit.signal.aborted) page.querySelector(".main-column")!.replaceChildren(problem(error));
  });
  return page;
}

/** When another log tells of the flight that is shown: says so, and leaves zoom and cursor alone. */
async function changed(visit: Visit, page: Element): Promise<void> {
  const id = visit.parts[0]!;
  const now = JSON.stringify(await api.flight(id));
  const before = (page as HTMLElement).dataset.seen;
  (page as HTMLElement).dataset.seen = now;
  if (!before || before === now || page.querySelector(".news")) return;
  page.querySelector(".heading")!.after(h("p", { class: "news", role: "status" }, "The lake knows more about this flight by now. ", h("button", { type: "button", class: "quiet", click: () => location.reload() }, "Show it")));
}

export const flightView: View = { path: /^\/flights\/([^/]+)$/, title: (visit) => visit.parts[0]!, render, changed };
