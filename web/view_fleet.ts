// view_fleet: the whole operation at a glance: how much is flown, who needs work, what flew last and where.

import { api, type Finding, type Flight, type Vehicle } from "./api";
import { lineColour } from "./colour";
import { card, empty, h, link, table } from "./dom";
import { airtime, date, dateTime, plural } from "./format";
import { OverviewMap, type MapTrack } from "./map";
import { conditionBadge, findingList, flightPath, flightTable, stat, stats, vehicleLink } from "./parts";
import { sparkline } from "./plot";
import { navigate, type View } from "./router";

const LEGEND_MOST = 12;
const PLACE_DEG = 0.3; // flights whose homes lie closer share a map

function vehicleTable(vehicles: Vehicle[], flights: Flight[]): HTMLElement {
  const minutes = (vehicle: Vehicle) =>
    flights.filter((flight) => flight.vehicle === vehicle.id).slice(0, 20).reverse().map((flight) => (flight.airborne_s ?? 0) / 60);
  return table<Vehicle>("Vehicles", [
    { title: "Vehicle", cell: (v) => h("span", { class: "stacked" }, vehicleLink(v.id, v.name || v.id), h("span", { class: "muted small wide-only whole" }, [v.class, v.firmware].filter(Boolean).join(" · "))) },
    { title: "Condition", cell: (v) => conditionBadge(v.state) },
    { title: "Open findings", number: true, cell: (v) => (v.open_findings ? String(v.open_findings) : h("span", { class: "muted" }, "none")) },
    { title: "Flights", number: true, narrow: true, cell: (v) => v.flights.toLocaleString("en") },
    { title: "In the air", number: true, cell: (v) => airtime(v.airborne_s) },
    { title: "Minutes a flight", narrow: true, cell: (v) => { const values = minutes(v); return values.length > 1 ? sparkline(values, `Minutes airborne of the last ${values.length} flights`) : h("span", { class: "muted" }, "–"); } },
    { title: "Last flight", narrow: true, cell: (v) => h("span", { class: "whole" }, date(v.last_flight)) },
  ], vehicles);
}

interface Place {
  lat: number;
  lon: number;
  flights: Flight[];
}

function placesOf(flights: Flight[]): Place[] {
  const places: Place[] = [];
  for (const flight of flights) {
    const first = flight.track?.find((point) => point[0] !== 0 || point[1] !== 0);
    if (!first || (flight.track?.length ?? 0) < 2) continue;
    const near = places.find((place) => Math.abs(place.lat - first[0]) < PLACE_DEG && Math.abs(place.lon - first[1]) < PLACE_DEG);
    if (near) near.flights.push(flight);
    else places.push({ lat: first[0], lon: first[1], flights: [flight] });
  }
  return places.sort((a, b) => b.flights.length - a.flights.length);
}

function placeName(place: Place): string {
  const lat = `${Math.abs(place.lat).toFixed(2)}° ${place.lat < 0 ? "S" : "N"}`;
  const lon = `${Math.abs(place.lon).toFixed(2)}° ${place.lon < 0 ? "W" : "E"}`;
  return `${lat}, ${lon} (${plural(place.flights.length, "flight")})`;
}

function overview(flights: Flight[]): HTMLElement {
  const places = placesOf(flights);
  if (!places.length) return card("Where", empty("No positions yet", "Flights with a position appear here on a map."));
  const vehicles = [...new Set(flights.map((flight) => flight.vehicle))].sort();
  const tracksOf = (place: Place): MapTrack[] =>
    place.flights.map((flight) => ({
      lat: flight.track!.map((point) => point[0]),
      lon: flight.track!.map((point) => point[1]),
      label: `${flight.vehicle} · ${dateTime(flight.start)}`,
      colour: lineColour(vehicles.indexOf(flight.vehicle)),
      open: () => navigate(flightPath(flight.id)),
    }));
  const map = new OverviewMap(tracksOf(places[0]!));
  const legend = h("div", { class: "legend" });
  const fillLegend = (place: Place) => legend.replaceChildren(...vehicles.filter((vehicle) => place.flights.some((flight) => flight.vehicle === vehicle)).slice(0, LEGEND_MOST).map((vehicle) => {
    const swatch = h("i", { "aria-hidden": true });
    swatch.style.background = lineColour(vehicles.indexOf(vehicle));
    return h("span", { class: "legend-item" }, swatch, vehicle);
  }));
  const show = (place: Place) => {
    map.show(tracksOf(place));
    fillLegend(place);
  };
  fillLegend(places[0]!);
  const choose = h("select", { "aria-label": "Place", change: (event: Event) => show(places[Number((event.target as HTMLSelectElement).value)]!) },
    ...places.map((place, index) => h("option", { value: index }, placeName(place))));
  return h("section", { class: "card", "data-part": "Where", "aria-label": "Where", "data-version": flights.map((flight) => flight.id).join() },
    h("div", { class: "card-head" }, h("h2", {}, "Where"), choose), map.element, legend);
}

async function render(): Promise<HTMLElement> {
  const [status, vehicles, flights, findings] = await Promise.all([api.status(), api.vehicles({ limit: 500 }), api.flights({ limit: 300 }), api.findings({ state: "open", limit: 6 })]);
  if (status.counts.logs === 0) return welcome();
  const seconds = vehicles.items.reduce((sum, vehicle) => sum + (vehicle.airborne_s ?? 0), 0);
  const found: Finding[] = findings.items;
  return h("div", { class: "page" },
    h("h1", { class: "hidden" }, "Fleet"),
    stats(
      stat("Vehicles", status.counts.vehicles.toLocaleString("en")),
      stat("Flights", status.counts.flights.toLocaleString("en"), flights.items[0] ? `last ${date(flights.items[0].start)}` : undefined),
      stat("In the air", airtime(seconds)),
      stat("Open findings", status.counts.findings.toLocaleString("en"), undefined, status.counts.findings ? "stat-alert" : ""),
      stat("Logs", status.counts.logs.toLocaleString("en"), status.counts.quarantined ? `${status.counts.quarantined} quarantined` : undefined)),
    h("div", { class: "columns" },
      h("div", { class: "main-column" },
        card("Vehicles", vehicles.items.length ? vehicleTable(vehicles.items, flights.items) : empty("No vehicles yet", "A vehicle appears with its first flight.")),
        card("Last flights", flightTable(flights.items.slice(0, 12), "Last flights"), flights.total > 12 && h("p", { class: "more" }, link("/flights", `All ${flights.total.toLocaleString("en")} flights`)))),
      h("div", { class: "side-column" },
        overview(flights.items),
        card("Open findings", found.length ? findingList(found, undefined, true) : empty("Nothing is open", "No part of the fleet stands out from what is usual."), h("p", { class: "more" }, link("/findings", findings.total > found.length ? `All ${findings.total.toLocaleString("en")} that are open` : "All findings"))))));
}

function welcome(): HTMLElement {
  return h("div", { class: "page" }, h("h1", {}, "This lake is empty"),
    card("Put flights into it", h("p", {}, "Point uavlake at a folder or an SD card; it finds the logs, keeps them and reads what is in them."),
      h("pre", {}, "uavlake add /path/to/logs"), h("p", {}, "Or make example flights first:"), h("pre", {}, "uavlake simulate --out flights\nuavlake add flights"), h("p", {}, "This page shows them as they come in.")));
}

export const fleetView: View = { path: /^\/$/, title: () => "Fleet", render, live: true };
