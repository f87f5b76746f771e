// view_findings: everything that stands out, the latest first. Each leads to its seconds in its flight. What is open is shown
// unless other states are asked for.

import { api } from "./api";
import { empty, h, link } from "./dom";
import { plural, words } from "./format";
import { findingList } from "./parts";
import type { View, Visit } from "./router";
import { choice, field, filterForm, nothingHere, pager } from "./view_flights";

const PAGE = 50;
const STATES: [string, string][] = [["open", "open"], ["closed", "closed"], ["repeated", "again on a later flight"], ["all", "all"]];

async function render(visit: Visit): Promise<HTMLElement> {
  const query = visit.query;
  const offset = Number(query.get("offset") ?? 0) || 0;
  const state = query.get("state") || "open";
  const filter = { vehicle: query.get("vehicle"), severity: query.get("severity"), kind: query.get("kind"), state: state === "all" ? null : state };
  const [vehicles, findings, known] = await Promise.all([api.vehicles({ limit: 1000 }), api.findings({ ...filter, offset, limit: PAGE }), api.findings({ limit: 1000 })]);
  const kinds = [...new Set(known.items.map((finding) => finding.kind))].sort();
  const others = known.total > 0 ? ["Look at ", link("/findings?state=all", `all ${plural(known.total, "finding")}`), ", also those that are closed."] : ["No part of any flight stands out from what is usual."];
  return h("div", { class: "page" }, h("div", { class: "heading" }, h("h1", {}, "Findings"), h("span", { class: "muted", "data-part": "total" }, `${findings.total.toLocaleString("en")} ${state === "all" ? "in all" : words(state)}`)),
    filterForm("/findings", query, field("State", choice("state", query, STATES, "open")), field("Vehicle", choice("vehicle", query, vehicles.items.map((v) => [v.id, v.name || v.id]))),
      field("Severity", choice("severity", query, [["critical", "critical"], ["warning", "warning"], ["info", "info"]])), field("Kind", choice("kind", query, kinds.map((kind) => [kind, words(kind)])))),
    h("section", { class: "card", "data-part": "list", "aria-label": "Findings" }, findings.items.length ? findingList(findings.items, undefined, true) : (findings.total ? nothingHere("/findings", query, 0, findings.total) : null) ?? empty(state === "open" ? "Nothing is open" : "Nothing found", ...others),
      pager("/findings", query, offset, findings.items.length, findings.total, PAGE)));
}

export const findingsView: View = { path: /^\/findings\/?$/, title: () => "Findings", render, live: true };
