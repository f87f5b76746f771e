// router: addresses → views. A view gets the parts of its address and a signal that ends when the user goes elsewhere.

import { ApiError } from "./api";
import { announce, loading, problem } from "./dom";
import { patch, watch } from "./live";

export interface Visit {
  parts: string[];
  query: URLSearchParams;
  signal: AbortSignal;
}
export interface View {
  path: RegExp;
  title: (visit: Visit) => string;
  render: (visit: Visit) => Promise<HTMLElement>;
  live?: boolean; // rendered again when the lake changed
  changed?: (visit: Visit, page: Element) => Promise<void>; // else: told so
}

let views: View[] = [];
let ending = new AbortController();
let shown: { view: View; visit: Visit } | null = null;

export function navigate(path: string, replace = false): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  void show(true);
}

function mark(): void {
  for (const anchor of document.querySelectorAll<HTMLAnchorElement>("nav a")) {
    const root = anchor.pathname;
    const here = root === "/" ? location.pathname === "/" || location.pathname.startsWith("/vehicles") : location.pathname.startsWith(root);
    if (here) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
}

// A malformed address is an unknown one.
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The page that is shown, again; false: later, because somebody is typing. */
async function refresh(): Promise<boolean> {
  const now = shown;
  const main = document.getElementById("main")!;
  if (now?.view.changed && main.firstElementChild) await now.view.changed(now.visit, main.firstElementChild);
  if (!now?.view.live) return true;
  if (document.activeElement?.matches("input, select, textarea")) return false;
  const fresh = await now.view.render(now.visit);
  if (now !== shown || now.visit.signal.aborted) return true;
  const old = main.firstElementChild;
  if (!old || !patch(old, fresh)) main.replaceChildren(fresh);
  announce("The page was brought up to date");
  return true;
}

async function show(moved: boolean): Promise<void> {
  ending.abort();
  ending = new AbortController();
  const signal = ending.signal;
  const main = document.getElementById("main")!;
  mark();
  for (const view of views) {
    const match = view.path.exec(location.pathname);
    if (!match) continue;
    const visit: Visit = { parts: match.slice(1).map(decoded), query: new URLSearchParams(location.search), signal };
    const title = view.title(visit);
    document.title = `${title} · uavlake`;
    const waiting = setTimeout(() => main.replaceChildren(loading("Loading …")), 150);
    shown = { view, visit };
    let content: HTMLElement;
    try {
      content = await view.render(visit);
    } catch (error) {
      content = problem(error);
      shown = null;
    }
    clearTimeout(waiting);
    if (signal.aborted) return;
    main.replaceChildren(content);
    main.dispatchEvent(new CustomEvent("shown"));
    announce(title);
    if (moved) {
      scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
    return;
  }
  shown = null;
  document.title = "Not here · uavlake";
  main.replaceChildren(problem(new ApiError(404, "not_found", `There is no page at ${location.pathname}`)));
}

export function start(list: View[]): void {
  views = list;
  addEventListener("popstate", () => void show(true));
  document.addEventListener("click", (event) => {
    const anchor = (event.target as Element).closest?.("a[data-link]") as HTMLAnchorElement | null;
    if (!anchor || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(anchor.pathname + anchor.search);
  });
  void show(false).then(() => watch(refresh));
}
