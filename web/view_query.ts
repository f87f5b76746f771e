// view_query: SQL over the whole fleet's samples, with the tables to hand.

import { api, type Answer, type Table } from "./api";
import { append, card, h, loading, problem } from "./dom";
import { number } from "./format";
import type { View } from "./router";

const EXAMPLES: [string, string][] = [
  ["Hours by vehicle", "SELECT vehicle, count(*) AS flights, round(sum(airborne_s) / 3600, 2) AS hours\nFROM flights\nGROUP BY vehicle\nORDER BY hours DESC"],
  ["Lowest battery voltage of each flight", "SELECT flight_id, min(voltage_v) AS lowest_v, max(current_a) AS highest_a\nFROM battery\nWHERE t_s > 0\nGROUP BY flight_id\nORDER BY lowest_v"],
  ["Vibration by vehicle", "SELECT vehicle, instance, round(avg(vibe_z_m_s2), 2) AS mean_z, round(max(vibe_z_m_s2), 2) AS most_z\nFROM vibration\nWHERE t_s > 0\nGROUP BY ALL\nORDER BY mean_z DESC"],
];
const ROWS = 1000;

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : number(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function result(answer: Answer): HTMLElement {
  const isNumber = (type: string) => /^(u?int|float|double)/.test(type);
  return h("div", {},
    h("p", { class: "muted", role: "status" }, `${answer.row_count.toLocaleString("en")} rows in ${answer.seconds < 1 ? (answer.seconds * 1000).toFixed(0) + " ms" : answer.seconds.toFixed(1) + " s"}${answer.truncated ? `, cut at ${ROWS}: aggregate, or use uavlake query for all` : ""}`),
    h("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Result" },
      h("table", {}, h("thead", {}, h("tr", {}, ...answer.columns.map((column) => h("th", { scope: "col", class: isNumber(column.type) ? "number" : null }, column.name)))),
        h("tbody", {}, ...answer.rows.map((row) => h("tr", {}, ...row.map((value, i) => h("td", { class: isNumber(answer.columns[i]!.type) ? "number" : null }, cell(value)))))))));
}

function csv(answer: Answer): string {
  const quote = (value: unknown) => {
    const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [answer.columns.map((column) => quote(column.name)), ...answer.rows.map((row) => row.map(quote))].map((row) => row.join(",")).join("\r\n") + "\r\n";
}

function save(answer: Answer): void {
  const address = URL.createObjectURL(new Blob([csv(answer)], { type: "text/csv" }));
  h("a", { href: address, download: "result.csv" }).click();
  URL.revokeObjectURL(address);
}

function schemaList(tables: Table[], insert: (text: string) => void): HTMLElement {
  return h("div", { class: "schema" }, ...tables.map((one) => h("details", {}, h("summary", {}, h("b", {}, one.name), h("span", { class: "muted small" }, ` ${one.kind ? "view: " : ""}${one.about}`)),
    h("ul", {}, ...one.columns.map((column) => h("li", {}, h("button", { type: "button", class: "plain", title: column.about || null, click: () => insert(column.name) }, column.name), h("span", { class: "muted small" }, ` ${column.type}${column.unit ? ", " + column.unit : ""}`)))))));
}

async function render(): Promise<HTMLElement> {
  const { items } = await api.tables();
  const area = h("textarea", { rows: 7, spellcheck: "false", "aria-label": "SQL", autocomplete: "off" });
  area.value = EXAMPLES[0]![1];
  const out = h("div", { class: "result" });
  const saveButton = h("button", { type: "button", class: "quiet", disabled: true }, "Save as CSV");
  let last: Answer | null = null;
  const run = async () => {
    out.replaceChildren(loading("Running …"));
    try {
      last = await api.query(area.value, ROWS);
      out.replaceChildren(result(last));
    } catch (error) {
      last = null;
      out.replaceChildren(problem(error));
    }
    saveButton.disabled = !last;
  };
  saveButton.addEventListener("click", () => last && save(last));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void run();
    }
  });
  const insert = (text: string) => {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.focus();
  };
  const examples = h("select", { "aria-label": "Examples", change: () => { area.value = EXAMPLES[Number(examples.value)]![1]; void run(); } });
  append(examples, EXAMPLES.map(([title], index) => h("option", { value: index }, title)));
  void run();
  return h("div", { class: "page" }, h("h1", {}, "SQL"),
    h("div", { class: "columns" },
      h("div", { class: "main-column" }, h("section", { class: "card" }, area,
        h("div", { class: "row" }, h("button", { type: "button", click: () => void run() }, "Run"), h("span", { class: "muted small wide-only" }, "Ctrl + Enter"), examples, saveButton)), h("section", { class: "card" }, out)),
      h("div", { class: "side-column" }, card("Tables", schemaList(items, insert)))));
}

export const queryView: View = { path: /^\/query\/?$/, title: () => "SQL", render };
