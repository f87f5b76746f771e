// map: the way flown, drawn without any map tiles: metres east and north of a middle, as the earth's curvature allows for
// the few kilometres of a flight. Scale bar and north arrow stand in for the missing ground.

import { h } from "./dom";
import { isDark, onSchemeChange, rampColour, theme } from "./colour";
import { Timeline, indexAt } from "./plot";
import { number } from "./format";
import type { TrackPreview, Severity } from "./api";

const FONT = "11px system-ui, sans-serif";
const METRES_PER_DEG = 111195; // of a great circle, mean earth radius 6371 km

export interface MapPoint {
  lat: number;
  lon: number;
}
export interface MapTrack {
  lat: number[];
  lon: number[];
  label?: string;
  colour?: string;
  open?: () => void;
}

interface Box {
  width: number;
  height: number;
}

/** Degrees → pixels, with what the user zoomed and moved. */
class Projection {
  private readonly lat0: number;
  private readonly lon0: number;
  private readonly fit: number;
  private readonly middleX: number;
  private readonly middleY: number;
  private readonly cosine: number;
  scale = 1;
  moveX = 0;
  moveY = 0;

  constructor(
    private readonly box: Box,
    lats: number[],
    lons: number[],
  ) {
    let south = Infinity, north = -Infinity, west = Infinity, east = -Infinity;
    for (const lat of lats) (south = Math.min(south, lat)), (north = Math.max(north, lat));
    for (const lon of lons) (west = Math.min(west, lon)), (east = Math.max(east, lon));
    this.lat0 = (south + north) / 2;
    this.lon0 = (west + east) / 2;
    this.cosine = Math.max(Math.cos((this.lat0 * Math.PI) / 180), 0.01);
    const widthM = Math.max((east - west) * METRES_PER_DEG * this.cosine, 40);
    const heightM = Math.max((north - south) * METRES_PER_DEG, 40);
    this.fit = Math.min((box.width - 70) / widthM, (box.height - 80) / heightM);
    this.middleX = box.width / 2;
    this.middleY = box.height / 2;
  }
  get pixelsPerMetre(): number {
    return this.fit * this.scale;
  }
  x(lon: number): number {
    return this.middleX + this.moveX + (lon - this.lon0) * METRES_PER_DEG * this.cosine * this.pixelsPerMetre;
  }
  y(lat: number): number {
    return this.middleY + this.moveY - (lat - this.lat0) * METRES_PER_DEG * this.pixelsPerMetre;
  }
  zoomAt(x: number, y: number, factor: number): void {
    const scale = Math.min(Math.max(this.scale * factor, 0.5), 60);
    const real = scale / this.scale;
    this.moveX = x - this.middleX - (x - this.middleX - this.moveX) * real;
    this.moveY = y - this.middleY - (y - this.middleY - this.moveY) * real;
    this.scale = scale;
  }
  keepViewOf(other: Projection): void {
    this.scale = other.scale;
    this.moveX = other.moveX;
    this.moveY = other.moveY;
  }
  get height(): number {
    return this.box.height;
  }
  get width(): number {
    return this.box.width;
  }
}

/** What flight map and overview share: the canvas, zooming and moving, scale bar, north. */
abstract class MapCanvas {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  protected projection: Projection | null = null;
  private readonly picture = document.createElement("canvas"); // all but the overlay
  private pictureOf = "";
  private width = 0; // of the canvas, as last observed
  private height = 0;
  private moving: { x: number; y: number; far: boolean } | null = null;

  constructor(label: string) {
    this.canvas = h("canvas", { class: "map-canvas", tabindex: 0, role: "application", "aria-label": label });
    this.element = h("figure", { class: "map" }, this.canvas,
      h("div", { class: "map-buttons" },
        h("button", { type: "button", "aria-label": "Zoom in", click: () => this.zoom(1.5) }, "+"),
        h("button", { type: "button", "aria-label": "Zoom out", click: () => this.zoom(1 / 1.5) }, "−"),
        h("button", { type: "button", "aria-label": "Show all", click: () => this.whole() }, "⤢")));
    this.listen();
    onSchemeChange(() => this.draw());
    new ResizeObserver(() => {
      this.width = this.canvas.clientWidth;
      this.height = this.canvas.clientHeight;
      this.draw();
    }).observe(this.canvas);
  }
  protected abstract extent(): { lats: number[]; lons: number[] };
  protected abstract paint(g: CanvasRenderingContext2D, projection: Projection): void;
  protected abstract hover(x: number, y: number): void;
  /** What changes often, over the picture that is kept. */
  protected overlay(_g: CanvasRenderingContext2D, _projection: Projection): void {}
  /** The picture is painted anew when this changes. */
  protected get state(): string {
    return "";
  }
  protected leave(): void {}
  protected press(_x: number, _y: number): void {}

