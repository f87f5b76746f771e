// format: numbers and times as people read them. Times are UTC, as in the logs.

export function dateTime(iso: string | null | undefined): string {
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 16)}` : "unknown";
}

export function date(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 10) : "unknown";
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
}

/** Time in the air that adds up over flights: "17 s", "14 min", "1 h 22 min", "1,204 h". */
export function airtime(seconds: number | null | undefined): string {
  const minutes = Math.round((seconds ?? 0) / 60);
  if ((seconds ?? 0) < 60) return `${Math.round(seconds ?? 0)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 100 ? `${hours} h ${minutes % 60} min` : `${Math.round(minutes / 60).toLocaleString("en")} h`;
}

export function distance(metres: number | null | undefined): string {
  if (metres === null || metres === undefined || !Number.isFinite(metres)) return "–";
  if (metres < 1000) return `${metres.toFixed(0)} m`;
  return `${(metres / 1000).toLocaleString("en", { minimumFractionDigits: metres < 100000 ? 2 : 0, maximumFractionDigits: metres < 100000 ? 2 : 0 })} km`;
}

export function quantity(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return `${number(value)}${unit ? " " + unit : ""}`;
}

/** Three digits, never fewer than the whole ones; whole numbers as they are; a real minus. */
export function number(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : -1;
  const text = digits < 0 ? Number(value.toPrecision(3)).toString() : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: size >= 10000 });
  return text.replace(/^-0$/, "0").replace("-", "−");
}

const UNITS: [string, string, number][] = [["_m_s2", "m/s²", 1], ["_m_s", "m/s", 1], ["_deg_s", "°/s", 1], ["_ohm", "mΩ", 1000], ["_ratio", "%", 100], ["_v", "V", 1], ["_a", "A", 1], ["_deg", "°", 1], ["_hz", "Hz", 1],
  ["_degc", "°C", 1], ["_ut", "µT", 1], ["_ah", "Ah", 1], ["_wh", "Wh", 1], ["_w", "W", 1], ["_s", "s", 1], ["_m", "m", 1]];

/** The name of a feature without its unit, and its value with it: "battery_resistance_ohm", 0.062 → "battery resistance", "62.0 mΩ". */
export function featureLabel(name: string): string {
  return words(name.slice(0, name.length - (UNITS.find(([ending]) => name.endsWith(ending))?.[0].length ?? 0)));
}
export function featureValue(name: string, value: number): string {
  const [, unit, factor] = UNITS.find(([ending]) => name.endsWith(ending)) ?? ["", "", 1];
  return `${number(value * factor)}${unit ? " " + unit : ""}`;
}

export function bytes(count: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let index = 0;
  while (count >= 1000 && index < units.length - 1) {
    count /= 1000;
    index++;
  }
  return `${index && count < 100 ? count.toFixed(1) : count.toFixed(0)} ${units[index]}`;
}

/** Seconds of a flight as m:ss.s; negative before take-off. */
export function clock(seconds: number): string {
  const sign = seconds < 0 ? "−" : "";
  const s = Math.abs(seconds);
  return `${sign}${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, "0")}`;
}

/** "land_complete" → "land complete" */
export function words(name: string): string {
  return name.replace(/_/g, " ");
}

export function plural(count: number, one: string, many = one + "s"): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
