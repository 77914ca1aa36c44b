// The summary of a refused form: the first field at fault takes the focus, or the summary where no field is at fault.
{
  const fieldOf = (link) => document.getElementById(decodeURIComponent(link.hash.slice(1)));

  const reveal = (element) => {
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };

  const mark = (summary) => {
    for (const link of summary.querySelectorAll("a[href^='#']")) {
      const field = fieldOf(link);
      if (!field || field.getAttribute("aria-invalid") === "true") continue;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", link.parentElement.id);
    }
  };

  const focus = (element) => {
    reveal(element);
    if (!element.getClientRects().length) return false;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "center" });
    return document.activeElement === element;
  };

  const show = (summary) => {
    mark(summary);
    const fields = [...summary.querySelectorAll("a[href^='#']")].map(fieldOf).filter(Boolean);
    if (!fields.some(focus)) focus(summary);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-faults] a[href^='#']");
    const field = link && fieldOf(link);
    if (!field) return;
    event.preventDefault();
    focus(field);
  });

  // What htmx fetches by itself, again and again, must not take the focus away; what somebody sent may.
  document.addEventListener("htmx:afterSettle", (event) => {
    const by = event.detail.requestConfig;
    const summary = event.target.matches("[data-faults]") ? event.target : event.target.querySelector("[data-faults]");
    if (summary && (!by || by.verb !== "get" || (by.elt && by.elt.matches("form")))) show(summary);
  });

  const summary = document.querySelector("[data-faults]");
  if (summary) show(summary);
}
