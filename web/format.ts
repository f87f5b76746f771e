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

export function hours(seconds: number | null | undefined): string {
  const value = (seconds ?? 0) / 3600;
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

export function distance(metres: number | null | undefined): string {
  if (metres === null || metres === undefined || !Number.isFinite(metres)) return "–";
  return metres >= 1000 ? `${(metres / 1000).toFixed(metres >= 100000 ? 0 : 2)} km` : `${metres.toFixed(0)} m`;
}

export function quantity(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return `${number(value)}${unit ? " " + unit : ""}`;
}

export function number(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return value.toFixed(0);
  if (size >= 100) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return Number(value.toPrecision(3)).toString();
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
