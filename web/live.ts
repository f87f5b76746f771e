// live: what the server adds while a page is open. The lake's revision is asked for while the page can be seen; when it changed,
// the view is rendered again and only the parts that differ are put in place, so nothing jumps and nothing loses focus.

import { api, ApiError } from "./api";
import { h } from "./dom";

const EVERY_MS = 2000;
const SLOWLY_MS = 5000; // while the server does not answer

let revision = "";
let banner: HTMLElement | null = null;

/** A line over the page; null takes it away. */
export function showBanner(text: string | null): void {
  if (text === (banner?.textContent ?? null)) return;
  banner?.remove();
  banner = text === null ? null : h("div", { class: "banner", role: "status" }, text);
  if (banner) document.querySelector("header")!.after(banner);
}

async function look(changed: () => Promise<boolean>): Promise<number> {
  if (document.visibilityState !== "visible") return EVERY_MS;
  try {
    const now = (await api.revision()).revision;
    showBanner(null);
    if (revision === "" || now === revision || (await changed())) revision = now;
    return EVERY_MS;
  } catch (error) {
    showBanner(error instanceof Error ? error.message : String(error));
    return error instanceof ApiError && error.status === 401 ? SLOWLY_MS * 4 : SLOWLY_MS;
  }
}

/** Calls `changed` after each change of the lake, as long as the page is open; again a little later where it gives false. */
export function watch(changed: () => Promise<boolean>): void {
  let timer = 0;
  const next = async () => {
    clearTimeout(timer);
    const wait = await look(changed);
    clearTimeout(timer);
    timer = window.setTimeout(next, wait);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void next();
  });
  void next();
}

// What a reader folded open is no difference.
const content = (element: Element) => element.innerHTML.replace(/ open=""/g, "");

/** Two parts show the same where their text and version are the same; what canvases show stands in data-version. */
function isSame(a: Element, b: Element): boolean {
  const of = (element: Element) => (element as HTMLElement).dataset.version;
  return of(a) !== undefined || of(b) !== undefined ? of(a) === of(b) : content(a) === content(b);
}

/** Puts the parts of `fresh` (elements with data-part) that differ into the place of those in `shown`; false where the parts are others. */
export function patch(shown: Element, fresh: Element): boolean {
  const parts = (root: Element) => [...root.querySelectorAll<HTMLElement>("[data-part]")];
  const before = parts(shown);
  const after = parts(fresh);
  if (before.length === 0 || before.map((part) => part.dataset.part).join() !== after.map((part) => part.dataset.part).join()) return false;
  before.forEach((part, i) => {
    if (!isSame(part, after[i]!)) part.replaceWith(after[i]!);
  });
  return true;
}
