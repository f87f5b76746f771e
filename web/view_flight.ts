// view_flight: one flight to the second: facts, the map, lines that share one cursor, what happened when, findings that lead
// to their seconds, photos. Zoomed in, the lines are asked for again at the detail of the range.

import { api, type Events, type Finding, type FlightDetail, type Log, type Series, type Track } from "./api";
import { bandColour } from "./colour";
import { badge, card, empty, h, link, loading, problem } from "./dom";
import { bytes, clock, dateTime, distance, duration, quantity, words } from "./format";
import { FlightMap } from "./map";
import { findingList, noFindings, severityBadge, stat } from "./parts";
import { Plot, Timeline, type Band, type Line } from "./plot";
import type { View, Visit } from "./router";

interface PlotPlan {
  title: string;
  unit: string;
  columns: [string, string][]; // column, label
}
const PLANS: PlotPlan[] = [
  { title: "Height", unit: "m", columns: [["position.alt_rel_m", "above home"], ["rangefinder.distance_m", "range finder"], ["baro.alt_m", "barometer"]] },
  { title: "Speed", unit: "m/s", columns: [["velocity.ground_speed_m_s", "ground"], ["gps.ground_speed_m_s", "GPS"], ["airspeed.airspeed_m_s", "air"], ["velocity.climb_m_s", "climb"]] },
  { title: "Attitude", unit: "°", columns: [["attitude.roll_deg", "roll"], ["attitude.pitch_deg", "pitch"]] },
  { title: "Heading", unit: "°", columns: [["attitude.yaw_deg", "yaw"]] },
  { title: "Battery voltage", unit: "V", columns: [["battery.voltage_v", "battery"]] },
  { title: "Battery current", unit: "A", columns: [["battery.current_a", "battery"]] },
  { title: "Motors", unit: "share", columns: [["motor.command_ratio", "motor"]] },
  { title: "Vibration", unit: "m/s²", columns: [["vibration.vibe_x_m_s2", "x"], ["vibration.vibe_y_m_s2", "y"], ["vibration.vibe_z_m_s2", "z"]] },
  { title: "GPS", unit: "", columns: [["gps.satellites", "satellites"], ["gps.hdop", "HDOP"]] },
  { title: "Radio", unit: "share", columns: [["radio.rssi_ratio", "signal"], ["radio.quality_ratio", "quality"]] },
];
const COLUMNS = PLANS.flatMap((plan) => plan.columns.map(([column]) => column));
const POINTS = 2000;

// ---- timeline ----

function bandsOf(events: Events, last: number): Band[] {
  const names: string[] = [];
  const bands: Band[] = [];
  for (const mode of events.modes) {
    const label = mode.mode_name ?? (mode.mode_number === null ? "unknown" : `mode ${mode.mode_number}`);
    const before = bands[bands.length - 1];
    if (before?.label === label) continue;
    if (before) before.to = mode.t_s;
    if (!names.includes(label)) names.push(label);
    bands.push({ from: mode.t_s, to: last, label, colour: bandColour(names.indexOf(label)) });
  }
  return bands.filter((band) => band.to > band.from);
}

function modeStrip(timeline: Timeline): HTMLElement {
  const strip = h("div", { class: "modes", role: "list", "aria-label": "Flight modes" });
  const draw = () => {
    const width = timeline.to - timeline.from;
    const shown = timeline.bands.filter((band) => band.to > timeline.from && band.from < timeline.to);
    strip.replaceChildren(...shown.map((band) => {
      const from = Math.max(band.from, timeline.from);
      const to = Math.min(band.to, timeline.to);
      const item = h("button", { type: "button", role: "listitem", title: `${band.label}, ${clock(band.from)} to ${clock(band.to)}`, click: () => timeline.setRange(band.from, band.to) }, words(band.label));
      item.style.left = `${((from - timeline.from) / width) * 100}%`;
      item.style.width = `${((to - from) / width) * 100}%`;
      item.style.setProperty("--band", band.colour);
      return item;
    }));
  };
  timeline.onRange(draw);
  draw();
  return h("div", { class: "modes-frame" }, strip);
}

// ---- plots ----

const lineKey = (series: Series) => `${series.column}#${series.instance}`;

