// plot: lines over time on canvases that share one range and one cursor.
//
// A line comes thinned by the server to the least and greatest value of each stretch of time. Where there are still more
// points than pixels, each pixel column is drawn from its least to its greatest, so no spike is lost. A hole in the data
// is a hole in the line. Lines are painted once for a range and kept as a picture: when the cursor moves, only the picture
// and the cursor are drawn, so many plots stay fluid.

import { h } from "./dom";
import { isDark, lineColour, onSchemeChange, theme } from "./colour";
import type { Severity } from "./api";
import { clock, number, quantity } from "./format";

export interface Line {
  key: string;
  label: string;
  t: number[];
  v: number[];
  dashed?: boolean; // in the colour of the line before
  wraps?: boolean; // goes on at 0 after 360
}
export interface Band {
  from: number;
  to: number;
  label: string;
  colour: string;
}
export interface Mark {
  from: number;
  to: number;
  severity: Severity;
  label: string;
}
export interface Tick {
  t: number;
  label: string;
  alarm: boolean;
}

/** The range and cursor that plots and map share; seconds from take-off. */
export class Timeline {
  from: number;
  to: number;
  cursor: number | null = null;
  bands: Band[] = [];
  marks: Mark[] = [];
  ticks: Tick[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly rangeListeners = new Set<() => void>();
  private asked = false;

  constructor(
    readonly first: number,
    readonly last: number,
  ) {
    this.from = first;
    this.to = last;
  }
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }
  onRange(listener: () => void): void {
    this.rangeListeners.add(listener);
  }
  changed(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      for (const listener of this.listeners) listener();
    });
  }
  get isWhole(): boolean {
    return this.from <= this.first && this.to >= this.last;
  }
  setRange(from: number, to: number): void {
    const width = Math.min(Math.max(to - from, 0.5), this.last - this.first);
    this.from = Math.min(Math.max(from, this.first), this.last - width);
    this.to = this.from + width;
    for (const listener of this.rangeListeners) listener();
    this.changed();
  }
  setCursor(t: number | null): void {
    this.cursor = t === null ? null : Math.min(Math.max(t, this.first), this.last);
    this.changed();
  }
  zoom(factor: number, around: number): void {
    this.setRange(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }
  reset(): void {
    this.setRange(this.first, this.last);
  }
}

