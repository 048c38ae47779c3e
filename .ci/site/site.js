// What the theme's script adds to a page gets a name, and can be reached with the keyboard.
const reach = () => {
  document.querySelectorAll("nav.md-code__nav").forEach((each, place) => each.setAttribute("aria-label", `Code ${place + 1}`));
  document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset .output").forEach((each) => { each.tabIndex = 0; });
};
new MutationObserver(reach).observe(document.body, { childList: true, subtree: true });
reach();
