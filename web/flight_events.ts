// flight_events: what happened on a flight, by the second: modes, the autopilot's events and messages. A click goes there.

import type { Events } from "./api";
import { card, empty, h } from "./dom";
import { clock, words } from "./format";
import type { Tick, Timeline } from "./plot";

interface Happening {
  t: number;
  kind: "mode" | "event" | "message";
  text: string;
  alarm: boolean;
}

const ALARM = /failsafe|crash|error|fail|lost|critical/i;
const WARNING_LEVEL = 3; // of syslog: error and worse

export function happenings(events: Events): Happening[] {
  const list: Happening[] = [];
  let mode = "";
  for (const row of events.modes) {
    const name = row.mode_name ?? `mode ${row.mode_number ?? "?"}`;
    if (name !== mode) list.push({ t: row.t_s, kind: "mode", text: words(name), alarm: row.failsafe === true });
    mode = name;
  }
  for (const row of events.events) {
    const text = [words(row.kind ?? (row.code === null ? "event" : `event ${row.code}`)), row.detail ? words(row.detail) : ""].filter(Boolean).join(": ");
    list.push({ t: row.t_s, kind: "event", text, alarm: ALARM.test(text) });
  }
  for (const row of events.messages) list.push({ t: row.t_s, kind: "message", text: row.text, alarm: row.severity !== null && row.severity <= WARNING_LEVEL });
  const seen = new Set<string>();
  return list.sort((a, b) => a.t - b.t).filter((one) => {
    const key = `${one.t.toFixed(1)} ${one.text}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Of all that happened, what the strip over the plots shows. */
export function ticksOf(all: Happening[]): Tick[] {
  return all.filter((one) => one.kind === "event" || one.alarm).map((one) => ({ t: one.t, label: one.text, alarm: one.alarm }));
}

export function eventCard(all: Happening[], timeline: Timeline, go: (t: number) => void): HTMLElement {
  if (!all.length) return card("Events", empty("No events", "The logs of this flight tell of none."));
  const kinds = { mode: true, event: true, message: true };
  const item = (one: Happening) => h("li", {}, h("button", { type: "button", class: one.alarm ? "event alarm" : "event", click: () => go(one.t) },
    h("time", {}, clock(one.t)), h("span", { class: `dot dot-${one.kind}`, "aria-hidden": true }), h("span", {}, one.text)));
  const items = all.map((one) => ({ one, element: item(one) }));
  const list = h("ol", { class: "events" }, ...items.map(({ element }) => element));
  const fill = () => items.forEach(({ one, element }) => (element.hidden = !kinds[one.kind]));
  const box = (kind: keyof typeof kinds, label: string) => {
    const count = all.filter((one) => one.kind === kind).length;
    return count ? h("label", { class: "check" }, h("input", { type: "checkbox", checked: true, change: (event: Event) => { kinds[kind] = (event.target as HTMLInputElement).checked; fill(); } }), `${label} (${count})`) : null;
  };
  let current: HTMLElement | null = null;
  timeline.onChange(() => {
    const t = timeline.cursor;
    let at: HTMLElement | null = null;
    if (t !== null) for (const { one, element } of items) if (one.t <= t && !element.hidden) at = element;
    if (at === current) return;
    current?.classList.remove("current");
    at?.classList.add("current");
    current = at;
  });
  return card("Events", h("div", { class: "row small" }, box("mode", "modes"), box("event", "events"), box("message", "messages")), list);
}
