// colour: what canvases draw with, for light and dark. Lines keep a contrast of at least 3 : 1 to their ground.

const LINES_LIGHT = ["#0b6bcb", "#c2410c", "#15803d", "#9333ea", "#b45309", "#0e7490", "#be185d", "#4b5563"];
const LINES_DARK = ["#6cb6ff", "#ff9466", "#6ddb95", "#c4a1ff", "#e8b84b", "#5ed3e6", "#ff8ab8", "#aab4c0"];
const BANDS = ["#3b82f6", "#10b981", "#f59e0b", "#8b5cf6", "#ec4899", "#14b8a6", "#94a3b8", "#ef4444"];

const darkQuery = matchMedia("(prefers-color-scheme: dark)");

export const isDark = (): boolean => darkQuery.matches;
export function onSchemeChange(redraw: () => void): void {
  darkQuery.addEventListener("change", redraw);
}

export function lineColour(index: number): string {
  const list = isDark() ? LINES_DARK : LINES_LIGHT;
  return list[index % list.length]!;
}

export function bandColour(index: number): string {
  return BANDS[index % BANDS.length]!;
}

export interface Theme {
  text: string;
  muted: string;
  grid: string;
  surface: string;
  accent: string;
  warning: string;
  critical: string;
}
let known: Theme | null = null; // asking the style sheet costs a layout, a picture asks often
onSchemeChange(() => (known = null));

export function theme(): Theme {
  return (known ??= readTheme());
}

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string) => style.getPropertyValue(name).trim();
  return { text: get("--text"), muted: get("--muted"), grid: get("--line"), surface: get("--surface"), accent: get("--accent"), warning: get("--warning"), critical: get("--critical") };
}

// Even steps of lightness from blue over green to yellow, readable without telling red from green.
const RAMP: [number, number, number][] = [[59, 82, 175], [33, 130, 170], [38, 166, 145], [120, 195, 90], [235, 205, 60]];

/** Colour of a share 0 … 1. */
export function rampColour(share: number): string {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  const mix = (channel: 0 | 1 | 2) => Math.round(RAMP[low]![channel] + (RAMP[low + 1]![channel] - RAMP[low]![channel]) * (at - low));
  return `rgb(${mix(0)} ${mix(1)} ${mix(2)})`;
}
