// flight_plots: which lines of a flight are drawn together, the strip of modes, events and findings over them, and their detail.
// The overview comes with the page; zoomed in, the shown lines are asked for again at the detail of the range.

import { api, type Series } from "./api";
import { bandColour } from "./colour";
import { h } from "./dom";
import { clock, words } from "./format";
import { Plot, type Band, type Line, type Timeline } from "./plot";
import type { Events } from "./api";
import type { Visit } from "./router";

interface PlanLine {
  column: string;
  label: string;
  asked?: boolean; // what the autopilot wanted: a dashed line in the colour of the line before
}
interface PlotPlan {
  title: string;
  unit: string;
  lines: PlanLine[];
  each?: string; // what one instance is, where there may be several: "IMU" → "IMU 1"
  from?: number; // the number of the first instance; the lake counts most from 0, people from 1
  wraps?: boolean; // goes on at 0 after 360
  limit?: [number, string]; // a line across
  least?: boolean; // hidden until somebody asks
}
const line = (column: string, label: string, asked = false): PlanLine => ({ column, label, asked });
const PLANS: PlotPlan[] = [
  { title: "Height", unit: "m", lines: [line("position.alt_rel_m", "above home"), line("rangefinder.distance_m", "range finder"), line("baro.alt_m", "barometer")] },
  { title: "Speed", unit: "m/s", lines: [line("velocity.ground_speed_m_s", "ground"), line("gps.ground_speed_m_s", "GPS"), line("airspeed.airspeed_m_s", "air"), line("velocity.climb_m_s", "climb")] },
  { title: "Roll", unit: "°", lines: [line("attitude.roll_deg", "actual"), line("control.target_roll_deg", "asked", true)] },
  { title: "Pitch", unit: "°", lines: [line("attitude.pitch_deg", "actual"), line("control.target_pitch_deg", "asked", true)] },
  { title: "Heading", unit: "°", lines: [line("attitude.yaw_deg", "actual"), line("control.target_yaw_deg", "asked", true)], wraps: true, least: true },
  { title: "Battery voltage", unit: "V", lines: [line("battery.voltage_v", "")], each: "battery", from: 1 },
  { title: "Battery current", unit: "A", lines: [line("battery.current_a", "")], each: "battery", from: 1 },
  { title: "Motors", unit: "share", lines: [line("motor.command_ratio", "")], each: "motor", from: 0 },
  { title: "Throttle", unit: "share", lines: [line("control.throttle_out_ratio", "to the mixer")] },
  { title: "Speed controllers", unit: "1/min", lines: [line("esc.rpm", "")], each: "motor", from: 1, least: true },
  { title: "Vibration", unit: "m/s²", lines: [line("vibration.vibe_x_m_s2", "x"), line("vibration.vibe_y_m_s2", "y"), line("vibration.vibe_z_m_s2", "z")], each: "IMU", from: 1 },
  { title: "Estimator", unit: "share of what it accepts", lines: [line("estimator.vel_test_ratio", "velocity"), line("estimator.pos_test_ratio", "place"), line("estimator.height_test_ratio", "height"), line("estimator.mag_test_ratio", "compass")], each: "core", from: 1, limit: [1, "refused"] },
  { title: "GPS satellites", unit: "", lines: [line("gps.satellites", "")], each: "GPS", from: 1 },
  { title: "GPS dilution", unit: "HDOP", lines: [line("gps.hdop", "")], each: "GPS", from: 1, least: true },
  { title: "Radio", unit: "share", lines: [line("radio.rssi_ratio", "signal"), line("radio.quality_ratio", "quality")], each: "link", from: 1 },
  { title: "Radio strength", unit: "raw", lines: [line("radio.rssi_raw", "here"), line("radio.remote_rssi_raw", "there"), line("radio.noise_raw", "noise")], least: true },
];
export const COLUMNS = PLANS.flatMap((plan) => plan.lines.map((one) => one.column));
export const POINTS = 1600; // two a pixel column of a wide screen

// What says the same twice is left out: the one on the left where there is the one on the right.
const DOUBLED: Record<string, string> = { "gps.ground_speed_m_s": "velocity.ground_speed_m_s", "baro.alt_m": "position.alt_rel_m", "control.throttle_out_ratio": "motor.command_ratio", "radio.rssi_raw": "radio.rssi_ratio" };

const lineKey = (series: Series) => `${series.column}#${series.instance}`;

function labelOf(plan: PlotPlan, wanted: PlanLine, instance: number, several: boolean): string {
  const name = plan.each && (several || !wanted.label) ? `${plan.each} ${instance + (plan.from ?? 0)}` : "";
  return [name, wanted.label].filter(Boolean).join(" ") || plan.title.toLowerCase();
}

