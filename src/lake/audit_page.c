/* audit_page: an audit's report as one page of HTML: no script, no picture from elsewhere, readable on paper and in the
 * dark. Every text that comes from logs is escaped. The three pictures are SVG of our own: bytes by kind and age,
 * scores by month, and when the bytes were last found right. */
#include "lake/audit_private.h"

#include <math.h>
#include <stdio.h>

/* ---- text ---- */

static void add_text(struct buffer *out, const char *text) {
  for (; text && *text; text++)
    switch (*text) {
    case '&':
      buffer_add_text(out, "&amp;");
      break;
    case '<':
      buffer_add_text(out, "&lt;");
      break;
    case '>':
      buffer_add_text(out, "&gt;");
      break;
    case '"':
      buffer_add_text(out, "&quot;");
      break;
    default:
      buffer_add_byte(out, (uint8_t)*text);
    }
}

static double number(const json_t *object, const char *name) {
  return json_number_value(json_object_get(object, name));
}

static bool has_number(const json_t *object, const char *name) {
  return json_is_number(json_object_get(object, name));
}

static void add_size(struct buffer *out, double bytes) {
  char size[16];
  buffer_add_text(out, text_size(size, bytes > 0 ? (uint64_t)bytes : 0));
}

/* "1 908 920": narrow spaces that do not break. */
static void add_whole(struct buffer *out, double value) {
  char digits[32];
  int size = snprintf(digits, sizeof digits, "%.0f", value);
  for (int i = 0; i < size; i++) {
    if (i && (size - i) % 3 == 0)
      buffer_add_text(out, "\u202f");
    buffer_add_byte(out, (uint8_t)digits[i]);
  }
}

static void add_count(struct buffer *out, double count, const char *one) {
  add_whole(out, count);
  buffer_format(out, " %s%s", one, count == 1 ? "" : "s");
}

/* "2026-11-24 02:17" */
static void add_time(struct buffer *out, const char *iso) {
  if (strlen(iso) >= 16)
    buffer_format(out, "%.10s %.5s", iso, iso + 11);
  else
    buffer_add_text(out, "never");
}

static void add_money(struct buffer *out, const json_t *of, const char *currency) {
  double cost = number(of, "month_cost");
  if (!has_number(of, "month_cost"))
    return;
  if (cost > 0 && cost < 0.01)
    buffer_add_text(out, "&lt; 0.01 ");
  else
    buffer_format(out, "%.2f ", cost);
  add_text(out, currency);
}

static void head(struct buffer *out, const char *title, const char *about) {
  buffer_format(out, "<section><h2>%s</h2>", title);
  if (about)
    buffer_format(out, "<p class=\"about\">%s</p>", about);
}

/* ---- pictures ---- */

/* Four steps from light to dark tell ages apart in print too. */
static const char *const steps[] = {"s0", "s1", "s2", "s3"};

static void legend(struct buffer *out, const char *const *names, size_t count) {
  buffer_add_text(out, "<p class=\"legend\">");
  for (size_t i = 0; i < count; i++)
    buffer_format(out, "<span><i class=\"%s\"></i>%s</span>", steps[i % ARRAY_COUNT(steps)], names[i]);
  buffer_add_text(out, "</p>");
}

#define BARS_MAX 10u
#define BAR_ROW 24.0

static void bar_row(struct buffer *out, const json_t *share, size_t row, double most) {
  const json_t *ages = json_object_get(share, "age_bytes");
  double at = 130, y = (double)row * BAR_ROW;
  buffer_format(out, "<text x=\"122\" y=\"%.0f\" class=\"end\">", y + 15);
  add_text(out, audit_text(share, "name"));
  buffer_add_text(out, "</text>");
  for (size_t age = 0; age < json_array_size(ages); age++) {
    double width = most > 0 ? 440 * json_number_value(json_array_get(ages, age)) / most : 0;
    if (width > 0)
      buffer_format(out, "<rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"16\" class=\"%s\"/>", at, y + 3,
                    fmax(width, 0.8), steps[MIN(age, ARRAY_COUNT(steps) - 1)]);
    at += width;
  }
  buffer_format(out, "<text x=\"%.1f\" y=\"%.0f\">", at + 7, y + 15);
  add_size(out, number(share, "bytes"));
  buffer_add_text(out, "</text>");
}

