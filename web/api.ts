// api: the server's documents as types, and the calls that get them.

export type Severity = "info" | "warning" | "critical";

export interface Status {
  version: string;
  lake: string;
  user: string;
  revision: string;
  counts: { vehicles: number; flights: number; logs: number; quarantined: number; findings: number; table_files: number };
}
export interface Vehicle {
  id: string;
  name?: string;
  class?: string;
  vehicle_type?: string;
  firmware?: string;
  board?: string;
  first_flight?: string;
  last_flight?: string;
  flights: number;
  airborne_s?: number;
  distance_m?: number;
  findings?: number;
  open_findings?: number;
  state?: string;
}
export type TrackPreview = [number, number, number, number?][]; // latitude, longitude, height, seconds since the start
export interface Flight {
  id: string;
  vehicle: string;
  vehicle_class?: string;
  firmware?: string;
  start: string | null;
  end: string | null;
  takeoff: string | null;
  landing: string | null;
  armed_s?: number;
  airborne_s?: number;
  distance_m?: number;
  max_height_m?: number;
  max_speed_m_s?: number;
  home_lat_deg?: number;
  home_lon_deg?: number;
  clock_source?: string;
  clock_error_s?: number;
  quality?: number;
  findings?: number;
  worst?: Severity | "";
  track?: TrackPreview;
  starts_in_air?: boolean;
  ends_in_air?: boolean;
  note?: string;
  links?: Record<string, FlightLink>; // by log: how it was found to tell of this flight
}
export interface FlightLink {
  method: string;
  confidence?: number;
}
export interface QualityFinding {
  rule: string;
  severity: number | string;
  from_s: number | null;
  to_s: number | null;
  text: string;
}
export interface Log {
  id: string;
  name: string;
  bytes: number;
  kind: string;
  source: string;
  vehicle: string;
  state: string;
  reason?: string;
  added?: string;
  start?: string | null;
  quality?: number | null;
  quality_findings?: QualityFinding[];
  damage_bytes?: number;
  flights?: string[];
  flight?: string;
  lat?: number;
  lon?: number;
  alt?: number;
  camera?: string;
  time_basis?: string; // how well UTC is known: gps, vehicle clock, camera clock and zone, camera clock, zone unknown
  zone_inferred_h?: number; // hours from UTC at which the flight fits
}
export interface Finding {
  id: string;
  vehicle: string;
  flight?: string;
  kind: string;
  component: string;
  severity: Severity;
  confidence?: number;
  from_s?: number | null;
  to_s?: number | null;
  from_t_s?: number | null; // seconds from take-off, as in the samples
  to_t_s?: number | null;
  value?: number | null;
  baseline?: number | null;
  limit?: number | null;
  feature?: string;
  text: string;
  state: "open" | "repeated" | "closed";
  time?: string | null;
  since?: string | null; // the first flight that showed it
  seen?: number; // how many flights did
  closed_by?: string; // the flight that no longer shows it
}
export interface Page<T> {
  total: number;
  offset: number;
  items: T[];
  why?: Record<string, string>; // of a search: what was found in each flight
}
export interface Series {
  column: string;
  instance: number;
  unit: string;
  t_s: number[];
  value: number[];
}
export interface Track {
  t_s: number[];
  lat_deg: number[];
  lon_deg: number[];
  alt_rel_m: (number | null)[];
  alt_msl_m: (number | null)[];
}
export interface Events {
  modes: { t_s: number; mode_name: string | null; mode_number: number | null; failsafe: boolean | null }[];
  events: { t_s: number; kind: string | null; code: number | null; detail: string | null }[];
  messages: { t_s: number; severity: number | null; text: string }[];
}
export interface Table {
  name: string;
  about: string;
  samples?: boolean; // of tables
  kind?: "view"; // of views, whose SQL is there too
  sql?: string;
  columns: { name: string; type: string; unit: string; about: string }[];
}
export interface Answer {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  row_count: number;
  truncated: boolean;
  seconds: number;
}
export interface FeatureDocument {
  flight: string;
  document: { start: string; features: [string, number, number | null, number][] };
}
export interface AuditFault {
  fault: string;
  path: string;
  log: string | null;
  name: string | null;
  vehicle: string | null;
  flights: string[];
  text: string;
  remedy: string | null;
}
export interface AuditLine {
  id: string;
  state: "good" | "faults";
  time: string;
  seconds: number;
  extent: "whole" | "quick" | "sample" | "older";
  faults: number;
  objects: number;
  object_bytes: number;
  tables: number;
  table_bytes: number;
  read_files: number;
  read_bytes: number;
  verified_bytes?: number;
}
export interface StorageShare {
  name: string;
  files: number;
  bytes: number;
  month_cost: number | null;
  age_bytes?: number[];
}
export interface AuditReport extends AuditLine {
  earlier_files: number;
  fault_list: AuditFault[];
  verified: { files: number; bytes: number; oldest: string | null; ages: { name: string; files: number; bytes: number }[] };
  rows: { written: number; counted?: number };
  quarantine: { logs: number; oldest: string | null };
  quality: {
    logs: number;
    score: number | null;
    months: { month: string; logs: number; score: number; worst: number; below_70: number }[];
    vehicles: { vehicle: string; score: number; trend: number | null; scores: number[] }[];
  };
  storage: { currency: string; month_cost: number | null; by_kind: StorageShare[]; by_source: StorageShare[]; by_age: StorageShare[]; by_table: StorageShare[]; by_class: StorageShare[] };
}
export interface FlightDetail {
  flight: Flight;
  logs: Log[];
  findings: Finding[];
  photos: Log[];
}