function linesOf(plan: PlotPlan, series: Series[]): Line[] {
  const lines: Line[] = [];
  for (const [column, label] of plan.columns) {
    const own = series.filter((one) => one.column === column);
    for (const one of own) lines.push({ key: lineKey(one), label: own.length > 1 || column.startsWith("motor.") ? `${label} ${one.instance}` : label, t: one.t_s, v: one.value });
  }
  return lines;
}

// What says the same twice is left out: GPS speed beside the estimator's, the barometer beside the height above home.
function thinned(plan: PlotPlan, series: Series[]): PlotPlan {
  const has = (column: string) => series.some((one) => one.column === column);
  const doubled: Record<string, string> = { "gps.ground_speed_m_s": "velocity.ground_speed_m_s", "baro.alt_m": "position.alt_rel_m" };
  return { ...plan, columns: plan.columns.filter(([column]) => !doubled[column] || !has(doubled[column]!)) };
}

/** Asks for the detail of a zoomed range, and puts the whole back. */
function keepDetail(id: string, timeline: Timeline, plots: Plot[], whole: Series[], visit: Visit): void {
  let timer = 0;
  let asking = new AbortController();
  const put = (series: Series[]) => {
    for (const one of series) for (const plot of plots) plot.replace(lineKey(one), one.t_s, one.value);
    timeline.changed();
  };
  const columns = [...new Set(whole.map((one) => one.column))];
  timeline.onRange(() => {
    clearTimeout(timer);
    asking.abort();
    if (timeline.isWhole) return put(whole);
    timer = window.setTimeout(async () => {
      asking = new AbortController();
      const margin = (timeline.to - timeline.from) * 0.5;
      try {
        const detail = await api.series(id, columns, { from_s: (timeline.from - margin).toFixed(3), to_s: (timeline.to + margin).toFixed(3), points: POINTS }, asking.signal);
        if (!visit.signal.aborted && !timeline.isWhole) put(detail.series);
      } catch {
        // the coarser lines stay
      }
    }, 250);
  });
}

function plotList(id: string, timeline: Timeline, series: Series[], visit: Visit): { element: HTMLElement; plots: Plot[] } {
  const plots: Plot[] = [];
  for (const plan of PLANS) {
    const fitting = thinned(plan, series);
    const lines = linesOf(fitting, series);
    if (lines.length) plots.push(new Plot(timeline, plan.title, plan.unit, lines));
  }
  keepDetail(id, timeline, plots, series, visit);
  const tool = (label: string, hint: string, act: () => void) => h("button", { type: "button", class: "quiet", title: hint, "aria-label": hint, click: act }, label);
  const middle = () => timeline.cursor ?? (timeline.from + timeline.to) / 2;
  const range = h("span", { class: "muted small range" });
  const showRange = () => (range.textContent = `${clock(timeline.from)} – ${clock(timeline.to)}`);
  timeline.onChange(showRange);
  showRange();
  const head = h("div", { class: "plot-head" }, h("h2", {}, "Plots"), range,
    tool("+", "Zoom in", () => timeline.zoom(0.6, middle())), tool("−", "Zoom out", () => timeline.zoom(1 / 0.6, middle())), tool("Whole flight", "Show the whole flight", () => timeline.reset()),
    h("span", { class: "muted small wide-only" }, "Drag to zoom, double-click for all"));
  return { element: h("section", { class: "card plots", "aria-label": "Plots" }, head, modeStrip(timeline), ...plots.map((plot) => plot.element)), plots };
}

// ---- map ----

function mapCard(detail: FlightDetail, track: Track, timeline: Timeline): HTMLElement {
  if (track.t_s.length < 2) return card("Map", empty("No positions", "The logs of this flight hold no positions, or the GPS had no fix."));
  const base = track.alt_msl_m[0];
  const height = track.alt_rel_m.map((value, i) => value ?? (typeof base === "number" && typeof track.alt_msl_m[i] === "number" ? track.alt_msl_m[i]! - base : null));
  const map = new FlightMap(timeline, { t: track.t_s, lat: track.lat_deg, lon: track.lon_deg, height });
  const { home_lat_deg: lat, home_lon_deg: lon } = detail.flight;
  if (typeof lat === "number" && typeof lon === "number" && (lat !== 0 || lon !== 0)) map.home = { lat, lon };
  map.marks = timeline.marks;
  map.photos = detail.photos.filter((photo) => typeof photo.lat === "number" && typeof photo.lon === "number").map((photo) => ({ lat: photo.lat!, lon: photo.lon! }));
  const by = h("select", { "aria-label": "Colour the way by", change: () => { map.colourBy = by.value === "mode" ? "mode" : "height"; map.draw(); } }, h("option", { value: "height" }, "by height"), h("option", { value: "mode" }, "by mode"));
  return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "Map"), timeline.bands.length > 1 ? by : null), map.element);
}

