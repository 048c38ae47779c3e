// What the theme's script adds to a page gets a name, and can be reached with the keyboard.
const reach = () => {
  document.querySelectorAll("nav.md-code__nav").forEach((each, place) => each.setAttribute("aria-label", `Code ${place + 1}`));
  const scrolled = ".md-typeset__scrollwrap, .md-typeset .output, .md-typeset .math-block";
  document.querySelectorAll(scrolled).forEach((each) => { each.tabIndex = 0; });
  document.querySelectorAll("nav.md-nav--secondary nav.md-nav:not([data-named])").forEach((each) => {
    each.dataset.named = ""; // a part of a page may be called as a chapter is
    each.setAttribute("aria-label", `On this page: ${each.getAttribute("aria-label")}`);
  });
};
new MutationObserver(reach).observe(document.body, { childList: true, subtree: true });
reach();