/* Shares come with the most bytes first. */
static void draw_storage(struct buffer *out, const json_t *storage) {
  static const char *const ages[] = {"up to 30 days", "31 to 90 days", "91 days to 1 year", "over 1 year"};
  const json_t *kinds = json_object_get(storage, "by_kind");
  size_t rows = MIN(json_array_size(kinds), (size_t)BARS_MAX);
  double most = number(json_array_get(kinds, 0), "bytes");
  if (!rows)
    return;
  buffer_format(out, "<svg viewBox=\"0 0 660 %.0f\" role=\"img\" aria-label=\"Bytes of originals by kind and age\">",
                (double)rows * BAR_ROW);
  for (size_t i = 0; i < rows; i++)
    bar_row(out, json_array_get(kinds, i), i, most);
  buffer_add_text(out, "</svg>");
  legend(out, ages, ARRAY_COUNT(ages));
}

#define MONTHS_DRAWN 36u

static double score_y(double score) {
  return 12 + (100 - fmin(fmax(score, 0), 100)) * 1.2;
}

static void month_mark(struct buffer *out, const json_t *month, double x, bool named) {
  double score = number(month, "score"), worst = number(month, "worst");
  buffer_format(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" class=\"range\"/>", x, x, score_y(score),
                score_y(worst));
  buffer_format(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"><title>", x, score_y(score));
  add_text(out, audit_text(month, "month"));
  buffer_format(out, ": %.1f, worst %.0f, %.0f logs</title></circle>", score, worst, number(month, "logs"));
  if (!named)
    return;
  buffer_format(out, "<text x=\"%.1f\" y=\"150\" class=\"middle\">", x);
  add_text(out, audit_text(month, "month"));
  buffer_add_text(out, "</text>");
}

static void draw_scores(struct buffer *out, const json_t *quality) {
  const json_t *months = json_object_get(quality, "months");
  size_t all = json_array_size(months), first = all > MONTHS_DRAWN ? all - MONTHS_DRAWN : 0, count = all - first;
  if (!count)
    return;
  double step = count > 1 ? 580.0 / (double)(count - 1) : 0, begin = count > 1 ? 50 : 340;
  size_t every = (count + 8) / 9;
  buffer_add_text(out, "<svg viewBox=\"0 0 660 158\" role=\"img\" aria-label=\"Mean score of the logs by month\">");
  for (int score = 0; score <= 100; score += 50)
    buffer_format(out,
                  "<line x1=\"34\" x2=\"650\" y1=\"%.0f\" y2=\"%.0f\" class=\"grid\"/><text x=\"28\" y=\"%.0f\" "
                  "class=\"end\">%d</text>",
                  score_y(score), score_y(score), score_y(score) + 4, score);
  buffer_add_text(out, "<polyline points=\"");
  for (size_t i = 0; i < count; i++)
    buffer_format(out, "%.1f,%.1f ", begin + (double)i * step,
                  score_y(number(json_array_get(months, first + i), "score")));
  buffer_add_text(out, "\"/>");
  for (size_t i = 0; i < count; i++)
    month_mark(out, json_array_get(months, first + i), begin + (double)i * step, i % every == 0);
  buffer_add_text(out, "</svg>");
}

/* Ages come from the latest on; the last one is "never". */
static void draw_verified(struct buffer *out, const json_t *verified) {
  const json_t *ages = json_object_get(verified, "ages"), *age;
  static const char *const tones[] = {"v0", "v1", "v2", "v3", "v4", "v5", "v6"};
  double all = 0, at = 0;
  size_t i;
  json_array_foreach(ages, i, age) all += number(age, "bytes");
  if (!(all > 0))
    return;
  buffer_add_text(out, "<svg viewBox=\"0 0 660 26\" role=\"img\" aria-label=\"When the bytes were last found right\">");
  json_array_foreach(ages, i, age) {
    double width = 660 * number(age, "bytes") / all;
    if (width > 0)
      buffer_format(out, "<rect x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"22\" class=\"%s\"/>", at, width,
                    tones[MIN(i, ARRAY_COUNT(tones) - 1)]);
    at += width;
  }
  buffer_add_text(out, "</svg><p class=\"legend\">");
  json_array_foreach(ages, i, age) {
    if (number(age, "files") == 0)
      continue;
    buffer_format(out, "<span><i class=\"%s\"></i>", tones[MIN(i, ARRAY_COUNT(tones) - 1)]);
    add_text(out, audit_text(age, "name"));
    buffer_format(out, ": %.1f %%, ", 100 * number(age, "bytes") / all);
    add_count(out, number(age, "files"), "file");
    buffer_add_text(out, "</span>");
  }
  buffer_add_text(out, "</p>");
}