  private zoom(factor: number): void {
    this.projection?.zoomAt(this.projection.width / 2, this.projection.height / 2, factor);
    this.draw();
  }
  private whole(): void {
    this.projection = null;
    this.draw();
  }
  private place(event: MouseEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
  private listen(): void {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => {
      const [x, y] = this.place(event);
      this.moving = { x, y, far: false };
      if (event.pointerType === "mouse") canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = this.place(event);
      if (this.moving && event.pointerType === "mouse" && this.projection) {
        this.projection.moveX += x - this.moving.x;
        this.projection.moveY += y - this.moving.y;
        this.moving = { x, y, far: this.moving.far || Math.hypot(x - this.moving.x, y - this.moving.y) > 2 };
        this.draw();
      } else this.hover(x, y);
    });
    canvas.addEventListener("pointerup", (event) => {
      if (this.moving && !this.moving.far) this.press(...this.place(event));
      this.moving = null;
    });
    canvas.addEventListener("pointercancel", () => (this.moving = null));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("dblclick", () => this.whole());
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey || !this.projection) return;
      event.preventDefault();
      this.projection.zoomAt(...this.place(event), Math.exp(-Math.min(Math.max(event.deltaY, -60), 60) * 0.006));
      this.draw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") this.zoom(1.5);
      else if (event.key === "-") this.zoom(1 / 1.5);
      else if (event.key === "0") this.whole();
    });
  }

  draw(): void {
    const { width, height } = this;
    if (width < 60 || height < 60) return;
    const ratio = devicePixelRatio || 1;
    if (!this.projection || this.projection.width !== width || this.projection.height !== height) {
      const before = this.projection;
      const { lats, lons } = this.extent();
      this.projection = new Projection({ width, height }, lats, lons);
      if (before) this.projection.keepViewOf(before);
    }
    const { scale, moveX, moveY } = this.projection;
    const wanted = [width, height, ratio, scale, moveX, moveY, isDark(), this.state].join();
    if (wanted !== this.pictureOf) {
      this.paintPicture(this.projection, width, height, ratio);
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
    g.font = FONT;
    this.overlay(g, this.projection);
  }

  private paintPicture(projection: Projection, width: number, height: number, ratio: number): void {
    this.picture.width = Math.round(width * ratio);
    this.picture.height = Math.round(height * ratio);
    const g = this.picture.getContext("2d")!;
    g.scale(ratio, ratio);
    g.font = FONT;
    this.paintGround(g, projection);
    this.paint(g, projection);
    this.paintScale(g, projection);
  }

  // A light net of squares, one step of the scale bar wide.
  private paintGround(g: CanvasRenderingContext2D, p: Projection): void {
    const step = scaleStep(90 / p.pixelsPerMetre) * p.pixelsPerMetre;
    g.strokeStyle = theme().grid;
    g.globalAlpha = 0.55;
    g.lineWidth = 1;
    g.beginPath();
    const x0 = (((p.width / 2 + p.moveX) % step) + step) % step;
    const y0 = (((p.height / 2 + p.moveY) % step) + step) % step;
    for (let x = x0; x < p.width; x += step) g.moveTo(Math.round(x) + 0.5, 0), g.lineTo(Math.round(x) + 0.5, p.height);
    for (let y = y0; y < p.height; y += step) g.moveTo(0, Math.round(y) + 0.5), g.lineTo(p.width, Math.round(y) + 0.5);
    g.stroke();
    g.globalAlpha = 1;
  }

  private paintScale(g: CanvasRenderingContext2D, p: Projection): void {
    const colours = theme();
    const metres = scaleStep(110 / p.pixelsPerMetre);
    const width = metres * p.pixelsPerMetre;
    const x = 14;
    const y = p.height - 14;
    g.strokeStyle = g.fillStyle = colours.text;
    g.lineWidth = 1.5;
    g.beginPath();
    g.moveTo(x, y - 5), g.lineTo(x, y), g.lineTo(x + width, y), g.lineTo(x + width, y - 5);
    g.stroke();
    g.textAlign = "left";
    g.textBaseline = "bottom";
    g.fillText(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, x + 5, y - 4);
    const nx = 22;
    g.beginPath();
    g.moveTo(nx, 12), g.lineTo(nx + 6, 28), g.lineTo(nx, 24), g.lineTo(nx - 6, 28);
    g.closePath();
    g.fill();
    g.textAlign = "center";
    g.textBaseline = "top";
    g.fillText("N", nx, 31);
  }
}

