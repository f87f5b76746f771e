// view_findings: everything that stands out, the latest first. Each leads to its seconds in its flight.

import { api } from "./api";
import { h } from "./dom";
import { plural, words } from "./format";
import { findingList, noFindings } from "./parts";
import type { View, Visit } from "./router";
import { choice, field, filterForm, pager } from "./view_flights";

const PAGE = 50;

async function render(visit: Visit): Promise<Node> {
  const query = visit.query;
  const offset = Number(query.get("offset") ?? 0) || 0;
  const filter = { vehicle: query.get("vehicle"), severity: query.get("severity"), kind: query.get("kind"), state: query.get("state") };
  const [vehicles, findings, known] = await Promise.all([api.vehicles({ limit: 1000 }), api.findings({ ...filter, offset, limit: PAGE }), api.findings({ limit: 1000 })]);
  const kinds = [...new Set(known.items.map((finding) => finding.kind))].sort();
  return h("div", { class: "page" }, h("div", { class: "heading" }, h("h1", {}, "Findings"), h("span", { class: "muted" }, plural(findings.total, "finding"))),
    filterForm("/findings", query, field("Vehicle", choice("vehicle", query, vehicles.items.map((v) => [v.id, v.name || v.id]))),
      field("Severity", choice("severity", query, [["critical", "critical"], ["warning", "warning"], ["info", "info"]])),
      field("Kind", choice("kind", query, kinds.map((kind) => [kind, words(kind)]))), field("State", choice("state", query, [["open", "open"], ["closed", "closed"]]))),
    h("section", { class: "card" }, findings.items.length ? findingList(findings.items, undefined, true) : noFindings(), pager("/findings", query, offset, findings.items.length, findings.total, PAGE)));
}

export const findingsView: View = { path: /^\/findings\/?$/, title: () => "Findings", render };