/* ---- sections ---- */

static void put_verdict(struct buffer *out, const json_t *report) {
  double faults = number(report, "faults");
  buffer_format(out, "<p class=\"verdict %s\">", faults > 0 ? "bad" : "good");
  if (faults > 0)
    add_count(out, faults, "fault");
  else
    buffer_add_text(out, "All is as it came in");
  buffer_add_text(out, "</p><p class=\"about\">");
  if (strcmp(audit_text(report, "extent"), "quick") == 0) {
    buffer_add_text(out, "Names and sizes were compared; nothing was read.");
  } else {
    add_count(out, number(report, "read_files"), "file");
    buffer_add_text(out, " read, ");
    add_size(out, number(report, "read_bytes"));
    if (number(report, "earlier_files") > 0) {
      buffer_add_text(out, ", and before it was cut off ");
      add_count(out, number(report, "earlier_files"), "file");
    }
    buffer_format(out, ", in %.1f s.", number(report, "seconds"));
  }
  buffer_add_text(out, "</p>");
}

static void put_facts(struct buffer *out, const json_t *report) {
  const json_t *storage = json_object_get(report, "storage"), *verified = json_object_get(report, "verified");
  double files = number(report, "objects") + number(report, "tables");
  buffer_add_text(out, "<dl><div><dt>Originals</dt><dd>");
  add_whole(out, number(report, "objects"));
  buffer_add_text(out, "<small>");
  add_size(out, number(report, "object_bytes"));
  buffer_add_text(out, "</small></dd></div><div><dt>Table files</dt><dd>");
  add_whole(out, number(report, "tables"));
  buffer_add_text(out, "<small>");
  add_size(out, number(report, "table_bytes"));
  buffer_add_text(out, "</small></dd></div><div><dt>Rows</dt><dd>");
  add_whole(out, number(json_object_get(report, "rows"), "written"));
  buffer_add_text(out, "</dd></div><div><dt>Found right</dt><dd>");
  add_whole(out, number(verified, "files"));
  buffer_add_text(out, " of ");
  add_whole(out, files);
  buffer_add_text(out, "<small>the longest ago ");
  add_time(out, audit_text(verified, "oldest"));
  buffer_add_text(out, "</small></dd></div>");
  if (has_number(storage, "month_cost")) {
    buffer_add_text(out, "<div><dt>Storage a month</dt><dd>");
    add_money(out, storage, audit_text(storage, "currency"));
    buffer_add_text(out, "</dd></div>");
  }
  buffer_add_text(out, "</dl>");
}

static void put_fault(struct buffer *out, const json_t *fault) {
  const json_t *flight;
  size_t i;
  buffer_add_text(out, "<li><strong>");
  add_text(out, audit_text(fault, "fault"));
  buffer_add_text(out, "</strong> <code>");
  add_text(out, audit_text(fault, "path"));
  buffer_add_text(out, "</code><br>");
  add_text(out, audit_text(fault, "text"));
  if (audit_text(fault, "name")[0]) {
    buffer_add_text(out, "<br>Log ");
    add_text(out, audit_text(fault, "name"));
    if (audit_text(fault, "vehicle")[0])
      buffer_add_text(out, " of ");
    add_text(out, audit_text(fault, "vehicle"));
  }
  json_array_foreach(json_object_get(fault, "flights"), i, flight) {
    buffer_add_text(out, i ? ", " : "<br>Flight ");
    add_text(out, json_string_value(flight));
  }
  if (audit_text(fault, "remedy")[0]) {
    buffer_add_text(out, "<br>Mend it: <code>");
    add_text(out, audit_text(fault, "remedy"));
    buffer_add_text(out, "</code>");
  }
  buffer_add_text(out, "</li>");
}

static void put_faults(struct buffer *out, const json_t *report) {
  const json_t *list = json_object_get(report, "fault_list"), *fault;
  size_t i, count = json_array_size(list);
  if (!count)
    return;
  head(out, "Faults", NULL);
  buffer_add_text(out, "<ul class=\"faults\">");
  json_array_foreach(list, i, fault) put_fault(out, fault);
  buffer_add_text(out, "</ul>");
  if (number(report, "faults") > (double)count)
    buffer_format(out, "<p>and %.0f more.</p>", number(report, "faults") - (double)count);
  buffer_add_text(out, "</section>");
}

