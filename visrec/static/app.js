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
  const ratings = {};
  for (const each of document.querySelectorAll("#rate input:checked")) ratings[each.dataset.item] = Number(each.value);
  const sliders = Object.fromEntries(new FormData(form));
  fill(results, "/api/recommend", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ratings, k: 12, image_weight: Number(sliders.image_weight), diversity: Number(sliders.diversity) }) });
}
if (rate) rate.addEventListener("change", (event) => {
  const value = Number(event.target.value);
  for (const each of event.target.closest("fieldset").querySelectorAll("input")) each.parentElement.classList.toggle("on", Number(each.value) <= value);
  later(send);
});
const drop = find(".drop");
if (drop) {
  const input = find("#picture"), preview = find("#preview");
  const upload = (file) => { if (!file) return; preview.src = URL.createObjectURL(file); preview.hidden = false; fill(results, "/api/similar", { method: "POST", body: file }); };
  input.addEventListener("change", () => upload(input.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.toggle("over", name === "dragover"); if (name === "drop") upload(event.dataTransfer.files[0]); });
}
for (const each of document.querySelectorAll("[data-heat]")) each.addEventListener("click", () => {
  const image = find("#heat"); image.hidden = false; image.alt = "What speaks for " + each.dataset.label; image.src = each.dataset.heat; find("#heat-text").textContent = "What speaks for " + each.dataset.label + ": yellow most, violet least.";
});
