// media: photographs, images and films: their small pictures, when they were taken and how well that is known.

import { api, type Log } from "./api";
import { card, h } from "./dom";
import { dateTime, quantity, words } from "./format";

const KINDS = ["jpeg", "image", "mp4"];

export function isMedia(log: Log): boolean {
  return KINDS.includes(log.kind);
}

/** The small picture. Where the server can make none, a photograph stands for itself and the others go without. */
export function thumbnail(log: Log, alt: string): HTMLImageElement {
  const picture = h("img", { src: api.thumbnail(log.id), loading: "lazy", alt, class: "thumbnail" });
  picture.addEventListener("error", () => {
    if (log.kind === "jpeg") picture.src = api.content(log.id);
    else picture.replaceWith(h("span", { class: "thumbnail muted small" }, words(log.kind)));
  }, { once: true });
  return picture;
}

function basisOf(log: Log): string {
  if (!log.time_basis?.endsWith("zone unknown")) return "";
  if (typeof log.zone_inferred_h !== "number") return "camera's clock, zone unknown";
  return `camera's clock, taken as UTC${log.zone_inferred_h < 0 ? "−" : "+"}${Math.abs(log.zone_inferred_h)}`;
}

function captionOf(log: Log): string {
  const parts = [log.start ? dateTime(log.start) : log.name, basisOf(log)];
  if (typeof log.alt === "number") parts.push(`${quantity(log.alt, "m")} above sea level`);
  return parts.filter(Boolean).join(", ");
}

function mediaItem(log: Log): HTMLElement {
  const film = log.kind === "mp4";
  const open = film ? { href: api.content(log.id), download: log.name } : { href: api.content(log.id), target: "_blank", rel: "noopener" };
  return h("a", { ...open, title: [log.name, log.camera].filter(Boolean).join(", ") }, thumbnail(log, `${film ? "Film" : "Photo"} ${log.name}`),
    h("span", { class: "small muted" }, film ? `Film, ${captionOf(log)}` : captionOf(log)));
}

/** The photographs and films of a flight, in the order in which they were taken. */
export function mediaCard(logs: Log[]): HTMLElement {
  const ordered = [...logs].sort((a, b) => (a.start ?? "").localeCompare(b.start ?? ""));
  const films = ordered.some((log) => log.kind === "mp4");
  return card(films ? "Photos and films" : "Photos", h("div", { class: "photos" }, ...ordered.map(mediaItem)));
}
