// view_audit: is the lake what it was? The last audit's report (or one from the history) with what was found wrong, when the bytes
// were last looked at, what is kept, and how the scores of the logs went.

import { api, ApiError, type AuditFault, type AuditLine, type AuditReport, type StorageShare } from "./api";
import { badge, card, empty, h, link, svg, table } from "./dom";
import { bytes, dateTime, plural, words } from "./format";
import { flightPath, stat, stats, vehicleLink, when } from "./parts";
import { sparkline } from "./plot";
import type { View, Visit } from "./router";

const EXTENT: Record<string, string> = { whole: "everything", quick: "names and sizes", sample: "a sample", older: "what was due" };
const AGES = ["up to 30 days", "31 to 90 days", "91 days to 1 year", "over 1 year"];
const BARS_MOST = 10;

function stateBadge(line: AuditLine): HTMLElement {
  return line.faults ? badge(plural(line.faults, "fault"), "critical") : badge("all good", "good");
}

function money(cost: number | null | undefined, currency: string): string {
  if (typeof cost !== "number") return "–";
  return `${cost > 0 && cost < 0.01 ? "< 0.01" : cost.toFixed(2)} ${currency}`.trim();
}

// ---- pictures ----

function legend(entries: [string, string][]): HTMLElement {
  return h("p", { class: "legend share-legend" }, ...entries.map(([tone, name]) => h("span", { class: "legend-item" }, h("i", { class: tone, "aria-hidden": true }), name)));
}

function storagePicture(kinds: StorageShare[]): HTMLElement {
  const shown = kinds.slice(0, BARS_MOST);
  const most = Math.max(...shown.map((share) => share.bytes), 1);
  const bar = (share: StorageShare) => h("li", {}, h("span", { class: "share-name" }, words(share.name)),
    svg("svg", { viewBox: "0 0 1000 16", preserveAspectRatio: "none", class: "share-bar", "aria-hidden": "true" }, ...segments(share, most)),
    h("span", { class: "share-value" }, bytes(share.bytes)));
  return h("div", {}, h("ul", { class: "share-bars" }, ...shown.map(bar)), legend(AGES.map((name, i) => [`step-${i}`, name])));
}

function segments(share: StorageShare, most: number): Node[] {
  let at = 0;
  return (share.age_bytes ?? [share.bytes]).flatMap((size, age) => {
    const width = (size / most) * 1000;
    const x = at;
    at += width;
    return size > 0 ? [svg("rect", { x: x.toFixed(1), y: 0, width: Math.max(width, 2).toFixed(1), height: 16, class: `step-${age}` })] : [];
  });
}

function verifiedPicture(report: AuditReport): HTMLElement {
  const all = report.verified.ages.reduce((sum, age) => sum + age.bytes, 0) || 1;
  let at = 0;
  const rects = report.verified.ages.flatMap((age, i) => {
    const x = at;
    at += (age.bytes / all) * 1000;
    return age.bytes > 0 ? [svg("rect", { x: x.toFixed(1), y: 0, width: ((age.bytes / all) * 1000).toFixed(1), height: 20, class: `looked-${i}` })] : [];
  });
  const picture = svg("svg", { viewBox: "0 0 1000 20", preserveAspectRatio: "none", class: "share-bar tall", role: "img", "aria-label": "When the bytes were last found right" }, ...rects);
  return h("div", {}, picture, legend(report.verified.ages.flatMap((age, i) => (age.files ? [[`looked-${i}`, `${age.name}: ${((100 * age.bytes) / all).toFixed(1)} %, ${plural(age.files, "file")}`] as [string, string]] : []))));
}

const MONTHS_MOST = 36;

