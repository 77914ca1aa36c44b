// Styles that are picked in lists for a selection: <form data-picks> with boxes named "pick". What is ticked stays ticked while she
// filters, and on other lists, until it is sent: the browser keeps it for as long as the tab is open.
{
  const KEPT = "picked-styles";
  const form = () => document.querySelector("form[data-picks]");
  const boxes = () => [...form().querySelectorAll('input[type="checkbox"][data-pick]')];

  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT) || "[]").filter((each) => /^\d+-\d+$/.test(each));
    } catch {
      return [];
    }
  };
  const keep = (picked) => sessionStorage.setItem(KEPT, JSON.stringify(picked));

  // Boxes, the count on the button, and hidden fields for what is picked elsewhere; the order is that of her ticks.
  const show = () => {
    if (!form()) return;
    const picked = read();
    form().querySelectorAll('input[type="checkbox"][name="pick"]').forEach((box) => {
      // The hidden fields are sent instead, in the order of her ticks.
      box.removeAttribute("name");
      box.dataset.pick = "";
    });
    boxes().forEach((box) => (box.checked = picked.includes(box.value)));
    form().querySelectorAll('input[type="hidden"][name="pick"]').forEach((field) => field.remove());
    picked.forEach((value) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "pick", value });
      form().append(field);
    });
    form().querySelectorAll("[data-picked]").forEach((place) => (place.textContent = picked.length ? `(${picked.length})` : ""));
    form().querySelectorAll("[data-picked-count]").forEach((place) => (place.textContent = picked.length));
    form().querySelectorAll("[data-picked-bar]").forEach((bar) => (bar.hidden = !picked.length));
    form().querySelectorAll("[data-when-picked]").forEach((bar) => bar.classList.toggle("invisible", !picked.length));
    const first = form().querySelector("[data-pick-first]");
    if (first) first.hidden = picked.length > 0;
  };

  const toggle = (box) => {
    const picked = read().filter((each) => each !== box.value);
    if (box.checked && picked.length >= Number(form().dataset.most)) {
      box.checked = false;
      const label = form().querySelector("[data-picked]");
      label.textContent = form().dataset.full;
      return;
    }
    keep(box.checked ? [...picked, box.value] : picked);
    show();
  };

  document.addEventListener("change", (event) => {
    if (event.target.dataset?.pick !== undefined && event.target.closest("form[data-picks]")) toggle(event.target);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-pick-first]")) return;
    keep(boxes().slice(0, Number(form().dataset.most)).map((box) => box.value));
    show();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-picks]")) keep([]);
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show);
}
