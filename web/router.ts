// router: addresses → views. A view gets the parts of its address and a signal that ends when the user goes elsewhere.

import { announce, loading, problem } from "./dom";

export interface Visit {
  parts: string[];
  query: URLSearchParams;
  signal: AbortSignal;
}
export interface View {
  path: RegExp;
  title: (visit: Visit) => string;
  render: (visit: Visit) => Promise<Node>;
}

let views: View[] = [];
let ending = new AbortController();

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

async function show(moved: boolean): Promise<void> {
  ending.abort();
  ending = new AbortController();
  const signal = ending.signal;
  const main = document.getElementById("main")!;
  mark();
  for (const view of views) {
    const match = view.path.exec(location.pathname);
    if (!match) continue;
    const visit: Visit = { parts: match.slice(1).map(decodeURIComponent), query: new URLSearchParams(location.search), signal };
    const title = view.title(visit);
    document.title = `${title} · uavlake`;
    const waiting = setTimeout(() => main.replaceChildren(loading("Loading …")), 150);
    let content: Node;
    try {
      content = await view.render(visit);
    } catch (error) {
      content = problem(error);
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
  main.replaceChildren(problem(new Error(`There is no page at ${location.pathname}`)));
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
  void show(false);
}
