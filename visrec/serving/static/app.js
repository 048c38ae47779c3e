// A form that is `data-live` shows its answer as it changes: the page of its address is fetched, and the parts of it
// that are `data-part` take the place of those that are there. The address is that of what is shown, always.
"use strict";
const find = (selector) => document.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
let running = null, last = null, timer = 0;

function say(text) {
  const p = document.createElement("p");
  p.className = "error";
  p.textContent = text;
  find("#results").replaceChildren(p);
}

async function show(url, options = {}, keep = null) {
  if (running) running.abort();
  const mine = (running = new AbortController()), results = find("#results");
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { ...options, signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) say(page.querySelector("main p")?.textContent ?? answer.statusText);
    else for (const part of all("[data-part]")) {
      const fresh = page.getElementById(part.id);
      if (fresh && !(keep && part.contains(keep))) part.replaceChildren(...fresh.childNodes);
    }
    hearts();
  } catch (error) {
    if (error.name === "AbortError") return;
    say("The server does not answer: is it still running?");
  }
  find("#results").removeAttribute("aria-busy");
}

const form = find("form[data-live]");
if (form) {
  const change = (event) => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    const url = location.pathname + (query.size ? "?" + query : "");
    // one step of the history for each thing that is changed, not for each letter of a word
    history[last === event.target ? "replaceState" : "pushState"](null, "", url);
    shown = here();
    last = event.target.matches("[type=search], [type=range], [type=number]") ? event.target : null;
    clearTimeout(timer);
    timer = setTimeout(() => show(url, {}, event.target), 150);
  };
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => { event.preventDefault(); change(event); });
  const here = () => location.pathname + location.search; // a link within the page (#...) changes nothing
  let shown = here();
  addEventListener("popstate", () => { if (here() !== shown) location.reload(); });
}

// What is kept: ids in this browser; the link in the navigation asks for them.
const place = "visrec-kept-" + document.body.dataset.shop;
function kept() {
  try { return JSON.parse(localStorage.getItem(place)) ?? []; } catch { return []; }
}
function hearts() {
  const mine = kept(), link = find("#kept");
  for (const each of all("[data-keep]")) {
    each.hidden = false;
    each.setAttribute("aria-pressed", mine.includes(each.dataset.keep));
  }
  link.hidden = !mine.length && location.pathname !== "/kept";
  link.textContent = `Kept (${mine.length})`;
  link.href = "/kept" + (mine.length ? "?" + new URLSearchParams(mine.map((each) => ["id", each])) : "");
}
document.addEventListener("click", (event) => {
  const heart = event.target.closest("[data-keep]");
  if (!heart) return;
  const id = heart.dataset.keep, mine = kept();
  if (mine.length >= 200 && !mine.includes(id)) { // as in views
    const p = document.createElement("p");
    p.className = "error";
    p.setAttribute("role", "alert");
    p.textContent = "200 are kept, and no more can be: take a heart away first.";
    if (heart.nextElementSibling?.className !== "error") heart.after(p);
    return;
  }
  localStorage.setItem(place, JSON.stringify(mine.includes(id) ? mine.filter((each) => each !== id) : [...mine, id]));
  hearts();
});
addEventListener("pageshow", hearts); // also when Back shows a page that was left

const drop = find(".drop");
if (drop) {
  const input = find("#picture"), preview = find("#preview");
  const upload = (file) => {
    if (!file) return;
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
    show("/upload", { method: "POST", body: file });
  };
  input.addEventListener("change", () => upload(input.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragover");
    if (name === "drop") { input.files = event.dataTransfer.files; upload(input.files[0]); }
  });
}

document.addEventListener("click", (event) => { // also of cards that came later
  const each = event.target.closest("[data-heat]");
  if (!each) return;
  const { show: id, says: what, how } = each.dataset, image = document.getElementById(id), text = image.nextElementSibling;
  text.textContent = `${what} ... (the first time takes a while: the net is loaded)`;
  image.onload = () => { text.textContent = `${what}: ${how}.`; };
  image.onerror = () => { image.hidden = true; text.textContent = "This picture cannot be shown."; };
  image.hidden = false;
  image.alt = what;
  image.src = each.dataset.heat;
  image.parentElement.scrollIntoView({ block: "nearest" }); // what it says too
});