/** The lines of a plot, those of one instance together. */
function linesOf(plan: PlotPlan, series: Series[]): Line[] {
  const has = (column: string) => series.some((one) => one.column === column);
  const columns = plan.lines.filter(({ column }) => !DOUBLED[column] || !has(DOUBLED[column]!));
  const own = columns.flatMap((wanted) => series.filter((one) => one.column === wanted.column).map((one) => ({ one, wanted })));
  const several = new Set(own.map(({ one }) => one.instance)).size > 1;
  return own.map(({ one, wanted }) => ({ key: lineKey(one), label: labelOf(plan, wanted, one.instance, several), t: one.t_s, v: one.value, dashed: wanted.asked ?? false, wraps: plan.wraps ?? false }));
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

// ---- the strip of modes, events and findings ----

export function bandsOf(events: Events, last: number): Band[] {
  const names: string[] = [];
  const bands: Band[] = [];
  for (const mode of events.modes) {
    const label = words(mode.mode_name ?? (mode.mode_number === null ? "unknown" : `mode ${mode.mode_number}`));
    const before = bands[bands.length - 1];
    if (before?.label === label) continue;
    if (before) before.to = mode.t_s;
    if (!names.includes(label)) names.push(label);
    bands.push({ from: mode.t_s, to: last, label, colour: bandColour(names.indexOf(label)) });
  }
  return bands.filter((band) => band.to > band.from);
}

function place(element: HTMLElement, timeline: Timeline, from: number, to: number): boolean {
  const width = timeline.to - timeline.from;
  if (to < timeline.from || from > timeline.to) return false;
  const left = Math.max(from, timeline.from);
  element.style.left = `${((left - timeline.from) / width) * 100}%`;
  if (to > from) element.style.width = `${((Math.min(to, timeline.to) - left) / width) * 100}%`;
  return true;
}

function modeButton(timeline: Timeline, band: Band): HTMLElement | null {
  const label = `${band.label}, ${clock(band.from)} to ${clock(band.to)}`;
  const item = h("button", { type: "button", title: label, "aria-label": `Show ${label}`, click: () => timeline.setRange(band.from, band.to) }, band.label);
  item.style.setProperty("--band", band.colour);
  return place(item, timeline, band.from, band.to) ? item : null;
}

/** Over the plots: which mode when; under it ticks for events and bars for findings. */
function strip(timeline: Timeline): HTMLElement {
  const modes = h("div", { class: "modes", role: "group", "aria-label": "Flight modes" });
  const marks = h("div", { class: "marks", "aria-hidden": true }); // the lists of findings and events say the same
  const cursor = h("i", { class: "strip-cursor", "aria-hidden": true });
  const draw = () => {
    modes.replaceChildren(...timeline.bands.flatMap((band) => modeButton(timeline, band) ?? []));
    marks.replaceChildren(...timeline.ticks.flatMap((tick) => {
      const item = h("i", { class: tick.alarm ? "tick alarm" : "tick", title: `${clock(tick.t)} ${tick.label}` });
      return place(item, timeline, tick.t, tick.t) ? item : [];
    }), ...timeline.marks.flatMap((mark) => {
      const item = h("i", { class: `bar bar-${mark.severity}`, title: mark.label, click: () => timeline.setRange(mark.from - 10, mark.to + 10) });
      return place(item, timeline, mark.from, mark.to) ? item : [];
    }));
  };
  const move = () => {
    cursor.hidden = timeline.cursor === null || !place(cursor, timeline, timeline.cursor, timeline.cursor);
  };
  timeline.onRange(draw);
  timeline.onChange(move);
  draw();
  move();
  return h("div", { class: "modes-frame" }, h("div", { class: "strip" }, modes, marks, cursor));
}

// ---- which plots are shown ----

const REMEMBERED = "uavlake-plots";

function remembered(): Record<string, boolean> {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") as Record<string, boolean>;
  } catch {
    return {};
  }
}

function remember(title: string, shown: boolean): void {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify({ ...remembered(), [title]: shown }));
  } catch {
    // it is only not remembered
  }
}

function chooser(plans: PlotPlan[], plots: Plot[]): HTMLElement {
  const choices = remembered();
  return h("div", { class: "chips", role: "group", "aria-label": "Which plots are shown" }, ...plans.map((plan, i) => {
    let shown = choices[plan.title] ?? !plan.least;
    const chip = h("button", { type: "button", class: "chip", click: () => {
      shown = !shown;
      remember(plan.title, shown);
      put();
    } }, plan.title);
    const put = () => {
      chip.setAttribute("aria-pressed", String(shown));
      plots[i]!.element.hidden = !shown;
    };
    put();
    return chip;
  }));
}

/** `takeoffMs`: UTC of second 0, NaN where it isn't known. */
export function plotCard(id: string, timeline: Timeline, series: Series[], takeoffMs: number, visit: Visit): HTMLElement {
  const plans: PlotPlan[] = [];
  const plots: Plot[] = [];
  for (const plan of PLANS) {
    const lines = linesOf(plan, series);
    if (!lines.length) continue;
    plans.push(plan);
    plots.push(new Plot(timeline, plan.title, plan.unit, lines, plan.limit));
  }
  keepDetail(id, timeline, plots, series, visit);
  const tool = (label: string, hint: string, act: () => void) => h("button", { type: "button", class: "quiet", title: hint, "aria-label": hint, click: act }, label);
  const middle = () => timeline.cursor ?? (timeline.from + timeline.to) / 2;
  const range = h("span", { class: "muted small range" });
  const showRange = () => {
    const at = timeline.cursor;
    const utc = at !== null && Number.isFinite(takeoffMs) ? `, ${new Date(takeoffMs + at * 1000).toISOString().slice(11, 21)} UTC` : "";
    range.textContent = at === null ? `${clock(timeline.from)} to ${clock(timeline.to)} from take-off` : `at ${clock(at)}${utc}`;
  };
  timeline.onChange(showRange);
  showRange();
  const head = h("div", { class: "plot-head" },
    h("div", { class: "plot-tools" }, h("h2", {}, "Plots"), range, h("span", { class: "muted small wide-only hint" }, "Drag to zoom, double-click for all"),
      tool("+", "Zoom in", () => timeline.zoom(0.6, middle())), tool("−", "Zoom out", () => timeline.zoom(1 / 0.6, middle())), tool("All", "Show the whole flight", () => timeline.reset())),
    strip(timeline));
  return h("section", { class: "card plots", "aria-label": "Plots" }, head, ...plots.map((plot) => plot.element), chooser(plans, plots));
}
