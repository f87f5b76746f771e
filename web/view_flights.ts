// view_flights: all flights, by vehicle and time, a page at a time. The filter stands in the address, so it can be sent to others.

import { api, ApiError, type Flight } from "./api";
import { empty, h, link } from "./dom";
import { plural } from "./format";
import { flightTable } from "./parts";
import { navigate, type View, type Visit } from "./router";

const PAGE = 50;

export function pager(path: string, query: URLSearchParams, offset: number, shown: number, total: number, size: number): HTMLElement | null {
  if (total <= size) return null;
  const to = (start: number) => {
    const next = new URLSearchParams(query);
    next.set("offset", String(start));
    return `${path}?${next}`;
  };
  return h("nav", { class: "pager", "aria-label": "Pages of the list" }, offset > 0 ? link(to(Math.max(offset - size, 0)), "← Newer") : h("span"),
    h("span", { class: "muted" }, shown ? `${(offset + 1).toLocaleString("en")} – ${(offset + shown).toLocaleString("en")} of ${total.toLocaleString("en")}` : `none of ${total.toLocaleString("en")}`), offset + shown < total ? link(to(offset + size), "Older →") : h("span"));
}

/** Why a list is empty, and the way on; null where it holds something or nothing was ever there. */
export function nothingHere(path: string, query: URLSearchParams, shown: number, total: number): HTMLElement | null {
  if (shown) return null;
  if (total) return empty("The list ends before", "It holds ", link(path, total.toLocaleString("en")), ".");
  return query.size ? empty("Nothing fits", "Change the filter, or ", link(path, "look at all"), ".") : null;
}

export function filterForm(path: string, query: URLSearchParams, ...fields: (HTMLElement | null)[]): HTMLElement {
  const form = h("form", { class: "filters", submit: (event: Event) => {
    event.preventDefault();
    const next = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) next.set(name, String(value));
    navigate(next.size ? `${path}?${next}` : path);
  } }, ...fields, h("button", { type: "submit" }, "Show"), query.size ? link(path, "Clear") : null);
  form.addEventListener("change", (event) => { if (event.target instanceof HTMLSelectElement) form.requestSubmit(); });
  return form;
}

export function field(label: string, control: HTMLElement): HTMLElement {
  return h("label", {}, h("span", {}, label), control);
}

/** `usual`: what is meant where nothing is chosen; without it: all. */
export function choice(name: string, query: URLSearchParams, options: [string, string][], usual?: string): HTMLElement {
  return h("select", { name }, usual ? null : h("option", { value: "" }, "all"), ...options.map(([value, text]) => h("option", { value, selected: (query.get(name) || usual) === value }, text)));
}

async function render(visit: Visit): Promise<HTMLElement> {
  const query = visit.query;
  const offset = Number(query.get("offset") ?? 0) || 0;
  const [vehicles, flights] = await Promise.all([api.vehicles({ limit: 1000 }),
    api.flights({ vehicle: query.get("vehicle"), from: query.get("from"), to: query.get("to"), worst: query.get("worst"), where: query.get("where"), text: query.get("text"), like: query.get("like"), offset, limit: PAGE })
      .then((page) => ({ ...page, wrong: "" }), (error: unknown) => {
        if (!(error instanceof ApiError) || (error.status !== 400 && error.status !== 404)) throw error;
        return { items: [] as Flight[], total: 0, offset: 0, why: {}, wrong: error.message };
      })]);
  return h("div", { class: "page" }, h("div", { class: "heading" }, h("h1", {}, "Flights"), h("span", { class: "muted", "data-part": "total" }, plural(flights.total, "flight"))),
    filterForm("/flights", query, field("Vehicle", choice("vehicle", query, vehicles.items.map((v) => [v.id, v.name || v.id]))),
      field("From", h("input", { type: "date", name: "from", value: query.get("from") })), field("Before", h("input", { type: "date", name: "to", value: query.get("to") })),
      field("Worst finding", choice("worst", query, [["critical", "critical"], ["warning", "warning"], ["info", "info"]])),
      field("Words", h("input", { type: "search", name: "text", value: query.get("text"), placeholder: "battery failsafe" })),
      field("Expression", h("input", { type: "search", name: "where", class: "wide", spellcheck: "false", value: query.get("where"), placeholder: "vibration_m_s2 > 20 and airborne_s > 600" })),
      query.get("like") ? h("input", { type: "hidden", name: "like", value: query.get("like") }) : null),
    query.get("like") ? h("p", { class: "muted" }, "The flights most like ", link(`/flights/${encodeURIComponent(query.get("like") ?? "")}`, query.get("like") ?? ""), ", the nearest first.") : null,
    flights.wrong ? h("p", { class: "wrong", role: "alert" }, flights.wrong) : null,
    h("section", { class: "card", "data-part": "list", "aria-label": "Flights" }, nothingHere("/flights", query, flights.items.length, flights.total) ?? flightTable(flights.items, "Flights", true, flights.why), pager("/flights", query, offset, flights.items.length, flights.total, PAGE)));
}

export const flightsView: View = { path: /^\/flights\/?$/, title: () => "Flights", render, live: true };