/** Index of the last point at or before `t`; -1 before the first. */
export function indexAt(times: number[], t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function niceStep(width: number, count: number): number {
  const raw = width / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return power * (lead > 7 ? 10 : lead > 3.5 ? 5 : lead > 1.5 ? 2 : 1);
}

function timeStep(width: number, count: number): number {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  return steps.find((step) => width / step <= count) ?? 14400;
}

function holeOf(times: number[]): number {
  if (times.length < 3) return Infinity;
  return Math.max(((times[times.length - 1]! - times[0]!) / times.length) * 12, 2.5);
}

const LEFT = 52;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 22;

export class Plot {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  private readonly legend: HTMLElement;
  private readonly values: HTMLElement[] = [];
  private readonly colours: number[] = []; // of each line, as index for lineColour
  private drag: { from: number; to: number } | null = null;
  private readonly touches = new Map<number, number>(); // fingers and the time that each holds
  private readonly picture = document.createElement("canvas");
  private pictureOf = ""; // what the picture shows
  private version = 0; // counts changes of the lines
  private width = 0; // of the canvas, as last observed: asking it while text changes would lay the page out each time
  private height = 0;
  private inView = true;

  constructor(
    private readonly timeline: Timeline,
    readonly title: string,
    private readonly unit: string,
    private readonly lines: Line[],
    private readonly limit?: [number, string],
  ) {
    lines.forEach((line, i) => this.colours.push(line.dashed && i > 0 ? this.colours[i - 1]! : i ? Math.max(...this.colours) + 1 : 0));
    this.canvas = h("canvas", { class: "plot-canvas", tabindex: 0, role: "slider", "aria-label": this.describe(), "aria-orientation": "horizontal",
      "aria-valuemin": timeline.first.toFixed(1), "aria-valuemax": timeline.last.toFixed(1), "aria-valuenow": timeline.first.toFixed(1), "aria-valuetext": "no cursor" });
    this.legend = h("div", { class: "legend" });
    this.element = h("figure", { class: "plot" }, h("figcaption", {}, h("span", { class: "plot-title" }, title, unit ? ` [${unit}]` : ""), this.legend), this.canvas);
    this.fillLegend();
    this.listen();
    timeline.onChange(() => this.draw());
    onSchemeChange(() => {
      this.fillLegend();
      this.draw();
    });
    new ResizeObserver(() => {
      this.width = this.canvas.clientWidth;
      this.height = this.canvas.clientHeight;
      this.draw();
    }).observe(this.canvas);
    new IntersectionObserver(([entry]) => {
      this.inView = entry!.isIntersecting;
      this.draw();
    }, { rootMargin: "200px" }).observe(this.canvas);
  }

  /** New points for a line, at another detail. */
  replace(key: string, t: number[], v: number[]): void {
    const line = this.lines.find((candidate) => candidate.key === key);
    if (line) {
      line.t = t;
      line.v = v;
      this.version++;
    }
  }

  private describe(): string {
    const parts = this.lines.map((line) => {
      let least = Infinity;
      let most = -Infinity;
      for (const v of line.v) {
        if (v < least) least = v;
        if (v > most) most = v;
      }
      return `${line.label} from ${number(least)} to ${quantity(most, this.unit)}`;
    });
    return `${this.title} over time: ${parts.join("; ")}. Arrow keys move the cursor, plus and minus zoom.`;
  }

  private fillLegend(): void {
    this.values.length = 0;
    this.legend.replaceChildren(
      ...this.lines.map((line, index) => {
        const swatch = h("i", { "aria-hidden": true });
        swatch.style.background = line.dashed ? "none" : lineColour(this.colours[index]!);
        if (line.dashed) swatch.style.borderTop = `2px dashed ${lineColour(this.colours[index]!)}`;
        const value = h("b");
        this.values.push(value);
        return h("span", { class: "legend-item" }, swatch, line.label, value);
      }),
    );
  }

  // ---- input ----

  private timeAt(event: MouseEvent): number {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / Math.max(box.width - LEFT - RIGHT, 1);
    return this.timeline.from + Math.min(Math.max(share, 0), 1) * (this.timeline.to - this.timeline.from);
  }

  private listen(): void {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") this.touches.set(event.pointerId, this.timeAt(event));
      if (event.pointerType === "mouse" && event.button === 0) {
        const t = this.timeAt(event);
        this.drag = { from: t, to: t };
        canvas.setPointerCapture(event.pointerId);
      }
      this.timeline.setCursor(this.timeAt(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      const t = this.timeAt(event);
      if (this.touches.size === 2) return this.pinch(event);
      if (this.drag) this.drag.to = t;
      this.timeline.setCursor(t);
    });
    canvas.addEventListener("pointerup", (event) => {
      this.touches.delete(event.pointerId);
      this.endDrag();
    });
    canvas.addEventListener("pointercancel", (event) => {
      this.touches.delete(event.pointerId);
      this.drag = null;
    });
    canvas.addEventListener("pointerleave", () => {
      if (!this.drag) this.timeline.setCursor(null);
    });
    canvas.addEventListener("dblclick", () => this.timeline.reset());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Two fingers keep the times that they hold. */
  private pinch(event: PointerEvent): void {
    const held = this.touches.get(event.pointerId);
    const other = [...this.touches].find(([id]) => id !== event.pointerId)?.[1];
    if (held === undefined || other === undefined || Math.abs(held - other) < 1e-6) return;
    const now = this.timeAt(event);
    const factor = Math.abs(now - other) > 1e-6 ? (held - other) / (now - other) : 1;
    if (factor > 0.2 && factor < 5) this.timeline.zoom(factor, other);
  }

  private endDrag(): void {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    const [from, to] = drag.from < drag.to ? [drag.from, drag.to] : [drag.to, drag.from];
    if (to - from > (this.timeline.to - this.timeline.from) * 0.01) this.timeline.setRange(from, to);
    else this.timeline.changed();
  }

  // A plain wheel scrolls the page; with Ctrl (as a pinch sends it) it zooms, sideways it moves along.
  private wheel(event: WheelEvent): void {
    const width = this.timeline.to - this.timeline.from;
    if (event.ctrlKey) {
      event.preventDefault();
      this.timeline.zoom(Math.exp(Math.min(Math.max(event.deltaY, -60), 60) * 0.006), this.timeAt(event));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && !this.timeline.isWhole) {
      event.preventDefault();
      const step = (event.deltaX / this.canvas.clientWidth) * width;
      this.timeline.setRange(this.timeline.from + step, this.timeline.to + step);
    }
  }

  private key(event: KeyboardEvent): void {
    const timeline = this.timeline;
    const width = timeline.to - timeline.from;
    const at = timeline.cursor ?? (timeline.from + timeline.to) / 2;
    const step = width * (event.shiftKey ? 0.1 : 0.01);
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.moveTo(at - step),
      ArrowRight: () => this.moveTo(at + step),
      Home: () => this.moveTo(timeline.first),
      End: () => this.moveTo(timeline.last),
      "+": () => timeline.zoom(0.6, at),
      "=": () => timeline.zoom(0.6, at),
      "-": () => timeline.zoom(1 / 0.6, at),
      "0": () => timeline.reset(),
      Escape: () => timeline.setCursor(null),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  private moveTo(t: number): void {
    const timeline = this.timeline;
    const width = timeline.to - timeline.from;
    timeline.setCursor(t);
    if (t < timeline.from || t > timeline.to) timeline.setRange(t - width / 2, t + width / 2);
  }

  // ---- drawing ----

  private valueRange(): [number, number] {
    let least = Infinity;
    let most = -Infinity;
    for (const line of this.lines) {
      const last = Math.min(indexAt(line.t, this.timeline.to) + 1, line.t.length - 1);
      for (let i = Math.max(indexAt(line.t, this.timeline.from), 0); i <= last; i++) {
        const v = line.v[i]!;
        if (v < least) least = v;
        if (v > most) most = v;
      }
    }
    if (this.limit && most > this.limit[0] * 0.4) most = Math.max(most, this.limit[0]);
    if (least > most) return [0, 1];
    if (most - least < 1e-9) return [least - Math.max(Math.abs(least) * 0.05, 0.5), most + Math.max(Math.abs(most) * 0.05, 0.5)];
    const space = (most - least) * 0.07;
    return [least >= 0 && least < most * 0.25 ? Math.min(0, least) : least - space, most + space];
  }

  draw(): void {
    const { width, height } = this;
    if (width < 80 || height < 40 || !this.inView) return;
    const ratio = devicePixelRatio || 1;
    const { from, to } = this.timeline;
    const [low, high] = this.valueRange();
    const x = (t: number) => LEFT + ((t - from) / (to - from)) * (width - LEFT - RIGHT);
    const y = (v: number) => height - BOTTOM - ((v - low) / (high - low)) * (height - TOP - BOTTOM);
    const wanted = [width, height, ratio, from, to, low, high, this.version, isDark()].join();
    if (wanted !== this.pictureOf) {
      this.paintPicture(x, y, low, high, width, height, ratio);
      this.pictureOf = wanted;
    }
    if (this.canvas.width !== this.picture.width || this.canvas.height !== this.picture.height) {
      this.canvas.width = this.picture.width;
      this.canvas.height = this.picture.height;
    }
    const g = this.canvas.getContext("2d")!;
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, this.canvas.width, this.canvas.height);
    g.drawImage(this.picture, 0, 0);
    g.scale(ratio, ratio);
    g.save();
    g.beginPath();
    g.rect(LEFT, 0, width - LEFT - RIGHT, height - BOTTOM + 1);
    g.clip();
    if (this.drag) {
      g.fillStyle = theme().accent;
      g.globalAlpha = 0.16;
      g.fillRect(x(Math.min(this.drag.from, this.drag.to)), 0, Math.abs(x(this.drag.to) - x(this.drag.from)), height - BOTTOM);
      g.globalAlpha = 1;
    }
    this.drawCursor(g, x, y, height, theme());
    g.restore();
  }

  /** All but the cursor. */
  private paintPicture(x: (t: number) => number, y: (v: number) => number, low: number, high: number, width: number, height: number, ratio: number): void {
    const colours = theme();
    this.picture.width = Math.round(width * ratio);
    this.picture.height = Math.round(height * ratio);
    const g = this.picture.getContext("2d")!;
    g.scale(ratio, ratio);
    g.font = "11px system-ui, sans-serif";
    const inside = (paint: () => void) => {
      g.save();
      g.beginPath();
      g.rect(LEFT, 0, width - LEFT - RIGHT, height - BOTTOM + 1);
      g.clip();
      paint();
      g.restore();
    };
    inside(() => this.drawBands(g, x, height, colours));
    this.drawAxes(g, x, y, low, high, width, height, colours);
    inside(() => {
      this.drawLimit(g, y, low, high, width, colours);
      this.lines.forEach((line, index) => this.drawLine(g, line, x, y, lineColour(this.colours[index]!)));
    });
  }

  private drawLimit(g: CanvasRenderingContext2D, y: (v: number) => number, low: number, high: number, width: number, colours: ReturnType<typeof theme>): void {
    if (!this.limit || this.limit[0] < low || this.limit[0] > high) return;
    const at = Math.round(y(this.limit[0])) + 0.5;
    g.strokeStyle = g.fillStyle = colours.critical;
    g.lineWidth = 1;
    g.setLineDash([5, 4]);
    g.beginPath();
    g.moveTo(LEFT, at);
    g.lineTo(width - RIGHT, at);
    g.stroke();
    g.setLineDash([]);
    g.textAlign = "right";
    g.textBaseline = "bottom";
    g.fillText(this.limit[1], width - RIGHT - 4, at - 2);
  }

  private drawBands(g: CanvasRenderingContext2D, x: (t: number) => number, height: number, colours: ReturnType<typeof theme>): void {
    for (const band of this.timeline.bands) {
      g.globalAlpha = 0.07;
      g.fillStyle = band.colour;
      g.fillRect(x(band.from), 0, Math.max(x(band.to) - x(band.from), 1), height - BOTTOM);
    }
    for (const mark of this.timeline.marks) {
      g.fillStyle = mark.severity === "critical" ? colours.critical : mark.severity === "warning" ? colours.warning : colours.accent;
      const left = x(mark.from);
      const width = Math.max(x(mark.to) - left, 2);
      g.globalAlpha = 0.13;
      g.fillRect(left, 0, width, height - BOTTOM);
      g.globalAlpha = 0.9;
      g.fillRect(left, 0, width, 3);
    }
    g.globalAlpha = 1;
  }

  private drawAxes(g: CanvasRenderingContext2D, x: (t: number) => number, y: (v: number) => number, low: number, high: number, width: number, height: number, colours: ReturnType<typeof theme>): void {
    const { from, to } = this.timeline;
    g.strokeStyle = colours.grid;
    g.fillStyle = colours.muted;
    g.lineWidth = 1;
    const step = niceStep(high - low, Math.max(Math.floor((height - TOP - BOTTOM) / 30), 2));
    g.textAlign = "right";
    g.textBaseline = "middle";
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
      const at = Math.round(y(v)) + 0.5;
      g.beginPath();
      g.moveTo(LEFT, at);
      g.lineTo(width - RIGHT, at);
      g.stroke();
      g.fillText(axisNumber(v, step), LEFT - 7, at);
    }
    g.textAlign = "center";
    g.textBaseline = "top";
    const stepT = timeStep(to - from, Math.max(Math.floor(width / 90), 2));
    for (let t = Math.ceil(from / stepT) * stepT; t <= to; t += stepT) {
      const at = Math.round(x(t)) + 0.5;
      g.beginPath();
      g.moveTo(at, TOP);
      g.lineTo(at, height - BOTTOM);
      g.stroke();
      if (at > LEFT + 8 && at < width - RIGHT - 12) g.fillText(stepT < 1 ? clock(t) : clock(t).replace(/\.\d$/, ""), at, height - BOTTOM + 6);
    }
  }

  private drawLine(g: CanvasRenderingContext2D, line: Line, x: (t: number) => number, y: (v: number) => number, colour: string): void {
    const hole = holeOf(line.t);
    const first = Math.max(indexAt(line.t, this.timeline.from), 0);
    const last = Math.min(indexAt(line.t, this.timeline.to) + 1, line.t.length - 1);
    g.strokeStyle = colour;
    g.lineWidth = line.dashed ? 1.2 : 1.4;
    g.globalAlpha = line.dashed ? 0.75 : 1;
    g.setLineDash(line.dashed ? [5, 3] : []);
    g.lineJoin = "round";
    g.beginPath();
    let before = -Infinity;
    let beforeV = NaN;
    for (let i = first; i <= last; ) {
      const t = line.t[i]!;
      const column = Math.floor(x(t));
      let least = line.v[i]!;
      let most = least;
      let end = i + 1;
      while (end <= last && Math.floor(x(line.t[end]!)) === column) {
        least = Math.min(least, line.v[end]!);
        most = Math.max(most, line.v[end]!);
        end++;
      }
      if (t - before > hole || (line.wraps && Math.abs(line.v[i]! - beforeV) > 180)) g.moveTo(x(t), y(line.v[i]!));
      else g.lineTo(x(t), y(line.v[i]!));
      if (end - i > 2 && !(line.wraps && most - least > 180)) {
        g.lineTo(x(t), y(least));
        g.lineTo(x(t), y(most));
      }
      if (end - i > 1) g.lineTo(x(line.t[end - 1]!), y(line.v[end - 1]!));
      before = line.t[end - 1]!;
      beforeV = line.v[end - 1]!;
      i = end;
    }
    g.stroke();
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  private drawCursor(g: CanvasRenderingContext2D, x: (t: number) => number, y: (v: number) => number, height: number, colours: ReturnType<typeof theme>): void {
    const t = this.timeline.cursor;
    if (t !== null) {
      g.strokeStyle = colours.muted;
      g.beginPath();
      g.moveTo(Math.round(x(t)) + 0.5, 0);
      g.lineTo(Math.round(x(t)) + 0.5, height - BOTTOM);
      g.stroke();
    }
    this.lines.forEach((line, index) => {
      const at = t === null ? -1 : nearest(line.t, t);
      const near = at >= 0 && t !== null && Math.abs(line.t[at]! - t) < holeOf(line.t);
      const value = this.values[index];
      const text = near ? number(line.v[at]!) : "";
      if (value && value.textContent !== text) value.textContent = text;
      if (!near) return;
      g.fillStyle = lineColour(this.colours[index]!);
      g.beginPath();
      g.arc(x(line.t[at]!), y(line.v[at]!), 3, 0, 2 * Math.PI);
      g.fill();
    });
    if (document.activeElement === this.canvas) this.tell();
  }

  /** The cursor for those who listen. */
  private tell(): void {
    const t = this.timeline.cursor;
    const values = this.lines.map((line, i) => `${line.label} ${this.values[i]?.textContent || "no value"}`).join(", ");
    this.canvas.setAttribute("aria-valuenow", (t ?? this.timeline.first).toFixed(1));
    this.canvas.setAttribute("aria-valuetext", t === null ? "no cursor" : `${clock(t)}: ${values}`);
  }
}

function nearest(times: number[], t: number): number {
  const at = indexAt(times, t);
  if (at + 1 < times.length && (at < 0 || times[at + 1]! - t < t - times[at]!)) return at + 1;
  return at;
}

function axisNumber(value: number, step: number): string {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const text = (Math.abs(value) < step * 1e-6 ? 0 : value).toFixed(Math.min(digits, 6));
  return text.replace("-", "−");
}

/** A few points as a small line; without axes. */
export function sparkline(values: number[], label: string): SVGElement {
  const width = 96;
  const height = 24;
  const least = Math.min(...values);
  const most = Math.max(...values);
  const points = values.map((v, i) => `${((i / Math.max(values.length - 1, 1)) * (width - 6) + 3).toFixed(1)},${(height - 4 - ((v - least) / (most - least || 1)) * (height - 8)).toFixed(1)}`);
  const space = "http://www.w3.org/2000/svg";
  const element = document.createElementNS(space, "svg");
  element.setAttribute("viewBox", `0 0 ${width} ${height}`);
  element.setAttribute("class", "sparkline");
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  const line = document.createElementNS(space, "polyline");
  line.setAttribute("points", points.join(" "));
  const dot = document.createElementNS(space, "circle");
  const [cx, cy] = (points[points.length - 1] ?? "0,0").split(",");
  dot.setAttribute("cx", cx!);
  dot.setAttribute("cy", cy!);
  dot.setAttribute("r", "2.5");
  element.append(line, dot);
  return element;
}
