// dom: elements in one expression, and the few pieces that every view is made of. Text is always text: nothing here parses HTML.

import { ApiError } from "./api";

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: (Child | Child[])[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(parent: Node, children: (Child | Child[])[]): void {
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== false) parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
}

const SVG = "http://www.w3.org/2000/svg";
export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A link inside the page: the router takes its click. */
export function link(path: string, ...children: Child[]): HTMLAnchorElement {
  return h("a", { href: path, "data-link": true }, ...children);
}

export function announce(text: string): void {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
}

/** A titled part of a page; live pages replace it as a whole when it changed. */
export function card(title: string, ...children: (Child | Child[])[]): HTMLElement {
  return h("section", { class: "card", "data-part": title, "aria-label": title }, h("h2", {}, title), ...children);
}

export function empty(title: string, ...children: Child[]): HTMLElement {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", {}, ...children));
}

export function loading(label: string): HTMLElement {
  return h("div", { class: "loading", role: "status" }, h("span", { class: "pulse", "aria-hidden": true }), label);
}

export function problem(error: unknown): HTMLElement {
  const signedOut = error instanceof ApiError && error.status === 401;
  const unknown = error instanceof ApiError && error.status === 404;
  const text = error instanceof Error ? error.message : String(error);
  return h("div", { class: "problem", role: "alert" }, h("h2", {}, signedOut ? "Please sign in" : unknown ? "Not here" : "That did not work"), h("p", {}, sentence(text)),
    unknown ? h("p", {}, link("/", "Go to the fleet")) : !signedOut && h("p", {}, h("button", { type: "button", click: () => location.reload() }, "Try again")));
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : begun + ".";
}

export function badge(text: string, tone: string): HTMLElement {
  return h("span", { class: `badge tone-${tone}` }, text);
}

export interface ColumnOf<T> {
  title: string;
  number?: boolean;
  narrow?: boolean; // left out on narrow screens
  hidden?: string; // a title for those who listen only
  cell: (row: T) => Child;
}

export function table<T>(caption: string, columns: ColumnOf<T>[], rows: T[]): HTMLElement {
  const of = (column: ColumnOf<T>) => [column.number ? "number" : "", column.narrow ? "wide-only" : ""].join(" ").trim() || null;
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col", class: of(column) }, column.title || h("span", { class: "hidden" }, column.hidden ?? ""))))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...columns.map((column) => h("td", { class: of(column) }, column.cell(row))))))));
}