static void put_shares(struct buffer *out, const json_t *storage, const char *title, const char *name) {
  const json_t *share;
  bool prices = false;
  size_t i;
  json_array_foreach(json_object_get(storage, name), i, share) prices |= has_number(share, "month_cost");
  buffer_format(
      out, "<table><thead><tr><th>%s</th><th class=\"n\">Files</th><th class=\"n\">Size</th>%s</tr></thead><tbody>",
      title, prices ? "<th class=\"n\">A month</th>" : "");
  json_array_foreach(json_object_get(storage, name), i, share) {
    buffer_add_text(out, "<tr><td>");
    add_text(out, audit_text(share, "name"));
    buffer_format(out, "</td><td class=\"n\">%.0f</td><td class=\"n\">", number(share, "files"));
    add_size(out, number(share, "bytes"));
    if (prices) {
      buffer_add_text(out, "</td><td class=\"n\">");
      add_money(out, share, audit_text(storage, "currency"));
    }
    buffer_add_text(out, "</td></tr>");
  }
  buffer_add_text(out, "</tbody></table>");
}

static void put_storage(struct buffer *out, const json_t *storage) {
  head(out, "Storage", NULL);
  draw_storage(out, storage);
  buffer_add_text(out, "<div class=\"tables\">");
  put_shares(out, storage, "Kind", "by_kind");
  put_shares(out, storage, "Source", "by_source");
  put_shares(out, storage, "Came in", "by_age");
  put_shares(out, storage, "Table", "by_table");
  put_shares(out, storage, "Storage class", "by_class");
  buffer_add_text(out, "</div></section>");
}

static void put_vehicles(struct buffer *out, const json_t *quality) {
  const json_t *vehicle;
  size_t i;
  buffer_add_text(out, "<table><thead><tr><th>Vehicle</th><th class=\"n\">Score</th><th class=\"n\">Trend</th>"
                       "<th>Last flights</th></tr></thead><tbody>");
  json_array_foreach(json_object_get(quality, "vehicles"), i, vehicle) {
    const json_t *scores = json_object_get(vehicle, "scores");
    if (i == 20)
      break;
    buffer_add_text(out, "<tr><td>");
    add_text(out, audit_text(vehicle, "vehicle"));
    buffer_format(out, "</td><td class=\"n\">%.1f</td><td class=\"n\">", number(vehicle, "score"));
    if (has_number(vehicle, "trend"))
      buffer_format(out, "%+.1f", number(vehicle, "trend"));
    buffer_add_text(out, "</td><td>");
    for (size_t k = 0; k < json_array_size(scores); k++)
      buffer_format(out, "%s%.0f", k ? " " : "", json_number_value(json_array_get(scores, k)));
    buffer_add_text(out, "</td></tr>");
  }
  buffer_add_text(out, "</tbody></table>");
}

static void put_quality(struct buffer *out, const json_t *quality) {
  if (number(quality, "logs") == 0)
    return;
  head(out, "Quality",
       "Mean score of the logs by month of flight, down to the month's worst; below, the vehicles whose scores fall "
       "most: the later half of their last 20 flights less the earlier half.");
  draw_scores(out, quality);
  put_vehicles(out, quality);
  buffer_add_text(out, "</section>");
}

static void put_quarantine(struct buffer *out, const json_t *quarantine) {
  const json_t *log;
  size_t i;
  if (number(quarantine, "logs") == 0)
    return;
  head(out, "Quarantine", NULL);
  buffer_add_text(out, "<table><thead><tr><th>Name</th><th>Kind</th><th>Since</th><th>Reason</th></tr></thead><tbody>");
  json_array_foreach(json_object_get(quarantine, "list"), i, log) {
    buffer_add_text(out, "<tr><td>");
    add_text(out, audit_text(log, "name"));
    buffer_add_text(out, "</td><td>");
    add_text(out, audit_text(log, "kind"));
    buffer_add_text(out, "</td><td>");
    add_time(out, audit_text(log, "added"));
    buffer_add_text(out, "</td><td>");
    add_text(out, audit_text(log, "reason"));
    buffer_add_text(out, "</td></tr>");
  }
  buffer_add_text(out, "</tbody></table></section>");
}

/* ---- the page ---- */