/** What went wrong, in the server's own sentence. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  let reply: Response;
  try {
    reply = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new ApiError(0, "network", "The server does not answer. Is 'uavlake serve' still running? Once it runs again, open the new link that it prints.");
  }
  const body = await reply.json().catch(() => null);
  if (!reply.ok) throw new ApiError(reply.status, body?.error?.status ?? "bug", body?.error?.text ?? `The server answered ${reply.status}.`);
  return body as T;
}

type Parameters = Record<string, string | number | undefined | null>;

function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  const text = query.toString();
  return `/api/v1/${path}${text ? "?" + text : ""}`;
}

const part = encodeURIComponent;

export const api = {
  revision: () => call<{ revision: string }>(address("revision")),
  status: () => call<Status>(address("status")),
  vehicles: (parameters?: Parameters) => call<Page<Vehicle>>(address("vehicles", parameters)),
  vehicle: (id: string) => call<{ vehicle: Vehicle; flights: Flight[]; findings: Finding[] }>(address(`vehicles/${part(id)}`)),
  features: (id: string) => call<{ items: FeatureDocument[] }>(address(`vehicles/${part(id)}/features`)),
  flights: (parameters?: Parameters) => call<Page<Flight>>(address("flights", parameters)),
  flight: (id: string) => call<FlightDetail>(address(`flights/${part(id)}`)),
  series: (id: string, columns: string[], parameters?: Parameters, signal?: AbortSignal) =>
    call<{ series: Series[] }>(address(`flights/${part(id)}/series`, { columns: columns.join(","), ...parameters }), { signal }),
  track: (id: string) => call<Track>(address(`flights/${part(id)}/track`, { points: 3000 })),
  events: (id: string) => call<Events>(address(`flights/${part(id)}/events`)),
  findings: (parameters?: Parameters) => call<Page<Finding>>(address("findings", parameters)),
  logs: (parameters?: Parameters) => call<Page<Log>>(address("logs", parameters)),
  audits: () => call<Page<AuditLine>>(address("audits")),
  audit: (id: string) => call<AuditReport>(address(`audits/${part(id)}`)),
  auditPage: (id: string) => `/api/v1/audits/${part(id)}/page`,
  tables: () => call<{ items: Table[] }>(address("tables")),
  query: (sql: string, limit: number) =>
    call<Answer>(address("query"), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sql, limit }) }),
  content: (id: string) => `/api/v1/logs/${part(id)}/content`,
  thumbnail: (id: string) => `/api/v1/logs/${part(id)}/thumbnail`,
};