function scorePicture(report: AuditReport): HTMLElement {
  const months = report.quality.months.slice(-MONTHS_MOST);
  if (!months.length) return empty("No scores yet", "Logs with a score appear here by month.");
  const x = (i: number) => (months.length > 1 ? 46 + (i * 580) / (months.length - 1) : 340);
  const y = (score: number) => 12 + (100 - score) * 1.2;
  const text = (content: string, attributes: Record<string, string | number>) => { const element = svg("text", attributes); element.textContent = content; return element; };
  const every = Math.ceil(months.length / 8);
  const parts: Node[] = [0, 50, 100].flatMap((score) => [svg("line", { x1: 34, x2: 650, y1: y(score), y2: y(score), class: "grid" }), text(String(score), { x: 28, y: y(score) + 4, "text-anchor": "end" })]);
  parts.push(svg("polyline", { points: months.map((month, i) => `${x(i).toFixed(1)},${y(month.score).toFixed(1)}`).join(" ") }));
  months.forEach((month, i) => {
    const title = svg("title", {});
    title.textContent = `${month.month}: ${month.score.toFixed(1)}, worst ${month.worst.toFixed(0)}, ${plural(month.logs, "log")}`;
    parts.push(svg("line", { x1: x(i).toFixed(1), x2: x(i).toFixed(1), y1: y(month.score).toFixed(1), y2: y(month.worst).toFixed(1), class: "range-line" }), svg("circle", { cx: x(i).toFixed(1), cy: y(month.score).toFixed(1), r: 3.5 }, title));
    if (i % every === 0) parts.push(text(month.month, { x: x(i).toFixed(1), y: 152, "text-anchor": "middle" }));
  });
  return h("div", { class: "scores" }, svg("svg", { viewBox: "0 0 660 160", role: "img", "aria-label": "Mean score of the logs by month of flight" }, ...parts));
}

// ---- parts ----

function faultItem(fault: AuditFault): HTMLElement {
  return h("li", { class: "edge-critical" }, h("div", { class: "finding" },
    h("span", { class: "row" }, badge(words(fault.fault), "critical"), h("code", {}, fault.path)),
    h("span", { class: "finding-text" }, fault.text),
    fault.name ? h("span", { class: "small" }, "Log ", fault.name, fault.vehicle ? " of " : null, fault.vehicle ? vehicleLink(fault.vehicle) : null) : null,
    fault.flights.length ? h("span", { class: "small" }, "Flight ", ...fault.flights.flatMap((id, i) => [i ? ", " : null, link(flightPath(id), id)])) : null,
    fault.remedy ? h("span", { class: "small" }, "Mend it: ", h("code", {}, fault.remedy)) : null));
}

function faults(report: AuditReport): HTMLElement {
  if (!report.faults) return card("Faults", empty("All is as it came in", report.extent === "quick" ? "Names and sizes agree; nothing was read." : "Every file that was read is what it was when it came in."));
  const more = report.faults - report.fault_list.length;
  return card("Faults", h("ul", { class: "findings" }, ...report.fault_list.map(faultItem)), more > 0 && h("p", { class: "muted" }, `and ${more.toLocaleString("en")} more`));
}

function shares(title: string, list: StorageShare[], currency: string): HTMLElement {
  const priced = list.some((share) => share.month_cost !== null);
  return table<StorageShare>(title, [
    { title, cell: (share) => words(share.name) },
    { title: "Files", number: true, cell: (share) => share.files.toLocaleString("en") },
    { title: "Size", number: true, cell: (share) => bytes(share.bytes) },
    ...(priced ? [{ title: "A month", number: true, cell: (share: StorageShare) => money(share.month_cost, currency) }] : []),
  ], list);
}

function vehicles(report: AuditReport): HTMLElement {
  return table("Vehicles whose scores fall most", [
    { title: "Vehicle", cell: (v) => vehicleLink(v.vehicle) },
    { title: "Score", number: true, cell: (v) => v.score.toFixed(0) },
    { title: "Trend", number: true, cell: (v) => (v.trend === null ? "–" : `${v.trend > 0 ? "+" : ""}${v.trend.toFixed(1)}`.replace("-", "−")) },
    { title: "Last flights", narrow: true, cell: (v) => (v.scores.length > 1 ? sparkline(v.scores, `Scores of the last ${v.scores.length} flights`) : h("span", { class: "muted" }, "–")) },
  ], report.quality.vehicles.slice(0, 10));
}