static const char style[] =
    ":root{--ground:#fff;--text:#17212b;--muted:#55626f;--line:#dde3e9;--good:#14713d;--bad:#b3261e;--accent:#0b7285;"
    "--0:#9fd3dc;--1:#4ba3b3;--2:#0b7285;--3:#08414d;--never:#e0a458;color-scheme:light dark}"
    "@media(prefers-color-scheme:dark){:root{--ground:#12181e;--text:#e6ebf0;--muted:#9ba8b4;--line:#29333d;"
    "--good:#6fd39a;--bad:#ff8f86;--accent:#56c2d6;--0:#c7eef5;--1:#7fcfdd;--2:#3a9fb2;--3:#216675;--never:#eab35c}}"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:860px;padding:28px 20px;background:var(--ground);"
    "color:var(--text);font:15px/1.5 system-ui,sans-serif}h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 "
    "4px}section{margin-top:30px}.about,.legend,dt,small{color:var(--muted)}.about{margin:0 0 10px}"
    ".verdict{font-size:1.25rem;font-weight:650;margin:14px 0 2px}.verdict.good{color:var(--good)}"
    ".verdict.bad{color:var(--bad)}dl{display:flex;flex-wrap:wrap;gap:10px 34px;margin:16px 0 0}dt{font-size:.82rem}"
    "dd{margin:0;font-size:1.2rem;font-weight:600}small{display:block;font-size:.8rem;font-weight:400}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin-top:14px}th{text-align:left;"
    "font-size:.8rem;font-weight:550;color:var(--muted)}th,td{padding:4px 10px 4px 0;border-bottom:1px solid "
    "var(--line);overflow-wrap:break-word}.n{text-align:right;white-space:nowrap}.tables{columns:2;column-gap:34px}"
    ".tables table{break-inside:avoid}code{font:.88em ui-monospace,monospace;overflow-wrap:anywhere}"
    ".faults{padding:0;list-style:none}.faults li{border-left:3px solid var(--bad);padding:2px 0 2px 12px;margin:10px "
    "0;break-inside:avoid}svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;"
    "fill:var(--text)}.end{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:var(--line)}"
    ".range{stroke:var(--muted);stroke-width:1.2}polyline{fill:none;stroke:var(--accent);stroke-width:2}"
    "circle{fill:var(--accent)}.s0,.v0{fill:var(--0);background:var(--0)}.s1,.v1{fill:var(--1);background:var(--1)}"
    ".s2,.v2{fill:var(--2);background:var(--2)}.s3,.v3{fill:var(--3);background:var(--3)}.v4,.v5{fill:var(--muted);"
    "background:var(--muted)}.v6{fill:var(--never);background:var(--never)}.legend{display:flex;flex-wrap:wrap;gap:4px "
    "18px;font-size:.82rem;margin:8px 0 0}.legend i{display:inline-block;width:11px;height:11px;margin-right:6px}"
    "footer{margin-top:34px;color:var(--muted);font-size:.8rem}@media(max-width:600px){.tables{columns:1}}"
    "@media print{*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{padding:0;max-width:none}}";

static void put_page(struct buffer *out, const json_t *report) {
  buffer_add_text(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Audit ");
  add_time(out, audit_text(report, "time"));
  buffer_format(out, "</title><style>%s</style></head><body><h1>Audit of the lake</h1><p class=\"about\">", style);
  add_time(out, audit_text(report, "time"));
  buffer_add_text(out, " UTC</p>");
  put_verdict(out, report);
  put_facts(out, report);
  put_faults(out, report);
  if (json_array_size(json_object_get(json_object_get(report, "verified"), "ages"))) {
    head(out, "Looked at", "When the bytes were last read and found right.");
    draw_verified(out, json_object_get(report, "verified"));
    buffer_add_text(out, "</section>");
  }
  put_storage(out, json_object_get(report, "storage"));
  put_quality(out, json_object_get(report, "quality"));
  put_quarantine(out, json_object_get(report, "quarantine"));
  buffer_add_text(out, "<footer>uavlake " UAVLAKE_VERSION ". Times are UTC.</footer></body></html>\n");
}

enum status audit_page(const char *text, struct buffer *out, struct error *error) {
  json_t *report = json_loads(text, 0, NULL);
  if (strcmp(audit_text(report, "kind"), "audit") != 0) {
    json_decref(report);
    return error_set(error, STATUS_BAD_DATA, "this is no report of an audit");
  }
  put_page(out, report);
  json_decref(report);
  return out->failed ? error_set(error, STATUS_LIMIT, "the report's page has more than %zu bytes", out->max)
                     : STATUS_OK;
}