function scaleStep(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  const lead = metres / power;
  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

/** Least and greatest; at least 1 apart. */
function rangeOf(values: (number | null)[]): [number, number] {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) if (value !== null) (least = Math.min(least, value)), (most = Math.max(most, value));
  return least > most ? [0, 1] : [least, Math.max(most, least + 1)];
}

function dot(g: CanvasRenderingContext2D, x: number, y: number, radius: number, fill: string, ring: string): void {
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  g.fillStyle = fill;
  g.strokeStyle = ring;
  g.lineWidth = 2;
  g.fill();
  g.stroke();
}

function tag(g: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  const colours = theme();
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.lineWidth = 3;
  g.strokeStyle = colours.surface;
  g.strokeText(text, x + 9, y);
  g.fillStyle = colours.text;
  g.fillText(text, x + 9, y);
}

export interface FlightTrack {
  t: number[];
  lat: number[];
  lon: number[];
  height: (number | null)[];
  speed: (number | null)[] | null; // null: not known
}
export interface MapMark {
  from: number;
  to: number;
  severity: Severity;
}
export type ColourBy = "height" | "speed" | "mode";

/** One flight: its way coloured by height, speed or mode, the cursor of the timeline on it. */
export class FlightMap extends MapCanvas {
  colourBy: ColourBy = "height";
  marks: MapMark[] = [];
  photos: MapPoint[] = [];
  private muted = "";
  home: MapPoint | null = null;
  private readonly ranges: Record<"height" | "speed", [number, number]>;