function history(lines: AuditLine[], shown: string): HTMLElement {
  return card("History", table<AuditLine>("Audits", [
    { title: "When (UTC)", cell: (line) => (line.id === shown ? h("strong", {}, when(line.time)) : link(`/audit?report=${encodeURIComponent(line.id)}`, when(line.time))) },
    { title: "Found", cell: stateBadge },
    { title: "Looked at", cell: (line) => EXTENT[line.extent] ?? line.extent },
    { title: "Read", number: true, cell: (line) => (line.extent === "quick" ? "–" : bytes(line.read_bytes)) },
  ], lines));
}

// ---- the page ----

function never(): HTMLElement {
  return h("div", { class: "page" }, h("h1", {}, "Audit"), card("No audit yet", h("p", {}, "An audit reads what the lake keeps and compares it with what came in: bits that turned, files that are gone, what nobody knows of."),
    h("pre", {}, "uavlake audit"), h("p", {}, "Let it run every week with the systemd timer or the cron line in ", h("code", {}, "examples/"), ".")));
}

async function load(visit: Visit): Promise<AuditReport | null> {
  try {
    return await api.audit(visit.query.get("report") ?? "last");
  } catch (error) {
    if (error instanceof ApiError && error.status === 404 && !visit.query.get("report")) return null;
    throw error;
  }
}

async function render(visit: Visit): Promise<HTMLElement> {
  const [report, lines] = await Promise.all([load(visit), api.audits()]);
  if (!report) return never();
  const verified = report.verified;
  const kept = report.objects + report.tables;
  const quarantined = report.quarantine.logs;
  return h("div", { class: "page" },
    h("div", { class: "heading", "data-part": "heading" }, h("h1", {}, "Audit"), stateBadge(report), h("span", { class: "muted" }, `${dateTime(report.time)} UTC · ${EXTENT[report.extent] ?? report.extent} · ${report.seconds.toFixed(report.seconds < 10 ? 1 : 0)} s`),
      h("a", { href: api.auditPage(report.id), download: `audit-${report.time.slice(0, 10)}.html` }, "Save the report")),
    stats(
      stat("Originals", report.objects.toLocaleString("en"), bytes(report.object_bytes)),
      stat("Table files", report.tables.toLocaleString("en"), bytes(report.table_bytes)),
      stat("Rows", report.rows.written.toLocaleString("en"), report.rows.counted === undefined ? undefined : "counted"),
      stat("Found right", `${verified.files.toLocaleString("en")} of ${kept.toLocaleString("en")}`, verified.oldest ? `since ${verified.oldest.slice(0, 10)}` : undefined),
      stat("Quarantined", quarantined.toLocaleString("en"), quarantined && report.quarantine.oldest ? `since ${report.quarantine.oldest.slice(0, 10)}` : undefined, quarantined ? "stat-alert" : ""),
      report.storage.month_cost === null ? null : stat("Storage a month", money(report.storage.month_cost, report.storage.currency))),
    h("div", { class: "columns" },
      h("div", { class: "main-column" },
        faults(report),
        card("Last looked at", verifiedPicture(report)),
        card("Storage by kind and age", storagePicture(report.storage.by_kind)),
        card("Quality", h("p", { class: "muted small" }, "Mean score of the logs by month of flight, down to the month's worst; below, the vehicles whose scores fall most."), scorePicture(report), report.quality.vehicles.length ? vehicles(report) : null)),
      h("div", { class: "side-column" },
        history(lines.items, report.id),
        card("Storage", shares("Source", report.storage.by_source, report.storage.currency), shares("Came in", report.storage.by_age, report.storage.currency), shares("Storage class", report.storage.by_class, report.storage.currency), shares("Table", report.storage.by_table.slice(0, 8), report.storage.currency)))));
}

export const auditView: View = { path: /^\/audit\/?$/, title: () => "Audit", render, live: true };
