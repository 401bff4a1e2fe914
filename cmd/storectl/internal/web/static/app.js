// What makes the pages quicker: everything here can also be done without it.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// What readers of the screen hear: the parts of a page come and go, this place stays.
function say(text) { const said = $("#said"); if (said && text) said.textContent = text.trim(); }

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
let asking, typed, went = false, here = location.pathname + location.search;
function swap(page, url) {
  const main = $("#main", page);
  if (!main) return;
  $("#main").replaceWith(main);
  document.title = page.title;
  all(".bar nav a").forEach((a) => { if (a.pathname === url.pathname) a.setAttribute("aria-current", "page"); else a.removeAttribute("aria-current"); });
  say($(".dayhead .meta", main)?.textContent);
  begin();
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
    here = location.pathname + location.search;
  } catch (error) {
    if (error.name !== "AbortError") $("#main")?.classList.remove("loading");
  }
}
$("#q")?.addEventListener("input", (event) => {
  clearTimeout(typed);
  typed = setTimeout(ask, 160, event.target);
});
addEventListener("popstate", () => { if (location.pathname + location.search !== here) location.reload(); }); // not for a place on the page

// Keys.
function entries() { return all(".entry, .entry-line").map((e) => $("h3 a", e) || $("a, summary", e)).filter(Boolean); }
function step(by) {
  const list = entries();
  if (!list.length) return;
  const at = list.findIndex((a) => a.closest(".entry, .entry-line").contains(document.activeElement));
  const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by))];
  next.focus({ preventScroll: true });
  next.closest(".entry, .entry-line").scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input:not([type=checkbox]), select, textarea, audio, video");
  if (event.key === "Escape") {
    if (field?.id === "q") event.preventDefault(); // what was typed stays
    field?.blur();
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

// Boxes: all of a page at once, and buttons that say how many.
function picking() {
  for (const form of all("form.picking")) {
    const boxes = all("input[name=pick]", form), every = $("[data-pickall]", form), button = $("[data-needs-pick]", form);
    if (!boxes.length || !button || form.dataset.picks) continue;
    form.dataset.picks = "1";
    const text = button.textContent;
    const tell = () => {
      const n = boxes.filter((b) => b.checked).length;
      button.disabled = n === 0;
      button.textContent = n ? `${text} (${n})` : text;
      if (every) { every.checked = n === boxes.length; every.indeterminate = n > 0 && n < boxes.length; }
    };
    if (every) { every.closest("label").hidden = false; every.addEventListener("change", () => { boxes.forEach((b) => { b.checked = every.checked; }); tell(); }); }
    form.addEventListener("change", tell);
    tell();
  }
}

// Pictures in large, over the page; videos that go to a chapter; pictures that do not come say so.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const seek = event.target.closest("[data-seek]"), picture = event.target.closest("[data-show]");
  if (seek && $("video")) {
    event.preventDefault();
    const video = $("video");
    video.currentTime = Number(seek.dataset.seek);
    video.scrollIntoView({ block: "nearest" });
    video.play().catch(() => {});
  } else if (picture) {
    event.preventDefault();
    show(picture);
  }
});
function show(link) {
  const viewer = $("#viewer") || document.body.appendChild(Object.assign(document.createElement("dialog"), { id: "viewer" }));
  viewer.setAttribute("aria-label", "Picture");
  const image = Object.assign(new Image(), { src: link.href, alt: $("img", link)?.alt || "" });
  const text = Object.assign(document.createElement("p"), { textContent: image.alt });
  const close = Object.assign(document.createElement("button"), { textContent: "Close", className: "plain" });
  close.addEventListener("click", () => viewer.close());
  viewer.replaceChildren(image, text, close);
  const links = all("[data-show]"), at = links.indexOf(link);
  viewer.onkeydown = (event) => {
    const next = event.key === "ArrowRight" || event.key === "j" ? links[at + 1] : event.key === "ArrowLeft" || event.key === "k" ? links[at - 1] : null;
    if (next) { event.preventDefault(); show(next); }
  };
  if (!viewer.open) viewer.showModal();
  close.focus();
}
document.addEventListener("error", (event) => {
  const image = event.target;
  if (!(image instanceof HTMLImageElement) || image.closest("#viewer")) return;
  const gone = Object.assign(document.createElement("span"), { className: "gone", textContent: "no picture" });
  gone.setAttribute("role", "img");
  gone.setAttribute("aria-label", image.alt || "The picture cannot be shown");
  image.replaceWith(gone);
}, true);

// Work that goes on is looked at again until it has ended.
async function follow() {
  const work = $("[data-work]");
  if (!work) return;
  await new Promise((go) => setTimeout(go, 700));
  try {
    const { page } = await load(location.href);
    const now = $("#work", page);
    if (!now) return swap(page, location); // which says why
    work.replaceWith(now);
    picking();
    if (!$("[data-work]")) say($(".notice p", now)?.textContent);
  } catch { /* the server is away for a moment: ask again */ }
  follow();
}

function begin() { grow(); picking(); follow(); }
begin();
