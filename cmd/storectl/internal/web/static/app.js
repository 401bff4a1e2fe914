// What makes the pages quicker: everything here can also be done without it.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// The page behind an address, of which a part is taken.
async function load(url, signal) {
  const answer = await fetch(url, { credentials: "same-origin", signal });
  return { ok: answer.ok, page: new DOMParser().parseFromString(await answer.text(), "text/html"), url: answer.url };
}

// A list that goes on grows when its end comes into sight. Where that fails the link stays, to be clicked.
function grow() {
  const list = $("[data-grow]"), more = $("#more");
  if (!list || !more || more.dataset.grows) return;
  more.dataset.grows = "1";
  const watch = new IntersectionObserver(async (seen) => {
    if (!seen.some((s) => s.isIntersecting)) return;
    watch.disconnect();
    more.classList.add("loading");
    more.textContent = "Loading…";
    try {
      const { ok, page } = await load(more.href);
      const items = $("[data-grow]", page);
      if (!ok || !items) throw new Error("no more");
      list.append(...items.children);
      const onward = $(".onward", page);
      more.closest(".onward").replaceWith(onward || "");
      grow();
    } catch {
      more.classList.remove("loading");
      more.textContent = "Loading failed: try again";
    }
  }, { rootMargin: "600px" });
  watch.observe(more);
}

// Search as one types: what the page of the search says comes in the place of the page that is there.
let asking, typed, went = false;
function swap(page, url) {
  const main = $("#main", page);
  if (!main) return;
  $("#main").replaceWith(main);
  document.title = page.title;
  all(".bar nav a").forEach((a) => a.toggleAttribute("aria-current", a.pathname === new URL(url).pathname));
  grow();
}
async function ask(field) {
  asking?.abort();
  asking = new AbortController();
  const url = new URL("/search", location.href);
  if (location.pathname === "/search") url.search = location.search;
  url.searchParams.delete("after");
  url.searchParams.delete("done");
  if (field.value.trim()) url.searchParams.set("q", field.value); else url.searchParams.delete("q");
  $("#main").classList.add("loading");
  try {
    const { page } = await load(url, asking.signal);
    swap(page, url);
    if (went || location.pathname === "/search") history.replaceState({ swapped: true }, "", url); else history.pushState({ swapped: true }, "", url);
    went = true;
  } catch (error) {
    if (error.name !== "AbortError") $("#main")?.classList.remove("loading");
  }
}
$("#q")?.addEventListener("input", (event) => {
  clearTimeout(typed);
  typed = setTimeout(ask, 160, event.target);
});
addEventListener("popstate", () => location.reload());

// Keys.
function entries() { return all(".entry h3 a, .entry h4 a, tr.entry a.main"); }
function step(by) {
  const list = entries();
  if (!list.length) return;
  const at = list.findIndex((a) => a.closest(".entry").contains(document.activeElement));
  const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by))];
  next.focus({ preventScroll: true });
  next.closest(".entry").scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input:not([type=checkbox]), select, textarea, audio, video");
  if (event.key === "Escape") {
    if (field) field.blur();
    return;
  }
  if (field || $("dialog[open]")) return;
  const go = (selector) => { const link = $(selector); if (link) location.href = link.href; };
  switch (event.key) {
    case "/": $("#q")?.focus(); $("#q")?.select(); break;
    case "j": step(1); break;
    case "k": step(-1); break;
    case "x": document.activeElement.closest?.(".entry")?.querySelector("input[type=checkbox]")?.click(); break;
    case "?": $("#keys")?.showModal(); break;
    case "ArrowLeft": go("#earlier"); break;
    case "ArrowRight": go("#later"); break;
    default: return;
  }
  event.preventDefault();
});

grow();