// ---- what happened ----

interface Happening {
  t: number;
  kind: "mode" | "event" | "message";
  text: string;
  alarm: boolean;
}

function happenings(events: Events): Happening[] {
  const list: Happening[] = [];
  let mode = "";
  for (const row of events.modes) {
    const name = row.mode_name ?? `mode ${row.mode_number ?? "?"}`;
    if (name !== mode) list.push({ t: row.t_s, kind: "mode", text: words(name), alarm: row.failsafe === true });
    mode = name;
  }
  for (const row of events.events) {
    const text = [words(row.kind ?? (row.code === null ? "event" : `event ${row.code}`)), row.detail ? words(row.detail) : ""].filter(Boolean).join(": ");
    list.push({ t: row.t_s, kind: "event", text, alarm: /failsafe|crash|error|fail/i.test(text) });
  }
  for (const row of events.messages) list.push({ t: row.t_s, kind: "message", text: row.text, alarm: row.severity !== null && row.severity <= 3 });
  const seen = new Set<string>();
  return list.sort((a, b) => a.t - b.t).filter((one) => {
    const key = `${one.t.toFixed(1)} ${one.text}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

function eventCard(events: Events, timeline: Timeline): HTMLElement {
  const all = happenings(events);
  if (!all.length) return card("Events", empty("No events", "The logs of this flight tell of none."));
  const list = h("ol", { class: "events" });
  const kinds = { mode: true, event: true, message: true };
  const fill = () => list.replaceChildren(...all.filter((one) => kinds[one.kind]).map((one) =>
    h("li", {}, h("button", { type: "button", class: one.alarm ? "event alarm" : "event", click: () => jump(timeline, one.t, one.t) }, h("time", {}, clock(one.t)), h("span", { class: `dot dot-${one.kind}`, "aria-hidden": true }), h("span", {}, one.text)))));
  fill();
  const box = (kind: keyof typeof kinds, label: string) => {
    const count = all.filter((one) => one.kind === kind).length;
    return count ? h("label", { class: "check" }, h("input", { type: "checkbox", checked: true, change: (event: Event) => { kinds[kind] = (event.target as HTMLInputElement).checked; fill(); } }), `${label} (${count})`) : null;
  };
  return card("Events", h("div", { class: "row small" }, box("mode", "modes"), box("event", "events"), box("message", "messages")), list);
}

/** Shows some seconds around and puts the cursor there. */
function jump(timeline: Timeline, from: number, to: number): void {
  const width = Math.max((to - from) * 2, 20);
  const middle = (from + to) / 2;
  timeline.setRange(middle - width / 2, middle + width / 2);
  timeline.setCursor(from === to ? from : middle);
  document.querySelector(".plots")?.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start" });
}

function hasSeconds(finding: Finding): finding is Finding & { from_s: number } {
  return typeof finding.from_s === "number" && Number.isFinite(finding.from_s);
}

function showFinding(timeline: Timeline, finding: Finding): void {
  if (hasSeconds(finding)) jump(timeline, finding.from_s, finding.to_s ?? finding.from_s);
  else timeline.reset();
}

// ---- the rest ----

function logCard(logs: Log[]): HTMLElement {
  return card("Logs", h("ul", { class: "plain-list" }, ...logs.map((log) => h("li", {},
    h("span", { class: "row" }, h("a", { href: api.content(log.id), download: log.name }, log.name), h("span", { class: "muted small" }, `${words(log.kind)}, ${words(log.source)}, ${bytes(log.bytes)}`)),
    log.damage_bytes ? h("p", { class: "small" }, `${bytes(log.damage_bytes)} of it are damaged and were passed over.`) : null,
    ...(log.quality_findings ?? []).map((finding) => h("p", { class: "small muted" }, finding.text))))));
}

function photoCard(photos: Log[]): HTMLElement {
  return card("Photos", h("div", { class: "photos" }, ...photos.map((photo) => h("a", { href: api.content(photo.id), target: "_blank", rel: "noopener" }, h("img", { src: api.content(photo.id), loading: "lazy", alt: `Photo ${photo.name}` }), h("span", { class: "small muted" }, photo.start ? dateTime(photo.start) : photo.name)))));
}

function facts(detail: FlightDetail): HTMLElement {
  const f = detail.flight;
  return h("dl", { class: "stats" }, stat("Airborne", duration(f.airborne_s)), stat("Distance", distance(f.distance_m)), stat("Highest", quantity(f.max_height_m, "m")), stat("Fastest", quantity(f.max_speed_m_s, "m/s")),
    stat("Data quality", typeof f.quality === "number" ? `${f.quality.toFixed(0)}` : "–", "of 100"),
    stat("Clock", f.clock_source ?? "unknown", typeof f.clock_error_s === "number" ? `± ${f.clock_error_s < 1 ? (f.clock_error_s * 1000).toFixed(0) + " ms" : f.clock_error_s.toFixed(0) + " s"}` : undefined));
}

function heading(detail: FlightDetail): Node[] {
  const f = detail.flight;
  const remarks = [f.starts_in_air ? "The log starts in the air." : "", f.ends_in_air ? "The log ends in the air." : "", f.note ?? ""].filter(Boolean).join(" ");
  return [h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, link("/", "Fleet"), " / ", link(`/vehicles/${encodeURIComponent(f.vehicle)}`, f.vehicle)),
    h("div", { class: "heading" }, h("h1", {}, `${f.vehicle}, ${dateTime(f.start)} UTC`), detail.findings.length ? severityBadge(f.worst || "info") : badge("nothing found", "good"), f.vehicle_class ? badge(f.vehicle_class, "neutral") : null),
    h("p", { class: "muted" }, [f.firmware, remarks].filter(Boolean).join(" · "))];
}

async function samples(id: string, detail: FlightDetail, visit: Visit, page: HTMLElement): Promise<void> {
  const [track, events, { series }] = await Promise.all([api.track(id), api.events(id), api.series(id, COLUMNS, { points: POINTS }, visit.signal)]);
  if (visit.signal.aborted) return;
  let first = track.t_s[0] ?? Infinity;
  let last = track.t_s[track.t_s.length - 1] ?? -Infinity;
  for (const one of series) {
    first = Math.min(first, one.t_s[0] ?? first);
    last = Math.max(last, one.t_s[one.t_s.length - 1] ?? last);
  }
  const left = page.querySelector(".side-column")!;
  const right = page.querySelector(".main-column")!;
  if (!(last > first)) {
    right.replaceChildren(card("Plots", empty("No samples", "The logs of this flight hold no rows of the lake's tables.")));
    return;
  }
  const timeline = new Timeline(first, last);
  timeline.bands = bandsOf(events, last);
  timeline.marks = detail.findings.filter(hasSeconds).map((finding) => ({ from: finding.from_s, to: finding.to_s ?? finding.from_s, severity: finding.severity }));
  right.replaceChildren(plotList(id, timeline, series, visit).element);
  left.replaceChildren(mapCard(detail, track, timeline),
    card("Findings", detail.findings.length ? findingList(detail.findings, (finding) => { navigateQuietly(id, finding); showFinding(timeline, finding); }) : noFindings()),
    eventCard(events, timeline), detail.photos.length ? photoCard(detail.photos) : "", logCard(detail.logs));
  const asked = detail.findings.find((finding) => finding.id === visit.query.get("finding"));
  if (asked) showFinding(timeline, asked);
  page.dataset.ready = "yes";
}

function navigateQuietly(id: string, finding: Finding): void {
  history.replaceState(null, "", `/flights/${encodeURIComponent(id)}?finding=${encodeURIComponent(finding.id)}`);
}

async function render(visit: Visit): Promise<Node> {
  const id = visit.parts[0]!;
  const detail = await api.flight(id);
  const page = h("div", { class: "page flight" }, ...heading(detail), facts(detail),
    h("div", { class: "columns columns-flight" }, h("div", { class: "side-column" }, card("Map", loading("Loading the way flown …"))), h("div", { class: "main-column" }, card("Plots", loading("Loading samples …")))));
  samples(id, detail, visit, page).catch((error: unknown) => {
    if (!visit.signal.aborted) page.querySelector(".main-column")!.replaceChildren(problem(error));
  });
  return page;
}

export const flightView: View = { path: /^\/flights\/([^/]+)$/, title: (visit) => visit.parts[0]!, render };