  constructor(
    private readonly timeline: Timeline,
    private readonly track: FlightTrack,
  ) {
    super("Map of the way flown. Plus and minus zoom.");
    this.ranges = { height: rangeOf(track.height), speed: rangeOf(track.speed ?? []) };
    timeline.onChange(() => this.draw());
  }
  protected extent() {
    const home = this.home;
    return { lats: home ? [...this.track.lat, home.lat] : this.track.lat, lons: home ? [...this.track.lon, home.lon] : this.track.lon };
  }
  protected hover(x: number, y: number): void {
    const p = this.projection;
    if (!p) return;
    let best = -1;
    let near = 18 * 18;
    for (let i = 0; i < this.track.t.length; i++) {
      const d = (p.x(this.track.lon[i]!) - x) ** 2 + (p.y(this.track.lat[i]!) - y) ** 2;
      if (d < near) (near = d), (best = i);
    }
    if (best >= 0) this.timeline.setCursor(this.track.t[best]!);
  }
  protected override leave(): void {
    this.timeline.setCursor(null);
  }
  private colourAt(index: number): string {
    if (this.colourBy === "mode") {
      const t = this.track.t[index]!;
      return this.timeline.bands.find((band) => t >= band.from && t <= band.to)?.colour ?? this.muted;
    }
    const value = (this.colourBy === "speed" ? this.track.speed : this.track.height)?.[index];
    const [least, most] = this.ranges[this.colourBy];
    return value === null || value === undefined ? this.muted : rampColour((value - least) / (most - least));
  }
  protected paint(g: CanvasRenderingContext2D, p: Projection): void {
    const colours = theme();
    this.muted = colours.muted;
    this.paintWay(g, p, 6, () => colours.surface, 0.9, true);
    this.paintWay(g, p, 2.6, (i) => this.colourAt(i), 1, false);
    for (const mark of this.marks) this.paintMark(g, p, mark);
    for (const photo of this.photos) {
      g.fillStyle = colours.surface;
      g.strokeStyle = colours.text;
      g.lineWidth = 1.5;
      g.beginPath();
      g.rect(p.x(photo.lon) - 4.5, p.y(photo.lat) - 3.5, 9, 7);
      g.fill();
      g.stroke();
    }
    this.paintEnds(g, p);
    if (this.colourBy === "mode") this.paintModes(g, p);
    else this.paintRamp(g, p, this.colourBy);
  }
  protected override overlay(g: CanvasRenderingContext2D, p: Projection): void {
    this.paintCursor(g, p);
  }
  protected override get state(): string {
    return [this.colourBy, this.timeline.from, this.timeline.to].join();
  }
  // Outside of the zoomed range the way is faint.
  private paintWay(g: CanvasRenderingContext2D, p: Projection, width: number, colour: (i: number) => string, alpha: number, plain: boolean): void {
    const { t, lat, lon } = this.track;
    g.lineWidth = width;
    g.lineCap = "round";
    g.lineJoin = "round";
    if (plain) {
      g.globalAlpha = alpha;
      g.strokeStyle = colour(0);
      g.beginPath();
      for (let i = 0; i < t.length; i++) g.lineTo(p.x(lon[i]!), p.y(lat[i]!));
      g.stroke();
    } else
      for (let i = 1; i < t.length; i++) {
        const inside = t[i]! >= this.timeline.from && t[i]! <= this.timeline.to;
        g.globalAlpha = inside ? alpha : 0.2;
        g.strokeStyle = colour(i);
        g.beginPath();
        g.moveTo(p.x(lon[i - 1]!), p.y(lat[i - 1]!));
        g.lineTo(p.x(lon[i]!), p.y(lat[i]!));
        g.stroke();
      }
    g.globalAlpha = 1;
  }
  private paintMark(g: CanvasRenderingContext2D, p: Projection, mark: MapMark): void {
    const colours = theme();
    const { t, lat, lon } = this.track;
    const first = Math.max(indexAt(t, mark.from), 0);
    const last = Math.max(indexAt(t, mark.to), first);
    if (last - first > t.length * 0.6) return; // of the whole flight: nothing to point at
    g.strokeStyle = mark.severity === "critical" ? colours.critical : mark.severity === "warning" ? colours.warning : colours.accent;
    g.globalAlpha = 0.45;
    g.lineWidth = 9;
    g.beginPath();
    for (let i = first; i <= last; i++) g.lineTo(p.x(lon[i]!), p.y(lat[i]!));
    if (first === last) g.lineTo(p.x(lon[first]!) + 0.1, p.y(lat[first]!));
    g.stroke();
    g.globalAlpha = 1;
  }
  private paintEnds(g: CanvasRenderingContext2D, p: Projection): void {
    const colours = theme();
    const { lat, lon } = this.track;
    const end = lat.length - 1;
    const startX = p.x(lon[0]!), startY = p.y(lat[0]!), endX = p.x(lon[end]!), endY = p.y(lat[end]!);
    const together = Math.hypot(startX - endX, startY - endY) < 30;
    if (!together) {
      dot(g, endX, endY, 5, colours.surface, colours.text);
      tag(g, "End", endX, endY);
    }
    dot(g, startX, startY, 5, colours.text, colours.surface);
    tag(g, together ? "Start, end" : "Start", startX, startY);
    if (this.home && Math.hypot(p.x(this.home.lon) - startX, p.y(this.home.lat) - startY) > 30) {
      dot(g, p.x(this.home.lon), p.y(this.home.lat), 4, colours.accent, colours.surface);
      tag(g, "Home", p.x(this.home.lon), p.y(this.home.lat));
    }
  }
  private paintCursor(g: CanvasRenderingContext2D, p: Projection): void {
    const at = this.timeline.cursor === null ? -1 : indexAt(this.track.t, this.timeline.cursor);
    if (at < 0) return;
    const colours = theme();
    const x = p.x(this.track.lon[at]!), y = p.y(this.track.lat[at]!);
    dot(g, x, y, 6.5, colours.accent, isDark() ? "#000" : "#fff");
    const height = this.track.height[at];
    if (height !== null && height !== undefined) tag(g, `${number(height)} m`, x + 3, y);
  }
  private paintModes(g: CanvasRenderingContext2D, p: Projection): void {
    const shown = new Map(this.timeline.bands.map((band) => [band.label, band.colour]));
    let y = p.height - 12 - (shown.size - 1) * 16;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const [label, colour] of shown) {
      g.fillStyle = colour;
      g.fillRect(p.width - 24, y - 4, 12, 8);
      g.fillStyle = theme().text;
      g.fillText(label, p.width - 30, y);
      y += 16;
    }
  }
  private paintRamp(g: CanvasRenderingContext2D, p: Projection, by: "height" | "speed"): void {
    const unit = by === "speed" ? "m/s" : "m";
    const [least, most] = this.ranges[by];
    const colours = theme();
    const width = 110;
    const x = p.width - width - 14;
    const y = p.height - 18;
    for (let i = 0; i < width; i++) {
      g.fillStyle = rampColour(i / width);
      g.fillRect(x + i, y, 1.5, 6);
    }
    g.fillStyle = colours.text;
    g.textBaseline = "bottom";
    g.textAlign = "left";
    g.fillText(`${Math.round(least) || 0} ${unit}`, x, y - 3);
    g.textAlign = "right";
    g.fillText(`${by} ${Math.round(most) || 0} ${unit}`, x + width, y - 3);
  }
}

