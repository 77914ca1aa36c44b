// Pictures of goods: a colour brings its picture into view, a tap on a large one opens the viewer. Without this script the same links
// move the page to the picture, or open it by itself.
{
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const show = (slide) => {
    const row = slide.parentElement;
    const left = row.scrollLeft + slide.getBoundingClientRect().left - row.getBoundingClientRect().left;
    row.scrollTo({ left, behavior: still.matches ? "auto" : "smooth" });
  };

  const mark = (link) => {
    link.closest("ul, .colour-links").querySelectorAll("[data-slide]").forEach((each) => each.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
  };

  const slideOf = (link) => document.getElementById(link.getAttribute("href").slice(1));

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-slide]");
    if (link && slideOf(link)) {
      event.preventDefault();
      mark(link);
      show(slideOf(link));
    }
    // The filters fold away when she wants to see what they found.
    const button = event.target.closest("[data-show-found]");
    if (button) {
      button.closest("details").open = false;
      document.querySelector("#found")?.scrollIntoView({ block: "nearest" });
    }
  });

  // A colour that is chosen to be bought shows its picture.
  const showColour = (event) => {
    const colour = event.target.closest("[data-colour]")?.dataset.colour;
    const link = colour && [...document.querySelectorAll("a[data-slide]")].find((each) => each.dataset.slide === colour);
    if (link) link.click();
  };
  document.addEventListener("change", showColour);
  document.addEventListener("colour", showColour);

  // She comes back with a size of a colour chosen.
  window.addEventListener("pageshow", () => {
    const chosen = document.querySelector("[data-colour] input:checked");
    if (chosen) chosen.dispatchEvent(new CustomEvent("colour", { bubbles: true }));
  });

  const viewer = () => document.querySelector("dialog.viewer");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || !viewer() || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const picture = viewer().querySelector("img");
    picture.src = link.href;
    picture.alt = link.querySelector("img")?.alt || "";
    picture.classList.remove("large");
    viewer().showModal();
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog.viewer img")) event.target.classList.toggle("large");
  });
}
