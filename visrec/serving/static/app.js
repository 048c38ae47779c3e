// Fragments of the page, fetched when something is moved; the server escapes all that it sends.
"use strict";
const find = (selector) => document.querySelector(selector);
let running = null;
async function fill(target, url, options = {}) {
  if (running) running.abort();
  const mine = (running = new AbortController());
  target.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { ...options, headers: { ...options.headers, "X-Fragment": "1" }, signal: mine.signal });
    const text = await answer.text();
    if (answer.ok) target.innerHTML = text;
    else { target.replaceChildren(); const p = document.createElement("p"); p.className = "error"; let said = text; try { said = JSON.parse(text).error; } catch {} p.textContent = said; target.append(p); }
  } catch (error) { if (error.name === "AbortError") return; target.textContent = "The server does not answer: is it still running?"; }
  target.removeAttribute("aria-busy");
}
let timer = 0;
const later = (action) => { clearTimeout(timer); timer = setTimeout(action, 150); };
const results = find("#results"), form = find("form[data-live]"), rate = find("#rate");
if (form) form.addEventListener("input", () => later(() => {
  if (rate) return send();
  const query = new URLSearchParams(new FormData(form));
  query.delete("page");
  history.replaceState(null, "", "?" + query);
  fill(results, location.pathname + "?" + query);
}));
function send() {
  const interactions = {};
  for (const each of document.querySelectorAll("#rate input:checked")) interactions[each.dataset.item] = Number(each.value);
  const sliders = Object.fromEntries(new FormData(form));
  fill(results, "/api/recommend", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ interactions, k: 12, image_weight: Number(sliders.image_weight), diversity: Number(sliders.diversity) }) });
}
if (rate) {
  const show = (stars) => {
    const chosen = stars.querySelector("input:checked"), value = chosen ? Number(chosen.value) : 0;
    for (const each of stars.querySelectorAll("input")) each.parentElement.classList.toggle("on", Number(each.value) <= value);
    stars.querySelector("button").hidden = !value;
    later(send);
  };
  rate.addEventListener("change", (event) => show(event.target.closest("fieldset")));
  rate.addEventListener("click", (event) => {
    const stars = event.target.closest("button") && event.target.closest("fieldset");
    if (!stars) return;
    for (const each of stars.querySelectorAll("input")) each.checked = false;
    stars.querySelector("input").focus();
    show(stars);
  });
  const more = find("#more");
  let asked = 0, pause = 0;
  const look = async () => {
    const mine = ++asked, answer = await fetch("/new?" + new URLSearchParams(new FormData(more)), { headers: { "X-Fragment": "1" } }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    const fresh = document.createElement("ul");
    fresh.innerHTML = await answer.text();
    const rated = [...rate.children].filter((each) => each.querySelector("input:checked"));
    const names = new Set(rated.map((each) => each.querySelector("input").name));
    rate.style.minHeight = rate.offsetHeight + "px"; // what stands below stays where it is
    rate.scrollLeft = 0;
    rate.replaceChildren(...rated, ...[...fresh.children].filter((each) => !names.has(each.querySelector("input").name)));
  };
  more.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(look, 150); });
  more.addEventListener("submit", (event) => { event.preventDefault(); look(); });
  for (const each of rate.querySelectorAll("input:checked")) show(each.closest("fieldset")); // kept by the browser over a reload
}
const drop = find(".drop");
if (drop) {
  const input = find("#picture"), preview = find("#preview");
  const upload = (file) => { if (!file) return; preview.src = URL.createObjectURL(file); preview.hidden = false; fill(results, "/api/similar", { method: "POST", body: file }); };
  input.addEventListener("change", () => upload(input.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.toggle("over", name === "dragover"); if (name === "drop") { input.files = event.dataTransfer.files; upload(input.files[0]); } });
}
for (const each of document.querySelectorAll("[data-heat]")) each.addEventListener("click", () => {
  const image = find("#heat"), text = find("#heat-text"), what = "Evidence for " + each.dataset.label;
  text.textContent = "Looking for evidence for " + each.dataset.label + " ... (the first time takes a while: the net is loaded)";
  image.onload = () => { text.textContent = what + ": yellow most, violet least."; };
  image.onerror = () => { image.hidden = true; text.textContent = "This picture cannot be shown."; };
  image.hidden = false;
  image.alt = what;
  image.src = each.dataset.heat;
  image.scrollIntoView({ block: "nearest" });
});