/** Many flights at one place; a click opens one. */
export class OverviewMap extends MapCanvas {
  private near: MapTrack | null = null;
  private shows = 0; // counts what was shown
  constructor(private tracks: MapTrack[]) {
    super(`Map of ${tracks.length} flights. The same flights stand in the list. Plus and minus zoom.`);
  }
  show(tracks: MapTrack[]): void {
    this.tracks = tracks;
    this.shows++;
    this.projection = null;
    this.draw();
  }
  protected extent() {
    return { lats: this.tracks.flatMap((track) => track.lat), lons: this.tracks.flatMap((track) => track.lon) };
  }
  protected override get state(): string {
    return [this.shows, this.near ? this.tracks.indexOf(this.near) : -1].join();
  }
  private nearest(x: number, y: number): MapTrack | null {
    const p = this.projection;
    let best: MapTrack | null = null;
    let near = 14 * 14;
    if (p)
      for (const track of this.tracks)
        for (let i = 0; i < track.lat.length; i++) {
          const d = (p.x(track.lon[i]!) - x) ** 2 + (p.y(track.lat[i]!) - y) ** 2;
          if (d < near) (near = d), (best = track);
        }
    return best;
  }
  protected hover(x: number, y: number): void {
    const near = this.nearest(x, y);
    if (near === this.near) return;
    this.near = near;
    this.canvas.style.cursor = near ? "pointer" : "";
    this.draw();
  }
  protected override leave(): void {
    this.near = null;
    this.draw();
  }
  protected override press(x: number, y: number): void {
    this.nearest(x, y)?.open?.();
  }
  protected paint(g: CanvasRenderingContext2D, p: Projection): void {
    const order = this.near ? [...this.tracks.filter((track) => track !== this.near), this.near] : this.tracks;
    for (const track of order) {
      const bold = track === this.near;
      g.strokeStyle = track.colour ?? theme().accent;
      g.globalAlpha = bold ? 1 : this.near ? 0.3 : 0.75;
      g.lineWidth = bold ? 3 : 1.6;
      g.lineJoin = "round";
      g.beginPath();
      for (let i = 0; i < track.lat.length; i++) g.lineTo(p.x(track.lon[i]!), p.y(track.lat[i]!));
      g.stroke();
      g.globalAlpha = 1;
    }
    if (this.near?.label) tag(g, this.near.label, p.x(this.near.lon[0]!), p.y(this.near.lat[0]!));
  }
}

/** A track as a small picture. */
export function trackPicture(track: TrackPreview | undefined): SVGElement | null {
  const points = (track ?? []).filter(([lat, lon]) => Number.isFinite(lat) && Number.isFinite(lon) && (lat !== 0 || lon !== 0));
  if (points.length < 2) return null;
  const cosine = Math.cos((points[0]![0] * Math.PI) / 180);
  const xs = points.map((point) => point[1] * cosine);
  const ys = points.map((point) => -point[0]);
  const west = Math.min(...xs), north = Math.min(...ys);
  const size = Math.max(Math.max(...xs) - west, Math.max(...ys) - north, 1e-6);
  const space = "http://www.w3.org/2000/svg";
  const element = document.createElementNS(space, "svg");
  element.setAttribute("viewBox", "0 0 40 28");
  element.setAttribute("class", "track-picture");
  element.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "polyline");
  const dx = (34 - ((Math.max(...xs) - west) / size) * 24) / 2, dy = (28 - ((Math.max(...ys) - north) / size) * 24) / 2;
  line.setAttribute("points", xs.map((x, i) => `${(dx + 3 + ((x - west) / size) * 24).toFixed(1)},${(dy + ((ys[i]! - north) / size) * 24).toFixed(1)}`).join(" "));
  element.append(line);
  return element;
}
